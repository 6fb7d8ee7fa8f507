"""What photos have in common that should not: pictures, scenes and names, across parts and across groups."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

from crackwise.data.check.listing import ListedPhoto, ListedSet
from crackwise.data.check.look import Look
from crackwise.data.duplicates import Pair
from crackwise.data.finding import Finding

_COPIES = frozenset({"same file", "same pixels"})
_NAMED = 5


def find_shared(
    sets: Sequence[ListedSet], looks: Sequence[Look], pairs: Sequence[Pair]
) -> tuple[Finding, ...]:
    """Judge pairs of photos that share content, and groups that lie in several parts or sets."""
    by_key = {look.photo.key: look for look in looks}
    findings = []
    for pair in pairs:
        findings += _of_pair(pair, by_key[pair.first], by_key[pair.second])
    return (*findings, *_torn_groups(sets), *_groups_of_one_name(sets, pairs, by_key))


def are_apart(first: ListedPhoto, second: ListedPhoto) -> bool:
    """Tell whether two photos lie in different sets, or in different parts of a split."""
    if first.part and second.part:
        return first.part != second.part
    return first.set_name != second.set_name


def _of_pair(pair: Pair, first: Look, second: Look) -> list[Finding]:
    findings = []
    is_copy = pair.kind in _COPIES
    if is_copy and first.mask_digest and second.mask_digest and first.mask_digest != second.mask_digest:
        message = f"is the same photo as {pair.second} but its mask differs; keep the right one"
        findings.append(Finding("one photo, two masks", "error", pair.first, message, pair.second))
    shown = f"{pair.second}: {pair.evidence}"
    one, other = first.photo, second.photo
    if are_apart(one, other):
        between = f"{_place(one, other)} and {_place(other, one)}"
        message = (
            f"{_what(pair)} {shown}; they lie in {between}, so a test is no test: drop one, or part by group"
        )
        findings.append(Finding(f"{pair.kind} across parts", "error", pair.first, message, pair.second))
    elif not one.group or one.group != other.group or one.set_name != other.set_name:
        message = f"{_what(pair)} {shown}; make them one group with --write-groups"
        kind = f"{pair.kind} in different groups"
        findings.append(Finding(kind, "warning", pair.first, message, pair.second))
    elif is_copy:
        message = f"is there twice, as {shown}; remove one"
        findings.append(Finding(f"{pair.kind} in one group", "note", pair.first, message, pair.second))
    return findings


def _what(pair: Pair) -> str:
    return "shows a place that is also in" if pair.kind == "overlap" else "is the same picture as"


def _place(photo: ListedPhoto, other: ListedPhoto) -> str:
    if photo.part and other.part:
        return f"part {photo.part}"
    return f"set {photo.set_name}"


def _torn_groups(sets: Sequence[ListedSet]) -> list[Finding]:
    parts: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for photo in (photo for each in sets for photo in each.photos if photo.group and photo.part):
        parts[photo.set_name, photo.group].add(photo.part)
    return [
        Finding(
            "group across parts",
            "error",
            f"{name}, group {group}",
            f"lies in the parts {', '.join(sorted(own))}, so a test is no test; split by group",
        )
        for (name, group), own in parts.items()
        if len(own) > 1
    ]


def _groups_of_one_name(
    sets: Sequence[ListedSet], pairs: Sequence[Pair], looks: Mapping[str, Look]
) -> list[Finding]:
    """Find groups of one name in two sets: surely one scene where photos of both share content."""
    proven = {
        (one.group, frozenset((one.set_name, other.set_name)))
        for one, other in ((looks[pair.first].photo, looks[pair.second].photo) for pair in pairs)
        if one.group == other.group != "" and one.set_name != other.set_name
    }
    findings = []
    for first, second in combinations(sets, 2):
        common = sorted({p.group for p in first.photos if p.group} & {p.group for p in second.photos})
        sure = [name for name in common if (name, frozenset((first.name, second.name))) in proven]
        where = f"{first.name} and {second.name}"
        if sure:
            message = (
                f"share the groups {_listed(sure)}: same name, and photos of both show the same places; keep "
                "each group in one set"
            )
            findings.append(Finding("group across sets", "error", where, message))
        by_name = [name for name in common if name not in sure]
        if by_name:
            message = (
                f"have {len(by_name)} group names in common, {_listed(by_name)}, though no photos that share "
                "content were found; look whether they are the same scenes"
            )
            findings.append(Finding("group name across sets", "warning", where, message))
    return findings


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")

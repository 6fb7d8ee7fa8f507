"""Groups to parts, so that every part gets its share of every stratum.

Greedy, largest group first: a group goes to the part that lacks most of what the group holds, among the parts
into which it still fits; when it fits nowhere, to the part that lacks most photos. No part then misses its
share by more than the largest group: one that has too much was the emptiest when its last group came, and
while one lacks more than the largest group, every group fits there. "Lacks most of what it holds" is by
Webster's rule of apportionment, as a share of what the part wants and with half of the group counted, so that
large groups do not gather in small parts.
"""

import hashlib
from collections import Counter
from collections.abc import Hashable, Mapping

Stratum = Hashable
Content = Counter[Stratum]
"""Photos of a group, counted by stratum."""

_TINY = 1e-9


def assign(groups: Mapping[str, Content], shares: Mapping[str, float], seed: str) -> dict[str, str]:
    """Choose a part for each group.

    Parameters
    ----------
    groups
        By name; their order does not matter.
    shares
        Share by part, adding up to 1.
    seed
        Decides between groups of one size and between parts that lack the same.
    """
    total = sum(groups.values(), Content())
    lacking = {part: {key: share * count for key, count in total.items()} for part, share in shares.items()}
    wanted = {part: dict(need) for part, need in lacking.items()}
    chosen = {}
    for name in sorted(groups, key=lambda name: (-groups[name].total(), _dice(seed, name))):
        content = groups[name]
        part = max(
            _candidates(lacking, content.total()),
            key=lambda part: (_need(lacking[part], wanted[part], content), _dice(seed, name, part)),
        )
        for stratum, count in content.items():
            lacking[part][stratum] -= count
        chosen[name] = part
    return chosen


def _candidates(lacking: Mapping[str, Mapping[Stratum, float]], size: int) -> list[str]:
    """List the parts into which a group fits; if there is none, those that lack most photos."""
    free = {part: sum(need.values()) for part, need in lacking.items()}
    least = min(size, max(free.values()))
    return [part for part, room in free.items() if room >= least - _TINY]


def _need(lacking: Mapping[Stratum, float], wanted: Mapping[Stratum, float], content: Content) -> float:
    """Weigh what a part still lacks of the strata of a group, as a share of what it wants of each."""
    need = sum(count * (lacking[stratum] - count / 2) / wanted[stratum] for stratum, count in content.items())
    return round(need / content.total(), 9)


def _dice(seed: str, *words: str) -> bytes:
    return hashlib.sha256("/".join((seed, *words)).encode("utf-8", "surrogateescape")).digest()

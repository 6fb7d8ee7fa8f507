"""``groups.csv`` from what belongs together: existing groups stay and grow, none is ever split."""

import shutil
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from crackwise.data.check.listing import ListedPhoto, ListedSet
from crackwise.data.duplicates import Pair, cluster, free_name
from crackwise.data.table import read_table_of, write_table
from crackwise.errors import OutputError
from crackwise.files import whole_file


@dataclass(frozen=True, slots=True)
class WrittenGroups:
    """What became of one ``groups.csv``.

    Parameters
    ----------
    path
        The file.
    group_count
        Groups of the photos now.
    joined
        Photos whose group is another than before, or new with others in it.
    backup
        Where the old file is kept; None where there was none, or nothing changed.
    """

    path: Path
    group_count: int
    joined: int
    backup: Path | None


def merge_groups(sets: Sequence[ListedSet], pairs: Sequence[Pair]) -> dict[str, str]:
    """Name the group of each photo of all sets, by key.

    Photos are one group when they are one already, when they share content, or when others join them. A group
    keeps the name it has; of several that are joined, the name of the first photo's. A scene in several sets
    has one name in all of them.
    """
    photos = [photo for each in sets for photo in each.photos]
    links = [*_existing(photos), *pairs]
    clusters = cluster(links, [photo.key for photo in photos])
    named: dict[str, str] = {}
    for photo in photos:
        if photo.group:
            named.setdefault(clusters[photo.key], photo.group)
    taken = set(named.values())
    for name in clusters.values():
        if name not in named:
            named[name] = free_name(name, taken)
            taken.add(named[name])
    return {key: named[name] for key, name in clusters.items()}


def write_groups(listed: ListedSet, groups: dict[str, str]) -> WrittenGroups:
    """Write ``groups.csv`` of one set; the old file is kept beside it as ``groups.csv.bak``.

    Rows of photos that are not there, and other columns, stay as they are; names of photos become those of
    their files. A table that would not change is not written.

    Raises
    ------
    OutputError
        If the table that is there cannot be read, or the folder not be written.
    """
    path = listed.root / "groups.csv"
    broken = [
        finding for finding in listed.findings if finding.where == str(path) and finding.level == "error"
    ]
    if broken:
        raise OutputError(f"{broken[0].message}; no groups were written, so that none is lost")
    own = {photo.file: groups[photo.key] for photo in listed.photos}
    joined = sum(photo.group != own[photo.file] for photo in listed.photos)
    if path.is_file() and joined == 0:
        return WrittenGroups(path, len(set(own.values())), 0, None)
    columns, rows = _rows(path, own)
    backup = _kept(path) if path.is_file() else None
    write_table(path, columns, rows)
    return WrittenGroups(path, len(set(own.values())), joined, backup)


def _existing(photos: Sequence[ListedPhoto]) -> list[Pair]:
    """Chain the photos of each group that exists."""
    members: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for photo in photos:
        if photo.group:
            members[photo.set_name, photo.group].append(photo.key)
    return [
        Pair(first, second, "overlap", 1.0, "they are one group already")
        for keys in members.values()
        for first, second in pairwise(keys)
    ]


def _rows(path: Path, own: dict[str, str]) -> tuple[list[str], list[list[str]]]:
    """Give columns and rows: those of the old file with their groups brought up to date, then new ones."""
    old = read_table_of(path, ("file", "group"), own) if path.is_file() else ()
    columns = [column for column in old[0] if column is not None] if old else ["file", "group"]
    known = {row["file"] for row in old}
    rows = [[_value(row, column, own) for column in columns] for row in old]
    new = [{"file": file, "group": group} for file, group in own.items() if file not in known]
    return columns, rows + [[row.get(column, "") for column in columns] for row in new]


def _value(row: dict[str, str], column: str, own: dict[str, str]) -> str:
    return own.get(row["file"], row["group"]) if column == "group" else row[column] or ""


def _kept(path: Path) -> Path:
    """Copy a file to the first free of ``.bak``, ``.bak2`` and so on."""
    number = 1
    backup = path.with_name(f"{path.name}.bak")
    while backup.exists():
        number += 1
        backup = path.with_name(f"{path.name}.bak{number}")
    with whole_file(backup) as temporary:
        shutil.copyfile(path, temporary)
    return backup

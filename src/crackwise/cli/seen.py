"""Photos that a run has seen before it is judged on them: it learnt from them, or they chose for it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crackwise.errors import DataError
from crackwise.training.runfiles import MODEL_FILE, SPLIT_FILE

if TYPE_CHECKING:
    from crackwise.score.judge import PhotoSet


@dataclass(frozen=True, slots=True)
class Seen:
    """SHA-256 of the photos that a run learnt from, and of those that chose its checkpoint and threshold."""

    training: frozenset[str] = frozenset()
    validation: frozenset[str] = frozenset()


def seen_by_run(run: Path) -> Seen:
    """Read what a run folder says about its photos; nothing is known without its ``split.csv``.

    Raises
    ------
    DataError
        If that file is damaged.
    """
    from crackwise.data.table import read_table

    path = run / SPLIT_FILE
    rows = read_table(path, ("part", "sha256")) if path.is_file() else ()
    return Seen(
        frozenset(row["sha256"] for row in rows if row["part"] == "train"),
        frozenset(row["sha256"] for row in rows if row["part"] == "validation"),
    )


def seen_by_model(model: Path | None) -> Seen:
    """Read the same of a model file that lies in its run folder; of others nothing is known."""
    return seen_by_run(model.parent) if model is not None and model.name == MODEL_FILE else Seen()


def seen_in_training(runs: Mapping[str, Seen], sets: "Sequence[PhotoSet]") -> Iterator[str]:
    """Say of each set which runs, by name, have seen photos of it; they are found by the hash of their files.

    A photo that cannot be read is in no count.
    """
    for one, told in _told(runs, sets):
        yield _flattered(len(one.photos), one.name, told)


def seen_among(seen: Seen, photos: "Sequence[Path]", of: str, who: str) -> Iterator[str]:
    """Say the same of photos of a set by their paths; those that a verdict was given on can be read."""
    from crackwise.files import sha256_of

    if seen != Seen() and (counts := _counts(frozenset(map(sha256_of, photos)), seen)):
        yield _flattered(len(photos), of, f"{who} ({counts})")


def learnt_before_choosing(runs: Mapping[str, Seen], chosen_on: "Sequence[PhotoSet]") -> Iterator[str]:
    """Say the same of each set that chooses a threshold; photos kept for validation may choose."""
    learnt = {name: Seen(training=seen.training) for name, seen in runs.items()}
    for one, told in _told(learnt, chosen_on):
        photos = f"{len(one.photos)} photos of {one.name}, which chose the threshold,"
        yield f"of the {photos} some were in the training, where a network is surer: {told}; choose on others"


def _flattered(count: int, name: str, told: str) -> str:
    photos = f"{count} photos of {name}"
    return f"of the {photos} some were in the training, which flatters: {told}; judge on others"


def _told(runs: Mapping[str, Seen], sets: "Sequence[PhotoSet]") -> "Iterator[tuple[PhotoSet, str]]":
    """Give the sets of which anything was seen, with who saw how much."""
    known = {name: seen for name, seen in runs.items() if seen != Seen()}
    for one in sets if known else ():
        hashes = frozenset(hashes_of(one).values())
        told = [f"{name} ({counts})" for name, seen in known.items() if (counts := _counts(hashes, seen))]
        if told:
            yield one, ", ".join(told)


def hashes_of(photos: "PhotoSet") -> dict[str, str]:
    """Give the SHA-256 of the photos of a set by the names of their files; without those it cannot read."""
    from crackwise.data.split import hash_of

    hashes = {}
    for photo in photos.photos:
        with suppress(DataError):  # told where it is judged
            hashes[photo.file] = hash_of(photo)
    return hashes


def _counts(hashes: frozenset[str], seen: Seen) -> str:
    """Count what was seen; empty if nothing was."""
    learnt, chose = len(hashes & seen.training), len(hashes & seen.validation)
    told = [str(learnt)] if learnt else []
    return ", and ".join([*told, f"{chose} that chose its checkpoint and threshold"] if chose else told)

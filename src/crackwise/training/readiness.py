"""Whether what a recipe names lies below ``--data``, told before a training begins, with what to do."""

from collections.abc import Sequence
from pathlib import Path

from crackwise.data.dataset import Sample, count_without_group
from crackwise.data.pictures import read_header
from crackwise.data.readers.verdicts import verdict_of
from crackwise.errors import DataError, PhotoError

_NAMED = 5


def check_folder(data: Path, name: str) -> None:
    """Refuse a source of photos with masks that is not there, with the sets that are and how to name one.

    Raises
    ------
    DataError
        If ``data/name`` has no folder ``images``.
    """
    if (data / name / "images").is_dir():
        return
    missing = f"there is no folder {data / name / 'images'}; expected photos in it"
    if (data / "images").is_dir():
        own = data.resolve()
        raise DataError(f"{missing}: {data} is a set itself, give --data {own.parent} {_set(own.name)}")
    folders = sorted(path for path in data.glob("*") if path.is_dir())
    sets = [path.name for path in folders if (path / "images").is_dir()]
    if sets:
        listed = ", ".join([*sets[:_NAMED], *(["…"] if len(sets) > _NAMED else [])])
        raise DataError(f"{missing}: {data} holds the sets {listed}; name one or more with {_set(sets[0])}")
    classes = next((path for path in (data / name, data, *folders) if _has_classes(path)), None)
    if classes is not None:
        root = classes.resolve()
        raise DataError(
            f"{missing}: {classes} holds a folder per class and no masks; train a classifier with crackwise "
            f"train crackwise-tiles --data {root.parent} {_set(root.name)}, or make a set of it with "
            "crackwise data import"
        )
    raise DataError(f"{missing}, check --data and the names in data.sources")


def notes_on_groups(root: Path | None, name: str) -> tuple[str, ...]:
    """Say of how many photos of a source the ``groups.csv`` of its set says nothing."""
    count = count_without_group(root) if root else 0
    if not count:
        return ()
    return (
        f"{name}: groups.csv says nothing of {count} photos, so each of them counts as a scene of its own, "
        "and photos of one wall may lie on both sides; add rows to it",
    )


def check_sizes(samples: Sequence[Sample], root: Path) -> None:
    """Refuse masks of another size than their photo; headers alone are read, broken ones left to the reading.

    Raises
    ------
    DataError
        If there are any; it names the first.
    """
    sizes = [(one, _size(one.image), _size(one.mask)) for one in samples if one.mask is not None]
    odd = [(one, size, other) for one, size, other in sizes if size and other and size != other]
    if odd:
        first, (height, width), (mask_height, mask_width) = odd[0]
        raise DataError(
            f"{len(odd)} of {len(sizes)} masks of {root} have another size than their photo, first "
            f"{first.mask} is {mask_width}×{mask_height} but its photo is {width}×{height}; re-export them: "
            f"crackwise data check {root} lists them all"
        )


def _size(picture: Path | None) -> tuple[int, int] | None:
    """Give (H, W) as it is stored; None where the header cannot be read."""
    try:
        return read_header(picture, str(picture)).size if picture else None
    except PhotoError:
        return None


def _set(name: str) -> str:
    return f"--set \"data.sources=[{{name='{name}'}}]\""


def _has_classes(folder: Path) -> bool:
    return folder.is_dir() and any(
        verdict_of(path.name) is not None for path in folder.iterdir() if path.is_dir()
    )

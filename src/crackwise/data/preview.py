"""Which photos of a set to look at, and how they are shown."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from crackwise.data.finding import Finding
from crackwise.data.folder import SetPhoto
from crackwise.data.labelwidths import measure_labels
from crackwise.data.sheet import Cell, Row, fitted, outlined
from crackwise.data.stream import OnPhoto, each_photo
from crackwise.errors import DataError, SettingsError

Sort = Literal["random", "fullest", "thinnest", "empty"]


@dataclass(frozen=True, slots=True)
class PreviewSettings:
    """Which photos are shown.

    Parameters
    ----------
    count
        Photos of each source, at least 1; of fewer, all.
    sort
        ``random``; ``fullest``: most crack pixels first; ``thinnest``: narrowest labels first; ``empty``:
        only photos whose label shows no crack, at random.
    seed
        0 or more.
    """

    count: int = 24
    sort: Sort = "random"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.count < 1 or self.seed < 0:
            raise SettingsError(
                f"count is {self.count} and seed is {self.seed}; expected 1 or more, and 0 or more"
            )
        if self.sort not in get_args(Sort):
            raise SettingsError(f"sort {self.sort!r} is not known; expected {', '.join(get_args(Sort))}")


@dataclass(frozen=True, slots=True)
class Preview:
    """Rows of a sheet, one per source, and the photos that could not be read."""

    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]


def preview(
    photos: Sequence[SetPhoto],
    settings: PreviewSettings = PreviewSettings(),
    on_photo: OnPhoto | None = None,
) -> Preview:
    """Choose photos of each source and outline their labels.

    Only with ``random`` are no more photos read than shown; the other orders look at every mask first.

    Raises
    ------
    DataError
        If a mask cannot be read, or no photo is as asked for.
    """
    wanted = _RANKED.get(settings.sort)
    keys = list(each_photo(wanted, photos, on_photo)) if wanted else [0.0] * len(photos)
    rows, findings = [], []
    for source in dict.fromkeys(photo.source for photo in photos):
        own = [(key, photo) for key, photo in zip(keys, photos) if photo.source == source and key is not None]
        chosen = _chosen(own, source, settings)
        shown = list(each_photo(_cell, chosen))
        findings += [cell for cell in shown if isinstance(cell, Finding)]
        cells = tuple(cell for cell in shown if isinstance(cell, Cell))
        if cells:
            rows.append(Row(f"{source}: {len(cells)} of {len(own)} photos", cells))
    if not rows and not findings:
        raise DataError(f"no photo is {settings.sort}; choose another --sort")
    return Preview(tuple(rows), tuple(findings))


def _chosen(
    ranked: Sequence[tuple[float, SetPhoto]], source: str, settings: PreviewSettings
) -> tuple[SetPhoto, ...]:
    """Take the first of the sorted photos; of those with one key, some by chance."""
    rng = np.random.default_rng([settings.seed, *os.fsencode(source)])
    mixed = [ranked[index] for index in rng.permutation(len(ranked))]
    mixed.sort(key=lambda pair: pair[0])
    return tuple(photo for _, photo in mixed[: settings.count])


def _emptiness(photo: SetPhoto) -> float | None:
    mask = photo.read_mask()
    is_empty = not mask.any() if mask is not None else photo.label == "no crack"
    return 0.0 if is_empty else None


def _fullness(photo: SetPhoto) -> float | None:
    mask = photo.read_mask()
    return None if mask is None else -float(mask.mean())


def _thinness(photo: SetPhoto) -> float | None:
    mask = photo.read_mask()
    return None if mask is None else measure_labels(mask).quantile_px(0.5)


_RANKED: dict[str, Callable[[SetPhoto], float | None]] = {
    "fullest": _fullness,
    "thinnest": _thinness,
    "empty": _emptiness,
}


def _cell(photo: SetPhoto) -> Cell | Finding:
    try:
        image = photo.read_image()
        mask = photo.read_mask_of(image.shape)
    except DataError as error:
        return Finding("unreadable photo", "error", f"{photo.source}/{photo.file}", str(error))
    size = f"{image.shape[1]}×{image.shape[0]}"
    if mask is None:
        return Cell(fitted(image), f"{photo.file}\n{size}, {photo.label or 'no label'}")
    width_px = measure_labels(mask).quantile_px(0.5)
    label = "no crack" if width_px is None else f"{mask.mean():.2%} crack, {width_px:.1f} px wide"
    return Cell(outlined(image, mask), f"{photo.file}\n{size}, {label}")

"""A contact sheet of what is wrong with data sets: one HTML file, with small pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Rgb
from crackwise.data.check.check import CheckReport
from crackwise.data.check.figures import FAT_ABOVE
from crackwise.data.check.look import Look
from crackwise.data.dataset import CRACK_ABOVE
from crackwise.data.finding import LEVELS, Finding
from crackwise.files import write_bytes
from crackwise.report.layout import lay_out, templates
from crackwise.report.pictures import data_uri, fitted, jpeg

SIDE_PX = 160
"""Of a thumbnail, at most."""

MOST_EXAMPLES = 12
"""Shown of each kind of finding; a page with 30 kinds stays below about 6 MB."""

_ZOOM_PX = 48  # of the photo, shown enlarged to SIDE_PX
_OUTLINE = (255, 0, 200)
_JPEG_QUALITY = 80
_MOST_MEGAPIXELS = 60


@dataclass(frozen=True, slots=True)
class Picture:
    """A small picture with its caption; ``uri`` is empty where there is none to show."""

    uri: str
    caption: str
    alternative: str


@dataclass(frozen=True, slots=True)
class Example:
    """One finding with the pictures that show it."""

    where: str
    message: str
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """All findings of one kind and level: how many, and the first of them."""

    kind: str
    level: str
    count: int
    examples: tuple[Example, ...]
    anchor: str = field(default="")

    @property
    def unseen(self) -> int:
        """Number of findings that are only counted."""
        return self.count - len(self.examples)


def write_check_sheet(report: CheckReport, path: Path) -> None:
    """Write the contact sheet of a check, whole or not at all."""
    write_bytes(path, render(report).encode("utf-8", "backslashreplace"))


def render(report: CheckReport) -> str:
    """Lay the findings of a check out as HTML."""
    return lay_out(
        "check.html",
        templates().get_template("check.css").render(),
        report=report,
        sections=sections(report),
        levels=[(level, sum(f.level == level for f in report.findings)) for level in reversed(LEVELS)],
        fat_above=FAT_ABOVE,
    )


def sections(report: CheckReport) -> tuple[Section, ...]:
    """Group findings by level and kind, the serious ones first, with pictures for the first of each."""
    looks = {look.photo.key: look for look in report.looks}
    grouped: dict[tuple[str, str], list[Finding]] = {}
    for finding in report.findings:
        grouped.setdefault((finding.level, finding.kind), []).append(finding)
    found = []
    for number, ((level, kind), these) in enumerate(grouped.items()):
        examples = [_example(finding, report, looks) for finding in these[:MOST_EXAMPLES]]
        found.append(Section(kind, level, len(these), tuple(examples), f"kind-{number}"))
    return tuple(found)


def _example(finding: Finding, report: CheckReport, looks: Mapping[str, Look]) -> Example:
    if finding.kind == "fat labels":
        return Example(finding.where, finding.message, _fattest(report, finding.where))
    look = looks.get(finding.where)
    if look is None:
        return Example(finding.where, finding.message)
    pictures = [_thumbnail(look)]
    if finding.other is not None:
        pictures.append(_thumbnail(looks[finding.other]))
    elif look.photo.mask is not None:
        pictures.append(_mask_thumbnail(look))
    return Example(finding.where, finding.message, tuple(pictures))


def _fattest(report: CheckReport, set_name: str) -> tuple[Picture, ...]:
    """Zoom into the photos around the median of a set and above, which shows what the figure means."""
    measured = [
        (look.fatness.ratio, look)
        for look in report.looks
        if look.fatness is not None and look.photo.set_name == set_name
    ]
    ordered = sorted(measured, key=lambda each: (each[0], each[1].photo.key))
    wanted = np.linspace(len(ordered) // 2, 0.95 * (len(ordered) - 1), min(6, len(ordered)))
    chosen = [ordered[number] for number in dict.fromkeys(int(place) for place in wanted)]
    return tuple(_zoom(look, ratio) for ratio, look in chosen)


def _thumbnail(look: Look) -> Picture:
    """Show a photo, with the outline of its mask where they fit."""
    pixels = _read(look.photo.image)
    if pixels is None:
        return Picture("", look.photo.key, "no picture: it cannot be read")
    small = fitted(pixels, SIDE_PX)
    mask = _read_mask(look)
    if mask is not None and mask.shape == pixels.shape[:2]:
        small = _outlined(small, _shrunk(mask, small.shape[:2]))
    return Picture(_uri(small), look.photo.key, f"photo {look.photo.key}")


def _mask_thumbnail(look: Look) -> Picture:
    assert look.photo.mask is not None
    pixels = _read(look.photo.mask)
    caption = f"mask {look.photo.mask.name}"
    if pixels is None:
        return Picture("", caption, "no picture: it cannot be read")
    return Picture(_uri(fitted(pixels, SIDE_PX)), caption, caption)


def _zoom(look: Look, ratio: float) -> Picture:
    """Enlarge the middle of the longest stretch of label, with its outline."""
    pixels, mask = _read(look.photo.image), _read_mask(look)
    caption = f"{look.photo.key}, {ratio:.1f} ×"
    if pixels is None or mask is None or mask.shape != pixels.shape[:2] or not mask.any():
        return Picture("", caption, "no picture: it cannot be read")
    rows, cols = np.nonzero(mask)
    middle = len(rows) // 2
    corner = [
        int(np.clip(centre - _ZOOM_PX // 2, 0, max(0, side - _ZOOM_PX)))
        for centre, side in zip((rows[middle], cols[middle]), mask.shape)
    ]
    window = tuple(slice(start, start + _ZOOM_PX) for start in corner)
    crop, part = pixels[window], mask[window]
    size = tuple(int(side * SIDE_PX / _ZOOM_PX) for side in crop.shape[1::-1])
    large = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_CUBIC))
    shown = cv2.resize(part.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return Picture(_uri(_outlined(large, shown > 0)), caption, f"part of {look.photo.key}, enlarged")


def _read(path: Path) -> Rgb | None:
    """Decode what can be decoded of a picture, as stored; a broken file is shown as far as it goes."""
    try:
        data = np.fromfile(path, np.uint8)
        flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
        pixels = cv2.imdecode(data, flags) if data.size else None
    except (OSError, cv2.error):
        return None
    if pixels is None or pixels.shape[0] * pixels.shape[1] > _MOST_MEGAPIXELS * 1e6:
        return None
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))


def _read_mask(look: Look) -> CrackMask | None:
    pixels = None if look.photo.mask is None else _read(look.photo.mask)
    return None if pixels is None else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) > CRACK_ABOVE)


def _shrunk(mask: CrackMask, shape: Sequence[int]) -> CrackMask:
    """Shrink a mask so that a thin line stays seen: a pixel is crack when a tenth of it is."""
    share = cv2.resize(mask.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(share > 0.1)


def _outlined(pixels: Rgb, mask: CrackMask) -> Rgb:
    """Draw the outline just outside the mask, so that what is labelled stays seen."""
    canvas = pixels.copy()
    rim = (cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & ~mask
    canvas[rim] = _OUTLINE
    return canvas


def _uri(pixels: Rgb) -> str:
    return data_uri(jpeg(pixels, _JPEG_QUALITY))

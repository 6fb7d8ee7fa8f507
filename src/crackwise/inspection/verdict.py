"""Is there a crack in a photo at all? By a classifier, tile by tile, or by the cracks that a model finds.

N tiles. What is called cracked has a probability of at least the threshold, in either way of looking.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

from crackwise.arrays import CrackMask
from crackwise.inspection.classifier import Classifier, TileVerdicts
from crackwise.inspection.inspect import find_in_map, predict_map
from crackwise.inspection.model import CrackModel
from crackwise.inspection.settings import DEFAULTS
from crackwise.levels import HIGHEST
from crackwise.photo import Photo
from crackwise.tiles import Window

HELD_BELOW = 0.0001
"""So much below the threshold is the probability of a photo at most in which no crack is reported."""

LookKind = Literal["classifier", "cracks found"]


@dataclass(frozen=True, slots=True)
class Judging:
    """Who says whether there is a crack: the model, its arithmetic, and from which probability on."""

    kind: LookKind
    model: str
    model_sha256: str
    precision: str
    threshold: float


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen in a photo.

    Parameters
    ----------
    photo
        The photo itself.
    probability
        Of a crack somewhere in the photo, by a classifier; else of a pixel, see :class:`ByCracks`.
    tiles
        By a classifier; else None.
    cracks, mask
        How many cracks were found, and where, (H, W); None by a classifier, which does not look for them.
    """

    photo: Photo
    probability: float
    tiles: TileVerdicts | None = None
    cracks: int | None = None
    mask: CrackMask | None = None


class Judge(Protocol):
    """Says whether there is a crack in a photo."""

    @property
    def judging(self) -> Judging:
        """Who it is."""

    def look(self, photo: Photo) -> Look:
        """Look at a photo; called from several threads."""


class ByClassifier:
    """A photo is as probably cracked as its most probable tile.

    Parameters
    ----------
    classifier
        Loaded.
    threshold
        Default: that of its card.
    """

    def __init__(self, classifier: Classifier, threshold: float | None = None) -> None:
        self.classifier = classifier
        self.judging = Judging(
            kind="classifier",
            model=f"{classifier.card.name} {classifier.card.version}",
            model_sha256=classifier.sha256,
            precision=classifier.precision,
            threshold=classifier.card.threshold if threshold is None else threshold,
        )

    def look(self, photo: Photo) -> Look:
        """Look at each tile."""
        tiles = self.classifier.look(photo.pixels)
        return Look(photo, tiles.highest, tiles)


class ByCracks:
    """A photo is cracked when ``crackwise inspect`` reports a crack in it.

    The probability is the highest of a pixel of the cracks that are reported. Where none is, it is the
    highest of any pixel, held below the threshold, as marks too small, too short or too uncertain to be
    reported make no crack. It is not the probability of a crack in the photo, which nobody has calibrated;
    it puts photos in order.
    """

    def __init__(self, model: CrackModel, threshold: float | None = None) -> None:
        self._model = model
        self._settings = DEFAULTS.model_copy(update={"threshold": threshold}).resolved(model.card)
        self.judging = Judging(
            kind="cracks found",
            model=f"{model.card.name} {model.card.version}",
            model_sha256=model.sha256,
            precision=model.precision,
            threshold=self._settings.threshold_high,
        )

    def look(self, photo: Photo) -> Look:
        """Find the cracks as inspect does, without measuring them."""
        levels = predict_map(photo.pixels, self._model, self._settings)
        found = find_in_map(levels, self._settings)
        threshold = self.judging.threshold
        if found.measurements:
            rows, cols, _ = found.regions.pixels()
            highest = max(float(levels[rows, cols].max()) / HIGHEST, threshold)
        else:
            highest = min(float(levels.max()) / HIGHEST, threshold - HELD_BELOW)
        return Look(photo, highest, cracks=len(found.measurements), mask=found.mask)


class TileRecord(BaseModel):
    """One tile: half-open rows and columns of the upright photo, and the probability of a crack in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    top: int
    left: int
    bottom: int
    right: int
    probability: float

    @property
    def window(self) -> Window:
        """Where it lies."""
        return Window(self.top, self.left, self.bottom, self.right)


class VerdictRecord(BaseModel):
    """A look without its pixels: what ``json/<stem>.json`` holds and all tables are made from.

    ``tiles`` is empty where cracks were looked for, and ``cracks`` None where tiles were. ``photo_bytes`` and
    ``photo_modified_ns`` are the size of the photo's file and the time of its last change.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    photo: str
    stem: str
    height_px: int
    width_px: int
    cracked: bool
    probability: float
    threshold: float
    tiles: tuple[TileRecord, ...] = ()
    cracks: int | None = None
    kind: LookKind
    model: str
    model_sha256: str
    precision: str
    photo_bytes: int | None = None
    photo_modified_ns: int | None = None

    @property
    def cracked_tiles(self) -> tuple[TileRecord, ...]:
        """Those from the threshold on; none exactly when the photo is not cracked."""
        return tuple(tile for tile in self.tiles if tile.probability >= self.threshold)


def record_of(look: Look, judging: Judging, photo: str, stem: str) -> VerdictRecord:
    """Give what is stored of a look; ``photo`` is its name as shown, ``stem`` where its pictures lie."""
    return VerdictRecord(
        photo=photo,
        stem=stem,
        height_px=look.photo.info.height_px,
        width_px=look.photo.info.width_px,
        cracked=look.probability >= judging.threshold,
        probability=look.probability,
        threshold=judging.threshold,
        tiles=_tile_records(look.tiles) if look.tiles else (),
        cracks=look.cracks,
        kind=judging.kind,
        model=judging.model,
        model_sha256=judging.model_sha256,
        precision=judging.precision,
        photo_bytes=look.photo.info.file_bytes,
        photo_modified_ns=look.photo.info.file_modified_ns,
    )


def _tile_records(tiles: TileVerdicts) -> tuple[TileRecord, ...]:
    return tuple(
        TileRecord(
            top=window.top, left=window.left, bottom=window.bottom, right=window.right, probability=float(p)
        )
        for window, p in zip(tiles.windows, tiles.probability)
    )

"""Judge predictions photo by photo: each is read, predicted, counted and forgotten."""

import hashlib
import zlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from crackwise.arrays import CrackMask, Rgb
from crackwise.data.folder import SetPhoto
from crackwise.data.split import hash_of
from crackwise.data.stream import OnPhoto, each_photo
from crackwise.errors import CrackwiseError, DataError
from crackwise.score.bootstrap import Bootstrap
from crackwise.score.perturb import Perturb
from crackwise.score.tally import PhotoName, PhotoTally, Prediction, Protocol, tally

Predict: TypeAlias = Callable[[SetPhoto, Rgb], Prediction]
"""From a photo and its pixels (H, W, 3) to what a tool says about it; called in several threads."""

DEFAULT_PROTOCOLS: tuple[Protocol, ...] = ("pixels", "thresholds", "tolerance", "distance")


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """How predictions are judged.

    Parameters
    ----------
    threshold
        For predictions without a mask of their own, in [0, 1].
    protocols
        What is counted; ``pixels`` and ``thresholds`` always are, as they come at no cost.
    bootstrap
        How the intervals are made.
    """

    threshold: float = 0.5
    protocols: tuple[Protocol, ...] = DEFAULT_PROTOCOLS
    bootstrap: Bootstrap = field(default_factory=Bootstrap)


@dataclass(frozen=True, slots=True)
class PhotoSet:
    """Photos whose true cracks are known, at least one, under the name of their folder."""

    name: str
    photos: tuple[SetPhoto, ...]

    @property
    def names_sha256(self) -> str:
        """Hash the sorted names of the photos, a line each."""
        return _sha256_of(photo.file for photo in self.photos)

    def photos_sha256(self, judged: Collection[tuple[str, str]]) -> str:
        """Hash the sorted SHA-256 of the files of some photos, by (source, file), a line each.

        Raises
        ------
        DataError
            If one cannot be read.
        """
        return _sha256_of(hash_of(photo) for photo in self.photos if (photo.source, photo.file) in judged)


def _sha256_of(texts: Iterable[str]) -> str:
    lines = "".join(f"{text}\n" for text in sorted(texts))
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


@dataclass(frozen=True, slots=True)
class Failure:
    """A photo that could not be judged, and why."""

    source: str
    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """The counts of every photo, in the order of their names, and the photos that failed."""

    tallies: tuple[PhotoTally, ...]
    failures: tuple[Failure, ...]


def with_truth(name: str, photos: Sequence[SetPhoto], part: str = "") -> PhotoSet:
    """Keep the photos of a part of ``split.csv``, or all, and check that their true cracks are known.

    Raises
    ------
    DataError
        If no photo is of that part, or one has neither a mask nor the label ``no crack``.
    """
    chosen = tuple(photo for photo in photos if not part or photo.part == part)
    if not chosen:
        parts = ", ".join(sorted({photo.part for photo in photos} - {""})) or "none: it has no split.csv"
        raise DataError(f"no photo of {name} is of the part {part!r}; its parts are {parts}")
    blind = [photo for photo in chosen if photo.mask is None and photo.label != "no crack"]
    if blind:
        raise DataError(
            f"{len(blind)} of {len(chosen)} photos in {name} have no mask, first {blind[0].file}; add masks, "
            "name photos without cracks in labels.csv, or give a folder of nothing else with --crack-free"
        )
    return PhotoSet(name, chosen)


def judge(
    photo_set: PhotoSet, predict: Predict, settings: JudgeSettings, on_photo: OnPhoto | None = None
) -> Judged:
    """Judge every photo; one that cannot be read or predicted is listed and the others go on."""

    def judge_one(photo: SetPhoto) -> PhotoTally | Failure:
        try:
            image = photo.read_image()
            return _tally(photo, predict(photo, image), truth(photo, image.shape), settings)
        except CrackwiseError as error:
            return Failure(photo.source, photo.file, str(error))

    results = list(each_photo(judge_one, photo_set.photos, on_photo))
    return Judged(
        tuple(one for one in results if isinstance(one, PhotoTally)),
        tuple(one for one in results if isinstance(one, Failure)),
    )


def truth(photo: SetPhoto, shape: tuple[int, ...]) -> CrackMask:
    """Read the true mask (H, W) of a photo that passed :func:`with_truth`."""
    mask = photo.read_mask_of(shape)
    assert mask is not None
    return mask


def perturbed(predict: Predict, perturb: Perturb, seed: int) -> Predict:
    """Predict from worse photos; what is random depends on the seed and the name of the photo alone."""

    def predict_worse(photo: SetPhoto, image: Rgb) -> Prediction:
        rng = np.random.default_rng((seed, zlib.crc32(photo.file.encode("utf-8", "surrogateescape"))))
        return predict(photo, perturb(image, rng))

    return predict_worse


def without_slow_counts(settings: JudgeSettings) -> JudgeSettings:
    """Leave out the counts that take long and say little about robustness."""
    kept = tuple(name for name in settings.protocols if name not in {"edges", "distance"})
    return replace(settings, protocols=kept)


def _tally(photo: SetPhoto, found: Prediction, true: CrackMask, settings: JudgeSettings) -> PhotoTally:
    name = PhotoName(photo.source, photo.file, photo.group)
    return tally(name, found, true, settings.threshold, settings.protocols)

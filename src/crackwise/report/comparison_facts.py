"""What a comparison shows, as it was gathered: who was compared, at what cost, and how good each is."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from crackwise.score.bootstrap import Value
from crackwise.score.scored import ScoredSet
from crackwise.training.curves import Curve

Kind: TypeAlias = Literal["run", "model", "scores"]
"""A run folder of crackwise train, an exported model, or the scores of an evaluation alone."""

CURVES: dict[str, str] = {"iou": "validation IoU", "val_loss": "validation loss"}
"""Columns of the log of a training that are shown, and their names."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a network costs; None where it cannot be told.

    Parameters
    ----------
    parameters
        How many numbers were trained.
    gflop
        Billions of floating-point operations for one photo of 256×256 px; a multiply-add counts as two.
    tile_ms, ratio
        Milliseconds for a tile of 512×512 px, and relative to the first tool that was timed. As the
        arithmetic those of one photo, brought to its own size, where the network sees whole photos.
    engine
        What computed while it was timed.
    file_mb
        Size of the exported model.
    """

    parameters: int | None = None
    gflop: float | None = None
    tile_ms: float | None = None
    ratio: float | None = None
    engine: str = ""
    file_mb: float | None = None


@dataclass(frozen=True, slots=True)
class Contender:
    """One of those compared.

    Parameters
    ----------
    name, kind, sha256
        Unique name; the hash is of the model file, the checkpoint or the scores.
    cost
        Of its network.
    steps, best_step
        Trained, and at which the best checkpoint was; None where it is not known.
    curves
        Over the steps of the training, by name of the figure; empty where there is no log.
    fit_px
        Width and height to which it brings whole photos; None where it sees tiles, or nothing is known.
    """

    name: str
    kind: Kind
    sha256: str
    cost: Cost
    steps: int | None
    best_step: int | None
    curves: dict[str, Curve]
    fit_px: tuple[int, int] | None = None

    @property
    def sees(self) -> str:
        """Say what its network is given at a time, which its cost is counted and timed for."""
        if self.kind == "scores":
            return ""
        return "tiles" if self.fit_px is None else f"whole photos at {self.fit_px[0]}×{self.fit_px[1]} px"


@dataclass(frozen=True, slots=True)
class Quality:
    """How good one contender is on one set; ``difference`` is its figure minus that of the first."""

    contender: str
    scored: ScoredSet | None
    difference: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Picture:
    """One panel, a JPEG, and what stands below it."""

    jpeg: bytes
    text: str


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """One photo: its panels are the photo, the truth and every contender."""

    name: str
    panels: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class ComparedSet:
    """All contenders on one set; without a name where nothing is known but the cost."""

    name: str
    qualities: tuple[Quality, ...]
    rows: tuple[PhotoRow, ...] = ()

    @property
    def reference(self) -> str:
        """Name of the contender that the others are compared with; empty without differences."""
        known = [one for one in self.qualities if one.difference]
        first = [one.contender for one in self.qualities if one.scored is not None]
        return first[0] if known else ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What could not be compared, and why."""

    name: str
    reason: str

    @property
    def sentence(self) -> str:
        """Say both; a reason that begins with the name says enough."""
        return self.reason if self.reason.startswith(self.name) else f"{self.name}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything on the page.

    Parameters
    ----------
    contenders
        In the order given.
    sets
        At least one.
    left_out
        Arguments that could not be compared.
    remarks
        Sentences on what limits the comparison.
    timing
        How the time was taken, in words; empty when it was not.
    intervals
        How the intervals were made, in words; empty without.
    """

    contenders: tuple[Contender, ...]
    sets: tuple[ComparedSet, ...]
    left_out: tuple[LeftOut, ...] = ()
    remarks: tuple[str, ...] = ()
    timing: str = ""
    intervals: str = ""


def sets_of(scores: dict[str, tuple[ScoredSet, ...]]) -> tuple[ComparedSet, ...]:
    """Put side by side what each contender scored, by name of the set; at least one set."""
    names = list(dict.fromkeys(one.name for scored in scores.values() for one in scored)) or [""]
    return tuple(
        ComparedSet(
            name,
            tuple(Quality(contender, _named(name, scored), {}) for contender, scored in scores.items()),
        )
        for name in names
    )


def differing_photos(sets: Iterable[ComparedSet]) -> tuple[str, ...]:
    """Say in a sentence for which sets the contenders were not judged on the same photos."""
    sentences = []
    for one in sets:
        by_hash: dict[str, list[str]] = {}
        scored = [(quality.contender, quality.scored) for quality in one.qualities if quality.scored]
        are_hashed = all(found.photos_sha256 for _, found in scored)
        for contender, found in scored:
            photos = found.photos_sha256 if are_hashed else f"{found.photos} {found.names_sha256}"
            by_hash.setdefault(photos, []).append(contender)
        if len(by_hash) > 1:
            others = " and of ".join(", ".join(names) for names in by_hash.values())
            sentences.append(
                f"the figures on {one.name} are of different photos: those of {others}; judge all on the "
                "same with --data"
            )
    return tuple(sentences)


def _named(name: str, scored: tuple[ScoredSet, ...]) -> ScoredSet | None:
    return next((one for one in scored if one.name == name), None)

"""What is said about one set of photos: every figure with its interval, at every threshold of interest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from crackwise.data.stream import OnPhoto
from crackwise.errors import DataError
from crackwise.score.bootstrap import Bootstrap, Value, values
from crackwise.score.figures import known_figures
from crackwise.score.formulas import photo_columns
from crackwise.score.judge import (
    Failure,
    JudgeSettings,
    PhotoSet,
    Predict,
    judge,
    perturbed,
    without_slow_counts,
)
from crackwise.score.levels import THRESHOLDS
from crackwise.score.perturb import PERTURBATIONS
from crackwise.score.stack import Stack
from crackwise.score.tally import LARGE_COMPONENT_PX, PhotoTally, Pixels

ChosenOn: TypeAlias = Literal["validation", "given", "default", "binary", "test"]
"""Where a threshold comes from; ``binary``: the tool gave masks; ``test``: best on the very photos judged."""

_POINT_FIGURES = (
    "iou_mean",
    "dice_mean",
    "iou_pooled",
    "dice_pooled",
    "precision_pooled",
    "recall_pooled",
    "false_area_share",
)
"""Of each operating point; they need no more than the levels."""


@dataclass(frozen=True, slots=True)
class Operation:
    """How a tool goes from probability to the mask that is judged.

    Parameters
    ----------
    name
        In words.
    threshold
        One for all pixels; None where the tool has its own way.
    chosen_on
        Where it comes from.
    also
        A threshold chosen on validation that is shown beside; None without.
    """

    name: str
    threshold: float | None
    chosen_on: ChosenOn
    also: float | None = None


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """One way to a mask and what it reaches."""

    name: str
    threshold: float | None
    chosen_on: ChosenOn
    figures: dict[str, float | None]

    @property
    def is_optimistic(self) -> bool:
        """True when it was chosen on the photos that it is judged on."""
        return self.chosen_on == "test"


@dataclass(frozen=True, slots=True)
class PooledCurve:
    """Precision, recall and F1 of all pixels at the thresholds 0.01 … 0.99."""

    thresholds: tuple[float, ...]
    precision: tuple[float, ...]
    recall: tuple[float, ...]
    f1: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything about one set.

    Parameters
    ----------
    name, names_sha256, photos_sha256
        Of the set; the first hash is of the sorted names of all photos given, the second of the sorted
        SHA-256 of the files of those that were judged.
    tallies, failures
        Photos that were judged, and those that could not be.
    scenes, crack_free, empty_empty, unmarked
        Groups; photos without a true crack; those of them without any mark, which score 1; cracked photos
        without any mark, whose precision is taken as 1.
    pixels
        Confusion matrix.
    scores
        Every figure by its name in ``FIGURES``.
    deviations
        Standard deviation over the photos (of the population) of what is averaged over them.
    points
        The mask judged, then others.
    curve
        None for a tool that gives masks.
    robustness
        Figures on worse photos, by name of what was done to them; empty unless asked for.
    """

    name: str
    names_sha256: str
    photos_sha256: str
    tallies: tuple[PhotoTally, ...]
    failures: tuple[Failure, ...]
    scenes: int
    crack_free: int
    empty_empty: int
    unmarked: int
    pixels: Pixels
    scores: dict[str, Value]
    deviations: dict[str, float]
    points: tuple[OperatingPoint, ...]
    curve: PooledCurve | None
    robustness: dict[str, dict[str, float | None]]


def evaluate_set(
    photo_set: PhotoSet,
    predict: Predict,
    settings: JudgeSettings,
    operation: Operation,
    on_photo: OnPhoto | None = None,
) -> Evaluation:
    """Judge the photos of one set.

    Raises
    ------
    DataError
        If no photo can be judged.
    """
    judged = judge(photo_set, predict, settings, on_photo)
    if not judged.tallies:
        raise DataError(
            f"none of the {len(photo_set.photos)} photos of {photo_set.name} can be judged, first "
            f"{judged.failures[0].file}: {judged.failures[0].reason}"
        )
    stack = stack_of(judged.tallies)
    marked = stack.pixels[:, 0] + stack.pixels[:, 1]
    free = stack.is_crack_free
    groups = [one.group for one in judged.tallies]
    return Evaluation(
        name=photo_set.name,
        names_sha256=photo_set.names_sha256,
        photos_sha256=photo_set.photos_sha256({(one.source, one.file) for one in judged.tallies}),
        tallies=judged.tallies,
        failures=judged.failures,
        scenes=len(set(groups)),
        crack_free=int(free.sum()),
        empty_empty=int((free & (marked == 0)).sum()),
        unmarked=int((~free & (marked == 0)).sum()),
        pixels=Pixels(*(int(count) for count in stack.pixels.sum(axis=0))),
        scores=values(stack, known_figures(stack), groups, settings.bootstrap),
        deviations={name: float(column.std()) for name, column in photo_columns(stack).items()},
        points=_points(stack, operation),
        curve=_curve(stack) if stack.has_probability else None,
        robustness={},
    )


def robustness(
    photo_set: PhotoSet,
    predict: Predict,
    settings: JudgeSettings,
    kind: str,
    on_photo: OnPhoto | None = None,
) -> dict[str, float | None]:
    """Judge the photos after they were made worse in one of the ways of ``PERTURBATIONS``."""
    seed = settings.bootstrap.seed
    worse = perturbed(predict, PERTURBATIONS[kind], seed)
    judged = judge(photo_set, worse, without_slow_counts(settings), on_photo)
    return _figures(stack_of(judged.tallies)) if judged.tallies else {}


def stack_of(tallies: Sequence[PhotoTally]) -> Stack:
    """Stack at least one photo, with the package's measure of a large false mark."""
    return Stack.of(tallies, LARGE_COMPONENT_PX)


def best_threshold(stack: Stack) -> float:
    """Give the threshold with the best pooled F1; the middle of several, as 0.01 and 0.99 of a sure map."""
    f1 = stack.standard.summed(np.ones((1, len(stack.pixels)))).f1[0]
    best = np.flatnonzero(f1 >= f1.max() - 1e-12)
    return THRESHOLDS[int(best[len(best) // 2])]


def _points(stack: Stack, operation: Operation) -> tuple[OperatingPoint, ...]:
    if not stack.has_probability:
        operation = Operation("the masks as they were given", None, "binary")
    points = [OperatingPoint(operation.name, operation.threshold, operation.chosen_on, _shown(stack))]
    if operation.also is not None and stack.has_probability:
        name = "probability at the lower threshold of the card, nothing left out"
        points.append(_point(stack, name, operation.also, "validation"))
    if stack.has_probability and not stack.is_crack_free.all():
        best_iou = THRESHOLDS[int(stack.standard.iou.mean(axis=0).argmax())]
        points += [
            _point(stack, "best pooled F1 on these photos (ODS)", best_threshold(stack), "test"),
            _point(stack, "best mean IoU on these photos", best_iou, "test"),
        ]
    return tuple(points)


def _point(stack: Stack, name: str, threshold: float, chosen_on: ChosenOn) -> OperatingPoint:
    return OperatingPoint(name, threshold, chosen_on, _shown(stack.at(threshold)))


def _shown(stack: Stack) -> dict[str, float | None]:
    figures = _figures(stack)
    return {name: figures[name] for name in _POINT_FIGURES if name in figures}


def _figures(stack: Stack) -> dict[str, float | None]:
    no_samples = Bootstrap(samples=0)
    groups = [""] * len(stack.pixels)
    return {name: one.value for name, one in values(stack, known_figures(stack), groups, no_samples).items()}


def _curve(stack: Stack) -> PooledCurve:
    pooled = stack.standard.summed(np.ones((1, len(stack.pixels))))
    precision, recall, f1 = (tuple(part[0].tolist()) for part in (pooled.precision, pooled.recall, pooled.f1))
    return PooledCurve(THRESHOLDS, precision, recall, f1)


def refuse_labels(found: Evaluation) -> None:
    """Refuse pictures whose highest level is 1: labels, which as probabilities would all be empty.

    Raises
    ------
    DataError
        If they are.
    """
    marked = stack_of(found.tallies).curves.marked.sum(axis=0)
    if marked[1] > 0 and marked[2] == 0:
        raise DataError(
            f"the highest level of all predictions for {found.name} is 1 of 255; expected 0 and 255, or the "
            "probability times 255: write labels times 255"
        )


def inverted_hint(found: Evaluation) -> str | None:
    """Tell when predictions mark most of the photos, and what they leave out fits the labels no worse."""
    px = found.pixels
    marked, true = px.found + px.false, px.found + px.missed
    total = marked + px.missed + px.sound
    if marked <= total / 2 or px.found / (marked + px.missed) > px.missed / (total - px.false or 1):
        return None
    return (
        f"the predictions for {found.name} mark {marked / total:.0%} of the pixels, the labels "
        f"{true / total:.0%}; if the crack is black in them, invert them"
    )

"""Who predicts in ``crackwise evaluate``: a model file, a training, or a folder of anyone's predictions."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crackwise.cli.extras import need_torch
from crackwise.cli.seen import Seen, seen_by_model, seen_by_run

if TYPE_CHECKING:
    from crackwise.score.evaluation import Operation
    from crackwise.score.judge import PhotoSet, Predict
    from crackwise.score.scoresfile import Tool


@dataclass(frozen=True, slots=True)
class Judged:
    """What is judged: who predicts, what is known of it, how the mask comes about, and what it has seen."""

    tool: "Tool"
    predict: "Predict"
    operation: "Operation"
    seen: Seen = field(default_factory=Seen)

    @property
    def threshold(self) -> float:
        """The threshold for predictions without a mask of their own."""
        return 0.5 if self.operation.threshold is None else self.operation.threshold


def of_folder(folder: Path, sets: "Sequence[PhotoSet]") -> Judged:
    """Judge the pictures in a folder: masks, or what is at least 0.5."""
    from crackwise.score.evaluation import Operation
    from crackwise.score.predictions import PredictionFolder
    from crackwise.score.scoresfile import Tool

    found = PredictionFolder.of(folder, sets)
    name = folder.resolve().name
    tool = Tool("predictions", name, found.sha256(), {"pictures": len(found.files)})
    return Judged(tool, found.predict, Operation("what has a probability of 0.5 or more", 0.5, "default"))


def of_model(path: Path | None) -> Judged:
    """Judge what ``crackwise inspect`` reports with the settings of the card."""
    from crackwise.inspection.inspect import find_in_map, predict_map
    from crackwise.inspection.model import load_model
    from crackwise.inspection.settings import DEFAULTS
    from crackwise.score.evaluation import Operation
    from crackwise.score.scoresfile import Tool
    from crackwise.score.tally import Prediction

    loaded = load_model(path)
    settings = DEFAULTS.resolved(loaded.card)

    def predict(_photo: Any, image: Any) -> Prediction:
        levels = predict_map(image, loaded, settings)
        found = find_in_map(levels, settings)
        return Prediction(levels, found.mask, len(found.measurements))

    facts = settings.model_dump(mode="json") | {"precision": loaded.precision}
    tool = Tool("model", f"{loaded.card.name} {loaded.card.version}", loaded.sha256, facts)
    name = "the mask that crackwise inspect reports with the settings of the model card"
    operation = Operation(name, None, "validation", also=settings.threshold_low)
    return Judged(tool, predict, operation, seen_by_model(path))


def of_run(run: Path) -> Judged:
    """Judge the best checkpoint of a training at the threshold that it chose: no zooms, nothing left out.

    A training that is not done has chosen none yet, and what has 0.5 or more is judged.
    """
    need_torch("a run folder")
    from crackwise.score.evaluation import Operation
    from crackwise.training.export import load_net
    from crackwise.training.folder import read_run
    from crackwise.training.judged import predictor, tool_of
    from crackwise.training.runfiles import RESULT_FILE, number_in, read_result

    finished = read_run(run)
    operation = Operation("what has a probability of 0.5 or more", 0.5, "default")
    predict = predictor(load_net(finished), finished)
    judged = Judged(tool_of(run, finished), predict, operation, seen_by_run(run))
    if not (run / RESULT_FILE).is_file():
        return judged
    return with_threshold(judged, number_in(read_result(run), "threshold", run), "its validation part")


def with_threshold(judged: Judged, threshold: float, chosen_on: str) -> Judged:
    """Judge what lies above a threshold instead of the tool's own mask."""
    from crackwise.score.evaluation import Operation

    def predict(photo: Any, image: Any) -> Any:
        return replace(judged.predict(photo, image), mask=None, cracks=None)

    where = f"what has a probability of {threshold:g} or more"
    name = f"{where}, the best on {chosen_on}" if chosen_on else where
    operation = Operation(name, threshold, "validation" if chosen_on else "given")
    return replace(judged, predict=predict, operation=operation)

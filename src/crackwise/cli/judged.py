"""Who predicts in ``crackwise evaluate``: a model file, a training, or a folder of anyone's predictions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crackwise.errors import MissingExtraError

if TYPE_CHECKING:
    from crackwise.score.evaluation import Operation
    from crackwise.score.judge import PhotoSet, Predict
    from crackwise.score.scoresfile import Tool


@dataclass(frozen=True, slots=True)
class Judged:
    """What is judged: who predicts, what is known of it, and how the mask comes about."""

    tool: "Tool"
    predict: "Predict"
    operation: "Operation"


def of_folder(folder: Path, sets: "Sequence[PhotoSet]") -> Judged:
    """Judge the pictures in a folder: masks, or what is at least 0.5."""
    from crackwise.score.evaluation import Operation
    from crackwise.score.predictions import PredictionFolder
    from crackwise.score.scoresfile import Tool

    found = PredictionFolder.of(folder, [photo for one in sets for photo in one.photos])
    name = folder.resolve().name
    tool = Tool("predictions", name, found.sha256(), {"pictures": len(found.files)})
    return Judged(tool, found.predict, Operation("what has a probability of 0.5 or more", 0.5, "default"))


def of_model(path: Path | None) -> Judged:
    """Judge what ``crackwise inspect`` reports with the settings of the card."""
    from crackwise.inspection.inspect import find_in_map
    from crackwise.inspection.model import load_model
    from crackwise.inspection.settings import DEFAULTS
    from crackwise.score.evaluation import Operation
    from crackwise.score.levels import to_levels
    from crackwise.score.scoresfile import Tool
    from crackwise.score.tally import Prediction
    from crackwise.zooms import Zooms

    loaded = load_model(path)
    settings = DEFAULTS.resolved(loaded.card)
    zooms = Zooms(settings.zooms, settings.zooms_up_to_megapixels)

    def predict(_photo: Any, image: Any) -> Prediction:
        probability = zooms.predict(
            image, lambda seen: loaded.predict(seen, tile_px=settings.tile_px, overlap_px=settings.overlap_px)
        )
        found = find_in_map(probability, settings)
        return Prediction(to_levels(probability), found.mask, len(found.measurements))

    facts = settings.model_dump(mode="json") | {"precision": loaded.precision}
    tool = Tool("model", f"{loaded.card.name} {loaded.card.version}", loaded.sha256, facts)
    name = "the mask that crackwise inspect reports with the settings of the model card"
    return Judged(tool, predict, Operation(name, None, "validation", also=settings.threshold_low))


def of_run(run: Path) -> Judged:
    """Judge the best checkpoint of a training at the threshold that it chose: no zooms, nothing left out.

    A training that is not done has chosen none yet, and what has 0.5 or more is judged.
    """
    from importlib.util import find_spec

    if find_spec("torch") is None or find_spec("lightning") is None:
        raise MissingExtraError("a run folder", "train")
    import hashlib
    import json

    from crackwise.score.evaluation import Operation
    from crackwise.score.levels import to_levels
    from crackwise.score.scoresfile import Tool
    from crackwise.score.tally import Prediction
    from crackwise.training.export import load_net
    from crackwise.training.folder import RESULT_FILE, read_run
    from crackwise.training.validation import how_seen, predict_as_trained

    finished = read_run(run)
    net, seen = load_net(finished), finished.recipe.data

    def predict(_photo: Any, image: Any) -> Prediction:
        return Prediction(to_levels(predict_as_trained(net, seen, image)))

    sha256 = hashlib.sha256((run / "best.ckpt").read_bytes()).hexdigest()
    facts = {"recipe": finished.recipe.name, "step": finished.step, "sees": how_seen(seen)}
    tool = Tool("run", run.resolve().name, sha256, facts)
    judged = Judged(tool, predict, Operation("what has a probability of 0.5 or more", 0.5, "default"))
    if not (run / RESULT_FILE).is_file():
        return judged
    threshold = float(json.loads((run / RESULT_FILE).read_text(encoding="utf-8"))["threshold"])
    return with_threshold(judged, threshold, "its validation photos")


def with_threshold(judged: Judged, threshold: float, chosen_on: str) -> Judged:
    """Judge what lies above a threshold instead of the tool's own mask."""
    from crackwise.score.evaluation import Operation

    def predict(photo: Any, image: Any) -> Any:
        return replace(judged.predict(photo, image), mask=None, cracks=None)

    where = f"what has a probability of {threshold:g} or more"
    name = f"{where}, the best on {chosen_on}" if chosen_on else where
    operation = Operation(name, threshold, "validation" if chosen_on else "given")
    return Judged(judged.tool, predict, operation)

"""A training as the evaluator sees it: who predicts, and what is known of it."""

from pathlib import Path

from crackwise.arrays import Rgb
from crackwise.data.folder import SetPhoto
from crackwise.files import sha256_of
from crackwise.levels import to_levels
from crackwise.nets.cracknet import CrackNet
from crackwise.score.judge import Predict
from crackwise.score.scoresfile import Tool
from crackwise.score.tally import Prediction
from crackwise.training.checkpoint import FinishedRun
from crackwise.training.runfiles import BEST_FILE
from crackwise.training.validation import how_seen, predict_as_trained


def tool_of(folder: Path, run: FinishedRun) -> Tool:
    """Name a training by its folder and the hash of its best checkpoint."""
    facts = {"recipe": run.recipe.name, "step": run.step, "sees": how_seen(run.recipe.data)}
    return Tool("run", folder.resolve().name, sha256_of(folder / BEST_FILE), facts)


def predictor(net: CrackNet, run: FinishedRun) -> Predict:
    """Predict photos as the training saw them: no zooms, nothing left out."""

    def predict(_photo: SetPhoto, image: Rgb) -> Prediction:
        return Prediction(to_levels(predict_as_trained(net, run.recipe.data, image)))

    return predict


def remembering(predict: Predict) -> Predict:
    """Predict each photo once; for a few photos, as their levels (H, W) uint8 stay in memory."""
    known: dict[Path, Prediction] = {}

    def predict_once(photo: SetPhoto, image: Rgb) -> Prediction:
        if photo.image not in known:
            known[photo.image] = predict(photo, image)
        return known[photo.image]

    return predict_once

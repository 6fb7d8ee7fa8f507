"""What a training leaves when it is done: scores, curves, samples, a model file, at last the result."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from crackwise.arrays import Rgb
from crackwise.data.folder import SetPhoto
from crackwise.data.sheet import Cell, Row, draw_sheet, grey
from crackwise.errors import CrackwiseError
from crackwise.files import write_image, write_json
from crackwise.nets.cracknet import CrackNet
from crackwise.score.evaluation import Evaluation, Operation, best_threshold, evaluate_set, stack_of
from crackwise.score.judge import JudgeSettings, PhotoSet, Predict, judge
from crackwise.score.scoresfile import scores_json
from crackwise.training.calibrate import Calibration
from crackwise.training.checkpoint import FinishedRun
from crackwise.training.cost import count_parameters
from crackwise.training.curves import plot_curves
from crackwise.training.environment import device_name
from crackwise.training.export import Release, export, load_net, make_card, started_from
from crackwise.training.folder import Folders, read_run
from crackwise.training.judged import predictor, remembering, tool_of
from crackwise.training.runfiles import MODEL_FILE, RESULT_FILE, SCORES_FILE
from crackwise.training.sources import SourceSamples, choose_validation, gather_run, set_photo, validated
from crackwise.training.trainer import Ended
from crackwise.training.validation import predict_as_trained

SCHEMA_VERSION = 1

_SHOWN = 6
_RELEASE = Release(version="0.1.0", licence="not stated", encoder="not stated", limits="not stated")


def finish(folders: Folders, ended: Ended) -> dict[str, Any]:
    """Score the best checkpoint on the validation part, draw curves and samples, export, write the result.

    The threshold is the one with the best pooled F1 on the validation photos whose labels are exact, or on
    all where none are; labels are taken as they are on disk, fat ones too.

    Returns
    -------
    What ``result.json`` says.
    """
    sys.stderr.write(f"trained {ended.steps:,} steps; writing scores, pictures and {MODEL_FILE}\n")
    run = read_run(folders.run)
    sources = gather_run(run.recipe, folders)
    net = load_net(run)
    predict = remembering(predictor(net, run))
    threshold = choose_threshold(sources, predict, run)
    evaluations = _score(sources, predict, threshold, run)
    settings = JudgeSettings(threshold)
    write_json(folders.run / SCORES_FILE, scores_json(tool_of(folders.run, run), settings, evaluations))
    write_image(folders.run / "curves.png", plot_curves(folders.run, run.recipe.name))
    write_image(folders.run / "samples.png", draw_samples(sources, net, run, threshold))
    _export(folders.run, run, net, sources, _calibration(threshold, evaluations))
    result = {
        "schema_version": SCHEMA_VERSION,
        "name": run.recipe.name,
        "steps": ended.steps,
        "best_step": run.step,
        "best_value": ended.best_value,
        "stopped_early": ended.stopped_early,
        "seconds": round(ended.seconds, 1),
        "parameters": count_parameters(net),
        "threshold": threshold,
        "training_photos": sum(len(source.training) for source in sources),
        "validation_photos": sum(len(one.photos) for one in photo_sets(sources, run)),
        "device": device_name(),
    }
    write_json(folders.run / RESULT_FILE, result)
    return result


def photo_sets(sources: Sequence[SourceSamples], run: FinishedRun) -> tuple[PhotoSet, ...]:
    """Give the validation photos of every source, at most as many of each as the training looked at."""
    return tuple(
        PhotoSet(
            source.recipe.name,
            tuple(set_photo(one) for one in choose_validation(source, run.recipe.data.validation_images)),
        )
        for source in validated(sources)
    )


def choose_threshold(sources: Sequence[SourceSamples], predict: Predict, run: FinishedRun) -> float:
    """Choose the threshold with the best pooled F1 on validation photos."""
    exact = [
        one for one in validated(sources) if one.recipe.labels == "exact" and one.recipe.kind != "negatives"
    ]
    pixels = JudgeSettings(protocols=("pixels",))
    sets = photo_sets(exact or sources, run)
    tallies = [tally for one in sets for tally in judge(one, predict, pixels).tallies]
    return best_threshold(stack_of(tallies))


def draw_samples(sources: Sequence[SourceSamples], net: CrackNet, run: FinishedRun, threshold: float) -> Rgb:
    """Show validation photos: input, truth, probability, prediction; drawn by a hash, not by their score."""
    rows = []
    for one in photo_sets(sources, run):
        for photo in _of_many_scenes(one.photos)[: max(1, _SHOWN // len(sources))]:
            image = photo.read_image()
            probability = predict_as_trained(net, run.recipe.data, image)
            truth = photo.read_mask_of(image.shape)
            assert truth is not None
            pictures = (
                (image, f"{photo.file}"),
                (grey(truth), "truth"),
                (grey(probability), "probability"),
                (grey(probability >= threshold), f"prediction at {threshold:g}"),
            )
            rows.append(Row("", tuple(Cell(picture, caption) for picture, caption in pictures)))
    return draw_sheet(rows, f"{run.recipe.name}: validation photos after {run.step:,} steps", columns=4)


def _of_many_scenes(photos: Sequence[SetPhoto]) -> list[SetPhoto]:
    """Put the first photo of each scene before the others."""
    first = list({photo.group: photo for photo in reversed(photos)}.values())[::-1]
    return [*first, *(photo for photo in photos if photo not in first)]


def _score(
    sources: Sequence[SourceSamples], predict: Predict, threshold: float, run: FinishedRun
) -> list[Evaluation]:
    name = f"what has a probability of {threshold:g} or more, the best on these validation photos"
    operation = Operation(name, threshold, "test")  # of these photos, so optimistic
    settings = JudgeSettings(threshold)
    return [evaluate_set(one, predict, settings, operation) for one in photo_sets(sources, run)]


def _calibration(threshold: float, evaluations: Sequence[Evaluation]) -> Calibration:
    scores = {
        f"{one.name}/{name}": round(value.value, 4)
        for one in evaluations
        for name, value in one.scores.items()
        if name in {"iou_mean", "dice_pooled"} and value.value is not None
    }
    return Calibration(threshold, threshold, 0, 0.0, 0.0, scores)


def _export(
    folder: Path, run: FinishedRun, net: CrackNet, sources: tuple[SourceSamples, ...], chosen: Calibration
) -> None:
    """Export; a network that cannot be is no reason to lose the training."""
    release = started_from(folder, replace(_RELEASE, encoder=run.recipe.model.encoder_weights))
    try:
        export(net, make_card(run, net, sources, chosen, release), folder / MODEL_FILE)
    except CrackwiseError as error:
        sys.stderr.write(f"warning: no model.onnx: {error}\n")

"""What ``crackwise compare`` is given: a run folder, a model file, a shipped model, or kept scores."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING

from crackwise.cli.extras import has_torch
from crackwise.cli.judged import Judged, of_model, of_run
from crackwise.errors import CrackwiseError, DataError, ModelError, SettingsError
from crackwise.training.runfiles import (
    BEST_FILE,
    MODEL_FILE,
    RECIPE_FILE,
    SCORES_FILE,
    read_result,
)

if TYPE_CHECKING:
    from crackwise.recipe import ModelRecipe
    from crackwise.report.comparison_facts import Kind
    from crackwise.score.scored import ScoredSet
    from crackwise.training.curves import Curve


@dataclass(frozen=True, slots=True)
class Compared:
    """One argument, and what is known of it before anything is judged.

    Parameters
    ----------
    name, path, kind, sha256
        As it is shown; where it lies; what it is; of the model, the checkpoint or the scores.
    recipe
        Of its network; None where it is not known.
    fit_px
        Width and height to which it brings whole photos; None where it sees tiles, or nothing is known.
    model
        Exported file; None where there is none.
    parameters, steps, best_step
        As the run or the card says.
    scores
        Of an evaluation that was kept.
    curves
        Of the training.
    """

    name: str
    path: Path
    kind: "Kind"
    sha256: str
    recipe: "ModelRecipe | None" = None
    fit_px: tuple[int, int] | None = None
    model: Path | None = None
    parameters: int | None = None
    steps: int | None = None
    best_step: int | None = None
    scores: "tuple[ScoredSet, ...]" = ()
    curves: "dict[str, Curve] | None" = None


def read_compared(path: Path) -> Compared:
    """Read what lies at a path, or a shipped model by its name, unless something of that name is there.

    Raises
    ------
    CrackwiseError
        If it is none of these, is unfinished or broken.
    """
    from crackwise.inspection.model import SHIPPED, is_shipped, shipped_model

    if is_shipped(path):
        return replace(_of_file(shipped_model(str(path))), path=path)
    if path.suffix.lower() == ".onnx":
        return _of_file(path)
    if (path / RECIPE_FILE).is_file():
        return _of_run(path)
    if (path / SCORES_FILE).is_file():
        return _of_scores(path)
    raise SettingsError(
        f"{path} is nothing to compare; expected a run folder of crackwise train, an exported .onnx model, "
        f"a folder with the scores.json of crackwise evaluate, or a shipped model: {', '.join(SHIPPED)}"
    )


def with_unique_names(compared: Sequence[Compared]) -> tuple[Compared, ...]:
    """Name those by their paths that would share a name, and number what was given twice."""
    names = [one.name for one in compared]
    by_path = [str(one.path) if names.count(one.name) > 1 else one.name for one in compared]
    return tuple(
        replace(one, name=name if by_path.count(name) == 1 else f"{name} #{by_path[:place].count(name) + 1}")
        for place, (one, name) in enumerate(zip(compared, by_path))
    )


def judged_of(compared: Compared) -> Judged:
    """Give who predicts: a run with its best checkpoint, at the threshold chosen on its validation part.

    Without PyTorch it predicts with its exported model, which has the same weights and threshold.

    Raises
    ------
    CrackwiseError
        If there are only scores, the extra for PyTorch is missing, or the file is broken.
    """
    if compared.kind == "scores":
        raise SettingsError(
            f"{compared.path} holds scores and no model; name the run or the model itself, or leave "
            "--data out"
        )
    if compared.kind == "model" or (compared.model is not None and not has_torch()):
        return of_model(compared.model)
    try:
        return of_run(compared.path)
    except (RuntimeError, KeyError, EOFError, UnpicklingError) as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(
            f"{compared.path / BEST_FILE} does not hold the weights of its recipe: {first}; train again "
            "into another folder"
        ) from error


def _of_file(path: Path) -> Compared:
    from crackwise.inspection.model import load_model
    from crackwise.recipe import parse_recipe

    model = load_model(path)
    card = model.card
    try:
        recipe = parse_recipe(card.recipe, "its card").model
    except CrackwiseError:  # a card of another release, or of a model that no recipe made
        recipe = None
    return Compared(
        f"{card.name} {card.version}",
        path,
        "model",
        model.sha256,
        recipe,
        card.fit_px,
        model=path,
        parameters=card.parameters,
        steps=card.steps,
    )


def _of_run(run: Path) -> Compared:
    from crackwise.inspection.model import read_card
    from crackwise.recipe import parse_recipe
    from crackwise.score.scored import read_scores

    result = read_result(run)
    recipe = parse_recipe(_text(run / RECIPE_FILE), str(run / RECIPE_FILE))
    model, scores = run / MODEL_FILE, run / SCORES_FILE
    if model.is_file():
        read_card(model.read_bytes(), model)  # a damaged one is told now
    return Compared(
        run.resolve().name,
        run,
        "run",
        _sha256(run / BEST_FILE),
        recipe.model,
        recipe.data.size_px if recipe.data.sees_whole_photos else None,
        model=model if model.is_file() else None,
        parameters=result.get("parameters"),
        steps=result.get("steps"),
        best_step=result.get("best_step"),
        scores=read_scores(scores) if scores.is_file() else (),
        curves=_curves(run),
    )


def _of_scores(folder: Path) -> Compared:
    from crackwise.score.scored import read_scores

    path = folder / SCORES_FILE
    return Compared(folder.resolve().name, folder, "scores", _sha256(path), scores=read_scores(path))


def _curves(run: Path) -> "dict[str, Curve]":
    """Read the curves of a run; a loss that was no number is not shown."""
    from crackwise.report.comparison_facts import CURVES
    from crackwise.training.curves import read_curves

    try:
        found = read_curves(run, tuple(CURVES))
    except ValueError as error:
        raise DataError(f"a log of {run} is damaged: {error}; train again into another folder") from error
    shown = {name: tuple(place for place in curve if isfinite(place[1])) for name, curve in found.items()}
    return {name: curve for name, curve in shown.items() if curve}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}; train again into another folder") from error


def _sha256(path: Path) -> str:
    from crackwise.files import sha256_of

    try:
        return sha256_of(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}; the folder is incomplete") from error

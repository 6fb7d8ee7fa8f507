"""Whose run a run folder is: refused to another recipe, described before the first step."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from crackwise.data.split import Split, read_split, write_split
from crackwise.data.table import read_table, write_table
from crackwise.errors import OutputError
from crackwise.files import as_written, write_text
from crackwise.recipe import FOLLOWS_EPOCHS, AnyRecipe, Recipe, dump_recipe, parse_any, parse_recipe
from crackwise.training.budget import as_given
from crackwise.training.runfiles import (
    ENVIRONMENT_FILE,
    LABELLED_FILE,
    LAST_FILE,
    RECIPE_FILE,
    RESULT_FILE,
    SPLIT_FILE,
)

Content: TypeAlias = Mapping[tuple[str, str], str]
"""By source and file: a hash, or of a label without a mask its word."""

TEACHER, START = "teacher_sha256", "start_from_sha256"
"""The weights that a training depends on, named by their content beside its environment."""

_LABELLED = ("source", "file", "label")
_RESUMED = "resumed"
_NAMED = 4
"""Keys that differ are named up to so many."""


def check_claim(recipe: AnyRecipe, run: Path) -> None:
    """Refuse a folder that holds a run of another recipe.

    One that ended before its first checkpoint holds nothing, so that another recipe may begin anew in it. An
    unfinished run may take its steps in other batches, as when memory ended: each step still takes
    ``train.batch`` times ``train.accumulate`` samples, and the same ones.

    Raises
    ------
    OutputError
        If it does; the first keys that differ are named, with both values.
    """
    if not _has(run, RECIPE_FILE) or not _holds_something(run):
        return
    path = run / RECIPE_FILE
    held = parse_any(path.read_text(encoding="utf-8"), str(path))
    if not (run / RESULT_FILE).is_file():
        held = _in_batches_of(recipe, held)
    if as_given(held) != as_given(recipe):
        raise OutputError(
            f"{run} holds a run of another recipe: {_differences(as_given(held), as_given(recipe))}; go on "
            "with the recipe and --set that it was begun with, or choose another --out"
        )


def _in_batches_of(recipe: AnyRecipe, held: AnyRecipe) -> AnyRecipe:
    """Give the recipe that a folder holds the batches of another, where a step takes as many samples."""
    if not isinstance(recipe, Recipe) or not isinstance(held, Recipe):
        return held
    then, now = held.train, recipe.train
    if then.batch * then.accumulate != now.batch * now.accumulate:
        return held
    train = then.model_copy(update={"batch": now.batch, "accumulate": now.accumulate})
    return held.model_copy(update={"train": train})


def _differences(held: AnyRecipe, recipe: AnyRecipe) -> str:
    """Name the first keys that differ: ``train.steps was 4, is 2000``."""
    then, now = (_flat(one.model_dump(mode="json")) for one in (held, recipe))
    follow = {f"train.{key}" for key in FOLLOWS_EPOCHS} if held.train.epochs != recipe.train.epochs else set()
    told = [
        f"{key} was {_shown(then[key])}, is {_shown(now[key])}"
        for key in then  # those of another network, or of more sources, follow from one that both have
        if key in now and then[key] != now[key] and key not in follow
    ]
    more = [f"{len(told) - _NAMED} more"] if len(told) > _NAMED else []
    return "; ".join([*told[:_NAMED], *more])


def _flat(value: Any, key: str = "") -> dict[str, Any]:
    """Name every value by its path: ``data.sources`` are the names, ``data.sources[0].share`` is a number."""
    if isinstance(value, dict):
        inside = {f"{key}.{name}" if key else name: one for name, one in value.items()}
    elif isinstance(value, list) and all(isinstance(one, dict) for one in value) and value:
        inside = {f"{key}[{place}]": one for place, one in enumerate(value)}
    else:
        return {key: value}
    names = {key: [one["name"] for one in value]} if isinstance(value, list) else {}
    return names | {path: leaf for name, one in inside.items() for path, leaf in _flat(one, name).items()}


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def describe_run(recipe: AnyRecipe, run: Path, environment: dict[str, str]) -> None:
    """Write the recipe as resolved, and what else the result depends on; at a resume, what has changed since.

    Raises
    ------
    OutputError
        If the run was trained so far with another teacher.
    """
    environment = environment | _other_batches(recipe, run)
    write_text(run / RECIPE_FILE, dump_recipe(recipe))
    path = run / ENVIRONMENT_FILE
    kept = environment
    if path.is_file() and _holds_something(run):
        kept = json.loads(path.read_text(encoding="utf-8"))
    teacher = kept.get(TEACHER)
    if teacher and teacher != environment.get(TEACHER):
        raise OutputError(
            f"{run} was trained so far with another teacher than what is there now; put back the file with "
            f"sha256 {teacher}, or choose another --out"
        )
    write_text(path, json.dumps(_resumed_in(kept, environment), indent=2))


def _other_batches(recipe: AnyRecipe, run: Path) -> dict[str, str]:
    """Name the batches of a recipe where the run had others so far."""
    path = run / RECIPE_FILE
    if not isinstance(recipe, Recipe) or not path.is_file() or not _holds_something(run):
        return {}
    held = parse_recipe(path.read_text(encoding="utf-8"), str(path))
    if held.train.batch == recipe.train.batch:
        return {}
    return {"train.batch": str(recipe.train.batch), "train.accumulate": str(recipe.train.accumulate)}


def _resumed_in(kept: dict[str, Any], environment: dict[str, str]) -> dict[str, Any]:
    """Add to what a run depends on so far what is different now; what it started from stays."""
    resumed = kept.get(_RESUMED, [])
    so_far = {name: value for one in (kept, *resumed) for name, value in one.items()}
    changed = {name: value for name, value in environment.items() if so_far.get(name) != value}
    changed.pop(START, None)
    return {**kept, _RESUMED: [*resumed, changed]} if changed else kept


def check_content(split: Split, labels: Content, run: Path) -> None:
    """Refuse to go on with photos or labels that hold something else than when the run began.

    Raises
    ------
    OutputError
        If there are any; it names the first.
    """
    if not _has(run, LAST_FILE):
        return
    changed = [
        *_changed(_hashes_begun(run), _hashes(split), "{}"),
        *_changed(_labels_begun(run), labels, "the label of {}"),
    ]
    if changed:
        raise OutputError(
            f"{len(changed)} photos or labels are other ones than when the training in {run} began, first "
            f"{changed[0]}; put them back, or choose another --out"
        )


def _changed(then: Content, now: Content, called: str) -> list[str]:
    """Name what is another by now; a photo that has gone is told where photos are gathered."""
    written = {(as_written(source), as_written(file)): value for (source, file), value in now.items()}
    return [called.format("/".join(key)) for key, value in then.items() if written.get(key, value) != value]


def _hashes(split: Split) -> Content:
    return {(row.source, row.file): row.sha256 for row in split.rows}


def _hashes_begun(run: Path) -> Content:
    return _hashes(read_split(run / SPLIT_FILE)) if _has(run, SPLIT_FILE) else {}


def _labels_begun(run: Path) -> Content:
    """Read what labels a run began with; nothing of a run from before they were kept."""
    rows = read_table(run / LABELLED_FILE, _LABELLED) if _has(run, LABELLED_FILE) else ()
    return {(row["source"], row["file"]): row["label"] for row in rows}


def _holds_something(run: Path) -> bool:
    return _has(run, LAST_FILE) or _has(run, RESULT_FILE)


def _has(run: Path, name: str) -> bool:
    return (run / name).is_file()


def describe_split(recipe: AnyRecipe, split: Split, labels: Content, run: Path) -> None:
    """Write where each photo went and what its label was; once something is learnt from them, no more."""
    if not _has(run, LAST_FILE):
        for path in (run / SPLIT_FILE, (run / SPLIT_FILE).with_suffix(".json"), run / LABELLED_FILE):
            path.unlink(missing_ok=True)
    if not _has(run, SPLIT_FILE):
        write_split(split, run / SPLIT_FILE, {"command": "crackwise train", "recipe": recipe.name})
    if not _has(run, LABELLED_FILE):
        write_table(run / LABELLED_FILE, _LABELLED, [(*key, label) for key, label in sorted(labels.items())])

"""The ingredients of crackwise-base: runs differ in what they say alone, and never see what judges them."""

import json
from pathlib import Path

import pytest

import ingredients
from crackwise.recipe import Recipe, load_recipe

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ingredients.RESULTS).glob("*.json"))
PUBLIC = {"deepcrack_test", "cfd", "noncrack", "deepcrack_train"}


def recipe_of(change: str, left_out: str) -> Recipe:
    return load_recipe("crackwise-base", ingredients.overrides(ingredients.Case(change, left_out)))


@pytest.mark.parametrize("left_out", ingredients.JUDGED_ON)
def test_no_run_sees_the_source_that_it_is_judged_on(left_out):
    for change in ingredients.CHANGES:
        names = {source.name for source in recipe_of(change, left_out).data.sources}
        assert names.isdisjoint({left_out} | PUBLIC)
        assert len(names) >= 4


def test_each_run_differs_from_all_in_its_change_alone():
    own = recipe_of("all", "sut_crack")
    sources = {source.name: source for source in own.data.sources}
    assert {source.labels for source in own.data.sources} == {"exact", "fat"}
    for name, change in ingredients.CHANGES.items():
        changed = recipe_of(name, "sut_crack")
        keys = {**own.model_dump(), **changed.model_dump()}
        different = [
            f"{part}.{key}"
            for part in ("model", "train", "data")
            for key, value in keys[part].items()
            if value != own.model_dump()[part][key] and key != "sources"
        ]
        assert different == [*change.keys]
        kept = {source.name: source for source in changed.data.sources}
        assert sources.keys() - kept.keys() == {*change.without}
        assert change.thins_labels == all(source == sources[source.name] for source in kept.values())


def test_the_sources_have_the_shares_of_the_shipped_recipe():
    shipped = {source.name: source.weight for source in load_recipe("crackwise-base").data.sources}
    run = {source.name: source.weight for source in recipe_of("all", "sut_crack").data.sources}
    assert {**run, "sut_crack": 2.0} == shipped


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_finished_run_was_trained_as_it_says(path):
    found = json.loads(path.read_text("utf-8"))
    case = ingredients.all_cases()[path.stem]
    assert found["overrides"] == list(ingredients.overrides(case))
    assert found["result"]["steps"] == ingredients.STEPS
    assert found["command"].endswith(f"--row {path.stem}")

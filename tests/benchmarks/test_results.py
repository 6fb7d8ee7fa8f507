"""The page of results says what its files say, and every training of it is one that the issue asks for."""

import json
import sys
from pathlib import Path

import pytest

import results
from crackwise.recipe import load_recipe

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "results.md").read_text("utf-8")


def test_the_tables_of_the_page_are_those_of_the_files(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    page = tmp_path / "results.md"
    page.write_text(PAGE, encoding="utf-8")
    monkeypatch.setattr(results, "PAGE", page)
    monkeypatch.setattr(sys, "argv", ["results.py", "--table"])
    results.main()
    assert page.read_text("utf-8") == PAGE


def budgets_of(name):
    """Steps, batch and size: of the rows, and of each ablation all alike or of equal pixels."""
    if name.startswith("ablation-augmentation"):
        whole, crops = (1000, 2, (544, 384)), (1000, 6, (256, 256))
        assert abs(2 * 544 * 384 / (6 * 256 * 256) - 1) < 0.07
        return [whole, crops]
    if name.startswith("one-crop"):
        return [(1500, 1, (256, 256))]
    return [(1000, 8, (128, 128)) if name.startswith("ablation") else (1500, 8, (256, 256))]


def test_every_training_is_of_one_budget_and_keeps_away_from_the_test():
    for name, (row, seed) in results.all_rows().items():
        recipe = load_recipe(row.recipe, results.overrides(row, seed))
        train, data = recipe.train, recipe.data
        assert (train.epochs, train.accumulate, train.patience) == (0, 1, 0), name
        assert (train.steps, train.batch, data.size_px) in budgets_of(name), name
        [source] = data.sources
        assert source.name == "deepcrack_train"
        assert set(source.leave_out) >= {"11289", "11142", "11158", "11187"}
        assert recipe.seed == seed


def test_all_nine_systems_have_a_row():
    nine = {
        "iitb-unet", "unige-unet", "course-cnn", "course-cnn-dropout", "course-transfer",
        "khanhha-unet-vgg16", "khanhha-unet-resnet101", "khanhha-densenet", "pspnet-resnet18",
    }  # fmt: skip
    assert nine <= {row.recipe for row in results.ROWS.values()}
    assert all(row.said for row in results.ROWS.values() if row.changes)  # what is no source's system says so


@pytest.mark.parametrize(
    "path", sorted((ROOT / "docs" / "results").glob("*.json")), ids=lambda path: path.stem
)
def test_a_finished_row_was_trained_as_it_says(path):
    found = json.loads(path.read_text("utf-8"))
    row, seed = results.all_rows()[path.stem]
    assert (found["recipe"], found["seed"], found["row"]) == (row.recipe, seed, path.stem)
    assert all(change in found["command"].replace("'", "") for change in results.overrides(row, seed))
    assert found["result"]["steps"] in {steps for steps, *_ in budgets_of(path.stem)}
    assert {name: one["photos"] for name, one in found["sets"].items()} == {"deepcrack_test": 237, "cfd": 118}


def test_what_is_shortened_stands_apart_beside_two_that_have_both():
    trained = {path.stem for path in (ROOT / "docs" / "results").glob("*.json")}
    assert {"unige-unet", "course-cnn"} <= {row.recipe for row in results.SHORTENED.values()} & trained
    assert PAGE.index("<!-- /rows -->") < PAGE.index("<!-- shortened -->") < PAGE.index("<!-- ablations -->")


def test_the_operations_of_a_row_are_counted_on_its_network():
    found = json.loads((ROOT / "docs" / "results" / "course-cnn.json").read_text("utf-8"))
    assert found["gflop"] == results.gflop(results.ROWS["course-cnn"], 0)

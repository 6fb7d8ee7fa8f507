"""Pages with the results of trainings: their tables say what the files say."""

import sys
from pathlib import Path

import pytest

import classifiers
import few_cracks
import fewer_labels
import generators
import in_domain
import ingredients
import results
from crackwise.recipe import load_recipe

ROOT = Path(__file__).parents[2]
EXPERIMENTS = [classifiers, few_cracks, fewer_labels, generators, in_domain, ingredients, results]


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda one: one.__name__)
def test_the_tables_of_the_page_are_those_of_the_files(experiment, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    text = experiment.PAGE.read_text("utf-8")
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    monkeypatch.setattr(experiment, "PAGE", page)
    monkeypatch.setattr(sys, "argv", [experiment.__name__, "--table"])
    experiment.main()
    assert page.read_text("utf-8") == text


def test_what_inspect_says_of_photos_without_cracks_is_of_the_shipped_model(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert classifiers.is_done(classifiers.INSPECT), "run benchmarks/classifiers.py --row inspect"


def test_the_research_recipe_leaves_out_what_every_row_leaves_out():
    [source] = load_recipe(in_domain.RECIPE).data.sources
    assert source.name == results.TRAINED_ON
    assert set(source.leave_out) == set(results.SHARED_SCENES)


def test_a_confusion_follows_from_what_a_file_keeps():
    kept = {"tiles": 10, "cracked": 4, "recall": 0.75, "accuracy": 0.7}
    assert classifiers.confusion(kept) == (3, 1, 2, 4)

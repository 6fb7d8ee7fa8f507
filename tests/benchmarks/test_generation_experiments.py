"""The experiments of docs/generation.md: fair by their recipes."""

import json
from pathlib import Path

import pytest

import classifiers
import few_cracks
import fewer_labels
import generators
from crackwise.recipe import load_any, load_recipe

ROOT = Path(__file__).parents[2]
PUBLIC = {"deepcrack_test", "cfd", "noncrack", "deepcrack_train"}
FOLDER = ROOT / "docs" / "generation"
GENERATORS = sorted(FOLDER.glob("generator-*.json"))
FILES = sorted({*FOLDER.glob("*.json")} - {*GENERATORS})


def test_no_classifier_is_trained_on_the_sets_that_it_is_judged_on():
    for row in classifiers.ROWS.values():
        recipe = load_any(row.recipe, row.changes)
        assert {source.name for source in recipe.data.sources}.isdisjoint(PUBLIC)
        assert recipe.data.test_share > 0


def test_a_run_with_fewer_labels_never_sees_the_set_that_it_is_judged_on():
    budgets = set()
    for case in fewer_labels.all_cases().values():
        recipe = load_recipe("crackwise-base", fewer_labels.overrides(case))
        names = {source.name for source in recipe.data.sources}
        assert not names & ({case.left_out} | PUBLIC), case.name
        assert {"uavcrack", "kaggle_uav", "sut_crack", "roboflow_qlrkm"} - names <= {case.left_out}
        photos = [
            source for source in recipe.data.sources if not source.name.startswith(("drawn", "painted"))
        ]
        assert {source.share for source in photos} == {case.percent / 100}
        assert not any(source.training_only for source in photos)
        assert all(source.training_only for source in recipe.data.sources if source not in photos)
        budgets.add((recipe.train.steps, recipe.train.batch, recipe.data.size_px, recipe.train.epochs))
        assert recipe.seed == case.seed
    assert budgets == {(1000, 8, (128, 128), 0)}


def test_a_painter_learns_from_the_labels_of_its_run_and_from_no_other():
    painted = [case for case in fewer_labels.all_cases().values() if case.beside == "painted"]
    assert len(painted) == 13
    for case in painted:
        run = load_recipe("crackwise-base", fewer_labels.overrides(case))
        painter = load_any("crackwise-pairs", fewer_labels.painter_overrides(case))
        labelled = {source.name for source in run.data.sources if source.name in fewer_labels.SOURCES}
        assert {source.name for source in painter.data.sources} == labelled
        assert {source.share for source in painter.data.sources} == {case.percent / 100}
        assert painter.seed == run.seed
        assert painter.data.validation_share == run.data.validation_share


def test_each_seed_of_painted_pairs_has_masks_of_its_own():
    for case in (fewer_labels.Case(10, "painted", seed, "sut_crack") for seed in (0, 1, 2)):
        words = fewer_labels.paint_command(case, Path("painter"), Path("data"))
        assert words[words.index("--seed") + 1] == str(case.seed)
        assert words[words.index("--out") + 1] == str(Path("data") / fewer_labels.painted_name(case))


def test_the_arms_of_few_cracks_differ_in_what_is_beside_alone():
    for seed in few_cracks.SEEDS:
        recipes = {
            arm: load_any("crackwise-tiles", few_cracks.overrides(few_cracks.Case(arm, seed)))
            for arm in few_cracks.ARMS
        }
        own = recipes["nothing"]
        for arm, recipe in recipes.items():
            assert recipe.train == own.train
            assert recipe.model == own.model
            assert recipe.seed == seed
            assert recipe.data.sources[0] == own.data.sources[0]
            assert all(source.training_only for source in recipe.data.sources[1:]), arm
            assert {source.name for source in recipe.data.sources}.isdisjoint(PUBLIC)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_finished_run_was_trained_as_it_says(path):
    found = json.loads(path.read_text("utf-8"))
    experiment = few_cracks if path.stem.startswith("few-") else fewer_labels
    case = experiment.all_cases()[path.stem]
    given = list(experiment.overrides(case))
    # a run of before train.precision = "auto" says it where bf16 is slow
    assert found["overrides"] in (given, [*given, "train.precision=32-true"])
    assert found["result"]["steps"] == experiment.STEPS
    assert path.stem in found["command"]


def test_the_dcgan_is_trained_as_its_source_says_and_for_longer():
    written, longer = (load_any("iitb-dcgan", changes) for changes in generators.TILES.values())
    assert (written.train.epochs, written.train.batch, written.data.size_px) == (60, 64, 64)
    assert written.train.learning_rate == longer.train.learning_rate == 2e-4
    assert longer.train.steps == 10_000
    assert written.data == longer.data
    assert [source.name for source in written.data.sources] == ["metu/crack"]


PHOTOS_OF = {generators.REAL: generators.PHOTOS // 2}


@pytest.mark.parametrize("path", GENERATORS, ids=lambda path: path.stem)
def test_a_finished_generator_was_trained_as_it_says(path):
    found = json.loads(path.read_text("utf-8"))
    name = path.stem.removeprefix("generator-")
    assert found["command"].endswith(f"--row {name}")
    assert found["realism"]["features"].startswith("MobileNetV2, ")
    assert found["realism"]["scores"]["generated"] == PHOTOS_OF.get(name, generators.PHOTOS)
    if name not in {*generators.TILES, generators.PAINTED}:
        assert "result" not in found
        return
    if name == generators.PAINTED:
        assert found["overrides"] == list(generators.PAIRS[name])
        assert found["result"]["steps"] == load_any(name, generators.PAIRS[name]).train.steps
        return
    assert found["overrides"] == list(generators.TILES[name])
    recipe = load_any("iitb-dcgan", generators.TILES[name])
    an_epoch = -(-generators.PHOTOS // recipe.train.batch)
    assert found["result"]["steps"] == (recipe.train.epochs * an_epoch or recipe.train.steps)
    assert (ROOT / "docs" / "images" / f"generated-{name}.jpg").is_file()

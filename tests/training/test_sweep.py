"""Sweeps: which trials a file means, that each is trained once whoever works on it, and what is kept."""

import csv
import io
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("optuna", reason='needs the extra "sweep"')
pytest.importorskip("matplotlib", reason='needs the extra "train"')

from sweeping import (
    GRID,
    ONE_FACTOR,
    SEARCH,
    FailingTraining,
    FakeTraining,
    experiment_of,
)

from crackwise.errors import DataError, OutputError, RecipeError, SettingsError
from crackwise.training.sweep import load_experiment, read_results, shipped_sweeps, work
from crackwise.training.sweep.picture import draw_picture

DEFAULT = (0.001, 64, 0.0, "weighted_bce")


def run_here(experiment, out, train):
    """Work on a sweep in this process; give what it told."""
    told = []
    work(experiment, out, train, told.append)
    return told


def run_elsewhere(folder, training, out):
    """Start a process that works on the sweep in ``folder``."""
    code = (
        "import sweeping, sys; from pathlib import Path\n"
        "from crackwise.training.sweep import load_experiment, picture, work\n"
        "picture.draw_picture = lambda results: b''\n"
        "folder, training, out = sys.argv[1:]\n"
        "train = getattr(sweeping, training)(Path(out).with_suffix('.diary'))\n"
        "work(load_experiment(folder + '/sweep.toml'), Path(out), train, print)"
    )
    paths = [str(Path(__file__).parent), *sys.path]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-W", "error", "-c", code, str(folder), training, str(out)]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture
def training(tmp_path):
    return FakeTraining(tmp_path / "out.diary")


@pytest.fixture(autouse=True)
def unpainted(monkeypatch):
    """Leave out the picture after each trial, which would take most of the time."""
    monkeypatch.setattr("crackwise.training.sweep.picture.draw_picture", lambda results: b"no picture")


def test_the_nine_runs_of_geneva_are_those_of_its_document():
    experiment = load_experiment("unige-unet")
    recipes = [experiment.recipe_with(trial.changes) for trial in experiment.planned]
    found = [(r.train.learning_rate, r.train.batch, r.model.dropout, r.train.loss) for r in recipes]
    assert found[0] == DEFAULT
    assert sorted(found) == sorted(
        [
            DEFAULT,
            (0.0001, 64, 0.0, "weighted_bce"),
            (0.001, 32, 0.0, "weighted_bce"),
            (0.001, 128, 0.0, "weighted_bce"),
            (0.001, 64, 0.1, "weighted_bce"),
            (0.001, 64, 0.3, "weighted_bce"),
            (0.001, 64, 0.5, "weighted_bce"),
            (0.001, 64, 0.0, "bce"),
            (0.001, 32, 0.1, "weighted_bce"),
        ]
    )


@pytest.mark.parametrize("name", shipped_sweeps())
def test_shipped_sweeps_name_keys_and_values_that_exist(name):
    assert load_experiment(name).sweep.description


def test_one_factor_changes_one_value_of_the_default_at_a_time(tmp_path):
    planned = experiment_of(tmp_path, ONE_FACTOR).planned
    assert [trial.name for trial in planned] == [
        "default",
        "train.batch=2",
        "train.batch=8",
        "train.loss=bce",
    ]
    assert [trial.number for trial in planned] == [1, 2, 3, 4]


def test_a_grid_has_every_combination_once(tmp_path):
    experiment = experiment_of(tmp_path, GRID)
    recipes = [experiment.recipe_with(trial.changes).train for trial in experiment.planned]
    assert sorted((r.batch, r.loss) for r in recipes) == [
        *((2, "bce"), (2, "dice"), (4, "bce")),
        *((4, "dice"), (8, "bce"), (8, "dice")),
    ]
    names = [trial.name for trial in experiment.planned]
    assert len(set(names)) == 6
    assert names[:4] == ["default", "train.loss=bce", "train.batch=2", "train.batch=2,train.loss=bce"]


def test_a_run_that_is_in_the_plan_already_is_not_made_twice(tmp_path):
    planned = experiment_of(tmp_path, ONE_FACTOR + '[[runs]]\ntrain.batch = 2\ntrain.loss = "dice"').planned
    assert len(planned) == 4


def test_a_list_has_its_runs_alone(tmp_path):
    text = 'recipe = "tiny.toml"\nmethod = "list"\n[[runs]]\nmodel.levels = 3\n[[runs]]\ntrain.loss = "bce"'
    assert [trial.name for trial in experiment_of(tmp_path, text).planned] == [
        "model.levels=3",
        "train.loss=bce",
    ]


def test_values_that_are_lists_or_have_strange_letters_make_plain_folder_names(tmp_path):
    runs = "\n".join(
        f"[[runs]]\n{change}" for change in ("data.scale = [0.5, 2.0]", 'train.start_from = "a/b.ckpt"')
    )
    planned = experiment_of(tmp_path, f'recipe = "tiny.toml"\nmethod = "list"\n{runs}').planned
    assert planned[0].name == "data.scale=0.5x2.0"
    assert planned[1].name.startswith("train.start_from=a_b.ckpt-")


def test_the_metric_chooses_the_checkpoint_of_each_training_too(tmp_path):
    experiment = experiment_of(tmp_path, 'metric = "dice"\n' + GRID)
    assert {experiment.recipe_with(trial.changes).train.best for trial in experiment.planned} == {"dice"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("recipe", "recipee"), "unknown key recipee; did you mean recipe"),
        (("one-factor", "random"), "method: input should be 'grid'"),
        (("[4, 2, 8]", "4"), "factors.train.batch is 4; expected a list of values"),
        (("[4, 2, 8]", "[4]"), "factors.train.batch has 1 values"),
        (("[4, 2, 8]", "[4, 2, 4]"), "names a value twice"),
        (("[4, 2, 8]", "{ low = 2, high = 8 }"), 'is a range, which method "one-factor" cannot'),
        (("train.batch", "train.bach"), "unknown key train.bach; did you mean train.batch"),
        (("[4, 2, 8]", "[4, 2, -8]"), "train.batch: input should be greater than 0"),
        (("train.loss", "train.best"), "train.best cannot vary"),
        (("[factors]", 'metric = "loss"\n[factors]'), 'train.loss varies what metric "loss" means'),
        (("[factors]", "trials = 3\n[factors]"), "trials plays no part"),
        (("[factors]", "seed = 3\n[factors]"), "seed plays no part"),
        (("[factors]", "[[runs]]"), "needs \\[factors\\]"),
        (('"one-factor"', '"list"'), "takes \\[\\[runs\\]\\] alone"),
        (('"one-factor"', '"tpe"'), "needs the number of trials"),
        (("recipe = ", "recipe "), "is not valid TOML"),
        (("tiny.toml", "gone.toml"), "there is no file"),
    ],
)
def test_a_sweep_file_with_a_mistake_is_refused_before_anything_is_trained(tmp_path, change, words):
    with pytest.raises(RecipeError, match=words) as error:
        experiment_of(tmp_path, ONE_FACTOR.replace(*change))
    assert "sweep.toml" in str(error.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("low = 2, high = 64", "low = 64, high = 2"), "low 64 is not below high 2"),
        (("low = 1e-5", "low = 0.0"), "starts above 0"),
        (("high = 64", "hight = 64"), "expected a list of values, or for tpe"),
        (("low = 2,", "low = 0,"), "train.batch: input should be greater than 0"),
    ],
)
def test_a_range_with_a_mistake_is_refused_before_anything_is_trained(tmp_path, change, words):
    with pytest.raises(RecipeError, match=words):
        experiment_of(tmp_path, SEARCH.replace(*change))


def test_an_unknown_sweep_is_refused_with_those_that_there_are():
    with pytest.raises(RecipeError, match=r"one of: .*unige-unet"):
        load_experiment("unige")


@pytest.mark.parametrize("override", ["train.batch=3", "train.best=loss"])
def test_a_key_that_the_sweep_decides_cannot_be_set_besides(tmp_path, override):
    with pytest.raises(SettingsError, match=override):
        experiment_of(tmp_path, ONE_FACTOR, override)


def test_overrides_hold_for_every_trial(tmp_path):
    experiment = experiment_of(tmp_path, GRID, "train.steps=7")
    assert {experiment.recipe_with(trial.changes).train.steps for trial in experiment.planned} == {7}


def test_every_trial_is_trained_once_and_the_same_command_trains_none(tmp_path, training):
    experiment = experiment_of(tmp_path, ONE_FACTOR)
    told = run_here(experiment, tmp_path / "out", training)
    names = ["default", "train.batch=2", "train.batch=8", "train.loss=bce"]
    assert training.trained == names
    assert told[2] == "trial 3 of 4: train.batch=8"
    assert run_here(experiment, tmp_path / "out", training) == ["4 of 4 trials are done already"]
    assert training.trained == names


def test_the_table_is_sorted_the_best_first_with_every_varied_key(tmp_path, training):
    run_here(experiment_of(tmp_path, ONE_FACTOR), tmp_path / "out", training)
    text = (tmp_path / "out" / "sweep.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["folder"], row["iou"]) for row in rows] == [
        ("train.batch=8", "0.1"),
        ("train.loss=bce", "0.051"),
        ("default", "0.05"),
        ("train.batch=2", "0.025"),
    ]
    assert [(row["train.batch"], row["train.loss"]) for row in rows[:2]] == [("8", "dice"), ("4", "bce")]
    assert (rows[0]["best_step"], rows[0]["seconds"]) == ("5", "90.0")


def test_a_loss_is_better_when_it_is_smaller(tmp_path, training):
    varied = ONE_FACTOR.replace("train.loss", "train.schedule").replace(
        '["dice", "bce"]', '["constant", "step"]'
    )
    sweep = 'metric = "loss"\n' + varied
    run_here(experiment_of(tmp_path, sweep), tmp_path / "out", training)
    assert read_results(tmp_path / "out").finished[0].trial.name == "train.batch=2"


@pytest.mark.parametrize(
    "text", [ONE_FACTOR, GRID, SEARCH.replace("12", "3")], ids=["one-factor", "grid", "tpe"]
)
def test_the_picture_shows_the_trials(tmp_path, text):
    run_here(experiment_of(tmp_path, text), tmp_path / "out", FailingTraining(tmp_path / "diary"))
    assert (tmp_path / "out" / "sweep.png").read_bytes() == b"no picture"
    drawn = draw_picture(read_results(tmp_path / "out"))
    picture = cv2.imdecode(np.frombuffer(drawn, np.uint8), cv2.IMREAD_COLOR)
    orange = (
        np.abs(picture.astype(int) - (0x02, 0x5F, 0xD9)).max(axis=2) < 8
    )  # the default, or the best so far
    assert min(picture.shape[:2]) > 300
    assert orange.sum() > 50


def test_a_trial_that_fails_is_written_down_and_does_not_stop_the_others(tmp_path, training):
    experiment = experiment_of(tmp_path, ONE_FACTOR)
    failing = FailingTraining(training.diary)
    told = run_here(experiment, tmp_path / "out", failing)
    assert "trial 3 failed: memory ended; lower train.batch" in told
    assert len(failing.trained) == 4
    (failed,) = read_results(tmp_path / "out").failed
    assert (failed.trial.name, failed.error) == ("train.batch=8", "memory ended; lower train.batch")
    last = (tmp_path / "out" / "sweep.csv").read_text(encoding="utf-8").splitlines()[-1]
    assert "failed" in last
    assert last.endswith("memory ended; lower train.batch")


def test_a_failed_trial_is_tried_again_once_by_the_same_command(tmp_path, training):
    experiment = experiment_of(tmp_path, ONE_FACTOR)
    failing = FailingTraining(training.diary)
    run_here(experiment, tmp_path / "out", failing)
    run_here(experiment, tmp_path / "out", failing)
    assert failing.trained[4:] == ["train.batch=8"]
    run_here(experiment, tmp_path / "out", training)
    assert training.trained[5:] == ["train.batch=8"]
    results = read_results(tmp_path / "out")
    assert (len(results.finished), len(results.failed)) == (4, 0)


def test_a_result_that_is_no_number_is_a_failure(tmp_path, training):
    training.value = lambda recipe: math.nan
    run_here(experiment_of(tmp_path, ONE_FACTOR), tmp_path / "out", training)
    assert "best_value is nan" in read_results(tmp_path / "out").failed[0].error


def test_a_training_without_a_result_is_a_failure(tmp_path):
    run_here(experiment_of(tmp_path, ONE_FACTOR), tmp_path / "out", lambda recipe, run: None)
    assert "is not finished: it has no result.json" in read_results(tmp_path / "out").failed[0].error


def interrupt_at(training, count):
    """Let Ctrl-C come in the training after ``count`` of them."""

    def before(recipe, run):
        if len(training.trained) > count:
            raise KeyboardInterrupt

    training.before = before


def test_an_interrupted_sweep_goes_on_with_the_trial_that_was_interrupted(tmp_path, training):
    experiment = experiment_of(tmp_path, ONE_FACTOR)
    interrupt_at(training, 1)
    with pytest.raises(KeyboardInterrupt):
        run_here(experiment, tmp_path / "out", training)
    (running,) = read_results(tmp_path / "out").running
    assert running.trial.name == "train.batch=2"
    del training.before
    run_here(experiment, tmp_path / "out", training)
    assert training.trained == [
        "default",
        "train.batch=2",
        "train.batch=2",
        "train.batch=8",
        "train.loss=bce",
    ]
    assert len(read_results(tmp_path / "out").finished) == 4


def test_a_trial_of_a_process_that_was_killed_is_taken_up_again(tmp_path, training):
    experiment = experiment_of(tmp_path, ONE_FACTOR)
    killed = run_elsewhere(tmp_path, "KilledTraining", tmp_path / "out")
    killed.communicate()
    assert killed.returncode == 9
    assert training.trained == ["default"]
    assert len(read_results(tmp_path / "out").running) == 1
    run_here(experiment, tmp_path / "out", training)
    assert training.trained == ["default", "default", "train.batch=2", "train.batch=8", "train.loss=bce"]
    assert len(read_results(tmp_path / "out").finished) == 4


@pytest.mark.parametrize("text", [GRID, SEARCH.replace("12", "5")], ids=["grid", "tpe"])
def test_two_processes_share_the_trials_and_none_is_trained_twice(tmp_path, training, text):
    total = 6 if text == GRID else 5
    experiment_of(tmp_path, text)
    processes = [run_elsewhere(tmp_path, "MeetingTraining", tmp_path / "out") for _ in range(2)]
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert "trial" in out
    assert len(training.trained) == len(set(training.trained)) == total
    assert len(read_results(tmp_path / "out").finished) == total


def test_proposals_stay_in_their_ranges(tmp_path, training):
    run_here(experiment_of(tmp_path, SEARCH), tmp_path / "out", training)
    tried = [entry.trial.changes for entry in read_results(tmp_path / "out").finished]
    assert len(tried) == 12
    assert all(1e-5 <= one["train.learning_rate"] <= 1e-1 for one in tried)
    assert all(isinstance(one["train.batch"], int) and 2 <= one["train.batch"] <= 64 for one in tried)
    assert len({one["train.learning_rate"] for one in tried}) == 12


def test_a_search_that_was_interrupted_proposes_what_the_uninterrupted_one_does(tmp_path):
    experiment = experiment_of(tmp_path, SEARCH)
    whole, parted = FakeTraining(tmp_path / "whole.diary"), FakeTraining(tmp_path / "parted.diary")
    run_here(experiment, tmp_path / "whole", whole)
    interrupt_at(parted, 10)
    with pytest.raises(KeyboardInterrupt):
        run_here(experiment, tmp_path / "parted", parted)
    del parted.before
    run_here(experiment, tmp_path / "parted", parted)
    assert parted.trained == [*whole.trained[:11], *whole.trained[10:]]


def test_a_search_goes_on_when_more_trials_are_wanted(tmp_path, training):
    run_here(experiment_of(tmp_path, SEARCH.replace("12", "2")), tmp_path / "out", training)
    run_here(experiment_of(tmp_path, SEARCH.replace("12", "4")), tmp_path / "out", training)
    assert [name[:3] for name in training.trained] == ["001", "002", "003", "004"]


def test_a_proposal_equal_to_an_earlier_one_is_not_trained_again(tmp_path, training):
    text = (
        'recipe = "tiny.toml"\nmethod = "tpe"\ntrials = 6\n[factors]\ndata.scale = [[0.5, 2.0], [0.8, 1.2]]'
    )
    run_here(experiment_of(tmp_path, text), tmp_path / "out", training)
    assert len(training.trained) <= 2
    finished = read_results(tmp_path / "out").finished
    assert len(finished) == 6
    assert {entry.folder for entry in finished} == set(training.trained)


@pytest.mark.parametrize(
    ("factor", "changes", "told"),
    [
        ("[4, 2, 16]", (), "factors.train.batch was [4, 2, 8], is [4, 2, 16]"),
        ("[2, 4, 8]", (), "train.batch was 4, is 2"),
        ("[4, 2, 8]", ("train.steps=7",), "train.steps was 1700, is 7"),
    ],
)
def test_a_folder_of_another_sweep_is_refused(tmp_path, training, factor, changes, told):
    run_here(experiment_of(tmp_path, GRID), tmp_path / "out", training)
    other = experiment_of(tmp_path, GRID.replace("[4, 2, 8]", factor), *changes)
    with pytest.raises(OutputError, match=f"holds another sweep: {re.escape(told)}; choose another --out"):
        run_here(other, tmp_path / "out", training)
    assert len(training.trained) == 6


def test_a_folder_without_a_sweep_has_no_results(tmp_path):
    with pytest.raises(DataError, match=r"holds no sweep\.db"):
        read_results(tmp_path)


def test_a_damaged_database_is_named(tmp_path, training):
    experiment = experiment_of(tmp_path, GRID)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sweep.db").write_bytes(b"not a database, but long enough to be looked at" * 20)
    with pytest.raises(OutputError, match=r"sweep\.db: .*restore the file"):
        run_here(experiment, tmp_path / "out", training)

"""``crackwise sweep``: real trainings of a tiny network, one table, and the same command again."""

import re

import pytest
import typer
from typer.testing import CliRunner

torch = pytest.importorskip("torch", reason='needs the extra "train"')
pytest.importorskip("lightning", reason='needs the extra "train"')
pytest.importorskip("optuna", reason='needs the extra "sweep"')

from crackwise.cli.sweep import sweep  # noqa: E402
from crackwise.data.draw import write_drawn  # noqa: E402
from crackwise.errors import DataError, OutputError, SettingsError  # noqa: E402
from tinytraining import TEXT  # noqa: E402

SWEEP = """
recipe = "tiny.toml"
method = "one-factor"
[factors]
train.loss = ["dice", "bce", "bse"]
"""


def command(*words):
    app = typer.Typer()
    app.command()(sweep)
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Make a place with data and files, and sweep there; one of the three losses does not exist."""
    place = tmp_path_factory.mktemp("place")
    write_drawn(place / "data" / "walls", 8, "96x96", 3)
    (place / "tiny.toml").write_text(TEXT, encoding="utf-8")
    (place / "sweep.toml").write_text(SWEEP, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def swept(place):
    return command(place / "sweep.toml", "--data", place / "data", "--out", place / "out")


def test_trainings_and_failures_are_told_and_compared(place, swept):
    assert swept.exit_code == 1
    assert "trial 2 of 3: train.loss=bce" in swept.stderr
    assert "trial 3 failed: train.loss 'bse' is unknown" in swept.stderr
    head, *rows = swept.stdout.splitlines()
    assert head.split() == ["trial", "iou", "loss", "best", "step", "min"]
    assert [row.split()[2] for row in rows[:3]][2] == "bse"
    assert {row.split()[2] for row in rows[:2]} == {"dice", "bce"}
    assert float(rows[0].split()[1]) >= float(rows[1].split()[1])
    assert rows[-1] in {f"best: {place / 'out' / name}" for name in ("default", "train.loss=bce")}


def test_each_trial_leaves_a_run_folder_a_table_and_a_picture(place, swept):
    assert all((place / "out" / name / "result.json").is_file() for name in ("default", "train.loss=bce"))
    assert all((place / "out" / name).stat().st_size > 0 for name in ("sweep.db", "sweep.csv", "sweep.png"))


def test_results_can_be_shown_without_data_and_nothing_is_written(place, swept):
    before = {path: path.stat().st_mtime_ns for path in (place / "out").rglob("*")}
    shown = command(place / "sweep.toml", "--out", place / "out", "--show")
    assert (shown.exit_code, shown.stdout) == (0, swept.stdout)
    assert "holds another sweep" not in shown.stderr
    assert {path: path.stat().st_mtime_ns for path in (place / "out").rglob("*")} == before


def test_results_of_another_sweep_than_was_named_are_told_as_such(place, swept):
    shown = command(
        place / "sweep.toml", "--out", place / "out", "--show", "--set", "train.learning_rate=0.5"
    )
    assert (shown.exit_code, shown.stdout) == (0, swept.stdout)
    assert "holds another sweep: train.learning_rate was 0.001, is 0.5; what it" in shown.stderr


def test_finished_trainings_are_taken_over_when_the_database_is_gone(place, swept):
    results = [place / "out" / name / "result.json" for name in ("default", "train.loss=bce")]
    before = [path.stat().st_mtime_ns for path in results]
    (place / "out" / "sweep.db").unlink()
    again = command(place / "sweep.toml", "--data", place / "data", "--out", place / "out")
    assert again.stdout == swept.stdout
    assert [path.stat().st_mtime_ns for path in results] == before


def test_a_sweep_without_data_says_what_to_add(place):
    result = command(place / "sweep.toml", "--out", place / "new")
    assert isinstance(result.exception, SettingsError)
    assert "add --data FOLDER" in str(result.exception)


def test_a_missing_data_folder_is_told_before_anything_is_made(place):
    result = command(place / "sweep.toml", "--data", place / "gone", "--out", place / "new")
    assert isinstance(result.exception, DataError)
    assert not (place / "new").exists()


def test_other_data_than_the_finished_trials_have_learnt_from_are_refused(place, swept, tmp_path):
    write_drawn(tmp_path / "data" / "walls", 8, "96x96", 4)
    result = command(place / "sweep.toml", "--data", tmp_path / "data", "--out", place / "out")
    assert isinstance(result.exception, OutputError)
    expected = r"\d+ photos or labels are other ones than when the training in .*default began"
    assert re.match(expected, str(result.exception))


def test_torchrun_is_refused_before_anything_is_made(place, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    result = command(place / "sweep.toml", "--data", place / "data", "--out", place / "new")
    assert isinstance(result.exception, SettingsError)
    assert str(result.exception).startswith("a sweep takes no torchrun")
    assert not (place / "new").exists()


def test_an_interrupted_sweep_says_how_to_go_on(place, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("crackwise.training.run.train", interrupted)
    result = command(place / "sweep.toml", "--data", place / "data", "--out", tmp_path / "out")
    assert result.exit_code == 130
    assert result.stderr.splitlines()[-1] == (
        "interrupted; the same command goes on, with the trial at work from its last checkpoint"
    )

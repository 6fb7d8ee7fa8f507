"""``crackwise data frames``."""

from pathlib import Path

import numpy as np
import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from crackwise.cli.data.frames import frames
from crackwise.errors import DataError, OutputError
from films import drawn_wall, film


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("films") / "walk.avi"
    return film(path, drawn_wall(1600), np.linspace(0, 600, 60), blurred=range(20, 24))


def run(*words: object) -> Result:
    app = typer.Typer()
    app.command()(frames)
    return CliRunner().invoke(app, [str(word) for word in words])


def test_the_command_says_what_it_kept_and_what_it_left_out(walk: Path, tmp_path: Path) -> None:
    result = run(walk, "--out", tmp_path / "out", "--count", 3)
    assert result.exit_code == 0
    assert (
        "walk.avi: kept 3 of 60 frames; left out: 52 less sharp than another within 0.25 s" in result.output
    )
    assert f"3 frames of 1 video in {tmp_path / 'out'}, without masks" in result.output
    assert "left" in result.output  # progress with the time left
    assert len(list((tmp_path / "out" / "images").glob("walk_t*s.jpg"))) == 3


def test_fewer_than_asked_for_is_said(walk: Path, tmp_path: Path) -> None:
    result = run(walk, "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert "of 50 frames: there are no more sharp and distinct ones" in result.output


def test_one_bad_video_of_two_is_exit_code_1(walk: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    result = run(bad, walk, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert f"error: {bad} cannot be read as a video" in result.output
    assert (tmp_path / "out" / "frames.csv").is_file()


def test_a_cut_video_is_exit_code_1_and_says_where(walk: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.avi"
    data = walk.read_bytes()
    cut.write_bytes(data[: len(data) // 2])
    result = run(cut, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "ends after frame" in result.output
    assert "its header says 60 frames and 2.0 s: cut off or damaged" in result.output


def test_nothing_but_bad_videos_is_an_error(tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    assert isinstance(run(bad, "--out", tmp_path / "out").exception, DataError)


def test_a_second_run_needs_overwrite(walk: Path, tmp_path: Path) -> None:
    words = (walk, "--out", tmp_path / "out", "--count", 2)
    assert run(*words).exit_code == 0
    assert isinstance(run(*words).exception, OutputError)
    assert run(*words, "--overwrite").exit_code == 0

"""``crackwise data split``."""

import csv
import json
import unicodedata
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from crackwise.cli.data.split import split
from crackwise.errors import CrackwiseError
from smallsets import Photo, write_set

app = typer.Typer()
app.command()(split)


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def refusal(*words: object) -> str:
    result = run(*words)
    assert isinstance(result.exception, CrackwiseError), result.output
    return str(result.exception)


@pytest.fixture
def walls(tmp_path: Path) -> Path:
    photos = {f"{n:02}.png": Photo(f"scene{n // 2}", n % 4, grey=100 + n) for n in range(40)}
    return write_set(tmp_path / "walls", photos)


def parts(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["file"]: row["part"] for row in csv.DictReader(file)}


def test_a_split_is_written_shown_and_compared(walls: Path, tmp_path: Path) -> None:
    out = tmp_path / "split.csv"
    result = run(walls, "--out", out, "--seed", 3)
    assert result.exit_code == 0, result.output
    assert "40 photos in 3 parts" in result.output
    counts = {name: list(parts(out).values()).count(name) for name in ("train", "validation", "test")}
    assert counts == {"train": 28, "validation": 6, "test": 6}
    table = [line.split() for line in result.output.splitlines() if line.startswith("walls")]
    assert [line[1:5] for line in table] == [
        ["train", "28", "70.0%", "14"],
        ["validation", "6", "15.0%", "3"],
        ["test", "6", "15.0%", "3"],
    ]
    told = json.loads((tmp_path / "split.json").read_text(encoding="utf-8"))
    assert (
        told["command"] == "crackwise data split walls --parts 70/15/15 --by group --seed 3 --out split.csv"
    )
    assert "are as they were" in run(walls, "--verify", out).output
    (walls / "images" / "07.png").unlink()
    result = run(walls, "--verify", out)
    assert result.exit_code == 1
    assert "walls/07.png" in result.output


def test_a_split_by_file_warns_of_the_groups_that_it_tears_apart(walls: Path, tmp_path: Path) -> None:
    result = run(walls, "--out", tmp_path / "split.csv", "--by", "file")
    assert result.exit_code == 0
    by_file = parts(tmp_path / "split.csv")
    torn = sum(by_file[f"{n:02}.png"] != by_file[f"{n + 1:02}.png"] for n in range(0, 40, 2))
    assert torn
    assert f"warning: {torn} groups are torn apart" in result.output


def test_folds_and_sources_are_parts_too(walls: Path, tmp_path: Path) -> None:
    roads = write_set(tmp_path / "roads", {"a.png": Photo("g"), "b.png": Photo("h", 2)})
    assert run(walls, "--out", tmp_path / "folds.csv", "--folds", 4).exit_code == 0
    assert set(parts(tmp_path / "folds.csv").values()) == {"fold-1", "fold-2", "fold-3", "fold-4"}
    assert run(walls, roads, "--out", tmp_path / "sources.csv", "--leave-source-out").exit_code == 0
    assert set(parts(tmp_path / "sources.csv").values()) == {"walls", "roads"}


def test_a_set_without_groups_is_warned_of(walls: Path, tmp_path: Path) -> None:
    (walls / "groups.csv").unlink()
    assert "has no groups.csv" in run(walls, "--out", tmp_path / "split.csv").output


def test_photos_that_no_group_names_are_counted(walls: Path, tmp_path: Path) -> None:
    rows = (walls / "groups.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (walls / "groups.csv").write_text("".join(rows[:-3]), encoding="utf-8")
    assert "says nothing of 3 photos" in run(walls, "--out", tmp_path / "split.csv").output


def test_a_split_keeps_scenes_together_whose_photos_the_table_spells_otherwise(tmp_path: Path) -> None:
    names = [unicodedata.normalize("NFD", f"brücke{scene}_{n}.png") for scene in range(8) for n in range(5)]
    walls = write_set(tmp_path / "walls", {name: Photo(name[:8], 2, grey=99 + len(name)) for name in names})
    table = (walls / "groups.csv").read_text(encoding="utf-8")
    (walls / "groups.csv").write_text(unicodedata.normalize("NFC", table), encoding="utf-8")
    result = run(walls, "--out", tmp_path / "split.csv")
    assert "says nothing of" not in result.output
    found = {(name.partition("_")[0], part) for name, part in parts(tmp_path / "split.csv").items()}
    assert len(found) == 8


def test_options_that_make_no_sense_are_refused_before_any_work(walls: Path, tmp_path: Path) -> None:
    out = tmp_path / "split.csv"
    assert "there is no --out" in refusal(walls)
    assert "exclude each other" in refusal(walls, "--out", out, "--folds", 5, "--leave-source-out")
    assert "70/15/15" in refusal(walls, "--out", out, "--parts", "70/20")
    out.write_text("mine")
    assert "is there already" in refusal(walls, "--out", out)
    assert out.read_text() == "mine"

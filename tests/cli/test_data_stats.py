"""``crackwise data stats``."""

import json
from pathlib import Path

import typer
from typer.testing import CliRunner

from crackwise.cli.data.stats import stats
from smallsets import Photo, write_set

app = typer.Typer()
app.command()(stats)


def test_figures_are_listed_and_written_for_machines(tmp_path: Path) -> None:
    walls = write_set(
        tmp_path / "walls",
        {"a.png": Photo("one", 4), "b.png": Photo("one"), "c.png": Photo("two", shape=(50, 80))},
        parts={"a.png": "train", "b.png": "train", "c.png": "test"},
    )
    roads = write_set(tmp_path / "roads", {"a.png": Photo("g")}, labels={"a.png": "crack"})
    words = [str(word) for word in (walls, roads, "--json", tmp_path / "figures.json")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.output.splitlines()]
    assert ["walls", "3", "1", "2", "0", "2", "2", "0.0", "60×40", "and", "1", "more"] in lines
    assert ["roads", "1", "1", "0", "0", "1", "1", "0.0", "60×40"] in lines
    assert "test 1, train 2" in result.output
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert [source["source"] for source in figures["sources"]] == ["walls", "roads"]
    assert figures["sources"][0]["label_width_median_px"] == 4
    assert figures["sources"][1]["crack_share"] is None


def test_a_damaged_photo_is_named_and_ends_with_1(tmp_path: Path) -> None:
    walls = write_set(tmp_path / "walls", {"a.png": Photo("g", 2), "b.png": Photo("g", 2)})
    (walls / "images" / "b.png").write_bytes(b"no picture")
    result = CliRunner().invoke(app, [str(walls)])
    assert result.exit_code == 1
    assert "error: walls/b.png" in result.output


def test_a_set_of_damaged_photos_only_has_no_figures(tmp_path: Path) -> None:
    walls = write_set(tmp_path / "walls", {"a.png": Photo("g", 2)})
    (walls / "images" / "a.png").write_bytes(b"no picture")
    result = CliRunner().invoke(app, [str(walls)])
    assert result.exit_code == 1
    assert "error: walls/a.png" in result.output

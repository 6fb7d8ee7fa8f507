"""``crackwise data merge``."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from crackwise.cli.data.merge import merge
from crackwise.data.draw import write_drawn
from crackwise.errors import SettingsError

app = typer.Typer()
app.command()(merge)


def test_sets_are_merged_and_a_copy_is_left_out(tmp_path: Path) -> None:
    for seed, name in enumerate(("walls", "roads")):
        write_drawn(tmp_path / name, 2, "96x80", seed=seed)
    copied = (tmp_path / "walls" / "images" / "drawn_00000.jpg").read_bytes()
    (tmp_path / "roads" / "images" / "drawn_00001.jpg").write_bytes(copied)
    out = tmp_path / "all"
    options = ["--out", str(out), "--drop-duplicates", "--licence", "walls=CC0", "--licence", "roads=MIT"]
    result = CliRunner().invoke(app, [str(tmp_path / "walls"), str(tmp_path / "roads"), *options])
    assert result.exit_code == 0, result.output
    assert f"3 photos (walls 2, roads 1) in {out}" in result.output
    assert "same file across sources" in result.output
    described = json.loads((out / "set.json").read_text(encoding="utf-8"))
    assert [(s["name"], s["licence"]) for s in described["sources"]] == [("walls", "CC0"), ("roads", "MIT")]


@pytest.mark.parametrize("text", ["CC0", "=CC0", "walls="])
def test_a_licence_without_source_is_refused(tmp_path: Path, text: str) -> None:
    words = [str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(tmp_path / "c"), "--licence", text]
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, SettingsError)
    assert "write SOURCE=LICENCE" in str(result.exception)

"""``crackwise data preview``."""

from pathlib import Path

import cv2
import typer
from typer.testing import CliRunner

from crackwise.cli.data.preview import preview
from crackwise.data.draw import write_drawn
from crackwise.errors import OutputError

app = typer.Typer()
app.command()(preview)


def test_sheets_are_written_as_picture_and_as_page(tmp_path: Path) -> None:
    write_drawn(tmp_path / "walls", 4, "96x80", seed=3)
    for name in ("sheet.png", "sheet.html"):
        out = tmp_path / name
        words = [str(tmp_path / "walls"), "--out", str(out), "--count", "3", "--sort", "fullest"]
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.output
        assert f"3 of 4 photos: {out}" in result.output
    assert cv2.imread(str(tmp_path / "sheet.png")) is not None
    assert (tmp_path / "sheet.html").read_text(encoding="utf-8").count("<figure>") == 3


def test_another_kind_of_sheet_is_refused_before_any_photo_is_read(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path / "none"), "--out", str(tmp_path / "sheet.pdf")])
    assert isinstance(result.exception, OutputError)


def test_a_damaged_photo_is_named_and_ends_with_1(tmp_path: Path) -> None:
    write_drawn(tmp_path / "walls", 2, "96x80", seed=3)
    (tmp_path / "walls" / "images" / "drawn_00001.jpg").write_bytes(b"no picture")
    result = CliRunner().invoke(app, [str(tmp_path / "walls"), "--out", str(tmp_path / "sheet.png")])
    assert result.exit_code == 1
    assert "1 of 2 photos" in result.output
    assert "error: walls/drawn_00001.jpg" in result.output

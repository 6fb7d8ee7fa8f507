"""``crackwise draw``."""

from pathlib import Path

import typer
from typer.testing import CliRunner

from crackwise.cli.draw import draw


def test_the_command_draws_photos_and_says_where(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(draw)
    result = CliRunner().invoke(
        app, [str(tmp_path / "out"), "--count", "2", "--size", "80x64", "--seed", "3"]
    )
    assert result.exit_code == 0
    assert "2 photos with masks and truth in" in result.output
    assert len(list((tmp_path / "out" / "masks").glob("*.png"))) == 2

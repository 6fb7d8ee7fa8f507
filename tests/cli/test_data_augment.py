"""``crackwise data augment``."""

from pathlib import Path

import cv2
import pytest
import typer
from typer.testing import CliRunner

from crackwise.cli.data.augment import augment
from crackwise.data.draw import write_drawn
from crackwise.errors import CrackwiseError, OutputError, SettingsError

app = typer.Typer()
app.command()(augment)


@pytest.fixture(scope="module")
def walls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data") / "walls"
    write_drawn(root, 4, "96x80", seed=3)
    return root


def run(*words: object) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, CrackwiseError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_a_set_and_its_sheet_are_written_and_a_missing_split_warned_of(walls: Path, tmp_path: Path) -> None:
    output = run(walls, "--out", tmp_path / "new", "--versions", 2, "--sheet", tmp_path / "sheet.png")
    assert "walls has no split.csv, so that every photo is augmented; split first" in output
    assert "4 photos and 8 versions of 4 of them in" in output
    assert len(list((tmp_path / "new" / "masks").glob("*_aug?.png"))) == 8
    assert cv2.imread(str(tmp_path / "sheet.png")).shape[0] > 4 * 200


def test_a_split_is_obeyed_without_a_warning(walls: Path, tmp_path: Path) -> None:
    names = sorted(path.name for path in (walls / "images").iterdir())
    parts = ["train", "validation", "test", "test"]
    lines = ["file,part", *(f"{name},{part}" for name, part in zip(names, parts))]
    (tmp_path / "split.csv").write_text("\n".join(lines), encoding="utf-8")
    output = run(walls, "--out", tmp_path / "new", "--split", tmp_path / "split.csv", "--kind", "strong")
    assert "warning" not in output
    assert "4 photos and 5 versions of 1 of them in" in output


def test_a_sheet_alone_needs_no_folder(walls: Path, tmp_path: Path) -> None:
    run(walls, "--sheet", tmp_path / "sheet.jpg")
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.jpg"]


def test_the_sheet_shows_what_a_training_sees(walls: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason='needs the extra "train"')
    pytest.importorskip("lightning", reason='needs the extra "train"')
    run(walls, "--sheet", tmp_path / "seen.png", "--sees", "crackwise-base")
    assert cv2.imread(str(tmp_path / "seen.png")).shape[1] > 6 * 240


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "nothing to write; give --out for a new set or --sheet"),
        (("--sees", "crackwise-base"), "add --sheet"),
        (("--sheet", "sheet.txt"), "expected a name that ends in .png"),
        (("--sheet", "sheet.png", "--kind", "weak"), "kind 'weak' is not known"),
    ],
)
def test_options_that_make_no_sense_are_refused(walls: Path, words: tuple[str, ...], message: str) -> None:
    with pytest.raises((SettingsError, OutputError), match=message):
        run(walls, *words)

"""What the docs show is true: code runs, commands and their options exist, links lead somewhere."""

import re
import shlex
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer

from commands import run_command
from crackwise.cli.app import app
from crackwise.examples import example_photos
from crackwise.inspection import model
from tinymodel import tiny_card, write_tiny_model

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SHELLS = ("bash", "console", "sh", "powershell")

FENCE = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)|<img[^>]* src=\"(?!https?:)([^\"]+)\"")


@dataclass(frozen=True)
class Block:
    document: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def blocks(document: Path) -> list[Block]:
    text = document.read_text("utf-8")
    name = document.relative_to(ROOT).as_posix()
    return [
        Block(name, text.count("\n", 0, match.start()) + 2, match[1], match[2])
        for match in FENCE.finditer(text)
    ]


BLOCKS = [block for document in DOCUMENTS for block in blocks(document)]


def commands() -> list[tuple[str, list[str]]]:
    """Give each shell command of the docs with its place, as words, without prompt and settings before it."""
    found = []
    for block in BLOCKS:
        if block.language in SHELLS:
            text = block.text.replace("\\\n", " ")
            for line in text.splitlines():
                words = shlex.split(line.removeprefix("$ ").replace("\\", "/"), comments=True)
                while words and "=" in words[0]:
                    words = words[1:]
                if words:
                    found.append((f"{block}: {line.strip()}", words))
    return found


COMMANDS = [(place, words) for place, words in commands() if Path(words[0]).name == "crackwise"]
TARGETS = [(place, words[1:]) for place, words in commands() if words[0] == "make"]


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """Make a folder with photos, where the default model takes what is dark for a crack."""
    card = tiny_card(tile_px=512, overlap_px=64, min_area_px=300, min_length_px=100)
    tiny = write_tiny_model(tmp_path / "tiny.onnx", card=card)
    monkeypatch.setattr(model, "shipped_model", lambda: tiny)
    (tmp_path / "photos").mkdir()
    for photo in example_photos()[:2]:
        shutil.copy(photo, tmp_path / "photos")
    shutil.copy(example_photos()[0], tmp_path / "wall.jpg")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "document", sorted({block.document for block in BLOCKS if block.language == "python"})
)
def test_python_in_the_docs_runs(document, workplace):
    names = {"__name__": "docs"}
    for block in BLOCKS:
        if block.document == document and (file := re.match(r"# (\w+\.toml)\n", block.text)):
            Path(file[1]).write_text(block.text, encoding="utf-8")
        if block.document == document and block.language == "python":
            exec(compile("\n" * (block.line - 1) + block.text, document, "exec"), names)


@pytest.mark.parametrize(("place", "words"), COMMANDS, ids=[place for place, _ in COMMANDS])
def test_commands_in_the_docs_are_understood(place, words):
    command, words = typer.main.get_command(app), words[1:]
    while words != ["--help"] and hasattr(command, "commands"):
        assert words[0] in command.commands, f"there is no command {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    if words != ["--help"]:
        command.make_context(command.name, words)


def test_commands_in_the_docs_work_in_every_shell():
    shown = [(str(block), block.text) for block in BLOCKS if block.language in SHELLS]
    recipes = (ROOT / "src").rglob("recipes/*.toml")
    comments = [
        (path.name, re.findall(r"^#.*--set.*", path.read_text("utf-8"), re.MULTILINE)) for path in recipes
    ]
    shown += [(name, line.lstrip("# ")) for name, lines in comments for line in lines]
    for place, text in shown:
        assert "--set '" not in text, f"{place}: PowerShell and cmd do not keep single quotes"
        assert "\\\n" not in text, f"{place}: only bash goes on after a backslash"
        bare = re.sub(r'"[^"]*"|#.*', "", text)
        assert not re.search(r"\S,\S", bare), f"{place}: PowerShell parts a list at its commas"


def test_the_tour_of_data_sets_runs(monkeypatch, capfd, tmp_path):
    monkeypatch.chdir(tmp_path)
    tour = [words for place, words in COMMANDS if "datasets.md" in place and "tour/" in place]
    assert len(tour) == 9
    for words in tour:
        outcome = run_command(monkeypatch, capfd, *words[1:])
        assert outcome.code == 0, (words, outcome)
    assert all((tmp_path / "tour" / name).is_file() for name in ("check.html", "sheet.png"))


def test_commands_in_the_readme_read_no_table_that_the_reader_does_not_have():
    tables = [
        place for place, words in COMMANDS if "README" in place and re.search(r"\S\.toml\b", " ".join(words))
    ]
    assert tables == []


@pytest.mark.parametrize(("place", "words"), TARGETS, ids=[place for place, _ in TARGETS])
def test_make_targets_in_the_docs_exist(place, words):
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for word in words:
        assert "=" in word or re.search(rf"^{word}:", makefile, re.MULTILINE)


def test_extras_and_groups_in_the_docs_exist():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for document in DOCUMENTS:
        text = document.read_text("utf-8")
        for extras in re.findall(r"\.\[([\w,]+)\]", text):
            assert set(extras.split(",")) <= set(project["project"]["optional-dependencies"]), document.name
        for group in re.findall(r"--group (\w+)", text):
            assert group in project["dependency-groups"], document.name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_and_paths_in_the_docs_lead_somewhere(document):
    text = document.read_text("utf-8")
    linked = [document.parent / (a or b) for a, b in LINK.findall(text)]
    named = [ROOT / path for path in re.findall(r"\b(?:benchmarks|tests|docs|src)/[\w/.-]+\.\w+", text)]
    missing = [str(path.relative_to(ROOT)) for path in [*linked, *named] if not path.exists()]
    assert missing == []


def test_the_docs_show_python_and_commands():
    shown = {words[1] for _, words in COMMANDS}
    assert {"inspect", "demo", "train", "evaluate", "export"} <= shown
    assert any(block.language == "python" for block in BLOCKS if block.document == "README.md")

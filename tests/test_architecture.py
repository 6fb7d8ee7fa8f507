"""The layers of docs/architecture.md: imports point down only, and heavy libraries stay in their layer."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from crackwise.inspection.layout import REPORT_FILES, RUN_FILE, RUN_FOLDERS, STRUCK_FILE

SOURCE = Path(__file__).parents[1] / "src" / "crackwise"

# parts on one line do not import each other
LAYERS = (
    ("__init__", "__main__"),
    ("cli",),
    ("report",),
    ("training",),
    ("nets",),
    ("inspection",),
    ("score",),
    ("crack", "data", "severity"),
    ("camera", "marker"),
    ("photo",),
    ("tiffparts",),
    ("pixels",),
    ("exif", "files", "locks"),
    ("homography", "scale", "recipe", "tiles", "zooms"),
    ("levels", "scratch"),
    ("arrays", "examples"),
    ("errors",),
)
HEIGHT = {part: -number for number, parts in enumerate(LAYERS) for part in parts}
HOMES = {
    "torch": {"nets", "training"},
    "lightning": {"training"},
    "optuna": {"training"},
    "sqlalchemy": {"training"},
    "timm": {"nets"},
    "segmentation_models_pytorch": {"nets"},
    "safetensors": {"nets"},
    "openvino": {"inspection"},
    "onnxruntime": {"inspection", "training"},
    "onnx": {"inspection", "nets", "training"},
    "jinja2": {"report"},
    "typer": {"cli"},
    "rich": {"cli"},
    "pillow_heif": {"photo"},
    "tifffile": {"tiffparts"},
    "reportlab": {"marker", "report"},
}

MODULES = {
    path.relative_to(SOURCE).as_posix(): ast.parse(path.read_text("utf-8")) for path in SOURCE.rglob("*.py")
}


def part_of(path: str) -> str:
    return path.partition("/")[0].removesuffix(".py")


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Give each import with its line, also inside functions; ``from crackwise import x`` is crackwise.x."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno} imports relatively"
            names = [f".{alias.name}" for alias in node.names] if node.module == "crackwise" else [""]
            yield from ((node.lineno, f"{node.module}{name}") for name in names)


@pytest.mark.parametrize("path", sorted(MODULES))
def test_imports_point_down_only(path):
    part = part_of(path)
    for line, name in imported(MODULES[path]):
        if name.startswith("crackwise."):
            other = name.split(".")[1]
            assert other == part or HEIGHT[other] < HEIGHT[part], f"{path}:{line} imports {name}"


@pytest.mark.parametrize("path", sorted(MODULES))
def test_heavy_and_optional_libraries_stay_in_their_layer(path):
    for line, name in imported(MODULES[path]):
        homes = HOMES.get(name.split(".")[0], {part_of(path)})
        assert part_of(path) in homes, f"{path}:{line} imports {name}"


def test_every_part_of_the_package_has_a_layer():
    assert {part_of(path) for path in MODULES} <= set(HEIGHT)


def test_the_layers_are_those_of_the_docs():
    rows = re.findall(r"^\| (`.*?) \|", _section("Layers"), re.MULTILINE)
    assert tuple(tuple(re.findall(r"`(\w+)`", row)) for row in rows) == LAYERS


@pytest.mark.parametrize("path", sorted(MODULES))
def test_the_docs_name_every_package_and_the_modules_of_those_that_are_told_in_full(path):
    names = set(re.findall(r"\w+", _section("Parts")))
    *packages, module = path.removesuffix(".py").split("/")
    assert names.issuperset(packages)
    if not packages or packages[0] in {"marker", "crack", "severity", "score", "inspection"}:
        assert module in names | {"__init__", "__main__"}


def test_the_docs_name_every_file_of_a_run():
    text = _section("The run folder")
    names = {*REPORT_FILES, RUN_FILE, STRUCK_FILE, *(f"{folder}/" for folder in RUN_FOLDERS)}
    assert not [name for name in names if name not in text]


def _section(heading: str) -> str:
    text = (SOURCE.parents[1] / "docs" / "architecture.md").read_text("utf-8")
    return text.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def test_example_photos_lean_on_nothing_of_the_package():
    names = [
        name for path, tree in MODULES.items() if part_of(path) == "examples" for _, name in imported(tree)
    ]
    assert not [name for name in names if name.startswith("crackwise")]

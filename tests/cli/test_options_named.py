"""What messages and docstrings call an option is an option of some command."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import typer

import crackwise
from crackwise.cli.app import app

SOURCE = Path(crackwise.__file__).parent


def options(command) -> Iterator[str]:
    for parameter in command.params:
        yield from (*parameter.opts, *parameter.secondary_opts)
    for inner in getattr(command, "commands", {}).values():
        yield from options(inner)


def named_in(module: Path) -> set[str]:
    nodes = ast.walk(ast.parse(module.read_text("utf-8")))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return {option for text in texts for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", text)}


def test_every_option_that_a_text_names_is_there():
    known = {"--help", *options(typer.main.get_command(app))}
    unknown = {str(module.relative_to(SOURCE)): named_in(module) - known for module in SOURCE.rglob("*.py")}
    assert {module: named for module, named in unknown.items() if named} == {}

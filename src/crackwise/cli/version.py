"""``crackwise --version``: what a bug report needs, read without a heavy library."""

import json
from importlib import metadata, resources
from typing import Annotated

import typer

CARD_KEY = b"crackwise_card"
"""Before the card in a model file; ``crackwise.inspection.model`` has it too, and loads ONNX."""


def _print_version(asked: bool) -> None:
    if asked:
        weights = resources.files("crackwise") / "weights"
        models = sorted(path.name for path in weights.iterdir() if path.name.endswith(".onnx"))
        typer.echo(f"crackwise {metadata.version('crackwise')}")
        for name in models:
            typer.echo("model {name} {version}".format_map(_card((weights / name).read_bytes())))
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option(
        "--version",
        help="Print the versions of the package and of the models in it.",
        callback=_print_version,
        is_eager=True,
    ),
]


def _card(content: bytes) -> dict[str, str]:
    """Read the card of a shipped model, which stands in its file as JSON."""
    begin = content.index(b"{", content.index(CARD_KEY))
    card: dict[str, str] = json.JSONDecoder().raw_decode(content[begin:].decode("utf-8", "replace"))[0]
    return card

"""The command line: one function per command; heavy libraries load inside the command that needs them."""

import sys
from io import TextIOWrapper

import typer

from crackwise.cli.capture import capture
from crackwise.cli.card import card
from crackwise.cli.classify import classify
from crackwise.cli.codes import codes
from crackwise.cli.compare import compare
from crackwise.cli.data.app import data
from crackwise.cli.demo import demo
from crackwise.cli.draw import draw
from crackwise.cli.evaluate import evaluate
from crackwise.cli.generate import generate
from crackwise.cli.inspect import inspect
from crackwise.cli.measure import measure
from crackwise.cli.realism import realism
from crackwise.cli.scale import scale
from crackwise.cli.strike import strike
from crackwise.cli.sweep import sweep
from crackwise.cli.train import export, recipes, train
from crackwise.cli.version import Version
from crackwise.errors import CrackwiseError

app = typer.Typer(
    name="crackwise",
    help="Find, measure and report cracks in photos of concrete and asphalt.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
COMMANDS = (
    inspect,
    classify,
    measure,
    strike,
    capture,
    card,
    scale,
    demo,
    draw,
    codes,
    recipes,
    train,
    sweep,
    evaluate,
    compare,
    export,
    generate,
    realism,
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(data)


@app.callback()
def options(version: Version = False) -> None:
    """Take what stands before the command."""


def main() -> None:
    """Run the command line; a user's mistake is one sentence and exit code 2, Ctrl-C is told and 130."""
    if isinstance(sys.stdout, TextIOWrapper):  # a log in a code page without the dash of an interval
        sys.stdout.reconfigure(errors="replace")
    try:
        app()
    except CrackwiseError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(2)
    except OSError as error:
        sys.stderr.write(f"error: {error.filename or 'a file'}: {error.strerror or error}; check the path\n")
        sys.exit(2)
    except SystemExit as end:
        if isinstance(getattr(end.__context__, "__cause__", None), KeyboardInterrupt):
            sys.stderr.write("interrupted\n")  # typer exits with 130 and says nothing
        raise

"""The commands of ``crackwise data``."""

from collections.abc import Callable

import typer

from crackwise.cli.data.augment import augment
from crackwise.cli.data.bringing import export, import_
from crackwise.cli.data.check import check
from crackwise.cli.data.frames import frames
from crackwise.cli.data.merge import merge
from crackwise.cli.data.preview import preview
from crackwise.cli.data.split import split
from crackwise.cli.data.stats import stats

data = typer.Typer(
    name="data",
    help="Labelled photos: bring them in, check, part, see, augment and take them out again.",
    no_args_is_help=True,
)
COMMANDS: dict[str, Callable[..., None]] = {
    "import": import_,
    "check": check,
    "split": split,
    "preview": preview,
    "stats": stats,
    "frames": frames,
    "augment": augment,
    "merge": merge,
    "export": export,
}
for name, command in COMMANDS.items():
    data.command(name)(command)

"""``crackwise data merge``: several sets as one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from crackwise.cli.counting import shown_count
from crackwise.errors import SettingsError

Roots = Annotated[
    list[Path], typer.Argument(metavar="SET...", help="Two or more sets; the first has priority.")
]
Out = Annotated[Path, typer.Option(help="New folder for the set.")]
DropDuplicates = Annotated[
    bool, typer.Option("--drop-duplicates", help="Leave out copies, the later unless it alone has a label.")
]
Licences = Annotated[
    list[str] | None,
    typer.Option("--licence", help="SOURCE=LICENCE, where its set.json says none; again for more."),
]


def merge(roots: Roots, out: Out, drop_duplicates: DropDuplicates = False, licence: Licences = None) -> None:
    """Make one set of several: the source in every name, groups kept apart, duplicates reported."""
    from crackwise.cli.data.findings import print_findings
    from crackwise.data.merge import MergeSettings, merge

    settings = MergeSettings(drop_duplicates, _licences(licence or ()))
    with shown_count("comparing", "photos") as show:
        merged = merge(roots, out, settings, show)
    print_findings(merged.findings)
    counted = ", ".join(f"{source} {count:,}" for source, count in merged.photos.items())
    typer.echo(f"{sum(merged.photos.values()):,} photos ({counted}) in {out}")


def _licences(texts: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    bad = [text for text, (source, _, licence) in zip(texts, pairs) if not (source and licence)]
    if bad:
        raise SettingsError(
            f"--licence {bad[0]!r} is not understood; write SOURCE=LICENCE, such as walls=CC-BY-4.0"
        )
    return {source: licence for source, _, licence in pairs}

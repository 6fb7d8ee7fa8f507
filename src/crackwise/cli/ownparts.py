"""How good a classifier is on its own test part, at the end of its training."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from crackwise.cli.verdicts import class_table

if TYPE_CHECKING:
    from crackwise.report.verdict_page import VerdictPage
    from crackwise.training.classifier.judged import Weighed

_CHOSEN_THERE = (
    "There is no test part. Checkpoint, temperature and threshold were chosen on these tiles, so that the "
    "figures are too good."
)


def show_own_part(weighed: "Weighed", run: Path) -> None:
    """Print the table by class of the test part, or else of the validation part; write ``report.html``."""
    from crackwise.files import write_text
    from crackwise.report.verdict_page import render_verdicts
    from crackwise.training.classifier.finish import tool_of

    page = _page(weighed)
    typer.echo("\n".join(class_table(page)))
    if page.remark:
        typer.echo(f"note: {page.remark}", err=True)
    write_text(run / "report.html", render_verdicts(tool_of(run, weighed), [page]))


def _page(weighed: "Weighed") -> "VerdictPage":
    import numpy as np

    from crackwise.report.verdict_page import VerdictPage
    from crackwise.report.verdict_pictures import small_jpeg
    from crackwise.score.verdicts import Verdicts

    part = "test" if any(one.part == "test" for one in weighed.judged) else "validation"
    own = [one for one in weighed.judged if one.part == part]
    said = [one.verdicts(weighed.chosen.temperature) for one in own]
    tile_of = {name: tile for one, each in zip(own, said) for name, tile in zip(each.names, one.tiles)}
    verdicts = Verdicts(
        tuple(name for each in said for name in each.names),
        np.concatenate([each.cracked for each in said]),
        np.concatenate([each.probability for each in said]),
    )
    page = VerdictPage.of(
        f"the {part} part",
        verdicts,
        weighed.chosen.threshold,
        lambda name: small_jpeg(tile_of[name].read()),
        unit="tiles",
    )
    return page if part == "test" else page.with_remark(_CHOSEN_THERE)

"""How much better one tool is than another on the same photos, with an interval of that difference.

Both are judged on the same scenes in every bootstrap sample: what makes a photo hard is hard for both and
leaves the difference, so that its interval is narrower than two separate intervals suggest (Efron and
Tibshirani 1993, chapter 13; Koehn 2004).
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from crackwise.arrays import Floats
from crackwise.score.bootstrap import Bootstrap, Value, values
from crackwise.score.evaluation import stack_of
from crackwise.score.figure import Figure
from crackwise.score.figures import known_figures
from crackwise.score.stack import Stack
from crackwise.score.tally import PhotoTally


def differences(
    tallies: Sequence[PhotoTally], reference: Sequence[PhotoTally], names: Sequence[str], bootstrap: Bootstrap
) -> dict[str, Value]:
    """Subtract the figures of a reference from those of a tool, over the photos that both were judged on.

    Parameters
    ----------
    tallies, reference
        Of the tool and of what it is compared with.
    names
        In ``FIGURES``; those that cannot be counted for both are left out.
    bootstrap
        How the intervals are made.

    Returns
    -------
    By name; above 0 where the tool has the larger figure. Empty without a photo in common.
    """
    mine, theirs = _in_common(tallies, reference)
    if not mine:
        return {}
    stack, other = stack_of(mine), stack_of(theirs)
    known = known_figures(stack).keys() & known_figures(other).keys()
    subtracted = {
        name: replace(figure, compute=partial(_subtract, figure, other))
        for name, figure in known_figures(stack).items()
        if name in known and name in names
    }
    return values(stack, subtracted, [one.group for one in mine], bootstrap)


def _in_common(
    tallies: Sequence[PhotoTally], reference: Sequence[PhotoTally]
) -> tuple[list[PhotoTally], list[PhotoTally]]:
    others = {(one.source, one.file): one for one in reference}
    mine = [one for one in tallies if (one.source, one.file) in others]
    return mine, [others[one.source, one.file] for one in mine]


def _subtract(figure: Figure, other: Stack, stack: Stack, weights: Floats) -> Floats:
    return figure.compute(stack, weights) - figure.compute(other, weights)

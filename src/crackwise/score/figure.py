"""What is known of a figure of merit besides its value."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from crackwise.arrays import Floats
from crackwise.score.stack import Stack
from crackwise.score.tally import Protocol

Compute: TypeAlias = Callable[[Stack, Floats], Floats]
"""From a stack and weightings (B, N) to one number for each weighting, (B,)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of merit.

    Parameters
    ----------
    title
        As it is shown.
    protocol
        What has to be counted for it.
    definition, source
        For the docs and the report.
    compute
        NaN where it is not defined, such as ODS and AP over photos without a crack.
    kind
        ``share`` is in [0, 1] and better when higher, ``error share`` when lower; ``px`` is a count or a
        distance in pixels, better when lower.
    is_of_sound_photos
        True where only photos without cracks count.
    is_optimistic
        True where thresholds are chosen on the very photos that are judged with them.
    """

    title: str
    protocol: Protocol
    definition: str
    source: str
    compute: Compute
    kind: Literal["share", "error share", "px"] = "share"
    is_of_sound_photos: bool = False
    is_optimistic: bool = False

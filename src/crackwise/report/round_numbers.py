"""Round numbers for scales and axes: 1, 2 or 5 times a power of ten."""

from math import floor, log10

_SLACK = 1e-9


def round_down(wanted: float) -> float:
    """Give the largest round number that is not above a number > 0."""
    power = 10.0 ** floor(log10(wanted))
    return max(factor * power for factor in (1, 2, 5) if factor * power <= wanted * (1 + _SLACK))


def round_up(least: float) -> float:
    """Give the smallest round number that is not below a number > 0."""
    power = 10.0 ** floor(log10(least))
    return min(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - _SLACK))


def digits_of(step: float) -> int:
    """Count the decimals that the multiples of a round number have."""
    return max(0, -floor(log10(step) + _SLACK))

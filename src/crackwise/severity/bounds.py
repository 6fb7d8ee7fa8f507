"""Bounds as text: rounded to the side on which they still are bounds."""

import math
from collections.abc import Callable, Sequence

_DIGITS = 2
_DIGITS_MOST = 9
_EXACT = 1e-9  # of a last digit: so much is left of a number that has no more digits


def bound_text(value: float, borders: Sequence[float] = ()) -> str:
    """Write an upper bound with two significant digits, rounded up: it must still be one.

    More digits where rounding would carry it over one of some borders that it is compared with.
    """
    for digits in range(_DIGITS, _DIGITS_MOST + 1):
        text = _rounded(value, digits, lambda steps: math.ceil(steps - _EXACT))
        if not any(value <= border < float(text) for border in borders):
            break
    return text


def most_text(value: float) -> str:
    """Write the most that is allowed with two significant digits, rounded down: it must still be allowed."""
    return _rounded(value, _DIGITS, lambda steps: math.floor(steps + _EXACT))


def _rounded(value: float, digits: int, whole: Callable[[float], int]) -> str:
    if value <= 0:
        return "0"
    step = 10.0 ** (math.floor(math.log10(value)) + 1 - digits)
    return f"{whole(value / step) * step:.{max(digits, 6)}g}"

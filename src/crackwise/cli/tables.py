"""Tables on the terminal: plain columns that survive a pipe, a log and a narrow window."""

from collections.abc import Sequence


def table_lines(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Line up columns: the first flush left, the others flush right."""
    cells = [heads, *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    return ["  ".join(_aligned(row, widths)).rstrip() for row in cells]


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *others = zip(row, widths)
    return [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]


def percent(share: float | None, digits: int = 0) -> str:
    """Write a share in percent; a dash where it is not known."""
    return "–" if share is None else f"{share:.{digits}%}"

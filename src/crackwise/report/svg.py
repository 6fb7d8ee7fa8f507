"""Parts of plots as SVG text; colours come from the style sheet by class."""

from collections.abc import Iterable, Sequence
from html import escape


def polyline(places: Iterable[tuple[float, float]], role: str) -> str:
    """Draw a line through places."""
    return f'<polyline class="{role}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>'


def circle(place: tuple[float, float], radius: float, role: str) -> str:
    """Draw a dot."""
    return f'<circle class="{role}" cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="{radius:g}"/>'


def text(x: float, y: float, words: str, anchor: str, role: str = "axis") -> str:
    """Write words; ``anchor`` is start, middle or end."""
    return f'<text class="{role}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def picture(title: str, parts: Sequence[str], size: tuple[float, float]) -> str:
    """Put parts together; ``size`` is width and height."""
    return (
        f'<svg class="plot" viewBox="0 0 {size[0]:g} {size[1]:g}" role="img"><title>{escape(title)}</title>'
        f"{''.join(parts)}</svg>"
    )

"""``comparison.html``: several trainings and models beside one another; the template only lays it out.

Nothing is loaded from outside; a content security policy inside the page allows its own style and pictures.
"""

from collections.abc import Sequence

from markupsafe import Markup

from crackwise.report.comparison_facts import CURVES, ComparedSet, Comparison
from crackwise.report.comparison_plots import Point, line_class, plot_curves, plot_scatter
from crackwise.report.comparison_table import (
    COST_HEADS,
    QUALITY,
    STEP_HEADS,
    cost_texts,
    difference_text,
    quality_interval,
    quality_text,
    shown_differences,
    step_texts,
)
from crackwise.report.layout import lay_out, templates
from crackwise.report.pictures import data_uri
from crackwise.score.figures import FIGURES

MOST_COLUMNS = 6
"""Panels in a row of pictures; more go on in the next."""

_SCATTERED = "iou_mean"
_MS_PER_S = 1000.0


def render_comparison(comparison: Comparison) -> str:
    """Lay out a comparison as one HTML file."""
    style = templates().get_template("report.css").render(running_title='"Comparison"')
    style += "".join(
        templates().get_template(f"{name}.css").render() for name in ("evaluation", "comparison")
    )
    return lay_out(
        "comparison.html",
        style,
        comparison=comparison,
        contenders={one.name: one for one in comparison.contenders},
        figures=FIGURES,
        quality_heads=QUALITY,
        cost_heads=COST_HEADS,
        quality_text=quality_text,
        quality_interval=quality_interval,
        cost_texts=cost_texts,
        step_heads=STEP_HEADS,
        step_texts=step_texts,
        shown_differences=shown_differences,
        difference_text=difference_text,
        scatter_plots=lambda one: _scatter_plots(one, comparison),
        curve_plots=_curve_plots(comparison),
        lines=_lines(comparison),
        columns=columns,
        data_uri=data_uri,
    )


def columns(panels: int) -> int:
    """Give how many panels stand in a row: as even as possible, and at most six."""
    rows = -(-panels // MOST_COLUMNS)
    return -(-panels // rows)


def _scatter_plots(one: ComparedSet, comparison: Comparison) -> tuple[Markup, ...]:
    """Draw quality over each cost that is known of at least two contenders."""
    costs = [contender.cost for contender in comparison.contenders]
    time_name, times = _times([cost.tile_ms for cost in costs])
    plots = []
    for name, values in ((time_name, times), ("parameters", [cost.parameters for cost in costs])):
        points = _points(one, comparison, values)
        if len(points) > 1:
            plots.append(plot_scatter(points, name, FIGURES[_SCATTERED].title))
    return tuple(map(Markup, plots))


def _times(tile_ms: Sequence[float | None]) -> tuple[str, Sequence[float | None]]:
    """Give the times and their name, in seconds where one is that long."""
    if all(time is None or time < _MS_PER_S for time in tile_ms):
        return "milliseconds a tile", tile_ms
    return "seconds a tile", [None if time is None else time / _MS_PER_S for time in tile_ms]


def _points(one: ComparedSet, comparison: Comparison, costs: Sequence[float | None]) -> list[Point]:
    points = []
    for number, (quality, contender, cost) in enumerate(zip(one.qualities, comparison.contenders, costs)):
        known = {} if quality.scored is None else quality.scored.scores
        value = known[_SCATTERED].value if _SCATTERED in known else None
        if value is not None and cost:
            points.append(Point(contender.name, cost, value, number))
    return points


def _curve_plots(comparison: Comparison) -> tuple[Markup, ...]:
    plots = []
    for name, title in CURVES.items():
        curves = [
            (number, contender.curves[name])
            for number, contender in enumerate(comparison.contenders)
            if name in contender.curves
        ]
        if curves:
            plots.append(plot_curves(curves, title))
    return tuple(map(Markup, plots))


def _lines(comparison: Comparison) -> Sequence[tuple[str, str]]:
    """Name every contender that has a curve, with the class of its line."""
    return [
        (contender.name, line_class(number))
        for number, contender in enumerate(comparison.contenders)
        if contender.curves
    ]

"""The picture of a sweep: what each factor does, or how the search went."""

import io
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from crackwise.training.sweep.ledger import Entry
from crackwise.training.sweep.results import Results
from crackwise.training.sweep.sweepfile import Range, Value
from crackwise.training.sweep.trials import written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Panel: TypeAlias = "Callable[[Axes], None]"

METRIC_NAMES = {"iou": "validation IoU", "dice": "validation Dice", "loss": "validation loss"}
_PANELS_IN_ROW = 3
_PANEL_INCHES = (4.0, 3.4)
_BLUE, _ORANGE, _GREY = "#1f6fb4", "#d95f02", "#777777"


def draw_picture(results: Results) -> bytes:
    """Draw a PNG: for ``one-factor`` a panel for each factor; else the search over time, then the factors."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    about = results.about
    panels = _one_factor_panels(results) if about.sweep.method == "one-factor" else _search_panels(results)
    columns = min(_PANELS_IN_ROW, len(panels))
    rows = math.ceil(len(panels) / columns)
    size = (columns * _PANEL_INCHES[0], rows * _PANEL_INCHES[1] + 0.4)
    figure = Figure(size, dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = list(figure.subplots(rows, columns, squeeze=False, sharey=True).flat)
    for one, panel in itertools.zip_longest(axes, panels):
        if panel is None:
            one.remove()
        else:
            panel(one)
            one.grid(axis="y", alpha=0.3)
    for first in axes[::columns]:
        first.set_ylabel(METRIC_NAMES[about.sweep.metric])
    figure.suptitle(f"{about.recipe.name}: {about.sweep.method}, {len(results.finished)} finished")
    content = io.BytesIO()
    figure.savefig(content, format="png")
    return content.getvalue()


def _one_factor_panels(results: Results) -> list[Panel]:
    """Give each key the trials that change nothing else; what changes more has a panel of its own."""
    default = next((entry for entry in results.finished if not entry.trial.changes), None)
    panels: list[Panel] = []
    for key in results.about.sweep.factors:
        alone = [entry for entry in results.entries if entry.trial.changes.keys() <= {key}]
        shown = _by_value(results, key, alone)
        panels.append(partial(_draw_choices, title=key, shown=shown, default=default))
    factors = {*results.about.sweep.factors}
    others = [
        one for one in results.entries if len(one.trial.changes) > 1 or one.trial.changes.keys() - factors
    ]
    if others:
        named = {one.trial.title.replace(" ", "\n"): [one] for one in sorted(others, key=_number)}
        panels.append(partial(_draw_choices, title="other combinations", shown=named, default=default))
    return panels


def _search_panels(results: Results) -> list[Panel]:
    panels: list[Panel] = [partial(_draw_search, results=results)]
    for key in results.about.keys:
        factor = results.about.sweep.factors.get(key)
        if isinstance(factor, Range):
            panels.append(partial(_draw_range, key=key, factor=factor, finished=results.finished))
        else:
            shown = _by_value(results, key, results.entries)
            panels.append(partial(_draw_choices, title=key, shown=shown, default=None))
    return panels


def _draw_choices(
    axes: "Axes", title: str, shown: Mapping[str, Sequence[Entry]], default: Entry | None
) -> None:
    """Draw a column of points for each value; the default trial is orange, on a dashed line."""
    axes.set_title(title, fontsize=10)
    for place, entries in enumerate(shown.values()):
        for entry in entries:
            if entry.value is not None:
                axes.plot(place, entry.value, "o", color=_ORANGE if entry is default else _BLUE)
        _mark_failed(axes, [place for entry in entries if entry.state == "failed"])
    if default is not None and default.value is not None:
        axes.axhline(default.value, color=_ORANGE, linestyle="--", linewidth=1, zorder=0)
    axes.set_xticks(range(len(shown)), labels=list(shown), fontsize=8)
    axes.set_xlim(-0.5, len(shown) - 0.5)


def _draw_range(axes: "Axes", key: str, factor: Range, finished: Sequence[Entry]) -> None:
    """Draw a point for each trial over the range that was searched."""
    axes.set_title(key, fontsize=10)
    axes.set_xscale("log" if factor.log else "linear")
    axes.set_xlim(factor.low, factor.high)
    axes.plot([entry.trial.changes[key] for entry in finished], _numbers(finished), "o", color=_BLUE)


def _draw_search(axes: "Axes", results: Results) -> None:
    """Draw each trial by its number, and the best so far."""
    from matplotlib.ticker import MaxNLocator

    axes.set_title("trials", fontsize=10)
    in_order = sorted(results.finished, key=_number)
    places = [entry.trial.number for entry in in_order]
    best = min if results.about.sweep.metric == "loss" else max
    so_far = list(itertools.accumulate(_numbers(in_order), best))
    axes.plot(places, _numbers(in_order), "o", color=_BLUE, label="trial")
    axes.step(places, so_far, where="post", color=_ORANGE, label="best so far")
    _mark_failed(axes, [entry.trial.number for entry in results.failed])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(fontsize=8)


def _mark_failed(axes: "Axes", places: Sequence[float]) -> None:
    for place in places:
        axes.text(
            place, 0.02, "failed", color=_GREY, fontsize=8, ha="center", transform=axes.get_xaxis_transform()
        )


def _by_value(results: Results, key: str, entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """Group trials by the value of a key: all values of the file, and what only a run of its own has."""
    listed = results.about.sweep.factors.get(key, ())
    of_entries = [results.values_of(entry).get(key) for entry in sorted(entries, key=_number)]
    occurring = [*(listed if isinstance(listed, tuple) else ()), *of_entries]
    values = {written(value): value for value in occurring if value is not None}
    return {
        text: [entry for entry in entries if repr(results.values_of(entry).get(key)) == repr(values[text])]
        for text in _in_order(values)
    }


def _in_order(values: Mapping[str, Value]) -> list[str]:
    """Sort numbers by size; words stay as they come."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values.values()):
        return sorted(values, key=float)
    return list(values)


def _numbers(finished: Sequence[Entry]) -> list[float]:
    return [entry.value for entry in finished if entry.value is not None]


def _number(entry: Entry) -> Any:
    return entry.trial.number

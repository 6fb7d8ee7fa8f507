"""How a training went: loss, accuracy, precision and recall, IoU over its steps, as its logs say."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from crackwise.arrays import Rgb
from crackwise.data.table import read_table

Curve: TypeAlias = tuple[tuple[float, float], ...]
"""Steps and values, sorted by step."""

Panels: TypeAlias = tuple[tuple[str, dict[str, str]], ...]
"""Four panels: the title of each, and the columns of the log in it with their names."""

PANELS: Panels = (
    ("loss", {"loss": "training", "val_loss": "validation"}),
    ("IoU and Dice", {"iou": "IoU", "dice": "Dice"}),
    ("precision and recall", {"precision": "precision", "recall": "recall"}),
    ("accuracy", {"accuracy": "accuracy"}),
)
"""Of a segmentation network."""

_COLOURS = ("#1f77b4", "#d62728")
_MOST_DOTS = 40
_STEPS = "steps (validation photos at threshold 0.5)"


def read_curves(run: Path, names: Sequence[str]) -> dict[str, Curve]:
    """Read columns of the logs of a run; ``log-2`` goes on where ``log-1`` was interrupted.

    Steps count from 1, where Lightning's logs begin with 0. What a log says of a step that a later one
    reached again does not count.

    Raises
    ------
    DataError
        If a log cannot be read.
    """
    found: dict[str, dict[float, float]] = {name: {} for name in names}
    for log in sorted(run.glob("log-*/metrics.csv"), key=_number):
        rows = read_table(log, ("step",))
        for name, values in found.items():
            values.update({float(row["step"]) + 1: float(row[name]) for row in rows if row.get(name)})
    return {name: tuple(sorted(values.items())) for name, values in found.items() if values}


def plot_curves(run: Path, title: str, panels: Panels = PANELS, steps: str = _STEPS) -> Rgb:
    """Draw the curves of a run, (H, W, 3); ``steps`` names the axis of all panels but that of the loss."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    curves = read_curves(run, [name for _, names in panels for name in names])
    figure = Figure(figsize=(9, 6.2), layout="constrained", dpi=110)
    canvas = FigureCanvasAgg(figure)
    figure.suptitle(title)
    for axes, (panel, names) in zip(figure.subplots(2, 2).flat, panels):
        _draw(
            axes,
            (panel, steps if panel != "loss" else "steps"),
            {names[name]: curves[name] for name in names if name in curves},
        )
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].copy()


def _draw(axes: Any, titles: tuple[str, str], curves: dict[str, Curve]) -> None:
    for (name, curve), colour in zip(curves.items(), _COLOURS):
        steps, values = np.transpose(curve)
        dots = {"marker": "o", "markersize": 3} if len(steps) < _MOST_DOTS else {}
        axes.plot(steps, values, color=colour, label=name, **dots)
    axes.set_title(titles[0], fontsize=10)
    axes.set_xlabel(titles[1], fontsize=8)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3)
    if curves:
        axes.legend(fontsize=8, frameon=False)


def _number(log: Path) -> int:
    text = log.parent.name.removeprefix("log-")
    return int(text) if text.isdigit() else 0

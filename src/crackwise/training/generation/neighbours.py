"""Generated photos beside the real ones nearest to them, which shows photos learnt by heart."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crackwise.arrays import Floats
from crackwise.data.sheet import Cell, Row, write_sheet
from crackwise.score.generated import nearest_of
from crackwise.training.generation.features import read_square, spread

_ROWS = 8
_NEAREST = 3
_SIDE_PX = 240


def write_neighbours(
    path: Path, generated: tuple[Sequence[Path], Floats], real: tuple[Sequence[Path], Floats]
) -> None:
    """Draw the four generated photos nearest to a real one and four others, each with its nearest three.

    Parameters
    ----------
    path
        Picture to write.
    generated, real
        Photos and their features (N, D).
    """
    (made, of_made), (true, of_true) = generated, real
    _, distance = nearest_of(of_made, of_true)
    order = np.argsort(distance, kind="stable")
    first, others = np.split(order, [_ROWS // 2])
    chosen = [*first, *spread(list(others), _ROWS - len(first))]
    rows = [_row(made[number], of_made[number], true, of_true) for number in chosen]
    write_sheet(path, rows, "generated photos and the real ones nearest to them")


def _row(photo: Path, features: Floats, true: Sequence[Path], of_true: Floats) -> Row:
    distances = np.linalg.norm(of_true - features, axis=1)
    cells = [Cell(read_square(photo, _SIDE_PX), f"generated: {photo.name}")]
    for number in np.argsort(distances, kind="stable")[:_NEAREST]:
        caption = f"real: {true[number].name}\ndistance {distances[number]:.2f}"
        cells.append(Cell(read_square(true[number], _SIDE_PX), caption))
    return Row("", tuple(cells))

"""The notebooks of the docs run as they are, without Jupyter, and are kept without outputs."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crackwise.data.sheet import CELL_PX, OUTLINE

NOTEBOOKS = sorted((Path(__file__).parents[1] / "docs" / "notebooks").glob("*.ipynb"))
MOST_CELLS = 12


def cells(notebook: Path) -> list[dict[str, Any]]:
    return json.loads(notebook.read_text(encoding="utf-8"))["cells"]


def run(notebook: Path) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "notebook"}
    for number, cell in enumerate(cells(notebook)):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{notebook.name}, cell {number}", "exec"), names)
    return names


def test_there_is_a_notebook():
    assert NOTEBOOKS


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_short_and_holds_no_outputs(notebook):
    assert len(cells(notebook)) <= MOST_CELLS
    for cell in cells(notebook):
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_exploring_a_data_set_shows_what_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    notebook = next(path for path in NOTEBOOKS if path.name == "explore_a_data_set.ipynb")
    names = run(notebook)
    assert names["figures"].photos == 16
    # weighted, both classes count the same
    share, weights = names["figures"].crack_share, names["weights"]
    assert weights["crack"] * share == pytest.approx(weights["background"] * (1 - share))
    assert names["split"].parts == ("train", "validation", "test")
    for sheet in (names["sheet"], names["augmented"]):
        assert np.all(sheet == OUTLINE, axis=-1).sum() > CELL_PX
    run(notebook)  # and again in the same folder, as one does

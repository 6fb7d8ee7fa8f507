"""Photos that ship with the package: drawn by `crackwise.data.draw`, so their cracks are known exactly."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any


def example_photos() -> tuple[Path, ...]:
    """Return the paths of the example photos, sorted by name."""
    return tuple(sorted(path for path in _folder().iterdir() if path.suffix == ".jpg"))


def example_truth() -> dict[str, Any]:
    """Return what is true about the example photos.

    Returns
    -------
    ``mm_per_px`` is the scale of all photos; ``photos`` maps each file name to its ``surface`` and its
    ``cracks``, each with ``length_px``, ``width_mean_px``, ``width_max_px``, ``width_max_along_px`` (averaged
    along the crack, as it is measured) and the number of ``branches``.
    """
    truth: dict[str, Any] = json.loads((_folder() / "truth.json").read_text(encoding="utf-8"))
    return truth


def _folder() -> Path:
    return Path(str(files("crackwise.examples")))

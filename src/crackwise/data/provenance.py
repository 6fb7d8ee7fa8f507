"""What a set tells of itself: ``set.json``, and ``provenance.json`` where nobody took its pictures."""

import json
from pathlib import Path
from typing import Any

from crackwise.errors import DataError

SET_FILE = "set.json"
PROVENANCE = "provenance.json"


def read_set_file(root: Path) -> dict[str, Any]:
    """Read ``set.json`` of a set; nothing where there is none.

    Raises
    ------
    DataError
        If it is damaged.
    """
    path = root / SET_FILE
    if not path.is_file():
        return {}
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as JSON: {error}; mend or remove it") from error
    if not isinstance(told, dict):
        raise DataError(f"{path} holds no JSON object; mend or remove it")
    return told


def read_provenance(path: Path) -> dict[str, Any]:
    """Read what is told of a set; nothing where the file is missing or another program's."""
    if not path.is_file():
        return {}
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:  # no JSON, or no UTF-8
        return {}
    return told if isinstance(told, dict) else {}


def is_painted(root: Path) -> bool:
    """Tell whether a generator has painted the pictures of a set in photos that others train on."""
    return read_provenance(root / PROVENANCE).get("holds_training_photos") is True

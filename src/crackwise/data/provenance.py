"""Who made the pictures of a set that nobody took: ``provenance.json`` beside them."""

import json
from pathlib import Path
from typing import Any

PROVENANCE = "provenance.json"


def read_provenance(path: Path) -> dict[str, Any]:
    """Read what is told of a set; nothing where the file is missing or another program's."""
    if not path.is_file():
        return {}
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:  # no JSON, or no UTF-8
        return {}
    return told if isinstance(told, dict) else {}

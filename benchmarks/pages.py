"""Tables that are written into a page of docs/ from files of finished runs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def write_tables(page: Path, tables: Mapping[str, Sequence[str]]) -> None:
    """Put each table between its marks: ``<!-- name -->`` and ``<!-- /name -->``."""
    text = page.read_text("utf-8")
    for name, lines in tables.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        head, rest = text.split(begin)
        text = f"{head}{begin}\n{chr(10).join(lines)}\n{end}{rest.split(end)[1]}"
    page.write_text(text, encoding="utf-8")


def finished(folder: Path, name: str) -> dict[str, Any] | None:
    """Read the file of a run that is done."""
    path = folder / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def write_finished(folder: Path, name: str, content: Mapping[str, Any]) -> None:
    """Write the file of a run that is done; it appears whole or not at all."""
    from crackwise.files import write_text

    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / f"{name}.json", json.dumps(content, indent=1, ensure_ascii=False) + "\n")

"""Experiments of many trainings: chosen on the command line, kept as files, written into a page of docs/."""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
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


def mean_and_each(values: Sequence[float]) -> str:
    """Give the mean of a few figures, and each."""
    return f"{sum(values) / len(values):.3f} ({', '.join(f'{value:.3f}' for value in values)})"


def read_options(doc: str | None, names: Iterable[str]) -> argparse.Namespace:
    """Read what is to be done: a row, all rows that are missing, or the table."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder that holds the open and public sets, at any depth")
    parser.add_argument("--weights", type=Path, help="folder of encoder weights")
    parser.add_argument("--runs", type=Path, help="folder for the run folders")
    parser.add_argument("--row", choices=tuple(names), help="one row; default: all that are missing")
    parser.add_argument("--table", action="store_true", help="write the tables of the page")
    options = parser.parse_args()
    if not options.table and (options.data is None or options.runs is None):
        sys.exit("give --data and --runs, or --table")
    return options

"""Run a command of crackwise in this process, and read what it wrote."""

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from crackwise.cli.app import main


class Outcome(NamedTuple):
    """Exit code, and what was written to either stream."""

    code: int
    out: str
    err: str


def records(out: Path) -> dict[str, dict[str, Any]]:
    """Read what a command wrote of each photo into its folder, by name of the photo."""
    found = [json.loads(path.read_text("utf-8")) for path in sorted((out / "json").rglob("*.json"))]
    return {record["photo"]: record for record in found}


def run_command(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *words: object
) -> Outcome:
    """Run ``crackwise`` with these words."""
    monkeypatch.setattr(sys, "argv", ["crackwise", *map(str, words)])
    code = 0
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    return Outcome(code, *capfd.readouterr())

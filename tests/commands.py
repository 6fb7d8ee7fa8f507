"""Run a command of crackwise in this process."""

import sys
from typing import NamedTuple

import pytest

from crackwise.cli.app import main


class Outcome(NamedTuple):
    """Exit code, and what was written to either stream."""

    code: int
    out: str
    err: str


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

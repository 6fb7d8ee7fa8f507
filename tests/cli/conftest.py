"""What tests of commands share."""

from collections.abc import Callable
from functools import partial

import pytest

from commands import Outcome, run_command


@pytest.fixture
def crackwise(monkeypatch, capfd) -> Callable[..., Outcome]:
    """Run a command in this process."""
    return partial(run_command, monkeypatch, capfd)

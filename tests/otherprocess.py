"""Another process that is at work in a folder."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_AT_WORK = """
import sys
from pathlib import Path
from crackwise.locks import alone_in

with alone_in(Path(sys.argv[1])):
    print("in", flush=True)
    sys.stdin.read()
"""


@contextmanager
def at_work_in(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a process that holds the lock of a folder until the block ends."""
    command = [sys.executable, "-c", _AT_WORK, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in\n"
        yield process  # leaving closes its input

"""The memory of a benchmark's own process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_EVERY_S = 0.02


def peak_mib() -> float:
    """Read the peak of this program alone (Linux); ``ru_maxrss`` would begin at that of its parent."""
    return _status_mib("VmHWM")


@contextmanager
def watch_kept_mib() -> Iterator[list[float]]:
    """Look every 20 ms at the memory that is no page of a file, and collect what was seen."""
    seen = [_status_mib("RssAnon")]
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(_EVERY_S):
            seen.append(_status_mib("RssAnon"))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        is_over.set()
        watcher.join()


def _status_mib(name: str) -> float:
    status = Path("/proc/self/status").read_text("ascii")
    return float(next(line for line in status.splitlines() if line.startswith(name)).split()[1]) / 1024

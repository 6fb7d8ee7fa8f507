"""Locks between processes, in files; the operating system frees them when a process ends, however it ends."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from crackwise.errors import OutputError

_PAUSE_S = 0.05

# Locks of byte ranges, not flock, which the loader processes of a training would inherit and keep.
if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def try_lock(path: Path) -> IO[bytes] | None:
    """Lock a file unless another process holds it; closing what is returned frees it.

    The file stays when the lock is gone: removing it would let two processes lock files of one name. Within
    one process a file must not be opened again while it is locked.

    Raises
    ------
    OutputError
        If the file cannot be written, or the file system has no locks.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}; choose another --out") from error
    try:
        _lock(file)
    except (BlockingIOError, PermissionError):
        file.close()
        return None
    except OSError as error:
        file.close()
        raise OutputError(
            f"{path} cannot be locked: {error.strerror}; choose an --out on a file system with locks"
        ) from error
    return file


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait for a lock and hold it for the length of the block."""
    while (file := try_lock(path)) is None:
        time.sleep(_PAUSE_S)
    with file:
        yield

"""Locks between processes, in files; the operating system frees them when a process ends, however it ends."""

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO

from crackwise.errors import OutputError

LOCK_FILE = ".lock"
"""In a folder that one command works in, for as long as it does."""

_PAUSE_S = 0.05
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL})

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


@contextmanager
def in_turn(path: Path) -> Iterator[None]:
    """Hold a lock as :func:`locked`; on a file system without locks nobody waits."""
    with ExitStack() as held:
        try:
            held.enter_context(locked(path))
        except OutputError as error:
            if not _has_no_locks(error):
                raise
        yield


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other processes that ask for it too out of a folder for the length of the block.

    The file that is locked is gone afterwards, and so is the folder where nothing else made it. On a file
    system without locks nobody is kept out.

    Raises
    ------
    OutputError
        If another process is at work in the folder, or it is a file or cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"--out {folder} is a file; expected a folder")
    is_new, path = not folder.exists(), folder / LOCK_FILE
    try:
        file = try_lock(path)
    except OutputError as error:
        if not _has_no_locks(error):
            raise
        yield
        return
    with file or nullcontext():
        # who locked the file of one that was just ending holds a file that is gone, and keeps nobody out
        if file is None or not _is_file_at(path, file):
            raise OutputError(f"another command is at work in {folder}; wait for it, or choose another --out")
        try:
            yield
        finally:
            with suppress(OSError):  # Windows removes no open file
                path.unlink()
            if is_new:
                with suppress(OSError):  # it holds what was made in it
                    folder.rmdir()


def _has_no_locks(error: OutputError) -> bool:
    return getattr(error.__cause__, "errno", None) in _NO_LOCKS


def _is_file_at(path: Path, file: IO[bytes]) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False

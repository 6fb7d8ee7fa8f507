"""Pictures that need not fit into memory: large ones lie in a temporary file, read and written by the system.

Nobody who works with one sees a difference. Its pages are kept in memory while there is room, and dropped
first when there is not; the file has no name and is gone with the picture.
"""

import mmap
import os
import tempfile
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from crackwise.errors import OutputError

LARGE_BYTES = 2**27
"""From this size on a picture lies in a file: 45 megapixels of colour, 134 of levels."""

_ROWS = 1024


def zeros(shape: tuple[int, ...], dtype: DTypeLike = np.uint8) -> NDArray[Any]:
    """Give a picture of zeros, in memory or, from ``LARGE_BYTES`` on, in a file.

    Raises
    ------
    OutputError
        If there is no room for the file.
    """
    size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    if size < LARGE_BYTES:
        return np.zeros(shape, dtype)
    try:
        with tempfile.TemporaryFile(prefix="crackwise-") as file:
            if hasattr(os, "posix_fallocate"):  # a full disk would otherwise kill the process later
                os.posix_fallocate(file.fileno(), 0, size)
            return np.asarray(np.memmap(file, dtype, "w+", shape=shape))
    except OSError as error:
        raise OutputError(
            f"{tempfile.gettempdir()} has no room for {size / 2**20:,.0f} MiB of a large photo "
            f"({error.strerror or error}); free space, or name another folder in TMPDIR"
        ) from error


def copy_of(picture: NDArray[Any]) -> NDArray[Any]:
    """Copy a picture, into a file where it is large."""
    copied = zeros(picture.shape, picture.dtype)
    for top in range(0, len(picture), _ROWS):
        copied[top : top + _ROWS] = picture[top : top + _ROWS]
        let_go(copied, picture)
    return copied


def let_go(*pictures: NDArray[Any]) -> None:
    """Take the pages of pictures, or of those that these are parts of, out of this process's memory.

    What was written stays; what is looked at again is read again. A picture in memory is left as it is.
    """
    for owner in map(_owner, pictures):
        if isinstance(owner, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            owner.madvise(mmap.MADV_DONTNEED)


def _owner(picture: Any) -> Any:
    while isinstance(picture, np.ndarray):
        picture = picture.base
    return picture

"""Pictures that need not fit into memory: large ones lie in a temporary file, read and written by the system.

Nobody who works with one sees a difference. Its pages are kept in memory while there is room, and dropped
first when there is not; the file has no name and is gone with the picture.
"""

import mmap
import os
import tempfile
from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import DTypeLike, NDArray

LARGE_BYTES = 2**27
"""From this size on a picture lies in a file: 45 megapixels of colour, 134 of levels."""

_ROWS = 1024
_FILES: "WeakSet[mmap.mmap]" = WeakSet()


def zeros(shape: tuple[int, ...], dtype: DTypeLike = np.uint8) -> NDArray[Any]:
    """Give a picture of zeros, in memory; from ``LARGE_BYTES`` on in a file, where there is room for one."""
    size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    if size < LARGE_BYTES:
        return np.zeros(shape, dtype)
    try:
        with tempfile.TemporaryFile(prefix="crackwise-") as file:
            if hasattr(os, "posix_fallocate"):  # a full disk would otherwise kill the process later
                os.posix_fallocate(file.fileno(), 0, size)
            picture = np.asarray(np.memmap(file, dtype, "w+", shape=shape))
    except OSError:
        return np.zeros(shape, dtype)
    _FILES.add(_owner(picture))
    return picture


def copy_of(picture: NDArray[Any]) -> NDArray[Any]:
    """Copy a picture, into a file where it is large."""
    copied = zeros(picture.shape, picture.dtype)
    for top in range(0, len(picture), _ROWS):
        copied[top : top + _ROWS] = picture[top : top + _ROWS]
        let_go(copied, picture)
    return copied


def let_go(*pictures: NDArray[Any]) -> None:
    """Take the pages of pictures, or of those that these are parts of, out of this process's memory.

    What was written stays; what is looked at again is read again. A picture in memory is left as it is, and
    so is a file that was not made here: it might be one that keeps no changes.
    """
    for owner in map(_owner, pictures):
        if isinstance(owner, mmap.mmap) and owner in _FILES and hasattr(mmap, "MADV_DONTNEED"):
            owner.madvise(mmap.MADV_DONTNEED)


def _owner(picture: Any) -> Any:
    while isinstance(picture, np.ndarray):
        picture = picture.base
    return picture

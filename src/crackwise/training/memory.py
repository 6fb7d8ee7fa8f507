"""Freed memory stays with the process: the next step needs as much again."""

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # <malloc.h> of glibc
_NEVER = 2**31 - 1


def keep_freed_memory() -> bool:
    """Let glibc keep freed memory for the next step instead of handing it back to the system.

    A step on a CPU allocates and frees gigabytes; each time the kernel would clear every page anew.
    Results do not change. What it gains and costs: docs/training.md.

    Returns
    -------
    Whether this system's C library can do it (glibc of Linux).
    """
    if not sys.platform.startswith("linux"):
        return False
    change = getattr(ctypes.CDLL(None), "mallopt", None)
    return change is not None and all(
        change(option, value) == 1 for option, value in ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, _NEVER))
    )

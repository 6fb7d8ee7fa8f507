"""Measuring on several cores: NumPy and OpenCV let other threads compute while they work on large arrays."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

THREADS = min(4, os.cpu_count() or 1)
"""At most; more of them would mostly wait for each other between two operations."""

S = TypeVar("S")
T = TypeVar("T")


def in_threads(work: Callable[[S], T], items: Iterable[S]) -> Iterator[T]:
    """Give ``work(item)`` for each item, in order, as it is done; the first error that is met comes out."""
    with ThreadPoolExecutor(THREADS, thread_name_prefix="crackwise-measure") as pool:
        yield from pool.map(work, items)


def parts(count: int, size: int) -> list[slice]:
    """Cut a range into slices of at most some size."""
    return [slice(start, start + size) for start in range(0, count, size)]

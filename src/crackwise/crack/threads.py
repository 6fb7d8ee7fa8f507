"""Measuring on several cores: NumPy and OpenCV let other threads compute while they work on large arrays."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

THREADS = min(4, os.cpu_count() or 1)
"""At most; more of them would mostly wait for each other between two operations."""

S = TypeVar("S")
T = TypeVar("T")


def in_threads(work: Callable[[S], T], items: Iterable[S]) -> Iterator[T]:
    """Give ``work(item)`` for each item, in order, as it is done; the first error that is met comes out."""
    with IN_OWN_THREAD, ThreadPoolExecutor(THREADS, thread_name_prefix="crackwise-measure") as pool:
        yield from pool.map(work, items)


def parts(count: int, size: int) -> list[slice]:
    """Cut a range into slices of at most some size."""
    return [slice(start, start + size) for start in range(0, count, size)]


class _OneThreadInBlas:
    """Keeps products of matrices to the thread that asks for them, as long as anyone measures.

    Their threads would wait for ours, awake, and ours for them: beside another busy program measuring took up
    to twice as long. Any number of threads may be inside at once.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._measuring = 0
        self._limits: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if not self._measuring:
                self._limits = _libraries().limit(limits=1, user_api="blas")
            self._measuring += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._measuring -= 1
            if not self._measuring:
                self._limits.restore_original_limits()


IN_OWN_THREAD = _OneThreadInBlas()


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()

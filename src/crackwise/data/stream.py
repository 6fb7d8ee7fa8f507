"""Work on many photos at a time, in bounded memory, with the results in order."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeAlias, TypeVar

OnPhoto: TypeAlias = Callable[[int, int], None]
"""Called with (done, total)."""

S = TypeVar("S")
T = TypeVar("T")

_AHEAD = 4  # photos waiting per thread: what is decoded stays small


def each_photo(work: Callable[[S], T], photos: Sequence[S], on_photo: OnPhoto | None = None) -> Iterator[T]:
    """Give ``work(photo)`` for each photo, in order, with as many threads as there are processors."""
    threads = min(8, os.cpu_count() or 1)
    waiting: deque[Future[T]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for done, photo in enumerate(photos, start=1 - threads * _AHEAD):
                waiting.append(pool.submit(work, photo))
                if done > 0:
                    yield _next(waiting, done, len(photos), on_photo)
            for done in range(len(photos) - len(waiting) + 1, len(photos) + 1):
                yield _next(waiting, done, len(photos), on_photo)
        finally:
            for future in waiting:
                future.cancel()


def _next(waiting: deque[Future[T]], done: int, total: int, on_photo: OnPhoto | None) -> T:
    result = waiting.popleft().result()
    if on_photo is not None:
        on_photo(done, total)
    return result

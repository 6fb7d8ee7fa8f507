"""Work on many photos at a time, in bounded memory, with the results in order."""

import os
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeAlias, TypeVar

from crackwise.errors import SettingsError

OnPhoto: TypeAlias = Callable[[int, int], None]
"""Called with (done, total)."""

S = TypeVar("S")
T = TypeVar("T")

_AHEAD = 4  # photos waiting per thread: what is decoded stays small


def each_photo(
    work: Callable[[S], T],
    photos: Sequence[S],
    on_photo: OnPhoto | None = None,
    *,
    workers: int | None = None,
) -> Generator[T, None, None]:
    """Give ``work(photo)`` for each photo, in order; close it and what has not begun is dropped.

    Parameters
    ----------
    work
        Called in threads.
    photos
        What to work on.
    on_photo
        Called with (done, total) from the calling thread.
    workers
        Threads; as many as there are processors, at most 8, when None.

    Raises
    ------
    SettingsError
        If ``workers`` is below 1.
    """
    if workers is not None and workers < 1:
        raise SettingsError(f"workers is {workers}; expected 1 or more")
    threads = workers or min(8, os.cpu_count() or 1)
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

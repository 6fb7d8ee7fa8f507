"""How many pixels are in work at a time, so that memory stays bounded however large the photos are."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class PixelBudget:
    """Lets photos in as long as their pixels together stay below a limit; one photo above it goes alone.

    Whole pixels are counted: sums of fractions drift, and a photo that waits for all of the limit would wait
    for ever.
    """

    def __init__(self, limit_px: int) -> None:
        self._limit = self._free = limit_px
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, photo_px: int) -> Iterator[None]:
        """Wait until there is room for a photo, and give it back after."""
        share = min(photo_px, self._limit)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= share)
            self._free -= share
        try:
            yield
        finally:
            with self._changed:
                self._free += share
                self._changed.notify_all()

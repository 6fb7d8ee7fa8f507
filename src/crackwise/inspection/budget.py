"""How many pixels are in work at a time, so that memory stays bounded however large the photos are."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class PixelBudget:
    """Lets photos in as long as their pixels together stay below a limit; one photo above it goes alone."""

    def __init__(self, megapixels: float) -> None:
        self._limit = self._free = megapixels
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, megapixels: float) -> Iterator[None]:
        """Wait until there is room for a photo, and give it back after."""
        share = min(megapixels, self._limit)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= share)
            self._free -= share
        try:
            yield
        finally:
            with self._changed:
                self._free += share
                self._changed.notify_all()

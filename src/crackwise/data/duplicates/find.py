"""Find photos that share content."""

import os
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

from crackwise.data.duplicates.comparison import Comparison, candidates_by_first
from crackwise.data.duplicates.copies import find_copies
from crackwise.data.duplicates.overlap import Overlap
from crackwise.data.duplicates.pair import NamedPhoto, Pair
from crackwise.data.duplicates.portrait import Portrait, portray
from crackwise.data.duplicates.sentences import pair_of_copy, pair_of_near, pair_of_overlap
from crackwise.data.stream import each_photo
from crackwise.errors import DataError, SettingsError

DEFAULT_WORKERS = min(8, os.cpu_count() or 1)

_PHASES = 3  # a photo is read, looked up and compared

Item = TypeVar("Item")


def find_duplicates(
    photos: Sequence[NamedPhoto],
    *,
    workers: int = DEFAULT_WORKERS,
    on_photo: Callable[[int, int], None] | None = None,
) -> tuple[Pair, ...]:
    """Find exact copies, near duplicates and overlapping pictures among photos.

    Parameters
    ----------
    photos
        Of one or several sets; keys must differ. A file that cannot be decoded is compared by its bytes only.
    workers
        Threads, 1 or more; the result does not depend on it.
    on_photo
        Called with (done, total) from the calling thread.

    Returns
    -------
    One pair for each two photos that share content, the strongest kind only, in the order of the photos. A
    copy is paired with the first photo that it is a copy of, and other kinds of pair name that one. Of many
    photos of one scene each is compared with the most alike; :func:`cluster` joins them all.

    Raises
    ------
    DataError
        If two photos have the same key or a file cannot be opened.
    SettingsError
        If ``workers`` is below 1.
    """
    _check(photos, workers)
    progress = _Progress(len(photos), on_photo)
    paths = [each.path for each in photos]
    portraits = list(progress.through(each_photo(portray, paths, workers=workers), len(paths), 0))
    copied = find_copies(portraits)
    keys = [each.key for each in photos]
    pairs = [pair_of_copy(each, keys) for each in copied]
    copies = {each.copy for each in copied}
    originals = {
        keys[number]: each
        for number, each in enumerate(portraits)
        if isinstance(each, Portrait) and number not in copies
    }
    pairs += _alike(originals, workers, progress)
    place = {key: number for number, key in enumerate(keys)}
    return tuple(sorted(pairs, key=lambda pair: (place[pair.first], place[pair.second])))


@dataclass(frozen=True, slots=True)
class _Progress:
    total: int
    on_photo: Callable[[int, int], None] | None

    def through(self, results: Generator[Item, None, None], count: int, phase: int) -> Iterator[Item]:
        """Pass results of one phase on and report how far the whole is; an error stops the phase."""
        with closing(results):
            for done, result in enumerate(results, start=1):
                if self.on_photo:
                    self.on_photo(self.total * (phase * count + done) // (_PHASES * count), self.total)
                yield result


def _alike(originals: dict[str, Portrait], workers: int, progress: _Progress) -> list[Pair]:
    """Pair photos that are no exact copies."""
    if not originals:
        return []
    keys, count = list(originals), len(originals)
    comparison = Comparison.of(list(originals.values()))
    looked_up = list(
        progress.through(each_photo(comparison.look_up, range(count), workers=workers), count, 1)
    )
    candidates = candidates_by_first(looked_up)

    def overlapping(number: int) -> list[tuple[int, Overlap]]:
        return comparison.overlaps(number, candidates[number])

    comparing = each_photo(overlapping, range(count), workers=workers)
    overlaps = list(progress.through(comparing, count, 2))
    return [pair_of_near(n, near, keys) for n, each in enumerate(looked_up) for near in each.near] + [
        pair_of_overlap(n, other, overlap, keys) for n, each in enumerate(overlaps) for other, overlap in each
    ]


def _check(photos: Sequence[NamedPhoto], workers: int) -> None:
    if workers < 1:
        raise SettingsError(f"workers is {workers}; expected 1 or more")
    key, count = Counter(each.key for each in photos).most_common(1)[0] if photos else ("", 0)
    if count > 1:
        raise DataError(f"{count} photos are named {key!r}; give each a name of its own")

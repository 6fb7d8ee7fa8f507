"""All photos of one comparison: which may be alike, and which are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from crackwise.data.duplicates.near import Fingerprints, NearDuplicate, collect, near_duplicates
from crackwise.data.duplicates.overlap import Overlap, find_overlap
from crackwise.data.duplicates.portrait import Portrait
from crackwise.data.duplicates.words import Candidate, WordIndex, index_words

_SEED = 0  # of the sample of details that the words are chosen from


@dataclass(frozen=True, slots=True)
class LookedUp:
    """Photos that show the whole of one photo, and photos that may overlap it."""

    near: tuple[NearDuplicate, ...]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Photos, which go by their numbers here, with what is needed to look them up."""

    portraits: Sequence[Portrait]
    fingerprints: Fingerprints
    index: WordIndex

    @classmethod
    def of(cls, portraits: Sequence[Portrait]) -> "Comparison":
        """Index at least one photo."""
        index = index_words([each.features for each in portraits], np.random.default_rng(_SEED))
        return cls(portraits, collect(portraits), index)

    def look_up(self, number: int) -> LookedUp:
        """Find the near duplicates of one photo among later ones, and all that may overlap it."""
        return LookedUp(
            near_duplicates(number, self.portraits, self.fingerprints),
            self.index.candidates(number, self.portraits[number].features),
        )

    def overlaps(self, number: int, candidates: Iterable[Candidate]) -> list[tuple[int, Overlap]]:
        """Compare one photo with candidates; give those that overlap, by number."""
        found = []
        for each in candidates:
            overlap = find_overlap(self.portraits[number], self.portraits[each.other], each.is_mirrored)
            if overlap is not None:
                found.append((each.other, overlap))
        return found


def candidates_by_first(looked_up: Sequence[LookedUp]) -> list[list[Candidate]]:
    """List each pair once, at the earlier photo, less those that are near duplicates anyway."""
    pairs: dict[tuple[int, int], Candidate] = {}
    for number, each in enumerate(looked_up):
        for candidate in each.candidates:
            first, second = sorted((number, candidate.other))
            turned_round = Candidate(second, candidate.votes, candidate.is_mirrored)
            best = pairs.get((first, second), turned_round)
            pairs[first, second] = max(best, turned_round, key=lambda found: found.votes)
    known = {(number, near.other) for number, each in enumerate(looked_up) for near in each.near}
    by_first: list[list[Candidate]] = [[] for _ in looked_up]
    for (first, second), candidate in sorted(pairs.items(), key=lambda item: item[0]):
        if (first, second) not in known:
            by_first[first].append(candidate)
    return by_first

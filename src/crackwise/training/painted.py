"""Sets that a generator has painted in training photos, and what another training may take from them.

The group of such a picture is ``source/group`` of the photo beneath; so it is of no group of the real set.
"""

import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from crackwise.data.provenance import is_painted
from crackwise.errors import DataError
from crackwise.recipe import ClassifierSource, SourceRecipe


class Grouped(Protocol):
    """A sample or a tile."""

    @property
    def group(self) -> str:
        """Name its scene."""


G = TypeVar("G", bound=Grouped)
AnySource = TypeVar("AnySource", SourceRecipe, ClassifierSource)
Parted = TypeVar("Parted", bound=Any)
"""Samples or tiles of a source: a dataclass of its recipe, training, validation and test."""


def painted_sources(sources: Iterable[SourceRecipe | ClassifierSource], data: Path) -> set[str]:
    """Name the sources below ``data`` whose ``provenance.json`` says that they hold training photos."""
    return {source.name for source in sources if source.kind != "drawn" and is_painted(data / source.name)}


def for_training(source: AnySource) -> AnySource:
    """Let a painted set choose nothing, as the photos beneath it are learnt from."""
    if source.training_only:
        return source
    sys.stderr.write(f"{source.name}: painted in training photos, so it is for training only\n")
    return source.model_copy(update={"training_only": True})


def apart(sources: Iterable[Parted], painted: Collection[str]) -> tuple[Parted, ...]:
    """Keep what is painted in photos for validation or test out of the training.

    Parameters
    ----------
    sources
        Gathered and parted.
    painted
        Names of those that are painted.

    Raises
    ------
    DataError
        If nothing of one is left.
    """
    gathered = tuple(sources)
    away = {f"{one.recipe.name}/{kept.group}" for one in gathered for kept in (*one.validation, *one.test)}
    return tuple(
        replace(one, training=_elsewhere(one.training, away, one.recipe.name))
        if one.recipe.name in painted
        else one
        for one in gathered
    )


def _elsewhere(pictures: Sequence[G], away: Collection[str], name: str) -> tuple[G, ...]:
    kept = tuple(picture for picture in pictures if picture.group not in away)
    if not kept:
        raise DataError(
            f"all of {name} is painted in photos that this training keeps for validation or test; remove the "
            "source, or paint with the seed and data.validation_share of this recipe"
        )
    if len(kept) < len(pictures):
        sys.stderr.write(
            f"{name}: {len(pictures) - len(kept)} of {len(pictures)} left out, painted in photos that are "
            "kept for validation or test\n"
        )
    return kept

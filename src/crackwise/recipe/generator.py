"""The sections of a recipe for generation: photos of cracks that nobody took."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crackwise.recipe.sections import LARGEST_SEED, ZoomRange, refuse_twice

_FROZEN = ConfigDict(frozen=True, extra="forbid")
_KINDS = {"conditional": "masks"}


class GeneratorSource(BaseModel):
    """One source of photos below ``--data``.

    Parameters
    ----------
    name
        Folder below ``--data``, such as ``metu/crack``.
    kind
        ``photos``, any folder of pictures, the default for ``dcgan``; for ``conditional`` they are known to
        show no crack. Or ``masks``, the canonical layout with groups, the default for ``conditional``.
    weight
        Relative share of the crops of ``conditional``; ``dcgan`` takes every photo once an epoch.
    share
        Of the photos, in whole groups: the same as a recipe for segmentation takes that has the same seed.
    labels
        ``exact`` or ``fat``; fat ones are thinned to the dark line under them.
    leave_out
        Groups that play no part.
    licence, source
        For the model card.
    """

    model_config = _FROZEN

    name: str
    kind: Literal["photos", "masks"] = "photos"
    weight: float = Field(default=1.0, gt=0)
    share: float = Field(default=1.0, gt=0, le=1)
    labels: Literal["exact", "fat"] = "exact"
    leave_out: tuple[str, ...] = ()
    licence: str = ""
    source: str = ""


class GeneratorDataRecipe(BaseModel):
    """Where the photos come from.

    For ``dcgan`` the shorter side of each is brought to ``size_px`` and its centre is cut out; with ``flips``
    half of them are mirrored. For ``conditional`` a crop of ``size_px`` is placed, turned, mirrored and
    zoomed by ``scale`` at random; ``drawn`` is the share of them that get a drawn crack in place of their
    own.

    ``validation_share`` of the groups of ``masks`` are kept away: the same as a recipe for segmentation keeps
    that has the same seed, share and names of sources.
    """

    model_config = _FROZEN

    sources: tuple[GeneratorSource, ...] = Field(min_length=1)
    size_px: int = Field(default=64, ge=32, multiple_of=32)
    flips: bool = False
    scale: ZoomRange = (0.5, 1.5)
    drawn: float = Field(default=0.5, ge=0, le=1)
    validation_share: float = Field(default=0.0, ge=0, lt=1)
    workers: int = Field(default=2, ge=0)

    @model_validator(mode="after")
    def _refuse_sources_of_one_name(self) -> Self:
        refuse_twice([source.name for source in self.sources])
        return self


class GeneratorModelRecipe(BaseModel):
    """``dcgan`` makes a photo from noise; ``conditional`` paints a crack into a photo where a mask says.

    ``latent`` is the length of the noise. ``band_px`` is how far from the crack ``conditional`` paints.
    """

    model_config = _FROZEN

    net: str = "dcgan"
    latent: int = Field(default=100, gt=0)
    generator_filters: int = Field(default=64, gt=0)
    discriminator_filters: int = Field(default=64, gt=0)
    band_px: int = Field(default=6, gt=0)

    @property
    def paints(self) -> bool:
        """Tell whether it paints in photos, which it then needs and its pictures show."""
        return self.net == "conditional"


class GeneratorTrainRecipe(BaseModel):
    """How two networks are optimised against each other; ``epochs`` above 0 decides instead of ``steps``.

    A step is one of the discriminator and one of the generator. An epoch takes every photo once. In turns of
    ``save_every`` steps, or of an epoch where epochs decide, a line is logged, a sample sheet drawn and a
    checkpoint written.

    ``matching`` and ``closeness`` are the weights of feature matching and of the mean absolute difference to
    the photo in the loss of ``conditional``.
    """

    model_config = _FROZEN

    steps: int = Field(default=10_000, gt=0)
    epochs: int = Field(default=0, ge=0)
    batch: int = Field(default=64, gt=1)
    learning_rate: float = Field(default=2e-4, gt=0)
    beta1: float = Field(default=0.5, ge=0, lt=1)
    beta2: float = Field(default=0.999, ge=0, lt=1)
    matching: float = Field(default=10.0, ge=0)
    closeness: float = Field(default=5.0, ge=0)
    save_every: int = Field(default=250, gt=0, description="steps between sample sheets and checkpoints")
    precision: Literal["32-true", "bf16-mixed"] = "32-true"


class GeneratorRecipe(BaseModel):
    """Everything that the training of a generator depends on, besides the data and the code."""

    model_config = _FROZEN

    task: Literal["generation"]
    name: str
    description: str = ""
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED)
    data: GeneratorDataRecipe
    model: GeneratorModelRecipe = GeneratorModelRecipe()
    train: GeneratorTrainRecipe = GeneratorTrainRecipe()

    @model_validator(mode="before")
    @classmethod
    def _fill_in_kinds(cls, table: Any) -> Any:
        """Say of each source what it is, where nobody has."""
        try:
            kind = _KINDS.get(table["model"]["net"], "photos")
            sources = [{"kind": kind, **source} for source in table["data"]["sources"]]
        except (KeyError, TypeError):  # no such table: the fields say what is wrong
            return table
        return {**table, "data": {**table["data"], "sources": sources}}

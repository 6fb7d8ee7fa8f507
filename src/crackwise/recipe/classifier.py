"""The sections of a recipe for classification: whether there is a crack at all."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crackwise.errors import RecipeError
from crackwise.recipe.sections import LARGEST_SEED, Budget, refuse_twice

_FROZEN = ConfigDict(frozen=True, extra="forbid")
_SMALLEST_TILE_PX = 32


class ClassifierSource(BaseModel):
    """One source of labelled photos or tiles.

    Parameters
    ----------
    name
        Folder or table below ``--data``.
    kind
        ``verdicts``, photos with a label each: a table of path and label, a folder per class, or the
        canonical layout with ``labels.csv``; ``masks``, the canonical layout, cut into tiles that are
        labelled by their masks; ``negatives``, photos without cracks, cut into tiles; or ``drawn``, drawn by
        crackwise and cut into tiles.
    weight
        Relative share of the samples of a class; plays a part with ``data.balance`` sampling alone.
    cracked, sound
        At most so many samples for training with and without a crack, chosen by the seed; 0 means all.
    training_only
        True where none is kept for validation or test, as of generated photos.
    leave_out
        Groups that play no part.
    count, size, clean_share
        How many ``drawn`` scenes, of which size, and which share of them without a crack.
    licence, source
        For the model card.
    """

    model_config = _FROZEN

    name: str
    kind: Literal["verdicts", "masks", "negatives", "drawn"] = "verdicts"
    weight: float = Field(default=1.0, gt=0)
    cracked: int = Field(default=0, ge=0)
    sound: int = Field(default=0, ge=0)
    training_only: bool = False
    leave_out: tuple[str, ...] = ()
    count: int = Field(default=0, ge=0)
    size: str = "512x512"
    clean_share: float = Field(default=0.25, ge=0, le=1)
    licence: str = ""
    source: str = ""


class ClassifierDataRecipe(BaseModel):
    """Where the samples come from and what the network sees of them.

    Photos are cut into tiles of ``tile_px``, those of kind ``verdicts`` are taken whole, and with 0 all are;
    each is then brought to ``size_px``, width and height. A photo of at most 1.5 tiles along either side is
    one tile. A tile with at least ``crack_px`` crack pixels is cracked, one without any is sound; others are
    left out, as are tiles with crack pixels in their border alone.

    ``augment`` is ``none``; ``classical``, the five steps of the course project; or ``strong``, turned,
    mirrored and in another light.

    ``balance`` against unequal classes is ``none`` or ``weights`` in the loss, where each sample comes once
    an epoch; or ``sampling``, where both classes are drawn alike, and within each the sources by weight.

    ``validation_share`` and ``test_share`` are shares of the groups (never files), drawn by a hash of their
    names; of the validation part at most ``validation_tiles`` of each source are looked at, 0 means all.
    """

    model_config = _FROZEN

    sources: tuple[ClassifierSource, ...] = Field(min_length=1)
    size_px: tuple[Annotated[int, Field(ge=32)], Annotated[int, Field(ge=32)]] = (224, 224)
    tile_px: int = Field(default=224, ge=0)
    crack_px: int = Field(default=64, gt=0)
    augment: Literal["none", "classical", "strong"] = "strong"
    balance: Literal["none", "weights", "sampling"] = "sampling"
    validation_share: float = Field(default=0.2, gt=0, lt=1)
    validation_tiles: int = Field(default=0, ge=0)
    test_share: float = Field(default=0.0, ge=0, lt=1)

    @property
    def takes_whole_photos(self) -> bool:
        """Whether nothing is cut, of whatever size."""
        return self.tile_px == 0 or all(source.kind == "verdicts" for source in self.sources)

    @model_validator(mode="after")
    def _refuse_what_cannot_be(self) -> Self:
        if 0 < self.tile_px < _SMALLEST_TILE_PX:
            raise RecipeError(
                f"data.tile_px is {self.tile_px}; expected {_SMALLEST_TILE_PX} or more, or 0 for whole photos"
            )
        if self.balance != "sampling" and len({source.weight for source in self.sources}) > 1:
            raise RecipeError(
                f"data.sources have unequal weights, which play no part with data.balance = {self.balance}; "
                "remove them, or choose sampling"
            )
        if self.validation_share + self.test_share >= 1:
            raise RecipeError(
                f"data.validation_share and data.test_share are {self.validation_share:g} and "
                f"{self.test_share:g}, which leaves nothing for training; expected less than 1 together"
            )
        refuse_twice([source.name for source in self.sources])
        return self


class ClassifierModelRecipe(BaseModel):
    """An encoder, the mean over its last features, dense layers, two classes.

    ``encoder_weights`` is ``"imagenet"``, ``"none"`` or a file name, looked up in ``--weights``. ``hidden``
    are the units of the dense layers with ReLU between encoder and output; ``dropout`` is of what the output
    layer sees. ``channels`` is the order in which the encoder takes them; ``input_mean`` and ``input_std``
    are in grey levels and in that order. The first layer of ``"imagenet"`` weights, which were made for RGB,
    is turned round for ``bgr``.
    """

    model_config = _FROZEN

    encoder: str = "tu-mobilenetv2_100"
    encoder_weights: str = "imagenet"
    frozen_encoder: bool = False
    hidden: tuple[int, ...] = ()
    dropout: float = Field(default=0.0, ge=0, lt=1)
    channels: Literal["rgb", "bgr"] = "rgb"
    input_mean: tuple[float, float, float] = (123.675, 116.28, 103.53)
    input_std: tuple[float, float, float] = (58.395, 57.12, 57.375)


class ClassifierTrainRecipe(Budget):
    """The optimisation of a classifier by cross-entropy.

    The best checkpoint is the one with the lowest validation ``loss``, or the highest ``auc`` or
    ``balanced_accuracy``.
    """

    best: Literal["loss", "auc", "balanced_accuracy"] = "loss"


class ClassifierRecipe(BaseModel):
    """Everything that the training of a classifier depends on, besides the data and the code."""

    model_config = _FROZEN

    task: Literal["classification"]
    name: str
    description: str = ""
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED)
    data: ClassifierDataRecipe
    model: ClassifierModelRecipe = ClassifierModelRecipe()
    train: ClassifierTrainRecipe = ClassifierTrainRecipe()

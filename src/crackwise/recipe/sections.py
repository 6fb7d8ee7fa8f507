"""The sections of a recipe for segmentation and their keys."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from crackwise.errors import RecipeError

_FROZEN = ConfigDict(frozen=True, extra="forbid")

LARGEST_SEED = 2**32 - 1
"""Of NumPy's older generators, which libraries seed beside the newer ones."""

Side = Annotated[int, Field(gt=0, multiple_of=8)]
"""In px; training checks that it suits the network."""


def _ordered(zooms: tuple[float, float]) -> tuple[float, float]:
    if not 0 < zooms[0] <= zooms[1]:
        raise ValueError("expected two numbers above 0, the smaller one first")
    return zooms


ZoomRange = Annotated[tuple[float, float], AfterValidator(_ordered)]
"""Smallest and largest zoom of a random crop."""


class SourceRecipe(BaseModel):
    """One source of training samples.

    Parameters
    ----------
    name
        Folder below ``--data`` in the canonical layout (``images/``, ``masks/``, ``groups.csv``).
    kind
        ``masks``; ``negatives``, photos without cracks and without masks; or ``drawn``, drawn by crackwise.
    weight
        Relative share of the crops.
    labels
        ``exact`` labels also decide thresholds; ``fat`` ones are thinned to the dark line under them.
    folder
        Folder of the photos of ``negatives``, below ``name``.
    leave_out
        Groups that play no part, such as scenes that also lie in the set that the model is tested on.
    share
        Train on no more of it than this, in whole groups: what would fewer labels have given? The validation
        part stays as it is.
    training_only
        True where none is kept for validation, as of drawn or generated photos: photos alone choose then.
    by_prefix
        True for a folder of many sources that stand in front of the first ``_`` of each file name: with
        ``data.parts`` each of them keeps its share in every part.
    count, size
        How many ``drawn`` scenes, and of which size: ``640x480``, or a range for both sides, ``448-640``.
    clean_share
        Share of the ``drawn`` scenes that show no crack, but joints, paving, plants and other hard negatives.
    licence, source
        For the model card.
    """

    model_config = _FROZEN

    name: str
    kind: Literal["masks", "negatives", "drawn"] = "masks"
    weight: float = Field(default=1.0, gt=0)
    labels: Literal["exact", "fat"] = "exact"
    folder: str = "."
    leave_out: tuple[str, ...] = ()
    share: float = Field(default=1.0, gt=0, le=1)
    training_only: bool = False
    by_prefix: bool = False
    count: int = Field(default=0, ge=0)
    size: str = "512x512"
    clean_share: float = Field(default=0.25, ge=0, le=1)
    licence: str = ""
    source: str = ""


class DataRecipe(BaseModel):
    """Where the samples come from and how they are cut.

    ``augment`` is ``strong``, random crops that are turned, mirrored and zoomed, in the light that
    ``train.photometric`` says; ``classical``, the whole photo after the five steps of
    ``crackwise.data.augment.classical``, new ones each time; or ``none``, the whole photo as it is. Whole
    photos are brought to ``crop_px``, one side of a square or ``[width, height]``, in training, validation
    and use alike; ``scale``, ``near_crack`` and ``train.photometric`` play no part then.

    ``scale`` is the range of the random zoom; ``near_crack`` the share of crops placed on a crack;
    ``validation_share`` the share of the groups (never files) kept for validation, drawn by a hash of their
    names; where that is unfair to fewer than 50 groups, those that come nearest to the share. ``parts``
    instead, such as ``70/15/15``, parts each source into training, validation and test as ``crackwise data
    split`` does, stratified by cracked or not and by crack share. ``teacher`` is a model file, looked up in
    ``--weights``, or the name of a shipped model: where it sees branches that ``fat`` labels miss, the label
    counts as unknown. ``distil`` is the share of the target that is what the teacher sees, of every source.
    """

    model_config = _FROZEN

    sources: tuple[SourceRecipe, ...] = Field(min_length=1)
    augment: Literal["strong", "classical", "none"] = "strong"
    crop_px: Side | tuple[Side, Side] = 256
    scale: ZoomRange = (0.5, 2.0)
    near_crack: float = Field(default=0.7, ge=0, le=1)
    parts: str = ""
    validation_share: float = Field(default=0.1, gt=0, lt=1)
    validation_images: int = Field(default=32, ge=0, description="at most this many per source; 0 for all")
    teacher: str = ""
    distil: float = Field(default=0.0, ge=0, le=1)

    @property
    def size_px(self) -> tuple[int, int]:
        """Give width and height of what the network is trained on."""
        return (self.crop_px, self.crop_px) if isinstance(self.crop_px, int) else self.crop_px

    @property
    def sees_whole_photos(self) -> bool:
        """Tell whether photos are brought to one size instead of cut."""
        return self.augment != "strong"

    @model_validator(mode="after")
    def _refuse_distilling_without_teacher(self) -> Self:
        if self.distil and not self.teacher:
            raise RecipeError(f"data.distil is {self.distil:g} but there is no teacher; name data.teacher")
        return self

    @model_validator(mode="after")
    def _refuse_sources_of_one_name(self) -> Self:
        refuse_twice([source.name for source in self.sources])
        return self

    @model_validator(mode="after")
    def _refuse_oblong_crops(self) -> Self:
        if not self.sees_whole_photos and not isinstance(self.crop_px, int):
            raise RecipeError(
                f"data.crop_px is {list(self.crop_px)} but augment = strong cuts squares; give one number"
            )
        return self


def refuse_twice(names: Sequence[str]) -> None:
    """Refuse two sources of one name, by which photos and figures are told apart.

    Raises
    ------
    RecipeError
        If there are two.
    """
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise RecipeError(f"data.sources name {twice[0]!r} twice; give each source once")


_ENCODER_KEYS = ("encoder", "encoder_weights", "frozen_encoder")

NET_KEYS: dict[str, tuple[str, ...]] = {
    "unet": (*_ENCODER_KEYS, "decoder_channels"),
    "plain_unet": ("levels", "first_filters", "norm", "activation", "dropout", "up"),
    "plain_cnn": ("levels", "first_filters", "dropout"),
    "fc_densenet": ("densenet_layers", "dropout"),
    "pspnet": _ENCODER_KEYS,
    "upernet": _ENCODER_KEYS,
    "segformer": _ENCODER_KEYS,
    "hrnet_ocr": _ENCODER_KEYS,
    "crackformer": ("dropout",),
    "superres": ("encoder", "encoder_weights"),
}
"""The keys of the model section that play a part in each network, besides ``net`` and the input scaling."""


class ModelRecipe(BaseModel):
    """The network.

    Which keys play a part depends on ``net`` (``NET_KEYS``); others are refused. ``encoder_weights`` is
    ``"imagenet"`` (downloaded by name), ``"none"``, or a file name, looked up in ``--weights``.
    ``first_filters`` double from level to level. ``input_mean`` and ``input_std`` are in grey levels (0 to
    255).
    """

    model_config = _FROZEN

    net: str = "unet"
    encoder: str = "tu-mobilenetv2_100"
    encoder_weights: str = "imagenet"
    frozen_encoder: bool = False
    decoder_channels: tuple[int, ...] = (128, 64, 32, 16, 16)
    levels: int = Field(default=5, ge=2, le=6)
    first_filters: int = Field(default=64, gt=0)
    norm: Literal["batch", "instance", "none"] = "batch"
    activation: Literal["relu", "leaky_relu"] = "relu"
    dropout: float = Field(default=0.0, ge=0, lt=1)
    up: Literal["transposed", "bilinear"] = "transposed"
    densenet_layers: Literal[56, 67, 103] = 103
    input_mean: tuple[float, float, float] = (123.675, 116.28, 103.53)
    input_std: tuple[float, float, float] = (58.395, 57.12, 57.375)

    @model_validator(mode="after")
    def _refuse_keys_of_other_nets(self) -> Self:
        idle = sorted(self.model_fields_set - self._keys_in_use())
        if idle:
            raise RecipeError(f"model.{idle[0]} plays no part in model.net {self.net!r}; remove it")
        return self

    @model_serializer(mode="wrap")
    def _leave_out_keys_of_other_nets(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        used = self._keys_in_use()
        return {key: value for key, value in serialise(self).items() if key in used}

    def _keys_in_use(self) -> set[str]:
        """Give the keys that the network reads; all of them where the network is unknown."""
        return {"net", "input_mean", "input_std", *NET_KEYS.get(self.net, type(self).model_fields)}


FOLLOWS_EPOCHS = ("steps", "validate_every", "save_every")
"""Keys that follow from a budget in epochs."""


class Budget(BaseModel):
    """How a network is optimised; the length in steps or epochs, never in minutes.

    ``epochs`` above 0 decides instead of ``steps``: an epoch is as many samples as there are photos for
    training, and ends with a validation. Otherwise there is a validation every ``validate_every`` steps.
    After ``patience`` validations without a better one, the training stops (0: never).

    ``schedule`` is ``late-cosine``, the rate stays and falls as a cosine over the last two fifths;
    ``cosine``, over all; ``constant``; or ``step``, a tenth every ``drop_every`` validations.

    ``average`` above 0 is the decay of an exponential moving average over the weights of the steps: it is
    what is validated and kept.

    ``precision`` ``auto`` is bf16-mixed where the processor has instructions for bf16, else 32-true; a run
    keeps what it began with.
    """

    model_config = _FROZEN

    steps: int = Field(default=1700, gt=0)
    epochs: int = Field(default=0, ge=0)
    patience: int = Field(default=0, ge=0, description="validations")
    batch: int = Field(default=16, gt=0)
    optimiser: Literal["adamw", "adam", "sgd"] = "adamw"
    momentum: float = Field(default=0.9, ge=0, lt=1, description="of sgd")
    schedule: Literal["late-cosine", "cosine", "constant", "step"] = "late-cosine"
    drop_every: int = Field(default=30, gt=0, description="validations")
    learning_rate: float = Field(default=1e-3, gt=0)
    encoder_rate: float = Field(default=1.0, gt=0, description="learning rate of the encoder, relative")
    warmup_steps: int = Field(default=100, ge=0)
    weight_decay: float = Field(default=1e-4, ge=0)
    average: float = Field(default=0.0, ge=0, lt=1, description="decay of the mean over the weights")
    validate_every: int = Field(default=250, gt=0, description="steps between validations and checkpoints")
    precision: Literal["auto", "32-true", "bf16-mixed", "16-mixed"] = "auto"


class TrainRecipe(Budget):
    """The optimisation of a segmentation network.

    The best checkpoint is the one with the highest validation ``iou`` or ``dice``, or the lowest ``loss``
    (``best``). A step takes ``accumulate`` batches. ``crack_share`` is the share of crack pixels that
    frequency-weighted losses take; counted on the photos for training when 0.

    ``start_from`` is a checkpoint of an earlier training, a model file or anyone's weights, looked up in
    ``--weights``, or the name of a shipped model: its weights are taken over, and the crops go on at
    ``first_step``, so that none is seen again.
    """

    start_from: str = ""
    first_step: int = Field(default=0, ge=0)
    best: Literal["iou", "dice", "loss"] = "iou"
    accumulate: int = Field(default=1, gt=0, description="batches per step")
    loss: str = "bce_dice"
    side_weight: float = Field(default=0.4, ge=0, description="of side outputs in the loss")
    crack_share: float = Field(default=0.0, ge=0, lt=1)
    photometric: Literal["flips", "plain", "strong"] = "strong"


class Recipe(BaseModel):
    """Everything that the training of a segmentation network depends on, besides the data and the code."""

    model_config = _FROZEN

    task: Literal["segmentation"] = "segmentation"
    name: str
    description: str = ""
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED)
    data: DataRecipe
    model: ModelRecipe = ModelRecipe()
    train: TrainRecipe = TrainRecipe()

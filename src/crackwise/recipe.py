"""A recipe: the small readable file from which a model can be trained again.

Every key is known; an unknown one is refused with a suggestion. Recipes ship in ``crackwise/recipes``.
"""

import difflib
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from crackwise.errors import RecipeError

_FROZEN = ConfigDict(frozen=True, extra="forbid")


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
    count, size
        How many ``drawn`` scenes, and of which size: ``640x480``, or a range for both sides, ``448-640``.
    licence, source
        For the model card.
    """

    model_config = _FROZEN

    name: str
    kind: Literal["masks", "negatives", "drawn"] = "masks"
    weight: float = Field(default=1.0, gt=0)
    labels: Literal["exact", "fat"] = "exact"
    folder: str = "."
    count: int = Field(default=0, ge=0)
    size: str = "512x512"
    licence: str = ""
    source: str = ""


class DataRecipe(BaseModel):
    """Where the samples come from and how they are cut.

    ``augment`` is ``strong``, random crops that are turned, mirrored and zoomed, in the light that
    ``train.photometric`` says; ``classical``, the whole photo after the five steps of
    ``crackwise.data.augment.classical``, new ones each time; or ``none``, the whole photo as it is. Whole
    photos are brought to ``crop_px`` square; ``scale``, ``near_crack`` and ``train.photometric`` play no
    part then.

    ``scale`` is the range of the random zoom; ``near_crack`` the share of crops placed on a crack;
    ``validation_share`` the share of the groups (never files) kept for validation. ``teacher`` is a model
    file, looked up in ``--weights``: where it sees branches that ``fat`` labels miss, the label counts as
    unknown.
    """

    model_config = _FROZEN

    sources: tuple[SourceRecipe, ...] = Field(min_length=1)
    augment: Literal["strong", "classical", "none"] = "strong"
    crop_px: int = Field(default=256, gt=0, multiple_of=32)
    scale: tuple[float, float] = (0.5, 2.0)
    near_crack: float = Field(default=0.7, ge=0, le=1)
    validation_share: float = Field(default=0.1, gt=0, lt=1)
    validation_images: int = Field(default=32, gt=0, description="at most this many images per source")
    teacher: str = ""


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


class TrainRecipe(BaseModel):
    """The optimisation; budgets in steps, never in minutes.

    ``start_from`` is a checkpoint of an earlier training, looked up in ``--weights``: its weights are taken
    over, and the crops go on at ``first_step``, so that none is seen again.
    """

    model_config = _FROZEN

    start_from: str = ""
    first_step: int = Field(default=0, ge=0)
    steps: int = Field(default=1700, gt=0)
    batch: int = Field(default=16, gt=0)
    loss: str = "bce_dice"
    side_weight: float = Field(default=0.4, ge=0, description="of side outputs in the loss")
    learning_rate: float = Field(default=1e-3, gt=0)
    encoder_rate: float = Field(default=1.0, gt=0, description="learning rate of the encoder, relative")
    warmup_steps: int = Field(default=100, ge=0)
    weight_decay: float = Field(default=1e-4, ge=0)
    validate_every: int = Field(default=250, gt=0, description="steps between validations and checkpoints")
    precision: Literal["32-true", "bf16-mixed", "16-mixed"] = "bf16-mixed"
    photometric: Literal["flips", "plain", "strong"] = "strong"


class Recipe(BaseModel):
    """Everything that a training depends on, besides the data and the code."""

    model_config = _FROZEN

    name: str
    description: str = ""
    seed: int = Field(default=0, ge=0)
    data: DataRecipe
    model: ModelRecipe = ModelRecipe()
    train: TrainRecipe = TrainRecipe()


def shipped_recipes() -> dict[str, Path]:
    """List the recipes that come with the package, by name."""
    folder = Path(str(resources.files("crackwise") / "recipes"))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def load_recipe(name_or_path: str, overrides: tuple[str, ...] = ()) -> Recipe:
    """Read a shipped recipe by name or any TOML file by path.

    Parameters
    ----------
    name_or_path
        ``crackwise-base`` or ``my/recipe.toml``.
    overrides
        ``key=value`` with dots, such as ``train.steps=400``; the value is TOML, or a string as it stands.

    Raises
    ------
    RecipeError
        If there is no such recipe, or a key or value is not possible.
    """
    shipped = shipped_recipes()
    path = shipped.get(name_or_path, Path(name_or_path))
    if not path.is_file():
        raise RecipeError(
            f"there is no recipe {name_or_path!r}; give a TOML file or one of: {', '.join(shipped)}"
        )
    return parse_recipe(path.read_text(encoding="utf-8"), str(path), overrides)


def parse_recipe(text: str, where: str, overrides: tuple[str, ...] = ()) -> Recipe:
    """Build a recipe from TOML text; ``where`` names it in messages."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{where} is not valid TOML: {error}; mend the file") from error
    for override in overrides:
        _override(table, override)
    try:
        return Recipe.model_validate(table)
    except ValidationError as error:
        raise RecipeError(f"{where}: {_first_fault(error)}") from error


def dump_recipe(recipe: Recipe) -> str:
    """Write a recipe as TOML that :func:`parse_recipe` reads back to an equal recipe."""
    table = recipe.model_dump(mode="json")
    sources = table["data"].pop("sources")
    lines = [f"{key} = {_toml(value)}" for key, value in table.items() if not isinstance(value, dict)]
    for section in ("data", "model", "train"):
        lines += ["", f"[{section}]", *(f"{key} = {_toml(value)}" for key, value in table[section].items())]
    for source in sources:
        lines += ["", "[[data.sources]]", *(f"{key} = {_toml(value)}" for key, value in source.items())]
    return "\n".join(lines) + "\n"


def _override(table: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals:
        raise RecipeError(f"override {override!r} has no value; write key=value, such as train.steps=400")
    *sections, last = key.strip().split(".")
    for section in sections:
        table = table.setdefault(section, {})
        if not isinstance(table, dict):
            raise RecipeError(f"override {override!r}: {section} is not a section; write section.key=value")
    try:
        table[last] = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        table[last] = text


def _first_fault(error: ValidationError) -> str:
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] != "extra_forbidden":
        return f"{where}: {fault['msg'][:1].lower()}{fault['msg'][1:]}, got {fault['input']!r}"
    near = difflib.get_close_matches(str(fault["loc"][-1]), _known_keys(), n=1)
    return f"unknown key {where}" + (f"; did you mean {near[0]}?" if near else "; remove it")


def _known_keys() -> list[str]:
    models = (Recipe, DataRecipe, SourceRecipe, ModelRecipe, TrainRecipe)
    return [key for model in models for key in model.model_fields]


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return repr(value)

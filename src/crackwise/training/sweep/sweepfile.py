"""What a sweep file says: a recipe, the keys to vary, and how."""

import tomllib
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from crackwise.errors import RecipeError, suggestion

_FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
_LOSS_KEYS = ("train.loss", "train.crack_share", "train.side_weight")

Scalar: TypeAlias = bool | int | float | str
Value: TypeAlias = Scalar | tuple[Scalar, ...]
"""What a key of a recipe is set to; a list there is a tuple here, so that values can be compared and kept."""

Method: TypeAlias = Literal["grid", "one-factor", "tpe", "list"]
Metric: TypeAlias = Literal["iou", "dice", "loss"]


class Range(BaseModel):
    """Numbers from ``low`` to ``high``, whole where both are; ``log`` spreads them by their logarithm."""

    model_config = _FROZEN

    low: int | float
    high: int | float
    log: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are meant."""
        return isinstance(self.low, int) and isinstance(self.high, int)


Factor: TypeAlias = tuple[Value, ...] | Range


def _flattened(table: Any) -> Any:
    """Join the keys of nested tables by dots, as TOML nests ``train.batch = …``; a range stays a table."""
    if not isinstance(table, dict):
        return table
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict) and not value.keys() & Range.model_fields.keys():
            flat |= {f"{key}.{rest}": inner for rest, inner in _flattened(value).items()}
        else:
            flat[key] = value
    return flat


Factors: TypeAlias = Annotated[dict[str, Factor], BeforeValidator(_flattened)]
Changes: TypeAlias = Annotated[dict[str, Value], BeforeValidator(_flattened)]


class Sweep(BaseModel):
    """An experiment on a recipe.

    Parameters
    ----------
    recipe
        A shipped recipe by name, or a TOML file beside the sweep file.
    method
        ``one-factor``: a default, then each other value of each factor alone; ``grid``: every combination;
        ``list``: the ``runs`` alone; ``tpe``: proposed by the tree-structured Parzen estimator of Optuna.
    metric
        Of validation; it chooses the best checkpoint of each training too (``train.best``).
    factors
        Keys of the recipe with dots. A list of values, of which the first is the default (``tpe``: any of
        them), or for ``tpe`` a range.
    runs
        Combinations besides, as changes of the default; not with ``tpe``.
    trials, seed
        Of ``tpe``: how many trainings, and where its random numbers start.
    """

    model_config = _FROZEN

    recipe: str
    method: Method
    description: str = ""
    metric: Metric = "iou"
    trials: int = Field(default=0, ge=0)
    seed: int = Field(default=0, ge=0)
    factors: Factors = {}
    runs: tuple[Changes, ...] = ()

    @model_validator(mode="after")
    def _refuse_what_the_method_cannot_use(self) -> Self:
        for name, is_given in (("trials", self.trials > 0), ("seed", self.seed > 0)):
            if is_given and self.method != "tpe":
                raise RecipeError(f'{name} plays no part in method "{self.method}"; remove it')
        if self.method == "tpe" and self.trials == 0:
            raise RecipeError('method "tpe" needs the number of trials; add trials = 20')
        if self.method == "tpe" and self.runs:
            raise RecipeError('runs play no part in method "tpe"; remove them, or choose another method')
        if self.method == "list" and (self.factors or not self.runs):
            raise RecipeError('method "list" takes [[runs]] alone; write some and remove factors')
        if self.method != "list" and not self.factors:
            raise RecipeError(f'method "{self.method}" needs [factors]; write at least one')
        return self

    @model_validator(mode="after")
    def _refuse_factors_that_cannot_vary(self) -> Self:
        varied = [*self.factors, *(key for run in self.runs for key in run)]
        if "train.best" in varied:
            raise RecipeError(
                "train.best cannot vary: trials are compared by metric, which sets it; remove it"
            )
        if self.metric == "loss" and (own := next((key for key in varied if key in _LOSS_KEYS), None)):
            raise RecipeError(
                f'{own} varies what metric "loss" means, so that it ranks no trials; take "iou" or "dice"'
            )
        for key, factor in self.factors.items():
            if isinstance(factor, Range):
                _check_range(f"factors.{key}", factor, self.method)
            elif len(factor) < 2:
                raise RecipeError(f"factors.{key} has {len(factor)} values; write two or more, or use --set")
            elif len(set(map(repr, factor))) < len(factor):
                raise RecipeError(f"factors.{key} names a value twice; remove one")
        return self


def parse_sweep(text: str, where: str) -> Sweep:
    """Build a sweep from TOML text; ``where`` names it in messages.

    Raises
    ------
    RecipeError
        If a key is unknown or a value is not possible.
    """
    try:
        return Sweep.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{where} is not valid TOML: {error}; mend the file") from error
    except ValidationError as error:
        raise RecipeError(f"{where}: {_first_fault(error)}") from error
    except RecipeError as error:
        raise RecipeError(f"{where}: {error}") from error


def _check_range(where: str, factor: Range, method: Method) -> None:
    if method != "tpe":
        raise RecipeError(
            f'{where} is a range, which method "{method}" cannot try out; write a list of values'
        )
    if factor.low >= factor.high:
        raise RecipeError(f"{where}: low {factor.low} is not below high {factor.high}; exchange them")
    if factor.log and factor.low <= 0:
        raise RecipeError(f"{where}: low is {factor.low}, but a range with log starts above 0; raise it")


def _first_fault(error: ValidationError) -> str:
    faults = error.errors()
    fault = next((one for one in faults if one["type"] == "extra_forbidden"), faults[0])
    where = ".".join(map(str, fault["loc"]))
    if fault["loc"][0] == "factors" and len(fault["loc"]) > 1:
        wanted = "a list of values, or for tpe {low = …, high = …}, with log = true if wanted"
        return f"factors.{fault['loc'][1]} is {fault['input']!r}; expected {wanted}"
    if fault["type"] == "extra_forbidden":
        return f"unknown key {where}" + (suggestion(where, Sweep.model_fields) or "; remove it")
    if fault["type"] == "missing":
        return f"{where} is missing; add it"
    return f"{where}: {fault['msg'][:1].lower()}{fault['msg'][1:]}, got {fault['input']!r}"

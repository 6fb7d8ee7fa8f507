"""What a sweep is about, as its folder keeps it: enough to show it, and to know it again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crackwise.errors import OutputError
from crackwise.recipe import Recipe, dump_recipe, parse_recipe
from crackwise.training.sweep.sweepfile import Sweep, Value
from crackwise.training.sweep.trials import defaults_of, keys_of

_FREE_TO_CHANGE = {"description", "recipe", "trials"}
"""Keys of a sweep file that may change while its folder is in use; the recipe is compared by what it says."""


@dataclass(frozen=True, slots=True)
class About:
    """A sweep and the recipe that every trial changes."""

    sweep: Sweep
    recipe: Recipe

    @classmethod
    def from_json(cls, kept: Mapping[str, Any], where: str) -> "About":
        """Read what :meth:`to_json` gives."""
        return cls(Sweep.model_validate(kept["sweep"]), parse_recipe(kept["recipe"], where))

    def to_json(self) -> dict[str, Any]:
        """Give what a database can keep."""
        sweep = self.sweep.model_dump(mode="json")
        return {"schema_version": 1, "sweep": sweep, "recipe": dump_recipe(self.recipe)}

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that vary, in the order of the file."""
        return keys_of(self.sweep)

    @property
    def defaults(self) -> dict[str, Value]:
        """What the keys are where a trial does not change them; nothing for ``tpe``."""
        if self.sweep.method == "tpe":
            return {}
        known = _flat(self.recipe.model_dump(mode="json"))
        of_recipe = {key: as_value(known[key]) for key in self.keys if key in known}
        return of_recipe | defaults_of(self.sweep)

    def refuse_another(self, kept: "About", out: Path) -> None:
        """Compare with what a folder holds.

        Raises
        ------
        OutputError
            If that is another sweep; the first key that differs is named.
        """
        difference = self.difference_from(kept)
        if difference:
            raise OutputError(
                f"{out} holds another sweep: {difference}; choose another --out, or delete sweep.db "
                "there: finished trainings are taken over"
            )

    def difference_from(self, kept: "About") -> str:
        """Name the first key in which a sweep that is kept differs: ``train.steps was 4, is 2000``."""
        mine, theirs = self._rules(), kept._rules()
        differ = (key for key in {**theirs, **mine} if mine.get(key) != theirs.get(key))
        key = next(differ, "")
        return f"{key} was {_shown(theirs.get(key))}, is {_shown(mine.get(key))}" if key else ""

    def _rules(self) -> dict[str, Any]:
        sweep = self.sweep.model_dump(mode="json", exclude=_FREE_TO_CHANGE)
        return _flat(self.recipe.model_dump(mode="json") | sweep)


def as_value(value: Any) -> Value:
    """Give lists, as JSON and TOML have them, as the tuples of :data:`Value`."""
    return tuple(value) if isinstance(value, list) else value


def _shown(value: Any) -> str:
    return "not there" if value is None else json.dumps(value, ensure_ascii=False)


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat

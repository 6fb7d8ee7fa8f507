"""Tables of a user's own in TOML: every key is known, and a fault is one sentence."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from crackwise.errors import SettingsError, suggestion

Table = TypeVar("Table", bound=BaseModel)


def read_table(path: Path, table: type[Table]) -> Table:
    """Read a TOML file into a pydantic model.

    Raises
    ------
    SettingsError
        If the file cannot be read, is not TOML, or has an unknown key or an impossible value.
    """
    try:
        return table.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}; give a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}; mend the file") from error
    except ValidationError as error:
        raise SettingsError(f"{path}: {_first_fault(error, table)}") from error


def _first_fault(error: ValidationError, table: type[BaseModel]) -> str:
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        *place, key = fault["loc"]
        return f"unknown key {where}" + (suggestion(str(key), _keys_at(place, table)) or "; remove it")
    if fault["type"] == "missing":
        return f"{where} is missing; add it"
    if fault["type"] == "value_error":
        return f"{where}: {fault['ctx']['error']}".removeprefix(": ")
    return f"{where}: {fault['msg'][:1].lower()}{fault['msg'][1:]}, got {fault['input']!r}"


def _keys_at(place: Sequence[int | str], table: type[BaseModel]) -> list[str]:
    """Give the keys that are known at a place such as ``limits.0``, or in the table itself."""
    schema = table.model_json_schema()
    level = schema
    for name in (part for part in place if isinstance(part, str)):
        reference = level["properties"][name]["items"]["$ref"]
        level = schema["$defs"][reference.rpartition("/")[2]]
    return list(level["properties"])

"""The few keys of a ``data.yaml`` that say where photos lie and what classes are called.

A small part of YAML, as Ultralytics, Roboflow, CVAT and Label Studio write it: plain or quoted text, lists
and tables in brackets or one entry a line. A whole YAML reader would be a dependency for four keys.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from crackwise.data.readers.textfile import read_text
from crackwise.errors import DataError

_KEY = re.compile(r"^(?P<key>[A-Za-z_]\w*)\s*:(?:\s+(?P<value>.*))?$")
_COMMENT = re.compile(r"""(?:^|\s)#.*$""")
_TEXT = r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*\""""
_ITEM = re.compile(rf"(?:(?P<number>\d{{1,9}})\s*:\s*)?(?P<text>{_TEXT}|[^,'\"\s][^,]*)")
_LINE = re.compile(rf"^\s*(?:-\s+|(?P<number>\d{{1,9}})\s*:\s+)(?P<text>{_TEXT}|.+?)\s*$")


@dataclass(frozen=True, slots=True)
class YoloYaml:
    """What the file says.

    Parameters
    ----------
    folders
        Of the photos, by key: ``train``, ``val``, ``test``; several where the file lists several.
    names
        Of the classes, by number.
    """

    folders: dict[str, tuple[str, ...]]
    names: dict[int, str]


def read_yolo_yaml(path: Path) -> YoloYaml:
    """Read the keys train, val, test and names.

    Raises
    ------
    DataError
        If it is no text, or its names are missing or not understood.
    """
    values = _values(read_text(path))
    if "names" not in values:
        raise DataError(f"{path} has no names; expected the names of the classes, such as names: [crack]")
    names = _items(values["names"])
    if not names:
        raise DataError(
            f"{path} has names that are not understood; expected names: [crack], or 0: crack below it"
        )
    folders: dict[str, tuple[str, ...]] = {
        key: tuple(_items(values[key]).values()) for key in ("train", "val", "test") if key in values
    }
    return YoloYaml(folders, names)


def _values(text: str) -> dict[str, list[str]]:
    """Part the text into keys at the beginning of a line and the lines that belong to each."""
    values: dict[str, list[str]] = {}
    lines: list[str] = []
    for raw in text.splitlines():
        line = raw if "'" in raw or '"' in raw else _COMMENT.sub("", raw)
        found = _KEY.match(line)
        if found:
            lines = values.setdefault(found["key"], [])
            lines += [found["value"].strip()] if found["value"] else []
        elif line.strip():
            lines.append(line)
    return values


def _items(lines: list[str]) -> dict[int, str]:
    """Read one text, a list or a table."""
    whole = " ".join(line.strip() for line in lines)
    if whole[:1] in {"[", "{"}:
        found = list(_ITEM.finditer(whole[1:].rstrip("]} ")))
    else:
        found = [match for line in lines if (match := _LINE.match(line))]
        if not found and len(lines) == 1 and ": " not in lines[0]:
            return {0: _plain(lines[0])}
        if len(found) != len(lines):
            return {}
    return {int(match["number"] or place): _plain(match["text"]) for place, match in enumerate(found)}


def _plain(text: str) -> str:
    """Take the quotes off."""
    text = text.strip()
    if text[:1] == "'" == text[-1:]:
        return text[1:-1].replace("''", "'")
    if text[:1] == '"' == text[-1:]:
        try:
            return str(json.loads(text))
        except ValueError:  # an escape that YAML has and JSON does not
            return text[1:-1]
    return text

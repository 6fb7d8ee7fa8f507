"""Annotation files as text: UTF-8, with or without a byte order mark, or UTF-16 with one."""

import codecs
import json
from pathlib import Path

from crackwise.errors import DataError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text(path: Path) -> str:
    """Read a file as text; nothing about its encoding is guessed.

    Raises
    ------
    DataError
        If it cannot be read, or is not in one of these encodings.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}; check the path") from error
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not UTF-8 text (byte {error.start} is 0x{data[error.start]:02x}); save it again "
            "as UTF-8"
        ) from error


def read_json(path: Path) -> object:
    """Read a JSON file.

    Raises
    ------
    DataError
        If it is no text, cut off, damaged, or nested beyond reason.
    """
    text = read_text(path)
    if not text.strip():
        raise DataError(f"{path} is empty; export it again")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(
            f"{path} is no JSON, or cut off: {error.msg.lower()} in line {error.lineno}, "
            f"column {error.colno}; export it again"
        ) from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, a million brackets
        raise DataError(f"{path} holds what no annotation tool writes ({error}); export it again") from error

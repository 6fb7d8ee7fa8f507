"""Every error that a user can cause, as one tree, and the word that may have been meant.

::

    CrackwiseError
    ├── PhotoError          a photo cannot be read (one bad photo never stops a batch)
    ├── ModelError          a model file is missing, broken or has no card
    ├── RecipeError         a recipe has an unknown key or an impossible value
    ├── DataError           a data set is incomplete or inconsistent
    ├── TrainingError       a training cannot go on as its recipe says
    ├── SettingsError       an option or argument has an impossible value
    ├── OutputError         the output folder cannot be written, is full or belongs to another run
    └── MissingExtraError   an optional dependency is not installed

A message says what is wrong, where, what was expected and what to do; lower case, no full stop.
"""

from collections.abc import Iterable


class CrackwiseError(Exception):
    """Base of every error that a user can cause; its text is one clear sentence."""


class PhotoError(CrackwiseError):
    """A photo cannot be read."""


class ModelError(CrackwiseError):
    """A model file is missing, broken or has no card."""


class RecipeError(CrackwiseError):
    """A recipe has an unknown key or an impossible value."""


class DataError(CrackwiseError):
    """A data set is incomplete or inconsistent."""


class TrainingError(CrackwiseError):
    """A training that cannot go on as its recipe says; its checkpoints stay."""


class SettingsError(CrackwiseError):
    """An option or argument has an impossible value."""


class OutputError(CrackwiseError):
    """The output folder cannot be written, is full or belongs to another run."""


class MissingExtraError(CrackwiseError):
    """An optional dependency is not installed."""

    def __init__(self, purpose: str, extra: str) -> None:
        super().__init__(f'{purpose} needs the extra "{extra}"; run: pip install ".[{extra}]"')


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """Name the known word that is most like a wrong one, as the end of a message; empty where none is."""
    import difflib  # every start of the program reads this module

    near = difflib.get_close_matches(wrong, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""

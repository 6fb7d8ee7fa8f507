"""Sets that are named on the command line."""

from collections.abc import Sequence
from pathlib import Path

from crackwise.errors import SettingsError


def set_names(roots: Sequence[Path]) -> list[str]:
    """Give the name of each set, that of its folder.

    Raises
    ------
    SettingsError
        If two have the same.
    """
    names = [root.resolve().name for root in roots]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise SettingsError(
            f"two of the sets are named {twice[0]}; give each once and rename one of the folders"
        )
    return names

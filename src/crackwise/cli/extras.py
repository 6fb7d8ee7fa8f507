"""Check what a command needs besides the base installed."""

from importlib.util import find_spec

from crackwise.errors import MissingExtraError


def has_torch() -> bool:
    """Tell whether the extra for PyTorch is installed."""
    return find_spec("torch") is not None and find_spec("lightning") is not None


def need_torch(what: str) -> None:
    """Say which extra is missing before any work is done.

    Raises
    ------
    MissingExtraError
        If PyTorch or Lightning is not installed.
    """
    if not has_torch():
        raise MissingExtraError(what, "train")

"""How large the parts are."""

import re
from collections.abc import Mapping

from crackwise.errors import SettingsError

PARTS = {2: ("train", "test"), 3: ("train", "validation", "test")}
"""Names of the parts by their number."""

_NUMBERS = re.compile(r"\d+(\.\d+)?(/\d+(\.\d+)?)+")


def parse_shares(text: str) -> dict[str, float]:
    """Read ``70/15/15`` (train/validation/test) or ``80/20`` (train/test), in percent.

    Returns
    -------
    Share by part, adding up to 1.

    Raises
    ------
    SettingsError
        If the text has another form, a part is empty, or they do not add up to 100.
    """
    numbers = [float(word) for word in text.split("/")] if _NUMBERS.fullmatch(text) else []
    if len(numbers) not in PARTS or min(numbers) <= 0 or abs(sum(numbers) - 100) > 1e-6:
        raise SettingsError(
            f"parts {text!r} are not understood; write train/validation/test, 70/15/15, or train/test, "
            "80/20, in percent that add up to 100"
        )
    return {name: number / 100 for name, number in zip(PARTS[len(numbers)], numbers)}


def fold_shares(count: int) -> Mapping[str, float]:
    """Give equal shares to ``fold-1``, ``fold-2`` …; each is once the test and otherwise part of training.

    Raises
    ------
    SettingsError
        If there are fewer than 2.
    """
    if count < 2:
        raise SettingsError(f"{count} folds are too few; expected 2 or more, usually 5")
    digits = len(str(count))
    return {f"fold-{number:0{digits}}": 1 / count for number in range(1, count + 1)}

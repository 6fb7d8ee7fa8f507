"""Words for cracked and not cracked, as tables and folders use them."""

from collections.abc import Collection

WORDS = {
    "crack": True,
    "cracks": True,
    "cracked": True,
    "positive": True,
    "pos": True,
    "yes": True,
    "y": True,
    "true": True,
    "1": True,
    "1.0": True,
    "nocrack": False,
    "nocracks": False,
    "noncrack": False,
    "noncracked": False,
    "notcracked": False,
    "uncracked": False,
    "negative": False,
    "neg": False,
    "no": False,
    "n": False,
    "false": False,
    "0": False,
    "0.0": False,
    "undamaged": False,
    "intact": False,
    "sound": False,
}
"""Compared without case, spaces, ``_`` and ``-``."""


def verdict_of(word: str, cracks: Collection[str] = ()) -> bool | None:
    """Say whether a word means cracked; None when it is not known.

    Parameters
    ----------
    word
        ``crack``, ``No Crack``, ``non-crack``, ``1``, ``Negative`` …
    cracks
        Words that the user takes as cracked; then every other word means not cracked.
    """
    if cracks:
        return word.strip() in cracks
    return WORDS.get("".join(letter for letter in word.casefold() if letter not in " _-\t"))

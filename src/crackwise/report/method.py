"""How a report says that things were measured, and what its figures do not say."""

from collections.abc import Iterator, Sequence

from crackwise.report.figures import Unit

COVERAGE = (
    "Checked on single profiles across real cracks, it held the reference width in 76 % of the cases at 3 px "
    "and in 56 % below 1.5 px; on drawn cracks in more than 90 %."
)
"""As measured: docs/widths.md, "Real reference widths"."""

_MEASURED = {
    "Finding.": (
        "A neural network gives every pixel the probability of being a crack. Pixels above a threshold form "
        "the crack mask; marks that are too small, too short or too uncertain are left out. The values are "
        "listed below."
    ),
    "Length": "runs along the smoothed centreline of the mask and includes all branches.",
    "Width": (
        "is the opening between the two edges at right angles to the centreline, with the blur of lens and "
        "sampling removed. It is fitted to the grey values of the photo; the mask only says where to look. "
        "Where that fails it is taken from the edge of the mask, and the method is stated. Places beside "
        "junctions and tips are left out."
    ),
}
_INTERVAL = (
    "holds grain, blur, fit and what the camera's tone curve may hide{by_scale}. It does not hold shadow, "
    f"dirt, spalled edges or a filled crack, nor a surface that is not flat. {COVERAGE}"
)
_BY_SCALE = "; in millimetres the stated error of the scale too"
_FINER_THAN = (
    "stands where a crack is below the smallest width that can be measured in the photo with its blur and "
    "grain. Then there is no number, only this bound."
)
_ONE_SCALE = (
    " One scale holds for a whole photo, which is right for a flat surface photographed square on: what is "
    "tilted, or further away than where the scale holds, comes out too small, what is nearer too large."
)
_ONE_PLANE = (
    " A rectified photo has the scale of its card in the plane of the card: what lies behind it comes out "
    "too small, what lies before it too large."
)
_LIMITS = {
    "Possible cracks": (
        "are marks of the model that are shorter or less certain than the settings ask: outlined with "
        "dashes, without a number, and counted nowhere. Look at each; a lower --min-confidence or "
        "--min-length counts them."
    ),
    "“No crack found”": (
        "is no proof that there is none: a crack finer than about a pixel, out of focus or in deep shadow "
        "cannot be seen. Beside such a photo stands the width from which a crack could have been measured in "
        "it, forecast from the photo's blur and grain. Joints, edges, roots or stains may be taken for "
        "cracks."
    ),
    "This report": "was made automatically. It does not replace the judgement of an engineer on site.",
}


def method_notes(
    units: Sequence[Unit], *, rectified_count: int, scaled_count: int
) -> Iterator[tuple[str, str]]:
    """Give (what, explanation) for the units that a report uses.

    Parameters
    ----------
    units
        Of lengths and widths.
    scaled_count, rectified_count
        Photos that have a scale, and those of them that were rectified.
    """
    yield from _MEASURED.items()
    yield "The 90 % interval", _INTERVAL.format(by_scale=_BY_SCALE if "mm" in units else "")
    yield "“Finer than”", _FINER_THAN
    if "mm" in units:
        holds = _ONE_SCALE * (rectified_count < scaled_count) + _ONE_PLANE * (rectified_count > 0)
        yield "Millimetres", f"are pixels times the scale of the photo.{holds}"
    yield from _LIMITS.items()

"""Figures as a reader wants them: a unit that fits, no digits that mean nothing."""

from crackwise.crack.measure import CrackMeasurement
from crackwise.inspection.record import InspectionRecord


def length_text(length_px: float, length_mm: float | None) -> str:
    """Write a length in metres or millimetres, in pixels when there is no scale."""
    if length_mm is None:
        return f"{length_px:,.0f} px"
    if length_mm >= 1000:
        return f"{length_mm / 1000:,.2f} m"
    return f"{length_mm:.0f} mm" if length_mm >= 10 else f"{length_mm:.2g} mm"


def width_text(width_px: float, width_mm: float | None) -> str:
    """Write a width in millimetres with hundredths, in pixels with tenths when there is no scale."""
    if width_mm is None:
        return f"{width_px:.1f} px"
    return f"{width_mm:.2f} mm" if width_mm >= 0.1 else f"{width_mm:.3f} mm"


def scale_text(record: InspectionRecord) -> str:
    """Write the scale of a photo with its source."""
    scale = record.scale
    return "none" if scale is None else f"{scale.mm_per_px:.4g} mm/px ({scale.source})"


def short_name(name: str, most: int = 46) -> str:
    """Leave out the middle of a long name: folders stand at its beginning, numbers and suffix at its end."""
    half = most // 2
    return name if len(name) <= most else f"{name[: half - 1]}…{name[-half:]}"


def share_text(share: float) -> str:
    """Write a share in per cent with two significant digits."""
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"


def place_text(latitude_deg: float | None, longitude_deg: float | None) -> str:
    """Write a position on Earth; empty when it is not known."""
    if latitude_deg is None or longitude_deg is None:
        return ""
    north, east = "N" if latitude_deg >= 0 else "S", "E" if longitude_deg >= 0 else "W"
    return f"{abs(latitude_deg):.5f}° {north}, {abs(longitude_deg):.5f}° {east}"


def width_order(crack: CrackMeasurement) -> tuple[float, float]:
    """Order cracks by width: those known in millimetres above those in pixels."""
    return (-1.0 if crack.width_max_mm is None else crack.width_max_mm), crack.width_max_px

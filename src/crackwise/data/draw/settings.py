"""What to draw: the settings of one scene, chosen by hand or at random."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from crackwise.data.draw.cracks import PATTERNS, Pattern
from crackwise.data.draw.distractors import SURFACE_MARKS
from crackwise.data.draw.light import CAMERAS, Camera
from crackwise.data.draw.noise import Shape
from crackwise.data.draw.objects import OBJECTS
from crackwise.errors import SettingsError

SurfaceName = Literal[
    "concrete", "asphalt", "brick", "metal", "tile", "plaster", "stone", "wood", "soil", "facade", "paving"
]
SURFACE_NAMES: tuple[SurfaceName, ...] = get_args(SurfaceName)
NEVER_CRACKED: tuple[SurfaceName, ...] = ("wood", "soil", "facade", "paving")
CRACKED_SHARES: dict[SurfaceName, float] = {
    "concrete": 0.36,
    "asphalt": 0.23,
    "plaster": 0.14,
    "brick": 0.08,
    "stone": 0.07,
    "tile": 0.06,
    "metal": 0.06,
}
CLEAN_SHARE = 0.25
SMALLEST_SIDE_PX = 64


@dataclass(frozen=True, slots=True)
class DrawSettings:
    """What to draw.

    Parameters
    ----------
    height_px, width_px
        Size of the photo, 64 or more.
    surface
        One of `SURFACE_NAMES`; wood, soil, façade and paving are never cracked.
    crack_count
        Number of cracks (of networks for the pattern ``map``); one that no photo could show is left out.
    pattern
        How they run.
    crack_width_px
        Smallest and largest typical width of a crack.
    marks
        Names from `SURFACE_MARKS`: crack-like marks on the surface, drawn in this order.
    objects
        Names from `OBJECTS`: things in front of it; one that would hide a crack is left out.
    shadow_count
        Number of cast shadows.
    camera
        How good the camera is.
    """

    height_px: int
    width_px: int
    surface: SurfaceName = "concrete"
    crack_count: int = 1
    pattern: Pattern = "branched"
    crack_width_px: tuple[float, float] = (2.0, 6.0)
    marks: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    shadow_count: int = 0
    camera: Camera = "ordinary"

    def __post_init__(self) -> None:
        if min(self.height_px, self.width_px) < SMALLEST_SIDE_PX:
            size = f"{self.width_px}×{self.height_px}"
            raise SettingsError(
                f"size of the drawn photo is {size} px; expected {SMALLEST_SIDE_PX} or more each way"
            )
        for name, value, known in (
            ("surface", self.surface, SURFACE_NAMES),
            ("pattern", self.pattern, PATTERNS),
            ("camera", self.camera, CAMERAS),
            *(("mark", mark, SURFACE_MARKS) for mark in self.marks),
            *(("object", thing, OBJECTS) for thing in self.objects),
        ):
            if value not in known:
                raise SettingsError(
                    f"{name} of the drawn photo is {value!r}; choose one of {', '.join(known)}"
                )
        if self.crack_count > 0 and self.surface in NEVER_CRACKED:
            raise SettingsError(f"{self.surface} is never drawn with cracks; set crack_count to 0")
        if min(self.crack_count, self.shadow_count) < 0:
            raise SettingsError("a count in the draw settings is below 0; expected 0 or more")
        if not 0.5 <= self.crack_width_px[0] <= self.crack_width_px[1]:
            raise SettingsError(
                f"crack width is {self.crack_width_px[0]} to {self.crack_width_px[1]} px; "
                "expected two rising numbers of 0.5 or more"
            )

    @property
    def shape(self) -> Shape:
        """Rows and columns."""
        return self.height_px, self.width_px


def random_settings(rng: np.random.Generator, shape: Shape, clean_share: float = CLEAN_SHARE) -> DrawSettings:
    """Choose settings as varied as training needs, for a photo of shape (H, W).

    A share of them, one in four unless said otherwise, has no crack.
    """
    settings = DrawSettings(
        *shape,
        objects=_names(OBJECTS, int(rng.random() < 0.25), rng),
        shadow_count=int(rng.random() < 0.25),
        camera=rng.choice(list(get_args(Camera)), p=[0.3, 0.5, 0.2]),
    )
    if rng.random() < clean_share:
        surface = rng.choice(list(SURFACE_NAMES), p=_clean_shares())
        marks = _names(SURFACE_MARKS, int(rng.integers(1, 5)), rng)
        marks += ("joints",) * int(rng.random() < 0.3)
        objects = _names(OBJECTS, int(rng.integers(0, 3)), rng)
        return replace(settings, surface=surface, crack_count=0, marks=marks, objects=objects)
    surface = rng.choice(list(CRACKED_SHARES), p=list(CRACKED_SHARES.values()))
    pattern: Pattern = rng.choice(list(PATTERNS), p=[0.4, 0.36, 0.06, 0.07, 0.11])
    finest, widest = (1.2, 9.0) if surface in ("asphalt", "stone", "brick") else (0.8, 8.0)
    width = float(np.exp(rng.uniform(np.log(finest), np.log(widest * (3.5 if rng.random() < 0.18 else 1)))))
    return replace(
        settings,
        surface=surface,
        pattern=pattern,
        crack_count=1
        if pattern == "map"
        else int(rng.choice([1, 1, 1, 2, 3])) + (pattern in ("parallel", "crossing")),
        crack_width_px=(0.75 * width, 1.25 * width),
        marks=_names(SURFACE_MARKS, int(rng.choice([0, 1, 1, 2, 3])), rng),
    )


def _names(table: Mapping[str, object], count: int, rng: np.random.Generator) -> tuple[str, ...]:
    return tuple(str(name) for name in rng.choice(list(table), count))


def _clean_shares() -> list[float]:
    shares: dict[SurfaceName, float] = {
        "concrete": 0.2,
        "paving": 0.18,
        "asphalt": 0.15,
        "brick": 0.1,
        "tile": 0.1,
        "facade": 0.08,
        "wood": 0.07,
    }
    rest = (1 - sum(shares.values())) / (len(SURFACE_NAMES) - len(shares))
    return [shares.get(name, rest) for name in SURFACE_NAMES]

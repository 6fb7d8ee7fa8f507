"""One drawn scene: settings in, a photo with its exact truth out."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Floats, Rgb
from crackwise.data.draw.cracks import DrawnCrack, random_cracks, stands_out
from crackwise.data.draw.distractors import SURFACE_MARKS
from crackwise.data.draw.light import carve, illuminated, photographed, shadowed
from crackwise.data.draw.masonry import brick, facade, paving, stone, tile
from crackwise.data.draw.noise import Shape, relief_shading
from crackwise.data.draw.objects import OBJECTS, Overlay, black_border, laid_over
from crackwise.data.draw.paths import CrackStyle
from crackwise.data.draw.render import coverage_of, mask_of
from crackwise.data.draw.settings import DrawSettings, SurfaceName
from crackwise.data.draw.surface import Surface
from crackwise.data.draw.textures import asphalt, concrete, metal, plaster, soil, wood

SURFACES: dict[SurfaceName, Callable[[Shape, np.random.Generator], Surface]] = {
    "concrete": concrete,
    "asphalt": asphalt,
    "brick": brick,
    "metal": metal,
    "tile": tile,
    "plaster": plaster,
    "stone": stone,
    "wood": wood,
    "soil": soil,
    "facade": facade,
    "paving": paving,
}
VISIBLE_GREY_LEVELS = 7.0
VISIBLE_TEXTURE_SHARE = 1.2


@dataclass(frozen=True, slots=True)
class DrawnScene:
    """A photo and what is true about it.

    Parameters
    ----------
    photo
        (H, W, 3) uint8 RGB.
    mask
        (H, W) cracked pixels: at least half covered, or on a centreline (keeps hairlines connected).
    coverage
        (H, W) share of each pixel inside a crack.
    cracks
        The cracks in view; cracks that cross are listed one by one.
    surface
        What they are in.
    """

    photo: Rgb
    mask: CrackMask
    coverage: Floats
    cracks: tuple[DrawnCrack, ...]
    surface: SurfaceName


def draw_scene(settings: DrawSettings, rng: np.random.Generator) -> DrawnScene:
    """Draw a photo with cracks of exactly known shape.

    Every branch that is part of the truth can be seen: it is darker than its surroundings by at least 7 grey
    levels and by 1.2 standard deviations of their texture, along most of its length. When a branch fails, the
    scene is drawn again with darker cracks on a calmer surface; a branch that fails again is left out.
    """
    surface = _marked(SURFACES[settings.surface](settings.shape, rng), settings, rng)
    cracks, darkness = _cracks(settings, rng), _darkness(surface, rng)
    light_seed, attempt = int(rng.integers(2**62)), 0
    while True:
        strokes = [branch for crack in cracks for branch in crack.branches]
        coverage = coverage_of(strokes, settings.shape)
        photo = _taken(surface, coverage, darkness, (settings, cracks), np.random.default_rng(light_seed))
        seen = _seen(photo, cracks)
        if _branches(seen) == len(strokes):
            return DrawnScene(photo, mask_of(strokes, coverage), coverage, cracks, settings.surface)
        cracks = cracks if attempt == 0 else seen
        surface, darkness = (_calmed(surface), 0.94) if attempt == 0 else (surface, 0.94)
        attempt += 1


def draw_mask(settings: DrawSettings, rng: np.random.Generator) -> CrackMask:
    """Draw cracks alone: the mask (H, W) of a scene whose surface somebody else provides."""
    strokes = [branch for crack in _cracks(settings, rng) for branch in crack.branches]
    return mask_of(strokes, coverage_of(strokes, settings.shape))


def _calmed(surface: Surface) -> Surface:
    """Halve the relief and the contrast of fine texture."""
    broad = cv2.GaussianBlur(surface.colour, (0, 0), 1.6)
    return Surface((surface.colour + broad) / 2, surface.height / 2)


def _marked(surface: Surface, settings: DrawSettings, rng: np.random.Generator) -> Surface:
    for name in settings.marks:
        surface = SURFACE_MARKS[name](surface, rng)
    return surface


def _cracks(settings: DrawSettings, rng: np.random.Generator) -> tuple[DrawnCrack, ...]:
    styles = [_style(settings, rng) for _ in range(settings.crack_count)]
    if not styles:
        return ()
    for _ in range(8):
        cracks = random_cracks(settings.shape, settings.pattern, styles, rng)
        if cracks:
            return cracks
    return ()


def _style(settings: DrawSettings, rng: np.random.Generator) -> CrackStyle:
    width = float(rng.uniform(*settings.crack_width_px))
    return CrackStyle(
        width_px=width,
        roughness=float(rng.uniform(0.05, 0.22)),
        corner_px=float(rng.uniform(5, 24) + 0.7 * width),
        variation=float(rng.uniform(0.08, 0.4)),
        raggedness=float(rng.uniform(0.03, 0.22)),
        branching=float(rng.uniform(0.4, 3.2)) if settings.pattern in ("branched", "crossing") else 0.0,
    )


def _darkness(surface: Surface, rng: np.random.Generator) -> float:
    """Draw how dark cracks are; on a lively surface they must be darker to be seen."""
    brightness = (surface.colour * relief_shading(surface.height, 45.0)[..., None]).mean(2)
    liveliness = float(np.abs(brightness - brightness.mean()).mean() / (brightness.mean() + 1e-6))
    drawn = rng.uniform(0.3, 0.6) if rng.random() < 0.25 else rng.uniform(0.6, 0.95)
    return float(min(max(drawn, 0.3 + 1.2 * liveliness), 0.94))


def _taken(
    surface: Surface,
    coverage: Floats,
    darkness: float,
    plan: tuple[DrawSettings, tuple[DrawnCrack, ...]],
    rng: np.random.Generator,
) -> Rgb:
    """Carve, light, cover and photograph a surface."""
    settings, cracks = plan
    light_deg = float(rng.uniform(0, 360))
    if cracks:
        surface = carve(surface, coverage, darkness, rng)
    light = illuminated(surface, relief_shading(surface.height, light_deg), rng)
    for overlay in _overlays(settings, coverage, rng):
        light = laid_over(light, overlay, light_deg)
    for _ in range(settings.shadow_count):
        light = shadowed(light, rng)
    if not cracks and rng.random() < 0.1:
        light = black_border(light, rng)
    finest_px = min((crack.width_mean_px for crack in cracks), default=3.0)
    return photographed(light, settings.camera, finest_px, rng)


def _overlays(settings: DrawSettings, coverage: Floats, rng: np.random.Generator) -> list[Overlay]:
    """Choose things in front that hide no crack."""
    drawn = [OBJECTS[name](settings.shape, rng) for name in settings.objects]
    return [overlay for overlay in drawn if not np.any((overlay.opacity > 0.05) & (coverage > 0))]


def _seen(photo: Rgb, cracks: tuple[DrawnCrack, ...]) -> tuple[DrawnCrack, ...]:
    """Keep the branches that stand out along at least 70 % of their length."""
    kept, grey = [], photo.astype(np.float32).mean(2)
    for crack in cracks:
        branches = [
            branch
            for branch in crack.branches
            if np.mean(stands_out(grey, branch, VISIBLE_GREY_LEVELS, VISIBLE_TEXTURE_SHARE)) >= 0.7
        ]
        if branches:
            kept.append(DrawnCrack.of(branches))
    return tuple(kept)


def _branches(cracks: tuple[DrawnCrack, ...]) -> int:
    return sum(len(crack.branches) for crack in cracks)

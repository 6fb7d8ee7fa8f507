"""Marks on a surface that look like cracks to some degree and are none.

Each function takes a surface and a generator and returns a new surface. They are drawn before the cracks,
so that a crack runs through paint and across joints as in reality.
"""

from collections.abc import Callable

import cv2
import numpy as np

from crackwise.data.draw.noise import cells, fractal_noise, grain, soft_step, streaks, turned
from crackwise.data.draw.paths import smooth_curve, straight
from crackwise.data.draw.render import coverage_of
from crackwise.data.draw.surface import Surface, linear, one_of

PAINTS = (
    (235, 235, 230),
    (225, 190, 60),
    (200, 50, 40),
    (40, 80, 170),
    (30, 30, 30),
    (40, 140, 70),
    (220, 110, 30),
)
WORDS = (
    "A3",
    "B12",
    "P 07",
    "12.5",
    "EXIT",
    "2021",
    "STOP",
    "No. 4",
    "0.3 mm",
    "KM 18",
    "->",
    "X",
    "OK",
    "ABC",
)


def joints(surface: Surface, rng: np.random.Generator) -> Surface:
    """Cut one to three straight joints of constant width, dark, sealed or bright at their edges."""
    for _ in range(int(rng.integers(1, 4))):
        width_px = float(rng.uniform(1.5, 14))
        groove = coverage_of([straight(surface.shape, rng, width_px)], surface.shape)
        groove = groove * soft_step(grain(surface.shape, rng, 3), -2.2, 0.8)
        surface = surface.painted(
            groove * rng.uniform(0.5, 0.98), one_of(((30, 30, 30), (60, 58, 55), (140, 138, 130)), rng)
        )
        surface = surface.raised(-rng.uniform(0, 2.5) * cv2.GaussianBlur(groove, (0, 0), 0.8))
    return surface


def formwork_lines(surface: Surface, rng: np.random.Generator) -> Surface:
    """Leave parallel fins or steps of formwork panels, thin and faint."""
    H, W = surface.shape
    angle = rng.uniform(0, np.pi)
    offsets = np.arange(rng.uniform(-50, 50) - max(H, W), max(H, W), rng.uniform(60, 260))
    lines = [straight(surface.shape, rng, float(rng.uniform(0.6, 2.5)), angle, offset) for offset in offsets]
    line = coverage_of(lines, surface.shape) * soft_step(
        fractal_noise(surface.shape, rng, 90, 3), rng.uniform(-2, 0), 0.7
    )
    tone = 1 + np.float32(rng.choice([-1, 1]) * rng.uniform(0.1, 0.45)) * line
    return surface.toned(tone).raised(rng.uniform(-2, 2) * cv2.GaussianBlur(line, (0, 0), 0.8))


def step(surface: Surface, rng: np.random.Generator) -> Surface:
    """Change tone and level along a straight edge: two castings, a kerb, a patch."""
    H, W = surface.shape
    rows, columns = np.mgrid[0:H, 0:W].astype(np.float32)
    angle = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)])
    across = (rows - rng.uniform(0.1, 0.9) * H) * np.cos(angle) + (
        columns - rng.uniform(0.1, 0.9) * W
    ) * np.sin(angle)
    across = across + rng.uniform(0, 2.5) * fractal_noise((H, W), rng, 60, 5, 0.75)
    side = soft_step(across.astype(np.float32), 0, rng.uniform(0.5, 2))
    edge = np.exp(-((across / rng.uniform(0.8, 4)) ** 2)).astype(np.float32)
    tone = np.exp(np.float32(rng.normal(0, 0.3)) * side - np.float32(rng.uniform(0, 0.9)) * edge)
    return surface.toned(tone).raised(rng.uniform(-3, 3) * cv2.GaussianBlur(side, (0, 0), 1))


def stains(surface: Surface, rng: np.random.Generator) -> Surface:
    """Spill water, oil or rust water, often with a darker rim."""
    field = fractal_noise(surface.shape, rng, rng.uniform(80, 350), 6, rng.uniform(0.4, 0.7))
    level = rng.uniform(0.3, 1.6)
    inside = soft_step(field, level, rng.uniform(0.02, 0.3))
    rim = np.exp(-(((field - level) / rng.uniform(0.03, 0.15)) ** 2)).astype(np.float32)
    strength = np.float32(rng.uniform(0.15, 0.8)) * inside + np.float32(rng.uniform(0, 0.25)) * rim
    return surface.toned(
        np.exp(-strength[..., None] * rng.uniform([0.7, 0.8, 0.8], [1.0, 1.2, 1.5]).astype(np.float32))
    )


def spots(surface: Surface, rng: np.random.Generator) -> Surface:
    """Drop oil drips, chewing gum, lichen or bird lime."""
    bed = cells(surface.shape, rng, rng.uniform(40, 150))
    radius = np.clip(rng.normal(0, 9, bed.count), 0, 30).astype(np.float32)
    lumpy = bed.distance + 2.5 * fractal_noise(surface.shape, rng, 14, 3)
    opacity = soft_step(bed.pick(radius) - lumpy, 0, rng.uniform(0.7, 3)) * np.float32(rng.uniform(0.3, 0.9))
    return surface.painted(
        opacity, one_of(((60, 58, 55), (230, 230, 225), (150, 150, 90), (190, 140, 60)), rng)
    )


def efflorescence(surface: Surface, rng: np.random.Generator) -> Surface:
    """Let white salts run down."""
    runs = streaks(surface.shape, rng, (rng.uniform(5, 18), 300), 90) + fractal_noise(
        surface.shape, rng, 90, 5, 0.7
    )
    opacity = soft_step(runs, rng.uniform(1.2, 2.5), 0.6) * np.float32(rng.uniform(0.3, 0.8))
    return surface.painted(opacity, linear(228, 226, 218))


def rust_runs(surface: Surface, rng: np.random.Generator) -> Surface:
    """Let rust water run down from one or two points."""
    H, W = surface.shape
    runs = streaks(surface.shape, rng, (6, 400), 90)
    rows, columns = np.mgrid[0:H, 0:W].astype(np.float32)
    for _ in range(int(rng.integers(1, 3))):
        below = rows - rng.uniform(0, 0.7) * H
        aside = np.abs(columns - rng.uniform(0, 1) * W) / rng.uniform(6, 30)
        opacity = np.clip(
            np.exp(-(aside**2)) * np.exp(-below / rng.uniform(60, 300)) * (below > 0) * (0.6 + 0.4 * runs),
            0,
            0.8,
        )
        surface = surface.painted(opacity, linear(140, 80, 35))
    return surface


def moss(surface: Surface, rng: np.random.Generator) -> Surface:
    """Grow moss, algae or lichen: green to black, patchy, often along a line."""
    field = fractal_noise(surface.shape, rng, rng.uniform(40, 220), 6, rng.uniform(0.65, 0.9))
    if rng.random() < 0.5:
        line = coverage_of([straight(surface.shape, rng, float(rng.uniform(2, 12)))], surface.shape)
        field = 0.6 * field + 6 * cv2.GaussianBlur(line, (0, 0), float(rng.uniform(3, 15))) - 1
    opacity = soft_step(field, rng.uniform(0.4, 1.6), rng.uniform(0.05, 0.6)) * np.float32(
        rng.uniform(0.5, 0.95)
    )
    leaf = one_of(((70, 90, 40), (40, 50, 30), (35, 36, 32), (110, 120, 60), (90, 95, 85)), rng)
    tuft = np.exp(0.35 * fractal_noise(surface.shape, rng, 7, 3, 0.8))
    return surface.painted(opacity, leaf * tuft[..., None]).raised(opacity * grain(surface.shape, rng, 2.5))


def graffiti(surface: Surface, rng: np.random.Generator) -> Surface:
    """Spray smooth curves of paint."""
    colour = one_of(PAINTS, rng)
    for _ in range(int(rng.integers(1, 5))):
        stroke = smooth_curve(surface.shape, rng, float(rng.uniform(2, 22)))
        paint = cv2.GaussianBlur(coverage_of([stroke], surface.shape), (0, 0), float(rng.uniform(0.5, 4)))
        surface = surface.painted(paint * np.float32(rng.uniform(0.6, 1)), colour)
    return surface


def pencil(surface: Surface, rng: np.random.Generator) -> Surface:
    """Draw thin lines with pencil, chalk or marker, straight or curved."""
    shape = surface.shape
    colour = one_of(((60, 60, 65), (40, 70, 150), (180, 50, 50), (235, 235, 235), (20, 20, 25)), rng)
    for _ in range(int(rng.integers(1, 6))):
        width_px = float(rng.uniform(0.7, 3))
        stroke = straight(shape, rng, width_px) if rng.random() < 0.5 else smooth_curve(shape, rng, width_px)
        opacity = coverage_of([stroke], shape) * soft_step(grain(shape, rng, 1.5), rng.uniform(-2.5, 0), 1)
        surface = surface.painted(opacity * np.float32(rng.uniform(0.3, 0.9)), colour)
    return surface


def scratches(surface: Surface, rng: np.random.Generator) -> Surface:
    """Scratch thin straight or gently curved lines that are mostly brighter than the surface."""
    strokes = [
        smooth_curve(surface.shape, rng, float(rng.uniform(0.5, 1.8)), float(rng.uniform(0, 0.15)))
        for _ in range(int(rng.integers(2, 14)))
    ]
    line = coverage_of(strokes, surface.shape)
    tone = 1 + np.float32(rng.choice([0.5, 0.3, -0.25])) * line
    return surface.toned(tone).raised(-0.5 * line)


def lane_marking(surface: Surface, rng: np.random.Generator) -> Surface:
    """Paint a broad worn band."""
    band = coverage_of([straight(surface.shape, rng, float(rng.uniform(25, 140)))], surface.shape)
    worn = soft_step(fractal_noise(surface.shape, rng, 25, 5, 0.85), rng.uniform(-2.5, 0), 0.3)
    return surface.painted(band * worn * np.float32(rng.uniform(0.6, 0.95)), one_of(PAINTS[:3], rng))


def lettering(surface: Surface, rng: np.random.Generator) -> Surface:
    """Write a word or a number."""
    H, W = surface.shape
    sheet = np.zeros((H, W), np.uint8)
    for _ in range(int(rng.integers(1, 3))):
        scale = float(rng.uniform(0.8, 4))
        corner = (int(rng.uniform(0, 0.6) * W), int(rng.uniform(0.2, 0.95) * H))
        font = int(
            rng.choice([cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, cv2.FONT_HERSHEY_TRIPLEX])
        )
        cv2.putText(
            sheet,
            str(rng.choice(WORDS)),
            corner,
            font,
            scale,
            255,
            int(rng.uniform(1, 2.5 * scale + 1)),
            cv2.LINE_AA,
        )
    opacity = turned(sheet.astype(np.float32) / 255, float(rng.normal(0, 15)))
    worn = soft_step(fractal_noise((H, W), rng, 15, 4, 0.8), rng.uniform(-2.5, -0.5), 0.4)
    return surface.painted(opacity * worn * np.float32(rng.uniform(0.5, 0.95)), one_of(PAINTS, rng))


def tie_holes(surface: Surface, rng: np.random.Generator) -> Surface:
    """Leave the round holes of formwork ties in a row, some of them plugged."""
    H, W = surface.shape
    sheet = np.zeros((H, W), np.uint8)
    radius, pitch, row = rng.uniform(4, 16), rng.uniform(80, 260), rng.uniform(0.1, 0.9) * H
    for column in np.arange(rng.uniform(0, pitch), W, pitch):
        centre = (int(column * 16), int((row + rng.normal(0, 2)) * 16))
        cv2.circle(sheet, centre, int(radius * 16), 255, -1, cv2.LINE_AA, 4)
    hole = cv2.GaussianBlur(sheet, (0, 0), 0.8).astype(np.float32) / 255
    return surface.painted(
        hole * np.float32(rng.uniform(0.4, 0.95)), one_of(((25, 25, 25), (130, 128, 120)), rng)
    ).raised(-4 * hole)


def patch(surface: Surface, rng: np.random.Generator) -> Surface:
    """Repair a four-sided patch with another mix."""
    H, W = surface.shape
    corners = (
        np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * rng.uniform(0.2, 0.7, 2) + rng.uniform(-0.2, 0.7, 2)
    ) * [W, H]
    sheet = np.zeros((H, W), np.uint8)
    cv2.fillPoly(sheet, [np.rint(corners + rng.normal(0, 12, (4, 2))).astype(np.int32)], 255, cv2.LINE_AA)
    field = sheet.astype(np.float32) / 255 + 0.06 * fractal_noise((H, W), rng, 30, 4, 0.8)
    inside = soft_step(cv2.GaussianBlur(field, (0, 0), 1.5), 0.5, 0.2)
    tone = np.exp(np.float32(rng.normal(0, 0.35)) * inside + inside * 0.07 * grain((H, W), rng, 2))
    return surface.toned(tone).raised(rng.uniform(-2, 2) * inside)


def worn_blotches(surface: Surface, rng: np.random.Generator) -> Surface:
    """Peel paint or skin off in ragged patches with a lit and a shadowed edge."""
    field = fractal_noise(surface.shape, rng, rng.uniform(40, 200), 6, rng.uniform(0.6, 0.85))
    bare = soft_step(field, rng.uniform(0.8, 2.0), 0.05)
    tone = np.exp(0.12 * fractal_noise(surface.shape, rng, 12, 4, 0.8))[..., None]
    colour = one_of(((150, 145, 135), (110, 105, 100), (200, 195, 185), (120, 85, 60)), rng) * tone
    return surface.painted(bare * np.float32(rng.uniform(0.4, 0.95)), colour).raised(
        -rng.uniform(0.5, 2.5) * bare
    )


SURFACE_MARKS: dict[str, Callable[[Surface, np.random.Generator], Surface]] = {
    "joints": joints,
    "formwork lines": formwork_lines,
    "step": step,
    "stains": stains,
    "spots": spots,
    "efflorescence": efflorescence,
    "rust runs": rust_runs,
    "moss": moss,
    "graffiti": graffiti,
    "pencil": pencil,
    "scratches": scratches,
    "lane marking": lane_marking,
    "lettering": lettering,
    "tie holes": tie_holes,
    "patch": patch,
    "worn blotches": worn_blotches,
}

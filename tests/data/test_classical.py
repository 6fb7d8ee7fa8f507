"""The five classical steps and the strong versions: what moves together, how far, in which order."""

import cv2
import numpy as np
import pytest

import drawn
from crackwise.data.augment import KINDS, classical_version, version_rng
from crackwise.data.augment.classical import draw_change
from crackwise.data.augment.strong import strong_version
from crackwise.data.augment.version import LONGEST_SIDE_PX
from crackwise.errors import DataError

SIDE = 200
DARK, BRIGHT = 90, 150
SPOTS = {"centre": ((99.5, 99.5), 9), "right": ((99.5, 154.5), 14), "top": ((49.5, 99.5), 12)}


def spotted():
    """A photo with a bright spot in the centre, one at its right and one above, and a mask for each."""
    rows, cols = np.mgrid[:SIDE, :SIDE]
    masks = tuple(np.hypot(rows - row, cols - col) < radius for (row, col), radius in SPOTS.values())
    image = np.where(np.any(masks, axis=0)[..., None], BRIGHT, DARK).repeat(3, axis=2).astype(np.uint8)
    return image, masks


def cracked(shape=(180, 240)):
    """A photo with a dark crack that runs out of it at two sides, drawn from its mask."""
    line = drawn.wave(320, 30, 120, 20) + np.array([60, -30])
    mask = drawn.draw_mask([line - line.mean(axis=0) + np.array(shape) / 2], 7.0, shape)
    return np.where(mask[..., None], 60, 190).repeat(3, axis=2).astype(np.uint8), mask


def darker_half(image):
    """Pixels darker than the middle between crack and wall."""
    grey = image.mean(axis=2)
    return grey < (np.percentile(grey, 1) + np.median(grey)) / 2


def grown(mask):
    return cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_photo_and_mask_move_together_within_a_pixel(kind, monkeypatch):
    monkeypatch.setattr("crackwise.data.augment.strong.strong", lambda image, rng: image)
    image, mask = cracked()
    for number in range(25):
        version = KINDS[kind](image, (mask,), version_rng(0, "wall.jpg", number))
        (moved,) = version.masks
        dark = darker_half(version.image)
        if not moved.any():  # zoomed past the crack
            assert (version.image > 120).all()
            continue
        assert not (moved & ~grown(dark)).any(), version.change
        assert not (dark & ~grown(moved)).any(), version.change


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(180, 240), (301, 97)])
def test_size_and_types_stay_and_labels_stay_binary(kind, shape):
    image, mask = cracked(shape)
    version = KINDS[kind](image, (mask, ~mask), version_rng(1, "wall.jpg", 1))
    assert version.image.shape == image.shape
    assert version.image.dtype == np.uint8
    assert [moved.shape for moved in version.masks] == [shape, shape]
    assert all(moved.dtype == bool for moved in version.masks)
    np.testing.assert_array_equal(version.masks[0], ~version.masks[1])  # each pixel comes from one pixel


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_dice_give_the_same_version_and_other_dice_another(kind):
    image, mask = cracked()

    def pixels(seed, name, number):
        return KINDS[kind](image, (mask,), version_rng(seed, name, number)).image

    first = pixels(0, "a.jpg", 1)
    np.testing.assert_array_equal(first, pixels(0, "a.jpg", 1))
    for other in ((1, "a.jpg", 1), (0, "b.jpg", 1), (0, "a.jpg", 2)):
        assert not np.array_equal(first, pixels(*other))


def measured(version):
    """Rotation in degrees, scale, brightness, contrast and noise of a version of the spotted photo."""
    # the largest patch: a mirrored copy at the rim is never whole
    centre, right, top = (centroid(mask) for mask in version.masks)
    arm = right - centre
    rotation_deg = np.degrees(np.arctan2(-arm[0], arm[1]))
    assert arm[1] * (top - centre)[0] - arm[0] * (top - centre)[1] < 0  # not mirrored
    kernel = np.ones((7, 7), np.uint8)
    spot = cv2.erode(version.masks[1].astype(np.uint8), kernel) > 0
    wall = cv2.dilate(np.any(version.masks, axis=0).astype(np.uint8), kernel) == 0
    dark, bright = version.image[wall].mean(), version.image[spot].mean()
    contrast = (bright - dark) / (BRIGHT - DARK) - 1
    brightness = ((dark - 127.5) / (1 + contrast) + 127.5 - DARK) / 255
    return rotation_deg, np.hypot(*arm) / 55, brightness, contrast, version.image[wall].std()


def centroid(mask):
    _, _, figures, centres = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    largest = 1 + np.argmax(figures[1:, cv2.CC_STAT_AREA])
    return centres[largest][::-1]


def test_the_pixels_show_what_the_dice_said_and_reach_the_ranges():
    image, masks = spotted()
    found = []
    for seed in range(120):
        version = classical_version(image, masks, np.random.default_rng(seed))
        figures = measured(version)
        change = draw_change(np.random.default_rng(seed))
        said = (change.rotation_deg, change.scale, change.brightness, change.contrast, 10)
        assert np.abs(np.subtract(figures, said)) == pytest.approx(0, abs=1)  # degrees and grey levels
        assert np.abs(np.subtract(figures, said))[1:4].max() < 0.02
        found.append(figures)
    lowest, highest = np.min(found, axis=0), np.max(found, axis=0)
    for column, (low, high) in enumerate([(-30, 30), (0.8, 1.2), (-0.2, 0.2), (-0.2, 0.2)]):
        margin = 0.05 * (high - low)
        assert low - margin / 2 < lowest[column] < low + margin
        assert high - margin < highest[column] < high + margin / 2


def test_many_dice_come_near_the_limits_and_never_beyond():
    rng = np.random.default_rng(0)
    changes = [draw_change(rng) for _ in range(4000)]
    table = np.array([(c.rotation_deg, c.scale, c.brightness, c.contrast) for c in changes])
    limits = np.array([(-30, 30), (0.8, 1.2), (-0.2, 0.2), (-0.2, 0.2)])
    assert (table >= limits[:, 0]).all()
    assert (table <= limits[:, 1]).all()
    spread = limits[:, 1] - limits[:, 0]
    assert (table.min(axis=0) < limits[:, 0] + 0.01 * spread).all()
    assert (table.max(axis=0) > limits[:, 1] - 0.01 * spread).all()
    assert (np.abs(table.mean(axis=0) - limits.mean(axis=1)) / spread).max() < 0.02  # no side preferred
    assert np.abs(np.corrcoef(table.T) - np.eye(4)).max() < 0.06  # nor coupled


def test_noise_is_the_last_step():
    """Turned noise would be smooth, and noise before the change of contrast would grow with it."""
    flat = np.full((120, 120, 3), 128, np.uint8)
    for seed in range(30):
        noise = classical_version(flat, (), np.random.default_rng(seed)).image.astype(float)
        noise -= noise.mean()
        assert noise.std() == pytest.approx(10, abs=0.15)
        assert abs((noise[:, 1:] * noise[:, :-1]).mean()) < 3  # of 100: neighbours know nothing of each other
        assert abs((noise[..., 0] * noise[..., 1]).mean()) < 3  # nor do colours


def test_contrast_comes_after_brightness():
    """A photo at the middle grey keeps 255 times brightness only if contrast stretches it afterwards."""
    grey = np.full((64, 64, 3), 127, np.uint8)
    for seed in range(40):
        change = draw_change(np.random.default_rng(seed))
        shown = classical_version(grey, (), np.random.default_rng(seed)).image.mean()
        assert shown - 127.5 == pytest.approx(
            (255 * change.brightness - 0.5) * (1 + change.contrast), abs=0.7
        )


def test_corners_are_filled_with_the_photo_and_not_with_black():
    wall = np.full((80, 160, 3), 200, np.uint8)
    for seed in range(20):
        shown = classical_version(wall, (), np.random.default_rng(seed)).image
        corners = shown[[0, 0, -1, -1], [0, -1, 0, -1]].mean(axis=1)
        assert np.abs(corners - np.median(shown)).max() < 30


def test_a_photo_too_large_to_turn_is_refused():
    strip = np.zeros((1, LONGEST_SIDE_PX + 1, 3), np.uint8)
    with pytest.raises(DataError, match="32767×1 px and cannot be turned; cut it"):
        classical_version(strip, (), np.random.default_rng(0))
    assert classical_version(strip[:, 1:], (), np.random.default_rng(0)).image.shape == (1, 32766, 3)


def test_strong_versions_show_parts_turned_mirrored_and_enlarged(monkeypatch):
    monkeypatch.setattr("crackwise.data.augment.strong.strong", lambda image, rng: image)
    rows, cols = np.mgrid[:200, :200]
    places = np.dstack([cols, rows, 0 * rows]).astype(np.uint8)  # each pixel says where it comes from
    matrices = []
    for seed in range(300):
        shown = strong_version(places, (), np.random.default_rng(seed)).image[..., :2].astype(float)
        middle = shown[60:140, 60:140]
        right, down = middle[40, 50] - middle[40, 30], middle[50, 40] - middle[30, 40]
        matrices.append(np.column_stack([right, down]) / 20)
        assert 0 <= shown.min() <= shown.max() <= 199
    determinants = np.linalg.det(matrices)
    zooms = 1 / np.sqrt(np.abs(determinants))
    assert 0.98 < zooms.min() < 1.1
    assert 1.9 < zooms.max() < 2.05
    assert 0.4 < (determinants < 0).mean() < 0.6
    angles_deg = np.degrees([np.arctan2(matrix[1, 0], matrix[0, 0]) for matrix in matrices]) % 360
    for quarter in (0, 90, 180, 270):
        assert (np.abs((angles_deg - quarter + 180) % 360 - 180) < 3).mean() > 0.1


def test_a_wide_photo_turned_aside_is_mirrored_by_a_quarter_at_most(monkeypatch):
    quarter_turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    monkeypatch.setattr("crackwise.data.augment.strong.strong", lambda image, rng: image)
    monkeypatch.setattr("crackwise.data.augment.strong.random_turn", lambda zoom, rng: quarter_turn)
    rows = 2 * np.arange(120)[:, None, None].repeat(240, axis=1).repeat(3, axis=2).astype(np.uint8)
    for seed in range(20):
        shown = strong_version(rows, (), np.random.default_rng(seed)).image[..., 0]
        # the 120 rows now run along 240 columns: backwards, but for what is mirrored at the rim
        ahead = np.diff(shown.astype(float), axis=1).mean(axis=0)
        assert (ahead < 0).mean() >= 0.74

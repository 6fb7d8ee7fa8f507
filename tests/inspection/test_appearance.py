"""A photo that looks unlike those of the training is named, with what differs."""

import cv2
import numpy as np
import pytest

import crackwise
from crackwise.inspection.appearance import FIGURES, figures_of, typical_ranges, unlike
from tinymodel import tiny_card, write_tiny_model


def plain(colour, side=64):
    return np.full((side, side, 3), colour, np.uint8)


def test_a_plain_grey_photo_has_its_brightness_and_nothing_else():
    found = figures_of(plain(90))
    assert found.keys() == FIGURES.keys()
    assert found.pop("brightness") == 90
    assert all(value == pytest.approx(0, abs=1e-3) for value in found.values())


def test_chroma_is_that_of_cielab():
    # sRGB red is L* 53.2, a* 80.1, b* 67.2
    assert figures_of(plain((255, 0, 0)))["colour"] == pytest.approx(np.hypot(80.1, 67.2), abs=0.7)


def test_halves_of_black_and_white_have_the_contrast_of_two_values():
    photo = plain(0, 256)
    photo[:, 128:] = 200
    found = figures_of(photo)
    assert found["contrast"] == pytest.approx(100)
    assert 60 < found["shading"] < 100  # the border between them is smeared
    assert found["texture"] < 20


def test_a_photo_looks_alike_at_any_size():
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    small = cv2.resize(noise, (256, 256), interpolation=cv2.INTER_CUBIC)
    large = cv2.resize(small, (1500, 1500), interpolation=cv2.INTER_CUBIC)
    one, other = figures_of(small), figures_of(large)
    assert all(other[name] == pytest.approx(value, rel=0.1) for name, value in one.items())


def test_ranges_hold_99_percent_of_the_photos():
    ranges = typical_ranges(plain(grey) for grey in range(201))
    assert ranges["brightness"] == (1.0, 199.0)


SEEN = dict.fromkeys(FIGURES, (0.0, 300.0)) | {"brightness": (60.0, 200.0)}


@pytest.mark.parametrize(
    ("grey", "way"),
    [
        (20, "darker (median grey level 20, there 60 to 200)"),
        (45, "darker (median grey level 45, there 60 to 200)"),
        (46, None),  # a tenth of the range farther
        (60, None),
        (200, None),
        (214, None),
        (215, "brighter (median grey level 215, there 60 to 200)"),
        (230, "brighter (median grey level 230, there 60 to 200)"),
    ],
)
def test_a_photo_outside_is_described_and_one_inside_is_not(grey, way):
    sentence = unlike(plain(grey), SEEN, "tiny 1")
    if way is None:
        assert sentence is None
    else:
        assert sentence.startswith(f"unlike the photos that tiny 1 was trained on: {way};")


def test_a_card_that_does_not_say_what_was_seen_warns_of_nothing():
    assert unlike(plain(0), {}, "tiny 1") is None


def test_inspect_warns(tmp_path):
    model = write_tiny_model(tmp_path / "tiny.onnx", card=tiny_card(seen=SEEN))
    [warning] = crackwise.inspect(plain(230), model=model).warnings
    assert "brighter" in warning
    assert crackwise.inspect(plain(150), model=model).warnings == ()


def test_a_strip_is_no_fault():
    strip = np.full((9000, 16, 3), 90, np.uint8)
    assert figures_of(strip)["brightness"] == 90
    assert figures_of(strip.swapaxes(0, 1))["brightness"] == 90


@pytest.mark.parametrize("shape", [(2600, 3501), (9000, 40), (3, 5000), (5000, 1)])
def test_a_large_photo_has_the_figures_of_its_reduction(shape):
    rng = np.random.default_rng(0)
    coarse = rng.integers(60, 200, (max(1, shape[0] // 40), max(1, shape[1] // 40), 3), dtype=np.uint8)
    photo = cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_LINEAR)
    scale = 256 / max(shape)
    size = tuple(max(1, round(scale * side)) for side in shape[::-1])
    reduced = figures_of(cv2.resize(photo, size, interpolation=cv2.INTER_AREA))
    for name, value in figures_of(photo).items():
        assert value == pytest.approx(reduced[name], rel=0.03, abs=0.6)

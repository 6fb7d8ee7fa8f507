"""What a photo can show follows from its blur and its grain."""

import cv2
import numpy as np
import pytest

import crackwise
from crackwise.crack.optics import smallest_width
from crackwise.data.frames.sharpness import blur_of
from crackwise.inspection.capture import look_at_capture
from tinymodel import write_tiny_model


def blurred_edges(sigma_px, grain=0.0):
    """A bright square on dark, blurred by a known Gaussian; grain comes after the lens."""
    photo = np.full((400, 400), 60, np.float32)
    photo[80:320, 90:310] = 180
    photo = cv2.GaussianBlur(photo, (0, 0), sigma_px)
    photo += np.random.default_rng(0).normal(0, grain, photo.shape) if grain else 0
    return cv2.cvtColor(np.rint(photo).clip(0, 255).astype(np.uint8), cv2.COLOR_GRAY2RGB)


@pytest.mark.parametrize("sigma_px", [0.7, 1.0, 1.5, 2.0, 2.8])
def test_the_blur_of_step_edges_is_found(sigma_px):
    found = blur_of(cv2.cvtColor(blurred_edges(sigma_px), cv2.COLOR_RGB2GRAY))
    assert found == pytest.approx(sigma_px, rel=0.15)


def test_a_photo_without_an_edge_tells_nothing():
    assert look_at_capture(np.full((100, 100, 3), 128, np.uint8)) is None


def test_grain_is_the_standard_deviation_of_the_noise():
    found = look_at_capture(blurred_edges(1.0, grain=6.0))
    assert found.grain == pytest.approx(6.0, rel=0.1)


def test_more_blur_and_more_grain_need_wider_cracks():
    by_blur = [smallest_width(blur_px, 5.0) for blur_px in (0.6, 1.0, 2.0)]
    by_grain = [smallest_width(1.0, grain) for grain in (2.0, 8.0, 20.0)]
    for widths in (by_blur, by_grain):
        assert widths == sorted(widths)
        assert widths[0] < widths[-1]


def test_an_ideal_edge_is_as_sharp_as_the_finest_blur_that_widths_know():
    assert smallest_width(0.0, 5.0) == smallest_width(0.4, 5.0)


def test_a_photo_in_which_no_crack_is_found_says_from_which_width_one_could_be_measured(tmp_path):
    photo = blurred_edges(1.5, grain=4.0) // 2 + 110  # nowhere as dark as a crack
    model = write_tiny_model(tmp_path / "tiny.onnx")
    summary = crackwise.inspect(photo, model=model, scale="0.2mm/px").summary
    assert summary.crack_count == 0
    assert summary.blur_px == pytest.approx(1.5, rel=0.15)
    assert summary.smallest_width_px == pytest.approx(smallest_width(1.5, 2.0), rel=0.2)
    assert summary.smallest_width_mm == pytest.approx(0.2 * summary.smallest_width_px)


@pytest.mark.parametrize("shape", [(2000, 1001), (1415, 1414), (1414, 3001), (16, 130_000)])
def test_a_large_photo_without_an_edge_tells_nothing_whatever_its_size(shape):
    assert look_at_capture(np.full((*shape, 3), 200, np.uint8)) is None


def test_of_a_large_photo_the_middle_counts_and_the_rest_only_where_that_has_no_edge():
    large = np.full((2400, 2400, 3), 60, np.uint8)
    large[:400, :400] = blurred_edges(2.0)
    assert look_at_capture(large).blur_px == pytest.approx(2.0, rel=0.15)
    large[1000:1400, 1000:1400] = blurred_edges(0.7)
    assert look_at_capture(large).blur_px == pytest.approx(0.7, rel=0.15)

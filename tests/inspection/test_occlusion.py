"""The tiny classifier sees only the mean grey, so that what hiding a place does follows by hand."""

import math
from pathlib import Path

import numpy as np
import pytest

from crackwise.inspection.classifier import Classifier, TileVerdicts, load_classifier
from crackwise.inspection.occlusion import explain, occlusion_map, patch_windows
from crackwise.tiles import Window
from tinymodel import SOFTNESS, tiny_classifier_card, write_tiny_classifier


@pytest.fixture
def tiny(tmp_path: Path) -> Classifier:
    card = tiny_classifier_card(size_px=(28, 28))
    return load_classifier(write_tiny_classifier(tmp_path / "tiny.onnx", card), "fp32")


def test_patches_cover_the_tile_and_overlap_by_half() -> None:
    patches = patch_windows((28, 42))
    covered = np.zeros((28, 42), int)
    for patch in patches:
        assert (patch.bottom - patch.top, patch.right - patch.left) == (4, 4)
        covered[patch.slices] += 1
    assert covered.min() == 1, "the corners"
    assert covered[14, 20] == 4
    assert patches[1].left - patches[0].left == 2


def test_the_last_patch_ends_at_the_edge() -> None:
    assert max(patch.right for patch in patch_windows((28, 31))) == 31


def test_hiding_the_dark_place_costs_what_its_darkness_is_worth(tiny: Classifier) -> None:
    tile = np.full((28, 28, 3), 80, np.uint8)
    tile[8:12, 16:20] = 10  # just one patch
    mean = round(80 - 70 * 16 / 784)
    found = occlusion_map(tiny, tile)
    # hidden whole: the mean of the tile rises by (mean - 10) * 16 / 784; halves and quarters in proportion,
    # beside the small fall from 80 to the mean where the rest of a patch lies
    whole, half, quarter = (
        (share * 16 * (mean - 10) + (1 - share) * 16 * (mean - 80)) / 784 / SOFTNESS
        for share in (1.0, 0.5, 0.25)
    )
    # the upper left quarter of the place is hidden by four patches, of which one hides all of it
    assert found[8, 16] == pytest.approx((whole + 2 * half + quarter) / 4, abs=1e-4)
    assert np.unravel_index(found.argmax(), found.shape) == (8, 16)
    assert found[0, 0] == pytest.approx(16 * (mean - 80) / 784 / SOFTNESS, abs=1e-4)


def test_a_certain_verdict_falls_by_the_log_odds_and_not_by_the_probability(tiny: Classifier) -> None:
    tile = np.full((28, 28, 3), 50, np.uint8)
    tile[12:16, 12:16] = 0
    assert tiny.probabilities([tile])[0] > 0.99
    assert occlusion_map(tiny, tile).max() > 0.05
    assert math.isfinite(occlusion_map(tiny, np.zeros((28, 28, 3), np.uint8)).max())


def test_the_most_probable_tiles_that_do_not_overlap_are_explained(tiny: Classifier) -> None:
    windows = tuple(Window(0, left, 28, left + 28) for left in (0, 14, 28, 42, 56, 84))
    tiles = TileVerdicts(windows, np.array([0.1, 0.9, 0.8, 0.7, 0.6, 0.95], np.float32))
    reasons = explain(tiny, np.full((28, 112, 3), 90, np.uint8), tiles)
    assert [reason.window.left for reason in reasons] == [84, 14, 42]
    assert [reason.probability for reason in reasons] == pytest.approx([0.95, 0.9, 0.7])
    assert reasons[0].fall.shape == (28, 28)

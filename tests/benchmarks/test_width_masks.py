"""The comparison of mask widths agrees with itself on masks where nothing is left to differ."""

import numpy as np
import pytest

from peers import Photo, _errors
from width_cases import Case
from width_masks import CAUSES, compare
from width_truth import draw


def test_both_ways_tell_the_width_of_a_slot():
    mask = np.zeros((60, 200), np.bool_)
    mask[25:34, 20:180] = True
    compared = compare(mask)
    assert len(compared.ours_px) > 120
    assert compared.ours_px == pytest.approx(np.full(len(compared.ours_px), 9.0), abs=0.05)
    assert compared.theirs_px == pytest.approx(np.full(len(compared.ours_px), 9.0), abs=0.15)
    assert set(compared.crack) == {1}


def test_a_step_in_a_mask_is_a_ragged_edge():
    mask = np.zeros((60, 240), np.bool_)
    mask[26:33, 20:220] = True
    mask[22:37, 110:130] = True
    compared = compare(mask)
    apart = np.abs(compared.ours_px - compared.theirs_px) > 1
    causes = {CAUSES[number].split(":")[0] for number in compared.cause[apart]}
    assert apart.any()
    assert causes <= {
        "ragged edge",
        "fork or end of the skeleton within one width",
        "normals more than 15° apart",
    }


def test_two_cracks_are_compared_apart():
    mask = np.zeros((80, 200), np.bool_)
    mask[20:25, 20:180] = mask[50:59, 20:180] = True
    compared = compare(mask)
    means = sorted(compared.theirs_px[compared.crack == crack].mean() for crack in (1, 2))
    assert means == pytest.approx([5, 9], abs=0.15)


def test_an_empty_mask_compares_nothing():
    assert len(compare(np.zeros((30, 30), np.bool_)).ours_px) == 0


def test_error_of_a_peer_is_that_of_its_mean_width_and_length():
    drawn = draw(Case("straight", 6, length_px=150), np.random.default_rng(0))
    photo = Photo.of(drawn, 3, 0, 1)
    assert photo.mask.sum() > drawn.mask.sum() + 2 * 140
    cells = _errors([photo], [{"width_px": 5.5, "length_px": 153.0}])
    assert cells == ["0.50", "0.50", "0.50", "2.00", "2.00"]

"""Edges of wide cracks, each a blurred step at a known place."""

import math

import numpy as np
import pytest

from crackwise.crack.flanks import REACH_PX, find_edges, sharpness
from crackwise.crack.slot import SIGMAS_PX

X = np.arange(-REACH_PX, REACH_PX + 1.0)
ALL_BLURS = np.arange(len(SIGMAS_PX))
EVEN_WEIGHT = np.full(len(SIGMAS_PX), 1 / len(SIGMAS_PX))


def edge(at_px, blur_px=1.0, dark=60.0, bright=170.0):
    """Grey levels around an edge from dark to bright, outwards."""
    share = [(1 + math.erf((x - at_px) / (blur_px * math.sqrt(2)))) / 2 for x in X]
    return dark + (bright - dark) * np.array([share])


@pytest.mark.parametrize("blur_px", [0.6, 1.0, 2.0])
@pytest.mark.parametrize("at_px", [-2.63, -1.0, 0.0, 0.42])
def test_an_edge_is_where_it_is(at_px, blur_px):
    found = find_edges(edge(at_px, blur_px), ALL_BLURS, EVEN_WEIGHT)
    assert found.mean_px[0] == pytest.approx(at_px, abs=0.05)
    assert 0 < found.spread_px[0] < 0.2


@pytest.mark.parametrize("slope", [2.0, -2.0])
def test_a_sloping_brightness_does_not_move_the_edge(slope):
    found = find_edges(edge(-0.8) + slope * X, ALL_BLURS, EVEN_WEIGHT)
    assert found.mean_px[0] == pytest.approx(-0.8, abs=0.1)


def test_what_is_bright_inside_is_no_edge():
    assert np.isnan(find_edges(edge(-0.8)[:, ::-1], ALL_BLURS, EVEN_WEIGHT).mean_px).all()


def test_grain_alone_is_mostly_no_edge_and_never_a_sharp_one():
    grain = np.random.default_rng(0).normal(150, 3, (300, len(X)))
    found = find_edges(grain, ALL_BLURS, EVEN_WEIGHT)
    assert np.isnan(found.mean_px).mean() > 0.5
    assert np.nanmin(found.spread_px) > 0.5


def test_a_surface_without_grain_has_no_edge():
    assert np.isnan(find_edges(np.full((1, len(X)), 150.0), ALL_BLURS, EVEN_WEIGHT).mean_px).all()


def test_grain_is_in_the_spread():
    rng = np.random.default_rng(1)
    quiet, loud = (
        find_edges(edge(-0.8) + rng.normal(0, grain, (200, len(X))), ALL_BLURS, EVEN_WEIGHT)
        for grain in (2, 15)
    )
    assert np.nanmedian(loud.spread_px) > 2 * np.nanmedian(quiet.spread_px)
    off = np.abs(loud.mean_px + 0.8)
    assert (off <= 1.645 * loud.spread_px).mean() >= 0.8


@pytest.mark.parametrize("blur_px", [0.7, 1.2, 2.2])
def test_edges_tell_the_blur(blur_px):
    rng = np.random.default_rng(2)
    edges = np.concatenate([edge(at, blur_px) for at in (-1.3, -0.4, 0.2)] * 10)
    log = sharpness(edges + rng.normal(0, 2, edges.shape))
    assert SIGMAS_PX[log.argmax()] == pytest.approx(blur_px, rel=0.1)

"""Small photos are looked at enlarged too; what is found lies where it is in the photo."""

from itertools import product

import numpy as np
import pytest

from crackwise.zooms import Zooms


def darkness(photo):
    return (255 - photo[..., 0]).astype(np.float32) / 255


def test_a_large_photo_is_looked_at_as_it_is():
    zooms = Zooms((1.0, 2.0), up_to_megapixels=0.01)
    assert zooms.of((100, 101, 3)) == (1.0,)
    assert zooms.of((100, 100, 3)) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("shape", "factors"),
    [
        ((256, 300, 3), (0.5, 1.0, 2.0)),
        ((300, 256), (0.5, 1.0, 2.0)),
        ((255, 300, 3), (1.0, 2.0)),
        ((300, 100, 3), (1.0, 2.0)),
        ((12, 9, 3), (1.0, 2.0)),
    ],
)
def test_a_small_photo_is_not_made_a_thumbnail(shape, factors):
    assert Zooms((0.5, 1.0, 2.0), 1).of(shape) == factors


def test_a_thumbnail_that_is_to_be_looked_at_smaller_alone_is_looked_at_as_it_is():
    assert Zooms((0.5,), 1).of((100, 100, 3)) == (1.0,)


@pytest.mark.parametrize(
    ("shape", "factors"),
    [
        *product([(40, 60), (41, 33), (1, 1)], [(2.0,), (1.0, 2.0), (1.0,), (1.5,)]),
        *product([(300, 257), (261, 256)], [(0.5,), (0.5, 1.0)]),
    ],
)
def test_the_map_has_the_photos_size_and_values(shape, factors):
    seen = []

    def predict(photo):
        seen.append(photo.shape[:2])
        return np.full(photo.shape[:2], 0.25 * len(seen), np.float32)

    found = Zooms(factors, 1).predict(np.zeros((*shape, 3), np.uint8), predict)
    assert found.shape == shape
    assert found.dtype == np.float32
    assert np.allclose(found, np.mean([0.25, 0.5][: len(factors)]))
    assert seen == [(max(1, round(shape[0] * f)), max(1, round(shape[1] * f))) for f in factors]


def test_a_line_stays_where_it_is():
    photo = np.full((64, 80, 3), 255, np.uint8)
    photo[:, 30:32] = 0
    found = Zooms((2.0,), 1).predict(photo, darkness)
    across = found.mean(0)
    assert np.average(np.arange(80), weights=across) == pytest.approx(30.5, abs=0.02)
    assert across.sum() == pytest.approx(2, abs=0.1)

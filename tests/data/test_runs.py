import numpy as np
import pytest
from pycocotools import mask as coco_mask

from crackwise.data.runs import checked_runs, columns_of_runs, run_lengths
from crackwise.errors import DataError


@pytest.mark.parametrize(
    ("mask", "counts"),
    [
        ([[0, 0], [0, 0]], [4]),
        ([[1, 1], [1, 1]], [0, 4]),
        ([[0, 1], [0, 0]], [2, 1, 1]),
        ([[1, 0], [0, 1]], [0, 1, 2, 1]),
        ([[0, 1], [1, 0]], [1, 2, 1]),  # the foot of one column and the head of the next are one run
    ],
)
def test_run_lengths_are_counted_down_the_columns(mask, counts):
    rows, cols = np.nonzero(np.array(mask))
    assert run_lengths(rows, cols, (2, 2)) == counts


def decoded(counts, shape):
    left, part = columns_of_runs(checked_runs(counts, *shape), shape[0])
    mask = np.zeros(shape, bool)
    mask[:, left : left + part.shape[1]] = part
    return mask


def test_compressed_runs_are_those_that_pycocotools_writes():
    random = np.random.default_rng(1)
    for _ in range(200):
        mask = random.random(random.integers(1, 80, 2)) < random.random() ** 3
        encoded = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
        assert (decoded(encoded["counts"], mask.shape) == mask).all()


def test_only_the_columns_that_hold_something_are_decoded():
    left, part = columns_of_runs(
        np.array([7, 2, 11]), 4
    )  # of 5 columns: rows 3 of column 1 and 0 of column 2
    assert left == 1
    assert part.T.tolist() == [[False, False, False, True], [True, False, False, False]]


def test_a_mask_without_a_pixel_has_no_columns():
    assert columns_of_runs(np.array([12]), 4)[1].shape == (4, 0)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([3, 4, 4], "add up to 11 px but the mask has 12"),
        ([6, -2, 8], "add up to 12 px but the mask has 12"),
        ([6.5, 5.5], "no whole numbers"),
        (["6", "6"], "no whole numbers"),
        ([True, 11], "no whole numbers"),
        ([10**400, 2], "no whole numbers"),
        ([], "add up to 0 px"),
        (b"", "add up to 0 px"),
        (b"12 ", "damaged"),
        (b"1\xff", "damaged"),
        (b"11Q", "damaged"),  # Q says that more follows
        (b"o" * 400 + b"0", "damaged"),
    ],
)
def test_damaged_runs_are_refused(counts, message):
    with pytest.raises(DataError, match=message):
        checked_runs(counts, 3, 4)

"""Side branches that a label misses are unknown, nothing else changes."""

import numpy as np
import pytest

from crackwise.data.augment import Crop
from crackwise.training.branches import forgive_branches

SIDE = 120
LABELLED = (slice(60, 63), slice(0, 120))
BRANCH = (slice(20, 57), slice(40, 43))
APART = (slice(100, 103), slice(10, 60))
SPECK = (slice(100, 103), slice(100, 105))


def crop_with(*labelled):
    target = np.zeros((SIDE, SIDE), np.float32)
    for place in labelled:
        target[place] = 1
    return Crop(np.zeros((SIDE, SIDE, 3), np.uint8), target, np.ones((SIDE, SIDE), np.float32))


def seen_by_teacher(**seen):
    probability = np.zeros((SIDE, SIDE), np.float32)
    for place, value in seen.values():
        probability[place] = value
    return probability


def test_a_branch_of_the_labelled_crack_is_unknown():
    crop = forgive_branches(crop_with(LABELLED), seen_by_teacher(main=(LABELLED, 0.9), branch=(BRANCH, 0.6)))
    assert (crop.weight[20:54, 40:43] == 0).all()
    assert (crop.weight[:, 60:] == 1).all()


def test_the_surface_beside_the_label_stays_known():
    fat = (slice(58, 65), slice(0, 120))
    crop = forgive_branches(crop_with(LABELLED), seen_by_teacher(fat=(fat, 0.9)))
    assert (crop.weight == 1).all()


@pytest.mark.parametrize(
    ("place", "probability", "is_unknown"),
    [
        pytest.param(APART, 0.9, True, id="a long crack that the teacher is sure of"),
        pytest.param(APART, 0.6, False, id="a long one that it is not sure of"),
        pytest.param(SPECK, 0.9, False, id="a speck"),
    ],
)
def test_apart_from_the_label_the_teacher_must_be_sure(place, probability, is_unknown):
    crop = forgive_branches(crop_with(LABELLED), seen_by_teacher(other=(place, probability)))
    assert (crop.weight[place] == 0).all() == is_unknown
    assert (crop.weight == 0).any() == is_unknown


def test_a_photo_without_labelled_crack_stays_as_it_is():
    crop = crop_with()
    assert forgive_branches(crop, seen_by_teacher(branch=(BRANCH, 1.0))) is crop


def test_target_and_image_are_those_of_the_crop():
    crop = crop_with(LABELLED)
    forgiven = forgive_branches(crop, seen_by_teacher(branch=(BRANCH, 0.9)))
    assert forgiven.target is crop.target
    assert forgiven.image is crop.image
    assert (crop.weight == 1).all()

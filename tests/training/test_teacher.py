"""What a student learns of its teacher: a share of each label, and all that no label knows."""

import numpy as np
import pytest

from crackwise.data.augment import Crop
from crackwise.errors import RecipeError
from crackwise.training.teacher import Lesson, distilled
from tinytraining import tiny

LABEL = np.array([[1.0, 1.0, 0.0, 0.0]], np.float32)
WEIGHT = np.array([[1.0, 0.0, 1.0, 0.0]], np.float32)
SEEN = np.array([[0.5, 0.25, 0.5, 0.75]], np.float32)


def crop():
    return Crop(np.zeros((1, 4, 3), np.uint8), LABEL.copy(), WEIGHT.copy())


def test_known_labels_lean_towards_the_teacher_and_unknown_ones_are_its_own():
    taught = distilled(crop(), SEEN, 0.4)
    np.testing.assert_allclose(taught.target, [[0.6 * 1 + 0.4 * 0.5, 0.25, 0.4 * 0.5, 0.75]])
    np.testing.assert_allclose(taught.weight, [[1, 0.4, 1, 0.4]])


def test_its_cross_entropy_is_that_of_label_and_teacher_in_parts():
    torch = pytest.importorskip("torch", reason='needs the extra "train"')
    from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

    logits = torch.tensor([[0.3, -2.0, 1.2, 0.0]])
    known = torch.tensor(WEIGHT) > 0
    parts = [cross_entropy(logits, torch.tensor(one), reduction="none") for one in (LABEL, SEEN)]
    expected = torch.where(known, 0.7 * parts[0] + 0.3 * parts[1], 0.3 * parts[1])
    taught = distilled(crop(), SEEN, 0.3)
    loss = cross_entropy(logits, torch.tensor(taught.target), reduction="none") * torch.tensor(taught.weight)
    torch.testing.assert_close(loss, expected)


def test_a_lesson_without_distillation_leaves_the_target_alone():
    taught = Lesson(lambda _photo: SEEN, forgives=False, distil=0.0)(crop())
    assert (taught.target == LABEL).all()
    assert (taught.weight == WEIGHT).all()


def test_distilling_without_a_teacher_is_refused():
    with pytest.raises(RecipeError, match=r"data\.distil is 0\.5 but there is no teacher"):
        tiny("data.distil=0.5")

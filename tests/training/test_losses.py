"""Losses against values worked out by hand."""

import math

import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')

from crackwise.training.losses import (  # noqa: E402
    LOSSES,
    bce_dice,
    binary_cross_entropy,
    dice,
    line_recall,
)

ONES = torch.ones(1, 1, 2)


def test_cross_entropy_of_even_odds_is_the_logarithm_of_two():
    assert binary_cross_entropy(torch.zeros(1, 1, 2), ONES, ONES).item() == pytest.approx(math.log(2))


def test_unknown_pixels_do_not_count():
    logits = torch.tensor([[[0.0, 9.0]]])
    weight = torch.tensor([[[1.0, 0.0]]])
    target = torch.tensor([[[1.0, 0.0]]])
    assert binary_cross_entropy(logits, target, weight).item() == pytest.approx(math.log(2))
    # p = (½, 1), y = (1, 0), second left out: 1 − (2·½ + 1) / (¼ + 1 + 1)
    assert dice(logits, target, weight).item() == pytest.approx(1 - 2 / 2.25)


def test_dice_of_half_a_hit_by_hand():
    # p = (½, ½), y = (1, 1): 1 − (2·1 + 1) / (½ + 2 + 1)
    assert dice(torch.zeros(1, 1, 2), ONES, ONES).item() == pytest.approx(1 - 3 / 3.5)


@pytest.mark.parametrize("name", LOSSES)
def test_a_right_answer_costs_less_than_none_and_the_gradient_points_there(name):
    target = torch.tensor([[[1.0, 1.0, 0.0, 0.0]]])
    weight = torch.ones_like(target)
    right = LOSSES[name](20 * target - 10, target, weight)
    empty = LOSSES[name](torch.full_like(target, -10), target, weight)
    assert right < 0.01 < empty
    logits = torch.zeros_like(target, requires_grad=True)
    LOSSES[name](logits, target, weight).backward()
    assert (logits.grad[target == 1] < 0).all()
    assert (logits.grad[target == 0] > 0).all()


def test_the_sum_is_the_sum():
    logits, target = torch.randn(2, 3, 3), torch.rand(2, 3, 3)
    weight = torch.ones_like(target)
    both = binary_cross_entropy(logits, target, weight) + dice(logits, target, weight)
    assert bce_dice(logits, target, weight).item() == pytest.approx(both.item())


def test_a_hairline_weighs_as_much_per_length_as_a_wide_crack():
    target = torch.zeros(1, 64, 64)
    target[:, 10] = 1  # 1 px wide
    target[:, 40:45] = 1  # 5 px wide, as long
    sees_one = torch.where(torch.arange(64)[:, None] < 25, 20.0, -20.0).expand(64, 64)[None]
    found = 1 - line_recall(sees_one, target, torch.ones_like(target))
    assert found.item() == pytest.approx(0.5, abs=0.03)  # rows: 64 px of 1/1 against 5 × 64 px of 1/5


def test_recall_of_even_odds_on_a_line_is_a_half():
    target = torch.zeros(1, 32, 32)
    target[:, 16] = 1
    assert line_recall(torch.zeros_like(target), target, torch.ones_like(target)).item() == pytest.approx(
        1 - (16 + 1) / (32 + 1), abs=0.02
    )

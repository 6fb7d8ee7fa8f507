"""Losses against values worked out by hand."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')

from crackwise.data.dataset import Sample  # noqa: E402
from crackwise.errors import DataError  # noqa: E402
from crackwise.nets.cracknet import Outputs  # noqa: E402
from crackwise.recipe import SourceRecipe  # noqa: E402
from crackwise.training.balance import count_crack_share  # noqa: E402
from crackwise.training.losses import COUNTING, LOSSES, Context, bce_dice, side_losses  # noqa: E402
from crackwise.training.losses.boundary import boundary, boundary_combo, signed_distance  # noqa: E402
from crackwise.training.losses.entropy import (  # noqa: E402
    binary_cross_entropy,
    focal,
    weighted_cross_entropy,
)
from crackwise.training.losses.lines import line_recall, soft_cl_dice, soft_skeleton  # noqa: E402
from crackwise.training.losses.overlap import dice, generalised_dice, tversky  # noqa: E402
from crackwise.training.sources import SourceSamples  # noqa: E402

ONES = torch.ones(1, 1, 2)
PLAIN = Context()
RARE = Context(crack_share=0.1, progress=0.25)


def row(*values):
    return torch.tensor([[values]], dtype=torch.float32)


def logits_of(*probabilities):
    return torch.logit(row(*probabilities))


def scene():
    """Draw a vertical crack of three pixels and a hairline, of which some is unknown."""
    target = torch.zeros(2, 32, 32)
    target[0, :, 14:17] = 1
    target[1, 20, :] = 1
    weight = torch.ones_like(target)
    weight[1, :, 24:] = 0
    return target, weight


def value(name, logits, target, weight):
    return LOSSES[name](logits, target, weight, RARE)


@pytest.mark.parametrize("name", LOSSES)
class TestEveryLoss:
    def test_a_right_answer_costs_less_than_none_and_the_gradient_points_there(self, name):
        target = row(1, 1, 0, 0)
        weight = torch.ones_like(target)
        right = value(name, 20 * target - 10, target, weight)
        empty = value(name, torch.full_like(target, -10), target, weight)
        assert right + 0.01 < empty
        logits = torch.zeros_like(target, requires_grad=True)
        value(name, logits, target, weight).backward()
        assert (logits.grad[target == 1] < 0).all()
        assert (logits.grad[target == 0] > 0).all()

    def test_the_perfect_mask_of_a_scene_is_the_best_of_four(self, name):
        target, weight = scene()
        full = torch.full_like(target, 12)
        shifted = 24 * torch.roll(target, (3, 3), dims=(1, 2)) - 12
        costs = [
            value(name, logits, target, weight).item() for logits in (24 * target - 12, shifted, full, -full)
        ]
        assert costs[0] + 5e-4 < min(costs[1:])

    def test_what_stands_at_an_unknown_pixel_has_no_influence(self, name):
        target, weight = scene()
        logits = torch.randn(target.shape, generator=torch.Generator().manual_seed(0))
        unknown = weight == 0
        others = torch.where(unknown, 3.0, logits).requires_grad_()
        expected = value(name, logits, target, weight)
        changed = value(name, others, torch.where(unknown, 1 - target, target), weight)
        torch.testing.assert_close(changed, expected, rtol=0, atol=0)
        changed.backward()
        assert not others.grad[unknown].any()

    def test_half_precision_costs_the_same(self, name):
        target, weight = scene()
        logits = 8 * torch.randn(target.shape, generator=torch.Generator().manual_seed(0))
        rounded = logits.bfloat16()
        got = value(name, rounded, target, weight)
        assert got.dtype == torch.float32
        torch.testing.assert_close(got, value(name, rounded.float(), target, weight), rtol=0, atol=0)

    @pytest.mark.parametrize("extreme", [-80.0, 80.0])
    def test_nothing_known_no_crack_and_all_crack_are_finite(self, name, extreme):
        logits = torch.full((1, 8, 8), extreme, requires_grad=True)
        for share in (0.0, 1.0):
            for weight in (torch.ones(1, 8, 8), torch.zeros(1, 8, 8)):
                cost = value(name, logits, torch.full((1, 8, 8), share), weight)
                (gradient,) = torch.autograd.grad(cost, logits)
                assert cost.isfinite()
                assert gradient.isfinite().all()


def test_cross_entropy_of_even_odds_is_the_logarithm_of_two():
    got = binary_cross_entropy(torch.zeros(1, 1, 2), ONES, ONES, PLAIN)
    assert got.item() == pytest.approx(math.log(2))


def test_unknown_pixels_do_not_count():
    logits, weight, target = row(0, 9), row(1, 0), row(1, 0)
    assert binary_cross_entropy(logits, target, weight, PLAIN).item() == pytest.approx(math.log(2))
    # p = (½, 1), y = (1, 0), second left out: 1 − (2·½ + 1) / (¼ + 1 + 1)
    assert dice(logits, target, weight, PLAIN).item() == pytest.approx(1 - 2 / 2.25)


def test_dice_of_half_a_hit_by_hand():
    # p = (½, ½), y = (1, 1): 1 − (2·1 + 1) / (½ + 2 + 1)
    assert dice(torch.zeros(1, 1, 2), ONES, ONES, PLAIN).item() == pytest.approx(1 - 3 / 3.5)


def test_cracks_that_are_a_tenth_weigh_nine_times_as_much():
    sound, crack = Context(crack_share=0.1).class_weights
    assert crack / sound == pytest.approx(9)
    assert 0.1 * crack + 0.9 * sound == pytest.approx(1)


def test_weighted_cross_entropy_by_hand():
    # w1 = 5 on −ln ½, w0 = 5/9 on −ln(1 − ¼), two pixels
    got = weighted_cross_entropy(logits_of(0.5, 0.25), row(1, 0), torch.ones(1, 1, 2), RARE)
    assert got.item() == pytest.approx((5 * math.log(2) + 5 / 9 * math.log(4 / 3)) / 2)


def test_equal_shares_weigh_like_plain_cross_entropy():
    target, weight = scene()
    logits = torch.randn(target.shape, generator=torch.Generator().manual_seed(0))
    even = weighted_cross_entropy(logits, target, weight, Context(crack_share=0.5))
    torch.testing.assert_close(even, binary_cross_entropy(logits, target, weight, PLAIN))


def test_focal_loss_by_hand():
    # crack at ½: ¼ · ½² · ln 2; sound at ¼: ¾ · ¼² · ln(4/3)
    got = focal(logits_of(0.5, 0.25), row(1, 0), torch.ones(1, 1, 2), PLAIN)
    by_hand = (0.25 * 0.25 * math.log(2) + 0.75 / 16 * math.log(4 / 3)) / 2
    assert got.item() == pytest.approx(by_hand)


def test_tversky_by_hand():
    # hit ¾, missed ¼, false ½: 1 − (¾ + 1) / (¾ + 0.7·¼ + 0.3·½ + 1)
    got = tversky(logits_of(0.75, 0.5), row(1, 0), torch.ones(1, 1, 2), PLAIN)
    assert got.item() == pytest.approx(1 - 1.75 / (1.75 + 0.175 + 0.15))


def test_generalised_dice_by_hand():
    # areas 1 and 3, weights 1 and 1/9; p = ½ everywhere: hits ½ and 1½, sums 1 + 2 and 3 + 2
    got = generalised_dice(torch.zeros(1, 1, 4), row(1, 0, 0, 0), torch.ones(1, 1, 4), PLAIN)
    assert got.item() == pytest.approx(1 - 2 * (0.5 + 1.5 / 9) / (3 + 5 / 9))


def test_generalised_dice_without_a_crack_is_the_mean_probability():
    got = generalised_dice(logits_of(0.5, 0.25, 0.1, 0.15), torch.zeros(1, 1, 4), torch.ones(1, 1, 4), PLAIN)
    assert got.item() == pytest.approx(0.25)


def test_the_signed_distance_is_negative_inside_and_zero_on_the_edge_between_pixels():
    mask = np.array([[0, 0, 1, 1, 1, 0]], bool)
    diagonal = math.hypot(1, 6)
    expected = np.array([[1.5, 0.5, -0.5, -1.5, -0.5, 0.5]]) / diagonal
    np.testing.assert_allclose(signed_distance(mask), expected, rtol=1e-6)
    corner = np.zeros((4, 5), bool)
    corner[0, 0] = True
    assert signed_distance(corner)[3, 4] == pytest.approx((5 - 0.5) / math.hypot(4, 5), rel=1e-6)


@pytest.mark.parametrize(("filled", "distance"), [(False, 1), (True, -1)])
def test_a_mask_without_edge_is_farther_from_it_than_the_photo_shows(filled, distance):
    assert (signed_distance(np.full((3, 4), filled)) == distance).all()


def test_the_boundary_loss_by_hand():
    # φ·diagonal = (−½, ½, 1½), p = (½, ¼, 0.1), the mean over three pixels
    got = boundary(logits_of(0.5, 0.25, 0.1), row(1, 0, 0), torch.ones(1, 1, 3), PLAIN)
    assert got.item() == pytest.approx((-0.25 + 0.125 + 0.15) / math.sqrt(10) / 3)


def test_the_gradient_of_the_boundary_loss_grows_with_the_distance():
    target, weight = scene()
    logits = torch.zeros_like(target, requires_grad=True)
    boundary(logits, target, weight, PLAIN).backward()
    along = logits.grad[0, 5]
    assert (along[14:17] < 0).all()
    assert (along[17:].diff() > 0).all()
    assert along[17] > 0


@pytest.mark.parametrize("progress", [0.0, 0.25, 1.0])
def test_the_boundary_combo_moves_from_areas_to_edges(progress):
    target, weight = scene()
    logits = torch.randn(target.shape, generator=torch.Generator().manual_seed(0))
    context = Context(crack_share=0.1, progress=progress)
    parts = [loss(logits, target, weight, context).item() for loss in (boundary, generalised_dice)]
    edges, areas = parts
    pixels = weighted_cross_entropy(logits, target, weight, context).item()
    got = boundary_combo(logits, target, weight, context).item()
    assert got == pytest.approx(progress * edges + (1 - progress) * (areas + pixels) / 2)


def test_the_soft_skeleton_of_a_bar_is_its_middle_line():
    bar = torch.zeros(1, 15, 31)
    bar[:, 5:10, 5:26] = 1
    skeleton = soft_skeleton(bar)[0]
    assert (skeleton[7, 8:23] == 1).all()
    assert not skeleton[[5, 6, 8, 9], 8:23].any()
    assert not skeleton[bar[0] == 0].any()


def test_cl_dice_by_hand_on_lines():
    target = torch.zeros(1, 9, 16)
    target[:, 4] = 1
    half = 40 * target - 20
    half[..., 8:] = -20
    # all of the prediction is crack: (8 + 1)/(8 + 1); half of the crack is found: (8 + 1)/(16 + 1)
    sensitivity = 9 / 17
    expected = 1 - 2 * sensitivity / (1 + sensitivity)
    assert soft_cl_dice(half, target, torch.ones_like(target)).item() == pytest.approx(expected, abs=1e-4)


def test_cl_dice_does_not_mind_a_crack_drawn_too_wide_but_minds_a_gap():
    target = torch.zeros(1, 32, 32)
    target[:, 15:18] = 1
    wide = torch.zeros_like(target)
    wide[:, 14:19] = 1
    gap = target.clone()
    gap[..., 12:20] = 0
    wide_cost, gap_cost = (soft_cl_dice(40 * m - 20, target, torch.ones_like(target)) for m in (wide, gap))
    assert wide_cost < 0.02 < 0.1 < gap_cost


def test_the_sum_is_the_sum():
    logits, target = torch.randn(2, 3, 3), torch.rand(2, 3, 3)
    weight = torch.ones_like(target)
    both = binary_cross_entropy(logits, target, weight, PLAIN) + dice(logits, target, weight, PLAIN)
    assert bce_dice(logits, target, weight, PLAIN).item() == pytest.approx(both.item())


def test_a_hairline_weighs_as_much_per_length_as_a_wide_crack():
    target = torch.zeros(1, 64, 64)
    target[:, 10] = 1  # 1 px wide
    target[:, 40:45] = 1  # 5 px wide, as long
    sees_one = torch.where(torch.arange(64)[:, None] < 25, 20.0, -20.0).expand(64, 64)[None]
    found = 1 - line_recall(sees_one, target, torch.ones_like(target), PLAIN)
    assert found.item() == pytest.approx(0.5, abs=0.03)  # rows: 64 px of 1/1 against 5 × 64 px of 1/5


def test_recall_of_even_odds_on_a_line_is_a_half():
    target = torch.zeros(1, 32, 32)
    target[:, 16] = 1
    got = line_recall(torch.zeros_like(target), target, torch.ones_like(target), PLAIN)
    assert got.item() == pytest.approx(1 - (16 + 1) / (32 + 1), abs=0.02)


def test_side_outputs_cost_each_as_much_as_a_last_one_and_a_photo_its_mean_error():
    target, weight = scene()
    photos = torch.full((2, 3, 32, 32), 100.0)
    batch = (photos, target, weight)
    logits = torch.zeros_like(target)
    assert side_losses(dice, Outputs(logits), batch, PLAIN).item() == 0
    one = dice(logits, target, weight, PLAIN).item()
    outputs = Outputs(logits, (logits, logits), photos + 51)  # a fifth of 255
    assert side_losses(dice, outputs, batch, PLAIN).item() == pytest.approx(2 * one + 0.2)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_training_set_of_one_class_cannot_be_weighed(share):
    with pytest.raises(
        DataError, match=r"0 % of the known training pixels are crack; expected some of both kinds"
    ):
        Context(crack_share=share)


@pytest.mark.parametrize("name", sorted(COUNTING))
def test_a_loss_that_weighs_by_frequency_does_not_guess_it(name):
    target, weight = scene()
    with pytest.raises(AssertionError, match="needs the share"):
        LOSSES[name](torch.zeros_like(target), target, weight, PLAIN)


def test_the_share_of_cracks_is_counted_over_sources_by_their_weight(tmp_path):
    cv2 = pytest.importorskip("cv2")
    mask = np.zeros((10, 20), np.uint8)
    mask[:, 5] = 255  # 10 of 200 px
    for kind in ("image", "mask"):
        cv2.imwrite(str(tmp_path / f"{kind}.png"), mask if kind == "mask" else np.dstack([mask] * 3))
    image = tmp_path / "image.png"
    cracked = SourceRecipe(name="a", weight=3.0)
    sound = SourceRecipe(name="b", weight=1.0, kind="negatives")
    sources = (
        SourceSamples(cracked, (Sample(image, tmp_path / "mask.png", "a", "1"),), ()),
        SourceSamples(sound, (Sample(image, None, "b", "1"),), ()),
    )
    assert count_crack_share(sources) == pytest.approx(0.75 * 0.05)

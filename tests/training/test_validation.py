"""What is said of a network while it trains, counted by hand on networks that are no networks."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')

from crackwise.nets.cracknet import CrackNet  # noqa: E402
from crackwise.training.losses import LOSSES, Context  # noqa: E402
from crackwise.training.validation import (  # noqa: E402
    LARGEST_PX,
    Judge,
    part_of_large,
    predict_as_trained,
    predict_photo,
)
from tinytraining import tiny  # noqa: E402


class Bright(torch.nn.Module):
    """Says crack where the red channel is above 100, with a logit of ± 4."""

    seen = ()

    def forward(self, x):
        self.seen = (*self.seen, tuple(x.shape[2:]))
        return torch.where(x[:, :1] > 100, 4.0, -4.0)


def bright():
    return CrackNet(Bright(), (0, 0, 0), (1, 1, 1), stride_px=8)


def photo_of(rows=16, cols=24):
    """Mark rows 4 to 7 as seen; the label has rows 6 to 9; the last two rows are unknown."""
    image = np.zeros((rows, cols, 3), np.uint8)
    image[4:8] = 200
    line = np.zeros((rows, cols), bool)
    line[6:10] = True
    unknown = np.zeros_like(line)
    unknown[-2:] = True
    return image, line, unknown


def judge(*overrides):
    return Judge(tiny(*overrides).data, LOSSES["bce"], Context(None, 0.0))


def test_the_figures_are_those_that_one_counts_by_hand():
    sums, count = judge().figures(bright(), [photo_of()])
    loss, iou, dice, precision, recall, accuracy = sums.tolist()
    assert count == 1
    # of 14 known rows: 2 found, 2 false, 2 missed
    assert (iou, dice, precision, recall) == pytest.approx((2 / 6, 0.5, 0.5, 0.5))
    assert accuracy == pytest.approx(10 / 14)
    right, wrong = np.log1p(np.exp(-4)), np.log1p(np.exp(4))
    assert loss == pytest.approx((10 * right + 4 * wrong) / 14, rel=1e-5)


def test_sums_over_photos_add_up():
    one, _ = judge().figures(bright(), [photo_of()])
    three, count = judge().figures(bright(), [photo_of()] * 3)
    assert count == 3
    torch.testing.assert_close(three, 3 * one)


def test_a_training_on_whole_photos_validates_at_its_own_size():
    net = bright()
    sums, _ = judge("data.augment=none", "data.crop_px=[48, 32]").figures(net, [photo_of()])
    assert net.net.seen == ((32, 48),)
    assert sums[1].item() == pytest.approx(2 / 6)  # enlarged twice and brought back, nothing moves


def test_a_whole_photo_is_predicted_at_the_size_of_the_training():
    net, data = bright(), tiny("data.augment=none", "data.crop_px=[48, 32]").data
    image = photo_of(32, 48)[0]
    seen_small = predict_as_trained(net, data, np.repeat(np.repeat(image, 3, axis=0), 3, axis=1))
    assert net.net.seen == ((32, 48),)
    assert seen_small.shape == (96, 144)
    assert (seen_small[14:22] > 0.9).all()
    assert (seen_small[30:] < 0.1).all()


def test_tiles_predict_what_the_whole_predicts():
    net, data = bright(), tiny().data
    image = np.random.default_rng(0).integers(0, 200, (700, 600, 3)).astype(np.uint8)
    np.testing.assert_allclose(predict_as_trained(net, data, image), predict_photo(net, image), atol=1e-5)
    assert (512, 512) in net.net.seen


@pytest.mark.parametrize("shape", [(15, 200), (200, 15), (3, 2), (1, 1)])
def test_a_strip_that_is_narrower_than_half_a_stride_is_predicted(shape):
    net = CrackNet(Bright(), (0, 0, 0), (1, 1, 1), stride_px=32)
    photo = np.zeros((*shape, 3), np.uint8)
    photo[:, :1] = 200
    probability = predict_photo(net, photo)
    assert [length % 32 for length in net.net.seen[0]] == [0, 0]
    np.testing.assert_array_equal(probability > 0.5, photo[..., 0] > 100)


def test_of_a_large_photo_the_part_around_the_crack_is_validated():
    line = np.zeros((2000, 1500), bool)
    line[1900:1990, 700] = True
    image, unknown = np.zeros((2000, 1500, 3), np.uint8), np.zeros_like(line)
    image[1940, 700] = 255
    cut, cut_line, cut_unknown = part_of_large((image, line, unknown))
    assert cut_line.shape == cut_unknown.shape == cut.shape[:2] == (LARGEST_PX, LARGEST_PX)
    assert cut_line.sum() == 90
    row, col = np.argwhere(cut[:, :, 0])[0]
    assert cut_line[row, col]


def test_a_training_on_whole_photos_sees_all_of_a_large_one():
    image, line = np.zeros((2000, 1600, 3), np.uint8), np.zeros((2000, 1600), bool)
    image[400:500], line[400:500] = 200, True
    photo, seen, net = (image, line, np.zeros_like(line)), [], bright()
    net.net.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    judge("data.augment=none", "data.crop_px=[80, 96]").figures(net, [photo])
    bright_rows = int((seen[0][0, 0].mean(dim=1) > 100).sum())
    assert bright_rows == pytest.approx(96 * 100 / 2000, abs=1)  # in a part of 1024 rows they would be 9


def test_a_large_photo_without_a_crack_is_validated_in_its_corner():
    parts = np.zeros((2000, 1500, 3), np.uint8), np.zeros((2000, 1500), bool), np.zeros((2000, 1500), bool)
    parts[0][0, 0] = 255
    assert part_of_large(parts)[0][0, 0].all()

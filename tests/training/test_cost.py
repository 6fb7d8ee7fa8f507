"""Truth: parameters and operations of networks of one layer, counted by hand."""

from itertools import pairwise

import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')
pytest.importorskip("lightning", reason='needs the extra "train"')

from torch import nn  # noqa: E402

from crackwise.inspection.timing import noise_tiles  # noqa: E402
from crackwise.nets.cracknet import CrackNet  # noqa: E402
from crackwise.recipe import ModelRecipe, load_recipe, shipped_recipes  # noqa: E402
from crackwise.training.cost import count_flop, count_parameters, eager_work, untrained_net  # noqa: E402


def one_layer(layer):
    return CrackNet(layer, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 1)


def test_a_convolution_is_counted_as_by_hand():
    net = one_layer(nn.Conv2d(3, 8, 3, padding=1))
    # 8 filters of 3 · 3 · 3 weights and a bias each
    assert count_parameters(net) == 8 * 27 + 8
    # at each of 16 · 16 places 8 · 27 multiply-adds, two operations each; the biases come free
    assert count_flop(net, (16, 16)) == 2 * 16 * 16 * 8 * 27


def test_a_stride_a_pointwise_and_a_transposed_convolution_are_counted_as_by_hand():
    assert count_flop(one_layer(nn.Conv2d(3, 4, 3, stride=2, padding=1)), (16, 16)) == 2 * 8 * 8 * 4 * 27
    assert count_flop(one_layer(nn.Conv2d(3, 5, 1)), (16, 16)) == 2 * 16 * 16 * 5 * 3
    # each of the 16 · 16 places below spreads to 2 · 2 above
    assert count_flop(one_layer(nn.ConvTranspose2d(3, 4, 2, stride=2)), (16, 16)) == 2 * 16 * 16 * 4 * 3 * 4


def test_a_photo_need_not_be_square_to_be_counted():
    assert count_flop(one_layer(nn.Conv2d(3, 5, 1)), (16, 24)) == 2 * 16 * 24 * 5 * 3


def test_the_original_u_net_is_as_large_as_the_literature_says():
    net = untrained_net(
        ModelRecipe(net="plain_unet", levels=5, first_filters=64, norm="none", up="transposed")
    )
    # four levels of two convolutions down, the lowest, four up with a transposed one each, and the last
    channels = [3, 64, 128, 256, 512, 1024]
    down = sum(9 * (a * b + b * b) + 2 * b for a, b in pairwise(channels))
    up = sum(4 * 2 * b * b + b + 9 * (2 * b * b + b * b) + 2 * b for b in channels[1:5])
    assert count_parameters(net) == down + up + 64 + 1


def test_frozen_parameters_count_and_running_statistics_do_not():
    net = one_layer(nn.Sequential(nn.Conv2d(3, 1, 1), nn.BatchNorm2d(1)))
    net.net[0].requires_grad_(False)
    assert count_parameters(net) == 4 + 2


@pytest.mark.parametrize("name", ["segformer", "csbsr", "unige-unet"])
def test_shipped_networks_can_be_counted(name):
    assert name in shipped_recipes()
    assert count_flop(untrained_net(load_recipe(name).model)) > 1e9


def test_tiles_are_predicted_one_by_one():
    seen = []

    class Noting(nn.Module):
        def forward(self, x):
            seen.append(tuple(x.shape))
            return x[:, :1]

    eager_work(one_layer(Noting()), noise_tiles(3, 32))()
    assert seen == [(1, 3, 32, 32)] * 3


def test_a_network_that_sees_whole_photos_is_given_them_at_its_own_size():
    seen = []

    class Noting(nn.Module):
        def forward(self, x):
            seen.append(tuple(x.shape[-2:]))
            return x[:, :1]

    eager_work(one_layer(Noting()), noise_tiles(2, 32), (24, 16))()
    assert seen == [(16, 24)] * 2

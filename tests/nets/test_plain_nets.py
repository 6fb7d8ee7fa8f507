"""The networks built from single layers: their sizes counted by hand, their parts against definitions."""

import copy

import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')

from segmentation_models_pytorch.decoders.pspnet.decoder import PSPBlock  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from crackwise.nets.build import build_net  # noqa: E402
from crackwise.nets.crackformer import TIE, _unpool  # noqa: E402
from crackwise.nets.fc_densenet import PLANS, FcDenseNet  # noqa: E402
from crackwise.nets.pools import GridPool, PyramidLevel, with_exportable_pools  # noqa: E402
from crackwise.nets.superres import degrade, evaluated_kernel, gaussian_kernel  # noqa: E402
from crackwise.recipe import ModelRecipe  # noqa: E402


def count(net):
    return sum(parameter.numel() for parameter in net.parameters())


def build(**keys):
    with torch.device("meta"):
        return build_net(ModelRecipe(**keys))


def conv(before, after, kernel=3, bias=True):
    return before * after * kernel**2 + bias * after


def test_the_u_net_of_2015_with_batch_norm_has_31_million_parameters():
    widths = [64, 128, 256, 512, 1024]
    pair = sum(
        conv(b, a, bias=False) + conv(a, a, bias=False) + 4 * a for b, a in zip([3, *widths[:-1]], widths)
    )
    back = sum(
        conv(2 * a, a, 2) + conv(2 * a, a, bias=False) + conv(a, a, bias=False) + 4 * a for a in widths[:-1]
    )
    assert count(build(net="plain_unet")) == pair + back + 64 + 1 == 31_037_633


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        ({"norm": "none"}, -2 * (4 + 8 + 16 + 4 + 8)),  # 10 layers: 2 weights of the norm become 1 bias each
        ({"norm": "instance"}, 0),
        ({"up": "bilinear"}, -3 * (16 * 8 + 8 * 4)),  # 1×1 instead of 2×2
        ({"activation": "leaky_relu", "dropout": 0.5}, 0),
    ],
)
def test_options_of_the_u_net_change_what_they_say(changes, more):
    small = {"net": "plain_unet", "levels": 3, "first_filters": 4}
    assert count(build(**small, **changes)) - count(build(**small)) == more


def test_a_layer_of_the_slim_u_net_is_convolution_norm_leaky_relu_dropout():
    net = build(net="plain_unet", first_filters=16, activation="leaky_relu", dropout=0.1)
    kinds = [type(part) for part in net.net.down[0]]
    assert kinds == [nn.Conv2d, nn.BatchNorm2d, nn.LeakyReLU, nn.Dropout] * 2
    assert net.net.down[0][0].out_channels == 16


def test_the_own_network_holds_only_what_the_document_lists():
    listed = {nn.Conv2d, nn.MaxPool2d, nn.Upsample, nn.ReLU}
    for dropout, kinds in ((0.0, listed), (0.3, listed | {nn.Dropout})):
        net = build(net="plain_cnn", dropout=dropout)
        assert {type(part) for part in net.net.modules() if not [*part.children()]} == kinds


def test_the_own_network_weighs_what_its_layers_do():
    widths = [24, 48, 96, 192, 384]
    encode = sum(conv(b, a) + conv(a, a) for b, a in zip([3, *widths[:-1]], widths))
    decode = sum(conv(2 * a, a) + conv(a, a, 1) for a in widths[:-1])
    head = conv(24, 24) + conv(24, 1, 1)
    assert count(build(net="plain_cnn", first_filters=24)) == encode + decode + head


def dense(channels, layers, growth):
    """Count a dense block: norm (two weights, two statistics) and convolution of each layer."""
    inputs = [channels + i * growth for i in range(layers)]
    return sum(4 * c + conv(c, growth) for c in inputs)


def tiramisu(plan, classes):
    total, channels, skips = conv(3, 48), 48, []
    for layers in plan.blocks:
        total += dense(channels, layers, plan.growth)
        channels += layers * plan.growth
        skips.append(channels)
        total += 4 * channels + conv(channels, channels, 1)
    total += dense(channels, plan.bottleneck, plan.growth)
    added = plan.bottleneck * plan.growth
    for layers, skip in zip(plan.blocks[::-1], skips[::-1]):
        total += conv(added, added) + dense(added + skip, layers, plan.growth)
        channels, added = added + skip, layers * plan.growth
    return total + conv(channels + added, classes, 1)


@pytest.mark.parametrize(
    ("layers", "printed_million", "tolerance"),
    [(56, 1.5, 0.11), (67, 3.5, 0.05), (103, 9.4, 0.05)],  # table 3 of the paper; its code gives 1.4 for 56
)
def test_the_tiramisus_weigh_what_the_paper_prints_for_eleven_classes(layers, printed_million, tolerance):
    plan = PLANS[layers]
    assert sum(plan.blocks) * 2 + plan.bottleneck + 5 + 5 + 2 == layers
    with torch.device("meta"):
        state = FcDenseNet(plan, 0.2, classes=11).state_dict()
        single = count(FcDenseNet(plan, 0.2))
        eleven = count(FcDenseNet(plan, 0.2, classes=11))
    stored = sum(value.numel() for key, value in state.items() if not key.endswith("num_batches_tracked"))
    assert stored == tiramisu(plan, 11)
    assert stored / 1e6 == pytest.approx(printed_million, abs=tolerance)
    assert eleven - single == tiramisu(plan, 11) - tiramisu(plan, 1)


@pytest.mark.parametrize(("height", "width"), [(8, 12), (7, 13), (3, 40)])
@pytest.mark.parametrize("side", [1, 2, 3, 6])
def test_pooling_that_exports_equals_adaptive_pooling(side, height, width):
    x = torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(side))
    torch.testing.assert_close(GridPool(side)(x), F.adaptive_avg_pool2d(x, side))


def test_every_adaptive_pool_of_a_network_is_replaced():
    net = with_exportable_pools(nn.Sequential(nn.Sequential(nn.AdaptiveAvgPool2d((3, 3))), nn.ReLU()))
    assert isinstance(net[0][0], GridPool)
    assert net[0][0].side == 3


@pytest.mark.parametrize("side", [1, 2, 3, 6])
def test_a_pyramid_level_that_exports_equals_the_one_of_smp_under_the_same_names(side):
    theirs = PSPBlock(4, 2, side, use_norm="identity").eval()
    ours = with_exportable_pools(nn.Sequential(copy.deepcopy(theirs)))[0]
    assert isinstance(ours, PyramidLevel)
    assert ours.state_dict().keys() == theirs.state_dict().keys()
    x = torch.rand(2, 4, 7, 12, generator=torch.Generator().manual_seed(side))
    torch.testing.assert_close(ours(x), theirs(x))


@pytest.mark.parametrize("side", [1, 2, 3, 6])
def test_in_bfloat16_the_pyramid_keeps_an_even_field_even(side):
    level = with_exportable_pools(nn.Sequential(PSPBlock(1, 1, side, use_norm="identity")))[0].eval()
    nn.init.ones_(level.pool[1][0].weight)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = level(torch.ones(1, 1, 56, 56, dtype=torch.bfloat16))
    assert len(found.unique()) == 1


def test_unpooling_puts_a_value_where_the_largest_was():
    before = torch.tensor([[[[1.0, 5.0, 0.0, 0.0], [2.0, 3.0, 7.0, 0.0]]]])
    expected = torch.tensor([[[[0.0, 9.0, 0.0, 0.0], [0.0, 0.0, 4.0, 0.0]]]])
    torch.testing.assert_close(_unpool(torch.tensor([[[[9.0, 4.0]]]]), before), expected)


def test_unpooling_shares_a_value_among_those_that_are_almost_the_largest():
    before = torch.tensor([[[[1.0, 1 - TIE / 4], [1 - 2 * TIE, 1.0]]]])
    torch.testing.assert_close(
        _unpool(torch.tensor([[[[8.0]]]]), before), torch.tensor([[[[8.0, 6.0], [0.0, 8.0]]]])
    )


def test_unpooling_is_not_decided_by_rounding():
    even, x = torch.ones(1, 4, 16, 16), torch.ones(1, 4, 8, 8)
    noisy = even + 1e-6 * torch.randn(even.shape, generator=torch.Generator().manual_seed(0))
    assert (noisy != even).any()
    torch.testing.assert_close(_unpool(x, noisy), _unpool(x, even), atol=1e-5 / TIE, rtol=0)


def test_a_blur_has_the_spread_and_the_direction_that_it_was_asked_for():
    kernel = gaussian_kernel(3.0, 1.0, torch.pi / 2)  # long along the rows' axis: downwards
    place = torch.arange(21.0) - 10
    assert kernel.sum().item() == pytest.approx(1)
    assert (kernel.sum(dim=1) * place**2).sum().sqrt().item() == pytest.approx(3.0, rel=0.02)
    assert (kernel.sum(dim=0) * place**2).sum().sqrt().item() == pytest.approx(1.0, rel=0.02)


def test_degrading_keeps_the_grey_level_and_a_sixteenth_of_the_pixels():
    kernel = evaluated_kernel()
    low = degrade(torch.full((1, 3, 32, 64), 100.0), kernel)
    assert low.shape == (1, 3, 8, 16)
    torch.testing.assert_close(low, torch.full_like(low, 100.0))
    wall = torch.zeros(1, 1, 32, 64)
    wall[..., 32:] = 100
    dark, light = degrade(wall, kernel)[0, 0, 4, [6, 9]]
    assert dark < 1 < 99 < light


def test_degrading_computes_in_float32_in_a_bf16_training():
    wall = torch.rand(1, 3, 32, 64) * 255
    with torch.autocast("cpu", torch.bfloat16):
        low = degrade(wall, evaluated_kernel())
    torch.testing.assert_close(low, degrade(wall, evaluated_kernel()), rtol=0, atol=0)

"""Depthwise convolutions that are slow in bf16 compute in float32, and nothing else changes."""

import copy

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from crackwise.nets.depthwise import Float32Conv2d, keep_in_float32  # noqa: E402


def make_net():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2),
        nn.Conv2d(8, 8, 3, groups=8),
        nn.Conv2d(8, 8, 3, stride=2, groups=8),
        nn.Conv2d(8, 8, 3, dilation=2, groups=8),
        nn.Conv2d(8, 8, 3, stride=2, groups=4),
    )


def test_depthwise_convolutions_with_a_stride_or_a_dilation_are_chosen():
    net = make_net()
    assert keep_in_float32(net) == 2
    assert [type(layer) is Float32Conv2d for layer in net] == [False, False, True, True, False]
    assert keep_in_float32(net) == 0  # once is enough


def test_weights_keep_names_and_values_also_in_a_copy():
    net = make_net()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    keep_in_float32(net)
    for one in (net, copy.deepcopy(net)):
        after = one.state_dict()
        assert list(after) == list(before)
        assert all((after[name] == before[name]).all() for name in before)


@pytest.mark.parametrize("channels", [8, 16])
def test_under_autocast_it_rounds_only_what_it_gives(channels):
    torch.manual_seed(0)
    layer = nn.Sequential(nn.Conv2d(channels, channels, 3, stride=2, groups=channels, bias=False))
    x = torch.randn(2, channels, 9, 9).bfloat16()
    exact = layer(x.float())
    keep_in_float32(layer)
    with torch.autocast("cpu", torch.bfloat16):
        found = layer(x)
    assert found.dtype == torch.bfloat16
    assert (found == exact.bfloat16()).all()
    assert (layer(x.float()) == exact).all()  # and without autocast it is what it was

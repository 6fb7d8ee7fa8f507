"""The real encoder file, where ``../shared`` stands beside the checkout."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')

from safetensors.torch import load_file  # noqa: E402

from crackwise.nets.build import build_net  # noqa: E402
from crackwise.recipe import load_recipe  # noqa: E402

FILE = Path(__file__).parents[3] / "shared" / "weights" / "mobilenetv2_100_imagenet.safetensors"


@pytest.mark.skipif(not FILE.is_file(), reason="needs ../shared/weights beside the checkout")
def test_the_shipped_recipe_starts_from_the_real_encoder_file():
    recipe = load_recipe("crackwise-base").model
    net = build_net(recipe, FILE.parent)
    stored = load_file(FILE)
    mine = net.net.encoder.model.state_dict()
    assert len(mine) > 250
    for key, value in mine.items():
        torch.testing.assert_close(value, stored[key], rtol=0, atol=0, msg=key)
    # the scaling that the weights were trained with: (x - 127.5) / 127.5
    assert net.mean.flatten().tolist() == net.std.flatten().tolist() == [127.5] * 3

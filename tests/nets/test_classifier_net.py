"""Classifiers: what the encoder sees, where its weights come from, what stands still when it is frozen."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')
pytest.importorskip("segmentation_models_pytorch", reason='needs the extra "train"')

from safetensors.torch import load_file, save_file  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from crackwise.errors import ModelError, RecipeError  # noqa: E402
from crackwise.nets.classifier import build_classifier, take_bgr  # noqa: E402
from crackwise.recipe import ClassifierModelRecipe, load_any  # noqa: E402

FILE = Path(__file__).parents[3] / "shared" / "weights" / "mobilenetv2_100_imagenet.safetensors"
SMALL = {"encoder": "tu-test_efficientnet", "encoder_weights": "none"}


def small(**changes):
    torch.manual_seed(0)
    return build_classifier(ClassifierModelRecipe(**SMALL | changes))


def photos(count=4):
    return 255 * torch.rand(count, 3, 32, 64, generator=torch.Generator().manual_seed(1))


def test_photos_give_two_logits_each_and_the_gradient_reaches_every_parameter():
    net = small(hidden=(8, 4))
    logits = net(photos())
    assert logits.shape == (4, 2)
    logits[:, 0].square().mean().backward()
    unreached = [name for name, p in net.named_parameters() if p.grad is None]
    assert unreached == []


@pytest.mark.parametrize(
    ("recipe", "encoder", "head"),
    [
        # He et al. 2016: 25,557,032 with the last layer of 1,000 classes on 2,048 features
        ("iitb-resnet50", 25_557_032 - 2049 * 1000, 2049 * 256 + 257 * 128 + 129 * 2),
        # Sandler et al. 2018: 3,504,872 with 1,000 classes on 1,280 features, made from 320 by a convolution
        ("crackwise-tiles", 3_504_872 - 1281 * 1000 - 320 * 1280 - 2 * 1280, 321 * 2),
    ],
)
def test_each_recipe_builds_the_published_encoder_and_its_own_head(recipe, encoder, head):
    model = load_any(recipe).model.model_copy(update={"encoder_weights": "none"})
    with torch.device("meta"):
        net = build_classifier(model)
    assert sum(p.numel() for p in net.net.encoder.parameters()) == encoder
    assert sum(p.numel() for p in net.net.head.parameters()) == head
    assert any(p.requires_grad for p in net.net.encoder.parameters()) is not model.frozen_encoder


def test_the_recipe_of_iit_bombay_sees_what_keras_makes_of_a_photo():
    """Blue, green, red, each minus its mean; nothing divided (preprocess_input of ResNet50)."""
    scaling = load_any("iitb-resnet50").model.model_dump(include={"channels", "input_mean", "input_std"})
    pixel = torch.tensor([10.0, 20.0, 30.0]).view(1, 3, 1, 1)
    seen = small(**scaling).scaled(pixel).flatten()
    torch.testing.assert_close(seen, torch.tensor([30 - 103.939, 20 - 116.779, 10 - 123.68]))


def test_the_shipped_recipe_sees_a_photo_from_minus_one_to_one():
    scaling = load_any("crackwise-tiles").model.model_dump(include={"channels", "input_mean", "input_std"})
    pixel = torch.tensor([0.0, 127.5, 255.0]).view(1, 3, 1, 1)
    assert small(**scaling).scaled(pixel).flatten().tolist() == [-1, 0, 1]


def test_weights_made_for_rgb_say_the_same_of_bgr_once_their_first_layer_is_turned():
    torch.manual_seed(0)
    rgb_mean, rgb_std = torch.tensor([123.68, 116.779, 103.939]), torch.tensor([58.395, 57.12, 57.375])
    photo = photos(1)
    first = torch.nn.Conv2d(3, 5, 3, bias=False)
    as_made = first((photo - rgb_mean.view(1, 3, 1, 1)) / rgb_std.view(1, 3, 1, 1)).detach()
    take_bgr(torch.nn.Sequential(first), (1.0, 1.0, 1.0))
    turned = first(photo.flip(1) - rgb_mean.flip(0).view(1, 3, 1, 1))
    torch.testing.assert_close(turned, as_made, rtol=1e-4, atol=1e-4)


def test_a_frozen_encoder_neither_learns_nor_counts_batches_while_the_head_learns():
    net = small(frozen_encoder=True, hidden=(8,)).train()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    optimiser = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.1)
    F.cross_entropy(net(photos()), torch.tensor([0, 1, 0, 1])).backward()
    optimiser.step()
    changed = {
        key.split(".")[1] for key, value in net.state_dict().items() if not torch.equal(value, before[key])
    }
    assert changed == {"head"}


def test_weights_of_a_whole_classifier_are_taken_from_a_file_but_for_its_last_layer(tmp_path):
    given = {key: value.clone() + 1 for key, value in small().net.encoder.model.state_dict().items()}
    save_file(given | {"fc.weight": torch.zeros(3)}, tmp_path / "whole.safetensors")
    recipe = ClassifierModelRecipe(**SMALL | {"encoder_weights": "whole.safetensors"})
    taken = build_classifier(recipe, tmp_path).net.encoder.model.state_dict()
    assert all(torch.equal(taken[key], value) for key, value in given.items())


def test_weights_that_are_not_there_and_an_encoder_that_nobody_knows_are_said():
    with pytest.raises(
        ModelError,
        match=r"there is no weight file mine\.safetensors; .*--weights, .*encoder_weights=imagenet",
    ):
        build_classifier(ClassifierModelRecipe(**SMALL | {"encoder_weights": "mine.safetensors"}))
    with pytest.raises(RecipeError, match=r"model\.encoder 'resnet51' cannot be built"):
        build_classifier(ClassifierModelRecipe(encoder="resnet51", encoder_weights="none"))


@pytest.mark.skipif(not FILE.is_file(), reason="needs ../shared/weights beside the checkout")
def test_the_shipped_recipe_for_tiles_starts_from_the_real_encoder_file():
    net = build_classifier(load_any("crackwise-tiles").model, FILE.parent)
    stored = load_file(FILE)
    mine = net.net.encoder.model.state_dict()
    assert len(mine) > 250
    assert all(torch.equal(value, stored[key]) for key, value in mine.items())

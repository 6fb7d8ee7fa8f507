"""What holds for every network of the table, and what each recipe's network weighs."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')
pytest.importorskip("lightning", reason='needs the extra "train"')

from crackwise.nets.build import NETS, build_net  # noqa: E402
from crackwise.recipe import NET_KEYS, ModelRecipe, load_recipe, shipped_recipes  # noqa: E402
from crackwise.training.losses import LOSSES  # noqa: E402
from crackwise.training.validation import predict_photo  # noqa: E402

SMALL = {
    "unet": {"encoder": "resnet18"},
    "plain_unet": {"levels": 3, "first_filters": 4, "dropout": 0.1},
    "plain_cnn": {"levels": 3, "first_filters": 4, "dropout": 0.1},
    "fc_densenet": {"densenet_layers": 56, "dropout": 0.2},
    "pspnet": {"encoder": "resnet18"},
    "upernet": {"encoder": "resnet18"},
    "segformer": {"encoder": "mit_b0"},
    "hrnet_ocr": {"encoder": "tu-hrnet_w18_small"},
    "crackformer": {"dropout": 0.3},
    "superres": {"encoder": "resnet18"},
}

PARAMETERS = {
    "course-cnn": 3_587_353,
    "course-cnn-dropout": 3_587_353,
    "course-transfer": 4_537_537,
    "crackformer": 4_957_499,
    "crackwise-base": 2_616_977,
    "crackwise-base-longer": 2_616_977,
    "crackwise-base-harder": 2_616_977,
    "crackwise-research": 2_616_977,
    "crackwise-small": 2_178_889,
    "crackwise-tuned": 2_616_977,
    "csbsr": 13_154_692,
    "hrnet-ocr": 12_065_924,
    "iitb-unet": 31_037_633,
    "khanhha-densenet": 3_460_353,
    "khanhha-unet-resnet101": 51_513_233,
    "khanhha-unet-vgg16": 23_748_241,
    "pspnet-resnet18": 11_969_473,
    "segformer": 3_714_401,
    "unige-unet": 1_942_577,
}


def small(name, **changes):
    encoder = {"encoder_weights": "none"} if "encoder_weights" in NET_KEYS[name] else {}
    return build_net(ModelRecipe(net=name, **SMALL[name], **encoder, **changes))


@pytest.fixture(scope="module", params=NETS)
def net(request):
    torch.manual_seed(0)
    return small(request.param)


@pytest.fixture(scope="module")
def photos():
    return 255 * torch.rand(2, 3, 32, 64, generator=torch.Generator().manual_seed(1))


def test_the_tables_name_the_same_networks():
    assert NETS.keys() == NET_KEYS.keys() == SMALL.keys()


class TestEveryNet:
    def test_a_photo_gives_one_logit_a_pixel_and_the_gradient_reaches_every_parameter(self, net, photos):
        net.train()
        outputs = net.outputs(photos)
        assert outputs.logits.shape == (2, 32, 64)
        assert all(side.shape == (2, 32, 64) for side in outputs.sides)
        if outputs.restored is not None:
            assert outputs.restored.shape == photos.shape
            assert (outputs.restored - photos).abs().mean() > 1  # fine noise is lost
        net.zero_grad()
        outputs.logits.square().mean().backward()
        unreached = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.any()]
        assert unreached == []

    def test_in_evaluation_a_photo_has_one_answer_whatever_is_beside_it(self, net, photos):
        net.eval()
        with torch.inference_mode():
            both = net(photos)
            torch.testing.assert_close(net(photos), both, rtol=0, atol=0)
            torch.testing.assert_close(net.outputs(photos).logits, both, rtol=0, atol=0)
            torch.testing.assert_close(net(photos[1:]), both[1:], rtol=1e-3, atol=1e-3)
        assert both.std() > 0

    def test_a_photo_of_any_size_keeps_its_size_as_padding_to_the_stated_stride_is_enough(self, net):
        net.eval()
        photo = np.random.default_rng(0).integers(0, 256, (33, 50, 3), dtype=np.uint8)
        probability = predict_photo(net, photo)
        assert probability.shape == (33, 50)
        assert ((probability >= 0) & (probability <= 1)).all()


def test_each_recipe_builds_the_network_of_the_table_of_weights():
    counts = {}
    for name in shipped_recipes("segmentation"):
        recipe = load_recipe(name).model.model_copy(update={"encoder_weights": "none"})
        with torch.device("cpu" if recipe.net == "segformer" else "meta"):  # it draws with .item()
            counts[name] = sum(parameter.numel() for parameter in build_net(recipe).parameters())
    assert counts == PARAMETERS


@pytest.mark.parametrize("name", shipped_recipes("segmentation"))
def test_each_recipe_names_a_loss_of_the_table_and_crops_that_fit_its_network(name):
    recipe = load_recipe(name)
    assert recipe.train.loss in LOSSES
    assert all(side % 16 == 0 for side in recipe.data.size_px)


def test_a_frozen_encoder_neither_learns_nor_counts_batches(photos):
    net = small("unet", frozen_encoder=True).train()
    before = {key: value.clone() for key, value in net.net.encoder.state_dict().items()}
    net(photos).mean().backward()
    assert all(p.grad is None for p in net.net.encoder.parameters())
    assert all(p.grad is not None for p in net.net.decoder.parameters())
    assert net.net.decoder.training
    for key, value in net.net.encoder.state_dict().items():
        torch.testing.assert_close(value, before[key], rtol=0, atol=0)

"""What the sources of the published systems state, taken from their documents, beside the shipped recipes."""

import pytest

from crackwise.recipe import load_any

_GREY = {"model.input_mean": (0.0, 0.0, 0.0), "model.input_std": (255.0, 255.0, 255.0)}
_IMAGENET = {"model.input_mean": (123.675, 116.28, 103.53), "model.input_std": (58.395, 57.12, 57.375)}
_COURSE = {"data.size_px": (512, 512), "data.parts": "70/15/15", "data.augment": "none"}
_KHANHHA = {"data.size_px": (448, 448), "train.loss": "bce", "model.encoder_weights": "imagenet", **_IMAGENET}

STATED = {
    "iitb-unet": {
        "model.net": "plain_unet",
        "model.activation": "relu",
        "data.size_px": (240, 160),
        "data.parts": "64/16/20",
        "train.loss": "dice",
        "train.optimiser": "adam",
        "train.learning_rate": 0.01,
        "train.batch": 8,
        "train.epochs": 100,
        "train.patience": 30,
        "train.best": "dice",
        **_GREY,
    },
    "unige-unet": {
        "model.net": "plain_unet",
        "model.first_filters": 16,
        "model.norm": "batch",
        "model.activation": "leaky_relu",
        "model.up": "transposed",
        "data.parts": "80/10/10",
        "train.loss": "weighted_bce",
        "train.optimiser": "adam",
        "train.learning_rate": 0.001,
        "train.batch": 64,
        "train.weight_decay": 0.0001,
        **_GREY,
    },
    "course-cnn": {"model.net": "plain_cnn", "model.dropout": 0.0, "train.weight_decay": 0.0, **_COURSE},
    "course-cnn-dropout": {"model.net": "plain_cnn", "model.dropout": 0.3, **_COURSE},
    "course-transfer": {
        "model.encoder": "tu-mobilenetv3_large_100",
        "model.encoder_weights": "imagenet",
        "model.frozen_encoder": True,
        **_COURSE,
    },
    "khanhha-unet-vgg16": {"model.net": "unet", "model.encoder": "vgg16", **_KHANHHA},
    "khanhha-unet-resnet101": {"model.net": "unet", "model.encoder": "resnet101", **_KHANHHA},
    "khanhha-densenet": {"model.net": "fc_densenet", "data.size_px": (448, 448), "train.loss": "bce"},
    "pspnet-resnet18": {
        "model.net": "pspnet",
        "model.encoder": "resnet18",
        "model.encoder_weights": "imagenet",
        "data.size_px": (448, 448),
        "data.parts": "80/10/10",
        "train.loss": "boundary_combo",
        "train.optimiser": "adam",
        "train.learning_rate": 0.0001,
        "train.batch": 8,
        "train.epochs": 50,
        "train.best": "loss",
    },
    "iitb-resnet50": {
        "model.encoder": "resnet50",
        "model.encoder_weights": "imagenet",
        "model.frozen_encoder": True,
        "model.channels": "bgr",
        "model.input_mean": (103.939, 116.779, 123.68),
        "model.input_std": (1.0, 1.0, 1.0),
        "data.size_px": (100, 100),
        "data.tile_px": 227,
        "data.validation_share": 0.2,
        "train.optimiser": "adam",
        "train.batch": 64,
        "train.epochs": 100,
        "train.patience": 1,
        "train.best": "loss",
    },
    "iitb-dcgan": {
        "model.net": "dcgan",
        "model.latent": 100,
        "model.generator_filters": 64,
        "model.discriminator_filters": 64,
        "data.size_px": 64,
        "data.workers": 2,
        "train.batch": 64,
        "train.epochs": 60,
        "train.learning_rate": 0.0002,
        "train.beta1": 0.5,
        "train.beta2": 0.999,
    },
}


@pytest.mark.parametrize("name", STATED)
def test_a_recipe_says_what_its_source_says(name):
    recipe = load_any(name)
    found = {
        key: getattr(getattr(recipe, key.partition(".")[0]), key.partition(".")[2]) for key in STATED[name]
    }
    assert found == STATED[name]


def test_every_recipe_of_khanhha_keeps_the_share_of_each_source():
    for name in (name for name in STATED if name.startswith("khanhha")):
        assert all(source.by_prefix for source in load_any(name).data.sources)


def test_the_classifier_has_two_dense_layers():
    assert len(load_any("iitb-resnet50").model.hidden) == 2

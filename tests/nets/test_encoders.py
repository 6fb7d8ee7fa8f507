"""Encoders of networks whose weights are to be downloaded."""

from typing import NoReturn

import pytest

from crackwise.errors import ModelError
from crackwise.nets.encoders import build_with_encoder
from crackwise.recipe import ModelRecipe


@pytest.mark.parametrize(
    ("frozen", "end"),
    [(False, "--set model.encoder_weights=none"), (True, "=none --set model.frozen_encoder=false")],
)
def test_weights_that_cannot_be_downloaded_may_come_from_a_file_or_be_left_out(frozen, end):
    recipe = ModelRecipe(net="unet", encoder="resnet18", encoder_weights="imagenet", frozen_encoder=frozen)

    def make(_weights: str | None) -> NoReturn:
        raise ConnectionError("no network")

    with pytest.raises(ModelError) as error:
        build_with_encoder(make, recipe, None)
    assert "resnet18 cannot be downloaded: no network; give a file of them, --weights FOLDER" in str(
        error.value
    )
    assert str(error.value).endswith(end)

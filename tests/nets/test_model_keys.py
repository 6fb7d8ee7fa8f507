"""The model section of a recipe: keys that play no part are refused and not written."""

import pytest

from crackwise.errors import RecipeError
from crackwise.recipe import NET_KEYS, ModelRecipe, dump_recipe, parse_recipe

SMALLEST = 'name = "x"\n[data]\nsources = [{ name = "a" }]\n'


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("levels = 4", "levels"),
        ('net = "plain_unet"\nencoder = "resnet18"', "encoder"),
        ('net = "plain_cnn"\nnorm = "batch"', "norm"),
        ('net = "fc_densenet"\nencoder_weights = "none"', "encoder_weights"),
        ('net = "pspnet"\ndropout = 0.1', "dropout"),
    ],
)
def test_a_key_of_another_network_is_refused(section, key):
    with pytest.raises(RecipeError, match=rf"model\.{key} plays no part in model\.net '\w+'; remove it"):
        parse_recipe(f"{SMALLEST}[model]\n{section}", "here")


@pytest.mark.parametrize("net", NET_KEYS)
def test_a_recipe_as_resolved_names_the_keys_of_its_network_alone(net):
    recipe = parse_recipe(f'{SMALLEST}[model]\nnet = "{net}"', "here")
    assert set(recipe.model.model_dump()) == {"net", "input_mean", "input_std", *NET_KEYS[net]}
    assert parse_recipe(dump_recipe(recipe), "there") == recipe


def test_every_key_plays_a_part_somewhere():
    named = {key for keys in NET_KEYS.values() for key in keys}
    assert named | {"net", "input_mean", "input_std"} == set(ModelRecipe.model_fields)

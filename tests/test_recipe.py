"""Recipes: every shipped one loads and comes back from text; faults are named."""

import pytest

from crackwise.errors import RecipeError
from crackwise.recipe import dump_recipe, load_recipe, parse_recipe, shipped_recipes

SMALLEST = 'name = "x"\n[data]\nsources = [{ name = "a" }]\n'


@pytest.mark.parametrize("name", shipped_recipes())
def test_a_shipped_recipe_comes_back_from_its_own_text(name):
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.description
    assert parse_recipe(dump_recipe(recipe), name) == recipe


def test_a_name_with_quotes_comes_back():
    recipe = parse_recipe(SMALLEST, "here").model_copy(update={"description": 'a "b"\\ c'})
    assert parse_recipe(dump_recipe(recipe), "there") == recipe


def test_an_override_changes_one_key():
    recipe = parse_recipe(SMALLEST, "here", ("train.steps=7", "model.encoder=resnet18"))
    assert (recipe.train.steps, recipe.model.encoder) == (7, "resnet18")


@pytest.mark.parametrize(
    ("text", "overrides", "words"),
    [
        (SMALLEST + "[model]\nencodr = 'x'", (), "unknown key model.encodr; did you mean encoder"),
        (SMALLEST + "[train]\nsteps = 0", (), "train.steps: .* got 0"),
        (SMALLEST, ("train.steps",), "has no value"),
        (SMALLEST, ("name.steps=3",), "name is not a section"),
        ("name = ", (), "not valid TOML"),
        ('name = "x"\n[data]\nsources = []', (), "data.sources"),
    ],
)
def test_a_fault_is_named_with_its_place(text, overrides, words):
    with pytest.raises(RecipeError, match=words):
        parse_recipe(text, "here.toml", overrides)


def test_an_unknown_recipe_lists_the_shipped_ones():
    with pytest.raises(RecipeError, match="crackwise-base"):
        load_recipe("crackwise-bas")

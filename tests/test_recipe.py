"""Recipes: every shipped one loads and comes back from text; faults are named."""

import pytest

from crackwise.errors import RecipeError
from crackwise.recipe import (
    TASKS,
    dump_recipe,
    load_any,
    load_recipe,
    parse_any,
    parse_recipe,
    shipped_recipes,
)

SMALLEST = 'name = "x"\n[data]\nsources = [{ name = "a" }]\n'


@pytest.mark.parametrize("name", shipped_recipes())
def test_a_shipped_recipe_comes_back_from_its_own_text(name):
    recipe = load_any(name)
    assert recipe.name == name
    assert recipe.description
    assert parse_any(dump_recipe(recipe), name) == recipe


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_recipes_of_its_own(task):
    found = shipped_recipes(task)
    assert found
    assert {load_any(name).task for name in found} == {task}


def test_a_recipe_for_another_task_is_refused_where_one_for_segmentation_is_needed():
    with pytest.raises(RecipeError, match="iitb-dcgan is a recipe for generation; name one for segment"):
        load_recipe("iitb-dcgan")


def test_a_name_with_quotes_comes_back():
    recipe = parse_recipe(SMALLEST, "here").model_copy(update={"description": 'a "b"\\ c'})
    assert parse_recipe(dump_recipe(recipe), "there") == recipe


def test_an_override_changes_one_key():
    recipe = parse_recipe(SMALLEST, "here", ("train.steps=7", "model.encoder=resnet18"))
    assert (recipe.train.steps, recipe.model.encoder) == (7, "resnet18")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unige-unt", r"there is no recipe 'unige-unt'; .*; did you mean unige-unet\?$"),
        ("qqqqq", r"there is no recipe 'qqqqq'; give a TOML file or one of: [\w, -]*$"),
        ("my.toml", r"there is no file my\.toml; check its path$"),
        ("folder/unige-unet", "there is no file folder"),
    ],
)
def test_a_recipe_that_is_not_there_is_a_mistyped_name_or_a_file(name, words):
    with pytest.raises(RecipeError, match=words):
        load_any(name)


@pytest.mark.parametrize(
    ("text", "overrides", "words"),
    [
        (SMALLEST + "[model]\nencodr = 'x'", (), r"unknown key model.encodr; did you mean model.encoder\?"),
        (SMALLEST, ("steps=4",), r"unknown key steps; did you mean train.steps\?"),
        (SMALLEST, ("data.encoder=4",), r"unknown key data.encoder; did you mean model.encoder\?"),
        (SMALLEST, ("nam=4",), r"unknown key nam; did you mean name\?"),
        (SMALLEST, ('data.sources=[{name="a", wight=2}]',), r"0.wight; did you mean data.sources.0.weight\?"),
        (SMALLEST, ("qqqqq=4",), "unknown key qqqqq; remove it"),
        (SMALLEST, ("data.sources=[{name=walls}]",), "not valid TOML, invalid value; put names in single"),
        (SMALLEST, ("model.decoder_channels=[1, 2",), "'model.decoder_channels=.1, 2' is not valid TOML"),
        (SMALLEST + "[train]\nsteps = 0", (), "train.steps: .* got 0"),
        (SMALLEST, ("train.steps",), "has no value"),
        (
            SMALLEST,
            ("train.epochs=3", "train.steps=9"),
            "steps=9' plays no part while train.epochs is 3",
        ),
        (SMALLEST + "[train]\nepochs = 3", ("train.validate_every=9",), "add --set train.epochs=0"),
        (SMALLEST, ("data.scale=[2.0, 0.5]",), r"data\.scale: .*the smaller one first, got \[2\.0, 0\.5\]"),
        (SMALLEST, ("data.scale=[0.0, 1.0]",), r"data\.scale: .* two numbers above 0"),
        (SMALLEST, ("seed=20250714123456",), "seed: input should be less than or equal to 4294967295"),
        (SMALLEST, ("name.steps=3",), "name is not a section"),
        (SMALLEST, ("data.crop_px=100",), r"toml: data\.crop_px: input should be a multiple of 8, got 100$"),
        (SMALLEST, ("data.crop_px=[96, 100]",), r"toml: data\.crop_px\.1: .* multiple of 8, got 100$"),
        (SMALLEST, ("data.crop_px=wide",), r"toml: data\.crop_px: input should be .*, got 'wide'$"),
        ("name = ", (), "not valid TOML"),
        ('task = "segmentaton"\n' + SMALLEST, (), r"did you mean segmentation\?"),
        ('task = "guessing"\n' + SMALLEST, (), "task is 'guessing'; expected one of: segmentation, class"),
        ('task = "generation"\n' + SMALLEST + "[train]\nbeta3 = 1", (), "unknown key train.beta3; .*beta"),
        ('name = "x"\n[data]\nsources = []', (), "data.sources"),
        (
            'task = "generation"\nname = "x"\ndata.sources = [{ name = "a" }, { name = "a", share = 0.5 }]',
            (),
            r"data\.sources name 'a' twice; give each source once",
        ),
    ],
)
def test_a_fault_is_named_with_its_place(text, overrides, words):
    with pytest.raises(RecipeError, match=words):
        parse_recipe(text, "here.toml", overrides)


def test_an_unknown_recipe_lists_the_shipped_ones():
    with pytest.raises(RecipeError, match="crackwise-base"):
        load_recipe("crackwise-bas")


def test_a_recipe_may_begin_with_the_mark_of_an_editor_and_must_be_utf_8(tmp_path):
    path = tmp_path / "own.toml"
    text = 'name = "own"\ndescription = "Läufe"\ndata.sources = [{ name = "walls" }]\n'
    path.write_text(text, encoding="utf-8-sig")
    assert load_any(str(path)).description == "Läufe"
    for encoding in ("utf-16", "cp1252"):
        path.write_text(text, encoding=encoding)
        with pytest.raises(RecipeError, match=r"own\.toml is not UTF-8 .*; save it as UTF-8"):
            load_any(str(path))

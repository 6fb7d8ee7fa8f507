"""What a run folder says that its result depends on, at the first start and after resumes."""

import json

import pytest

from crackwise.errors import OutputError
from crackwise.recipe import parse_recipe
from crackwise.training.claim import check_claim, describe_run

TEXT = 'name = "tiny"\ndata.sources = [{ name = "walls" }]\ntrain.steps = 2000\n'
RECIPE = parse_recipe(TEXT, "tiny")
FIRST = {"torch": "2.0", "device": "two cores", "start_from_sha256": "aa"}


def begun(recipe, run, environment):
    describe_run(recipe, run, environment)
    (run / "last.ckpt").touch()


def described(run, *environments):
    for environment in environments:
        begun(RECIPE, run, environment)
    return json.loads((run / "environment.json").read_text(encoding="utf-8"))


def test_a_resume_under_the_same_conditions_adds_nothing(tmp_path):
    assert described(tmp_path, FIRST, FIRST) == FIRST


def test_a_resume_says_what_has_changed_and_keeps_what_was(tmp_path):
    newer = {**FIRST, "torch": "2.1"}
    other = {**newer, "device": "a GPU"}
    found = described(tmp_path, FIRST, newer, newer, other, FIRST)
    resumed = [{"torch": "2.1"}, {"device": "a GPU"}, {"torch": "2.0", "device": "two cores"}]
    assert found == {**FIRST, "resumed": resumed}


def test_what_a_run_started_from_stays_when_the_shipped_model_is_another_by_now(tmp_path):
    assert described(tmp_path, FIRST, {**FIRST, "start_from_sha256": "bb"}) == FIRST


@pytest.mark.parametrize("now", [{"teacher_sha256": "dd"}, {}])
def test_a_run_is_not_resumed_with_another_teacher(tmp_path, now):
    first = {**FIRST, "teacher_sha256": "cc"}
    described(tmp_path, first)
    with pytest.raises(OutputError, match=r"another teacher .* sha256 cc, or choose another --out"):
        describe_run(RECIPE, tmp_path, {**FIRST, **now})
    assert described(tmp_path, first) == first


def test_an_unfinished_run_goes_on_in_other_batches_and_says_so(tmp_path):
    given = ("train.batch=16", "train.accumulate=1"), ("train.batch=8", "train.accumulate=2")
    once, twice = (parse_recipe(TEXT, "tiny", changes) for changes in given)
    for recipe in (once, twice):
        check_claim(recipe, tmp_path)
        begun(recipe, tmp_path, FIRST)
    assert "batch = 8" in (tmp_path / "recipe.toml").read_text(encoding="utf-8")
    found = json.loads((tmp_path / "environment.json").read_text(encoding="utf-8"))
    assert found == {**FIRST, "resumed": [{"train.batch": "8", "train.accumulate": "2"}]}
    describe_run(twice, tmp_path, FIRST)
    assert json.loads((tmp_path / "environment.json").read_text(encoding="utf-8")) == found


@pytest.mark.parametrize(("finished", "changes"), [(True, ("train.accumulate=2",)), (False, ())])
def test_other_samples_in_a_step_or_a_finished_run_are_another_recipe(tmp_path, finished, changes):
    begun(RECIPE, tmp_path, FIRST)
    if finished:
        (tmp_path / "result.json").write_text("{}", encoding="utf-8")
    with pytest.raises(OutputError, match=r"train\.batch was 16, is 8"):
        check_claim(parse_recipe(TEXT, "tiny", ("train.batch=8", *changes)), tmp_path)


SOURCES = 'data.sources=[{name="walls"}, {name="bridge", share=0.5}]'
MANY = ("train.steps=4", "train.batch=2", "seed=1", "data.crop_px=64", "train.loss=bce")


@pytest.mark.parametrize(
    ("then", "now", "told"),
    [
        (("train.steps=4",), (), "train.steps was 4, is 2000"),
        ((), ("train.epochs=3",), "train.epochs was 0, is 3"),
        (('data.sources=[{name="walls", share=0.5}]',), (), "data.sources[0].share was 0.5, is 1.0"),
        ((SOURCES,), (), 'data.sources was ["walls", "bridge"], is ["walls"]'),
        (("model.net=plain_unet",), (), 'model.net was "plain_unet", is "unet"'),
        (
            MANY,
            (),
            "seed was 1, is 0; data.crop_px was 64, is 256; train.steps was 4, is 2000; "
            "train.batch was 2, is 16; 1 more",
        ),
    ],
)
def test_a_run_of_another_recipe_is_refused_by_what_differs(tmp_path, then, now, told):
    before, after = (parse_recipe(TEXT, "tiny", changes) for changes in (then, now))
    begun(before, tmp_path, FIRST)
    check_claim(before, tmp_path)
    with pytest.raises(OutputError) as refused:
        check_claim(after, tmp_path)
    assert str(refused.value) == (
        f"{tmp_path} holds a run of another recipe: {told}; go on with the recipe and --set that it was "
        "begun with, or choose another --out"
    )


def test_a_folder_whose_training_ended_before_its_first_checkpoint_may_be_begun_with_another_recipe(tmp_path):
    first = {**FIRST, "teacher_sha256": "cc"}
    describe_run(RECIPE, tmp_path, first)
    other = parse_recipe(TEXT, "tiny", ("train.loss=dice", "train.batch=8"))
    check_claim(other, tmp_path)
    describe_run(other, tmp_path, {"torch": "2.1"})
    assert parse_recipe((tmp_path / "recipe.toml").read_text("utf-8"), "tiny") == other
    assert json.loads((tmp_path / "environment.json").read_text("utf-8")) == {"torch": "2.1"}


def test_a_finished_run_stays_its_own_without_its_checkpoints(tmp_path):
    describe_run(RECIPE, tmp_path, FIRST)
    (tmp_path / "result.json").write_text("{}", encoding="utf-8")
    with pytest.raises(OutputError, match="another recipe"):
        check_claim(parse_recipe(TEXT, "tiny", ("seed=3",)), tmp_path)

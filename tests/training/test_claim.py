"""What a run folder says that its result depends on, at the first start and after resumes."""

import json

import pytest

from crackwise.errors import OutputError
from crackwise.recipe import parse_recipe
from crackwise.training.claim import describe_run

RECIPE = parse_recipe('name = "tiny"\ndata.sources = [{ name = "walls" }]\n', "tiny")
FIRST = {"torch": "2.0", "device": "two cores", "start_from_sha256": "aa"}


def described(run, *environments):
    for environment in environments:
        describe_run(RECIPE, run, environment)
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

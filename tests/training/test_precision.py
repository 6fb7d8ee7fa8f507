import pytest
import torch

from crackwise.errors import RecipeError
from crackwise.recipe import ClassifierRecipe, Recipe, load_any
from crackwise.training.claim import check_claim, describe_run
from crackwise.training.precision import settled


def processor(monkeypatch, *can, gpu=None):
    """Let the machine have the instructions that are named, and a GPU that can compute in bf16 or cannot."""
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: dict.fromkeys(can, True))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu is not None)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: gpu)


@pytest.mark.parametrize(
    ("can", "gpu", "precision"),
    [
        (["avx2", "avx512_f", "avx512_bf16", "amx_bf16"], None, "bf16-mixed"),
        (["avx2", "avx512_f", "avx512_bf16"], None, "bf16-mixed"),
        (["avx2", "avx512_f"], None, "32-true"),
        (["avx2"], True, "bf16-mixed"),
        (["avx512_bf16"], False, "32-true"),
    ],
)
@pytest.mark.parametrize("name", ["crackwise-base", "crackwise-tiles"])
def test_auto_is_bf16_where_the_processor_has_instructions_for_it(
    tmp_path, monkeypatch, can, gpu, precision, name
):
    processor(monkeypatch, *can, gpu=gpu)
    recipe = load_any(name)
    assert isinstance(recipe, Recipe | ClassifierRecipe)
    assert recipe.train.precision == "auto"
    assert settled(recipe, tmp_path / "run").train.precision == precision


def test_half_precision_is_refused_without_a_gpu(tmp_path, monkeypatch):
    recipe = load_any("crackwise-base", ("train.precision=16-mixed",))
    processor(monkeypatch, "avx512_bf16", gpu=True)
    assert settled(recipe, tmp_path) == recipe
    processor(monkeypatch, "avx512_bf16")
    with pytest.raises(RecipeError, match="16-mixed, which needs a GPU, and there is none; take auto"):
        settled(recipe, tmp_path)


def test_a_precision_that_is_given_stays(tmp_path, monkeypatch):
    processor(monkeypatch, "avx2")
    recipe = load_any("crackwise-base", ("train.precision=bf16-mixed",))
    assert settled(recipe, tmp_path) == recipe


def test_a_run_goes_on_with_what_it_began_with_on_another_machine(tmp_path, monkeypatch):
    recipe = load_any("crackwise-base")
    processor(monkeypatch, "avx512_bf16")
    describe_run(settled(recipe, tmp_path), tmp_path, {})
    processor(monkeypatch, "avx2")
    resumed = settled(recipe, tmp_path)
    check_claim(resumed, tmp_path)
    assert resumed.train.precision == "bf16-mixed"

"""Checkpoints load again: without their folder, from earlier releases, and never with a traceback."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')
pytest.importorskip("lightning", reason='needs the extra "train"')

import segmentation_models_pytorch as smp  # noqa: E402

from crackwise.errors import ModelError  # noqa: E402
from crackwise.nets.build import build_net  # noqa: E402
from crackwise.recipe import parse_recipe  # noqa: E402
from crackwise.training.checkpoint import FORMAT, describe, read_checkpoint  # noqa: E402
from crackwise.training.export import load_net  # noqa: E402
from crackwise.training.validation import predict_photo  # noqa: E402

OLD = Path(__file__).parent / "old"
"""Written by the code of then: 2 steps on scenes drawn by it, and what it then predicted."""

RELEASES = ("0.1.1", "0.2.1", "0.3.0", "0.3.0-plain", "format-1")

RECIPE = parse_recipe(
    """
name = "tiny"
description = 'with "quotes", a \\backslash and µ'
[data]
sources = [{ name = "walls" }]
[model]
net = "plain_unet"
levels = 2
first_filters = 4
""",
    "tiny",
)


def gradient_photo():
    """Give the photo that the earlier releases were shown: each channel a ramp of its own."""
    down, right = np.mgrid[0:64, 0:64]
    return np.stack([4 * down, 4 * right, 255 - 2 * down - 2 * right], axis=2).astype(np.uint8)


def write(path, **changes):
    """Write what Lightning would, with changes of the description."""
    torch.manual_seed(0)
    state = {f"net.{key}": value for key, value in build_net(RECIPE.model).state_dict().items()}
    description = describe(RECIPE, 7)
    description["crackwise"] |= changes
    torch.save({"state_dict": {**state, "loss.weight": torch.ones(1)}, "global_step": 7, **description}, path)
    return path


@pytest.mark.parametrize("release", RELEASES)
def test_a_checkpoint_of_an_earlier_release_predicts_what_that_release_predicted(release):
    run = read_checkpoint(OLD / release / "best.ckpt")
    assert run.step == 2
    assert run.recipe.name == "tiny"
    assert run.recipe.train.learning_rate == 0.01
    expected = np.load(OLD / release / "prediction.npy")
    assert expected.std() > 0.003
    np.testing.assert_allclose(predict_photo(load_net(run), gradient_photo()), expected, atol=1e-4)


def test_the_kept_files_of_earlier_releases_stay_small():
    files = list(OLD.glob("*/best.ckpt"))
    assert {file.parent.name for file in files} == set(RELEASES)
    assert all(file.stat().st_size < 200_000 for file in files)


def test_the_kept_file_of_format_1_describes_itself():
    description = torch.load(OLD / "format-1" / "best.ckpt", weights_only=True)["crackwise"]
    assert (description["format"], description["step"]) == (1, 2)
    assert not (OLD / "format-1" / "recipe.toml").exists()


def test_a_checkpoint_alone_gives_recipe_weights_and_step_back(tmp_path):
    run = read_checkpoint(write(tmp_path / "moved.ckpt"))
    assert run.recipe == RECIPE
    assert run.step == 7
    torch.manual_seed(0)
    expected = build_net(RECIPE.model).state_dict()
    assert run.state.keys() == expected.keys()
    for key, value in expected.items():
        torch.testing.assert_close(run.state[key], value, rtol=0, atol=0, msg=key)
    load_net(run)


def test_the_recipe_inside_wins_over_a_file_beside_it(tmp_path):
    (tmp_path / "recipe.toml").write_text("no recipe at all", encoding="utf-8")
    assert read_checkpoint(write(tmp_path / "best.ckpt")).recipe == RECIPE


def test_the_description_names_the_release_and_is_made_of_plain_values():
    [(key, description)] = describe(RECIPE, 3).items()
    assert key == "crackwise"
    assert {name: type(value) for name, value in description.items()} == {
        "format": int,
        "crackwise": str,
        "recipe": str,
        "step": int,
    }
    assert parse_recipe(description["recipe"], "x") == RECIPE


def test_a_newer_format_is_refused_with_both_versions(tmp_path):
    path = write(tmp_path / "best.ckpt", format=FORMAT + 1, crackwise="9.8.7")
    with pytest.raises(
        ModelError, match=rf"format {FORMAT + 1} of crackwise 9\.8\.7; .* up to {FORMAT}; update crackwise"
    ):
        read_checkpoint(path)


def test_a_recipe_with_keys_of_a_newer_release_names_both_releases(tmp_path):
    path = write(tmp_path / "best.ckpt", recipe=describe(RECIPE, 0)["crackwise"]["recipe"] + "wings = 2\n")
    with pytest.raises(ModelError, match=r"wings.*; it was written by crackwise [\d.]+ and this is"):
        read_checkpoint(path)


def test_an_old_checkpoint_without_its_recipe_says_what_to_put_where(tmp_path):
    (tmp_path / "best.ckpt").write_bytes((OLD / "0.1.1" / "best.ckpt").read_bytes())
    with pytest.raises(ModelError, match=r"no recipe inside.* no recipe\.toml beside it; put"):
        read_checkpoint(tmp_path / "best.ckpt")


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.999])
def test_a_truncated_checkpoint_is_one_clear_sentence(share, tmp_path):
    whole = (OLD / "0.3.0" / "best.ckpt").read_bytes()
    (tmp_path / "best.ckpt").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ModelError, match="is damaged or no file of tensors") as caught:
        read_checkpoint(tmp_path / "best.ckpt")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [{"a": 1}, {"state_dict": 3}, {"state_dict": {"w": torch.ones(1)}}, [1], 3]
)
def test_a_file_of_something_else_is_no_checkpoint(content, tmp_path):
    torch.save(content, tmp_path / "best.ckpt")
    with pytest.raises(ModelError, match=r"best\.ckpt is no checkpoint of crackwise train"):
        read_checkpoint(tmp_path / "best.ckpt")


BROKEN = {
    "a text": "text",
    "empty": {},
    "format in words": {"format": "one", "crackwise": "0.1.0"},
    "no step": {"format": 1, "crackwise": "0.1.0", "recipe": 'name = "x"'},
    "no such recipe": {"format": 1, "crackwise": "0.1.0", "recipe": "name = 1", "step": 2},
}


@pytest.mark.parametrize("description", BROKEN.values(), ids=BROKEN)
def test_a_broken_description_is_no_traceback(description, tmp_path):
    content = torch.load(write(tmp_path / "best.ckpt"), weights_only=True)
    torch.save({**content, "crackwise": description}, tmp_path / "best.ckpt")
    with pytest.raises(ModelError, match=r"best\.ckpt"):
        read_checkpoint(tmp_path / "best.ckpt")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"there is no file .*gone\.ckpt"):
        read_checkpoint(tmp_path / "gone.ckpt")


def test_plain_pytorch_loads_a_checkpoint_as_the_docs_show():
    """The lines of docs/checkpoints.md, beside the prediction of the release that wrote the file."""
    content = torch.load(OLD / "0.3.0" / "best.ckpt", map_location="cpu", weights_only=True)["state_dict"]
    net = smp.Unet("tu-resnet18", encoder_depth=1, encoder_weights=None, decoder_channels=[4]).eval()
    inner = {k.removeprefix("net.net."): v for k, v in content.items() if k.startswith("net.net.")}
    net.load_state_dict(inner)
    photo = torch.from_numpy(gradient_photo()).permute(2, 0, 1)[None]
    with torch.inference_mode():
        probability = torch.sigmoid(net((photo - content["net.mean"]) / content["net.std"]))[0, 0]
    np.testing.assert_allclose(probability, np.load(OLD / "0.3.0" / "prediction.npy"), atol=1e-4)

"""What a recipe feeds the network: crops, classical versions or whole photos, and the sheet that shows it."""

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')

from crackwise.data.augment import classical_version  # noqa: E402
from crackwise.data.dataset import Sample  # noqa: E402
from crackwise.data.draw import write_drawn  # noqa: E402
from crackwise.data.folder import SetPhoto, read_folder  # noqa: E402
from crackwise.data.sheet import OUTLINE  # noqa: E402
from crackwise.errors import DataError, RecipeError  # noqa: E402
from crackwise.nets.cracknet import CrackNet  # noqa: E402
from crackwise.recipe import dump_recipe, parse_recipe  # noqa: E402
from crackwise.training.samples import CUTS, TrainingCrops  # noqa: E402
from crackwise.training.sees import normalise, seen_rows  # noqa: E402
from crackwise.training.sources import SourceSamples, gather  # noqa: E402

RECIPE = 'name = "r"\n[data]\ncrop_px = 64\nvalidation_share = 0.3\nsources = [{ name = "walls" }]\n'


def recipe(*overrides):
    return parse_recipe(RECIPE, "here", overrides)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    write_drawn(root / "walls", 8, "64x64", 3)
    return root


def photo_of(side=64):
    image = np.full((side, side, 3), 180, np.uint8)
    line = np.zeros((side, side), bool)
    line[30:34] = True
    image[line] = 50
    return image, line, np.roll(line, 20, axis=0)


def test_a_recipe_that_does_not_speak_of_it_is_augmented_as_ever():
    assert recipe().data.augment == "strong"
    assert parse_recipe(dump_recipe(recipe("data.augment=classical")), "x").data.augment == "classical"
    with pytest.raises(RecipeError, match=r"data\.augment: .* got 'classic'"):
        recipe("data.augment=classic")


@pytest.fixture
def cut(monkeypatch, tmp_path):
    """Cuts crop 5 of a training by a recipe on one photo, with the dice as they lie before the cut."""
    monkeypatch.setattr("crackwise.training.samples.read_labelled", lambda sample, source: photo_of())
    sample = Sample(tmp_path / "a.png", tmp_path / "a_mask.png", "walls", "a")

    def cut_by(chosen):
        source = SourceSamples(chosen.data.sources[0], (sample,), ())
        rng = np.random.default_rng((chosen.seed, 5))
        rng.choice(1, p=[1.0])  # of the sources
        rng.integers(1)  # of its photos
        return TrainingCrops(chosen, (source,), 5, 1).cut(0)[1], rng

    return cut_by


def test_on_the_fly_the_classical_version_is_that_of_the_files(cut):
    crop, rng = cut(recipe("data.augment=classical"))
    image, line, unknown = photo_of()
    version = classical_version(image, (line, unknown), rng)
    np.testing.assert_array_equal(crop.image, version.image)
    np.testing.assert_array_equal(crop.target, version.masks[0])
    np.testing.assert_array_equal(crop.weight, ~version.masks[1])


def test_without_augmentation_the_network_gets_the_photo_itself(cut):
    crop, _ = cut(recipe("data.augment=none"))
    image, line, unknown = photo_of()
    np.testing.assert_array_equal(crop.image, image)
    np.testing.assert_array_equal(crop.target, line)
    np.testing.assert_array_equal(crop.weight, ~unknown)


@pytest.mark.parametrize("name", CUTS)
def test_every_kind_gives_tensors_of_the_side_that_the_recipe_says(data, name):
    chosen = recipe(f"data.augment={name}", "data.crop_px=32")
    crops = TrainingCrops(chosen, gather(chosen, data, data), 0, 3)
    for photo, target, weight in (crops[index] for index in range(3)):
        assert photo.shape == (3, 32, 32)
        assert photo.dtype == target.dtype == weight.dtype == torch.float32
        assert target.shape == weight.shape == (32, 32)
        assert 0 <= target.min() <= target.max() <= 1
        assert 0 <= photo.min() <= photo.max() <= 255


def test_the_sheet_normalises_as_the_network_does():
    class Keep(torch.nn.Module):
        def forward(self, values):
            self.given = values
            return values[:, :1]

    inner = Keep()
    model = recipe().model
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    CrackNet(inner, model.input_mean, model.input_std)(
        torch.from_numpy(image.transpose(2, 0, 1)).float()[None]
    )
    np.testing.assert_allclose(normalise(image, model), inner.given[0].numpy().transpose(1, 2, 0), atol=1e-5)


def test_the_sheet_shows_the_first_crops_of_the_training(data):
    chosen = recipe("data.augment=none")
    rows = seen_rows(read_folder(data / "walls"), chosen)
    assert [len(row.cells) for row in rows] == [6, 6, 6, 6]
    named = {path.name for path in (data / "walls" / "images").iterdir()}
    for row in rows:
        for crop, normalised, target in (row.cells[:3], row.cells[3:]):
            name = crop.caption.partition("\n")[2]
            assert name in named
            stored = cv2.imread(str(data / "walls" / "images" / name))[..., ::-1]
            np.testing.assert_array_equal(crop.picture, stored)
            assert normalised.caption.startswith("normalised")
            assert target.caption.startswith("target\ncrack")


def test_the_sheet_colours_crack_and_unknown(tmp_path, monkeypatch):
    image, line, unknown = photo_of()
    monkeypatch.setattr(
        "crackwise.training.samples.read_labelled", lambda sample, source: (image, line, unknown)
    )
    photo = SetPhoto(tmp_path / "a.png", tmp_path / "a_mask.png", "walls", "a")
    target = seen_rows((photo,), recipe("data.augment=none"))[0].cells[2]
    shown = cv2.resize(target.picture, (64, 64), interpolation=cv2.INTER_NEAREST_EXACT)
    np.testing.assert_array_equal(shown[line], np.broadcast_to(OUTLINE, shown[line].shape))
    assert (np.ptp(shown[unknown].astype(int), axis=1) > 80).all()  # orange
    assert (np.ptp(shown[~line & ~unknown].astype(int), axis=1) == 0).all()  # grey
    assert "crack 6.2 %, unknown 6.2 %" in target.caption  # 4 of 64 rows each


def test_photos_without_masks_cannot_be_shown_as_a_training_sees_them(tmp_path):
    (tmp_path / "bare" / "images").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "bare" / "images" / "a.png"), np.zeros((64, 64, 3), np.uint8))
    with pytest.raises(DataError, match="none of 1 photos has a mask"):
        seen_rows(read_folder(tmp_path / "bare"), recipe())

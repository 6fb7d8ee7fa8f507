"""What a classifier is trained on: both classes alike or each tile once, changed as the recipe says."""

from collections import Counter

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')
pytest.importorskip("lightning", reason='needs the extra "train"')

from crackwise.training.classifier.calibration import best_temperature, probability_of  # noqa: E402
from crackwise.training.classifier.samples import (  # noqa: E402
    AUGMENTATIONS,
    CHOICES,
    TilesAsTheyAre,
    TrainingTiles,
    class_weights,
)
from crackwise.training.classifier.sources import gather_tiles  # noqa: E402
from tinyclassifier import tiny_classifier  # noqa: E402


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Two sets: walls with 3 cracked and 9 sound tiles for training, decks with 6 cracked ones."""
    root = tmp_path_factory.mktemp("data")
    for name, cracked, sound in (("walls", 3, 9), ("decks", 6, 0)):
        for folder, count in (("crack", cracked), ("nocrack", sound)):
            for part, number in [("train", n) for n in range(count)] + [("valid", 99)]:
                path = root / name / part / folder / f"{number}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(path), np.full((32, 48, 3), 100 * (folder == "crack") + number, np.uint8))
    return root


def gathered(root, *changes):
    recipe = tiny_classifier(*changes)
    return recipe, gather_tiles(recipe, root, root)


WALLS = 'data.sources=[{name="walls"}]'
BOTH = 'data.sources=[{name="walls", weight=2}, {name="decks", weight=6}]'


class TestChoice:
    def test_sampling_draws_both_classes_alike_and_sources_by_weight(self, root):
        recipe, sources = gathered(root, BOTH)
        choose = CHOICES[recipe.data.balance](sources)
        drawn = [choose(0, number) for number in range(2000)]
        counts = Counter((tile.is_cracked, tile.photo.source) for tile in drawn)
        assert counts.keys() == {(False, "walls"), (True, "walls"), (True, "decks")}
        assert counts[False, "walls"] == pytest.approx(1000, abs=100)  # 4.5 standard deviations
        assert counts[True, "decks"] == pytest.approx(750, abs=100)

    @pytest.mark.parametrize("balance", ["none", "weights"])
    def test_without_sampling_each_tile_comes_once_an_epoch_in_a_new_order(self, root, balance):
        recipe, sources = gathered(root, WALLS, f"data.balance={balance}")
        choose = CHOICES[recipe.data.balance](sources)
        first, second = (
            [choose(0, number).name for number in numbers] for numbers in (range(12), range(12, 24))
        )
        assert sorted(first) == sorted(second) == sorted(tile.name for tile in sources[0].training)
        assert first != second

    def test_weights_let_each_class_count_for_half(self, root):
        _, sources = gathered(root, WALLS)
        assert class_weights(sources) == (12 / 18, 12 / 6)


class TestTiles:
    def test_a_tile_depends_on_its_number_alone(self, root):
        recipe, sources = gathered(root, WALLS)
        everything, later = TrainingTiles(recipe, sources, 0, 8), TrainingTiles(recipe, sources, 5, 3)
        for mine, theirs in zip(later[1], everything[6]):
            torch.testing.assert_close(mine, theirs, rtol=0, atol=0)

    def test_photos_come_as_channels_first_at_the_size_of_the_recipe_with_their_class(self, root):
        recipe, sources = gathered(root, WALLS, "data.augment=none", "data.size_px=[64, 40]")
        photo, truth = TrainingTiles(recipe, sources, 0, 1)[0]
        assert photo.shape == (3, 40, 64)
        assert (int(photo.min()) >= 100) is bool(truth)

    def test_validation_tiles_come_in_their_order_as_they_are(self, root):
        _, [source] = gathered(root, WALLS)
        tiles = TilesAsTheyAre(source.validation, (48, 32))
        assert [(float(photo.mean()), int(truth)) for photo, truth in (tiles[0], tiles[1])] == [
            (199, 1),
            (99, 0),
        ]

    @pytest.mark.parametrize("name", AUGMENTATIONS)
    def test_each_augmentation_gives_the_size_asked_for_and_the_same_for_the_same_dice(self, name):
        tile = np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8)
        one, same, other = (
            AUGMENTATIONS[name](tile, (48, 32), np.random.default_rng(seed)) for seed in (1, 1, 2)
        )
        assert one.shape == (32, 48, 3)
        np.testing.assert_array_equal(one, same)
        assert np.array_equal(one, other) is (name == "none")

    def test_the_strong_set_keeps_what_lies_in_the_middle_there(self):
        tile = np.full((65, 65, 3), 220, np.uint8)
        tile[22:43, 22:43] = 20
        for seed in range(20):
            seen = AUGMENTATIONS["strong"](tile, (65, 65), np.random.default_rng(seed)).mean(axis=2)
            assert seen[28:37, 28:37].mean() < seen[:6].mean()


class TestCalibration:
    def test_a_classifier_that_is_right_three_times_of_four_gets_that_probability(self):
        """sigmoid(2 / T) = 3 / 4, so T = 2 / ln 3."""
        margins = np.full(100, 2.0)
        cracked = np.arange(100) < 75
        temperature = best_temperature(margins, cracked)
        assert temperature == pytest.approx(2 / np.log(3), abs=1e-3)
        np.testing.assert_allclose(probability_of(margins, temperature), 0.75, atol=1e-3)

    def test_where_no_verdict_is_wrong_the_probabilities_get_no_sharper(self):
        margins = np.array([-3.0, -2.0, 2.0, 3.0])
        assert best_temperature(margins, margins > 0) == pytest.approx(1.0, abs=1e-3)

    def test_a_threshold_beside_0_that_is_right_about_all_tiles_does_not_hide_how_sure_to_be(self):
        """The loss is least where 40 · 2 · sigmoid(-2 / T) = 0.5 · sigmoid(0.5 / T)."""
        margins = np.array([2.0] * 20 + [-2.0] * 20 + [0.5])
        assert best_temperature(margins, margins > 1) == pytest.approx(0.37696, abs=1e-4)

    def test_a_margin_beyond_all_numbers_gives_a_probability(self):
        np.testing.assert_allclose(probability_of(np.array([-1e6, 0.0, 1e6]), 1.0), [0, 0.5, 1], atol=1e-30)

"""The photos that ship with the package."""

import cv2

from crackwise.examples import example_photos, example_truth


def test_every_example_photo_has_its_truth() -> None:
    assert [photo.name for photo in example_photos()] == sorted(example_truth()["photos"])
    assert len(example_photos()) == 5


def test_the_example_photos_are_light_and_large_enough() -> None:
    assert sum(photo.stat().st_size for photo in example_photos()) <= 2_500_000
    for photo in example_photos():
        assert cv2.imread(str(photo)).shape == (1200, 1600, 3)


def test_one_example_is_sound_and_the_others_are_cracked() -> None:
    cracks = {name: truth["cracks"] for name, truth in example_truth()["photos"].items()}
    assert [name for name, listed in cracks.items() if not listed] == ["concrete_sound.jpg"]
    for crack in (crack for listed in cracks.values() for crack in listed):
        assert crack["length_px"] > 1000
        assert 2 < crack["width_mean_px"] < crack["width_max_along_px"] <= crack["width_max_px"]


def test_the_scale_of_the_examples_is_known() -> None:
    assert example_truth()["mm_per_px"] == 0.25

"""A set on disk judged from end to end; truth by hand, predictions made up."""

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from crackwise.arrays import CrackMask, Rgb
from crackwise.data.folder import SetPhoto, read_folder
from crackwise.errors import DataError
from crackwise.score.bootstrap import Bootstrap
from crackwise.score.evaluation import (
    Evaluation,
    Operation,
    best_threshold,
    evaluate_set,
    inverted_hint,
    refuse_labels,
    robustness,
    stack_of,
)
from crackwise.score.judge import JudgeSettings, PhotoSet, judge, with_truth
from crackwise.score.scoresfile import Tool, scores_csv, scores_json
from crackwise.score.tally import Prediction
from crackwise.score.worst import look_again, worst_cracked, worst_sound
from linewalls import SHAPE, TRUE, line, write_walls

SETTINGS = JudgeSettings(bootstrap=Bootstrap(samples=40))
OPERATION = Operation("0.5 or more", 0.5, "default")
EMPTY = np.zeros(SHAPE, bool)

LEVELS = {
    "a": line(10) * 200 + line(13) * 100,  # right
    "b": line(20, length_px=10) * 150,  # half of it is found
    "c": line(35) * 250,  # all wrong
    "d": line(5, length_px=4) * 90,  # nothing at 0.5
}


@pytest.fixture
def walls(tmp_path: Path) -> Path:
    return write_walls(tmp_path / "walls")


@pytest.fixture
def photos(walls: Path) -> PhotoSet:
    return with_truth("walls", read_folder(walls))


def predict(photo: SetPhoto, image: Rgb) -> Prediction:
    assert image.shape == (40, 50, 3)
    return Prediction(LEVELS[photo.image.stem].astype(np.uint8))


def evaluated(photos: PhotoSet, how: Callable[[SetPhoto, Rgb], Prediction] = predict) -> Evaluation:
    return evaluate_set(photos, how, SETTINGS, OPERATION)


def test_a_set_is_described_and_scored(photos: PhotoSet) -> None:
    found = evaluated(photos)
    assert (found.name, len(found.tallies), found.scenes, found.crack_free) == ("walls", 4, 4, 1)
    assert (found.empty_empty, found.unmarked, found.failures) == (1, 0, ())
    assert found.scores["iou_mean"].value == pytest.approx((1 + 0.5 + 0 + 1) / 4)
    assert found.deviations["iou"] == pytest.approx(np.std([1, 0.5, 0, 1]))
    pixels = found.pixels
    assert (pixels.found, pixels.false, pixels.missed) == (30, 20, 30)
    assert pixels.found + pixels.false + pixels.missed + pixels.sound == 4 * 2000


def test_the_mask_of_the_tool_counts_where_it_has_one(photos: PhotoSet) -> None:
    def reported(photo: SetPhoto, image: Rgb) -> Prediction:
        return replace(predict(photo, image), mask=TRUE[photo.image.stem], cracks=1)

    found = evaluated(photos, reported)
    assert found.scores["iou_mean"].value == 1
    assert found.scores["ods"].value < 1, "over thresholds the probability counts"
    assert found.scores["false_crack_share"].value == 1, "one crack is reported on the photo without any"


def test_the_best_threshold_is_marked_as_chosen_on_the_test(photos: PhotoSet) -> None:
    found = evaluated(photos)
    chosen, best, best_iou = found.points
    assert (chosen.chosen_on, chosen.is_optimistic, chosen.threshold) == ("default", False, 0.5)
    assert (best.chosen_on, best.is_optimistic, best_iou.is_optimistic) == ("test", True, True)
    assert best.figures["dice_pooled"] == found.scores["ods"].value >= chosen.figures["dice_pooled"]
    assert best_iou.figures["iou_mean"] >= chosen.figures["iou_mean"]


def test_a_threshold_of_validation_is_shown_beside(photos: PhotoSet) -> None:
    own = Operation("its own way", None, "validation", also=0.9)
    beside = evaluate_set(photos, predict, SETTINGS, own).points[1]
    assert (beside.chosen_on, beside.threshold, beside.is_optimistic) == ("validation", 0.9, False)
    # at 0.9 only the wrong line of c is marked
    assert (beside.figures["recall_pooled"], beside.figures["precision_pooled"]) == (0, 0)


def test_the_best_threshold_lies_between_what_is_right_and_what_is_wrong(photos: PhotoSet) -> None:
    pair = PhotoSet("two", photos.photos[:2])  # right at 200 and 150, wrong at 100
    threshold = best_threshold(stack_of(judge(pair, predict, SETTINGS).tallies))
    assert 100 / 255 < threshold < 150 / 255


def test_masks_have_no_curve_and_no_threshold(photos: PhotoSet) -> None:
    found = evaluated(
        photos, lambda photo, _: Prediction(TRUE[photo.image.stem] * np.uint8(255), is_binary=True)
    )
    assert found.curve is None
    assert [(point.chosen_on, point.threshold) for point in found.points] == [("binary", None)]
    assert "ap" not in found.scores


def test_labels_nought_and_one_are_refused_instead_of_scored_as_empty(photos: PhotoSet) -> None:
    found = evaluated(photos, lambda photo, _: Prediction(TRUE[photo.image.stem].astype(np.uint8)))
    with pytest.raises(DataError, match="highest level of all predictions for walls is 1 of 255"):
        refuse_labels(found)


def test_labels_are_refused_where_nothing_is_cracked_too(photos: PhotoSet) -> None:
    sound = PhotoSet("sound", tuple(replace(photo, mask=None, label="no crack") for photo in photos.photos))
    found = evaluated(sound, lambda *_: Prediction(line(3).astype(np.uint8)))
    with pytest.raises(DataError, match="highest level of all predictions for sound is 1 of 255"):
        refuse_labels(found)


def inverse(photo: SetPhoto, _: Rgb) -> Prediction:
    return Prediction(np.where(TRUE[photo.image.stem], 0, 255).astype(np.uint8), is_binary=True)


def test_masks_with_black_cracks_are_called_inverted(photos: PhotoSet) -> None:
    hint = "the predictions for walls mark 99% of the pixels, the labels 1%; if the crack is black in them"
    assert (inverted_hint(evaluated(photos, inverse)) or "").startswith(hint)
    sound = PhotoSet("sound", tuple(replace(photo, mask=None, label="no crack") for photo in photos.photos))
    assert "the labels 0%" in (inverted_hint(evaluated(sound, inverse)) or "")


def test_a_tool_that_marks_little_or_much_and_right_is_not_called_inverted(photos: PhotoSet) -> None:
    assert inverted_hint(evaluated(photos, lambda *_: Prediction(EMPTY * np.uint8(255)))) is None
    assert inverted_hint(evaluated(photos)) is None
    wide = PhotoSet("one", photos.photos[:1])
    most = np.full(SHAPE, 255, np.uint8)
    assert inverted_hint(evaluated(wide, lambda *_: Prediction(most))) is None


def test_a_model_may_be_almost_sure_that_nothing_is_cracked(photos: PhotoSet) -> None:
    sound = PhotoSet("sound", tuple(replace(photo, mask=None, label="no crack") for photo in photos.photos))
    assert evaluated(sound, lambda *_: Prediction(line(3).astype(np.uint8))).empty_empty == 4


def test_one_broken_photo_is_listed_and_the_others_are_judged(photos: PhotoSet) -> None:
    photos.photos[1].image.write_bytes(b"no photo")
    found = evaluated(photos)
    assert [one.file for one in found.tallies] == ["a.png", "c.png", "d.png"]
    assert [(one.file, "cannot be read" in one.reason) for one in found.failures] == [("b.png", True)]


def test_a_prediction_of_another_size_is_listed(photos: PhotoSet) -> None:
    def too_small(photo: SetPhoto, image: Rgb) -> Prediction:
        whole = predict(photo, image)
        return Prediction(whole.levels[:20]) if photo.image.stem == "a" else whole

    (failure,) = evaluated(photos, too_small).failures
    assert "walls/a.png is 50×20 but its photo is 50×40" in failure.reason


def test_a_set_of_which_no_photo_can_be_judged_is_refused(photos: PhotoSet) -> None:
    for photo in photos.photos:
        photo.image.write_bytes(b"no photo")
    with pytest.raises(DataError, match=r"none of the 4 photos of walls can be judged, first a\.png"):
        evaluated(photos)


def test_progress_counts_every_photo(photos: PhotoSet) -> None:
    seen: list[tuple[int, int]] = []
    evaluate_set(photos, predict, SETTINGS, OPERATION, lambda done, total: seen.append((done, total)))
    assert seen == [(number, 4) for number in range(1, 5)]


def test_the_curve_is_of_the_pooled_pixels(photos: PhotoSet) -> None:
    curve = evaluated(photos).curve
    at_half = curve.thresholds.index(0.5)
    assert (curve.precision[at_half], curve.recall[at_half]) == (30 / 50, 30 / 60)
    assert curve.f1[at_half] == pytest.approx(2 * 30 / (50 + 60))


def test_photos_without_mask_are_refused_unless_they_are_known_to_show_no_crack(walls: Path) -> None:
    (walls / "masks" / "d.png").unlink()
    with pytest.raises(DataError, match=r"1 of 4 photos in walls have no mask, first d\.png"):
        with_truth("walls", read_folder(walls))
    (walls / "labels.csv").write_text("file,label\nd.png,no crack\n", encoding="utf-8")
    assert evaluated(with_truth("walls", read_folder(walls))).crack_free == 1


def test_no_threshold_is_the_best_where_nothing_is_true(photos: PhotoSet) -> None:
    sound = replace(photos, photos=tuple(replace(one, mask=None, label="no crack") for one in photos.photos))
    found = evaluated(sound)
    assert [point.chosen_on for point in found.points] == ["default"]
    (one,) = scores_json(Tool("run", "mine", "", {}), SETTINGS, [found])["sets"]
    assert one["scores"]["ods"] == one["scores"]["ois"] == {"value": None, "low": None, "high": None}


def test_only_the_photos_of_a_part_are_judged(walls: Path) -> None:
    rows = "".join(f"{name}.png,{part}\n" for name, part in zip("abcd", ("train", "test", "test", "train")))
    (walls / "split.csv").write_text(f"file,part\n{rows}", encoding="utf-8")
    photos = read_folder(walls)
    assert [one.file for one in with_truth("walls", photos, "test").photos] == ["b.png", "c.png"]
    with pytest.raises(DataError, match="no photo of walls is of the part 'tset'; its parts are test, train"):
        with_truth("walls", photos, "tset")


def test_the_hash_of_the_names_does_not_follow_their_order(photos: PhotoSet) -> None:
    turned = PhotoSet("walls", photos.photos[::-1])
    fewer = PhotoSet("walls", photos.photos[1:])
    assert photos.names_sha256 == turned.names_sha256 != fewer.names_sha256


def test_the_hash_of_the_photos_is_of_those_that_were_judged(photos: PhotoSet) -> None:
    files = {(photo.source, photo.file) for photo in photos.photos}
    first = (photos.photos[0].source, photos.photos[0].file)
    turned = PhotoSet("walls", photos.photos[::-1])
    assert photos.photos_sha256(files) == turned.photos_sha256(files) != photos.photos_sha256(files - {first})
    alone = f"{sha256(photos.photos[0].image.read_bytes()).hexdigest()}\n"
    assert photos.photos_sha256({first}) == sha256(alone.encode()).hexdigest()


def test_worse_photos_are_what_the_tool_sees(photos: PhotoSet) -> None:
    darkest: list[int] = []

    def dark_is_crack(_photo: SetPhoto, image: Rgb) -> Prediction:
        darkest.append(int(image.max()))
        return Prediction((image[:, :, 0] < 150).astype(np.uint8) * 254)

    assert evaluated(photos, dark_is_crack).scores["iou_mean"].value == 1
    darker = robustness(photos, dark_is_crack, SETTINGS, "brightness × 0.6")
    assert max(darkest[-4:]) == 120, "200 times 0.6"
    assert darker["precision_pooled"] == pytest.approx(60 / 8000), "all is dark, all is marked"
    assert "hd95_mean_px" not in darker


def test_noise_is_the_same_in_every_run(photos: PhotoSet) -> None:
    def by_grey(_photo: SetPhoto, image: Rgb) -> Prediction:
        return Prediction(255 - image[:, :, 0])

    kind = "noise σ 25 of 255"
    assert robustness(photos, by_grey, SETTINGS, kind) == robustness(photos, by_grey, SETTINGS, kind)


def test_the_worst_come_first_and_sound_photos_apart(photos: PhotoSet) -> None:
    def marks_more(photo: SetPhoto, image: Rgb) -> Prediction:
        whole = predict(photo, image)
        return Prediction(whole.levels + np.uint8(100)) if photo.image.stem == "d" else whole

    tallies = evaluated(photos, marks_more).tallies
    assert [one.file for one in worst_cracked(tallies, 9)] == ["c.png", "b.png", "a.png"]
    assert [one.file for one in worst_cracked(tallies, 1)] == ["c.png"]
    assert [one.file for one in worst_sound(tallies, 9)] == ["d.png"]
    (case,) = look_again(photos, worst_cracked(tallies, 1), marks_more, 0.5)
    assert (case.true == TRUE["c"]).all()
    assert (case.predicted == line(35)).all()


def test_of_two_photos_with_nothing_found_the_one_with_more_wrong_is_worse(photos: PhotoSet) -> None:
    def misses(photo: SetPhoto, _image: Rgb) -> Prediction:
        wrong: CrackMask = line(2, length_px=30) if photo.image.stem == "b" else EMPTY
        return Prediction(wrong.astype(np.uint8) * 254)

    assert worst_cracked(evaluated(photos, misses).tallies, 1)[0].file == "b.png"


def test_scores_are_written_with_stable_keys(photos: PhotoSet) -> None:
    tool = Tool("predictions", "mine", "00", {})
    content = scores_json(tool, SETTINGS, [evaluated(photos)])
    assert json.loads(json.dumps(content, allow_nan=False)) == content
    assert content["schema_version"] == 1
    (one,) = content["sets"]
    assert set(one) == {
        "name", "photos", "names_sha256", "photos_sha256", "scenes", "crack_free_photos",
        "empty_empty_photos", "cracked_photos_without_mark", "confusion_px", "scores", "standard_deviations",
        "operating_points", "curve", "robustness", "failures",
    }  # fmt: skip
    assert one["scores"]["iou_mean"]["value"] == 0.625
    assert set(one["scores"]["iou_mean"]) == {"value", "low", "high"}
    assert [point["is_optimistic"] for point in one["operating_points"]] == [False, True, True]


def test_scores_of_single_photos_are_a_table(photos: PhotoSet) -> None:
    lines = scores_csv([evaluated(photos)]).splitlines()
    head, first = (text.split(",") for text in lines[:2])
    row = dict(zip(head, first))
    assert len(lines) == 1 + 4
    assert (row["set"], row["file"], row["group"]) == ("walls", "a.png", "a")
    assert (row["found_px"], row["false_px"], row["missed_px"], row["iou"]) == ("20", "0", "0", "1.0")
    assert row["cliou_4px"] == "1.0"
    half = dict(zip(head, lines[2].split(",")))
    assert (half["found_px"], half["false_px"], half["missed_px"]) == ("10", "0", "10")


def test_an_evaluation_is_the_same_every_time(photos: PhotoSet) -> None:
    tool = Tool("predictions", "mine", "00", {})
    first, second = (scores_json(tool, SETTINGS, [evaluated(photos)]) for _ in range(2))
    assert first == second

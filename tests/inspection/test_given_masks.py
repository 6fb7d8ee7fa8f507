"""Cracks of known width whose mask is given: the width comes from the photo, the mask says where to look."""

import dataclasses
import unicodedata

import cv2
import numpy as np
import pytest

import crackwise
from crackwise.crack.widths import METHODS
from crackwise.errors import SettingsError
from crackwise.inspection.masks import Masks
from crackwise.inspection.measure import mask_of, read_mask
from crackwise.inspection.record import MASK_GIVEN, InspectionRecord
from crackwise.inspection.settings import MeasuringSettings, Settings
from crackwise.inspection.sources import find_photos
from crackwise.scale import Scale
from drawn import draw_crack, straight
from photofiles import exif_bytes, jpeg, save

SURFACE, DARK = 180.0, 60.0


def photo_of_coverage(coverage, blur_px=0.9, grain=2.0):
    """Photograph a drawn crack: blurred by the lens, with grain, rounded to whole grey levels."""
    sharp = SURFACE - (SURFACE - DARK) * coverage.astype(np.float64)
    seen = cv2.GaussianBlur(sharp, (0, 0), blur_px)
    return (
        (seen + np.random.default_rng(5).normal(0, grain, seen.shape)).clip(0, 255).round().astype(np.uint8)
    )


def crack_photo(width_px, angle_deg=20):
    drawn = draw_crack(straight(150, angle_deg), width_px)
    room = ((20, 20), (20, 20))
    return photo_of_coverage(np.pad(drawn.coverage, room)), np.pad(drawn.mask, room)


def grown(mask, px):
    """Make a mask fatter by px on all sides, as masks of trained networks are."""
    return cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) <= px


@pytest.fixture(scope="module")
def photo_and_mask():
    return crack_photo(6)


@pytest.mark.parametrize("fat_px", [0, 2])
@pytest.mark.parametrize("width_px", [3, 6, 15])
def test_the_width_is_that_of_the_crack_and_not_of_the_mask(width_px, fat_px):
    photo, mask = crack_photo(width_px)
    (crack,) = crackwise.measure(photo, grown(mask, fat_px)).cracks
    assert crack.width_mean_px == pytest.approx(width_px, abs=0.15)
    assert crack.width_median_px == pytest.approx(width_px, abs=0.15)
    low, high = crack.width_mean_range_px
    assert low < crack.width_mean_px < high


def test_millimetres_follow_from_the_scale_and_its_error_is_in_the_range(photo_and_mask):
    (px,) = crackwise.measure(*photo_and_mask).cracks
    (exact,) = crackwise.measure(*photo_and_mask, scale="0.2mm/px").cracks
    (vague,) = crackwise.measure(*photo_and_mask, scale=Scale(0.2, relative_error=0.1)).cracks
    assert px.width_mean_mm is None
    assert exact.width_mean_mm == vague.width_mean_mm == pytest.approx(1.2, abs=0.03)
    assert exact.width_mean_range_mm == pytest.approx(np.multiply(px.width_mean_range_px, 0.2))
    # 10 % of 1.2 mm is far more than what the photo leaves open below
    assert vague.width_mean_range_mm[0] == pytest.approx(1.2 * 0.9, abs=0.05)
    above_mm = np.hypot(exact.width_mean_range_mm[1] - 1.2, 1.2 * 0.1)  # the tone curve is in the first
    assert vague.width_mean_range_mm[1] == pytest.approx(1.2 + above_mm, abs=0.02)


def test_a_mask_belongs_to_its_photo_however_its_accents_are_composed(tmp_path):
    photo, mask = (unicodedata.normalize(form, "Brücke.png") for form in ("NFD", "NFC"))
    save(tmp_path / "photos" / photo, np.zeros((8, 8, 3), np.uint8))
    own = save(tmp_path / "masks" / mask, np.zeros((8, 8), np.uint8))
    save(tmp_path / "masks" / ".ipynb_checkpoints" / mask, np.zeros((8, 8), np.uint8))  # hidden: none of ours
    masks = Masks.of(tmp_path / "masks", find_photos([str(tmp_path / "photos")]).photos)
    assert list(masks.found.values()) == [own]
    assert masks.without_photo() == ()


def test_no_model_takes_part(photo_and_mask):
    inspection = crackwise.measure(*photo_and_mask)
    assert (inspection.card, inspection.probability, inspection.precision) == (None, None, "none")
    assert inspection.cracks[0].confidence is None
    assert inspection.inspected_share == 1
    np.testing.assert_array_equal(inspection.mask, photo_and_mask[1])


def test_the_record_says_that_the_mask_was_given_and_comes_back_equal(photo_and_mask):
    inspection = crackwise.measure(*photo_and_mask, scale="0.2mm/px", settings=Settings(axis_deg=20))
    record = inspection.record("wall.jpg", "wall")
    assert (record.model, record.precision, record.is_mask_given) == (MASK_GIVEN, "none", True)
    assert record.settings == MeasuringSettings(axis_deg=20)
    assert set(record.versions) == {"crackwise"}
    assert InspectionRecord.model_validate_json(record.model_dump_json()) == record


def test_files_give_what_arrays_give(tmp_path, photo_and_mask):
    photo, mask = photo_and_mask
    paths = save(tmp_path / "wall.png", photo), save(tmp_path / "mask.png", mask.astype(np.uint8) * 255)
    from_files, from_text = crackwise.measure(*paths), crackwise.measure(*map(str, paths))
    from_arrays = crackwise.measure(photo, mask)
    assert from_files.cracks == from_text.cracks == from_arrays.cracks
    assert from_files.summary == from_arrays.summary
    assert from_files.info.source == paths[0]


@pytest.mark.parametrize(
    "stored",
    [
        lambda grey: np.stack([grey] * 3, axis=2),
        lambda grey: np.dstack([grey, grey, grey, np.full_like(grey, 255)]),
        lambda grey: np.dstack([np.full_like(grey, 255)] * 3 + [grey]),
        lambda grey: np.dstack([np.maximum(grey, level) for level in (10, 90, 200)] + [grey]),
    ],
    ids=["RGB", "RGBA", "crack in the alpha channel", "transparent background of a colour"],
)
def test_a_black_and_white_mask_with_colour_channels_is_read(tmp_path, photo_and_mask, stored):
    _, mask = photo_and_mask
    path = save(tmp_path / "mask.png", stored(mask.astype(np.uint8) * 255))
    np.testing.assert_array_equal(read_mask(path).pixels, mask)


def test_a_mask_of_16_bits_is_read(tmp_path, photo_and_mask):
    mask = photo_and_mask[1]
    path = tmp_path / "mask.png"
    cv2.imwrite(str(path), mask.astype(np.uint16) * 65535)
    np.testing.assert_array_equal(read_mask(path).pixels, mask)


def test_soft_edges_count_from_the_middle_on():
    levels = np.zeros((20, 20), np.uint8)
    levels[5], levels[6], levels[7] = 127, 255, 128
    levels[8:12] = 255
    given = mask_of(levels)
    assert np.flatnonzero(given.pixels.any(axis=1)).tolist() == [6, 7, 8, 9, 10, 11]
    assert given.warnings == ()


def test_a_grey_picture_as_mask_is_cut_at_the_middle_and_said_so(photo_and_mask):
    photo, mask = photo_and_mask
    soft = np.where(mask, 200, 90).astype(np.uint8)
    inspection = crackwise.measure(photo, soft)
    np.testing.assert_array_equal(inspection.mask, mask)
    assert inspection.warnings == (
        "the mask has grey levels between 0 and 255; those above 127 were taken as crack",
    )


def test_a_mask_that_marks_most_of_the_photo_is_said(photo_and_mask):
    photo, mask = photo_and_mask
    said = "more than half of the photo is marked as crack; is the mask inverted?"
    assert said in crackwise.measure(photo, ~mask).warnings
    assert said not in crackwise.measure(photo, mask).warnings


def test_every_region_is_a_crack_and_specks_are_counted(photo_and_mask):
    photo, mask = photo_and_mask
    with_specks = mask.copy()
    with_specks[2:4, 2:4] = with_specks[2, 10] = True
    inspection = crackwise.measure(photo, with_specks)
    assert [crack.area_px for crack in inspection.cracks] == [int(mask.sum()), 4, 1]
    assert inspection.cracks[1].width_mean_px == pytest.approx(2)  # 4 px of area on a length of 2 px
    assert inspection.warnings == ("2 of 3 regions of the mask have fewer than 10 px; each is a crack here",)


def test_the_axis_decides_what_is_longitudinal(photo_and_mask):
    along = crackwise.measure(*photo_and_mask, settings=Settings(axis_deg=20)).cracks[0]
    across = crackwise.measure(*photo_and_mask, settings=Settings(axis_deg=110)).cracks[0]
    assert (along.kind, across.kind) == ("longitudinal", "transverse")


def test_a_photo_turned_by_its_exif_takes_the_mask_as_it_is_shown(tmp_path, photo_and_mask):
    photo, mask = photo_and_mask
    stored = np.rot90(np.stack([photo] * 3, axis=2))  # orientation 6: turn clockwise to see it upright
    path = tmp_path / "turned.jpg"
    path.write_bytes(jpeg(stored, exif=exif_bytes(6)))
    assert crackwise.measure(path, mask).cracks[0].width_mean_px == pytest.approx(6, abs=0.15)
    with pytest.raises(SettingsError, match="draw it on the photo as it is shown upright"):
        crackwise.measure(path, np.rot90(mask))


def test_each_width_says_which_method_gave_it(photo_and_mask):
    branch = crackwise.measure(*photo_and_mask).record("wall.jpg", "wall").network.branches[0]
    assert len(branch.path) == len(branch.width_px) == len(branch.method) == len(branch.low_px)
    used = {METHODS[number] for number in branch.method}
    assert "profile" in used
    known = np.isfinite(branch.width_px).tolist()
    assert known == [METHODS[number] != "none" for number in branch.method]


BAD_MASKS = {
    "another size": (np.ones((40, 50), bool), "the mask is 50×40 but its photo is 60×40; re-export the mask"),
    "empty": (np.zeros((40, 60), bool), "the mask is empty; expected at least one pixel"),
    "empty picture": (np.zeros((40, 60), np.uint8), "the mask is empty"),
    "0 and 1": (np.eye(40, 60, dtype=np.uint8), "no pixel above 127, its largest value is 1; expected 255"),
    "probability": (np.ones((40, 60), np.float32), r"the mask is float32 of shape \(40, 60\); expected bool"),
    "three channels": (np.ones((40, 60, 3), np.uint8), r"of shape \(40, 60, 3\); expected bool or uint8"),
}


@pytest.mark.parametrize("kind", BAD_MASKS)
def test_a_mask_that_cannot_be_used_is_one_clear_sentence(kind):
    mask, sentence = BAD_MASKS[kind]
    with pytest.raises(SettingsError, match=sentence):
        crackwise.measure(np.full((40, 60), 150, np.uint8), mask)


BAD_FILES = {
    "missing": (lambda path: None, "mask.png cannot be read: No such file"),
    "text": (lambda path: path.write_bytes(b"mask"), "mask.png is no picture; expected a PNG"),
    "nothing": (lambda path: path.write_bytes(b""), "mask.png is no picture"),
    "coloured": (
        lambda path: save(path, np.full((40, 60, 3), (255, 0, 0), np.uint8)),
        "mask.png is coloured; expected crack white",
    ),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_mask_file_that_cannot_be_used_is_one_clear_sentence(tmp_path, kind):
    make, sentence = BAD_FILES[kind]
    make(tmp_path / "mask.png")
    with pytest.raises(SettingsError, match=sentence):
        crackwise.measure(np.full((40, 60), 150, np.uint8), tmp_path / "mask.png")


def test_a_mask_on_an_even_surface_still_gives_finite_figures():
    mask = np.zeros((60, 90), bool)
    mask[30:34, 10:80] = True
    (crack,) = crackwise.measure(np.full((60, 90), 150, np.uint8), mask, scale=Scale(1)).cracks
    figures = [value for value in dataclasses.astuple(crack) if isinstance(value, float)]
    assert np.isfinite(figures).all()
    assert crack.width_method == "contour"

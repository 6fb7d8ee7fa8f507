"""The scale from a camera's distance, by the geometry of a thin lens, and lenses that bend lines."""

import math
from pathlib import Path

import pytest
from PIL import Image

from crackwise.camera import (
    Distance,
    parse_length_mm,
    resizing_doubt,
    scale_from_distance,
    sensor_doubt,
    wide_lens_doubt,
)
from crackwise.errors import PhotoError, SettingsError
from crackwise.photo import PhotoInfo, read_info
from photofiles import drawn_photo, jpeg


def info(**changes) -> PhotoInfo:
    values = {"height_px": 4000, "width_px": 6000, "focal_length_mm": 50.0, "focal_length_35mm": 75.0}
    return PhotoInfo(None, **{**values, **changes})


def test_a_known_sensor_gives_the_scale_of_a_thin_lens():
    # at 1050 mm a lens of 50 mm images 1000 mm before the far focal point: 20 times smaller; the sensor's
    # 24 mm show 480 mm, on 6000 px
    scale = scale_from_distance(info(), Distance(1050, sensor_width_mm=24.0))
    assert scale.mm_per_px == pytest.approx(480 / 6000)
    assert scale.source == "camera"


def test_the_long_side_counts_also_in_a_portrait():
    upright = info(height_px=6000, width_px=4000)
    distance = Distance(1050, sensor_width_mm=24.0)
    assert scale_from_distance(upright, distance) == scale_from_distance(info(), distance)


def test_the_35_mm_equivalent_of_a_3_to_2_photo_is_on_36_mm():
    # 75 mm on 36 mm: at 1000 mm from the far focal point 480 mm
    scale = scale_from_distance(info(), Distance(1050))
    assert scale.mm_per_px == pytest.approx(480 / 6000)


def test_a_4_to_3_photo_is_on_the_same_diagonal_and_the_doubt_is_in_the_error():
    phone = info(height_px=3000, width_px=4000, focal_length_mm=None, focal_length_35mm=26.0)
    scale = scale_from_distance(phone, Distance(1000, relative_error=0.0))
    long_side_mm = math.hypot(36, 24) * 4 / 5
    assert scale.mm_per_px == pytest.approx(1000 / 26 * long_side_mm / 4000)
    assert scale.relative_error == pytest.approx(math.hypot(36 / long_side_mm - 1, 0.5 / 26))


def test_a_long_photo_may_be_cut_from_one_of_4_to_3_and_the_doubt_is_in_the_error():
    distance = Distance(1000, relative_error=0.0)
    whole = scale_from_distance(
        info(width_px=4000, height_px=3000, focal_length_mm=4.25, focal_length_35mm=26.0), distance
    )
    for height_px in (2250, 1800):
        cut = scale_from_distance(
            info(width_px=4000, height_px=height_px, focal_length_mm=4.25, focal_length_35mm=26.0), distance
        )
        assert cut.mm_per_px > whole.mm_per_px
        assert cut.mm_per_px * (1 - cut.relative_error) <= whole.mm_per_px


@pytest.mark.parametrize("shape", [(4000, 4000), (4000, 5000)])
@pytest.mark.parametrize("sensor_width_mm", [None, 36.0])
def test_a_square_photo_may_be_cut_from_one_of_3_to_2_and_the_doubt_is_in_the_error(shape, sensor_width_mm):
    distance = Distance(1000, relative_error=0.0, sensor_width_mm=sensor_width_mm)
    lens = {"focal_length_mm": 50.0, "focal_length_35mm": 50.0}
    whole = scale_from_distance(info(height_px=4000, width_px=6000, **lens), distance)
    cut = scale_from_distance(info(height_px=shape[0], width_px=shape[1], **lens), distance)
    assert cut.mm_per_px * (1 - cut.relative_error) <= whole.mm_per_px <= cut.mm_per_px


CUT = {
    # camera: sensor's true long side in the photo and its own, shape, f and its 35 mm equivalent
    "APS-C set to 4:3": (15.6 * 4 / 3, 23.5, (4000, 5328), 35.0, 52.0),
    "full frame set to 4:3": (32.0, 36.0, (4000, 5333), 50.0, 50.0),
    "Micro Four Thirds set to 3:2": (17.3, 17.3, (3456, 5184), 25.0, 50.0),
    "APS-C": (23.5, 23.5, (4000, 6000), 35.0, 53.0),
}


@pytest.mark.parametrize("camera", CUT)
@pytest.mark.parametrize("knows_sensor", [False, True])
def test_the_error_holds_what_a_camera_set_to_another_shape_cuts_off(camera, knows_sensor):
    true_mm, sensor_mm, (height_px, width_px), focal_mm, on_film_mm = CUT[camera]
    photo = info(
        height_px=height_px, width_px=width_px, focal_length_mm=focal_mm, focal_length_35mm=on_film_mm
    )
    scale = scale_from_distance(photo, Distance(1000, 0.01, sensor_mm if knows_sensor else None))
    true_mm_per_px = (1000 - focal_mm) * true_mm / (focal_mm * width_px)
    assert scale.mm_per_px == pytest.approx(true_mm_per_px, rel=0.13)
    assert abs(scale.mm_per_px - true_mm_per_px) <= scale.relative_error * scale.mm_per_px


@pytest.mark.parametrize(
    ("focal_mm", "on_film_mm"), [(6.86, 26.0), (25.0, 50.0), (63.0, 50.0)], ids=["phone", "MFT", "medium"]
)
def test_sensors_that_are_4_to_3_themselves_are_not_suspected_of_a_cut(focal_mm, on_film_mm):
    photo = info(height_px=3000, width_px=4000, focal_length_mm=focal_mm, focal_length_35mm=on_film_mm)
    assert scale_from_distance(photo, Distance(1000, 0.01)).relative_error < 0.05


@pytest.mark.parametrize(
    ("width_mm", "is_doubted"), [(23.5, False), (22.3, False), (15.6, True), (30.0, True)]
)
def test_another_width_than_the_focal_lengths_tell_is_doubted(width_mm, is_doubted):
    # 36 mm · 35 / 52 = 24.2 mm
    said = sensor_doubt(info(focal_length_mm=35.0, focal_length_35mm=52.0), Distance(1000, 0.01, width_mm))
    assert (said is not None) == is_doubted
    if said:
        assert "tell about 24.2 mm; check --sensor-width" in said


@pytest.mark.parametrize("width_mm", [235.0, 2.35])
def test_a_width_of_the_sensor_that_can_only_be_a_slip_is_refused(width_mm):
    with pytest.raises(
        PhotoError, match=rf"stated to be {width_mm:g} mm wide, but .* 24\.2 mm; give the long side of"
    ):
        scale_from_distance(
            info(focal_length_mm=35.0, focal_length_35mm=52.0), Distance(1000, 0.01, width_mm)
        )


def test_a_refused_width_of_the_sensor_is_not_what_the_advice_says_to_give():
    with pytest.raises(PhotoError, match=r"is stated to be 23\.5 mm wide") as refused:
        scale_from_distance(info(focal_length_mm=5.7, focal_length_35mm=26.0), Distance(1500, 0.01, 23.5))
    assert "23.5mm" not in str(refused.value)


OTHER_VIEWS = {
    "zoomed": ({"digital_zoom": 2.0}, "state a digital zoom of 2,"),
    "cropped": ({"width_px": 4000}, "it is 4000×4000 px but its EXIF data say 6000×4000, so it was cropped"),
    "cropped upright": ({"height_px": 5000, "width_px": 4000}, "so it was cropped"),
    "panorama": ({"width_px": 9200, "stated_size_px": None}, "it is 9200×4000 px, as panoramas are"),
}


@pytest.mark.parametrize("kind", OTHER_VIEWS)
@pytest.mark.parametrize("sensor_width_mm", [None, 24.0])
def test_a_photo_of_another_view_than_its_lens_is_refused(kind, sensor_width_mm):
    changes, sentence = OTHER_VIEWS[kind]
    photo = info(**{"stated_size_px": (4000, 6000), **changes})
    with pytest.raises(PhotoError, match="give --scale, or lay a marker card") as error:
        scale_from_distance(photo, Distance(1050, sensor_width_mm=sensor_width_mm))
    assert sentence in str(error.value)


def test_a_resized_photo_has_the_scale_of_its_own_pixels_and_says_what_that_takes():
    small = info(height_px=3000, width_px=2000, stated_size_px=(4000, 6000))
    assert scale_from_distance(small, Distance(1050)).mm_per_px == pytest.approx(480 / 3000)
    assert "2000×3000 px but its EXIF data say 6000×4000" in (resizing_doubt(small) or "")


@pytest.mark.parametrize("size_px", [None, (4000, 6000), (6000, 4000), (4008, 6016)])
@pytest.mark.parametrize("zoom", [None, 1.0, 1.004])
def test_a_photo_as_its_camera_wrote_it_is_not_suspected(size_px, zoom):
    photo = info(stated_size_px=size_px, digital_zoom=zoom)
    assert scale_from_distance(photo, Distance(1050)) == scale_from_distance(info(), Distance(1050))
    assert resizing_doubt(photo) is None


@pytest.mark.parametrize(
    ("focal_mm", "half_unit_mm"), [(24.0, 0.5), (4.2, 0.05), (4.25, 0.005), (4.251, 0.005)]
)
def test_the_rounding_of_the_focal_length_and_the_error_of_the_distance_add_up(focal_mm, half_unit_mm):
    distance = Distance(2000, relative_error=0.03, sensor_width_mm=24.0)
    error = scale_from_distance(
        info(focal_length_mm=focal_mm, focal_length_35mm=None), distance
    ).relative_error
    assert error == pytest.approx(math.hypot(0.03, half_unit_mm / focal_mm))


@pytest.mark.parametrize(
    ("changes", "distance", "words"),
    [
        ({"focal_length_mm": None}, Distance(1000, sensor_width_mm=24.0), "no focal length$"),
        ({"focal_length_35mm": None}, Distance(1000), "no focal length in 35 mm equivalent"),
        (
            {"focal_length_mm": 4.0, "focal_length_35mm": 4.0},
            Distance(1000),
            "of 4 mm in 35 mm .*as no camera",
        ),
        ({"focal_length_mm": 50.0, "focal_length_35mm": 26.0}, Distance(1000), "of a lens of 50 mm, as no"),
        (
            {"focal_length_mm": None, "focal_length_35mm": 1.0},
            Distance(1000),
            "35 mm equivalent, as no camera",
        ),
        ({}, Distance(90, sensor_width_mm=24.0), "below twice its focal length of 50 mm"),
    ],
)
def test_a_photo_without_what_is_needed_says_so(changes, distance, words):
    with pytest.raises(PhotoError, match=words):
        scale_from_distance(info(**changes), distance)


def test_the_largest_sensors_and_shortest_lenses_are_believed():
    for focal_mm, on_film_mm in ((80.0, 51.5), (4.1, 9.0)):
        camera = info(width_px=4000, height_px=3000, focal_length_mm=focal_mm, focal_length_35mm=on_film_mm)
        assert scale_from_distance(camera, Distance(1000)).mm_per_px > 0


@pytest.mark.parametrize(("text", "length_mm"), [("1.5m", 1500), (" 150 cm", 150 * 10), ("23.5mm ", 23.5)])
def test_a_length_with_its_unit_is_understood(text, length_mm):
    assert parse_length_mm(text) == pytest.approx(length_mm)


@pytest.mark.parametrize("text", ["1.5", "m", "0m", "-1m", "1,5m", "5ft"])
def test_a_length_without_number_or_unit_is_refused(text):
    with pytest.raises(SettingsError, match=r"such as 1\.5m"):
        parse_length_mm(text)


def test_a_length_with_a_decimal_comma_is_answered_with_a_hint():
    with pytest.raises(SettingsError, match=r"with a decimal point, not a comma$"):
        parse_length_mm("1,5m")


@pytest.mark.parametrize("changes", [{"focal_length_35mm": 13.0}, {"camera": "GoPro HERO9 Black"}])
def test_a_wide_lens_is_said_to_distort(changes):
    assert "distorts" in (wide_lens_doubt(info(**changes)) or "")


@pytest.mark.parametrize(
    "changes", [{"focal_length_35mm": 24.0}, {"focal_length_35mm": None, "camera": None}]
)
def test_an_ordinary_or_unknown_lens_is_not_suspected(changes):
    assert wide_lens_doubt(info(**changes)) is None


def photo_with(tmp_path: Path, tags: dict[int, object]) -> PhotoInfo:
    exif = Image.Exif()
    exif.get_ifd(0x8769).update(tags)
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(drawn_photo(), exif=exif.tobytes()))
    return read_info(path)


def test_focal_lengths_come_from_exif(tmp_path):
    read = photo_with(tmp_path, {0x920A: 4.25, 0xA405: 26})
    assert (read.focal_length_mm, read.focal_length_35mm) == (4.25, 26.0)


def test_zoom_and_size_come_from_exif(tmp_path):
    read = photo_with(tmp_path, {0xA404: 1.5, 0xA002: 4000, 0xA003: 3000})
    assert (read.digital_zoom, read.stated_size_px) == (1.5, (3000, 4000))
    read = photo_with(tmp_path, {0xA404: 0.0, 0xA002: 0, 0xA003: 3000})
    assert (read.digital_zoom, read.stated_size_px) == (None, None)


@pytest.mark.parametrize("tags", [{}, {0x920A: 0.0, 0xA405: 0}])
def test_missing_and_zero_focal_lengths_are_unknown(tmp_path, tags):
    read = photo_with(tmp_path, tags)
    assert (read.focal_length_mm, read.focal_length_35mm) == (None, None)

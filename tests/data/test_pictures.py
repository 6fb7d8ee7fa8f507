"""Headers and pixels of picture files, stored and upright."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from crackwise.data.pictures import read_header, read_stored, read_upright, without_orientation
from crackwise.errors import PhotoError
from photofiles import drawn_photo, exif_bytes, huge_png, jpeg


@pytest.mark.parametrize("orientation", range(1, 9))
def test_size_and_turn_come_from_the_header(orientation, tmp_path):
    data = jpeg(drawn_photo(64, 96), exif=exif_bytes(orientation))
    (tmp_path / "a.jpg").write_bytes(data)
    for picture in (data, tmp_path / "a.jpg"):
        header = read_header(picture, "a.jpg")
        assert header.size == (64, 96)
        assert header.orientation == orientation
        assert header.upright_size == ((96, 64) if orientation > 4 else (64, 96))
        shown = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
        assert np.abs(read_upright(picture, "a.jpg").astype(int) - shown).max() <= 3  # two JPEG decoders


@pytest.mark.parametrize("is_file", [True, False])
def test_a_namesake_in_the_current_folder_is_not_taken(is_file, tmp_path, monkeypatch, capfd):
    (tmp_path / "set").mkdir()
    photo, data = tmp_path / "set" / "a.jpg", jpeg(np.full((64, 96, 3), (200, 0, 0), np.uint8))
    photo.write_bytes(data)
    (tmp_path / "a.jpg").write_bytes(jpeg(np.full((64, 96, 3), (0, 0, 200), np.uint8)))
    monkeypatch.chdir(tmp_path)
    assert read_upright(photo if is_file else data, "a.jpg")[0, 0, 0] > 190
    (tmp_path / "a.jpg").unlink()
    assert read_upright(photo if is_file else data, "a.jpg")[0, 0, 0] > 190
    assert not capfd.readouterr().err  # OpenCV warns of a file that it does not find


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_jpeg_loses_its_turn_and_nothing_else(orientation):
    data = jpeg(drawn_photo(), exif=exif_bytes(orientation))
    same = without_orientation(data)
    assert read_header(same, "a.jpg").orientation == 1
    assert sum(a != b for a, b in zip(data, same)) == 1
    assert len(data) == len(same)
    np.testing.assert_array_equal(read_stored(same, "a"), read_stored(data, "a"))
    assert Image.open(io.BytesIO(same)).getexif()[0x0110] == "Acme X100"


def test_a_jpeg_of_big_endian_exif_loses_its_turn_too():
    block = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    data = jpeg(drawn_photo(), exif=block)
    assert read_header(data, "a.jpg").orientation == 6
    assert read_header(without_orientation(data), "a.jpg").orientation == 1


@pytest.mark.parametrize("cut", [0, 2, 8, 20, 40])
def test_a_cut_file_says_nothing_about_its_turn(cut):
    assert without_orientation(jpeg(drawn_photo(), exif=exif_bytes(6))[:cut]) is None


def test_what_is_no_picture_is_one_sentence(tmp_path):
    with pytest.raises(PhotoError, match=r"a\.jpg is no picture"):
        read_header(b"hello", "a.jpg")
    with pytest.raises(PhotoError, match="does not exist"):
        read_header(tmp_path / "none.jpg", "none.jpg")
    with pytest.raises(PhotoError, match="more than 179 megapixels; cut it into parts"):
        read_header(huge_png(), "huge.png")

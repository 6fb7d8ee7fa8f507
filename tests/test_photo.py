"""Photos of every kind are read upright as RGB, or refused in one sentence."""

import builtins
import io
import os
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

from crackwise import pixels as pixels_of
from crackwise.errors import CrackwiseError, MissingExtraError, PhotoError
from crackwise.photo import photo_of, read_info, read_photo
from crackwise.pixels import ANY_SIZE
from photofiles import drawn_photo, exif_bytes, huge_png, jpeg, png_of

PHOTO = drawn_photo()


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def save(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)
    return path


@pytest.mark.parametrize("suffix", [".png", ".tif", ".tiff", ".bmp"])
def test_a_lossless_photo_is_read_exactly(tmp_path, suffix):
    photo = read_photo(save(tmp_path / f"wall{suffix}", Image.fromarray(PHOTO)))
    np.testing.assert_array_equal(photo.pixels, PHOTO)
    assert photo.pixels.flags.c_contiguous


def test_a_lossless_webp_is_read_exactly(tmp_path):
    path = save(tmp_path / "wall.webp", Image.fromarray(PHOTO), lossless=True)
    np.testing.assert_array_equal(read_photo(path).pixels, PHOTO)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"exif": exif_bytes()}])
def test_a_jpeg_is_read_in_the_order_red_green_blue(tmp_path, options):
    red = np.full((32, 48, 3), (200, 30, 60), np.uint8)
    pixels = read_photo(write(tmp_path / "wall.JPG", jpeg(red, **options))).pixels
    np.testing.assert_allclose(pixels, red, atol=3)


def test_the_content_counts_not_the_suffix(tmp_path):
    path = tmp_path / "really_png.jpg"
    Image.fromarray(PHOTO).save(path, "PNG")
    np.testing.assert_array_equal(read_photo(path).pixels, PHOTO)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_exif_rotation_gives_an_upright_photo(tmp_path, suffix, orientation):
    if suffix == ".tif":
        path = save(tmp_path / "wall.tif", Image.fromarray(PHOTO), tiffinfo={274: orientation})
    else:
        options = {"quality": 95, "lossless": True} if suffix == ".webp" else {"quality": 95}
        path = save(tmp_path / f"w{suffix}", Image.fromarray(PHOTO), exif=exif_bytes(orientation), **options)
    stored = Image.fromarray(PHOTO)
    stored.getexif()[274] = orientation
    expected = np.asarray(ImageOps.exif_transpose(stored))
    photo = read_photo(path)
    assert (photo.info.height_px, photo.info.width_px) == expected.shape[:2]
    assert np.abs(photo.pixels.astype(int) - expected).mean() < 2


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_exif_rotation_holds_for_16_bit_tiff(tmp_path, orientation):
    grey = PHOTO[..., 0].astype(np.uint16) * 257
    path = save(tmp_path / "wall.tif", Image.fromarray(grey), tiffinfo={274: orientation})
    turns = {1: 0, 3: 2, 6: 3, 8: 1}[orientation]
    np.testing.assert_array_equal(read_photo(path).pixels[..., 1], np.rot90(PHOTO[..., 0], turns))


def test_grey_becomes_three_equal_channels(tmp_path):
    pixels = read_photo(save(tmp_path / "grey.png", Image.fromarray(PHOTO[..., 0]))).pixels
    np.testing.assert_array_equal(pixels, np.repeat(PHOTO[..., :1], 3, axis=2))


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_alpha_is_dropped_and_not_blended(tmp_path, suffix):
    alpha = np.zeros((*PHOTO.shape[:2], 1), np.uint8)
    path = save(tmp_path / f"a{suffix}", Image.fromarray(np.concatenate([PHOTO, alpha], axis=2)))
    np.testing.assert_array_equal(read_photo(path).pixels, PHOTO)


def test_grey_with_alpha_keeps_its_grey(tmp_path):
    image = Image.fromarray(PHOTO[..., 0]).convert("LA")
    image.putalpha(7)
    np.testing.assert_array_equal(read_photo(save(tmp_path / "la.png", image)).pixels[..., 2], PHOTO[..., 0])


def test_a_palette_is_resolved(tmp_path):
    image = Image.fromarray(PHOTO).quantize(16)
    expected = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(read_photo(save(tmp_path / "p.png", image)).pixels, expected)


def test_a_palette_with_transparent_entries_is_resolved(tmp_path):
    image = Image.fromarray(PHOTO).quantize(16)
    expected = np.asarray(image.convert("RGB"))
    path = save(tmp_path / "p.png", image, transparency=bytes([0] * 8 + [128] * 8))
    np.testing.assert_array_equal(read_photo(path).pixels, expected)


def test_one_bit_becomes_black_and_white(tmp_path):
    image = Image.fromarray(PHOTO[..., 0] > 170)
    pixels = read_photo(save(tmp_path / "bit.png", image)).pixels
    np.testing.assert_array_equal(pixels[..., 0], np.where(PHOTO[..., 0] > 170, 255, 0))


def test_cmyk_becomes_rgb(tmp_path):
    path = save(tmp_path / "cmyk.jpg", Image.fromarray(PHOTO).convert("CMYK"), quality=98)
    assert np.abs(read_photo(path).pixels.astype(int) - PHOTO).mean() < 2


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bit_values_are_divided_by_257(tmp_path, suffix, channels):
    values = np.zeros((16, 20, channels), np.uint16)
    values[0, :4, 0] = 0, 257, 65535, 257 * 100
    if channels >= 3:
        values[1, :3, 1], values[2, :3, 2] = 257 * 40, 257 * 50
    bgr = np.ascontiguousarray(values[..., [2, 1, 0, 3][:channels]] if channels >= 3 else values[..., 0])
    path = write(tmp_path / f"deep{suffix}", cv2.imencode(suffix, bgr)[1].tobytes())
    pixels = read_photo(path).pixels
    assert pixels[0, :4, 0].tolist() == [0, 1, 255, 100]
    if channels >= 3:
        assert pixels[1, 0].tolist() == [0, 40, 0]
        assert pixels[2, 0].tolist() == [0, 0, 50]


def test_white_is_nought_in_some_tiff(tmp_path):
    grey = PHOTO[..., 0].astype(np.uint16) * 257
    tifffile.imwrite(tmp_path / "white.tif", 65535 - grey, photometric="miniswhite")
    np.testing.assert_array_equal(read_photo(tmp_path / "white.tif").pixels[..., 1], PHOTO[..., 0])


def test_16_bit_channels_in_separate_planes_are_refused(tmp_path):
    planes = np.moveaxis(PHOTO.astype(np.uint16) * 257, 2, 0)
    tifffile.imwrite(tmp_path / "planes.tif", planes, photometric="rgb", planarconfig="separate")
    with pytest.raises(PhotoError, match=r"planes\.tif has 16-bit channels in separate planes; save it with"):
        read_photo(tmp_path / "planes.tif")


@pytest.mark.parametrize("compression", ["zstd", "lzma"])
def test_16_bit_tiff_in_a_compression_that_is_not_read_says_so(tmp_path, monkeypatch, compression):
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    grey = PHOTO[..., 0].astype(np.uint16) * 257
    Image.fromarray(grey).save(tmp_path / "grey.tif", compression=compression)
    expected = rf"grey\.tif has 16-bit pixels compressed with {compression.upper()}, .*; save it with LZW, D"
    with pytest.raises(PhotoError, match=expected):
        read_photo(tmp_path / "grey.tif")


def test_grey_with_alpha_of_16_bit_is_read(tmp_path):
    row = b"\0" + np.array([[257 * 9, 0]] * 16, ">u2").tobytes()
    path = write(
        tmp_path / "la.png", png_of(16, 16, bit_depth=16, colour_type=4, packed=zlib.compress(row * 16))
    )
    np.testing.assert_array_equal(read_photo(path).pixels, 9)


def test_the_first_frame_of_an_animation_is_taken(tmp_path):
    frames = [Image.fromarray(PHOTO), Image.fromarray(255 - PHOTO)]
    path = save(tmp_path / "moving.png", frames[0], save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(read_photo(path).pixels, PHOTO)


def test_the_first_picture_of_a_phone_with_several_is_taken(tmp_path):
    pair = [Image.fromarray(PHOTO), Image.fromarray(255 - PHOTO)]
    more = {"save_all": True, "append_images": pair[1:], "quality": 95}
    path = save(tmp_path / "phone.jpg", pair[0], format="MPO", **more)
    assert np.abs(read_photo(path).pixels.astype(int) - PHOTO).mean() < 2


def test_several_pages_are_refused(tmp_path):
    pages = [Image.fromarray(PHOTO)] * 3
    path = save(tmp_path / "pages.tif", pages[0], save_all=True, append_images=pages[1:])
    with pytest.raises(PhotoError, match=r"holds 3 pages.*save each as its own file"):
        read_photo(path)


def test_a_reduced_copy_inside_a_tiff_is_no_second_page(tmp_path):
    copy = Image.fromarray(PHOTO[::2, ::2].copy())
    copy.encoderinfo = {"tiffinfo": {254: 1}}
    path = save(tmp_path / "overview.tif", Image.fromarray(PHOTO), save_all=True, append_images=[copy])
    np.testing.assert_array_equal(read_photo(path).pixels, PHOTO)


def test_heic_is_read_through_its_extra(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif", reason='needs the extra "heic"')
    pillow_heif.register_heif_opener()
    path = save(tmp_path / "phone.heic", Image.fromarray(PHOTO), quality=95, exif=exif_bytes(6, gps=True))
    photo = read_photo(path)
    assert photo.pixels.shape == (96, 64, 3)
    assert np.abs(photo.pixels.astype(int) - np.rot90(PHOTO, 3)).mean() < 6
    assert photo.info.camera == "Acme X100"


def test_heic_is_known_by_its_content(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif", reason='needs the extra "heic"')
    pillow_heif.register_heif_opener()
    path = save(tmp_path / "phone.heic", Image.fromarray(PHOTO), quality=95).rename(tmp_path / "IMG_1.JPG")
    assert read_photo(path).pixels.shape == PHOTO.shape


def test_heic_by_another_name_names_the_command_without_its_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(MissingExtraError, match=r"IMG_1\.JPG.*pip install"):
        read_photo(write(tmp_path / "IMG_1.JPG", b"\0\0\0\x18ftypheic" + b"x" * 20))


def test_heic_without_its_extra_names_the_command(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(MissingExtraError, match=r"phone\.heic.*pip install"):
        read_photo(write(tmp_path / "phone.heic", b"x"))


def test_time_camera_and_place_come_from_exif(tmp_path):
    info = read_info(write(tmp_path / "wall.jpg", jpeg(PHOTO, exif=exif_bytes(6, gps=True))))
    assert (info.height_px, info.width_px) == (96, 64)
    assert info.taken_at == "2024-05-17T08:09:10"
    assert info.camera == "Acme X100"
    assert info.latitude_deg == pytest.approx(-33.51)
    assert info.longitude_deg == pytest.approx(-70.25)


def test_a_place_north_east_of_zero_is_positive(tmp_path):
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (48.0, 0.0, 0.0), 3: "E", 4: (11.0, 30.0, 36.0)}
    info = read_info(write(tmp_path / "wall.jpg", jpeg(PHOTO, exif=exif.tobytes())))
    assert (info.latitude_deg, info.longitude_deg) == pytest.approx((48, 11.51))


@pytest.mark.parametrize(
    "unsure", [{2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)}, {9: "V"}], ids=["noughts", "no fix"]
)
def test_a_receiver_without_a_fix_gives_no_place(tmp_path, unsure):
    exif = Image.Exif()
    sure = {1: "N", 2: (48.0, 0.0, 0.0), 3: "E", 4: (11.0, 30.0, 36.0), 9: "A"}
    for place, is_told in ((sure, True), (sure | unsure, False)):
        exif[0x8825] = place
        info = read_info(write(tmp_path / "wall.jpg", jpeg(PHOTO, exif=exif.tobytes())))
        assert (info.latitude_deg is not None, info.longitude_deg is not None) == (is_told, is_told)


def test_the_place_is_dropped_on_request(tmp_path):
    path = write(tmp_path / "wall.jpg", jpeg(PHOTO, exif=exif_bytes(gps=True)))
    for info in (read_info(path, keep_gps=False), read_photo(path, keep_gps=False).info):
        assert info.latitude_deg is None
        assert info.longitude_deg is None
        assert info.camera == "Acme X100"


@pytest.mark.parametrize(
    "text", ["2024:13:45 99:99:99", "    :  :     :  :  ", "0000:00:00 00:00:00", "yesterday", ""]
)
def test_an_unset_clock_gives_no_time(tmp_path, text):
    exif = Image.Exif()
    exif[0x0132] = text
    assert read_info(write(tmp_path / "wall.jpg", jpeg(PHOTO, exif=exif.tobytes()))).taken_at is None


@pytest.mark.parametrize("unknown", ["0000:00:00 00:00:00", "    :  :     :  :  "])
def test_a_time_of_taking_that_is_not_known_gives_way_to_that_of_the_last_change(tmp_path, unknown):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = unknown
    exif[0x0132] = "2024:05:17 08:09:10"
    photo = write(tmp_path / "wall.jpg", jpeg(PHOTO, exif=exif.tobytes()))
    assert read_info(photo).taken_at == "2024-05-17T08:09:10"


def test_a_place_without_numbers_is_no_place(tmp_path):
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (0.0, 0.0), 3: "E", 4: (1.0, 2.0, 3.0)}
    info = read_info(write(tmp_path / "wall.jpg", jpeg(PHOTO, exif=exif.tobytes())))
    assert info.latitude_deg is None
    assert info.longitude_deg is None


def test_the_header_of_a_huge_photo_is_read_without_its_pixels(tmp_path):
    info = read_info(write(tmp_path / "huge.png", huge_png()))
    assert (info.height_px, info.width_px) == (30_000, 30_000)


def test_the_limit_of_pillow_stays_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 12_345)
    read_info(write(tmp_path / "huge.png", huge_png()))
    assert Image.MAX_IMAGE_PIXELS == 12_345


def test_a_photo_that_pillow_decodes_may_be_larger_than_its_limit(tmp_path, monkeypatch):
    path = tmp_path / "palette.png"
    Image.fromarray(PHOTO).quantize(16).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert read_photo(path).pixels.shape == PHOTO.shape
    path = tmp_path / "turned.tif"
    Image.fromarray(PHOTO).save(path, compression="tiff_lzw", tiffinfo={274: 6})
    assert read_photo(path).pixels.shape == (PHOTO.shape[1], PHOTO.shape[0], 3)
    assert Image.MAX_IMAGE_PIXELS == 10


def test_the_limit_of_pillow_comes_back_when_the_last_thread_is_done(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with ANY_SIZE.allowed():
        with ANY_SIZE.allowed():
            assert Image.MAX_IMAGE_PIXELS is None
        assert Image.MAX_IMAGE_PIXELS is None
    assert Image.MAX_IMAGE_PIXELS == 10


def lzw_tiff() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(PHOTO).save(stream, "TIFF", compression="tiff_lzw")
    return stream.getvalue()


def with_thumbnail() -> bytes:
    """Return a JPEG with a whole JPEG (and so its end mark) inside its header."""
    thumbnail = jpeg(PHOTO[::4, ::4].copy())
    segment = b"\xff\xe2" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    photo = jpeg(PHOTO)
    return photo[:2] + segment + photo[2:]


def png() -> bytes:
    return cv2.imencode(".png", PHOTO)[1].tobytes()


REFUSED = {
    "truncated JPEG": ("a.jpg", lambda: jpeg(PHOTO)[:-200], "truncated"),
    "JPEG without its last two bytes": ("a.jpg", lambda: jpeg(PHOTO)[:-2], "truncated"),
    "truncated JPEG with a thumbnail": ("a.jpg", lambda: with_thumbnail()[:-200], "truncated"),
    "JPEG filled up with zeros": ("a.jpg", lambda: jpeg(PHOTO)[:-400] + bytes(400), "truncated"),
    "JPEG cut in its header": ("a.jpg", lambda: jpeg(PHOTO)[:100], "not a photo"),
    "JPEG with a damaged table": ("a.jpg", lambda: with_damaged_table(), "truncated or damaged"),
    "truncated CMYK JPEG": ("a.jpg", lambda: cmyk()[:-200], "truncated"),
    "truncated PNG": ("a.png", lambda: png()[:-100], "truncated"),
    "small PNG cut before its pixels end": ("a.png", lambda: png()[:-14], "truncated"),
    "truncated TIFF": ("a.tif", lambda: lzw_tiff()[:-900], "truncated|not a photo|damaged"),
    "truncated WebP": ("a.webp", lambda: webp()[:-100], "truncated|not a photo"),
    "text named .jpg": ("a.jpg", lambda: b"shopping list: bread", r"a\.jpg is not a photo.*expected JPEG"),
    "empty file": ("a.jpg", lambda: b"", r"is empty \(0 bytes\)"),
    "1x1 photo": ("a.png", lambda: cv2.imencode(".png", PHOTO[:1, :1])[1].tobytes(), "1×1 px, too small"),
    "huge photo": ("a.png", huge_png, r"900 megapixels\), above the limit of 300.*--max-megapixels"),
    "raw": ("a.CR3", lambda: b"raw", "camera raw, which is not read; convert it to JPEG or TIFF"),
    "AVIF": ("a.avif", lambda: b"avif", "of the kind AVIF, which is not read; convert it to JPEG or TIFF"),
    "JPEG 2000": ("a.JP2", lambda: b"jp2", "of the kind JP2, which is not read"),
    "floating point": (
        "a.tif",
        lambda: cv2.imencode(".tif", PHOTO[..., 0].astype(np.float32))[1].tobytes(),
        "pixels of kind F",
    ),
}


def with_damaged_table() -> bytes:
    content = bytearray(jpeg(PHOTO))
    table = content.index(b"\xff\xc4")
    content[table + 5 : table + 21] = bytes([255] * 16)  # more codes than there can be
    return bytes(content)


def cmyk() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(PHOTO).convert("CMYK").save(stream, "JPEG")
    return stream.getvalue()


def webp() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(PHOTO).save(stream, "WEBP", lossless=True)
    return stream.getvalue()


@pytest.mark.parametrize("kind", REFUSED)
def test_a_bad_photo_is_refused_in_one_sentence(tmp_path, kind):
    name, content, sentence = REFUSED[kind]
    with pytest.raises(PhotoError, match=sentence) as caught:
        read_photo(write(tmp_path / name, content()))
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [jpeg, lambda pixels: with_thumbnail(), lambda pixels: png()])
def test_a_truncated_photo_is_refused_where_opencv_says_nothing(tmp_path, monkeypatch, content):
    monkeypatch.setattr(pixels_of.cv2, "imread", lambda *_: PHOTO)  # as OpenCV 4 did, grey below the cut
    assert read_photo(write(tmp_path / "whole", content(PHOTO))).pixels.shape == PHOTO.shape
    with pytest.raises(PhotoError, match="truncated: its end is missing"):
        read_photo(write(tmp_path / "cut", content(PHOTO)[:-20]))


def test_a_photo_that_opencv_cannot_open_by_its_name_is_read_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(pixels_of.cv2, "imread", lambda *_: None)  # as on Windows, beyond the code page
    path = write(tmp_path / "écaille.png", png())
    np.testing.assert_array_equal(read_photo(path).pixels, PHOTO[..., ::-1])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are no UTF-8")
def test_a_name_that_is_no_utf8_is_read(tmp_path):
    path = tmp_path / os.fsdecode(b"\xff\xfe.png")
    path.write_bytes(png())
    np.testing.assert_array_equal(read_photo(path).pixels, PHOTO[..., ::-1])


def test_a_jpeg_with_a_thumbnail_is_read(tmp_path):
    assert read_photo(write(tmp_path / "a.jpg", with_thumbnail())).pixels.shape == PHOTO.shape


def test_a_higher_limit_lets_a_large_photo_through(tmp_path):
    path = save(tmp_path / "a.png", Image.fromarray(PHOTO))
    with pytest.raises(PhotoError, match="--max-megapixels"):
        read_photo(path, max_megapixels=0.006)
    assert read_photo(path, max_megapixels=0.007).pixels.shape == PHOTO.shape


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    for read in (read_info, read_photo):
        with pytest.raises(PhotoError, match=r"gone\.jpg does not exist; check the path"):
            read(tmp_path / "gone.jpg")


def test_a_folder_is_no_photo(tmp_path):
    with pytest.raises(PhotoError, match="is a folder"):
        read_photo(tmp_path)


def test_an_unreadable_file_is_named_with_its_reason(tmp_path, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = save(tmp_path / "a.png", Image.fromarray(PHOTO))
    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setattr(io, "open", refuse)
    with pytest.raises(PhotoError, match=r"a\.png cannot be read: Permission denied"):
        read_photo(path)


def test_an_array_is_taken_as_it_is():
    photo = photo_of(PHOTO)
    np.testing.assert_array_equal(photo.pixels, PHOTO)
    assert photo.info.source is None
    assert (photo.info.height_px, photo.info.width_px) == PHOTO.shape[:2]


def test_a_grey_array_becomes_three_channels():
    np.testing.assert_array_equal(photo_of(PHOTO[..., 1]).pixels[..., 2], PHOTO[..., 1])


@pytest.mark.parametrize(
    "array",
    [
        PHOTO / 255.0,
        PHOTO.astype(np.uint16),
        PHOTO[..., :2],
        np.zeros((64, 64, 4), np.uint8),
        np.zeros((2, 64, 64, 3), np.uint8),
        PHOTO[:4],
    ],
)
def test_an_array_of_another_kind_is_refused(array):
    with pytest.raises(CrackwiseError, match="array"):
        photo_of(array)

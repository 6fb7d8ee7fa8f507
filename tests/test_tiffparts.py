"""A large TIFF read part by part is the same photo as one read whole."""

import subprocess
import sys

import numpy as np
import pytest
import tifffile
from PIL import Image

from crackwise import scratch
from crackwise.errors import PhotoError
from crackwise.photo import read_photo
from crackwise.tiffparts import read_parts
from photofiles import drawn_photo

PHOTO = drawn_photo(200, 300)
GREY = PHOTO[..., 0]
DEEP = PHOTO.astype(np.uint16) * 200 + 77
ALPHA = np.dstack([PHOTO, np.full(PHOTO.shape[:2], 9, np.uint8)])
TILED = {"tile": (64, 64)}
KINDS = {
    "tiles": (PHOTO, {"photometric": "rgb", **TILED}),
    "strips": (PHOTO, {"photometric": "rgb", "rowsperstrip": 17}),
    "deflate with a predictor": (
        PHOTO,
        {"photometric": "rgb", "compression": "zlib", "predictor": 2, **TILED},
    ),
    "grey": (GREY, {"photometric": "minisblack", **TILED}),
    "16 bits": (DEEP, {"photometric": "rgb", **TILED}),
    "16 bits, grey": (DEEP[..., 0], {"photometric": "minisblack", "rowsperstrip": 9}),
    "alpha": (ALPHA, {"photometric": "rgb", "extrasamples": ["unassalpha"], **TILED}),
    "BigTIFF": (PHOTO, {"photometric": "rgb", "bigtiff": True, **TILED}),
}
OTHERS = {
    "planes apart": (np.moveaxis(PHOTO, 2, 0), {"photometric": "rgb", "planarconfig": "separate"}),
    "white is zero": (GREY, {"photometric": "miniswhite"}),
    "premultiplied alpha": (ALPHA, {"photometric": "rgb", "extrasamples": ["assocalpha"], **TILED}),
    "12 bits": (GREY.astype(np.uint16), {"photometric": "minisblack", "bitspersample": 12}),
    "16-bit numbers with a sign": (GREY.astype(np.int16), {"photometric": "minisblack"}),
}


@pytest.fixture
def all_are_large(monkeypatch):
    monkeypatch.setattr(scratch, "LARGE_BYTES", 1)


def read_whole(path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(scratch, "LARGE_BYTES", 2**40)
        return read_photo(path).pixels


@pytest.mark.usefixtures("all_are_large")
@pytest.mark.parametrize("kind", KINDS)
def test_parts_make_the_photo_that_is_read_whole(kind, tmp_path, monkeypatch):
    pixels, options = KINDS[kind]
    path = tmp_path / "photo.tif"
    tifffile.imwrite(path, pixels, **options)
    in_parts = read_parts(path)
    assert in_parts is not None
    assert (in_parts == read_whole(path, monkeypatch)).all()
    assert (read_photo(path).pixels == in_parts).all()


@pytest.mark.usefixtures("all_are_large")
@pytest.mark.parametrize("compression", ["lzw", "jpeg"])
def test_compressions_of_the_extra(compression, tmp_path, monkeypatch):
    pytest.importorskip("imagecodecs")
    path = tmp_path / "photo.tif"
    tifffile.imwrite(path, PHOTO, photometric="rgb", compression=compression, tile=(64, 64))
    in_parts = read_parts(path)
    assert in_parts is not None
    difference = in_parts.astype(int) - read_whole(path, monkeypatch)
    assert abs(difference).max() <= (2 if compression == "jpeg" else 0)  # decoders of JPEG round differently


def test_16_bits_in_zstd_are_read_with_the_extra_at_any_size(tmp_path):
    pytest.importorskip("imagecodecs")
    path = tmp_path / "photo.tif"
    tifffile.imwrite(path, PHOTO.astype(np.uint16) * 257, photometric="rgb", compression="zstd")
    assert (read_photo(path).pixels == PHOTO).all()


@pytest.mark.usefixtures("all_are_large")
@pytest.mark.parametrize("kind", OTHERS)
def test_an_unusual_file_is_read_whole(kind, tmp_path):
    if kind == "12 bits":
        pytest.importorskip("imagecodecs")  # to write them
    pixels, options = OTHERS[kind]
    path = tmp_path / "photo.tif"
    tifffile.imwrite(path, pixels, **options)
    assert read_parts(path) is None


@pytest.mark.usefixtures("all_are_large")
def test_a_turned_photo_is_turned(tmp_path):
    path = tmp_path / "photo.tif"
    tifffile.imwrite(path, PHOTO, photometric="rgb", extratags=[(274, 3, 1, 6, True)], **TILED)
    assert (read_photo(path).pixels == np.rot90(PHOTO, -1)).all()


@pytest.mark.usefixtures("all_are_large")
@pytest.mark.parametrize("number", [0, 7, 19])
def test_a_tile_that_was_never_written_is_black_and_no_other(number, tmp_path):
    path = tmp_path / "photo.tif"
    tifffile.imwrite(path, PHOTO, photometric="rgb", **TILED)
    with tifffile.TiffFile(path, mode="r+b") as file:
        tags = file.pages.first.tags
        for name in ("TileOffsets", "TileByteCounts"):
            values = list(tags[name].value)
            values[number] = 0
            tags[name].overwrite(tuple(values))
    expected = PHOTO.copy()
    row, col = divmod(number, 5)
    expected[64 * row : 64 * row + 64, 64 * col : 64 * col + 64] = 0
    assert (read_parts(path) == expected).all()


@pytest.mark.usefixtures("all_are_large")
@pytest.mark.parametrize("compression", [None, "zlib", "jpeg"])
def test_a_truncated_file_is_one_sentence(compression, tmp_path):
    if compression == "jpeg":
        pytest.importorskip("imagecodecs")
    path = tmp_path / "photo.tif"
    tifffile.imwrite(path, PHOTO, photometric="rgb", compression=compression, **TILED)
    content = path.read_bytes()
    for length in (len(content) // 2, 1500):
        path.write_bytes(content[:length])
        with pytest.raises(PhotoError, match=r"photo\.tif is truncated or damaged"):
            read_photo(path)


@pytest.mark.usefixtures("all_are_large")
def test_without_the_extra_other_compressions_are_read_whole(tmp_path, monkeypatch):
    path = tmp_path / "photo.tif"
    Image.fromarray(PHOTO).save(path, compression="tiff_lzw")
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    assert read_parts(path) is None
    assert (read_photo(path).pixels == PHOTO).all()


READS = """
import resource, sys
from crackwise.photo import read_photo
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
pixels = read_photo(sys.argv[1]).pixels
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(pixels.nbytes >> 20, grown >> 10, pixels[-1, -1, 0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="pages are let go, and memory is counted, as on Linux")
def test_a_large_photo_takes_little_memory(tmp_path):
    path = tmp_path / "photo.tif"
    row_of_tiles = (np.full((512, 512, 3), 200, np.uint8) for _ in range(20 * 20))
    tifffile.imwrite(
        path, row_of_tiles, shape=(10240, 10240, 3), dtype=np.uint8, photometric="rgb",
        compression="zlib", tile=(512, 512),
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", READS, str(path)], capture_output=True, text=True, check=True
    )
    size_mib, grown_mib, value = map(int, done.stdout.split())
    assert (size_mib, value) == (300, 200)
    assert grown_mib < 150

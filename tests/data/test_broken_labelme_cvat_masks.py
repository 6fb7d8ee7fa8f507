"""Broken files of LabelMe, CVAT and masks: each gives one clear sentence.

In each row one photo is sound, ``good``, and one is not, ``bad``. Either the file as a whole is refused, or
the bad photo is left out and the good one stays, or the fault is tolerated and said.
"""

import base64
import json

import numpy as np
import pytest
from PIL import Image

from brokenfiles import MASK, SIZE, Row, check, cut, folder_row, levels, photo, write
from crackwise.data.readers.cvat import read_cvat
from crackwise.data.readers.labelme import read_labelme
from crackwise.data.readers.masks import read_alpha, read_masks
from photofiles import drawn_photo, jpeg

SQUARE = [[3, 2], [9, 2], [9, 7], [3, 7]]


def labelme(**changes):
    """Make two files; in the bad one some keys differ, or the text is another."""

    def make(folder):
        for name, differing in (("good", {}), ("bad", changes)):
            photo(folder, f"{name}.jpg")
            shape = {"label": "crack", "points": SQUARE, "shape_type": "polygon"} | differing.get("shape", {})
            content = {
                "shapes": [shape],
                "imagePath": f"{name}.jpg",
                "imageData": None,
                "imageHeight": SIZE[0],
                "imageWidth": SIZE[1],
            } | {key: value for key, value in differing.items() if key not in {"shape", "text", "gone"}}
            text = json.dumps(content)
            (folder / f"{name}.json").write_bytes(differing.get("text", lambda text: text.encode())(text))
        if changes.get("gone"):
            (folder / "bad.jpg").unlink()
        return folder

    return make


def bad_labelme(says, **changes):
    return Row(read_labelme, labelme(**changes), says, ("good.jpg",))


def points(*pairs):
    return {"shape": {"points": [[3, 2], [9, 2], *pairs]}}


def cvat(shape="", *, text=None, name="bad.jpg", size='width="30" height="20"'):
    def make(folder):
        for each in ("good.jpg", "bad.jpg"):
            photo(folder / "images", each)
        crack = '<polygon label="crack" points="3,2;9,2;9,7"/>'
        good = f'<image name="good.jpg" width="30" height="20">{crack}</image>'
        content = f'<annotations>{good}<image name="{name}" {size}>{shape}</image></annotations>'
        data = content if text is None else text(content)
        (folder / "annotations.xml").write_bytes(data if isinstance(data, bytes) else data.encode())
        return folder

    return make


def bad_cvat(says, shape="", **changes):
    return Row(read_cvat, cvat(shape, **changes), says, ("good.jpg",))


def mask_row(says, change, *, read=read_masks, stays=("good.jpg",)):
    def make(folder):
        for name in ("good", "bad"):
            photo(folder / "images", f"{name}.jpg")
            (folder / "masks").mkdir(exist_ok=True)
            pixels = np.dstack([MASK, MASK, MASK, MASK]) if read is read_alpha else MASK
            Image.fromarray(pixels).save(folder / "masks" / f"{name}.png")
        change(folder / "masks" / "bad.png")
        return folder

    return Row(read, make, says, stays)


def cut_off(path):
    noise = np.random.default_rng(0).integers(0, 256, SIZE).astype(np.uint8)
    Image.fromarray(noise).save(path)
    cut(path)


def decimal(path):
    Image.fromarray(np.zeros(SIZE, np.float32)).save(path.with_suffix(".tif"))
    path.unlink()


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE annotations [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]><annotations>&c;</annotations>'
)
NO_PICTURE = base64.b64encode(b"this is no picture").decode()
PICTURE = base64.b64encode(jpeg(drawn_photo(*SIZE))).decode()

ROWS = {
    # LabelMe: the file
    "JSON cut off": bad_labelme("is no JSON, or cut off", text=lambda text: text[:-40].encode()),
    "JSON with a byte too much": bad_labelme(
        "is no JSON, or cut off: extra data", text=lambda t: f"{t}}}".encode()
    ),
    "empty JSON": bad_labelme("bad.json is empty", text=lambda text: b""),
    "not JSON": bad_labelme("is no JSON", text=lambda text: b"<html></html>"),
    "binary": bad_labelme("is not UTF-8 text", text=lambda text: bytes(range(256))),
    "cp1252": bad_labelme(
        "is not UTF-8 text .* save it again as UTF-8",
        text=lambda t: t.replace("crack", "Riß").encode("cp1252"),
    ),
    "half of UTF-16": bad_labelme("is not UTF-8 text", text=lambda text: text.encode("utf-16")[:-1]),
    "brackets without end": bad_labelme(
        "holds what no annotation tool writes", text=lambda text: b"[" * 200_000
    ),
    "a number of 5,000 digits": bad_labelme(
        "holds what no annotation tool writes", text=lambda text: b'{"shapes": [' + b"1" * 5000 + b"]}"
    ),
    "a list where an object is due": bad_labelme("has no list of shapes", text=lambda text: b"[1, 2]"),
    "shapes that are no list": bad_labelme("has no list of shapes", shapes={"a": 1}),
    "a shape that is no object": bad_labelme(
        "shape 1 is damaged: it is no object with points", shapes=["crack"]
    ),
    # LabelMe: the shapes
    "unknown type": bad_labelme("its type 'spline' is not known", shape={"shape_type": "spline"}),
    "points that are words": bad_labelme("its points are no list of", **points(["a", "b"])),
    "points of three numbers": bad_labelme("its points are no list of", shape={"points": [[1, 2, 3]] * 4}),
    "ragged points": bad_labelme("its points are no list of", **points([9])),
    "NaN": bad_labelme("not a number; draw the shape again", **points([float("nan"), 4])),
    "infinite": bad_labelme("not a number; draw the shape again", **points([float("inf"), 4])),
    "huge": bad_labelme("far outside the photo of 30×20 px", **points([1e300, 4])),
    "huge whole number": bad_labelme("its points are no list of|far outside", **points([10**400, 4])),
    "huge circle": bad_labelme("far outside", shape={"shape_type": "circle", "points": [[5, 5], [1e12, 5]]}),
    "mask of another size than its box": bad_labelme(
        "its mask is 30×20 px but its box is 7×6",
        shape={"shape_type": "mask", "points": [[3, 2], [9, 7]], "mask": PICTURE},
    ),
    "mask that is no picture": bad_labelme(
        "its mask is no picture", shape={"shape_type": "mask", "points": [[3, 2], [9, 7]], "mask": NO_PICTURE}
    ),
    "mask that is missing": bad_labelme(
        "its mask is no picture", shape={"shape_type": "mask", "points": [[3, 2], [9, 7]], "mask": None}
    ),
    "mask outside the photo": bad_labelme(
        "does not fit into the photo of 30×20 px",
        shape={"shape_type": "mask", "points": [[10, 2], [39, 21]], "mask": PICTURE},
    ),
    # LabelMe: the photo
    "no photo": bad_labelme("belongs to the photo bad.jpg, which is not beside it", gone=True),
    "embedded base64 damaged": bad_labelme("damaged or cut off .no base64", gone=True, imageData="%%%"),
    "embedded base64 cut off": bad_labelme(
        "damaged or cut off .no base64|is no picture", gone=True, imageData=PICTURE[:-7]
    ),
    "embedded data is no picture": bad_labelme(
        "embeds data that is no picture", gone=True, imageData=NO_PICTURE
    ),
    "embedded number": bad_labelme("embeds", gone=True, imageData=12345),
    "a path that climbs": bad_labelme(
        "the photo passwd, which is not beside it", imagePath="../../../../etc/passwd"
    ),
    "an absolute path": bad_labelme("the photo passwd, which is not beside it", imagePath="/etc/passwd"),
    "a drive letter": bad_labelme("the photo gone.jpg, which is not beside it", imagePath="D:\\x\\gone.jpg"),
    "a path of nothing": bad_labelme("is no file name", imagePath=".."),
    "a path with a zero byte": bad_labelme("is no file name", imagePath="bad\0.jpg"),
    "a path without end": bad_labelme("is no file name", imagePath="x" * 5000),
    "half a letter in a path": bad_labelme("is no file name", imagePath="\ud800.jpg"),
    "label of another size": bad_labelme("is of a photo of 31×20 px but the photo is 30×20", imageWidth=31),
    # CVAT: the file
    "DOCTYPE": Row(read_cvat, cvat(text=lambda text: BOMB), "declares a DOCTYPE"),
    "DOCTYPE in UTF-16": Row(read_cvat, cvat(text=lambda text: BOMB.encode("utf-16")), "declares a DOCTYPE"),
    "DOCTYPE in a hidden encoding": Row(
        read_cvat, cvat(text=lambda t: BOMB.encode("utf-16")[2:]), "declares a DOCTYPE"
    ),
    "XML cut off": Row(read_cvat, cvat(text=lambda text: text[:-30]), "is no XML, or cut off"),
    "not XML": Row(read_cvat, cvat(text=lambda text: "{}"), "is no XML"),
    "empty XML": Row(read_cvat, cvat(text=lambda text: ""), "is no XML"),
    "XML that is not UTF-8": Row(
        read_cvat, cvat(text=lambda t: t.replace("crack", "Riß").encode("cp1252")), "is not UTF-8"
    ),
    "XML of another program": Row(
        read_cvat, cvat(text=lambda text: "<VOC/>"), "is <VOC>; expected <annotations>"
    ),
    "XML for video": Row(
        read_cvat, cvat(text=lambda text: "<annotations><track/></annotations>"), "is an export for video"
    ),
    "XML without images": Row(read_cvat, cvat(text=lambda text: "<annotations/>"), "names no image"),
    # CVAT: images and shapes
    "image without a name": bad_cvat("is no file name", name=""),
    "image that climbs": bad_cvat("the photo is not in", name="../../etc/passwd"),
    "image that is missing": bad_cvat("the photo is not in .*--photos", name="gone.jpg"),
    "image of no size": bad_cvat("its size is 'x' × '20'", size='width="x" height="20"'),
    "image of negative size": bad_cvat("its size is '-30'", size='width="-30" height="20"'),
    "image of another size": bad_cvat("is of a photo of 31×20", size='width="31" height="20"'),
    "unknown shape": bad_cvat(
        "shape 1 .spline. is damaged: its type is not known", '<spline label="crack"/>'
    ),
    "words for points": bad_cvat("expected x,y;x,y", '<polygon label="crack" points="a,b;c,d;e,f"/>'),
    "half a point": bad_cvat("expected x,y;x,y", '<polygon label="crack" points="1,2;3;4,5"/>'),
    "NaN in points": bad_cvat("not a number", '<polygon label="crack" points="1,2;nan,4;4,5"/>'),
    "huge points": bad_cvat("far outside", '<polygon label="crack" points="1,2;1e30,4;4,5"/>'),
    "box without an edge": bad_cvat("its xbr is 'None'", '<box label="crack" xtl="1" ytl="1" ybr="2"/>'),
    "runs too short": bad_cvat(
        "its runs add up to 5 px but its box has 12",
        '<mask label="crack" rle="2,3" left="0" top="0" width="4" height="3"/>',
    ),
    "runs below 0": bad_cvat(
        "its runs add up to 12", '<mask label="crack" rle="20,-8" left="0" top="0" width="4" height="3"/>'
    ),
    "runs that are words": bad_cvat(
        "expected whole numbers", '<mask label="crack" rle="a" left="0" top="0" width="4" height="3"/>'
    ),
    "runs outside the photo": bad_cvat(
        "does not fit into the photo",
        '<mask label="crack" rle="0,12" left="28" top="0" width="4" height="3"/>',
    ),
    "runs of a huge box": bad_cvat(
        "its box is 200000000×200000000 px",
        '<mask label="crack" rle="0,1" left="0" top="0" width="200000000" height="200000000"/>',
    ),
    # masks
    "mask of another size": mask_row(
        "is of a photo of 31×20 px but the photo is 30×20", levels(np.zeros((20, 31), np.uint8))
    ),
    "mask that is text": mask_row("is no picture", write(b"hello")),
    "mask that is empty": mask_row("is no picture", write(b"")),
    "mask cut off": mask_row("damaged or cut off", cut_off),
    "mask of 0 and 1": mask_row(
        "would be empty: its highest level is 1 of 255.*--threshold 0", levels(MASK // 255)
    ),
    "mask of decimal numbers": mask_row("holds decimal numbers", decimal),
    "mask missing": mask_row("has no mask bad.png", lambda path: path.unlink()),
    "mask without alpha": mask_row("has no alpha channel", levels(MASK), read=read_alpha),
    "mask opaque everywhere": mask_row(
        "is opaque everywhere", levels(np.full((*SIZE, 4), 255, np.uint8)), read=read_alpha
    ),
    "folder without masks": folder_row(read_masks, "holds no photos with masks|has a mask", "images/bad.jpg"),
}


@pytest.mark.parametrize("kind", ROWS)
def test_a_broken_file_is_one_clear_sentence_and_nothing_is_written_elsewhere(kind, tmp_path):
    check(ROWS[kind], tmp_path)

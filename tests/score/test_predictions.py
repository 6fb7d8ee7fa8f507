"""Predictions of anyone's tool in a folder."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from crackwise.data.folder import SetPhoto
from crackwise.errors import DataError
from crackwise.score.judge import PhotoSet
from crackwise.score.predictions import PredictionFolder

LEVELS = np.arange(60, dtype=np.uint8).reshape(6, 10)
IMAGE = np.zeros((6, 10, 3), np.uint8)


def photo(name: str, source: str = "walls") -> SetPhoto:
    return SetPhoto(Path(source) / "images" / name, None, source, name)


def of(folder: Path, photos: list[SetPhoto]) -> PredictionFolder:
    """Find the pictures of photos, each source a set of its own."""
    names = dict.fromkeys(photo.source for photo in photos)
    sets = [PhotoSet(name, tuple(photo for photo in photos if photo.source == name)) for name in names]
    return PredictionFolder.of(folder, sets)


def write(path: Path, levels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), levels)


def test_levels_are_read_as_they_are(tmp_path: Path) -> None:
    write(tmp_path / "a.png", LEVELS)
    found = of(tmp_path, [photo("a.jpg")])
    prediction = found.predict(photo("a.jpg"), IMAGE)
    assert (prediction.levels == LEVELS).all()
    assert (prediction.mask, prediction.cracks, prediction.is_binary) == (None, None, False)


@pytest.mark.parametrize("levels", [LEVELS * 0, (LEVELS > 9) * np.uint8(255)])
def test_levels_of_nought_and_255_alone_are_a_mask(tmp_path: Path, levels: np.ndarray) -> None:
    write(tmp_path / "a.png", levels)
    assert of(tmp_path, [photo("a.jpg")]).predict(photo("a.jpg"), IMAGE).is_binary


def test_three_equal_channels_are_grey(tmp_path: Path) -> None:
    write(tmp_path / "a.png", np.repeat(LEVELS[:, :, None], 3, axis=2))
    found = of(tmp_path, [photo("a.jpg")])
    assert (found.predict(photo("a.jpg"), IMAGE).levels == LEVELS).all()


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (np.dstack([LEVELS, LEVELS, LEVELS + 1]), "in colour or with opacity; expected 8-bit grey"),
        (LEVELS.astype(np.uint16) * 257, "of uint16; expected 8-bit grey"),
    ],
)
def test_a_picture_of_another_kind_is_refused(tmp_path: Path, pixels: np.ndarray, message: str) -> None:
    write(tmp_path / "a.png", pixels)
    found = of(tmp_path, [photo("a.jpg")])
    with pytest.raises(DataError, match=message):
        found.predict(photo("a.jpg"), IMAGE)


def test_a_damaged_picture_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG and no more")
    found = of(tmp_path, [photo("a.jpg")])
    with pytest.raises(DataError, match=r"a\.png cannot be read as an image; write the prediction again"):
        found.predict(photo("a.jpg"), IMAGE)


def test_a_missing_prediction_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.png", LEVELS)
    with pytest.raises(
        DataError, match=r"1 of 2 photos have no prediction in .*, first walls/b\.jpg; expected b\.png"
    ):
        of(tmp_path, [photo("a.jpg"), photo("b.jpg")])


def test_two_predictions_for_one_photo_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.png", LEVELS)
    write(tmp_path / "a.bmp", LEVELS)
    with pytest.raises(DataError, match=r"a\.bmp and a\.png are both for a\.jpg; keep one"):
        of(tmp_path, [photo("a.jpg")])


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no folder .*; expected predictions in it"):
        of(tmp_path / "none", [photo("a.jpg")])


def test_sets_with_photos_of_one_name_have_folders_of_their_own(tmp_path: Path) -> None:
    write(tmp_path / "a.png", LEVELS)
    write(tmp_path / "bridges" / "a.png", LEVELS + 1)
    found = of(tmp_path, [photo("a.jpg"), photo("a.jpg", "bridges")])
    assert (found.predict(photo("a.jpg"), IMAGE).levels == LEVELS).all()
    assert (found.predict(photo("a.jpg", "bridges"), IMAGE).levels == LEVELS + 1).all()


def test_photos_of_a_merged_set_have_theirs_under_its_name_or_that_of_their_source(tmp_path: Path) -> None:
    write(tmp_path / "tour" / "a.png", LEVELS)
    write(tmp_path / "bridges" / "b.png", LEVELS + 1)
    tour = PhotoSet("tour", (photo("a.jpg"),))
    assert (PredictionFolder.of(tmp_path, [tour]).predict(photo("a.jpg"), IMAGE).levels == LEVELS).all()
    merged = PhotoSet("merged", (photo("b.jpg", "bridges"),))
    found = PredictionFolder.of(tmp_path, [merged])
    assert (found.predict(photo("b.jpg", "bridges"), IMAGE).levels == LEVELS + 1).all()


def test_one_prediction_does_not_serve_photos_of_two_sets(tmp_path: Path) -> None:
    write(tmp_path / "a.png", LEVELS)
    with pytest.raises(DataError, match=r"a\.png would be for walls.*a\.jpg and for bridges.*a\.jpg; put"):
        of(tmp_path, [photo("a.jpg"), photo("a.jpg", "bridges")])


def test_the_hash_follows_names_and_contents(tmp_path: Path) -> None:
    for folder, name, levels in (("x", "a", 0), ("y", "a", 0), ("z", "a", 1), ("w", "b", 0)):
        write(tmp_path / folder / f"{name}.png", LEVELS + levels)
    hashes = [
        of(tmp_path / folder, [photo(f"{name}.jpg")]).sha256()
        for folder, name in (("x", "a"), ("y", "a"), ("z", "a"), ("w", "b"))
    ]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3

"""Large pictures lie in a file, and nobody sees a difference."""

import errno
import mmap
from pathlib import Path

import numpy as np
import pytest

from crackwise import files, scratch
from crackwise.errors import OutputError
from crackwise.files import write_image
from crackwise.inspection.inspect import inspect
from crackwise.inspection.model import load_model
from crackwise.inspection.sources import Source
from crackwise.report.run import write_artefacts
from photofiles import save
from tinymodel import write_tiny_model


def owner_of(picture):
    while isinstance(picture, np.ndarray):
        picture = picture.base
    return picture


def draw_wall():
    """A light wall (H, W, 3) with one dark crack from side to side."""
    wall = np.random.default_rng(0).integers(190, 210, (300, 400, 3), np.uint8)
    for col in range(20, 380):
        wall[150 + col // 8 : 155 + col // 8, col] = 20
    return wall


@pytest.fixture
def all_are_large(monkeypatch):
    monkeypatch.setattr(scratch, "LARGE_BYTES", 1)


def test_only_a_large_picture_lies_in_a_file(monkeypatch):
    monkeypatch.setattr(scratch, "LARGE_BYTES", 600)
    assert owner_of(scratch.zeros((20, 29))) is None
    assert isinstance(owner_of(scratch.zeros((20, 30))), mmap.mmap)
    assert isinstance(owner_of(scratch.zeros((10, 10), np.float64)), mmap.mmap)


@pytest.mark.usefixtures("all_are_large")
def test_a_picture_in_a_file_begins_with_zeros_and_keeps_what_is_written_when_let_go():
    picture = scratch.zeros((300, 40, 3))
    assert not picture.any()
    picture[7:9, 3] = (1, 2, 3)
    scratch.let_go(picture[100:])  # a part stands for the whole
    assert picture[8, 3].tolist() == [1, 2, 3]
    assert picture.sum() == 12


def test_letting_go_of_a_picture_in_memory_leaves_it_as_it_is():
    picture = np.full((3, 4), 5, np.uint8)
    scratch.let_go(picture)
    assert (picture == 5).all()


@pytest.mark.usefixtures("all_are_large")
def test_a_copy_is_equal_and_a_picture_of_its_own():
    picture = np.random.default_rng(0).integers(0, 256, (2500, 7), np.uint8)
    copied = scratch.copy_of(picture)
    assert (copied == picture).all()
    copied[2000] = 0
    assert picture[2000].any()


def test_a_file_of_somebody_else_keeps_its_changes(tmp_path):
    path = tmp_path / "picture.npy"
    np.save(path, np.zeros((200, 200), np.uint8))
    private = np.load(path, mmap_mode="c")
    private[:] = 7
    scratch.let_go(private)
    assert (private == 7).all()


@pytest.mark.usefixtures("all_are_large")
def test_without_room_for_a_file_the_picture_lies_in_memory(monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(scratch.tempfile, "TemporaryFile", refuse)
    picture = scratch.zeros((16, 16, 3))
    assert owner_of(picture) is None
    assert picture.shape == (16, 16, 3)


@pytest.mark.usefixtures("all_are_large")
@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_large_picture_that_lost_its_end_is_not_taken_for_whole(tmp_path, monkeypatch, suffix):
    def cut_off(name, *_):
        Path(name).write_bytes(b"0" * 100)
        return True

    path = tmp_path / f"picture{suffix}"
    write_image(path, draw_wall())
    before = path.read_bytes()
    monkeypatch.setattr(files.cv2, "imwrite", cut_off)
    with pytest.raises(OutputError, match="cannot be written: No space left") as caught:
        write_image(path, draw_wall())
    assert caught.value.__cause__.errno == errno.ENOSPC  # a batch ends then, instead of failing every photo
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == before


@pytest.mark.usefixtures("all_are_large")
def test_an_inspection_with_all_pictures_in_files_is_the_same(tmp_path, monkeypatch):
    path = save(tmp_path / "photo.tif", draw_wall())
    source = Source(path, path.name, path.stem, path.parent)
    model = load_model(write_tiny_model(tmp_path / "tiny.onnx"))
    write_artefacts(inspect(path, model=model), source, tmp_path / "files", extras=["probability"])
    monkeypatch.setattr(scratch, "LARGE_BYTES", 2**40)
    write_artefacts(inspect(path, model=model), source, tmp_path / "memory", extras=["probability"])
    written = sorted(file.relative_to(tmp_path / "memory") for file in (tmp_path / "memory").rglob("*.*"))
    assert [file.parts[0] for file in written] == ["json", "masks", "overlays", "probability", "zooms"]
    for file in written:
        assert (tmp_path / "files" / file).read_bytes() == (tmp_path / "memory" / file).read_bytes(), file

"""Files appear whole or not at all."""

import errno

import cv2
import numpy as np
import pytest

from crackwise.errors import OutputError
from crackwise.files import new_folder, remove, whole_file, write_image, write_json, write_text


def test_a_file_appears_only_when_it_is_whole(tmp_path):
    target = tmp_path / "deep" / "a.txt"
    with whole_file(target) as temporary:
        temporary.write_text("x", encoding="utf-8")
        assert not target.exists()
    assert target.read_text(encoding="utf-8") == "x"
    assert list(target.parent.iterdir()) == [target]


def test_what_is_not_there_is_removed_already_and_what_cannot_be_is_one_sentence(tmp_path):
    remove(tmp_path / "none.txt")
    remove(tmp_path / ("x" * 256))
    (tmp_path / "a folder").mkdir()
    with pytest.raises(OutputError, match=r"a folder cannot be removed: \S"):
        remove(tmp_path / "a folder")


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "a.txt"
    write_text(target, "old")

    def fail():
        with whole_file(target) as temporary:
            temporary.write_text("half", encoding="utf-8")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OutputError, match="No space left on device"):
        fail()
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path):
    (tmp_path / "a").write_text("x", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        write_text(tmp_path / "a" / "b.txt", "y")


def test_of_a_name_that_is_too_long_the_sentence_says_so(tmp_path):
    with pytest.raises(
        OutputError, match=r"cannot be written: its name is too long; shorten the name"
    ) as caught:
        write_text(tmp_path / f"{'a' * 250}.txt", "y")
    assert "free space" not in str(caught.value)


def test_an_rgb_image_comes_back_in_its_colours_and_a_mask_as_0_and_255(tmp_path):
    red = np.zeros((4, 5, 3), np.uint8)
    red[..., 0] = 200
    write_image(tmp_path / "red.png", red)
    assert cv2.imread(str(tmp_path / "red.png"))[0, 0].tolist() == [0, 0, 200]  # OpenCV reads BGR
    write_image(tmp_path / "mask.png", np.eye(3, dtype=bool))
    assert (cv2.imread(str(tmp_path / "mask.png"), cv2.IMREAD_GRAYSCALE) == 255 * np.eye(3)).all()


def test_an_image_too_large_for_its_format_is_one_sentence(tmp_path):
    with pytest.raises(OutputError, match=r"a\.jpg cannot be encoded at 65501×1 px"):
        write_image(tmp_path / "a.jpg", np.zeros((1, 65501), np.uint8))
    assert list(tmp_path.iterdir()) == []


def test_json_is_readable_text_with_its_last_line_ended(tmp_path):
    write_json(tmp_path / "new" / "a.json", {"wall": "Brücke", "cracks": [1]})
    assert (tmp_path / "new" / "a.json").read_text("utf-8") == (
        '{\n "wall": "Brücke",\n "cracks": [\n  1\n ]\n}\n'
    )


def test_a_folder_appears_only_when_it_is_whole(tmp_path):
    with new_folder(tmp_path / "set") as folder:
        (folder / "a.txt").write_text("x", encoding="utf-8")
        assert not (tmp_path / "set").exists()
    assert [path.name for path in (tmp_path / "set").iterdir()] == ["a.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_folder_that_another_run_fills_is_refused(tmp_path):
    with (
        new_folder(tmp_path / "set"),
        pytest.raises(OutputError, match="of a run that goes on or was killed"),
        new_folder(tmp_path / "set"),
    ):
        pass


def test_a_folder_that_cannot_be_filled_is_one_sentence_and_nothing_of_it_stays(tmp_path):
    with pytest.raises(OutputError, match=r"cannot be written: .*free space"), new_folder(tmp_path / "set"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert not list(tmp_path.iterdir())

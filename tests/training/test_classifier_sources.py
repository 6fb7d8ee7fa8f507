"""Tiles for a classifier: found in every form, labelled right, parted by group, a few of each class."""

import csv

import cv2
import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason='needs the extra "train"')
pytest.importorskip("lightning", reason='needs the extra "train"')

from crackwise.data.split import write_split  # noqa: E402
from crackwise.errors import DataError, RecipeError  # noqa: E402
from crackwise.training.classifier.sources import (  # noqa: E402
    choose_some,
    gather_tiles,
    gather_tiles_of_run,
    split_of_tiles,
)
from crackwise.training.folder import Folders  # noqa: E402
from tinyclassifier import tiny_classifier  # noqa: E402


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)


def grey(level, shape=(40, 40)):
    return np.full((*shape, 3), level, np.uint8)


def class_folders(root, count=20):
    for folder in ("crack", "nocrack"):
        for number in range(count):
            save(root / folder / f"{number:02d}.png", grey(number))
    return root


def rows(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)


def gathered(root, *changes):
    return gather_tiles(tiny_classifier(*changes), root, root / "drawn")


def all_of(source):
    return [*source.training, *source.validation, *source.test]


class TestVerdicts:
    def test_folders_named_by_class_say_what_their_photos_show(self, tmp_path):
        class_folders(tmp_path / "walls")
        [source] = gathered(tmp_path)
        assert len(all_of(source)) == 40
        assert all(tile.is_cracked == tile.name.startswith("crack/") for tile in all_of(source))
        assert all(tile.window is None for tile in all_of(source))
        cracked = next(tile for tile in all_of(source) if tile.name == "crack/07.png")
        assert (cracked.read() == 7).all()

    def test_a_table_says_it_too_and_its_groups_and_parts_are_kept(self, tmp_path):
        lines = [("path", "label", "group", "part")]
        for number in range(8):
            save(tmp_path / "photos" / f"{number}.png", grey(number))
            lines.append(
                (
                    f"photos/{number}.png",
                    number % 2,
                    f"wall{number // 2}",
                    "validation" if number < 4 else "train",
                )
            )
        rows(tmp_path / "labels.csv", *lines)
        [source] = gathered(tmp_path, 'data.sources=[{name="labels.csv"}]')
        assert [tile.is_cracked for tile in source.validation] == [False, True, False, True]
        assert [tile.photo.group for tile in source.validation] == ["wall0", "wall0", "wall1", "wall1"]
        assert len(source.training) == 4
        assert source.notes == ()

    def test_a_table_in_the_folder_of_a_source_goes_before_the_names_of_folders(self, tmp_path):
        class_folders(tmp_path / "walls" / "cracks")
        photos = sorted((tmp_path / "walls").rglob("*.png"))
        lines = [(path.relative_to(tmp_path / "walls"), int(path.parent.name == "crack")) for path in photos]
        rows(tmp_path / "walls" / "labels.csv", ("path", "label"), *lines)
        [source] = gathered(tmp_path)
        assert {tile.name: tile.is_cracked for tile in all_of(source)} == {
            path.as_posix(): bool(label) for path, label in lines
        }

    def test_the_canonical_layout_is_read_by_its_labels_and_by_its_masks(self, tmp_path):
        for number in range(20):
            save(tmp_path / "made" / "images" / f"{number}.png", grey(number))
        mask = np.zeros((40, 40), np.uint8)
        mask[20] = 255
        for number in range(10, 15):
            save(tmp_path / "made" / "masks" / f"{number}.png", mask)
        labelled = [(f"{number}.png", "crack" if number < 5 else "no crack") for number in range(10)]
        rows(tmp_path / "made" / "labels.csv", ("file", "label"), *labelled)
        [source] = gathered(tmp_path, 'data.sources=[{name="made"}]')
        found = {int(tile.photo.image.stem): tile.is_cracked for tile in all_of(source)}
        assert found == {number: number < 5 or number >= 10 for number in range(15)}

    def test_a_photo_that_a_camera_turned_is_seen_upright(self, tmp_path):
        class_folders(tmp_path / "walls")
        stored = np.zeros((20, 40, 3), np.uint8)
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.fromarray(stored).save(tmp_path / "walls" / "crack" / "turned.jpg", exif=exif)
        tile = next(tile for tile in all_of(gathered(tmp_path)[0]) if tile.name == "crack/turned.jpg")
        assert tile.read().shape == (40, 20, 3)

    def test_a_set_without_groups_is_parted_by_file_and_says_so(self, tmp_path):
        class_folders(tmp_path / "walls")
        [source] = gathered(tmp_path)
        [note] = source.notes
        assert "walls names no groups, so 40 photos are parted by file" in note

    def test_a_group_named_after_one_of_its_photos_is_one_scene(self, tmp_path):
        for scene in range(12):
            for number in range(3):
                save(tmp_path / "made" / "images" / f"{scene:02d}_{number}.png", grey(scene))
        names = [f"{scene:02d}_{number}.png" for scene in range(12) for number in range(3)]
        rows(
            tmp_path / "made" / "groups.csv", ("file", "group"), *((name, f"{name[:2]}_0") for name in names)
        )
        words = ("crack", "no crack")
        labels = ((name, words[int(name[:2]) % 2]) for name in names)
        rows(tmp_path / "made" / "labels.csv", ("file", "label"), *labels)
        [source] = gathered(tmp_path, 'data.sources=[{name="made"}]', "data.validation_share=0.4")
        parts = [
            {tile.name[:2] for tile in part} for part in (source.training, source.validation, source.test)
        ]
        assert sum(map(len, parts)) == 12
        assert source.notes == ()

    def test_once_a_training_has_begun_each_photo_stays_where_it_was(self, tmp_path):
        class_folders(tmp_path / "walls")
        recipe, folders = tiny_classifier(), Folders(tmp_path, tmp_path / "run")
        [first] = gather_tiles_of_run(recipe, folders)
        write_split(split_of_tiles([first]), folders.run / "split.csv", {})
        (folders.run / "last.ckpt").touch()
        class_folders(tmp_path / "walls", 40)
        [again] = gather_tiles_of_run(recipe, folders)
        for part in ("training", "validation", "test"):
            assert {one.name for one in getattr(again, part)} == {one.name for one in getattr(first, part)}
        (tmp_path / "walls" / "crack" / "07.png").unlink()
        with pytest.raises(DataError, match=r"1 photos of walls are gone .*, first crack/07\.png"):
            gather_tiles_of_run(recipe, folders)

    def test_rows_that_cannot_be_used_are_counted(self, tmp_path):
        class_folders(tmp_path)
        lines = [(f"{folder}/{n:02d}.png", folder) for folder in ("crack", "nocrack") for n in range(20)]
        rows(tmp_path / "labels.csv", ("path", "label"), *lines, ("lost.png", "crack"))
        [source] = gathered(tmp_path, 'data.sources=[{name="labels.csv"}]')
        assert source.notes[0].startswith(
            "labels.csv: 1 rows or photos are left out, first labels.csv, line 42"
        )


class TestMasks:
    @pytest.fixture
    def root(self, tmp_path):
        """Two photos a wall of 64 × 128 px: a crack in the left half, a speck or nothing in the right one."""
        for number in range(16):
            mask = np.zeros((64, 128), np.uint8)
            mask[30, 5:60] = 255
            mask[30, 90 : 90 + 3 * (number % 2)] = 255
            save(tmp_path / "walls" / "images" / f"{number}.png", grey(number, (64, 128)))
            save(tmp_path / "walls" / "masks" / f"{number}.png", mask)
        groups = [(f"{number}.png", f"wall{number // 2}") for number in range(16)]
        rows(tmp_path / "walls" / "groups.csv", ("file", "group"), *groups)
        return tmp_path

    MASKS = 'data.sources=[{name="walls", kind="masks"}]'

    def test_tiles_are_labelled_by_their_part_of_the_mask(self, root):
        [source] = gathered(root, self.MASKS)
        found = {(int(tile.photo.image.stem), tile.window.left): tile.is_cracked for tile in all_of(source)}
        left = {(number, 0): True for number in range(16)}
        right = {(number, 64): False for number in range(0, 16, 2)}  # three pixels are too few for a crack
        assert found == left | right
        assert all(tile.read().shape == (64, 64, 3) for tile in all_of(source))

    def test_photos_of_a_group_never_part(self, root):
        [source] = gathered(root, self.MASKS, "data.test_share=0.3")
        parts = [
            {tile.photo.group for tile in part} for part in (source.training, source.validation, source.test)
        ]
        assert all(parts)
        assert sum(len(part) for part in parts) == len(set.union(*parts)) == 8

    def test_photos_that_no_group_names_are_counted(self, root):
        assert gathered(root, self.MASKS)[0].notes == ()
        groups = [(f"{number}.png", f"wall{number // 2}") for number in range(12)]
        rows(root / "walls" / "groups.csv", ("file", "group"), *groups)
        [note] = gathered(root, self.MASKS)[0].notes
        assert "walls: groups.csv says nothing of 4 photos" in note

    def test_a_split_beside_the_set_decides(self, root):
        parts = [
            ("walls", f"{n}.png", f"wall{n // 2}", "validation" if n < 4 else "train", "0" * 64)
            for n in range(16)
        ]
        rows(root / "walls" / "split.csv", ("source", "file", "group", "part", "sha256"), *parts)
        [source] = gathered(root, self.MASKS)
        assert {int(tile.photo.image.stem) for tile in source.validation} == {0, 1, 2, 3}

    def test_a_group_can_be_left_out_and_must_be_there_for_it(self, root):
        [source] = gathered(root, self.MASKS.replace("}]", ', leave_out=["wall1"]}]'))
        assert "wall1" not in {tile.photo.group for tile in all_of(source)}
        with pytest.raises(DataError, match=r"walls has no group 'wall9' to leave out"):
            gathered(root, self.MASKS.replace("}]", ', leave_out=["wall9"]}]'))

    def test_the_split_that_is_published_names_each_photo_once(self, root):
        split = split_of_tiles(gathered(root, self.MASKS))
        assert sorted(row.file for row in split.rows) == sorted(f"{number}.png" for number in range(16))
        assert split.parts == ("train", "validation")

    def test_photos_without_cracks_are_cut_and_every_tile_is_sound(self, root):
        for number in range(8):
            save(root / "clean" / f"{number}.png", grey(number, (128, 128)))
        _, clean = gathered(root, self.MASKS.replace("}]", '}, {name="clean", kind="negatives"}]'))
        assert len(all_of(clean)) == 8 * 4
        assert not any(tile.is_cracked for tile in all_of(clean))

    def test_photos_without_cracks_keep_the_parts_of_their_set(self, root):
        for number in range(8):
            save(root / "clean" / "images" / f"{number}.png", grey(number, (64, 64)))
        parts = [("clean", f"{n}.png", f"wall{n}", "test" if n > 4 else "train", "0" * 64) for n in range(8)]
        rows(root / "clean" / "split.csv", ("source", "file", "group", "part", "sha256"), *parts)
        sources = self.MASKS.replace("}]", '}, {name="clean/images", kind="negatives"}]')
        _, clean = gathered(root, sources)
        assert {tile.name for tile in clean.test} == {"5.png", "6.png", "7.png"}
        assert {tile.name for tile in clean.training} == {"0.png", "1.png", "2.png", "3.png", "4.png"}

    def test_drawn_scenes_are_drawn_once_and_only_trained_on_where_said_so(self, root):
        sources = self.MASKS.replace(
            "}]", '}, {name="d", kind="drawn", count=3, size="64x64", training_only=true}]'
        )
        _, drawn = gathered(root, sources)
        assert drawn.validation == drawn.test == ()
        assert 0 < len(drawn.training) <= 3
        assert gathered(root, sources)[1].training == drawn.training

    def test_a_painted_set_is_trained_on_alone_and_shows_no_photo_that_is_kept_away(self, root, capsys):
        for number in range(8):
            mask = np.zeros((64, 64), np.uint8)
            mask[30, 5:60] = 255
            save(root / "painted" / "images" / f"{number}.png", grey(number, (64, 64)))
            save(root / "painted" / "masks" / f"{number}.png", mask)
        beneath = [(f"{number}.png", f"walls/wall{number}") for number in range(8)]
        rows(root / "painted" / "groups.csv", ("file", "group"), *beneath)
        told = '{"holds_training_photos": true}'
        (root / "painted" / "provenance.json").write_text(told, encoding="utf-8")
        sources = self.MASKS.replace("}]", '}, {name="painted", kind="masks"}]')
        walls, painted = gathered(root, sources, "data.test_share=0.3")
        assert painted.validation == painted.test == ()
        assert {tile.group for tile in painted.training} == {f"walls/{one.group}" for one in walls.training}
        err = capsys.readouterr().err
        assert "painted: painted in training photos, so it is for training only" in err
        assert "left out, painted in photos that are kept for validation or test" in err


class TestAFew:
    def test_only_so_many_of_each_class_are_trained_on_and_validation_stays(self, tmp_path):
        class_folders(tmp_path / "walls", 40)
        [everything] = gathered(tmp_path)
        [few] = gathered(tmp_path, 'data.sources=[{name="walls", cracked=4, sound=9}]')
        assert sum(tile.is_cracked for tile in few.training) == 4
        assert sum(not tile.is_cracked for tile in few.training) == 9
        assert few.validation == everything.validation
        assert {tile.name for tile in few.training} < {tile.name for tile in everything.training}

    def test_the_seed_chooses_and_fewer_are_among_more(self, tmp_path):
        class_folders(tmp_path / "walls", 40)
        tiles = [tile for tile in all_of(gathered(tmp_path)[0]) if tile.is_cracked]
        few, more, other = (choose_some(tiles, count, seed) for count, seed in ((5, 0), (10, 0), (10, 1)))
        assert set(few) < set(more)
        assert set(other) != set(more)
        assert choose_some(tiles, 0, 0) == tuple(tiles)

    def test_validation_looks_at_a_given_number_of_tiles(self, tmp_path):
        class_folders(tmp_path / "walls", 40)
        [source] = gathered(tmp_path, "data.validation_tiles=7")
        assert len(source.validation) == 7


class TestPlainSentences:
    def test_a_set_of_one_class_cannot_be_trained_on(self, tmp_path):
        for number in range(20):
            save(tmp_path / "walls" / "crack" / f"{number}.png", grey(number))
        with pytest.raises(DataError, match=r"the training part holds \d+ cracked and 0 sound tiles; .* add"):
            gathered(tmp_path)

    def test_a_validation_part_of_one_class_cannot_choose(self, tmp_path):
        class_folders(tmp_path, 4)
        parts = [
            ("crack/00.png", 1, "validation"),
            ("crack/01.png", 1, "train"),
            ("nocrack/01.png", 0, "train"),
        ]
        rows(tmp_path / "labels.csv", ("path", "label", "part"), *parts)
        with pytest.raises(DataError, match="the validation part holds 1 cracked and 0 sound tiles"):
            gathered(tmp_path, 'data.sources=[{name="labels.csv"}]')

    def test_a_source_that_is_not_there_is_named(self, tmp_path):
        with pytest.raises(DataError, match=r"there is no folder or table .*walls; check --data"):
            gathered(tmp_path)

    def test_a_set_without_any_label_is_named(self, tmp_path):
        save(tmp_path / "walls" / "images" / "1.png", grey(1))
        with pytest.raises(DataError, match=r"walls holds no photo with a label"):
            gathered(tmp_path)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            (("data.tile_px=20",), r"data\.tile_px is 20; expected 32 or more, or 0"),
            (("data.validation_share=0.6", "data.test_share=0.4"), "leaves nothing for training"),
            (('data.sources=[{name="a"}, {name="a"}]',), r"data\.sources name 'a' twice"),
            (
                ('data.sources=[{name="a", weight=2}, {name="b"}]', "data.balance=weights"),
                r"unequal weights, which play no part with data\.balance = weights",
            ),
        ],
    )
    def test_a_recipe_that_cannot_be_is_refused(self, changes, words):
        with pytest.raises(RecipeError, match=words):
            tiny_classifier(*changes)

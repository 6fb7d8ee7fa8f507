"""Augmented sets on disk: what is copied, what is made, what the tables say, what is refused."""

import csv
import hashlib
import json

import cv2
import numpy as np
import pytest

from crackwise.data.augment import AugmentSettings, read_plan, write_augmented
from crackwise.data.augment.files import make_version
from crackwise.data.augment.sheet import version_rows
from crackwise.data.dataset import list_samples
from crackwise.data.sheet import CELL_PX, OUTLINE
from crackwise.data.split import read_split, verify
from crackwise.errors import DataError, OutputError, SettingsError

PARTS = {"a.jpg": "train", "b.png": "train", "c.jpg": "validation", "d.jpg": "test"}
TWO = AugmentSettings(versions=2)


def draw_photo(root, name, seed):
    """A wall with a crack through its middle, at 60 × 48 px, and its mask."""
    rng = np.random.default_rng(seed)
    image = rng.integers(150, 200, (48, 60, 3)).astype(np.uint8)
    mask = np.zeros((48, 60), np.uint8)
    cv2.line(mask, (0, int(rng.integers(10, 38))), (59, int(rng.integers(10, 38))), 255, 3)
    image[mask > 0] = 40
    for folder in ("images", "masks"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(root / "images" / name), image)
    cv2.imwrite(str(root / "masks" / f"{name.partition('.')[0]}.png"), mask)


def write_rows(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def read_rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def split_rows(root, parts=None):
    return [
        {
            "source": root.name,
            "file": name,
            "group": f"scene {name[0]}",
            "part": part,
            "sha256": hashlib.sha256((root / "images" / name).read_bytes()).hexdigest(),
        }
        for name, part in (parts or PARTS).items()
    ]


@pytest.fixture
def walls(tmp_path):
    """Four photos in four groups, two of them for training."""
    root = tmp_path / "walls"
    for seed, name in enumerate(PARTS):
        draw_photo(root, name, seed)
    write_rows(root / "groups.csv", [{"file": name, "group": f"scene {name[0]}"} for name in PARTS])
    write_rows(root / "split.csv", split_rows(root))
    return root


def content(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def test_all_photos_are_copied_and_only_those_of_training_get_versions(walls, tmp_path):
    before = content(walls)
    done = write_augmented(read_plan(walls), tmp_path / "new", TWO)
    assert (done.copied, done.augmented, done.versions) == (4, 2, 4)
    assert content(walls) == before
    after = content(tmp_path / "new")
    originals = {name for name in before if name.startswith(("images/", "masks/"))}
    assert {name: after[name] for name in originals} == {name: before[name] for name in originals}
    stems = ("a_aug1", "a_aug2", "b_aug1", "b_aug2")
    made = {f"{folder}/{stem}.png" for folder in ("images", "masks") for stem in stems}
    tables = {"groups.csv", "split.csv", "set.json"}
    assert after.keys() == originals | made | tables


def test_versions_are_whole_files_of_the_size_of_the_photo_with_masks_of_two_values(walls, tmp_path):
    plan = read_plan(walls)
    write_augmented(plan, tmp_path / "new", TWO)
    for photo in plan.training:
        for number in (1, 2):
            name = f"{photo.image.stem}_aug{number}.png"
            version = make_version(photo, TWO, number)
            shown = cv2.imread(str(tmp_path / "new" / "images" / name))[..., ::-1]
            mask = cv2.imread(str(tmp_path / "new" / "masks" / name), cv2.IMREAD_UNCHANGED)
            np.testing.assert_array_equal(shown, version.image)  # nothing is lost on the way to the disk
            assert shown.shape == (48, 60, 3)
            assert mask.shape == (48, 60)
            assert set(np.unique(mask)) == {0, 255}


def test_versions_keep_the_group_of_their_photo_and_stand_in_the_split(walls, tmp_path):
    write_augmented(read_plan(walls), tmp_path / "new", TWO)
    groups = {row["file"]: row["group"] for row in read_rows(tmp_path / "new" / "groups.csv")}
    assert groups["a.jpg"] == groups["a_aug1.png"] == groups["a_aug2.png"] == "scene a"
    split = read_split(tmp_path / "new" / "split.csv")
    parts = {row.file: row.part for row in split.rows}
    assert parts == PARTS | {f"{stem}_aug{number}.png": "train" for stem in "ab" for number in (1, 2)}
    assert verify(split, [tmp_path / "new"]) == ()  # each hash is that of its file
    assert len(list_samples(tmp_path / "new")) == 8


def test_one_seed_gives_one_set_and_another_seed_another(walls, tmp_path):
    plan = read_plan(walls)
    for name, seed in (("one", 3), ("same", 3), ("other", 4)):
        write_augmented(plan, tmp_path / name, AugmentSettings(versions=2, seed=seed))
    one, same, other = (content(tmp_path / name) for name in ("one", "same", "other"))
    assert one == same
    made = [name for name in one if "_aug" in name]
    assert all(one[name] != other[name] for name in made if name.startswith("images"))
    assert len({one[name] for name in made if name.startswith("images")}) == 4


def test_versions_of_a_photo_do_not_depend_on_the_other_photos(walls, tmp_path):
    write_augmented(read_plan(walls), tmp_path / "one", TWO)
    draw_photo(walls, "aa.jpg", 9)
    write_rows(walls / "split.csv", split_rows(walls, PARTS | {"aa.jpg": "train"}))
    write_augmented(read_plan(walls), tmp_path / "two", TWO)
    one, two = content(tmp_path / "one"), content(tmp_path / "two")
    assert all(two[name] == one[name] for name in one if "_aug" in name)


def test_without_a_split_all_photos_are_augmented(walls, tmp_path):
    (walls / "split.csv").unlink()
    plan = read_plan(walls)
    assert not plan.split
    assert write_augmented(plan, tmp_path / "new", TWO).versions == 8
    assert not (tmp_path / "new" / "split.csv").exists()


def test_a_split_of_several_sets_lies_elsewhere_and_is_carried_over(walls, tmp_path):
    rows = split_rows(walls, PARTS | {"a.jpg": "test"})
    rows.append({**rows[0], "source": "roads", "file": "z.jpg", "part": "train"})
    write_rows(tmp_path / "all.csv", rows)
    plan = read_plan(walls, tmp_path / "all.csv")
    assert [photo.file for photo in plan.training] == ["b.png"]
    write_augmented(plan, tmp_path / "new", TWO)
    written = {row["file"]: row["part"] for row in read_rows(tmp_path / "new" / "split.csv")}
    assert written == PARTS | {"a.jpg": "test", "b_aug1.png": "train", "b_aug2.png": "train"}


def test_labels_are_carried_on_and_photos_without_masks_have_versions_without(walls, tmp_path):
    (walls / "masks" / "b.png").unlink()
    labels = {"a.jpg": "crack", "b.png": "no crack", "c.jpg": "crack", "d.jpg": "crack"}
    write_rows(walls / "labels.csv", [{"file": file, "label": label} for file, label in labels.items()])
    write_augmented(read_plan(walls), tmp_path / "new", TWO)
    carried = {row["file"]: row["label"] for row in read_rows(tmp_path / "new" / "labels.csv")}
    assert carried["a_aug1.png"] == "crack"
    assert carried["b_aug1.png"] == "no crack"
    assert (tmp_path / "new" / "images" / "b_aug1.png").is_file()
    assert not (tmp_path / "new" / "masks" / "b_aug1.png").exists()


def test_a_version_without_its_crack_is_labelled_so(walls, tmp_path, monkeypatch):
    write_rows(walls / "labels.csv", [{"file": file, "label": "crack"} for file in PARTS])
    corner = np.zeros((48, 60), np.uint8)
    corner[:2, :2] = 255
    cv2.imwrite(str(walls / "masks" / "a.png"), corner)
    monkeypatch.setattr("crackwise.data.augment.classical.SCALE", (1.2, 1.2))  # corners leave, at any angle
    write_augmented(read_plan(walls), tmp_path / "new", TWO)
    carried = {row["file"]: row["label"] for row in read_rows(tmp_path / "new" / "labels.csv")}
    for name, label in carried.items():
        mask = cv2.imread(str(tmp_path / "new" / "masks" / f"{name.partition('.')[0]}.png"), 0)
        assert label == ("crack" if mask.any() else "no crack")
    assert [carried[f"{stem}_aug1.png"] for stem in "ab"] == ["no crack", "crack"]


def test_the_set_says_how_it_was_made_and_keeps_what_was_known(walls, tmp_path):
    (walls / "set.json").write_text('{"licence": "CC0"}', encoding="utf-8")
    write_augmented(read_plan(walls), tmp_path / "new", AugmentSettings("strong", 1, 7))
    assert json.loads((tmp_path / "new" / "set.json").read_text(encoding="utf-8")) == {
        "licence": "CC0",
        "augmented": {"from": "walls", "kind": "strong", "versions": 1, "seed": 7},
    }


def test_versions_of_painted_pictures_are_known_to_hold_training_photos_too(walls, tmp_path):
    painted = {"generator": {"name": "crackwise-pairs"}, "holds_training_photos": True}
    (walls / "provenance.json").write_text(json.dumps(painted), encoding="utf-8")
    write_augmented(read_plan(walls), tmp_path / "new", AugmentSettings("strong", 1, 7))
    told = json.loads((tmp_path / "new" / "provenance.json").read_text(encoding="utf-8"))
    assert told == {
        **painted,
        "augmented": {"from": "walls", "kind": "strong", "versions": 1, "seed": 7},
    }


def test_progress_counts_the_photos_of_the_set(walls, tmp_path):
    counts = []
    write_augmented(read_plan(walls), tmp_path / "new", TWO, on_photo=lambda *count: counts.append(count))
    assert counts == [(1, 4), (2, 4), (3, 4), (4, 4)]


def interrupt(done, _total):
    if done == 2:
        raise KeyboardInterrupt


def test_an_interrupted_run_leaves_nothing_and_can_be_run_again(walls, tmp_path):
    plan = read_plan(walls)
    with pytest.raises(KeyboardInterrupt):
        write_augmented(plan, tmp_path / "new", TWO, on_photo=interrupt)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["walls"]
    (tmp_path / "new").mkdir()  # an empty folder is as good as none
    assert write_augmented(plan, tmp_path / "new", TWO).versions == 4


def test_a_folder_that_holds_something_is_left_alone(walls, tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "mine.txt").write_text("mine", encoding="utf-8")
    for out in (tmp_path / "new", walls, walls / "split.csv"):
        with pytest.raises(OutputError, match=r"is not empty|is a file"):
            write_augmented(read_plan(walls), out, TWO)
    (tmp_path / "other.unfinished").mkdir()
    with pytest.raises(OutputError, match="goes on or was killed; wait for it, or delete"):
        write_augmented(read_plan(walls), tmp_path / "other", TWO)
    assert (tmp_path / "other.unfinished").is_dir()


def no_split_row(root):
    write_rows(root / "split.csv", split_rows(root)[1:])


def split_row_too_many(root):
    (root / "images" / "d.jpg").unlink()


def fold_part(root):
    write_rows(root / "split.csv", split_rows(root, PARTS | {"b.png": "fold-1"}))


def row_twice(root):
    write_rows(root / "split.csv", split_rows(root) + split_rows(root)[:1])


def nothing_to_train(root):
    write_rows(root / "split.csv", split_rows(root, dict.fromkeys(PARTS, "test")))


def torn_group(root):
    write_rows(root / "groups.csv", [{"file": name, "group": "one scene"} for name in PARTS])


def another_photo(root):
    draw_photo(root, "a.jpg", 77)


def name_taken(root):
    draw_photo(root, "b_aug2.png", 5)
    write_rows(root / "split.csv", split_rows(root, PARTS | {"b_aug2.png": "train"}))


def stem_twice(root):
    draw_photo(root, "a.png", 5)
    write_rows(root / "split.csv", split_rows(root, PARTS | {"a.png": "train"}))


def augmented_already(root):
    (root / "set.json").write_text('{"augmented": {"kind": "strong"}}', encoding="utf-8")


def cut_json(root):
    (root / "set.json").write_text('{"augm', encoding="utf-8")


def small_mask(root):
    cv2.imwrite(str(root / "masks" / "b.png"), np.zeros((40, 60), np.uint8))


def broken_photo(root):
    (root / "images" / "b.png").write_bytes(b"no picture")
    write_rows(root / "split.csv", split_rows(root))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (no_split_row, r"split\.csv lacks 1 photos, such as a\.jpg; split the set again"),
        (split_row_too_many, r"walls lacks 1 photos, such as d\.jpg"),
        (fold_part, r"puts b\.png into 'fold-1', which is neither of train, validation, test"),
        (row_twice, r"names a\.jpg 2 times"),
        (nothing_to_train, "no photo in part train"),
        (torn_group, "1 groups both in training and in other parts, such as one scene; split by group"),
        (another_photo, r"a\.jpg is another file than when it was split"),
        (name_taken, "already has a photo b_aug2"),
        (stem_twice, "2 photos named a with one mask"),
        (augmented_already, "is augmented already"),
        (cut_json, r"set\.json cannot be read as JSON"),
        (small_mask, r"b\.png is 60×40 but its photo is 60×48"),
        (broken_photo, r"b\.png cannot be read as an image"),
    ],
)
def test_a_set_that_cannot_be_augmented_says_why_and_leaves_nothing(walls, tmp_path, spoil, words):
    spoil(walls)
    with pytest.raises(DataError, match=words):
        write_augmented(read_plan(walls), tmp_path / "new", TWO)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["walls"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kind": "strogn"}, "kind 'strogn' is not known; expected one of classical, strong"),
        ({"versions": 0}, "0 versions"),
        ({"seed": -1}, "seed -1"),
    ],
)
def test_impossible_settings_are_refused(given, words):
    with pytest.raises(SettingsError, match=words):
        AugmentSettings(**given)


def test_the_sheet_has_a_row_per_photo_with_its_versions_outlined(walls):
    rows = version_rows(read_plan(walls).training, TWO)
    assert [row.head for row in rows] == ["a.jpg", "b.png"]
    for row in rows:
        assert [cell.caption.partition("\n")[0] for cell in row.cells] == [
            "original",
            "version 1",
            "version 2",
        ]
        for cell in row.cells:
            pink = (cell.picture == OUTLINE).all(axis=2)
            assert pink.sum() > CELL_PX  # along both sides of a crack that crosses the photo


def test_a_sheet_shows_eight_photos_of_many_from_the_first_to_the_last(walls):
    photos = read_plan(walls).training * 20
    rows = version_rows(photos, AugmentSettings(versions=1))
    assert len(rows) == 8
    assert (rows[0].head, rows[-1].head) == ("a.jpg", "b.png")


def test_no_part_is_cut_from_a_photo_of_which_only_a_label_says_that_it_is_cracked(tmp_path):
    for name, label in (("a.jpg", "crack"), ("b.jpg", "no crack")):
        draw_photo(tmp_path / "walls", name, 0)
        (tmp_path / "walls" / "masks" / f"{name[0]}.png").unlink()
        labels = tmp_path / "walls" / "labels.csv"
        labels.write_text((labels.read_text() if labels.is_file() else "file,label\n") + f"{name},{label}\n")
    plan = read_plan(tmp_path / "walls")
    with pytest.raises(SettingsError, match=r"strong cuts parts .* of 1 cracked ones, first a\.jpg, no mask"):
        write_augmented(plan, tmp_path / "new", AugmentSettings("strong", 1))
    assert write_augmented(plan, tmp_path / "new", AugmentSettings("classical", 1)).versions == 2

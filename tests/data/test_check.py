"""Faults planted in drawn sets, one row per kind: each is found, and a clean set is left in peace."""

import csv
import json
import shutil

import cv2
import numpy as np
import pytest
from PIL import Image

from crackwise.data.check import check_sets, judge, look_at_all, merge_groups, prepare, write_groups
from crackwise.data.draw import write_drawn
from crackwise.data.folder import read_folder
from crackwise.data.stats import describe
from crackwise.errors import DataError, OutputError, SettingsError
from smallsets import Photo, write_set

FIRST = "images/drawn_00000.jpg"
FIRST_MASK = "masks/drawn_00000.png"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """60 clean scenes."""
    root = tmp_path_factory.mktemp("drawn") / "walls"
    write_drawn(root, 60, "144x144", seed=5)
    return root


@pytest.fixture
def walls(drawn, tmp_path):
    """The first eight of them, to be spoilt."""
    return part_of(drawn, tmp_path / "walls", range(8))


def part_of(drawn, root, numbers):
    for folder in ("images", "masks"):
        (root / folder).mkdir(parents=True)
    rows = ["file,group"]
    for number in numbers:
        stem = f"drawn_{number:05d}"
        shutil.copy(drawn / f"images/{stem}.jpg", root / f"images/{stem}.jpg")
        shutil.copy(drawn / f"masks/{stem}.png", root / f"masks/{stem}.png")
        rows.append(f"{stem}.jpg,{stem}")
    (root / "groups.csv").write_text("\n".join(rows) + "\n", "utf-8")
    return root


def mask_of(root):
    return cv2.imread(str(root / FIRST_MASK), cv2.IMREAD_GRAYSCALE)


def soft(levels):
    return cv2.GaussianBlur(cv2.dilate(levels, np.ones((9, 9), np.uint8)), (0, 0), 2)


def save_mask(root, levels):
    cv2.imwrite(str(root / FIRST_MASK), levels)


def turn_photo(root, orientation, height_px=144):
    """Give the first photo and its mask this height, and the photo an orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.open(root / FIRST).crop((0, 0, 144, height_px)).save(root / FIRST, exif=exif.tobytes(), quality=95)
    save_mask(root, mask_of(root)[:height_px])


def swap_mask(root):
    turn_photo(root, 6, 120)
    save_mask(root, cv2.rotate(mask_of(root), cv2.ROTATE_90_CLOCKWISE))


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def alpha_mask(root):
    levels = mask_of(root)
    save_mask(root, np.dstack([np.zeros((*levels.shape, 3), np.uint8), levels]))


def coloured_mask(root):
    levels = mask_of(root)
    save_mask(root, np.dstack([np.zeros_like(levels), np.zeros_like(levels), levels]))


def copied(root, name, change, group):
    """Add a changed copy of the first photo and its mask as another scene."""
    for folder, suffix in (("images", "jpg"), ("masks", "png")):
        pixels = cv2.imread(str(root / f"{folder}/drawn_00000.{suffix}"), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(root / f"{folder}/{name}.{suffix}"), change(pixels), [cv2.IMWRITE_JPEG_QUALITY, 88])
    with (root / "groups.csv").open("a", encoding="utf-8") as file:
        file.write(f"{name}.jpg,{group}\n")


def same_file_other_mask(root):
    shutil.copy(root / FIRST, root / "images/again.jpg")
    save_mask(root, mask_of(root))
    cv2.imwrite(str(root / "masks/again.png"), cv2.dilate(mask_of(root), np.ones((3, 3), np.uint8)))
    with (root / "groups.csv").open("a", encoding="utf-8") as file:
        file.write("again.jpg,drawn_00000\n")


def fatten(root):
    for path in (root / "masks").iterdir():
        levels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        cv2.imwrite(str(path), cv2.dilate(levels, np.ones((13, 13), np.uint8)))


def write_rows(path, *rows):
    path.write_text("\n".join(rows) + "\n", "utf-8")


def mask_as_photo(root):
    cv2.imwrite(str(root / "images" / "drawn_00000.jpg"), mask_of(root))


FAULTS = {
    "missing mask": (lambda r: (r / FIRST_MASK).unlink(), "missing mask", "error"),
    "no masks folder": (lambda r: shutil.rmtree(r / "masks"), "missing mask", "error"),
    "capital suffix": (
        lambda r: (r / FIRST_MASK).rename((r / FIRST_MASK).with_suffix(".PNG")),
        "missing mask",
        "error",
    ),
    "photo in a sub-folder": (
        lambda r: shutil.copytree(r / "images", r / "images/pier"),
        "photo in a sub-folder",
        "error",
    ),
    "mask without photo": (lambda r: (r / FIRST).unlink(), "mask without photo", "error"),
    "cut-off photo": (lambda r: cut(r / FIRST), "unreadable photo", "error"),
    "text for a photo": (lambda r: (r / FIRST).write_text("no photo"), "unreadable photo", "error"),
    "empty photo file": (lambda r: (r / FIRST).write_bytes(b""), "unreadable photo", "error"),
    "cut-off mask": (lambda r: cut(r / FIRST_MASK), "unreadable mask", "error"),
    "empty mask file": (lambda r: (r / FIRST_MASK).write_bytes(b""), "unreadable mask", "error"),
    "smaller mask": (lambda r: save_mask(r, mask_of(r)[:-1]), "size mismatch", "error"),
    "upright mask": (swap_mask, "mask not turned like photo", "error"),
    "turned, stored mask": (lambda r: turn_photo(r, 6, 120), "turned photo", "warning"),
    "turned and square": (lambda r: turn_photo(r, 8), "turned photo", "warning"),
    "upside down": (lambda r: turn_photo(r, 3, 120), "turned photo", "warning"),
    "0/1": (lambda r: save_mask(r, mask_of(r) // 255), "0/1 mask", "error"),
    "class numbers": (lambda r: save_mask(r, mask_of(r) // 255 * 3), "faint mask", "error"),
    "grey": (lambda r: save_mask(r, soft(mask_of(r))), "grey mask", "warning"),
    "inverted": (lambda r: save_mask(r, 255 - mask_of(r)), "inverted mask", "error"),
    "all white": (lambda r: save_mask(r, np.full_like(mask_of(r), 255)), "inverted mask", "error"),
    "coloured": (coloured_mask, "coloured mask", "error"),
    "alpha": (alpha_mask, "mask in alpha channel", "error"),
    "photo is a mask": (mask_as_photo, "photo is a mask", "error"),
    "fat": (fatten, "fat labels", "warning"),
    "label against mask": (
        lambda r: write_rows(r / "labels.csv", "file,label", "drawn_00000.jpg,no crack"),
        "label against mask",
        "error",
    ),
    "broken table": (lambda r: (r / "groups.csv").write_text("photo;scene\n"), "broken table", "error"),
    "table of bytes": (lambda r: (r / "groups.csv").write_bytes(b"\xff\xfe\0"), "broken table", "error"),
    "row of nothing": (
        lambda r: write_rows(r / "labels.csv", "file,label", "gone.jpg,crack"),
        "row without photo",
        "warning",
    ),
    "two groups": (
        lambda r: write_rows(r / "groups.csv", "file,group", "drawn_00000.jpg,a", "drawn_00000.jpg,b"),
        "contradicting rows",
        "error",
    ),
    "no group": (
        lambda r: write_rows(r / "groups.csv", "file,group", "drawn_00000.jpg,a"),
        "photo without group",
        "warning",
    ),
    "two of one stem": (
        lambda r: shutil.copy(r / FIRST, r / "images/drawn_00000.jpeg"),
        "two photos of one mask",
        "error",
    ),
    "mask as JPEG": (
        lambda r: (r / FIRST_MASK).rename(r / "masks/drawn_00000.jpg"),
        "mask is no PNG",
        "error",
    ),
    "torn group": (
        lambda r: (
            write_rows(r / "groups.csv", "file,group", "drawn_00000.jpg,a", "drawn_00001.jpg,a"),
            write_rows(r / "split.csv", "file,part", "drawn_00000.jpg,train", "drawn_00001.jpg,test"),
        ),
        "group across parts",
        "error",
    ),
}


COPIES = {
    "mirrored copy": (
        lambda r: copied(r, "m", lambda p: p[:, ::-1], "m"),
        "near duplicate in different groups",
        "warning",
    ),
    "turned copy": (
        lambda r: copied(r, "t", lambda p: np.ascontiguousarray(np.rot90(p)), "t"),
        "near duplicate in different groups",
        "warning",
    ),
    "encoded again": (
        lambda r: copied(r, "e", lambda p: p, "e"),
        "near duplicate in different groups",
        "warning",
    ),
    "other mask": (same_file_other_mask, "one photo, two masks", "error"),
    "copy in its group": (same_file_other_mask, "same file in one group", "note"),
}


def looked_at(root):
    """Check a set without comparing its photos, which takes most of the time."""
    sets = prepare([root], None)
    return judge(sets, look_at_all(sets, 1), ())


def serious(report):
    return [finding for finding in report.findings if finding.level != "note"]


def kinds(report):
    return {(finding.kind, finding.level) for finding in report.findings}


def test_sixty_clean_scenes_are_left_in_peace(drawn):
    report = check_sets([drawn])
    assert serious(report) == []
    assert report.pairs == ()
    assert report.figures[0].photos == report.figures[0].groups == report.figures[0].with_mask == 60


def test_the_first_scenes_are_clean_before_they_are_spoilt(walls):
    assert serious(check_sets([walls])) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(walls, fault):
    plant, kind, level = FAULTS[fault]
    plant(walls)
    assert (kind, level) in kinds(looked_at(walls))


@pytest.mark.parametrize("copy", COPIES)
def test_a_planted_copy_is_found(walls, copy):
    plant, kind, level = COPIES[copy]
    plant(walls)
    assert (kind, level) in kinds(check_sets([walls]))


def test_a_finding_names_photo_and_remedy(walls):
    (walls / FIRST_MASK).unlink()
    (finding,) = serious(looked_at(walls))
    assert finding.where == "walls/drawn_00000.jpg"
    assert finding.message == ("has no mask; expected masks/drawn_00000.png, add it or move the photo away")


def test_a_copy_in_another_set_is_an_error(drawn, walls, tmp_path):
    other = part_of(drawn, tmp_path / "bridge", range(20, 24))
    shutil.copy(walls / FIRST, other / "images/deck.jpg")
    shutil.copy(walls / FIRST_MASK, other / "masks/deck.png")
    (other / "groups.csv").unlink()
    report = check_sets([walls, other])
    (finding,) = [each for each in report.findings if each.level == "error"]
    assert finding.kind == "same file across parts"
    assert finding.where == "walls/drawn_00000.jpg"
    assert "bridge/deck.jpg" in finding.message


def test_a_crop_in_another_part_of_a_split_is_an_error(tmp_path, drawn):
    root = part_of(drawn, tmp_path / "walls", ())
    write_drawn(tmp_path / "large", 1, "700x500", seed=12)
    for folder, suffix in (("images", "jpg"), ("masks", "png")):
        pixels = cv2.imread(str(tmp_path / f"large/{folder}/drawn_00000.{suffix}"), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(root / f"{folder}/left.{suffix}"), pixels[:, :450])
        cv2.imwrite(str(root / f"{folder}/right.{suffix}"), pixels[:, 250:])
    split = tmp_path / "split.csv"
    write_rows(split, "file,part", "left.jpg,train", "right.jpg,test")
    assert ("overlap across parts", "error") in kinds(check_sets([root], split=split))
    assert ("overlap in different groups", "warning") in kinds(check_sets([root]))


def test_group_names_in_two_sets_are_sure_only_where_photos_agree(drawn, walls, tmp_path):
    other = part_of(drawn, tmp_path / "bridge", (0, 30, 31))
    write_rows(
        other / "groups.csv", "file,group", "drawn_00000.jpg,drawn_00000", "drawn_00030.jpg,drawn_00001"
    )
    found = {f.kind: f.message for f in check_sets([walls, other]).findings if f.kind.startswith("group")}
    assert "drawn_00000" in found["group across sets"]
    assert "drawn_00001" in found["group name across sets"]


@pytest.mark.parametrize(("cracked", "sound"), [("crack", "no crack"), ("crack", "nocrack"), ("Pos", "neg")])
def test_a_plain_folder_of_classes_is_checked_without_masks(drawn, tmp_path, cracked, sound):
    for name, number in ((cracked, 0), (cracked, 1), (sound, 2)):
        (tmp_path / "photos" / name).mkdir(parents=True, exist_ok=True)
        shutil.copy(drawn / f"images/drawn_{number:05d}.jpg", tmp_path / "photos" / name)
    report = looked_at(tmp_path / "photos")
    assert serious(report) == []
    assert report.figures[0].labels == {"crack": 2, "no crack": 1}
    assert (report.figures[0].balance.cracked, report.figures[0].balance.undamaged) == (2, 1)
    assert report.figures[0].balance.crack_share is None


def test_a_photo_known_to_be_sound_counts_as_an_empty_mask_as_in_the_figures_of_stats(tmp_path):
    photos = {f"{number}.png": Photo("wall", 4, 30, grey=120 + number) for number in range(2)}
    sound = {f"{number}.png": Photo("wall", grey=120 + number) for number in range(2, 5)}
    root = write_set(tmp_path / "set", photos | sound, labels=dict.fromkeys(sound, "no crack"))
    balance = looked_at(root).figures[0].balance
    share = 2 * 4 * 30 / (5 * 40 * 60)
    assert (balance.cracked, balance.undamaged, balance.crack_share) == (2, 3, pytest.approx(share))
    assert balance.inverse_frequency == pytest.approx((1 / (2 * (1 - share)), 1 / (2 * share)))
    assert describe(read_folder(root)).sources[0].crack_share == pytest.approx(share)


def test_class_weights_follow_from_counted_pixels(tmp_path):
    for folder in ("images", "masks"):
        (tmp_path / "set" / folder).mkdir(parents=True)
    rng = np.random.default_rng(3)
    for name, columns in (("a", 4), ("b", 0)):  # 4 of 40 columns, and none
        levels = np.zeros((32, 40), np.uint8)
        levels[:, :columns] = 255
        cv2.imwrite(str(tmp_path / f"set/images/{name}.png"), rng.integers(0, 255, (32, 40, 3), np.uint8))
        cv2.imwrite(str(tmp_path / f"set/masks/{name}.png"), levels)
    balance = looked_at(tmp_path / "set").figures[0].balance
    assert balance.crack_share == pytest.approx(1 / 20)
    assert balance.inverse_frequency == pytest.approx((1 / (2 * 19 / 20), 1 / (2 / 20)))
    # crack: 1/10 where it occurs; sound: 19/20; their median is 0.525
    assert balance.median_frequency == pytest.approx((0.525 / 0.95, 0.525 / 0.1))
    assert balance.cracked_share == 0.5


def groups_in(root):
    with (root / "groups.csv").open(encoding="utf-8", newline="") as file:
        return {row["file"]: row["group"] for row in csv.DictReader(file)}


def test_groups_are_joined_and_none_is_lost(walls):
    write_rows(
        walls / "groups.csv",
        "file,group,source",
        "drawn_00000.jpg,deck,x",
        "drawn_00001.jpg,deck,x",
        "drawn_00002.jpg,pier,y",
        "gone.jpg,pier,y",
    )
    old = (walls / "groups.csv").read_text("utf-8")
    for name in ("drawn_00008", "drawn_00009"):
        shutil.copy(walls / "images/drawn_00001.jpg", walls / f"images/{name}.jpg")
    report = check_sets([walls])
    written = write_groups(report.sets[0], merge_groups(report.sets, report.pairs))
    groups = groups_in(walls)
    assert {file for file, group in groups.items() if group == "deck"} == {
        f"drawn_{number:05d}.jpg" for number in (0, 1, 8, 9)
    }
    assert groups["drawn_00002.jpg"] == groups["gone.jpg"] == "pier"
    assert groups["drawn_00003.jpg"] == "drawn_00003"
    assert written.backup == walls / "groups.csv.bak"
    assert written.backup.read_text("utf-8") == old


def test_groups_of_photos_that_the_table_spells_otherwise_are_kept(walls):
    rows = [f"drawn_{number:05d}.jpg ,deck" for number in range(7)]
    write_rows(walls / "groups.csv", "file,group", *rows)
    report = looked_at(walls)
    assert "row without photo" not in {finding.kind for finding in report.findings}
    write_groups(report.sets[0], merge_groups(report.sets, report.pairs))
    groups = groups_in(walls)
    assert len(groups) == 8
    assert [groups[f"drawn_{number:05d}.jpg"] for number in range(7)] == ["deck"] * 7


def test_writing_groups_again_changes_nothing(walls):
    (walls / "groups.csv").unlink()
    for _ in range(2):
        report = check_sets([walls])
        written = write_groups(report.sets[0], merge_groups(report.sets, report.pairs))
    assert written.joined == 0
    assert written.group_count == 8
    assert not (walls / "groups.csv.bak").exists()


def test_two_groups_that_share_a_photo_become_one(walls):
    shutil.copy(walls / "images/drawn_00000.jpg", walls / "images/twin.jpg")
    write_rows(
        walls / "groups.csv",
        "file,group",
        "drawn_00000.jpg,a",
        "drawn_00001.jpg,a",
        "twin.jpg,b",
        "drawn_00002.jpg,b",
    )
    report = check_sets([walls])
    groups = merge_groups(report.sets, report.pairs)
    assert {
        groups[f"walls/{name}.jpg"] for name in ("drawn_00000", "drawn_00001", "twin", "drawn_00002")
    } == {"a"}


def test_no_groups_are_written_over_a_table_that_cannot_be_read(walls):
    (walls / "groups.csv").write_text("photo;scene\n", "utf-8")
    report = looked_at(walls)
    with pytest.raises(OutputError, match="no groups were written"):
        write_groups(report.sets[0], merge_groups(report.sets, report.pairs))
    assert (walls / "groups.csv").read_text("utf-8") == "photo;scene\n"


def test_threads_change_nothing(walls):
    copied(walls, "m", lambda pixels: pixels[:, ::-1], "m")
    one, three = (json.dumps(check_sets([walls], workers=workers).as_json()) for workers in (1, 3))
    assert one == three


REFUSED = {
    "no folder": (lambda root: [root / "gone"], "there is no folder"),
    "no photo": (lambda root: [root / "masks"], "holds no photo"),
    "twice": (lambda root: [root, root], "given twice"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_checked_is_refused(walls, kind):
    roots, sentence = REFUSED[kind]
    for mask in (walls / "masks").iterdir():
        mask.unlink()
    with pytest.raises(DataError, match=sentence):
        check_sets(roots(walls))


def test_no_thread_at_all_is_refused(walls):
    with pytest.raises(SettingsError, match="workers is 0"):
        check_sets([walls], workers=0)


def test_progress_counts_to_the_end_twice(walls):
    seen = []
    check_sets([walls], on_photo=lambda done, total: seen.append((done, total)))
    assert seen.count((8, 8)) >= 2
    assert seen[0] == (1, 8)

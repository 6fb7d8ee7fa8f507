"""Splits: groups stay whole, parts get their shares, a seed gives the same split, files tell changes."""

import json
import random
from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crackwise.data.folder import read_folder
from crackwise.data.split import (
    Entry,
    SplitSettings,
    absent_parts,
    fold_shares,
    leave_source_out,
    look_at,
    make_split,
    parse_shares,
    read_split,
    shared_files,
    torn_groups,
    verify,
    weigh,
    write_split,
)
from crackwise.errors import DataError, OutputError, SettingsError
from smallsets import Photo, save, write_set

THREE = parse_shares("70/15/15")


def entries(group_sizes: dict[str, list[int]], seed: int = 0) -> list[Entry]:
    """Make up photos by source and size of their groups; a third shows no crack."""
    rng = np.random.default_rng(seed)
    made = []
    for source, sizes in group_sizes.items():
        groups = np.repeat(np.arange(len(sizes)), sizes)
        for number, group in enumerate(groups):
            share = float(rng.choice([0, 1, 1]) * rng.random() * 0.1)
            digest = f"{source}{number:03}".encode().hex().ljust(64, "0")
            made.append(Entry(source, f"{number:03}.jpg", f"g{group}", digest, share, share > 0))
    return made


sizes = st.lists(st.integers(1, 12), min_size=6, max_size=30)


@settings(max_examples=60)
@given(
    st.dictionaries(st.sampled_from(["walls", "decks", "roads"]), sizes, min_size=1),
    st.sampled_from([THREE, parse_shares("80/20"), fold_shares(5)]),
    st.integers(0, 9),
)
def test_groups_stay_whole_and_every_source_keeps_its_shares_within_its_largest_group(sources, shares, seed):
    photos = entries(sources)
    try:
        split = make_split(photos, SplitSettings(shares, seed=seed))
    except DataError as error:  # a few large groups cannot fill five folds
        if "would stay empty" not in str(error):
            raise
        return
    assert torn_groups(split) == ()
    assert sorted((r.source, r.file, r.group, r.sha256) for r in split.rows) == sorted(
        (e.source, e.file, e.group, e.sha256) for e in photos
    )
    for source, group_sizes in sources.items():
        counts = Counter(row.part for row in split.rows if row.source == source)
        for part, share in shares.items():
            assert abs(counts[part] - share * sum(group_sizes)) <= max(group_sizes) + 1e-6


@given(st.randoms(use_true_random=False), st.integers(0, 100))
@settings(max_examples=20)
def test_the_seed_alone_decides_and_not_the_order_of_the_files(shuffler: random.Random, seed):
    photos = entries({"walls": [3, 1, 4, 1, 5, 9, 2, 6], "decks": [2] * 12})
    mixed = photos.copy()
    shuffler.shuffle(mixed)
    chosen = SplitSettings(THREE, seed=seed)
    assert make_split(photos, chosen) == make_split(mixed, chosen)


def test_another_seed_gives_another_split():
    photos = entries({"walls": [1] * 60})
    splits = {make_split(photos, SplitSettings(THREE, seed=seed)) for seed in range(5)}
    assert len(splits) == 5


def test_cracked_and_undamaged_photos_and_thick_and_thin_cracks_are_spread_evenly():
    photos = [
        Entry("s", f"{n:03}.jpg", f"g{n}", f"{n:064}", 0.0 if n < 100 else n / 10_000, n >= 100)
        for n in range(200)
    ]
    split = make_split(photos, SplitSettings(parse_shares("60/20/20")))
    figures = weigh(split, photos)
    assert [(f.part, f.photos) for f in figures] == [("train", 120), ("validation", 40), ("test", 40)]
    for part in figures:
        assert part.cracked_share == pytest.approx(0.5, abs=0.026)
        fifths = Counter((int(file[:3]) - 100) // 20 for _, file in split.files(part.part))
        for fifth in range(5):  # of the cracked photos by crack share, 20 each
            assert fifths[fifth] == pytest.approx(20 * part.photo_share, abs=1)


def test_large_groups_do_not_gather_in_the_small_parts():
    photos = entries({"s": [10] * 10 + [1] * 100})
    largest = defaultdict(set)
    for row in make_split(photos, SplitSettings(THREE)).rows:
        if int(row.group[1:]) < 10:
            largest[row.part].add(row.group)
    assert {part: len(groups) for part, groups in largest.items()} == {
        "train": 7,
        "validation": pytest.approx(1.5, abs=0.5),
        "test": pytest.approx(1.5, abs=0.5),
    }


def test_a_split_by_file_tears_groups_apart_and_says_which():
    photos = entries({"s": [20] + [1] * 20})
    torn = torn_groups(make_split(photos, SplitSettings(THREE, by="file")))
    assert torn == (("s", "g0"),)


def test_the_same_file_in_two_parts_is_found():
    photos = [Entry("s", f"{n}.jpg", f"g{n}", f"{n % 20:064}", 0.0, False) for n in range(40)]
    split = make_split(photos, SplitSettings(parse_shares("50/50")))
    part = {row.file: row.part for row in split.rows}
    apart = {n for n in range(40) if part[f"{n}.jpg"] != part[f"{(n + 20) % 40}.jpg"]}
    assert apart
    assert {int(file.removesuffix(".jpg")) for _, file in shared_files(split)} == apart


def test_a_scene_that_lies_in_two_sets_lies_in_one_part():
    photos = entries({"north": [2] * 30, "south": [2] * 30})
    copied = {f"{number:03}.jpg" for number in range(0, 60, 4)}  # the first photo of every second scene
    hashes = {photo.file: photo.sha256 for photo in photos if photo.source == "north"}
    photos = [replace(one, sha256=hashes[one.file]) if one.file in copied else one for one in photos]
    split = make_split(photos, SplitSettings(THREE))
    part = {(row.source, row.file): row.part for row in split.rows}
    assert all(part["north", file] == part["south", file] for file in copied)
    assert shared_files(split) == torn_groups(split) == ()
    assert {part["south", file] for file in copied} == {"train", "validation", "test"}


def test_a_source_of_one_scene_is_missing_from_the_other_parts():
    photos = entries({"wall": [5], "roads": [1] * 20})
    split = make_split(photos, SplitSettings(THREE))
    assert absent_parts(split) == (("wall", "validation"), ("wall", "test"))


def test_leaving_one_source_out_makes_each_a_part():
    split = leave_source_out(entries({"walls": [2, 2], "roads": [3]}))
    assert split.parts == ("roads", "walls")
    assert split.files("roads") == (("roads", "000.jpg"), ("roads", "001.jpg"), ("roads", "002.jpg"))
    assert absent_parts(split) == ()
    with pytest.raises(DataError, match="only the source walls; leaving one out needs two"):
        leave_source_out(entries({"walls": [2]}))


def test_fewer_groups_than_parts_are_refused():
    with pytest.raises(DataError, match="would stay empty: 2 groups are too few or too unequal for 3 parts"):
        make_split(entries({"s": [5, 5]}), SplitSettings(THREE))


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("70/15/15", {"train": 0.7, "validation": 0.15, "test": 0.15}),
        ("80/20", {"train": 0.8, "test": 0.2}),
        ("33.4/33.3/33.3", {"train": 0.334, "validation": 0.333, "test": 0.333}),
    ],
)
def test_shares_are_read_in_percent(text, shares):
    assert parse_shares(text) == pytest.approx(shares)


@pytest.mark.parametrize(
    "text", ["70", "70/15/10", "100/0", "70/15/10/5", "a/b", "0.7/0.15/0.15", "", "1..2/3"]
)
def test_other_shares_are_refused(text):
    with pytest.raises(SettingsError, match="write train/validation/test, 70/15/15"):
        parse_shares(text)


def test_impossible_folds_and_seeds_are_refused():
    assert list(fold_shares(10))[:2] == ["fold-01", "fold-02"]
    with pytest.raises(SettingsError, match="1 folds are too few"):
        fold_shares(1)
    with pytest.raises(SettingsError, match="seed is -1"):
        SplitSettings(THREE, seed=-1)


PHOTOS = {f"{n}.png": Photo(f"g{n // 2}", n % 3, grey=100 + n) for n in range(12)}


@pytest.fixture
def walls(tmp_path):
    return write_set(tmp_path / "walls", PHOTOS)


def test_a_photo_is_known_by_its_hash_its_mask_and_its_label(tmp_path):
    labels = {"b.png": "crack", "c.png": "no crack", "d.png": ""}
    photos = {"a.png": Photo("g", 4, 30), "b.png": Photo("g"), "c.png": Photo("g"), "d.png": Photo("g")}
    looked = look_at(read_folder(write_set(tmp_path / "s", photos, labels=labels)))
    assert [(e.crack_share, e.is_cracked) for e in looked] == [
        (pytest.approx(4 * 30 / (40 * 60)), True),
        (None, True),
        (0.0, False),
        (None, None),
    ]


def test_a_published_split_is_read_back_and_never_overwritten(walls, tmp_path):
    split = make_split(look_at(read_folder(walls)), SplitSettings(THREE))
    path = tmp_path / "split.csv"
    write_split(split, path, {"seed": 0})
    assert read_split(path) == split
    assert path.read_text().startswith("source,file,group,part,sha256\nwalls,0.png,g0,")
    counts = Counter(row.part for row in split.rows)
    assert json.loads((tmp_path / "split.json").read_text()) == {"seed": 0, "photos": counts}
    with pytest.raises(OutputError, match=r"split\.csv is there already"):
        write_split(split, path, {})
    with pytest.raises(OutputError, match=r"does not end in \.csv"):
        write_split(split, tmp_path / "split.txt", {})


def test_what_changed_since_the_split_is_told(walls, tmp_path):
    split = make_split(look_at(read_folder(walls)), SplitSettings(THREE))
    assert verify(split, [walls]) == ()
    (walls / "images" / "3.png").unlink()
    save(walls / "images" / "4.png", np.zeros((9, 9, 3), np.uint8))
    save(walls / "images" / "new.png", np.zeros((9, 9, 3), np.uint8))
    table = (walls / "groups.csv").read_text()
    (walls / "groups.csv").write_text(table.replace("0.png,g0", "0.png,other", 1))
    found = {(f.kind, f.level, f.where) for f in verify(split, [walls])}
    assert found == {
        ("missing photo", "error", "walls/3.png"),
        ("changed photo", "error", "walls/4.png"),
        ("new photo", "warning", "walls/new.png"),
        ("changed group", "warning", "walls/0.png"),
    }


HASH = "0" * 64


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,part\na.jpg,train\n", "has no column 'source'"),
        ("source,file,group,part,sha256\n", "is no split: it is empty"),
        ("source,file,group,part,sha256\ns,a.jpg\n", "line 2 is too short"),
        (f"source,file,group,part,sha256\ns,a.jpg,g,,{HASH}\n", r"is no split: the row of a\.jpg"),
        ("source,file,group,part,sha256\ns,a.jpg,g,train,123\n", "expected file, part and a SHA-256"),
        (f"source,file,group,part,sha256\ns,a.jpg,g,train,{HASH}\ns,a.jpg,g,test,{HASH}\n", "2 times"),
        ("source,file\xff", "is no CSV file in UTF-8"),
    ],
)
def test_a_damaged_split_gives_one_sentence(tmp_path, text, message):
    (tmp_path / "split.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=message):
        read_split(tmp_path / "split.csv")


def test_a_missing_split_gives_one_sentence(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_split(tmp_path / "split.csv")

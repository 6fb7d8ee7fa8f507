"""Which photos a training learns from, validates on and never sees."""

import multiprocessing

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')

from crackwise.data.draw import write_drawn  # noqa: E402
from crackwise.data.folder import read_folder  # noqa: E402
from crackwise.data.split import read_split, write_split  # noqa: E402
from crackwise.errors import DataError, RecipeError, SettingsError  # noqa: E402
from crackwise.training.folder import Folders  # noqa: E402
from crackwise.training.sources import choose_validation, drawn_samples, gather, gather_run, split_of  # noqa: E402
from smallsets import Photo, save, write_set  # noqa: E402
from tinytraining import tiny  # noqa: E402


def names(samples):
    return {sample.image.name for sample in samples}


@pytest.fixture
def walls(tmp_path):
    """Ten scenes of two photos; every second scene is cracked, under one of two prefixes."""
    photos = {
        f"{'AB'[scene % 2]}_{scene}{letter}.png": Photo(
            f"scene {scene}", 4 if scene % 4 < 2 else 0, grey=150 + scene
        )
        for scene in range(20)
        for letter in "ab"
    }
    write_set(tmp_path / "walls", photos)
    return tmp_path


def test_groups_to_leave_out_play_no_part(walls):
    recipe = tiny('data.sources=[{name="walls", leave_out=["scene 3", "scene 4"]}]')
    [source] = gather(recipe, walls, walls)
    found = names(source.training) | names(source.validation)
    assert len(found) == 36
    assert not found & {"B_3a.png", "B_3b.png", "A_4a.png", "A_4b.png"}


def test_a_group_to_leave_out_that_is_not_there_is_refused(walls):
    with pytest.raises(DataError, match="walls has no group 'scene 33' to leave out"):
        gather(tiny('data.sources=[{name="walls", leave_out=["scene 33"]}]'), walls, walls)


def test_a_share_keeps_whole_scenes_within_every_larger_share_and_leaves_validation_alone(walls):
    def gathered(share, seed=0):
        recipe = tiny(f'data.sources=[{{name="walls", share={share}}}]', f"seed={seed}")
        [source] = gather(recipe, walls, walls)
        return source

    whole = gathered(1.0)
    few, half = gathered(0.01), gathered(0.5)
    assert len(few.training) == 2  # one scene
    assert len({sample.group for sample in few.training}) == 1
    assert len(whole.training) / 2 <= len(half.training) <= len(whole.training) / 2 + 1
    assert names(few.training) < names(half.training) < names(whole.training)
    assert few.validation == half.validation == whole.validation
    assert len({frozenset(names(gathered(0.01, seed).training)) for seed in range(6)}) > 1


def test_a_source_for_training_only_keeps_none_for_validation(walls):
    write_drawn(walls / "made", 6, "64x64", 1)
    recipe = tiny('data.sources=[{name="walls"}, {name="made", training_only=true}]')
    own, made = gather(recipe, walls, walls)
    assert len(made.training) == 6
    assert made.validation == ()
    assert own.validation == gather(tiny(), walls, walls)[0].validation
    assert {row.part for row in split_of([made]).rows} == {"train"}


def test_photos_without_cracks_keep_the_parts_and_groups_of_their_set(walls):
    photos = {f"{number}.png": Photo(f"wall {number // 2}") for number in range(10)}
    parts = {name: ("train", "validation", "test")[int(name[0]) // 4] for name in photos}
    write_set(walls / "sound", photos)
    write_split_rows(walls / "sound", [f"sound,{name},{photos[name].group},{parts[name]}" for name in photos])
    sources = 'data.sources=[{name="walls"}, {name="sound", kind="negatives", folder="images"}]'
    _, sound = gather(tiny(sources), walls, walls)
    assert names(sound.training) == {"0.png", "1.png", "2.png", "3.png"}
    assert names(sound.validation) == {"4.png", "5.png", "6.png", "7.png"}
    assert names(sound.test) == {"8.png", "9.png"}
    assert {sample.group for sample in sound.training} == {"wall 0", "wall 1"}


DRAWN = 'data.sources=[{name="walls"}, {name="made", kind="drawn", count=4, size="64x64"}]'


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("count=4", "count=5"), "holds 4 drawn scenes, but the recipe asks for 5 of made"),
        (("64x64", "32x64"), "scenes drawn with size 64x64, but the recipe asks for 32x64 of made"),
        (("count=4", "count=4, clean_share=1"), r"clean_share 0\.25, but the recipe asks for 1\.0 of made"),
        ((), "scenes drawn with seed 1, but the recipe asks for 8 of made; choose another --drawn"),
    ],
)
def test_scenes_that_were_kept_from_another_recipe_are_refused(walls, change, words):
    gather(tiny(DRAWN), walls, walls / "drawn")
    other = tiny(DRAWN.replace(*change)) if change else tiny(DRAWN, "seed=7")
    with pytest.raises(DataError, match=words):
        gather(other, walls, walls / "drawn")


def draw_made(folder):
    [source] = [one for one in tiny(DRAWN).data.sources if one.kind == "drawn"]
    return len(drawn_samples(source.model_copy(update={"count": 24}), 0, folder / "made"))


def test_of_two_processes_that_want_the_same_scenes_one_draws(tmp_path):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(draw_made, [tmp_path] * 2, chunksize=1) == [24, 24]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".made.lock", "made"]


def test_a_recipe_whose_sources_are_all_for_training_only_is_refused(walls):
    recipe = tiny('data.sources=[{name="walls", training_only=true}]')
    with pytest.raises(DataError, match="nothing can choose the checkpoint; remove training_only"):
        gather(recipe, walls, walls)


@pytest.fixture
def painted(walls):
    """A picture painted in each photo of the walls, as ``crackwise generate`` writes them."""
    photos = {f"{number:02d}.png": Photo(f"walls/scene {number % 20}", 4) for number in range(40)}
    write_set(walls / "painted", photos)
    told = '{"made_by": "crackwise", "holds_training_photos": true}'
    (walls / "painted" / "provenance.json").write_text(told, encoding="utf-8")
    return walls


@pytest.mark.parametrize("asked", ["", ", training_only=true"])
def test_a_painted_set_chooses_nothing_and_shows_no_photo_that_is_kept_away(painted, asked, capsys):
    recipe = tiny(f'data.sources=[{{name="walls"}}, {{name="painted"{asked}}}]', "data.parts=60/20/20")
    own, made = gather(recipe, painted, painted)
    assert own == gather(tiny("data.parts=60/20/20"), painted, painted)[0]
    assert made.validation == made.test == ()
    learnt = {sample.group for sample in own.training}
    assert {sample.group for sample in made.training} == {f"walls/{group}" for group in learnt}
    told = capsys.readouterr().err.splitlines()
    assert told[-1] == "painted: 16 of 40 left out, painted in photos that are kept for validation or test"
    said = ["painted: painted in training photos, so it is for training only"]
    assert told[:-1] == ([] if asked else said)


def test_a_painted_set_alone_has_nothing_to_choose_by(painted):
    with pytest.raises(DataError, match=r"nothing can choose the checkpoint; .* or add a source of photos"):
        gather(tiny('data.sources=[{name="painted"}]'), painted, painted)


def test_a_set_painted_in_validation_photos_alone_is_refused(painted):
    kept = gather(tiny(), painted, painted)[0].validation
    for picture in (painted / "painted" / "images").iterdir():
        if f"scene {int(picture.stem) % 20}" not in {sample.group for sample in kept}:
            picture.unlink()
    with pytest.raises(DataError, match=r"all of painted is painted in photos that .* keeps for validation"):
        gather(tiny('data.sources=[{name="walls"}, {name="painted"}]'), painted, painted)


def test_a_training_that_has_begun_keeps_the_parts_of_its_painted_set(painted, capsys):
    folders = Folders(painted, painted / "run")
    recipe = tiny('data.sources=[{name="walls"}, {name="painted"}]')
    first = gather_run(recipe, folders)
    write_split(split_of(first), folders.run / "split.csv", {})
    (folders.run / "last.ckpt").touch()
    capsys.readouterr()
    again = gather_run(recipe, folders)
    assert [names(one.training) for one in again] == [names(one.training) for one in first]
    assert "for training only" not in capsys.readouterr().err


@pytest.mark.parametrize("text", ['{"holds_training_photos": false}', "[]", "no json"])
def test_a_set_without_training_photos_is_parted_as_any(painted, text):
    (painted / "painted" / "provenance.json").write_text(text, encoding="utf-8")
    made = gather(tiny('data.sources=[{name="walls"}, {name="painted"}]'), painted, painted)[1]
    assert made.validation


def test_parts_share_out_whole_scenes_with_cracked_and_sound_ones_in_each(walls):
    [source] = gather(tiny("data.parts=60/20/20"), walls, walls)
    parts = (source.training, source.validation, source.test)
    assert [len(part) for part in parts] == [24, 8, 8]
    scenes = [{sample.group for sample in part} for part in parts]
    assert not scenes[0] & scenes[1] | scenes[0] & scenes[2] | scenes[1] & scenes[2]
    for part in parts:
        cracked = sum(sample.read_mask((40, 60)).any() for sample in part)
        assert abs(cracked - len(part) / 2) <= 2  # one scene


def test_by_prefix_every_source_of_a_mixed_folder_keeps_its_share(walls):
    recipe = tiny("data.parts=60/20/20", 'data.sources=[{name="walls", by_prefix=true}]')
    [source] = gather(recipe, walls, walls)
    for part, expected in ((source.training, 12), (source.validation, 4), (source.test, 4)):
        assert [sum(name.startswith(p) for name in names(part)) for p in "AB"] == [expected, expected]


def test_parts_without_a_validation_part_are_refused(walls):
    with pytest.raises(DataError, match="without a validation part"):
        gather(tiny("data.parts=80/20"), walls, walls)


def test_parts_that_are_no_shares_are_refused(walls):
    with pytest.raises(SettingsError, match="parts '70-30' are not understood"):
        gather(tiny("data.parts=70-30"), walls, walls)


def test_the_split_of_a_training_parts_the_next_one_alike(tmp_path):
    write_drawn(tmp_path / "walls", 12, "64x64", 1)
    [source] = gather(tiny("data.parts=50/25/25"), tmp_path, tmp_path)
    write_split(split_of([source]), tmp_path / "walls" / "split.csv", {})
    assert len(read_split(tmp_path / "walls" / "split.csv").rows) == 12
    [again] = gather(tiny(), tmp_path, tmp_path)
    assert (names(again.training), names(again.validation), names(again.test)) == (
        names(source.training),
        names(source.validation),
        names(source.test),
    )


def write_split_rows(root, rows):
    lines = ["source,file,group,part,sha256", *(f"{row},{'0' * 64}" for row in rows)]
    (root / "split.csv").write_text("\n".join(lines), encoding="utf-8")


ONE_NAME = (
    "walls,a.png,a,train",
    "walls,b.png,b,validation",
    "deck,a.png,a,validation",
    "deck,b.png,b,train",
)


def test_of_a_split_of_two_sets_each_keeps_its_own_rows(tmp_path):
    for name in ("walls", "deck"):
        write_set(tmp_path / name, {"a.png": Photo("a", 4), "b.png": Photo("b", 4)})
        write_split_rows(tmp_path / name, ONE_NAME)
    walls, deck = gather(tiny('data.sources=[{name="walls"}, {name="deck"}]'), tmp_path, tmp_path)
    assert (names(walls.training), names(deck.training)) == ({"a.png"}, {"b.png"})
    assert [photo.part for photo in read_folder(tmp_path / "deck")] == ["validation", "train"]
    (tmp_path / "deck").rename(tmp_path / "bridge")
    with pytest.raises(DataError, match=r"split\.csv names a\.png 2 times; a photo has one part"):
        gather(tiny('data.sources=[{name="bridge"}]'), tmp_path, tmp_path)


def test_a_set_that_was_renamed_keeps_its_split(tmp_path):
    write_set(tmp_path / "bridge", {"a.png": Photo("a", 4), "b.png": Photo("b", 4)})
    write_split_rows(tmp_path / "bridge", ONE_NAME[:2])
    [bridge] = gather(tiny('data.sources=[{name="bridge"}]'), tmp_path, tmp_path)
    assert names(bridge.training) == {"a.png"}
    assert [photo.part for photo in read_folder(tmp_path / "bridge")] == ["train", "validation"]


def test_a_source_for_training_only_keeps_to_the_training_part_of_its_split(tmp_path, walls):
    write_set(tmp_path / "deck", {"a.png": Photo("a", 4), "b.png": Photo("b", 4)})
    write_split_rows(tmp_path / "deck", ONE_NAME)
    recipe = tiny('data.sources=[{name="walls"}, {name="deck", training_only=true}]')
    assert names(gather(recipe, tmp_path, tmp_path)[1].training) == {"b.png"}


def test_a_split_without_a_validation_part_is_told_as_such(tmp_path):
    write_set(tmp_path / "walls", {"a.png": Photo("a", 4), "b.png": Photo("b", 4)})
    write_split_rows(tmp_path / "walls", ("walls,a.png,a,train", "walls,b.png,b,test"))
    with pytest.raises(
        DataError, match=r"0 for validation in its split\.csv; expected .* split it anew with"
    ):
        gather(tiny(), tmp_path, tmp_path)


def test_a_training_begins_by_counting_the_photos_that_no_group_names(walls, capsys):
    table = walls / "walls" / "groups.csv"
    gather(tiny(), walls, walls)
    assert capsys.readouterr().err == ""
    rows = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text("".join(rows[:-4]), encoding="utf-8")
    gather(tiny(), walls, walls)
    assert "walls: groups.csv says nothing of 4 photos" in capsys.readouterr().err


def test_a_blank_group_is_a_scene_of_its_own(tmp_path):
    write_set(tmp_path / "walls", {f"{letter}.png": Photo("", 4) for letter in "abcdefgh"})
    [source] = gather(tiny("data.validation_share=0.4"), tmp_path, tmp_path)
    assert {sample.group for sample in (*source.training, *source.validation)} == set("abcdefgh")


def test_once_a_training_has_begun_each_photo_stays_where_it_was(walls):
    run = walls / "run"
    folders = Folders(walls, run)
    [first] = gather_run(tiny(), folders)
    write_split(split_of([first]), run / "split.csv", {})
    (run / "last.ckpt").touch()
    write_set(walls / "walls", {"C_20a.png": Photo("scene 20")})  # groups.csv now names this one only
    other = dict.fromkeys(names(first.training) | {"C_20a.png"}, "validation")
    other |= dict.fromkeys(names(first.validation), "train")
    write_set(walls / "walls", {"C_21a.png": Photo("scene 21")}, parts=other)
    [again] = gather_run(tiny(), folders)
    assert [sample.image for sample in again.training] == [sample.image for sample in first.training]
    assert [sample.image for sample in again.validation] == [sample.image for sample in first.validation]


def test_a_photo_that_is_gone_since_a_training_began_is_named(walls):
    folders = Folders(walls, walls / "run")
    write_split(split_of(gather_run(tiny(), folders)), folders.run / "split.csv", {})
    (folders.run / "last.ckpt").touch()
    (walls / "walls" / "images" / "B_3a.png").unlink()
    with pytest.raises(DataError, match=r"1 photos of walls are gone .*, first B_3a\.png; put them back"):
        gather_run(tiny(), folders)


def test_as_many_validation_photos_are_chosen_as_asked_for_and_0_is_all(walls):
    [source] = gather(tiny(), walls, walls)
    few, everything = choose_validation(source, 3), choose_validation(source, 0)
    assert len(few) == 3
    assert set(few) < set(everything) == set(source.validation)


def test_two_sources_of_one_name_are_refused():
    with pytest.raises(RecipeError, match="name 'walls' twice"):
        tiny('data.sources=[{name="walls"}, {name="walls", kind="negatives"}]')


def test_masks_of_another_size_than_their_photo_are_counted_before_a_training(walls):
    for name in ("B_3a", "B_3b"):
        save(walls / "walls" / "masks" / f"{name}.png", np.zeros((60, 40), np.uint8))
    words = r"2 of 40 masks of .*B_3a\.png is 40×60 but its photo is 60×40; .*crackwise data check"
    with pytest.raises(DataError, match=words):
        gather(tiny(), walls, walls)


PHOTOS = 'data.sources=[{name="photos"}]'


def test_a_source_that_is_not_there_names_the_sets_that_are(walls):
    write_set(walls / "bridge", {"a.png": Photo("a")})
    words = (
        r"no folder .*photos.images; .* holds the sets bridge, walls; "
        r".*--set \"data.sources=\[{name='bridge'}\]\""
    )
    with pytest.raises(DataError, match=words):
        gather(tiny(PHOTOS), walls, walls)
    with pytest.raises(DataError, match=r"walls is a set itself, give --data .*\[{name='walls'}\]"):
        gather(tiny(PHOTOS), walls / "walls", walls)
    with pytest.raises(DataError, match=r"no folder .*gone.photos.images; .*, check --data"):
        gather(tiny(PHOTOS), walls / "gone", walls)


@pytest.mark.parametrize("name", [".", "photos", "tiles"])
def test_folders_of_classes_are_for_a_classifier(name, tmp_path):
    for folder in ("crack", "no crack"):
        save(tmp_path / "data" / name / folder / "a.png", np.zeros((8, 8, 3), np.uint8))
    own = "data" if name == "." else name
    words = rf"a folder per class .* crackwise-tiles --data .*\[{{name='{own}'}}\]\", or .* data import"
    with pytest.raises(DataError, match=words):
        gather(tiny(PHOTOS), tmp_path / "data", tmp_path)

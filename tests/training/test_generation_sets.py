"""Sets made by trained generators: their layout, their truth, and that the seed alone decides."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason='needs the extra "train"')

import torch

from crackwise.data.dataset import Sample, list_samples
from crackwise.data.readers.classfolders import read_classfolders
from crackwise.errors import DataError, ModelError, OutputError, SettingsError
from crackwise.files import write_image
from crackwise.nets import featurenet
from crackwise.training.folder import Folders
from crackwise.training.generation import features, produce
from crackwise.training.generation.features import feature_net, features_of, photos_of, side_of, spread
from crackwise.training.generation.photos import gather_photos
from crackwise.training.generation.produce import Wanted, write_generated
from crackwise.training.generation.run import train_generator
from crackwise.training.generation.saved import read_generator
from crackwise.training.generation.scenes import PaintedScenes, around, as_photos, as_tensor, depth
from otherprocess import at_work_in
from tinygenerators import tiny_pairs, tiny_plain, write_walls

SHARED = Path(__file__).parents[3] / "shared" / "weights"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write_walls(folder)
    return folder


@pytest.fixture(scope="module")
def saved(data, tmp_path_factory):
    """A generator of each kind, trained for two steps."""
    folder = tmp_path_factory.mktemp("runs")
    recipes = {"dcgan": tiny_plain("train.steps=2"), "conditional": tiny_pairs("train.steps=2")}
    for name, recipe in recipes.items():
        train_generator(recipe, Folders(data, folder / name))
    return {name: read_generator(folder / name) for name in recipes}


def files_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")}


@pytest.mark.parametrize("name", ["dcgan", "conditional"])
class TestEverySet:
    def test_same_seed_same_pictures_and_another_seed_others(self, name, saved, data, tmp_path):
        for folder, seed in (("one", 5), ("again", 5), ("other", 6)):
            write_generated(saved[name], tmp_path / folder, Wanted(3, seed, data))
        one, again, other = (files_of(tmp_path / folder) for folder in ("one", "again", "other"))
        assert one == again
        pictures = [file for file in one if "generated_" in file]
        assert len(pictures) == (3 if name == "dcgan" else 6)
        assert all(one[file] != other[file] for file in pictures)

    def test_a_set_that_was_interrupted_is_completed_as_if_it_never_was(
        self, name, saved, data, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(produce, "_BLOCK", 2)
        write_generated(saved[name], tmp_path / "whole", Wanted(5, 1, data))
        done = []

        def interrupt(number, total):
            done.append((number, total))
            if len(done) == 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            write_generated(saved[name], tmp_path / "parts", Wanted(5, 1, data), interrupt)
        assert done == [(2, 5), (4, 5)]
        assert (tmp_path / "parts" / "unfinished.json").is_file()
        assert not (tmp_path / "parts" / "provenance.json").exists()
        kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "parts").rglob("generated_*")}
        write_generated(saved[name], tmp_path / "parts", Wanted(5, 1, data))
        assert all(path.stat().st_mtime_ns == time for path, time in kept.items())
        assert files_of(tmp_path / "parts") == files_of(tmp_path / "whole")

    def test_more_of_the_same_begin_with_the_same(self, name, saved, data, tmp_path):
        write_generated(saved[name], tmp_path, Wanted(2, 1, data))
        few = files_of(tmp_path)
        write_generated(saved[name], tmp_path, Wanted(4, 1, data))
        more = files_of(tmp_path)
        assert len(more) > len(few)
        assert all(more[file] == few[file] for file in few if "generated_" in file)

    def test_a_set_that_grows_is_not_complete_while_it_does(self, name, saved, data, tmp_path, monkeypatch):
        monkeypatch.setattr(produce, "_BLOCK", 2)
        write_generated(saved[name], tmp_path, Wanted(2, 1, data))

        def interrupt(number, _):
            if number == 4:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            write_generated(saved[name], tmp_path, Wanted(6, 1, data), interrupt)
        assert not (tmp_path / "provenance.json").exists()
        write_generated(saved[name], tmp_path, Wanted(6, 1, data))
        assert (tmp_path / "provenance.json").is_file()
        assert not (tmp_path / "unfinished.json").exists()

    def test_a_file_that_was_lost_comes_back_and_the_set_is_not_complete_until_then(
        self, name, saved, data, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(produce, "_BLOCK", 2)
        write_generated(saved[name], tmp_path, Wanted(5, 1, data))
        whole = files_of(tmp_path)
        for file in sorted(tmp_path.rglob("generated_00002.*")):  # photo, and mask where there is one
            lost = file.relative_to(tmp_path).as_posix()
            file.unlink()
            others = [path for path in tmp_path.rglob("generated_*") if path.stem != file.stem]
            kept = {path: path.stat().st_mtime_ns for path in others}

            def interrupt(number, _):
                if number == 2:
                    raise KeyboardInterrupt

            with pytest.raises(KeyboardInterrupt):
                write_generated(saved[name], tmp_path, Wanted(5, 1, data), interrupt)
            assert files_of(tmp_path).keys() == whole.keys() - {lost, "provenance.json"} | {"unfinished.json"}
            write_generated(saved[name], tmp_path, Wanted(5, 1, data))
            assert files_of(tmp_path) == whole
            assert all(path.stat().st_mtime_ns == time for path, time in kept.items())

    def test_fewer_than_there_are_are_not_listed_either_where_the_next_one_is_lost(
        self, name, saved, data, tmp_path
    ):
        write_generated(saved[name], tmp_path, Wanted(4, 1, data))
        for file in tmp_path.rglob("generated_00002.*"):
            file.unlink()
        with pytest.raises(OutputError, match="holds more than 2 pictures of this set"):
            write_generated(saved[name], tmp_path, Wanted(2, 1, data))

    def test_fewer_than_there_are_would_leave_pictures_that_no_table_lists(self, name, saved, data, tmp_path):
        write_generated(saved[name], tmp_path, Wanted(3, 1, data))
        with pytest.raises(OutputError, match="holds more than 2 pictures of this set"):
            write_generated(saved[name], tmp_path, Wanted(2, 1, data))

    def test_a_set_says_what_made_it_and_from_what(self, name, saved, data, tmp_path):
        write_generated(saved[name], tmp_path, Wanted(1, 7, data))
        told = json.loads((tmp_path / "provenance.json").read_text(encoding="utf-8"))
        assert told["generator"] == {"name": "tiny", "sha256": saved[name].sha256, "step": 2}
        assert told["seed"] == 7
        assert told["training_sources"] == [{"name": "walls", "licence": "CC0", "source": "drawn"}]
        assert told["holds_training_photos"] is (name == "conditional")

    def test_a_folder_with_another_set_or_other_files_is_refused(self, name, saved, data, tmp_path):
        write_generated(saved[name], tmp_path / "set", Wanted(1, 1, data))
        with pytest.raises(OutputError, match="holds another generated set"):
            write_generated(saved[name], tmp_path / "set", Wanted(1, 2, data))
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "notes.txt").write_text("keep", encoding="utf-8")
        with pytest.raises(OutputError, match="holds files already"):
            write_generated(saved[name], tmp_path / "mine", Wanted(1, 1, data))


def test_two_commands_do_not_write_one_set(saved, tmp_path):
    with at_work_in(tmp_path), pytest.raises(OutputError, match="another command is at work in"):
        write_generated(saved["dcgan"], tmp_path, Wanted(3))
    assert not list(tmp_path.rglob("*.png"))


def test_pictures_of_a_dcgan_are_read_as_cracks(saved, tmp_path):
    write_generated(saved["dcgan"], tmp_path, Wanted(3))
    found = read_classfolders(tmp_path)
    assert [photo.label.is_cracked for photo in found.photos] == [True] * 3
    table = (tmp_path / "labels.csv").read_text(encoding="utf-8").splitlines()
    assert table[:2] == ["file,label", "crack/generated_00000.png,crack"]
    assert Sample(tmp_path / "crack" / "generated_00000.png", None, "", "").read_image().shape == (32, 32, 3)


class TestPairs:
    def test_a_set_of_pairs_is_canonical_and_keeps_pictures_of_one_photo_together(
        self, saved, data, tmp_path
    ):
        write_generated(saved["conditional"], tmp_path, Wanted(12, 0, data))
        samples = list_samples(tmp_path)
        assert len(samples) == 12
        assert {sample.group for sample in samples} <= {f"walls/wall{number}" for number in range(5)}
        for sample in samples:
            photo = sample.read_image()
            assert photo.shape == (64, 64, 3)
            assert sample.read_mask(photo.shape).any()

    def test_the_masks_are_those_that_were_asked_for(self, saved, data, tmp_path):
        """The networks come from the seed of the set; so they are there without any generator."""
        write_generated(saved["conditional"], tmp_path, Wanted(3, 9, data))
        recipe = tiny_pairs("seed=9", "data.drawn=1")
        scenes = PaintedScenes(recipe, gather_photos(recipe, data), 2**31)
        for number, sample in enumerate(list_samples(tmp_path)):
            np.testing.assert_array_equal(sample.read_mask((64, 64)), scenes.scene(number).asked)

    def test_pictures_can_be_larger_than_those_of_the_training(self, saved, data, tmp_path):
        write_generated(saved["conditional"], tmp_path, Wanted(1, 0, data, 96))
        [sample] = list_samples(tmp_path)
        assert sample.read_image().shape == (96, 96, 3)
        assert sample.read_mask((96, 96)).any()
        with pytest.raises(SettingsError, match="size is 90 px; expected a multiple of 32"):
            Wanted(1, size_px=90)
        with pytest.raises(SettingsError, match=r"size is 32 px; tiny .* 64 px or more, such as --size"):
            write_generated(saved["conditional"], tmp_path / "set", Wanted(1, 0, data, 32))
        with pytest.raises(SettingsError, match="makes pictures of 32 px alone"):
            write_generated(saved["dcgan"], tmp_path / "set", Wanted(1, size_px=64))
        assert not (tmp_path / "set").exists()

    def test_without_the_photos_to_paint_in_nothing_is_written(self, saved, tmp_path):
        with pytest.raises(SettingsError, match=r"paints cracks into photos; .* as --data"):
            write_generated(saved["conditional"], tmp_path / "set", Wanted(1))
        with pytest.raises(DataError, match="there is no folder"):
            write_generated(saved["conditional"], tmp_path / "set", Wanted(1, 0, tmp_path))
        assert not (tmp_path / "set").exists()

    def test_a_set_says_how_many_photos_it_is_painted_in_and_names_them_by_a_hash(
        self, saved, data, tmp_path
    ):
        write_generated(saved["conditional"], tmp_path / "pairs", Wanted(1, 0, data))
        write_generated(saved["dcgan"], tmp_path / "photos", Wanted(1, 0, data))
        pairs, photos = (
            json.loads((tmp_path / name / "provenance.json").read_text(encoding="utf-8"))
            for name in ("pairs", "photos")
        )
        assert pairs["background_photos"]["count"] == 5
        assert len(pairs["background_photos"]["sha256"]) == 64
        assert "background_photos" not in photos

    @pytest.mark.parametrize("change", ["gone", "new", "another mask", "another group"])
    def test_a_set_neither_grows_nor_is_completed_with_other_photos(self, saved, tmp_path, change):
        """Every photo may be chosen for any picture; so the pictures that are there already were others."""
        write_walls(tmp_path)
        write_generated(saved["conditional"], tmp_path / "set", Wanted(4, 1, tmp_path))
        before = files_of(tmp_path / "set")
        if change == "gone":
            (tmp_path / "walls" / "images" / "wall2.png").unlink()
        elif change == "new":
            write_walls(tmp_path, 6)
        elif change == "another mask":
            write_image(tmp_path / "walls" / "masks" / "wall2.png", np.eye(80, 96, dtype=bool))
        else:
            rows = "file,group\nwall2.png,arch\n"
            (tmp_path / "walls" / "groups.csv").write_text(rows, encoding="utf-8")
        now = {"gone": 4, "new": 6}.get(change, 5)
        words = rf"in other photos or masks than .* \(5 photos then, {now} now\); put them back"
        with pytest.raises(OutputError, match=words):
            write_generated(saved["conditional"], tmp_path / "set", Wanted(8, 1, tmp_path))
        assert files_of(tmp_path / "set") == before
        (tmp_path / "set" / "provenance.json").rename(tmp_path / "set" / "unfinished.json")
        with pytest.raises(OutputError, match=words):
            write_generated(saved["conditional"], tmp_path / "set", Wanted(4, 1, tmp_path))


class TestScenes:
    @pytest.fixture
    def scenes(self, data):
        recipe = tiny_pairs("data.drawn=0.5")
        return PaintedScenes(recipe, gather_photos(recipe, data), 8)

    def test_everything_within_the_band_of_either_crack_is_hidden(self, scenes):
        for number in range(12):
            scene = scenes.scene(number)
            for mask in (scene.own, scene.asked):
                distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
                assert scene.hidden[distance < 2].all()
            assert not scene.hidden.all()

    def test_some_get_their_own_crack_again_and_some_another(self, scenes):
        same = [bool((scene.own == scene.asked).all()) for scene in map(scenes.scene, range(40))]
        assert 8 < sum(same) < 32
        assert [bool(scenes[number][3]) for number in range(40)] == same

    def test_a_photo_without_a_crack_always_gets_a_drawn_one(self, data):
        recipe = tiny_pairs('data.sources=[{name="walls", kind="photos"}]', "data.drawn=0")
        scene = PaintedScenes(recipe, gather_photos(recipe, data), 8).scene(0)
        assert not scene.own.any()
        assert scene.asked.any()

    def test_depth_rises_from_outside_to_inside(self):
        """A square of 20 px: 1 px in is 1/12, 1 px out -1/12, far outside -1, its middle 10/12."""
        mask = np.zeros((60, 60), bool)
        mask[20:40, 20:40] = True
        found = depth(mask)
        assert found[30, 20] == pytest.approx(1 / 12, abs=0.01)
        assert found[30, 19] == pytest.approx(-1 / 12, abs=0.01)
        assert found[30, 29] == pytest.approx(10 / 12, abs=0.05)
        assert found[0, 0] == -1
        assert (depth(np.zeros((4, 4), bool)) == -1).all()

    def test_a_band_is_as_wide_as_it_says(self):
        mask = np.zeros((21, 21), bool)
        mask[10, 10] = True
        band = around(mask, 4)
        assert band[10].tolist() == [6 <= column <= 14 for column in range(21)]

    def test_photos_survive_the_way_there_and_back(self):
        photo = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3) * 4
        np.testing.assert_array_equal(as_photos(as_tensor(photo)[None])[0], photo)


class TestFeatures:
    def test_inception_that_cannot_be_had_is_replaced_and_said(self, tmp_path, monkeypatch, capsys):
        def offline():
            raise ModelError("Inception cannot be downloaded: no network; give another")

        monkeypatch.setattr(features, "inception", offline)
        monkeypatch.setattr(features, "encoder", lambda folder: f"encoder of {folder.name}")
        (tmp_path / featurenet.ENCODER_FILE).write_bytes(b"")
        assert feature_net("inception_v3", tmp_path) == f"encoder of {tmp_path.name}"
        told = capsys.readouterr().err
        assert told == ("warning: Inception cannot be downloaded: no network; MobileNetV2 takes its place\n")
        with pytest.raises(ModelError, match="cannot be downloaded"):
            feature_net("inception_v3", None)

    def test_a_download_that_fails_is_one_sentence(self, monkeypatch):
        models = pytest.importorskip("torchvision.models", reason='needs the extra "train"')

        def offline(**_):
            raise OSError("Name or service not known")

        monkeypatch.setattr(models, "inception_v3", offline)
        with pytest.raises(
            ModelError, match=r"cannot be downloaded: Name or service not known; give --features"
        ):
            featurenet.inception()

    def test_inception_sees_black_as_minus_one_and_white_as_one(self, monkeypatch):
        """As its weights were trained; torchvision scales so itself only with ``transform_input``."""
        models = pytest.importorskip("torchvision.models", reason='needs the extra "train"')

        def unchanged(*, weights, transform_input):
            assert not transform_input
            return torch.nn.Identity()

        monkeypatch.setattr(models, "inception_v3", unchanged)
        photos = torch.tensor([0.0, 1.0]).view(2, 1, 1, 1).expand(2, 3, 1, 1)
        np.testing.assert_allclose(featurenet.inception()(photos)[:, :, 0, 0], [[-1] * 3, [1] * 3])

    def test_features_are_of_the_square_in_the_middle(self, tmp_path):
        """The stand-in network gives the mean of each channel."""
        photo = np.zeros((20, 40, 3), np.uint8)
        photo[:, :10] = photo[:, 30:] = 255  # cut off
        photo[:, 10:30] = (0, 51, 102)
        for number in range(20):
            write_image(tmp_path / f"{number:02d}.png", photo)

        class Means(torch.nn.Module):
            size_px = 8

            def forward(self, photos):
                return photos.mean((2, 3))

        done = []
        found = features_of(photos_of(tmp_path), 10, Means(), lambda one, all_: done.append((one, all_)))
        np.testing.assert_allclose(found, [[0, 0.2, 0.4]] * 20, atol=1e-6)
        assert done == [(16, 20), (20, 20)]

    def test_photos_are_found_in_a_set_or_in_a_folder(self, tmp_path):
        photo = np.zeros((8, 8, 3), np.uint8)
        for name in ("pairs/images/a.png", "dcgan/crack/b.png", "plain/c.png", "oblong/d.png"):
            write_image(tmp_path / name, photo[: 4 if "oblong" in name else 8])
        for name, file in (("pairs", "a.png"), ("dcgan", "b.png"), ("plain", "c.png")):
            [found] = photos_of(tmp_path / name)
            assert found.name == file
            assert side_of([found]) == 8
        with pytest.raises(DataError, match="is 8×4 px; expected generated photos, which are square"):
            side_of(photos_of(tmp_path / "oblong"))

    def test_at_most_so_many_photos_are_spread_over_all(self):
        paths = [Path(str(number)) for number in range(10)]
        assert [path.name for path in spread(paths, 4)] == ["0", "3", "6", "9"]
        assert spread(paths, 20) == paths

    @pytest.mark.skipif(
        not (SHARED / featurenet.ENCODER_FILE).is_file(), reason="needs ../shared/weights beside the checkout"
    )
    def test_the_encoder_of_the_shipped_model_gives_1280_features(self):
        net = featurenet.encoder(SHARED)
        assert "MobileNetV2" in net.name
        assert net(torch.rand(1, 3, net.size_px, net.size_px)).shape == (1, 1280)


def test_photos_of_a_published_split_are_those_of_its_training_part(tmp_path):
    write_walls(tmp_path)
    files = sorted(path.name for path in (tmp_path / "walls" / "images").iterdir())
    lines = [
        f"walls,{name},{name},{('train', 'test')[number % 2]},{'0' * 64}" for number, name in enumerate(files)
    ]
    head = "source,file,group,part,sha256"
    (tmp_path / "walls" / "split.csv").write_text("\n".join([head, *lines]), encoding="utf-8")
    [walls] = gather_photos(tiny_pairs(), tmp_path)
    assert [sample.image.name for sample in walls.samples] == files[::2]

"""``crackwise generate`` and ``crackwise realism``."""

import json

import cv2
import numpy as np
import pytest

from commands import run_command
from crackwise.data.dataset import list_samples
from crackwise.files import write_image, write_text
from tinygenerators import tiny_pairs, tiny_plain, write_walls


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write_walls(folder)
    return folder


@pytest.fixture(scope="module")
def runs(data, tmp_path_factory):
    pytest.importorskip("torch", reason='needs the extra "train"')
    from crackwise.training.folder import Folders
    from crackwise.training.generation.run import train_generator

    folder = tmp_path_factory.mktemp("runs")
    for name, recipe in (("dcgan", tiny_plain("train.steps=2")), ("pairs", tiny_pairs("train.steps=2"))):
        train_generator(recipe, Folders(data, folder / name))
    return folder


def test_pictures_of_a_dcgan(runs, tmp_path, monkeypatch, capfd):
    done = run_command(monkeypatch, capfd, "generate", runs / "dcgan", "--n", 3, "--out", tmp_path / "set")
    assert done.code == 0
    assert "3 pictures of cracks by tiny, step 2" in done.out
    assert "licences: CC0" in done.out
    assert len(list((tmp_path / "set" / "crack").glob("*.png"))) == 3


def test_a_folder_of_photos_is_refused_where_none_is_painted_in(runs, data, tmp_path, monkeypatch, capfd):
    for generator in (runs / "dcgan", "drawn"):
        words = ("generate", generator, "--n", 2, "--out", tmp_path / "set", "--data", data)
        done = run_command(monkeypatch, capfd, *words)
        assert done.code == 2
        assert "omit --data" in done.err
        assert not (tmp_path / "set").exists()


def test_pairs_by_the_file_of_the_generator(runs, data, tmp_path, monkeypatch, capfd):
    file = runs / "pairs" / "generator.ckpt"
    words = ("generate", file, "--n", 2, "--out", tmp_path / "set", "--data", data, "--seed", 4)
    done = run_command(monkeypatch, capfd, *words)
    assert done.code == 0
    assert "2 pairs of photo and mask by tiny" in done.out
    assert len(list_samples(tmp_path / "set")) == 2


def test_drawn_photos_with_their_provenance(tmp_path, monkeypatch, capfd):
    words = ("generate", "drawn", "--n", 2, "--size", "96x64", "--seed", 3, "--out", tmp_path / "set")
    done = run_command(monkeypatch, capfd, *words)
    assert done.code == 0
    assert {sample.read_image().shape for sample in list_samples(tmp_path / "set")} == {(64, 96, 3)}
    told = json.loads((tmp_path / "set" / "provenance.json").read_text(encoding="utf-8"))
    assert (told["generator"]["name"], told["seed"], told["size"]) == ("drawn", 3, "96x64")
    again = run_command(monkeypatch, capfd, *words)
    assert again.code == 2
    assert "is not empty; choose a new folder" in again.err


def test_drawn_photos_never_take_the_place_of_a_file(tmp_path, monkeypatch, capfd):
    (tmp_path / "mine").write_text("keep", encoding="utf-8")
    done = run_command(monkeypatch, capfd, "generate", "drawn", "--n", 1, "--out", tmp_path / "mine")
    assert done.code == 2
    assert "mine is a file; choose a new folder" in done.err
    assert [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()] == ["keep"]


def test_pairs_of_another_size_must_be_squares(runs, data, tmp_path, monkeypatch, capfd):
    words = ("generate", runs / "pairs", "--n", 1, "--out", tmp_path / "set", "--data", data, "--size")
    assert run_command(monkeypatch, capfd, *words, "96x64").code == 2
    assert run_command(monkeypatch, capfd, *words, "96x96").code == 0
    [pair] = list_samples(tmp_path / "set")
    assert pair.read_image().shape == (96, 96, 3)


def test_a_generator_that_is_not_there_is_one_sentence(tmp_path, monkeypatch, capfd):
    pytest.importorskip("torch", reason='needs the extra "train"')
    done = run_command(monkeypatch, capfd, "generate", tmp_path / "none", "--out", tmp_path / "set")
    assert done.code == 2
    assert done.err.startswith("error: there is no generator")
    assert not (tmp_path / "set").exists()


def test_pairs_without_data_say_what_is_missing(runs, tmp_path, monkeypatch, capfd):
    done = run_command(monkeypatch, capfd, "generate", runs / "pairs", "--out", tmp_path / "set")
    assert done.code == 2
    assert "give the folder of its sources as --data" in done.err


@pytest.fixture
def by_brightness(monkeypatch):
    """Features that can be reckoned: the mean of each channel, in grey levels."""
    torch = pytest.importorskip("torch", reason='needs the extra "train"')
    from crackwise.training.generation import features

    class Means(torch.nn.Module):
        name = "means of channels"
        size_px = 8

        def forward(self, photos):
            return 255 * photos.mean((2, 3))

    monkeypatch.setattr(features, "feature_net", lambda *_: Means())


def test_realism_prints_and_writes_figures_and_neighbours(by_brightness, tmp_path, monkeypatch, capfd):
    for number in range(8):
        grey = np.full((16, 16, 3), 100 + 2 * number, np.uint8)
        write_image(tmp_path / "made" / "crack" / f"{number}.png", grey)
        write_image(tmp_path / "true" / f"{number}.png", np.repeat(grey, 2, axis=1) + 3)
    words = ("realism", tmp_path / "made", "--real", tmp_path / "true", "--out", tmp_path / "out")
    done = run_command(monkeypatch, capfd, *words)
    assert done.code == 0
    assert "8 generated and 8 real photos, compared at 16 px" in done.out
    assert "features: means of channels" in done.out
    told = json.loads((tmp_path / "out" / "scores.json").read_text(encoding="utf-8"))
    assert told["features"] == "means of channels"
    scores = told["scores"]
    assert (scores["generated"], scores["real"]) == (8, 8)
    assert scores["fid"] == pytest.approx(
        3 * 3**2, rel=1e-4
    )  # the same spread, three levels apart in each channel
    assert scores["precision"] == scores["recall"] == 1
    sheet = cv2.imread(str(tmp_path / "out" / "neighbours.png"))
    assert sheet is not None
    assert sheet.shape[0] > 8 * 240


def test_realism_writes_over_the_scores_of_nothing_else(by_brightness, tmp_path, monkeypatch, capfd):
    for number in range(8):
        write_image(tmp_path / "set" / f"{number}.png", np.full((16, 16, 3), 9 * number, np.uint8))
    scores = tmp_path / "out" / "scores.json"
    write_text(scores, "of an evaluation")
    words = ("realism", tmp_path / "set", "--real", tmp_path / "set", "--out", tmp_path / "out")
    done = run_command(monkeypatch, capfd, *words)
    assert done.code == 2
    assert "out already holds scores.json; choose another --out, or add --overwrite" in done.err
    assert scores.read_text(encoding="utf-8") == "of an evaluation"
    assert run_command(monkeypatch, capfd, *words, "--overwrite").code == 0
    assert json.loads(scores.read_text(encoding="utf-8"))["scores"]["real"] == 8


def test_realism_of_too_few_photos_is_refused(by_brightness, tmp_path, monkeypatch, capfd):
    write_image(tmp_path / "one" / "a.png", np.zeros((16, 16, 3), np.uint8))
    words = ("realism", tmp_path / "one", "--real", tmp_path / "one", "--out", tmp_path / "out")
    done = run_command(monkeypatch, capfd, *words)
    assert done.code == 2
    assert "1 generated and 1 real photos are too few" in done.err
    assert not (tmp_path / "out").exists()

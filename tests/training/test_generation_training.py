"""Trainings of generators: what they leave, and that they go on where they were interrupted."""

import json
from hashlib import sha256
from itertools import chain

import numpy as np
import pytest

pytest.importorskip("torch", reason='needs the extra "train"')

import torch
from PIL import Image

import crackwise.training.generation.run as running
from crackwise.data.table import read_table
from crackwise.errors import DataError, ModelError, OutputError, RecipeError, TrainingError
from crackwise.training.folder import Folders
from crackwise.training.generation.games import Judgement
from crackwise.training.generation.match import Match
from crackwise.training.generation.painting import PaintingGame
from crackwise.training.generation.photos import gather_photos
from crackwise.training.generation.plain import PlainGame, WholePhotos, centre, mean_distance
from crackwise.training.generation.run import train_generator
from crackwise.training.generation.saved import read_generator
from crackwise.training.generation.sheets import stepped, write_film
from otherprocess import at_work_in
from tinygenerators import tiny_pairs, tiny_plain, write_walls

RECIPES = {"dcgan": tiny_plain, "conditional": tiny_pairs}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write_walls(folder)
    return folder


@pytest.fixture(scope="module")
def runs(data, tmp_path_factory):
    """Each family, trained to the end."""
    folder = tmp_path_factory.mktemp("runs")
    for name, recipe in RECIPES.items():
        train_generator(recipe(), Folders(data, folder / name))
    return folder


def last(run):
    return torch.load(run / "last.ckpt", weights_only=True)


def tensors_of(state):
    """List all tensors and numbers of a checkpoint, by their place in it."""
    if isinstance(state, dict):
        items = state.items()
    elif isinstance(state, list | tuple):
        items = enumerate(state)
    else:
        return {"": torch.as_tensor(-1 if state is None else state)}
    return {f"{key}/{place}": value for key, one in items for place, value in tensors_of(one).items()}


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def interrupt(monkeypatch, after):
    """Stop the first training after so many steps; the next one goes on."""
    real, steps = Match.play, []

    def interrupted(self, batch):
        if len(steps) == after:
            monkeypatch.setattr(Match, "play", real)
            raise KeyboardInterrupt
        steps.append(self.step)
        return real(self, batch)

    monkeypatch.setattr(Match, "play", interrupted)


@pytest.mark.parametrize("name", RECIPES)
class TestEveryFamily:
    def test_a_training_leaves_these_files(self, name, runs):
        run = runs / name
        files = {path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file()}
        assert files == {
            "recipe.toml",
            "environment.json",
            "learnt.csv",
            "log-1/metrics.csv",
            "last.ckpt",
            "samples/step-000002.png",
            "samples/step-000004.png",
            "generator.ckpt",
            "progress.gif",
            "curves.png",
            "result.json",
        }

    def test_each_round_logs_losses_verdicts_and_diversity(self, name, runs):
        columns = ("loss_discriminator", "loss_generator", "d_real", "d_fake", "d_fake_after", "diversity")
        rows = read_table(runs / name / "log-1" / "metrics.csv", ("step", *columns))
        assert [row["step"] for row in rows] == ["1", "3"]
        assert all(np.isfinite(float(row[column])) for row in rows for column in columns)

    def test_the_film_shows_every_sheet(self, name, runs):
        with Image.open(runs / name / "progress.gif") as film:
            assert film.n_frames == 2

    def test_each_sheet_says_its_step(self, name, runs, data):
        sheet = running._build(RECIPES[name](), gather_photos(RECIPES[name](), data)).sheet()
        strips = []
        for step in (2, 4):
            with Image.open(runs / name / "samples" / f"step-{step:06d}.png") as opened:
                written = np.asarray(opened)
            strips.append(written[: -sheet.shape[0]])
            np.testing.assert_array_equal(written, stepped(written[-sheet.shape[0] :], step))
        assert not np.array_equal(*strips)


def test_several_processes_are_refused_before_anything_is_made(data, tmp_path, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(RecipeError, match="takes no torchrun: a generator is trained by one process"):
        train_generator(tiny_plain(), Folders(data, tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_a_film_is_as_large_as_its_sheets_and_the_step_stays_readable_in_it(tmp_path):
    for number, (height, width) in enumerate(((530, 530), (2200, 1000))):
        sheet = tmp_path / f"{number}.png"
        Image.fromarray(stepped(np.full((height, width, 3), 128, np.uint8), 1200)).save(sheet)
        write_film(tmp_path / "film.gif", [sheet])
        with Image.open(tmp_path / "film.gif") as film, Image.open(sheet) as opened:
            if height == 530:
                assert film.size == opened.size
            dark = np.asarray(film.convert("L")) < 64
        assert np.ptp(np.flatnonzero(dark.any(axis=1))) >= 8, "letters of some px"

    def test_the_result_says_steps_and_photos(self, name, runs):
        result = json.loads((runs / name / "result.json").read_text(encoding="utf-8"))
        assert result["steps"] == 4
        assert result["photos"] == {"walls": 5}

    def test_both_networks_have_learnt(self, name, runs, data):
        recipe = RECIPES[name]()
        game = running._build(recipe, gather_photos(recipe, data))
        trained = last(runs / name)["networks"]
        for net, weights in zip((game.generator, game.discriminator), trained):
            stayed = [key for key, value in net.named_parameters() if torch.equal(weights[key], value)]
            assert stayed in ([], ["last.bias"])  # hinge losses within their margins pull it both ways alike

    def test_an_interrupted_training_goes_on_to_the_same_weights(
        self, name, runs, data, tmp_path, monkeypatch
    ):
        real, steps = Match.play, []

        def interrupted(self, batch):
            steps.append(self.step)
            if steps == [0, 1, 2]:
                raise KeyboardInterrupt
            return real(self, batch)

        monkeypatch.setattr(Match, "play", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train_generator(RECIPES[name](), Folders(data, tmp_path))
        assert not (tmp_path / "result.json").exists()
        train_generator(RECIPES[name](), Folders(data, tmp_path))
        assert steps == [0, 1, 2, 2, 3]
        whole, resumed = (tensors_of(last(run) | {"seconds": 0}) for run in (runs / name, tmp_path))
        assert whole.keys() == resumed.keys()
        for key, value in whole.items():
            assert torch.equal(value, resumed[key]), key
        sheets = [(run / "samples" / "step-000004.png").read_bytes() for run in (runs / name, tmp_path)]
        assert sheets[0] == sheets[1]

    def test_the_photos_that_are_learnt_from_are_named_with_their_hashes(self, name, runs, data):
        rows = read_table(runs / name / "learnt.csv", ("source", "file", "group", "sha256", "mask_sha256"))
        assert [row["file"] for row in rows] == [f"wall{number}.png" for number in range(5)]
        assert {row["source"] for row in rows} == {"walls"}
        assert rows[2]["group"] == "wall2"
        assert rows[2]["sha256"] == sha256((data / "walls" / "wall2.png").read_bytes()).hexdigest()
        mask = sha256((data / "walls" / "masks" / "wall2.png").read_bytes()).hexdigest()
        assert rows[2]["mask_sha256"] == (mask if name == "conditional" else "")

    def test_a_training_goes_on_with_the_photos_that_it_began_with_alone(self, name, tmp_path, monkeypatch):
        write_walls(tmp_path)
        folders = Folders(tmp_path, tmp_path / "run")
        interrupt(monkeypatch, after=3)
        with pytest.raises(KeyboardInterrupt):
            train_generator(RECIPES[name](), folders)
        write_walls(tmp_path, 7)
        before = contents(folders.run)
        with pytest.raises(
            OutputError, match=r"2 are new, gone or changed, first walls/wall5\.png; put them"
        ):
            train_generator(RECIPES[name](), folders)
        assert contents(folders.run) == before
        for file in (*tmp_path.rglob("wall5.png"), *tmp_path.rglob("wall6.png")):
            file.unlink()
        assert train_generator(RECIPES[name](), folders).is_file()

    def test_a_run_from_before_photos_were_named_goes_on(self, name, tmp_path, monkeypatch):
        write_walls(tmp_path)
        folders = Folders(tmp_path, tmp_path / "run")
        interrupt(monkeypatch, after=3)
        with pytest.raises(KeyboardInterrupt):
            train_generator(RECIPES[name](), folders)
        (folders.run / "learnt.csv").unlink()
        write_walls(tmp_path, 6)
        assert train_generator(RECIPES[name](), folders).is_file()
        assert not (folders.run / "learnt.csv").exists()

    def test_before_the_first_checkpoint_nothing_is_learnt_and_photos_may_come(
        self, name, tmp_path, monkeypatch
    ):
        write_walls(tmp_path)
        folders = Folders(tmp_path, tmp_path / "run")
        interrupt(monkeypatch, after=1)
        with pytest.raises(KeyboardInterrupt):
            train_generator(RECIPES[name](), folders)
        write_walls(tmp_path, 6)
        train_generator(RECIPES[name](), folders)
        assert len(read_table(folders.run / "learnt.csv", ("file",))) == 6

    def test_a_finished_training_is_not_done_again(self, name, runs, data, monkeypatch):
        monkeypatch.setattr(running, "gather_photos", lambda *_: pytest.fail("looked at the data again"))
        file = train_generator(RECIPES[name](), Folders(data, runs / name))
        assert file == runs / name / "generator.ckpt"

    def test_the_file_of_the_generator_builds_it_again(self, name, runs):
        saved = read_generator(runs / name)
        assert saved.recipe == RECIPES[name]()
        assert saved.step == 4
        for key, value in last(runs / name)["networks"][0].items():
            assert torch.equal(saved.weights[key], value)

    def test_fixed_noise_gives_the_same_sheet_again(self, name, data):
        recipe = RECIPES[name]()
        sheets = [running._build(recipe, gather_photos(recipe, data)).sheet() for _ in range(2)]
        np.testing.assert_array_equal(*sheets)

    def test_two_loaders_give_what_none_gives(self, name, data):
        def batches(workers):
            recipe = RECIPES[name](f"data.workers={workers}", "train.steps=2")
            return list(Match(recipe, running._build(recipe, gather_photos(recipe, data))).loader())

        for one, other in zip(batches(0), batches(2), strict=True):
            assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


class TestLosses:
    def test_a_discriminator_that_knows_nothing_costs_twice_log_2(self, data):
        """D = 1/2 everywhere: L_D = -2 log 1/2, L_G = -log 1/2."""
        recipe = tiny_plain()
        game = PlainGame(recipe, gather_photos(recipe, data))
        game.discriminator = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 32 * 32, 1))
        for parameter in game.discriminator.parameters():
            torch.nn.init.zeros_(parameter)
        photos = torch.zeros(4, 3, 32, 32)
        judged, fooled = game.judge([photos], photos), game.fool([photos], photos)
        assert float(judged.loss.detach()) == pytest.approx(2 * np.log(2))
        assert float(fooled.loss.detach()) == pytest.approx(np.log(2))
        assert (judged.real, judged.fake, fooled.fake) == (0.5, 0.5, 0.5)

    def test_a_sure_discriminator_is_cheap_where_it_is_right(self, data):
        """Bright photos are real by odds of e³: L_D = 2 log(1 + e⁻³), L_G = log(1 + e³)."""
        recipe = tiny_plain()
        game = PlainGame(recipe, gather_photos(recipe, data))

        class Bright(torch.nn.Module):
            def forward(self, photos):
                return 3 * photos.mean((1, 2, 3))

        game.discriminator = Bright()
        real, made = torch.ones(2, 3, 32, 32), -torch.ones(2, 3, 32, 32)
        assert float(game.judge([real], made).loss) == pytest.approx(2 * np.log1p(np.exp(-3)))
        assert float(game.fool([real], made).loss) == pytest.approx(np.log1p(np.exp(3)))

    def test_hinge_losses_count_the_patches_that_hold_hidden_pixels(self, data):
        """The discriminator gives brightness: real 0.4 and painted 0.2 cost 0.6 + 1.2, and -0.2 is passed."""
        recipe = tiny_pairs("train.matching=0", "train.closeness=10")
        game = PaintingGame(recipe, gather_photos(recipe, data))

        class Brightness(torch.nn.Module):
            def forward(self, photos, where):
                return torch.nn.functional.avg_pool2d(photos, 8).mean(1, keepdim=True), [photos]

        game.discriminator = Brightness()
        photos, made = torch.full((2, 3, 64, 64), 0.4), torch.full((2, 3, 64, 64), 0.2)
        photos[..., 32:] = 9.0  # nothing is hidden there
        where = torch.zeros(2, 3, 64, 64)
        where[:, 0, 8:16, 8:16] = 1
        where[:, 2] = -1
        where[:, 2, 10, 8:16] = 0.1  # the crack
        where[:, 2, 12, 8:16] = -0.16  # not 2 px beside it
        agree = torch.tensor([True, False])
        judged = game.judge([photos, where, where, agree], made)
        assert float(judged.loss) == pytest.approx(0.6 + 1.2)
        assert (judged.real, judged.fake) == (pytest.approx(0.4), pytest.approx(0.2))
        fooled = game.fool([photos, where, where, agree], made)
        assert float(fooled.loss) == pytest.approx(-0.2 + 10 * 0.2)
        other = game.fool([photos, where, where, ~agree & agree], made)
        assert float(other.loss) == pytest.approx(-0.2)

    def test_a_loss_that_is_no_number_ends_the_training(self, data, tmp_path, monkeypatch):
        real = PlainGame.fool

        def breaks(self, batch, fake):
            judged = real(self, batch, fake)
            return Judgement(judged.loss * float("nan"), judged.real, judged.fake)

        monkeypatch.setattr(PlainGame, "fool", breaks)
        with pytest.raises(
            TrainingError,
            match=r"a loss is no number at step 1; nothing is kept yet: .* lower train\.learning_rate",
        ):
            train_generator(tiny_plain(), Folders(data, tmp_path))

    @pytest.mark.parametrize("fault", [MemoryError(), torch.OutOfMemoryError("CUDA out of memory")])
    def test_memory_that_ends_is_one_sentence(self, data, tmp_path, monkeypatch, fault):
        def breaks(self, batch, fake):
            raise fault

        monkeypatch.setattr(PlainGame, "fool", breaks)
        recipe = tiny_plain()
        with pytest.raises(
            TrainingError,
            match=rf"memory ended with batches of {recipe.train.batch} photos of {recipe.data.size_px} px; "
            r"nothing is kept yet: .* smaller train\.batch or data\.size_px",
        ):
            train_generator(recipe, Folders(data, tmp_path))


class TestDiversity:
    def test_a_generator_that_gives_one_photo_is_warned_of_once(self, data, tmp_path, monkeypatch, capsys):
        monkeypatch.setattr(PlainGame, "diversity", lambda self: 0.01)
        train_generator(tiny_plain(), Folders(data, tmp_path))
        told = capsys.readouterr().err
        assert told.count("the generator has collapsed at step 2, diversity 0.01") == 1

    def test_a_generator_that_has_just_begun_need_not_vary(self, data, tmp_path, monkeypatch, capsys):
        """Steps 2, 4 … 20: the first is in the first tenth, the fourth recovers, the fifth collapses anew."""
        dealt = iter([0.1, 0.1, 0.1, 0.9, 0.1, 0.1, 0.9, 0.9, 0.9, 0.9, 0.9])
        monkeypatch.setattr(PlainGame, "diversity", lambda self: next(dealt))
        train_generator(tiny_plain("train.steps=20"), Folders(data, tmp_path))
        told = capsys.readouterr().err
        steps = [line.split(",")[0].split()[-1] for line in told.splitlines() if "has collapsed" in line]
        assert steps == ["4", "10"]

    def test_photos_that_differ_say_nothing(self, data, tmp_path, monkeypatch, capsys):
        monkeypatch.setattr(PlainGame, "diversity", lambda self: 0.9)
        train_generator(tiny_plain(), Folders(data, tmp_path))
        assert "collapsed" not in capsys.readouterr().err

    def test_is_the_distance_of_samples_over_that_of_photos(self, data, monkeypatch):
        """Samples of grey 0 and 0.5 alternate: 32² of the C(64, 2) pairs are 0.5 apart, the others 0."""
        recipe = tiny_plain()
        game = PlainGame(recipe, gather_photos(recipe, data))
        samples = torch.zeros(64, 3, 32, 32)
        samples[::2] = 0.5
        assert mean_distance(samples) == pytest.approx(0.5 * 32 * 32 / (64 * 63 / 2))
        monkeypatch.setattr(game, "_samples", lambda: samples)
        real = torch.stack([game.photos[number][0] for number in range(5)])
        assert game.diversity() == pytest.approx(mean_distance(samples) / mean_distance(real))

    def test_paint_that_ignores_its_noise_has_none(self, data):
        recipe = tiny_pairs()
        game = PaintingGame(recipe, gather_photos(recipe, data))
        assert game.diversity() > 0
        game.fixed = type(game.fixed)(game.fixed.batch, (game.fixed.noises[0],) * 2)
        assert game.diversity() == 0


class TestPhotos:
    def test_the_shorter_side_is_brought_to_size_and_the_centre_cut_out(self):
        """Columns of 96 × 48 px carry their number; at 24 px each mean of two is left, and the middle 24."""
        photo = np.broadcast_to(np.arange(96, dtype=np.uint8)[None, :, None], (48, 96, 3)).copy()
        cut = centre(photo, 24)
        assert cut.shape == (24, 24, 3)
        np.testing.assert_allclose(cut[0, :, 0], 2 * np.arange(12, 36) + 0.5, atol=0.51)

    def test_levels_become_minus_one_to_one(self, tmp_path):
        from crackwise.files import write_image

        write_image(tmp_path / "walls" / "a.png", np.full((40, 40, 3), (0, 255, 51), np.uint8))
        recipe = tiny_plain()
        photo = WholePhotos(recipe, gather_photos(recipe, tmp_path))[0][0]
        assert photo[:, 5, 5].tolist() == [-1.0, 1.0, pytest.approx(-0.6)]

    def test_an_epoch_shows_each_photo_once_in_an_order_of_its_own(self, data):
        recipe = tiny_plain("train.batch=2")
        game = PlainGame(recipe, gather_photos(recipe, data))
        assert game.epoch_steps() == 3
        epochs = [[game.numbers(step) for step in range(first, first + 3)] for first in (0, 3, 6)]
        for number, epoch in enumerate(epochs):
            assert [len(batch) for batch in epoch] == [2, 2, 1]
            assert sorted(chain.from_iterable(epoch)) == list(range(5 * number, 5 * number + 5))
        assert len({tuple(one % 5 for one in chain.from_iterable(epoch)) for epoch in epochs}) > 1

    def test_half_of_the_photos_are_mirrored_where_the_recipe_says_so(self, data):
        photos = gather_photos(tiny_plain(), data)
        plain, flipped = (WholePhotos(tiny_plain(f"data.flips={on}"), photos) for on in ("false", "true"))
        kinds = []
        for number in range(30):
            one, other = plain[number][0], flipped[number][0]
            assert torch.equal(one, other) or torch.equal(one, other.flip(2))
            kinds.append(torch.equal(one, other))
        assert 5 < sum(kinds) < 25

    def test_groups_for_validation_are_those_of_a_segmentation_recipe(self, data):
        from crackwise.data.dataset import list_samples, split_validation

        recipe = tiny_pairs("data.validation_share=0.4", "seed=3")
        kept, away = split_validation(list_samples(data / "walls", "walls"), 0.4, 3)
        assert kept
        assert away
        assert gather_photos(recipe, data)[0].samples == kept

    def test_a_share_of_the_photos_is_that_of_a_segmentation_recipe(self, data):
        from crackwise.data.dataset import list_samples, take_share

        recipe = tiny_pairs('data.sources=[{name="walls", share=0.4}]', "seed=3")
        assert recipe.data.sources[0].kind == "masks"
        expected = take_share(list_samples(data / "walls", "walls"), 0.4, 3)
        assert len(expected) == 2
        assert gather_photos(recipe, data)[0].samples == expected

    def test_groups_that_are_left_out_play_no_part(self, data):
        [found] = gather_photos(tiny_plain('data.sources=[{name="walls", leave_out=["wall1"]}]'), data)
        assert [sample.group for sample in found.samples] == ["wall0", "wall2", "wall3", "wall4"]
        with pytest.raises(DataError, match="no group 'wall9' to leave out"):
            gather_photos(tiny_plain('data.sources=[{name="walls", leave_out=["wall9"]}]'), data)


class TestFolder:
    def test_epochs_decide_over_steps(self, data, tmp_path):
        recipe = tiny_plain("train.epochs=2", "train.batch=4")
        train_generator(recipe, Folders(data, tmp_path))
        assert last(tmp_path)["step"] == 2 * 2
        rows = read_table(tmp_path / "log-1" / "metrics.csv", ("step",))
        assert [row["step"] for row in rows] == ["1", "3"]
        assert train_generator(recipe, Folders(data, tmp_path)).is_file()

    def test_a_folder_of_another_recipe_is_refused(self, data, runs):
        with pytest.raises(OutputError, match="holds a run of another recipe"):
            train_generator(tiny_plain("seed=1"), Folders(data, runs / "dcgan"))

    def test_a_training_writes_nothing_into_a_folder_in_which_another_is_at_work(self, data, tmp_path):
        with at_work_in(tmp_path), pytest.raises(OutputError, match="another command is at work in"):
            train_generator(tiny_plain(), Folders(data, tmp_path))
        assert not {path.name for path in tmp_path.iterdir()} & {"recipe.toml", "learnt.csv"}

    def test_an_unknown_network_is_refused_with_the_known_ones(self, data, tmp_path):
        with pytest.raises(RecipeError, match=r"'stylegan' is unknown .* dcgan, conditional"):
            train_generator(tiny_plain("model.net=stylegan"), Folders(data, tmp_path))

    def test_missing_photos_are_said_before_anything_is_written(self, tmp_path):
        with pytest.raises(DataError, match="there is no folder"):
            train_generator(tiny_plain(), Folders(tmp_path / "none", tmp_path / "run"))
        assert not (tmp_path / "run").exists()

    def test_one_photo_differs_from_no_other_and_is_too_few_for_a_dcgan(self, tmp_path):
        write_walls(tmp_path, 1)
        with pytest.raises(DataError, match=r"walls has 1 photo for training; expected 2 or more"):
            train_generator(tiny_plain(), Folders(tmp_path, tmp_path / "run"))
        assert not (tmp_path / "run").exists()
        write_walls(tmp_path, 2)
        train_generator(tiny_plain(), Folders(tmp_path, tmp_path / "run"))
        result = json.loads((tmp_path / "run" / "result.json").read_text(encoding="utf-8"))
        assert 0 < result["diversity"] < 10

    @pytest.mark.parametrize("workers", [0, 1])
    def test_a_damaged_photo_is_one_sentence_though_a_loader_process_meets_it(self, tmp_path, workers):
        write_walls(tmp_path)
        (tmp_path / "walls" / "wall3.png").write_bytes(b"no photo")
        recipe = tiny_plain(f"data.workers={workers}")
        with pytest.raises(DataError, match=r"^\S+wall3\.png cannot be read as an image; remove or replace"):
            train_generator(recipe, Folders(tmp_path, tmp_path / "run"))

    def test_a_file_that_is_no_generator_is_refused(self, runs, tmp_path):
        with pytest.raises(ModelError, match="is no generator of crackwise train"):
            read_generator(runs / "dcgan" / "last.ckpt")
        with pytest.raises(ModelError, match="there is no generator"):
            read_generator(tmp_path)
        content = torch.load(runs / "dcgan" / "generator.ckpt", weights_only=True)
        torch.save(content | {"format": 2, "crackwise": "9.0"}, tmp_path / "newer.ckpt")
        with pytest.raises(ModelError, match=r"format 2 of crackwise 9\.0; .* update crackwise"):
            read_generator(tmp_path / "newer.ckpt")

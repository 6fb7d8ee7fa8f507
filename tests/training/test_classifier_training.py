"""The training of a classifier: what it leaves, resumed as if never stopped, exported as it was."""

import csv
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')
pytest.importorskip("lightning", reason='needs the extra "train"')

import onnx  # noqa: E402

from crackwise.errors import (  # noqa: E402
    DataError,
    ModelError,
    OutputError,
    PhotoError,
    RecipeError,
    TrainingError,
)
from crackwise.inspection.classifiercard import ClassifierCard  # noqa: E402
from crackwise.inspection.model import CARD_KEY, ENGINES  # noqa: E402
from crackwise.recipe import load_any, parse_any, shipped_recipes  # noqa: E402
from crackwise.training.classifier import export as exporting  # noqa: E402
from crackwise.training.classifier import finish as finishing  # noqa: E402
from crackwise.training.classifier import run as running  # noqa: E402
from crackwise.training.classifier.export import (  # noqa: E402
    TileToProbability,
    export_classifier_run,
    make_classifier_card,
)
from crackwise.training.classifier.judged import Calibrated, load_class_net, margins_of, weigh  # noqa: E402
from crackwise.training.classifier.run import train_classifier  # noqa: E402
from crackwise.training.classifier.samples import TrainingTiles  # noqa: E402
from crackwise.training.classifier.sources import gather_tiles  # noqa: E402
from crackwise.training.classifier.training import ClassifierTraining, figures  # noqa: E402
from crackwise.training.curves import read_curves  # noqa: E402
from crackwise.training.export import Release  # noqa: E402
from crackwise.training.folder import Folders, read_classifier_run, read_run  # noqa: E402
from crackwise.training.graph import HALVED, traced  # noqa: E402
from tinyclassifier import tiny_classifier, write_tiles  # noqa: E402

ONE_SIDE = torch.tensor([0.0, 0.1])
RELEASE = Release("1.2.0", "Apache-2.0", "MobileNetV2", "no night photos", name="tiles")
STILL = ("train.steps=20", "train.learning_rate=1e-12", "model.frozen_encoder=true")
"""A training that gets nowhere."""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    write_tiles(root / "walls", 10, 10)
    return root


@pytest.fixture(scope="module")
def finished(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    train_classifier(tiny_classifier("data.test_share=0.2"), Folders(data, out))
    return out


@pytest.fixture
def unfinished(monkeypatch):
    """Leave out what comes after the optimisation; give how it ended."""
    ended = []
    monkeypatch.setattr(running, "finish_classifier", lambda folders, how, show: ended.append(how))
    return ended


def last(run):
    return torch.load(run / "last.ckpt", weights_only=True)


def read_json(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_what_follows_the_last_step_is_told_before_it_is_done(data, tmp_path, capsys, monkeypatch):
    told = []

    def begins(folders):
        told.append(capsys.readouterr().err)
        return weigh(folders)

    monkeypatch.setattr(finishing, "weigh", begins)
    train_classifier(tiny_classifier("train.steps=2"), Folders(data, tmp_path))
    assert told[0].splitlines()[-1] == "trained 2 steps; writing scores, pictures and model.onnx"


class TestFinishedRun:
    def test_it_leaves_the_files_of_every_run(self, finished):
        names = {path.name for path in finished.iterdir()}
        assert names >= {
            *("recipe.toml", "environment.json", "split.csv", "log-1", "best.ckpt", "last.ckpt"),
            *("curves.png", "samples.png", "scores.json", "model.onnx", "result.json"),
        }
        recipe = parse_any((finished / "recipe.toml").read_text(encoding="utf-8"), "x")
        assert recipe == tiny_classifier("data.test_share=0.2")

    def test_the_result_counts_tiles_and_says_what_was_chosen(self, finished, data):
        result = read_json(finished / "result.json")
        assert (result["task"], result["name"], result["steps"]) == ("classification", "tiny", 4)
        counts = result["tiles"]["walls"]
        assert sum(sum(part.values()) for part in counts.values()) == 20
        assert 0 < result["threshold"] < 1
        assert "walls names no groups" in result["notes"][0]
        losses = dict(read_curves(finished, ["val_loss"])["val_loss"])
        assert result["best_value"] == pytest.approx(min(losses.values()), abs=1e-5)
        assert losses[result["best_step"]] == pytest.approx(result["best_value"], abs=1e-5)

    def test_scores_are_of_each_part_at_the_threshold_chosen_on_validation(self, finished):
        scores, result = read_json(finished / "scores.json"), read_json(finished / "result.json")
        assert [(one["name"], one["part"]) for one in scores["sets"]] == [
            *[("walls", "validation"), ("walls", "test")],
            *[("all", "validation"), ("all", "test")],
        ]
        for one in scores["sets"]:
            counts = result["tiles"]["walls"][one["part"]]
            assert (one["crack"]["support"], one["no_crack"]["support"]) == (
                counts["cracked"],
                counts["sound"],
            )
            assert one["threshold"] == pytest.approx(result["threshold"], abs=1e-6)
        assert scores["tool"]["facts"]["temperature"] == result["temperature"]

    def test_curves_and_samples_are_pictures_with_something_on_them(self, finished):
        for name in ("curves.png", "samples.png"):
            picture = cv2.imread(str(finished / name))
            assert picture.std() > 5
            assert min(picture.shape[:2]) > 200

    def test_the_log_has_the_figures_of_each_validation(self, finished):
        with (finished / "log-1" / "metrics.csv").open(encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["val_loss"]]
        assert len(rows) == 2
        assert all(row[name] for row in rows for name in ("auc", "accuracy", "balanced_accuracy"))

    def test_the_card_has_the_threshold_as_it_was_chosen_however_near_to_1(self, finished, data):
        """Probabilities of float32 lie 6e-8 apart below 1, so that a threshold may part them there."""
        weighed = replace(weigh(Folders(data, finished)), chosen=Calibrated(1.0, 1 - 2.4e-7))
        assert make_classifier_card(weighed, RELEASE).threshold == 1 - 2.4e-7

    def test_the_model_file_says_what_pytorch_says_and_carries_its_card(self, finished, data):
        content = (finished / "model.onnx").read_bytes()
        [text] = [e.value for e in onnx.load_from_string(content).metadata_props if e.key == CARD_KEY]
        card = ClassifierCard.model_validate_json(text)
        result, run = read_json(finished / "result.json"), read_classifier_run(finished)
        assert (card.size_px, card.tile_px, card.overlap_px) == ((48, 32), 64, 16)
        assert (card.threshold, card.temperature) == (result["threshold"], result["temperature"])
        assert card.training_data[0].licence == "CC0"
        assert card.scores["validation/roc_auc"] is not None
        net = load_class_net(run)
        tile = np.random.default_rng(0).integers(0, 256, (32, 48, 3), dtype=np.uint8)
        with torch.inference_mode():
            expected = TileToProbability(net, card.temperature)(torch.from_numpy(tile[None]))[0]
            logits = net(torch.from_numpy(tile.transpose(2, 0, 1)[None].copy()).float())
        softmax = torch.softmax(logits / card.temperature, dim=1)[0, 1]  # the definition
        assert float(expected) == pytest.approx(float(softmax), abs=1e-6)
        found = []
        ENGINES["openvino"](content, "fp32").run([(0, tile)], (32, 48), lambda _, p: found.append(float(p)))
        assert found[0] == pytest.approx(float(softmax), abs=HALVED)

    def test_a_graph_that_says_otherwise_of_real_tiles_is_refused(
        self, finished, data, tmp_path, monkeypatch
    ):
        def of_another_network(net, *arguments):
            hook = net.net.register_forward_hook(lambda _net, _photos, logits: logits + ONE_SIDE)
            graph = traced(net, *arguments)
            hook.remove()
            return graph

        monkeypatch.setattr(exporting, "traced", of_another_network)
        monkeypatch.setattr(exporting, "made_tiles", lambda _shape: ())  # on which it may say the same
        with pytest.raises(ModelError, match="differs from PyTorch"):
            export_classifier_run(Folders(data, finished), tmp_path / "tiles.onnx", RELEASE)

    def test_an_export_of_its_own_says_who_may_use_it(self, finished, data, tmp_path):
        card = export_classifier_run(Folders(data, finished), tmp_path / "tiles.onnx", RELEASE)
        assert (card.name, card.version, card.licence) == ("tiles", "1.2.0", "Apache-2.0")
        assert card.threshold == read_json(finished / "result.json")["threshold"]
        assert (tmp_path / "tiles.onnx").stat().st_size > 1000

    def test_the_model_file_holds_no_path(self, finished):
        content = (finished / "model.onnx").read_bytes()
        assert b".py" not in content
        assert b"site-packages" not in content

    def test_a_finished_run_is_not_trained_again_and_another_recipe_is_refused(
        self, finished, data, monkeypatch
    ):
        looked = "gather_tiles_of_run"
        monkeypatch.setattr(running, looked, lambda *_: pytest.fail("looked at the data again"))
        recipe = tiny_classifier("data.test_share=0.2")
        assert train_classifier(recipe, Folders(data, finished)) == finished / "best.ckpt"
        with pytest.raises(OutputError, match="another recipe"):
            train_classifier(tiny_classifier("seed=1"), Folders(data, finished))

    def test_its_checkpoint_is_refused_where_one_of_a_segmentation_is_needed(self, finished):
        with pytest.raises(ModelError, match="is of a training for classification; expected one for segment"):
            read_run(finished)


class TestChangedSince:
    """What a run goes on with is what it began with."""

    @pytest.fixture
    def stopped(self, unfinished, monkeypatch):
        def stopped(run):
            monkeypatch.setattr(running, "fit", lambda *_: (run / "last.ckpt").write_bytes(b""))

        return stopped

    def test_a_changed_photo_is_named(self, tmp_path, stopped):
        write_tiles(tmp_path / "walls", 10, 10)
        run = tmp_path / "run"
        stopped(run)
        train_classifier(tiny_classifier(), Folders(tmp_path, run))
        photo = tmp_path / "walls" / "crack" / "003.jpg"
        cv2.imwrite(str(photo), cv2.imread(str(photo))[::-1])
        with pytest.raises(OutputError, match=r"1 photos .* first walls/crack/003\.jpg; put them back"):
            train_classifier(tiny_classifier(), Folders(tmp_path, run))

    def test_a_changed_verdict_is_named(self, tmp_path, stopped):
        write_tiles(tmp_path / "walls", 10, 10)
        names = [f"{kind}/{number:03d}.jpg" for kind in ("crack", "nocrack") for number in range(10)]
        table = "file,label\n" + "".join(f"{name},{name.split('/')[0]}\n" for name in names)
        (tmp_path / "walls" / "labels.csv").write_text(table, encoding="utf-8")
        run = tmp_path / "run"
        stopped(run)
        train_classifier(tiny_classifier(), Folders(tmp_path, run))
        train_classifier(tiny_classifier(), Folders(tmp_path, run))
        changed = table.replace("nocrack/007.jpg,nocrack", "nocrack/007.jpg,crack")
        (tmp_path / "walls" / "labels.csv").write_text(changed, encoding="utf-8")
        with pytest.raises(OutputError, match=r"1 photos .* the label of walls/nocrack/007\.jpg; put them"):
            train_classifier(tiny_classifier(), Folders(tmp_path, run))


class TestOptimisation:
    def test_a_training_stopped_half_way_and_resumed_equals_the_uninterrupted_one(
        self, data, tmp_path, unfinished
    ):
        class Killed(Exception):
            pass

        train_classifier(tiny_classifier(), Folders(data, tmp_path / "whole"))
        with pytest.MonkeyPatch.context() as patch:
            real = TrainingTiles.__init__

            def dies_in_the_second_half(self, recipe, sources, first, count):
                if first >= 8:
                    raise Killed
                real(self, recipe, sources, first, count)

            patch.setattr(TrainingTiles, "__init__", dies_in_the_second_half)
            with pytest.raises(Killed):
                train_classifier(tiny_classifier(), Folders(data, tmp_path / "cut"))
        assert last(tmp_path / "cut")["global_step"] == 2
        train_classifier(tiny_classifier(), Folders(data, tmp_path / "cut"))
        whole, resumed = (last(tmp_path / name)["state_dict"] for name in ("whole", "cut"))
        assert whole.keys() == resumed.keys()
        for key, value in whole.items():
            torch.testing.assert_close(resumed[key], value, rtol=0, atol=0, msg=key)

    def test_a_plain_difference_is_learnt_and_an_epoch_takes_each_tile_once(self, tmp_path, unfinished):
        for number in range(40):
            folder, level = ("crack", 40) if number % 2 else ("nocrack", 210)
            path = tmp_path / "walls" / folder / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), np.full((32, 48, 3), level + number // 2, np.uint8))
        changes = ("data.augment=none", "data.balance=weights", "train.epochs=4", "train.learning_rate=0.003")
        recipe = tiny_classifier(*changes, "train.best=auc", "model.frozen_encoder=true")
        train_classifier(recipe, Folders(tmp_path, tmp_path / "run"))
        run = read_classifier_run(tmp_path / "run")
        [source] = gather_tiles(recipe, tmp_path, tmp_path)
        steps = -(-len(source.training) // 4)
        assert (run.recipe.train.steps, run.recipe.train.validate_every) == (4 * steps, steps)
        margins = margins_of(load_class_net(run), source.validation, (48, 32))
        cracked = np.array([tile.is_cracked for tile in source.validation])
        assert figures(margins, cracked)["auc"] == 1

    def test_a_training_without_progress_stops_after_its_patience(self, data, tmp_path, unfinished):
        still = ("train.learning_rate=1e-30", "model.frozen_encoder=true", "train.steps=40")
        train_classifier(tiny_classifier(*still, "train.patience=1"), Folders(data, tmp_path))
        [ended] = unfinished
        assert (ended.steps, ended.stopped_early) == (2 * (1 + 1), True)

    @pytest.mark.parametrize("best", ["loss", "auc", "balanced_accuracy"])
    def test_the_best_checkpoint_is_the_best_by_its_rule(self, best, data, tmp_path, unfinished, monkeypatch):
        """Figures are dealt out, so that each rule has a step of its own."""
        dealt = iter(
            (
                {"auc": 3, "balanced_accuracy": 1, "val_loss": 3},
                {"auc": 1, "balanced_accuracy": 3, "val_loss": 2},
                {"auc": 2, "balanced_accuracy": 2, "val_loss": 1},
            )
        )

        def deal(self):
            for name, value in next(dealt).items():
                self.log(name, float(value))

        monkeypatch.setattr(ClassifierTraining, "on_validation_epoch_end", deal)
        changes = ("train.steps=3", "train.validate_every=1", f"train.best={best}")
        train_classifier(tiny_classifier(*changes), Folders(data, tmp_path))
        assert read_classifier_run(tmp_path).step == {"auc": 1, "balanced_accuracy": 2, "loss": 3}[best]

    def test_class_weights_are_of_the_training_tiles(self, data):
        recipe = tiny_classifier('data.sources=[{name="walls", cracked=1}]', "data.balance=weights")
        sources = gather_tiles(recipe, data, data)
        module = ClassifierTraining(recipe, torch.nn.Linear(1, 1), sources)
        sound = len(sources[0].training) - 1
        expected = [(sound + 1) / (2 * sound), (sound + 1) / 2]
        torch.testing.assert_close(module.class_weight, torch.tensor(expected))


def test_figures_are_those_of_four_tiles_by_hand():
    """The one cracked tile has the largest margin; one of the three sound ones is called cracked."""
    found = figures(np.array([-1.0, 1.0, 2.0, -3.0]), np.array([False, False, True, False]))
    assert found["auc"] == 1
    assert found["accuracy"] == 3 / 4
    assert found["balanced_accuracy"] == pytest.approx((1 + 2 / 3) / 2)
    losses = [np.log1p(np.exp(value)) for value in (-1.0, 1.0, -2.0, -3.0)]
    assert found["val_loss"] == pytest.approx(np.mean(losses))


def test_tiles_that_are_all_but_certain_are_still_ranked():
    """Beyond a margin of 17 a probability in float32 is 1."""
    cracked = np.array([False, True, True, False])
    assert figures(np.array([20.0, 25.0, 30.0, -25.0]), cracked)["auc"] == 1
    assert figures(np.array([28.0, 25.0, 30.0, -25.0]), cracked)["auc"] == 3 / 4


class TestPlainSentences:
    def test_a_set_of_one_class_is_refused_before_anything_is_written(self, data, tmp_path):
        recipe = tiny_classifier('data.sources=[{name="walls/nocrack", kind="negatives"}]')
        with pytest.raises(DataError, match="the training part holds 0 cracked"):
            train_classifier(recipe, Folders(data, tmp_path / "run"))
        assert not (tmp_path / "run").exists()

    def test_a_loss_that_is_no_number_ends_the_training_and_leaves_a_checkpoint(
        self, data, tmp_path, unfinished, monkeypatch
    ):
        real = ClassifierTraining.training_step

        def breaks(self, batch, index):
            factor = float("nan") if self.global_step == 3 else 1
            return real(self, (batch[0] * factor, batch[1]), index)

        monkeypatch.setattr(ClassifierTraining, "training_step", breaks)
        with pytest.raises(TrainingError, match=r"the loss is nan at step 4; .* lower train\.learning_rate"):
            train_classifier(tiny_classifier(), Folders(data, tmp_path))
        assert last(tmp_path)["global_step"] == 2
        assert unfinished == []

    def test_patience_outlives_an_interruption(self, data, tmp_path, unfinished, monkeypatch):
        real = ClassifierTraining.training_step

        def interrupted(self, batch, index):
            if self.global_step == 3:
                raise KeyboardInterrupt
            return real(self, batch, index)

        recipe = tiny_classifier(*STILL, "train.patience=2")
        monkeypatch.setattr(ClassifierTraining, "training_step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train_classifier(recipe, Folders(data, tmp_path))
        monkeypatch.setattr(ClassifierTraining, "training_step", real)
        train_classifier(recipe, Folders(data, tmp_path))
        [ended] = unfinished
        assert (ended.steps, ended.stopped_early) == (6, True)  # the first validation, and two not better

    def test_a_training_that_had_stopped_early_does_not_go_on_when_it_is_resumed(
        self, data, tmp_path, unfinished
    ):
        """As after a kill while the result was written."""
        for _ in range(2):
            train_classifier(tiny_classifier(*STILL, "train.patience=1"), Folders(data, tmp_path))
        assert [(ended.steps, ended.stopped_early) for ended in unfinished] == [(4, True)] * 2
        assert unfinished[0].best_value == unfinished[1].best_value

    def test_a_damaged_photo_is_one_sentence_though_a_loader_process_meets_it(self, tmp_path, unfinished):
        write_tiles(tmp_path / "walls", 6, 6)
        for photo in (tmp_path / "walls" / "crack").glob("*.jpg"):
            photo.write_bytes(photo.read_bytes()[:300])
        with pytest.raises(PhotoError, match=r"^\S+\.jpg is no picture, or it is damaged or cut off; \S.*$"):
            train_classifier(tiny_classifier(), Folders(tmp_path, tmp_path / "run"))

    def test_a_damaged_photo_of_the_test_part_is_one_sentence(self, tmp_path):
        """It is first looked at when the training is done."""
        recipe = tiny_classifier("data.test_share=0.3")
        write_tiles(tmp_path / "walls", 12, 12)
        [source] = gather_tiles(recipe, tmp_path, tmp_path)
        source.test[0].photo.image.write_bytes(b"no photo")
        with pytest.raises(PhotoError, match=r"^\S+\.jpg is no picture, or it is damaged or cut off; \S.*$"):
            train_classifier(recipe, Folders(tmp_path, tmp_path / "run"))

    def test_memory_that_ends_is_one_sentence(self, data, tmp_path, unfinished, monkeypatch):
        def ends(self, batch, index):
            raise MemoryError

        monkeypatch.setattr(ClassifierTraining, "training_step", ends)
        with pytest.raises(
            TrainingError, match=r"batches of 4 tiles of 48 × 32 px; .*train\.batch=2, or .*data\.size_px"
        ):
            train_classifier(tiny_classifier(), Folders(data, tmp_path))

    def test_a_batch_that_the_processes_cannot_share_is_refused(self, data, tmp_path, monkeypatch):
        monkeypatch.setenv("WORLD_SIZE", "3")
        with pytest.raises(RecipeError, match=r"train\.batch is 4, which 3 processes cannot share"):
            train_classifier(tiny_classifier(), Folders(data, tmp_path))

    def test_notes_on_the_sources_are_told(self, data, tmp_path, unfinished, capsys):
        train_classifier(tiny_classifier("train.steps=1"), Folders(data, tmp_path))
        assert "note: walls names no groups" in capsys.readouterr().err


@pytest.mark.parametrize("name", shipped_recipes("classification"))
def test_a_shipped_recipe_trains(name, data, tmp_path, unfinished, capsys):
    short = (
        *('data.sources=[{name="walls"}]', "data.size_px=[32, 32]", "model.encoder_weights=none"),
        *("train.epochs=0", "train.steps=2", "train.validate_every=2", "train.batch=2"),
        "train.precision=32-true",
    )
    train_classifier(load_any(name, short), Folders(data, tmp_path))
    run = read_classifier_run(tmp_path)
    warned = "keeps the random weights of model.encoder_weights = none" in capsys.readouterr().err
    assert (run.recipe.name, run.step) == (name, 2)
    frozen = {"iitb-resnet50": True, "crackwise-tiles": False}[name]
    learns = any(p.requires_grad for p in load_class_net(run).net.encoder.parameters())
    assert learns is not frozen
    assert warned is frozen


def test_the_recipe_of_iit_bombay_says_what_its_source_says():
    recipe = load_any("iitb-resnet50")
    assert recipe.data.size_px == (100, 100)
    assert recipe.data.validation_share == 0.2
    assert (recipe.model.encoder, recipe.model.frozen_encoder, len(recipe.model.hidden)) == (
        "resnet50",
        True,
        2,
    )
    train = recipe.train
    assert (train.optimiser, train.batch, train.epochs, train.patience, train.best) == (
        *("adam", 64, 100, 1),
        "loss",
    )


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    root = tmp_path_factory.mktemp("large")
    write_tiles(root / "walls", 10, 10, side_px=160)
    return root


class TestLargePhotos:
    """Photos with a verdict are learnt whole: nobody has said which of their tiles are cracked."""

    def test_they_are_taken_whole_in_use_too(self, large, tmp_path):
        train_classifier(tiny_classifier(), Folders(large, tmp_path / "run"))
        card = export_classifier_run(Folders(large, tmp_path / "run"), tmp_path / "walls.onnx", RELEASE)
        assert (card.tile_px, card.overlap_px) == (0, 0)
        [note] = [one for one in read_json(tmp_path / "run/result.json")["notes"] if "learnt whole" in one]
        assert "the model file takes photos whole, too" in note

    def test_beside_photos_that_are_cut_it_is_said(self, large):
        drawn = 'data.sources=[{name="walls"}, {name="drawn", kind="drawn", count=4, size="96x96"}]'
        [walls, _] = gather_tiles(tiny_classifier(drawn), large, large / "drawn")
        assert "walls" in walls.notes[-1]
        assert "in use they are cut" in walls.notes[-1]

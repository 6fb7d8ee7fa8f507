"""A training keeps to its budget, stops when it should, and ends in plain sentences."""

import hashlib
import json
import math
import multiprocessing

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')
pytest.importorskip("lightning", reason='needs the extra "train"')

from lightning.pytorch.utilities import CombinedLoader  # noqa: E402

from crackwise.data.draw import write_drawn  # noqa: E402
from crackwise.data.split import read_split  # noqa: E402
from crackwise.errors import MissingExtraError, OutputError, RecipeError, TrainingError  # noqa: E402
from crackwise.inspection.model import CrackModel  # noqa: E402
from crackwise.training import finish as finishing  # noqa: E402
from crackwise.training import run as running  # noqa: E402
from crackwise.training import trainer  # noqa: E402
from crackwise.training.curves import _draw, read_curves  # noqa: E402
from crackwise.training.folder import Folders, read_run  # noqa: E402
from crackwise.training.run import train  # noqa: E402
from crackwise.training.segmentation import SegmentationTraining  # noqa: E402
from tinytraining import tiny  # noqa: E402


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    write_drawn(root / "walls", 10, "64x64", 3)
    return root


@pytest.fixture
def unfinished(monkeypatch):
    """Leave out what comes after the optimisation; give how it ended."""
    ended = []
    monkeypatch.setattr(running, "finish", lambda folders, how: ended.append(how))
    return ended


def last(run):
    return torch.load(run / "last.ckpt", weights_only=True)


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory):
    """Train on whole photos of another shape, to the end."""
    out = tmp_path_factory.mktemp("whole")
    train(tiny("data.augment=classical", "data.crop_px=[48, 32]", "train.best=loss"), Folders(data, out))
    return out


@pytest.fixture
def begin(unfinished, monkeypatch):
    """Begin trainings that end at once: as many steps as asked for are kept."""

    def begun(data, run, steps=2, changes=()):
        with monkeypatch.context() as patch:
            patch.setattr(running, "fit", lambda *_: _kept(run, steps))
            train(tiny(*changes), Folders(data, run))
        return run

    def _kept(run, steps):
        if steps:
            (run / "last.ckpt").write_bytes(b"")

    return begun


class TestChangedSince:
    """What a run goes on with is what it began with."""

    @pytest.mark.parametrize(("folder", "told"), [("images", ""), ("masks", "the label of ")])
    def test_a_changed_photo_or_mask_is_named_and_nothing_is_written(self, tmp_path, begin, folder, told):
        write_drawn(tmp_path / "walls", 10, "64x64", 3)
        run = begin(tmp_path, tmp_path / "run")
        files = {path.name: path.read_bytes() for path in run.iterdir()}
        photo = sorted((tmp_path / "walls" / "images").iterdir())[4]
        changed = next((tmp_path / "walls" / folder).glob(f"{photo.stem}.*"))
        content = changed.read_bytes()
        picture = cv2.imread(str(changed), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(changed), picture[::-1])
        with pytest.raises(OutputError) as refused:
            train(tiny(), Folders(tmp_path, run))
        assert str(refused.value) == (
            f"1 photos or labels are other ones than when the training in {run} began, first "
            f"{told}walls/{photo.name}; put them back, or choose another --out"
        )
        assert {path.name: path.read_bytes() for path in run.iterdir()} == files
        changed.write_bytes(content)
        begin(tmp_path, run)

    def test_photos_may_be_mended_while_nothing_is_learnt_from_them(self, tmp_path, begin):
        write_drawn(tmp_path / "walls", 10, "64x64", 3)
        run = begin(tmp_path, tmp_path / "run", steps=0)
        photo = sorted((tmp_path / "walls" / "images").iterdir())[0]
        cv2.imwrite(str(photo), cv2.imread(str(photo))[::-1])
        begin(tmp_path, run)
        held = {row.file: row.sha256 for row in read_split(run / "split.csv").rows}
        assert held[photo.name] == hashlib.sha256(photo.read_bytes()).hexdigest()
        begin(tmp_path, run)

    def test_photos_are_parted_anew_while_nothing_is_learnt_from_them(self, tmp_path, begin):
        write_drawn(tmp_path / "walls", 10, "64x64", 3)
        run = begin(tmp_path, tmp_path / "run", steps=0)
        gone = sorted((tmp_path / "walls" / "images").iterdir())[0]
        gone.unlink()
        (tmp_path / "walls" / "masks" / f"{gone.stem}.png").unlink()
        changes = ("data.validation_share=0.5",)
        expected = begin(tmp_path, tmp_path / "fresh", steps=0, changes=changes)
        begin(tmp_path, run, changes=changes)
        assert (run / "split.csv").read_text("utf-8") == (expected / "split.csv").read_text("utf-8")

    def test_a_run_from_before_labels_were_kept_goes_on(self, tmp_path, begin):
        write_drawn(tmp_path / "walls", 10, "64x64", 3)
        run = begin(tmp_path, tmp_path / "run")
        kept = (run / "labelled.csv").read_bytes()
        (run / "labelled.csv").unlink()
        begin(tmp_path, run)
        assert (run / "labelled.csv").read_bytes() == kept


class TestFinishedRun:
    def test_the_result_is_written_with_what_it_says(self, whole):
        result = json.loads((whole / "result.json").read_text(encoding="utf-8"))
        assert result["schema_version"] == 1
        assert result["name"] == "tiny"
        assert result["steps"] == 4
        assert result["best_step"] in {2, 4}
        assert result["stopped_early"] is False
        assert result["training_photos"] + result["validation_photos"] <= 10
        losses = dict(read_curves(whole, ["val_loss"])["val_loss"])
        assert result["best_value"] == pytest.approx(min(losses.values()), abs=1e-5)
        assert result["seconds"] > 0

    def test_a_short_run_logs_loss_and_rate_at_every_validation(self, whole):
        for curve in read_curves(whole, ["loss", "lr-AdamW/pg1"]).values():
            assert [step for step, _ in curve] == [2, 4]

    def test_a_curve_that_is_alone_is_named_too(self):
        from matplotlib.figure import Figure

        axes = Figure().subplots()
        _draw(axes, ("loss", "steps"), {"training": ((1, 0.5), (2, 0.4))})
        assert [text.get_text() for text in axes.get_legend().get_texts()] == ["training"]

    def test_photos_for_training_only_decide_nothing(self, data, tmp_path):
        write_drawn(data / "made", 4, "64x64", 5)
        train(
            tiny('data.sources=[{name="made", training_only=true}, {name="walls"}]'),
            Folders(data, tmp_path / "run"),
        )
        curves = read_curves(tmp_path / "run", ["iou", "iou/walls", "iou/made"])
        assert curves["iou"] == curves["iou/walls"]
        assert curves.get("iou/made", []) == []
        scores = json.loads((tmp_path / "run" / "scores.json").read_text(encoding="utf-8"))
        assert [one["name"] for one in scores["sets"]] == ["walls"]

    def test_curves_and_samples_are_pictures_with_something_on_them(self, whole):
        for name in ("curves.png", "samples.png"):
            picture = cv2.imread(str(whole / name))
            assert picture.std() > 5
            assert min(picture.shape[:2]) > 200

    def test_scores_are_of_the_validation_part(self, whole):
        scores = json.loads((whole / "scores.json").read_text(encoding="utf-8"))
        [only] = scores["sets"]
        rows = read_split(whole / "split.csv").rows
        assert {row.part for row in rows} == {"train", "validation"}
        assert only["photos"] == min(2, sum(row.part == "validation" for row in rows))
        assert scores["tool"]["facts"]["sees"] == "the whole photo at 48 × 32 px"
        assert only["operating_points"][0]["is_optimistic"], "its threshold is the best on these photos"

    def test_the_model_file_sees_photos_as_the_training_did(self, whole):
        model = CrackModel(whole / "model.onnx", "fp32")
        assert model.card.fit_px == (48, 32)
        result = json.loads((whole / "result.json").read_text(encoding="utf-8"))
        assert model.card.threshold_high == model.card.threshold_low == result["threshold"]
        photo = np.random.default_rng(0).integers(0, 256, (90, 130, 3), dtype=np.uint8)
        large = np.repeat(np.repeat(photo, 4, axis=0), 4, axis=1)
        one, other = (model.predict(seen, tile_px=64, overlap_px=16) for seen in (photo, large))
        assert one.shape == (90, 130)
        assert other.shape == (360, 520)
        np.testing.assert_allclose(cv2.resize(other, (130, 90), interpolation=cv2.INTER_AREA), one, atol=0.05)

    def test_tensorboard_can_read_the_log(self, whole):
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        events = EventAccumulator(str(whole / "tensorboard")).Reload()
        logged = [(event.step + 1, event.value) for event in events.Scalars("iou")]
        assert logged == [pytest.approx(point, abs=1e-4) for point in read_curves(whole, ["iou"])["iou"]]

    @pytest.mark.filterwarnings("ignore")  # of MLflow's own libraries
    def test_mlflow_gets_the_same_figures(self, data, tmp_path, unfinished, monkeypatch):
        mlflow = pytest.importorskip("mlflow", reason='needs the extra "mlflow"')
        uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        train(tiny(), Folders(data, tmp_path / "run"))
        client = mlflow.MlflowClient(tracking_uri=uri)
        [run] = client.search_runs([client.get_experiment_by_name("crackwise").experiment_id])
        assert run.info.run_name == "tiny"
        assert [one.value for one in client.get_metric_history(run.info.run_id, "iou")] == [
            pytest.approx(value, abs=1e-5) for _, value in read_curves(tmp_path / "run", ["iou"])["iou"]
        ]

    def test_a_finished_run_is_not_trained_again(self, whole, data, monkeypatch):
        monkeypatch.setattr(running, "gather_run", lambda *_: pytest.fail("looked at the data again"))
        recipe = tiny("data.augment=classical", "data.crop_px=[48, 32]", "train.best=loss")
        assert train(recipe, Folders(data, whole)) == whole / "best.ckpt"


class TestBudget:
    def test_an_epoch_is_as_many_crops_as_training_photos(self, data, tmp_path, unfinished):
        recipe = tiny("train.epochs=3", "train.batch=4", "data.parts=50/30/20")
        train(recipe, Folders(data, tmp_path))
        steps = math.ceil(5 / 4)
        assert last(tmp_path)["global_step"] == 3 * steps
        assert [step for step, _ in read_curves(tmp_path, ["iou"])["iou"]] == [2, 4, 6]
        resolved = read_run(tmp_path).recipe.train
        assert (resolved.steps, resolved.validate_every, resolved.epochs) == (6, 2, 3)

    def test_a_budget_in_epochs_goes_on_in_its_own_folder_and_in_no_other(self, data, tmp_path, unfinished):
        train(tiny("train.epochs=1"), Folders(data, tmp_path))
        train(tiny("train.epochs=1"), Folders(data, tmp_path))
        with pytest.raises(OutputError, match="another recipe"):
            train(tiny("train.epochs=2"), Folders(data, tmp_path))

    def test_two_batches_in_a_step_are_one_of_twice_the_size(self, data, tmp_path, unfinished):
        for name, change in (
            ("once", ("train.batch=4",)),
            ("twice", ("train.batch=2", "train.accumulate=2")),
        ):
            train(tiny("train.optimiser=sgd", *change), Folders(data, tmp_path / name))
        once, twice = (last(tmp_path / name) for name in ("once", "twice"))
        assert once["global_step"] == twice["global_step"] == 4
        for key, value in once["state_dict"].items():
            torch.testing.assert_close(twice["state_dict"][key], value, rtol=1e-4, atol=1e-6, msg=key)

    @pytest.mark.parametrize("accumulate", [1, 2])
    def test_a_resumed_training_throws_the_same_dice_of_dropout(
        self, data, tmp_path, unfinished, monkeypatch, accumulate
    ):
        recipe = tiny("model.dropout=0.5", f"train.accumulate={accumulate}")
        train(recipe, Folders(data, tmp_path / "whole"))
        real = SegmentationTraining.train_dataloader

        def dies_after_two_steps(module):
            if module.global_step >= 2:
                raise KeyboardInterrupt
            return real(module)

        monkeypatch.setattr(SegmentationTraining, "train_dataloader", dies_after_two_steps)
        with pytest.raises(KeyboardInterrupt):
            train(recipe, Folders(data, tmp_path / "half"))
        monkeypatch.setattr(SegmentationTraining, "train_dataloader", real)
        torch.rand(7)  # whatever happened in between
        train(recipe, Folders(data, tmp_path / "half"))
        whole, resumed = (last(tmp_path / name)["state_dict"] for name in ("whole", "half"))
        for key, value in whole.items():
            torch.testing.assert_close(resumed[key], value, rtol=0, atol=0, msg=key)

    def test_a_validation_is_judged_as_the_epoch_that_was_trained(
        self, data, tmp_path, unfinished, monkeypatch
    ):
        bce, seen = running.LOSSES["bce"], {True: [], False: []}

        def noting(logits, target, weight, context):
            seen[torch.is_grad_enabled()].append(context.progress)
            return bce(logits, target, weight, context)

        monkeypatch.setitem(running.LOSSES, "bce", noting)
        train(tiny(), Folders(data, tmp_path))
        assert list(dict.fromkeys(seen[True])) == list(dict.fromkeys(seen[False])) == [0.0, 0.5]

    def test_the_moving_average_of_the_weights_is_what_is_kept(self, data, tmp_path, unfinished):
        for name, steps in (("one", 1), ("two", 2)):
            changes = (f"train.steps={steps}", "train.validate_every=1", "train.average=0.75")
            train(tiny(*changes), Folders(data, tmp_path / name))
        one, two = (last(tmp_path / name) for name in ("one", "two"))
        for key, first in one["state_dict"].items():
            torch.testing.assert_close(one["current_model_state"][key], first, rtol=0, atol=0)
            second = two["current_model_state"][key]
            torch.testing.assert_close(two["state_dict"][key], 0.75 * first + 0.25 * second)
        moved = two["current_model_state"]["net.net.head.weight"] - one["state_dict"]["net.net.head.weight"]
        assert moved.abs().max() > 1e-5

    def test_a_training_without_progress_stops_after_its_patience(self, data, tmp_path, unfinished):
        train(
            tiny("train.learning_rate=1e-30", "train.patience=2", "train.steps=40", "train.best=loss"),
            Folders(data, tmp_path),
        )
        assert last(tmp_path)["global_step"] == 2 * (1 + 2)
        [ended] = unfinished
        assert ended.stopped_early

    @pytest.mark.parametrize("best", ["iou", "dice", "loss"])
    def test_the_best_checkpoint_is_the_best_by_its_rule(self, best, data, tmp_path, unfinished, monkeypatch):
        """Figures are dealt out, so that each rule has a step of its own."""
        dealt = iter(
            (
                {"iou": 3, "dice": 1, "val_loss": 3},
                {"iou": 1, "dice": 3, "val_loss": 2},
                {"iou": 2, "dice": 2, "val_loss": 1},
            )
        )

        def deal(self):
            for name, value in next(dealt).items():
                self.log(name, float(value))

        monkeypatch.setattr(SegmentationTraining, "on_validation_epoch_end", deal)
        train(tiny("train.steps=6", f"train.best={best}"), Folders(data, tmp_path))
        assert read_run(tmp_path).step == {"iou": 2, "dice": 4, "loss": 6}[best]
        assert unfinished[0].best_value == {"iou": 3, "dice": 3, "loss": 1}[best]

    def test_a_run_folder_that_was_moved_keeps_its_best_checkpoint(
        self, data, tmp_path, unfinished, monkeypatch
    ):
        dealt = {2: 0.9, 4: 0.1, 6: 0.5}

        def deal(self):
            for name in ("iou", "dice", "val_loss"):
                self.log(name, dealt[self.global_step])

        real = SegmentationTraining.training_step

        def interrupted(self, batch, index):
            if self.global_step == 4 and not (tmp_path / "moved").exists():
                raise KeyboardInterrupt
            return real(self, batch, index)

        monkeypatch.setattr(SegmentationTraining, "on_validation_epoch_end", deal)
        monkeypatch.setattr(SegmentationTraining, "training_step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(tiny("train.steps=6"), Folders(data, tmp_path / "run"))
        (tmp_path / "run").rename(tmp_path / "moved")
        train(tiny("train.steps=6"), Folders(data, tmp_path / "moved"))
        assert read_run(tmp_path / "moved").step == 2
        assert unfinished[0].best_value == pytest.approx(0.9)
        assert sorted(path.name for path in (tmp_path / "moved").glob("*.ckpt")) == ["best.ckpt", "last.ckpt"]
        assert not (tmp_path / "run").exists()


class TestPlainSentences:
    def test_mlflow_that_is_not_there_is_said_before_any_work(self, data, tmp_path, monkeypatch):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:1")
        monkeypatch.setattr(trainer, "find_spec", lambda name: None)
        with pytest.raises(MissingExtraError, match="mlflow"):
            train(tiny(), Folders(data, tmp_path))
        assert not (tmp_path / "recipe.toml").exists()

    def test_a_loss_that_is_no_number_ends_the_training_and_leaves_a_checkpoint(
        self, data, tmp_path, unfinished, monkeypatch
    ):
        real = SegmentationTraining.training_step

        def breaks(self, batch, index):
            photos = batch[0] * (float("nan") if self.global_step == 3 else 1)
            return real(self, (photos, *batch[1:]), index)

        monkeypatch.setattr(SegmentationTraining, "training_step", breaks)
        with pytest.raises(
            TrainingError, match=r"the loss is nan at step 4; .* lower train\.learning_rate"
        ) as at:
            train(tiny(), Folders(data, tmp_path))
        assert f"{tmp_path / 'last.ckpt'} keeps step 2: " in str(at.value)
        assert last(tmp_path)["global_step"] == 2
        assert all(torch.isfinite(value).all() for value in last(tmp_path)["state_dict"].values())
        assert unfinished == []

    @pytest.mark.parametrize(
        "error",
        [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("can't allocate memory"), MemoryError()],
    )
    def test_memory_that_ends_is_one_sentence(self, error, data, tmp_path, unfinished, monkeypatch):
        def ends(self, batch, index):
            raise error

        monkeypatch.setattr(SegmentationTraining, "training_step", ends)
        with pytest.raises(TrainingError, match=r"--set train\.batch=1 --set train\.accumulate=2, or"):
            train(tiny(), Folders(data, tmp_path))

    @pytest.mark.parametrize(
        ("batch", "world", "told"),
        [
            (16, 1, "go on with --resume --set train.batch=8 --set train.accumulate=2, or "),
            (15, 1, "go on with --resume --set train.batch=5 --set train.accumulate=3, or "),
            (6, 2, "go on with --resume --set train.batch=2 --set train.accumulate=3, or "),
            (2, 2, ""),
        ],
    )
    def test_smaller_batches_that_are_proposed_make_the_same_step(
        self, tmp_path, monkeypatch, batch, world, told
    ):
        monkeypatch.setenv("WORLD_SIZE", str(world))
        recipe = tiny(f"train.batch={batch}")
        _, instead = running._plan(recipe, tmp_path).remedy
        assert instead == f"{told}train anew, in another --out, with a smaller data.crop_px"

    def test_a_run_whose_memory_ended_goes_on_in_smaller_batches_to_the_same_weights(
        self, data, tmp_path, unfinished, monkeypatch
    ):
        whole = tiny("train.optimiser=sgd")
        train(whole, Folders(data, tmp_path / "whole"))
        real = SegmentationTraining.training_step

        def ends(self, batch, index):
            if self.global_step == 2 and len(batch[0]) > 1:
                raise MemoryError
            return real(self, batch, index)

        monkeypatch.setattr(SegmentationTraining, "training_step", ends)
        folders = Folders(data, tmp_path / "parts")
        with pytest.raises(TrainingError, match=r"last\.ckpt keeps step 2: go on with --resume"):
            train(whole, folders)
        train(tiny("train.optimiser=sgd", "train.batch=1", "train.accumulate=2"), folders)
        once, parts = (last(tmp_path / name) for name in ("whole", "parts"))
        assert once["global_step"] == parts["global_step"] == 4
        for key, value in once["state_dict"].items():
            torch.testing.assert_close(parts["state_dict"][key], value, rtol=1e-4, atol=1e-6, msg=key)
        assert read_run(tmp_path / "parts", "last.ckpt").recipe.train.batch == 1

    @pytest.mark.parametrize(
        ("step", "kept"), [(0, "nothing is kept yet: "), (3, "last.ckpt keeps step 2: ")]
    )
    @pytest.mark.parametrize("fault", ["memory ended", "the loss is inf"])
    def test_a_training_that_breaks_says_what_is_kept(
        self, fault, step, kept, data, tmp_path, unfinished, monkeypatch
    ):
        real = SegmentationTraining.training_step

        def breaks(self, batch, index):
            if self.global_step == step and fault == "memory ended":
                raise MemoryError
            return real(self, batch, index) * (float("inf") if self.global_step == step else 1)

        monkeypatch.setattr(SegmentationTraining, "training_step", breaks)
        with pytest.raises(TrainingError, match=rf"{fault} .*{kept}(train anew|go on)"):
            train(tiny(), Folders(data, tmp_path))
        assert (tmp_path / "last.ckpt").exists() == (step == 3)

    @pytest.mark.parametrize(("precision", "is_told"), [("bf16-mixed", True), ("32-true", False)])
    def test_a_precision_that_the_run_has_is_not_proposed(self, tmp_path, precision, is_told):
        told = str(trainer.no_number("the loss is nan at step 4", tmp_path, precision))
        assert ("train.precision=32-true" in told) == is_told

    def test_a_loader_process_that_is_killed_is_one_sentence(self, data, tmp_path, unfinished, monkeypatch):
        real = SegmentationTraining.training_step

        def kills(self, batch, index):
            for loader in multiprocessing.active_children():
                loader.kill()
            return real(self, batch, index)

        monkeypatch.setattr(SegmentationTraining, "training_step", kills)
        with pytest.raises(TrainingError, match=r"photos was ended, .* --resume"):
            train(tiny("train.steps=100", "train.validate_every=100"), Folders(data, tmp_path))

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            (RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed. "), "DataLoader worker"),
            (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer"),
            (EOFError(), "its end was met"),
        ],
    )
    def test_whatever_a_loader_was_at_when_it_ended(
        self, data, tmp_path, unfinished, monkeypatch, fault, words
    ):
        def meets(self, batch, index):
            raise fault

        monkeypatch.setattr(SegmentationTraining, "training_step", meets)
        with pytest.raises(TrainingError, match=rf"photos was ended, .*\(.*{words}.* --resume"):
            train(tiny(), Folders(data, tmp_path))

    def test_another_fault_is_not_called_memory(self, data, tmp_path, unfinished, monkeypatch):
        def ends(self, batch, index):
            raise RuntimeError("shapes differ")

        monkeypatch.setattr(SegmentationTraining, "training_step", ends)
        with pytest.raises(RuntimeError, match="shapes differ"):
            train(tiny(), Folders(data, tmp_path))

    def test_ctrl_c_is_an_interruption_and_the_run_goes_on_later(
        self, data, tmp_path, unfinished, monkeypatch
    ):
        real, steps = SegmentationTraining.training_step, []

        def interrupted(self, batch, index):
            steps.append(self.global_step)
            if steps == [0, 1, 2]:
                raise KeyboardInterrupt
            return real(self, batch, index)

        monkeypatch.setattr(SegmentationTraining, "training_step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(tiny(), Folders(data, tmp_path))
        assert unfinished == []
        train(tiny(), Folders(data, tmp_path))
        assert steps == [0, 1, 2, 2, 3]
        assert len(unfinished) == 1

    @pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
    def test_a_last_checkpoint_that_was_damaged_is_one_sentence(
        self, share, data, tmp_path, unfinished, begin
    ):
        run = begin(data, tmp_path / "run")
        torch.save({"state_dict": {"net.a": torch.zeros(5000)}}, run / "last.ckpt")
        content = (run / "last.ckpt").read_bytes()
        (run / "last.ckpt").write_bytes(content[: int(share * len(content))])
        with pytest.raises(TrainingError, match=r"last\.ckpt is damaged, .* train anew in another --out$"):
            train(tiny(), Folders(data, run))

    def test_ctrl_c_before_the_first_photo_is_an_interruption_too(
        self, data, tmp_path, unfinished, monkeypatch
    ):
        def interrupted(self):
            raise KeyboardInterrupt

        monkeypatch.setattr(CombinedLoader, "__iter__", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(tiny(), Folders(data, tmp_path))

    def test_what_follows_the_last_step_is_told_before_it_is_done(self, data, tmp_path, capsys, monkeypatch):
        told = []

        def begins(run):
            told.append(capsys.readouterr().err)
            return read_run(run)

        monkeypatch.setattr(finishing, "read_run", begins)
        train(tiny(), Folders(data, tmp_path))
        assert told[0].splitlines()[-1] == "trained 4 steps; writing scores, pictures and model.onnx"

    def test_a_run_that_was_killed_while_it_was_scored_is_scored_by_the_same_command(
        self, data, tmp_path, monkeypatch
    ):
        ended = []

        def killed(folders, how):
            ended.append(how)
            raise KeyboardInterrupt

        monkeypatch.setattr(running, "finish", killed)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                train(tiny(), Folders(data, tmp_path))
        assert ended[0].steps == ended[1].steps == 4
        assert ended[0].best_value == ended[1].best_value
        assert last(tmp_path)["global_step"] == 4

    def test_a_size_that_the_network_cannot_take_is_refused(self, data, tmp_path):
        with pytest.raises(
            RecipeError, match=r"data\.crop_px is 40; model\.net 'plain_unet' takes multiples of 16"
        ):
            train(tiny("model.levels=5", "data.crop_px=40"), Folders(data, tmp_path))
        assert not (tmp_path / "recipe.toml").exists()

    def test_a_batch_that_the_processes_cannot_share_is_refused(self, data, tmp_path, monkeypatch):
        monkeypatch.setenv("WORLD_SIZE", "4")
        with pytest.raises(RecipeError, match=r"train\.batch is 2, which 4 processes cannot share"):
            train(tiny(), Folders(data, tmp_path))


def test_an_oblong_crop_needs_whole_photos():
    with pytest.raises(RecipeError, match=r"augment = strong cuts squares; give one number"):
        tiny("data.crop_px=[48, 32]")

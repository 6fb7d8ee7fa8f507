"""A training on drawn photos: what it leaves behind, resumed as if never stopped, exported as it was."""

import json
from hashlib import sha256

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')
pytest.importorskip("lightning", reason='needs the extra "train"')

from crackwise.data.draw import write_drawn  # noqa: E402
from crackwise.errors import DataError, ModelError, OutputError, RecipeError  # noqa: E402
from crackwise.inspection.inspect import inspect  # noqa: E402
from crackwise.inspection.model import CrackModel, shipped_model  # noqa: E402
from crackwise.nets.build import build_net  # noqa: E402
from crackwise.nets.encoders import load_encoder  # noqa: E402
from crackwise.recipe import load_recipe, parse_recipe  # noqa: E402
from crackwise.training import run as running  # noqa: E402
from crackwise.training import trainer  # noqa: E402
from crackwise.training.environment import describe_environment  # noqa: E402
from crackwise.training.export import Release, export_run, load_net  # noqa: E402
from crackwise.training.folder import Folders, read_run  # noqa: E402
from crackwise.training.graph import largest_difference  # noqa: E402
from crackwise.training.run import train  # noqa: E402
from crackwise.training.samples import TrainingCrops  # noqa: E402
from crackwise.training.sources import gather  # noqa: E402
from crackwise.training.validation import predict_photo  # noqa: E402
from otherprocess import at_work_in  # noqa: E402

RECIPE = """
name = "tiny"
[data]
crop_px = 64
validation_share = 0.3
validation_images = 2
sources = [
  { name = "walls", labels = "fat", licence = "CC0", source = "drawn here" },
  { name = "clean", kind = "negatives", folder = "photos" },
]
[model]
encoder = "resnet18"
encoder_weights = "none"
decoder_channels = [16, 8, 8, 8, 8]
[train]
steps = 4
batch = 2
validate_every = 2
warmup_steps = 1
precision = "32-true"
photometric = "plain"
"""
RELEASE = Release(version="0.0.1", licence="Apache-2.0", encoder="none", limits="a test", name="walls")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    write_drawn(root / "walls", 8, "96x96", 3)
    (root / "clean" / "photos").mkdir(parents=True)
    for i in range(8):
        noise = np.random.default_rng(i).integers(90, 140, (80, 80, 3)).astype(np.uint8)
        cv2.imwrite(str(root / "clean" / "photos" / f"{i}.jpg"), noise)
    write_drawn(root / "one wall", 2, "96x96", 3)
    groups = "file,group\ndrawn_00000.jpg,wall\ndrawn_00001.jpg,wall\n"
    (root / "one wall" / "groups.csv").write_text(groups, encoding="utf-8")
    return root


def optimise(recipe, folders):
    """Train without what follows the last step, which test_run.py tells of."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "finish", lambda *_: None)
        train(recipe, folders)


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    run = tmp_path_factory.mktemp("run")
    optimise(parse_recipe(RECIPE, "tiny"), Folders(data, run))
    return run


@pytest.fixture(scope="module")
def exported(data, trained, tmp_path_factory):
    """Give a model file and its card."""
    path = tmp_path_factory.mktemp("model") / "tiny.onnx"
    return path, export_run(Folders(data, trained), path, RELEASE)


def weights(run):
    return torch.load(run / "last.ckpt", weights_only=True)["state_dict"]


def test_a_run_leaves_recipe_log_environment_and_checkpoints(trained):
    names = {path.name for path in trained.iterdir()}
    assert names >= {"recipe.toml", "environment.json", "best.ckpt", "last.ckpt", "log-1"}
    assert parse_recipe((trained / "recipe.toml").read_text(encoding="utf-8"), "x").name == "tiny"
    assert "iou/walls" in (trained / "log-1" / "metrics.csv").read_text(encoding="utf-8")


def test_a_training_begins_by_saying_how_many_photos_train_and_validate(data, tmp_path, capsys):
    changes = ("train.steps=1", "train.validate_every=1", "data.validation_share=0.25")
    optimise(parse_recipe(RECIPE, "tiny", changes), Folders(data, tmp_path))
    rows = [row.split(",") for row in (tmp_path / "split.csv").read_text(encoding="utf-8").splitlines()]
    counts = [
        f"{name} {sum(row[0] == name and row[3] == 'train' for row in rows)} + "
        f"{sum(row[0] == name and row[3] == 'validation' for row in rows)}"
        for name in ("walls", "clean")
    ]
    assert f"photos for training + validation: {', '.join(counts)}\n" in capsys.readouterr().err


@pytest.mark.parametrize("average", [0.0, 0.5])
def test_a_training_stopped_half_way_and_resumed_equals_the_uninterrupted_one(
    average, data, trained, tmp_path
):
    class Killed(Exception):
        pass

    recipe = parse_recipe(RECIPE, "tiny", (f"train.average={average}",))
    if average:
        trained = tmp_path / "whole"
        optimise(recipe, Folders(data, trained))
    half = tmp_path / "half"
    with pytest.MonkeyPatch.context() as patch:
        real = TrainingCrops.__init__

        def dies_in_the_second_half(self, recipe, sources, first, count, teacher):
            if first >= 4:
                raise Killed
            real(self, recipe, sources, first, count, teacher)

        patch.setattr(TrainingCrops, "__init__", dies_in_the_second_half)
        with pytest.raises(Killed):
            optimise(recipe, Folders(data, half))
    assert torch.load(half / "last.ckpt", weights_only=True)["global_step"] == 2
    optimise(recipe, Folders(data, half))
    assert all((half / log / "metrics.csv").is_file() for log in ("log-1", "log-2"))
    whole, resumed = weights(trained), weights(half)
    assert whole.keys() == resumed.keys()
    for key, value in whole.items():
        torch.testing.assert_close(resumed[key], value, rtol=0, atol=0, msg=key)


def test_another_recipe_does_not_go_on_in_the_same_folder(data, trained):
    with pytest.raises(OutputError, match="another recipe"):
        train(parse_recipe(RECIPE, "tiny", ("seed=1",)), Folders(data, trained))


def test_two_processes_do_not_train_in_a_folder_at_once(data, tmp_path):
    with at_work_in(tmp_path), pytest.raises(OutputError, match="another command is at work in"):
        train(parse_recipe(RECIPE, "tiny"), Folders(data, tmp_path))
    assert not (tmp_path / "last.ckpt").exists()


def test_crops_depend_on_their_number_alone(data):
    recipe = parse_recipe(RECIPE, "tiny")
    sources = gather(recipe, data, data)
    all_crops, later = TrainingCrops(recipe, sources, 0, 8), TrainingCrops(recipe, sources, 5, 3)
    for mine, theirs in zip(later[0], all_crops[5]):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=0)
    assert not torch.equal(all_crops[0][0], all_crops[1][0])


def write_parts(folder, parts):
    rows = [f"walls,drawn_{number:05d}.jpg,{number},{part},{'0' * 64}" for number, part in enumerate(parts)]
    (folder / "split.csv").write_text("\n".join(["source,file,group,part,sha256", *rows]), encoding="utf-8")


WALLS = parse_recipe(RECIPE, "tiny", ('data.sources=[{name="walls"}]',))


def test_a_set_with_a_split_is_parted_as_it_says(tmp_path):
    write_drawn(tmp_path / "walls", 5, "64x64", 1)
    write_parts(tmp_path / "walls", ("test", "train", "validation", "train", "test"))
    [source] = gather(WALLS, tmp_path, tmp_path)
    assert [sample.image.stem[-1] for sample in source.training] == ["1", "3"]
    assert [sample.image.stem[-1] for sample in source.validation] == ["2"]


def test_a_photo_that_the_split_does_not_know_is_refused(tmp_path):
    write_drawn(tmp_path / "walls", 3, "64x64", 1)
    write_parts(tmp_path / "walls", ("train", "validation"))
    with pytest.raises(DataError, match=r"no row for drawn_00002\.jpg"):
        gather(WALLS, tmp_path, tmp_path)


def test_a_training_can_start_from_another_and_sees_new_crops(data, trained, tmp_path, monkeypatch):
    seen = []
    real = TrainingCrops.__init__

    def noting(self, recipe, sources, first, count, teacher):
        seen.append(first)
        real(self, recipe, sources, first, count, teacher)

    monkeypatch.setattr(TrainingCrops, "__init__", noting)
    start = ("train.start_from=best.ckpt", "train.first_step=4")
    recipe = parse_recipe(RECIPE, "tiny", (*start, "train.learning_rate=1e-12", "train.steps=2"))
    optimise(recipe, Folders(data, tmp_path, weights=trained))
    assert seen[0] == 4 * 2  # steps of the first training, times the batch
    first = torch.load(trained / "best.ckpt", weights_only=True)["state_dict"]
    second = weights(tmp_path)
    learnt = [key for key in first if key.endswith("weight")]
    for key in learnt:
        torch.testing.assert_close(second[key], first[key], rtol=0, atol=1e-6, msg=key)
    environment = json.loads((tmp_path / "environment.json").read_text(encoding="utf-8"))
    assert environment["start_from_sha256"] == sha256((trained / "best.ckpt").read_bytes()).hexdigest()


def test_a_training_goes_on_from_the_shipped_model_as_if_it_had_never_been_exported(data, tmp_path):
    short = ("train.steps=4", "train.validate_every=4", "train.batch=4", "data.crop_px=64")
    still = ("train.learning_rate=1e-12", "train.average=0", 'data.sources=[{name="walls"}]')
    train(load_recipe("crackwise-tuned", short + still), Folders(data, tmp_path))
    path = data / "walls" / "images" / "drawn_00003.jpg"  # one in which the shipped model sees a crack
    photo = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    found = predict_photo(load_net(read_run(tmp_path)), photo)
    expected = CrackModel(shipped_model(), "fp32").predict(photo, tile_px=512, overlap_px=0)
    assert expected.max() > 0.9
    assert np.abs(found - expected).mean() < 0.02
    environment = json.loads((tmp_path / "environment.json").read_text(encoding="utf-8"))
    assert environment["start_from_sha256"] == sha256(shipped_model().read_bytes()).hexdigest()
    card, before = CrackModel(tmp_path / "model.onnx", "fp32").card, CrackModel(shipped_model(), "fp32").card
    assert [one.name for one in card.training_data] == ["walls", *(one.name for one in before.training_data)]
    assert card.encoder == before.encoder


def test_a_model_file_that_scales_photos_otherwise_is_no_start(data, tmp_path):
    changes = ('data.sources=[{name="walls"}]', "model.input_mean=[0, 0, 0]")
    with pytest.raises(ModelError, match="predicts otherwise than the network with its weights"):
        train(load_recipe("crackwise-tuned", changes), Folders(data, tmp_path))
    assert not any(tmp_path.iterdir())


def test_a_teacher_makes_what_fat_labels_miss_unknown(data, tmp_path, monkeypatch):
    def sees_everywhere(_path):
        return lambda crop: np.ones(crop.shape[:2], np.float32)

    monkeypatch.setattr("crackwise.training.samples.load_teacher", sees_everywhere)
    recipe = parse_recipe(RECIPE, "tiny", ('data.sources=[{name="walls", labels="fat"}]',))
    sources = gather(recipe, data, data)
    plain, forgiving = TrainingCrops(recipe, sources, 0, 20), TrainingCrops(recipe, sources, 0, 20, tmp_path)
    pairs = [(plain[number], forgiving[number]) for number in range(20)]
    assert any(after[2].mean() < before[2].mean() for before, after in pairs)
    assert all(torch.equal(a[0], b[0]) and torch.equal(a[1], b[1]) for a, b in pairs)


def test_the_exported_file_equals_pytorch_and_carries_its_card(trained, exported):
    path, card = exported
    model = CrackModel(path, "fp32")
    assert model.card == card
    assert card.name == "walls"
    assert card.training_data[0].licence == "CC0"
    assert card.steps in {2, 4}
    net = load_net(read_run(trained))
    content = path.read_bytes()
    assert largest_difference(net, content, 128) < 2e-2
    assert b"site-packages" not in content  # no stack traces with paths of the machine that exported
    photo = np.random.default_rng(0).integers(0, 256, (70, 100, 3), dtype=np.uint8)
    assert inspect(photo, model=model).probability.shape == (70, 100)


def test_both_engines_give_the_same_probability(exported):
    pytest.importorskip("onnxruntime", reason='needs the extra "onnxruntime"')
    photo = np.random.default_rng(0).integers(0, 256, (300, 200, 3), dtype=np.uint8)
    one, other = (
        CrackModel(exported[0], "fp32", engine).predict(photo, tile_px=128, overlap_px=32)
        for engine in ("openvino", "onnxruntime")
    )
    np.testing.assert_allclose(one, other, atol=1e-3)


def test_an_export_that_disagrees_with_pytorch_is_refused(data, trained, tmp_path, monkeypatch):
    monkeypatch.setattr("crackwise.training.graph._torch", lambda net, tile: np.ones(tile.shape[:2]))
    with pytest.raises(ModelError, match="differs from PyTorch"):
        export_run(Folders(data, trained), tmp_path / "bad.onnx", RELEASE)
    assert not (tmp_path / "bad.onnx").exists()


def test_weights_stay_fp32_where_fp16_would_change_the_predictions(
    data, trained, exported, tmp_path, monkeypatch
):
    path, half = exported
    monkeypatch.setattr("crackwise.training.graph.HALVED", -1.0)
    export_run(Folders(data, trained), tmp_path / "whole.onnx", RELEASE)
    card = CrackModel(tmp_path / "whole.onnx", "fp32").card
    assert (half.precision, card.precision) == ("fp16", "fp32")
    half_size, whole_size = (one.stat().st_size for one in (path, tmp_path / "whole.onnx"))
    assert whole_size > 1.8 * half_size
    net = load_net(read_run(trained))
    assert largest_difference(net, (tmp_path / "whole.onnx").read_bytes(), 128) < 1e-4


@pytest.mark.parametrize(
    ("override", "error", "words"),
    [
        ("train.loss=bse", RecipeError, r"train.loss 'bse' is unknown; .*; did you mean bce\?"),
        ("model.net=unett", RecipeError, r"model.net 'unett' is unknown; .*; did you mean unet\?"),
        ("model.encoder=resnet19", RecipeError, "model.encoder 'resnet19' cannot be built"),
        ("model.encoder_weights=gone.safetensors", ModelError, "no weight file gone.safetensors"),
        ("train.start_from=gone.ckpt", ModelError, "no weight file gone.ckpt"),
        ("train.start_from=crackwise-bse", ModelError, "always there: crackwise-base, crackwise-small"),
        ("train.start_from=crackwise-base", ModelError, "does not hold all of the network"),
        ("data.teacher=gone.onnx", ModelError, "no weight file gone.onnx"),
        ('data.sources=[{name="one wall"}]', DataError, "one wall has . photos for training and . for valid"),
    ],
)
def test_a_training_that_cannot_start_says_why(data, tmp_path, override, error, words):
    with pytest.raises(error, match=words):
        train(parse_recipe(RECIPE, "tiny", (override,)), Folders(data, tmp_path))
    assert not (tmp_path / "recipe.toml").exists()  # the mended command begins anew


DRAWN = 'data.sources=[{name="d", kind="drawn", count=12, size="64x64"}]'


def test_scenes_are_drawn_again_after_a_kill_while_drawing(data, tmp_path):
    recipe = parse_recipe(RECIPE, "tiny", (DRAWN,))
    with pytest.MonkeyPatch.context() as patch:

        def killed(out, *_, **__):
            (out.with_name(f"{out.name}.unfinished") / "images").mkdir(parents=True)
            raise KeyboardInterrupt

        patch.setattr("crackwise.training.sources.write_drawn", killed)
        with pytest.raises(KeyboardInterrupt):
            gather(recipe, data, tmp_path)
    (source,) = gather(recipe, data, tmp_path)
    assert len(source.training) + len(source.validation) == 12
    assert sorted(path.name for path in tmp_path.iterdir()) == [".d.lock", "d"]


def test_scenes_drawn_for_another_recipe_are_not_taken_for_those_asked_for(data, tmp_path):
    write_drawn(tmp_path / "d", 3, "64x64")
    with pytest.raises(DataError, match="holds 3 drawn scenes, but the recipe asks for 12 of d"):
        gather(parse_recipe(RECIPE, "tiny", (DRAWN,)), data, tmp_path)


def test_a_folder_of_something_else_is_not_drawn_into(data, tmp_path):
    recipe = parse_recipe(RECIPE, "tiny", (DRAWN,))
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DataError, match=r"holds files but no truth\.json"):
        gather(recipe, data, tmp_path)
    assert (tmp_path / "d" / "mine.txt").is_file()


def test_a_machine_without_git_has_no_revision(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert describe_environment()["git_revision"] == ""


def test_encoder_weights_must_match_in_every_key_but_the_classifier(tmp_path):
    from safetensors.torch import save_file

    recipe = parse_recipe(RECIPE, "tiny", ("model.encoder=tu-mobilenetv2_100",)).model
    encoder = build_net(recipe).net.encoder
    given = {key: value.clone() for key, value in encoder.model.state_dict().items()}
    given["classifier.weight"] = torch.zeros(3)
    given["conv_stem.weight"] = torch.full_like(given["conv_stem.weight"], 0.25)
    save_file(given, tmp_path / "fits.safetensors")
    load_encoder(encoder, tmp_path / "fits.safetensors")
    assert (encoder.model.conv_stem.weight == 0.25).all()
    del given["bn1.weight"]
    save_file(given, tmp_path / "lacks.safetensors")
    with pytest.raises(ModelError, match=r"1 keys or shapes differ, such as bn1\.weight"):
        load_encoder(encoder, tmp_path / "lacks.safetensors")
    given["bn1.weight"] = torch.ones(3)
    save_file(given, tmp_path / "other.safetensors")
    with pytest.raises(ModelError, match=r"1 keys or shapes differ, such as bn1\.weight"):
        load_encoder(encoder, tmp_path / "other.safetensors")


@pytest.mark.skipif(torch.cuda.is_available(), reason="on a CPU only")
@pytest.mark.parametrize(("precision", "times"), [("bf16-mixed", 1), ("32-true", 0)])
def test_what_is_slow_in_bf16_stays_in_float32(data, tmp_path, monkeypatch, precision, times):
    asked = []
    monkeypatch.setattr(trainer, "keep_in_float32", asked.append)
    recipe = parse_recipe(RECIPE, "tiny", ("train.steps=2", f"train.precision={precision}"))
    optimise(recipe, Folders(data, tmp_path / "run"))
    assert len(asked) == times

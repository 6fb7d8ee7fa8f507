"""``crackwise train``: what it says at its end, and when it is interrupted."""

import json
import re

import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')
pytest.importorskip("lightning", reason='needs the extra "train"')

from commands import run_command  # noqa: E402
from crackwise.cli import train as training  # noqa: E402
from tinyclassifier import TEXT, write_tiles  # noqa: E402

GOES_ON = "the same command with --resume goes on\n"
WORDS = ("train", "crackwise-tuned", "--set", 'data.sources=[{name="walls"}]')


@pytest.fixture
def interrupted(monkeypatch, capfd, tmp_path):
    """Run a training in which Ctrl-C comes."""

    def train(recipe, folders):
        raise KeyboardInterrupt

    monkeypatch.setitem(training._TRAINED, "segmentation", train)
    words = (*WORDS, "--data", tmp_path, "--out", tmp_path / "run")
    return lambda: run_command(monkeypatch, capfd, *words)


@pytest.mark.parametrize("key", ["global_step", "step"])
def test_an_interrupted_training_says_what_it_keeps_and_how_to_go_on(interrupted, tmp_path, key):
    (tmp_path / "run").mkdir()
    torch.save({key: 1200, "weights": torch.zeros(2)}, tmp_path / "run" / "last.ckpt")
    outcome = interrupted()
    kept = f"{tmp_path / 'run' / 'last.ckpt'} keeps step 1,200"
    assert (outcome.code, outcome.err) == (130, f"interrupted; {kept}; {GOES_ON}")


@pytest.mark.parametrize("content", [None, b"", b"damaged"])
def test_an_interrupted_training_that_kept_nothing_says_how_to_go_on(interrupted, tmp_path, content):
    (tmp_path / "run").mkdir()
    if content is not None:
        (tmp_path / "run" / "last.ckpt").write_bytes(content)
    outcome = interrupted()
    assert (outcome.code, outcome.err) == (130, f"interrupted; nothing is kept yet; {GOES_ON}")


@pytest.mark.parametrize(("rank", "told"), [(None, "done\n"), ("0", "done\n"), ("1", "")])
def test_of_several_processes_the_one_that_writes_the_files_says_where(
    monkeypatch, capfd, tmp_path, rank, told
):
    monkeypatch.setitem(training._TRAINED, "segmentation", lambda recipe, folders: "done")
    monkeypatch.delenv("RANK", raising=False)
    if rank is not None:
        monkeypatch.setenv("RANK", rank)
    outcome = run_command(monkeypatch, capfd, *WORDS, "--data", tmp_path, "--out", tmp_path / "run")
    assert (outcome.code, outcome.out) == (0, told)


@pytest.mark.parametrize("is_exported", [True, False])
def test_the_model_file_is_named_where_there_is_one(monkeypatch, capfd, tmp_path, is_exported):
    model = tmp_path / "run" / "model.onnx"

    def train(recipe, folders):
        folders.run.mkdir()
        if is_exported:
            model.write_bytes(b"")
        return folders.run / "best.ckpt"

    monkeypatch.setattr("crackwise.training.run.train", train)
    outcome = run_command(monkeypatch, capfd, *WORDS, "--data", tmp_path, "--out", tmp_path / "run")
    assert "best.ckpt" in outcome.out
    assert ("model.onnx" in outcome.out) == is_exported


@pytest.mark.parametrize(("share", "part"), [(0.2, "test"), (0, "validation")])
def test_a_classifier_is_judged_on_its_own_part(monkeypatch, capfd, tmp_path, share, part):
    write_tiles(tmp_path / "walls", 10, 10)
    (tmp_path / "tiny.toml").write_text(TEXT, encoding="utf-8")
    run, changes = tmp_path / "run", ("--set", f"data.test_share={share}", "--set", "train.steps=2")
    outcome = run_command(
        monkeypatch, capfd, "train", tmp_path / "tiny.toml", "--data", tmp_path, "--out", run, *changes
    )
    assert outcome.code == 0
    assert f"tiles of the {part} part" in outcome.out
    scores = json.loads((run / "scores.json").read_text(encoding="utf-8"))
    (one,) = [each for each in scores["sets"] if (each["name"], each["part"]) == ("all", part)]
    support = one["crack"]["support"], one["no_crack"]["support"]
    assert (
        tuple(int(n) for n in re.findall(r"^(?:crack|no crack) .* (\d+)$", outcome.out, re.MULTILINE))
        == support
    )
    html = (run / "report.html").read_text(encoding="utf-8")
    assert f"Tiles of the {part} part" in html
    assert (
        ("chosen on these tiles" in html)
        == ("chosen on these tiles" in outcome.err)
        == (part == "validation")
    )


def test_any_command_says_that_it_was_interrupted(monkeypatch, capfd):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("crackwise.recipe.shipped_recipes", interrupted)
    assert run_command(monkeypatch, capfd, "recipes") == (130, "", "interrupted\n")

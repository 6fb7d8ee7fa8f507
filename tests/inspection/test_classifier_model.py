"""A classifier of five nodes whose probability follows from the mean grey of a tile."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from crackwise.arrays import Rgb
from crackwise.errors import ModelError
from crackwise.inspection import classifier, model
from crackwise.inspection.classifier import load_classifier, tile_windows
from crackwise.inspection.model import load_model
from crackwise.tiles import Window
from tinymodel import (
    probability_of_grey,
    tiny_classifier_card,
    write_model_without_card,
    write_tiny_classifier,
    write_tiny_model,
)

ENGINES = ("openvino", "onnxruntime")


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_tiny_classifier(tmp_path / "tiny.onnx")


def wall(*shape: int, grey: int = 120) -> Rgb:
    return np.full((*shape, 3), grey, np.uint8)


@pytest.mark.parametrize("engine", ENGINES)
def test_each_tile_has_the_probability_of_its_own_pixels(tiny: Path, engine: str) -> None:
    pytest.importorskip(engine, reason="needs the extra of that name")
    photo = wall(64, 96)
    photo[32:64, 64:96] = 76
    photo[0:32, 32:64] = 83
    seen = load_classifier(tiny, "fp32", engine).look(photo)
    expected = [probability_of_grey(grey) for grey in (120, 83, 120, 120, 120, 76)]
    assert seen.probability == pytest.approx(expected, abs=1e-6)
    assert seen.windows[5] == Window(32, 64, 64, 96)
    assert seen.highest == pytest.approx(probability_of_grey(76), abs=1e-6)


def test_the_arithmetic_is_that_in_which_the_threshold_was_chosen(tiny: Path, monkeypatch) -> None:
    asked = []
    start = model.ENGINES["openvino"]
    noting = {"openvino": lambda content, precision: (asked.append(precision), start(content, precision))[1]}
    monkeypatch.setattr(classifier, "ENGINES", noting)
    assert load_classifier(tiny).precision == "fp32"
    assert asked == ["fp32"]


def test_many_tiles_keep_their_order(tiny: Path) -> None:
    greys = np.random.default_rng(2).integers(60, 100, 50)
    found = load_classifier(tiny, "fp32").probabilities(wall(8, 8, grey=int(grey)) for grey in greys)
    assert found == pytest.approx([probability_of_grey(grey) for grey in greys], abs=1e-6)


def test_a_tile_is_brought_to_the_size_of_the_card(tmp_path: Path) -> None:
    card = tiny_classifier_card(size_px=(4, 2), tile_px=0)
    tile = wall(2, 8, grey=70)
    tile[:, ::2] = 90  # averaged over areas this is 80 everywhere
    found = load_classifier(write_tiny_classifier(tmp_path / "small.onnx", card), "fp32").look(tile)
    assert found.probability == pytest.approx([0.5], abs=1e-6)


def test_without_a_tile_side_a_photo_is_taken_whole() -> None:
    assert tile_windows((3000, 4000), tiny_classifier_card(tile_px=0)) == (Window(0, 0, 3000, 4000),)


def test_a_photo_little_larger_than_a_tile_is_taken_whole() -> None:
    card = tiny_classifier_card(tile_px=224)
    assert tile_windows((227, 336), card) == (Window(0, 0, 227, 336),)
    assert len(tile_windows((227, 337), card)) == 4


def test_tiles_cover_the_photo_to_its_edges_with_the_overlap_at_least() -> None:
    windows = tile_windows((100, 200), tiny_classifier_card(tile_px=32, overlap_px=8))
    covered = np.zeros((100, 200), bool)
    for window in windows:
        assert (window.bottom - window.top, window.right - window.left) == (32, 32)
        assert window.bottom <= 100
        assert window.right <= 200
        covered[window.slices] = True
    assert covered.all()
    lefts = sorted({window.left for window in windows})
    assert all(right - left <= 24 for left, right in pairwise(lefts))


def test_tiles_of_a_strip_are_as_large_as_its_shorter_side() -> None:
    windows = tile_windows((20, 100), tiny_classifier_card(tile_px=32, overlap_px=16))
    assert {(window.bottom - window.top, window.right - window.left) for window in windows} == {(20, 20)}
    assert (windows[0].left, windows[-1].right) == (0, 100)


def test_a_model_that_finds_cracks_is_refused_as_a_classifier(tmp_path: Path) -> None:
    finder = write_tiny_model(tmp_path / "finder.onnx")
    with pytest.raises(
        ModelError, match=r"finder\.onnx finds cracks and is no classifier; use crackwise inspect"
    ):
        load_classifier(finder)


def test_a_classifier_is_refused_where_cracks_are_to_be_found(tiny: Path) -> None:
    with pytest.raises(ModelError, match=r"tiny\.onnx is a classifier, .* use crackwise classify --model"):
        load_model(tiny)


def test_what_is_no_classifier_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="has no crackwise card"):
        load_classifier(write_model_without_card(tmp_path / "bare.onnx"))
    with pytest.raises(ModelError, match="cannot be read"):
        load_classifier(tmp_path / "missing.onnx")
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(ModelError, match="is not an ONNX model"):
        load_classifier(tmp_path / "text.onnx")


def test_a_card_with_an_impossible_value_is_refused(tmp_path: Path) -> None:
    broken = write_tiny_classifier(tmp_path / "broken.onnx", tiny_classifier_card(threshold=1.5))
    with pytest.raises(ModelError, match="its card is not valid at threshold"):
        load_classifier(broken)

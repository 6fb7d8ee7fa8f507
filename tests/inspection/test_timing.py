"""Timing with a clock of its own: nothing here depends on the machine."""

import pytest

from crackwise.errors import ModelError
from crackwise.inspection import timing
from crackwise.inspection.timing import Timing, model_work, noise_tiles, time_side_by_side
from tinymodel import tiny_card, write_tiny_model


class Clock:
    """Stands still but for the works, which take as long as they say."""

    def __init__(self, monkeypatch):
        self.now_s = 0.0
        self.turns = []
        monkeypatch.setattr(timing.time, "perf_counter", lambda: self.now_s)

    def work(self, name, durations_s):
        left = iter(durations_s)

        def work():
            self.turns.append(name)
            self.now_s += next(left)

        return work


def test_medians_and_ratios_are_those_of_the_rounds(monkeypatch):
    clock = Clock(monkeypatch)
    # the first duration is that of warming up
    works = [clock.work("a", [9, 1, 2, 4]), clock.work("b", [9, 4, 4, 4])]
    # ratios round by round 4, 2, 1
    assert time_side_by_side(works, 3) == (Timing(2000, 1), Timing(4000, 2))


def test_works_take_turns_in_changing_order(monkeypatch):
    clock = Clock(monkeypatch)
    time_side_by_side([clock.work(name, [1] * 9) for name in "abcd"], 8)
    rounds = ["".join(clock.turns[start : start + 4]) for start in range(0, 36, 4)]
    assert all(sorted(turn) == list("abcd") for turn in rounds)
    assert len(set(rounds)) > 4


def test_every_tile_is_predicted(tmp_path, monkeypatch):
    seen = []
    path = write_tiny_model(tmp_path / "tiny.onnx")
    real = timing.load_model(path, "fp32")

    class Noting:
        def run(self, tiles, shape, accept):
            seen.extend(shape for _ in tiles)
            real.engine.run([], shape, accept)

    monkeypatch.setattr(
        timing, "load_model", lambda *_: type("Model", (), {"engine": Noting(), "card": real.card})
    )
    work = model_work(path, noise_tiles(3, 32))
    work()
    work()
    assert seen == [(32, 32)] * 6


def test_a_model_that_sees_whole_photos_is_given_them_at_its_own_size(tmp_path, monkeypatch):
    seen = []
    path = write_tiny_model(tmp_path / "tiny.onnx", card=tiny_card(fit_px=(48, 32)))
    model = timing.load_model(path, "fp32")
    run_engine = model.engine.run

    def noting(tiles, shape, accept):
        seen.append(shape)
        run_engine(tiles, shape, accept)

    monkeypatch.setattr(model.engine, "run", noting)
    monkeypatch.setattr(timing, "load_model", lambda *_: model)
    model_work(path, noise_tiles(2, 64))()
    assert seen == [(32, 48)] * 2


def test_a_model_file_can_be_worked(tmp_path):
    model_work(write_tiny_model(tmp_path / "tiny.onnx"), noise_tiles(2, 32))()


def test_a_missing_model_is_told(tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        model_work(tmp_path / "gone.onnx", noise_tiles(1, 32))

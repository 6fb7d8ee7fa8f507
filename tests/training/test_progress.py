"""What a training shows in a terminal while it runs."""

import io
from types import SimpleNamespace

import pytest

pytest.importorskip("torch", reason='needs the extra "train"')
pytest.importorskip("lightning", reason='needs the extra "train"')

from crackwise.training import progress


def test_one_bar_counts_all_steps_and_lines_stand_above_it(monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr(progress.sys, "stderr", shown)
    trainer = SimpleNamespace(global_step=4, max_steps=12, is_global_zero=True, callback_metrics={"iou": 0.5})
    bar, lines = progress.StepsBar(), progress.Progress()
    monkeypatch.setattr(bar, "get_metrics", lambda *_: {"v_num": "oard", "loss": 0.25})
    for one in (bar, lines):
        one.on_train_start(trainer, None)
    trainer.global_step = 8
    bar.on_train_batch_end(trainer, None)
    bar.on_validation_start(trainer, None)
    lines.on_train_epoch_end(trainer, None)
    bar.on_validation_end(trainer, None)
    bar.on_train_end(trainer, None)
    text = shown.getvalue()
    assert "v_num" not in text
    assert "training:  33%" in text
    assert "validating:  67%" in text
    assert "| 8/12 [" in text
    assert "loss=0.250" in text
    assert "\rstep 8 of 12: iou 0.500, about" in text  # at the beginning of a line
    assert text.endswith("\n")

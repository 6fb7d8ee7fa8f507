"""``scores.json`` read back holds what the evaluation said."""

import json
from pathlib import Path

import numpy as np
import pytest

from crackwise.data.folder import read_folder
from crackwise.errors import DataError
from crackwise.score.bootstrap import Bootstrap
from crackwise.score.evaluation import Operation, evaluate_set
from crackwise.score.judge import JudgeSettings, with_truth
from crackwise.score.scored import ScoredSet, read_scores
from crackwise.score.scoresfile import Tool, scores_json
from crackwise.score.tally import Prediction
from linewalls import TRUE, write_walls


def test_scores_read_back_are_those_of_the_evaluation(tmp_path: Path) -> None:
    photos = with_truth("walls", read_folder(write_walls(tmp_path / "walls")))
    settings = JudgeSettings(bootstrap=Bootstrap(samples=20))
    found = evaluate_set(
        photos,
        lambda photo, _image: Prediction(TRUE[photo.image.stem].astype(np.uint8) * np.uint8(255)),
        settings,
        Operation("all of it", 0.5, "default"),
    )
    content = scores_json(Tool("model", "mine", "c0ffee", {}), settings, [found])
    (tmp_path / "scores.json").write_text(json.dumps(content), encoding="utf-8")
    (read,) = read_scores(tmp_path / "scores.json")
    whole = ScoredSet.of(found)
    assert (read.name, read.photos, read.names_sha256) == ("walls", 4, photos.names_sha256)
    assert read.operation == "all of it"
    assert read.scores["iou_mean"].value == 1
    assert read.scores.keys() == whole.scores.keys()
    assert read.deviations == pytest.approx(whole.deviations, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not what crackwise evaluate writes"),
        ("[]", "is not what crackwise evaluate writes"),
        ('{"schema_version": 1, "task": "classification"}', "holds verdicts of crackwise classify"),
        ('{"schema_version": 1}', "is not what crackwise evaluate writes: 'sets'"),
        ('{"schema_version": 2, "sets": []}', "has schema_version 2; expected 1"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "scores.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=words):
        read_scores(tmp_path / "scores.json")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        read_scores(tmp_path / "scores.json")

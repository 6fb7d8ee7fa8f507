import json

import numpy as np
import pytest

from crackwise.errors import OutputError
from crackwise.report.writers.records import read_record, write_record
from crackwise.scale import Scale


@pytest.mark.parametrize("scale", [None, Scale(0.2), Scale(1 / 3, "marker", 0.02)])
def test_a_record_comes_back_as_it_was_written(tmp_path, make_photo, make_line, scale):
    record = make_photo("Brücke/橋.jpg", [make_line((10, 10), (70, 60), 3)], scale=scale).record
    write_record(record, tmp_path / "json" / "a.json")
    assert read_record(tmp_path / "json" / "a.json") == record


def test_a_width_that_is_not_known_is_null(tmp_path, make_photo, make_line):
    record = make_photo("a.jpg", [make_line((10, 10), (10, 12), 3)]).record
    branch = record.network.branches[0].model_copy(update={"width_px": np.array([3.0, np.nan, 3.0])})
    network = record.network.model_copy(update={"branches": [branch]})
    write_record(record.model_copy(update={"network": network}), tmp_path / "a.json")
    assert "[3.0,null,3.0]" in (tmp_path / "a.json").read_text(encoding="utf-8")
    read = read_record(tmp_path / "a.json")
    assert np.isnan(read.network.branches[0].width_px).tolist() == [False, True, False]
    assert read.network == network


def test_nothing_temporary_is_left_beside_a_record(tmp_path, make_photo):
    write_record(make_photo("a.jpg", []).record, tmp_path / "a.json")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("content", [b"", b'{"photo": "a.jpg"', b'{"photo": "a.jpg"}', b"[]", b"\xff\xfe"])
def test_a_file_that_is_no_record_is_refused_by_name(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(
        OutputError, match=r"a\.json is not a record of this version .*delete it and run again"
    ):
        read_record(path)


def test_a_missing_record_is_refused_by_name(tmp_path):
    with pytest.raises(OutputError, match=r"a\.json cannot be read"):
        read_record(tmp_path / "a.json")


def test_the_verdict_is_stored_and_follows_from_the_cracks(tmp_path, make_photo, make_line):
    cracked = make_photo("a.jpg", [make_line((10, 10), (70, 60), 3)]).record
    sound = make_photo("b.jpg", []).record
    assert (cracked.verdict, sound.verdict) == ("cracked", "no crack found")
    write_record(cracked, tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_bytes())["verdict"] == "cracked"
    assert cracked.model_copy(update={"cracks": ()}).verdict == "no crack found"


def test_a_record_of_before_there_were_verdicts_is_read(tmp_path, make_photo, make_line):
    record = make_photo("a.jpg", [make_line((10, 10), (70, 60), 3)]).record
    content = json.loads(record.model_dump_json())
    del content["verdict"]
    (tmp_path / "a.json").write_text(json.dumps(content), encoding="utf-8")
    assert read_record(tmp_path / "a.json") == record
    assert read_record(tmp_path / "a.json").verdict == "cracked"


def test_lengths_in_a_record_of_before_they_had_intervals_get_them_by_its_scale(
    tmp_path, make_photo, make_line
):
    record = make_photo("a.jpg", [make_line((10, 10), (10, 60), 3)], scale=Scale(0.2, "marker", 0.1)).record
    content = json.loads(record.model_dump_json())
    del content["cracks"][0]["length_range_mm"], content["cracks"][0]["area_range_mm2"]
    (tmp_path / "a.json").write_text(json.dumps(content), encoding="utf-8")
    (crack,) = read_record(tmp_path / "a.json").cracks
    assert crack.length_range_mm == pytest.approx((9.0, 11.0))  # 50 px of 0.18 to 0.22 mm
    assert crack.area_range_mm2 == pytest.approx((crack.area_px * 0.18**2, crack.area_px * 0.22**2))


@pytest.mark.parametrize("column", ["path", "width_px", "low_px", "method"])
def test_records_that_differ_in_a_column_are_not_equal(make_photo, make_line, column):
    branch = make_photo("a.jpg", [make_line((10, 10), (10, 12), 3)]).record.network.branches[0]
    other = branch.model_copy(update={column: np.append(getattr(branch, column), 1)})
    assert branch == branch.model_copy()
    assert branch != other


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("path", [[1.0, 2.0, 3.0]]),
        ("path", [1.0, 2.0]),
        ("path", [["a", 2.0]]),
        ("path", [[1.0], [2.0, 3.0]]),
        ("width_px", {"a": 1}),
        ("method", [300]),
    ],
)
def test_a_column_that_is_none_is_refused(tmp_path, make_photo, make_line, column, values):
    record = make_photo("a.jpg", [make_line((10, 10), (10, 12), 3)]).record
    content = json.loads(record.model_dump_json())
    content["network"]["branches"][0][column] = values
    (tmp_path / "a.json").write_text(json.dumps(content), encoding="utf-8")
    words = rf"a\.json is not a record of this version \(network\.branches\.0\.{column}"
    with pytest.raises(OutputError, match=words):
        read_record(tmp_path / "a.json")

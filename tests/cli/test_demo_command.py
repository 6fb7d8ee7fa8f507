"""``crackwise demo``: the example photos, measured beside true."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from crackwise.cli.app import app
from crackwise.examples import example_truth
from crackwise.inspection.model import shipped_model
from crackwise.report.run import read_records
from tinymodel import tiny_card, write_tiny_model

RUNNER = CliRunner()


def demo(out, *options):
    arguments = ["demo", "--out", str(out), *options]
    return RUNNER.invoke(app, arguments, env={"COLUMNS": "120"}, catch_exceptions=False)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    card = tiny_card(tile_px=512, overlap_px=64, min_area_px=300, min_length_px=100)
    return str(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx", card=card))


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "out"


@pytest.fixture(scope="module")
def shown(out, model):
    result = demo(out, "--model", model)
    assert result.exit_code == 0
    return result.output


def row(shown, name):
    (line,) = [line for line in shown.splitlines() if name in line and "│" in line]
    return line


@pytest.mark.parametrize("name", example_truth()["photos"])
def test_every_example_photo_has_its_truth_beside_it(shown, name):
    truth = example_truth()
    for crack in truth["photos"][name]["cracks"]:
        assert f"/ {crack['length_px'] * truth['mm_per_px']:.0f} " in row(shown, name)
        assert f"/ {crack['width_mean_px'] * truth['mm_per_px']:.2f} " in row(shown, name)
        assert f"/ {crack['width_max_along_px'] * truth['mm_per_px']:.2f} " in row(shown, name)
    assert ("/ none" in row(shown, name)) == (not truth["photos"][name]["cracks"])


def test_measured_figures_are_those_of_the_records(shown, out):
    (record,) = [record for record in read_records(out) if record.photo == "asphalt.jpg"]
    assert f" {record.summary.total_length_mm:.0f} / " in row(shown, "asphalt.jpg")
    assert f" {record.summary.width_max_mm:.2f} / " in row(shown, "asphalt.jpg")
    assert record.summary.total_length_mm == pytest.approx(record.summary.total_length_px / 4)


def test_no_width_is_shown_of_a_crack_too_fine_to_be_measured(shown, out, model, tmp_path):
    shutil.copytree(out, tmp_path / "out")
    path = tmp_path / "out/json/asphalt.json"
    record = json.loads(path.read_text("utf-8"))
    for crack in record["cracks"]:
        crack |= {"finer_than_px": 40.0, "finer_than_mm": 10.0}
    path.write_text(json.dumps(record), "utf-8")
    line = row(demo(tmp_path / "out", "--model", model).output, "asphalt.jpg")
    assert line.count("– / ") == 2
    assert line.split("│")[3] == row(shown, "asphalt.jpg").split("│")[3]


def test_the_demo_ends_with_the_path_of_the_report(shown, out):
    assert (out / "report.html").is_file()
    assert shown.splitlines()[-1].endswith(str(out / "report.html"))


def test_a_second_demo_in_the_same_folder_is_shown_again(shown, out, model):
    again = demo(out, "--model", model)
    assert again.exit_code == 0
    assert "5 of them earlier" in again.output
    assert row(again.output, "brick.jpg") == row(shown, "brick.jpg")


@pytest.mark.skipif(not shipped_model().is_file(), reason="needs the shipped model, crackwise-base.onnx")
def test_the_shipped_model_measures_the_example_photos(tmp_path):
    result = demo(tmp_path / "out")
    assert result.exit_code == 0
    truth = example_truth()["photos"]
    for record in read_records(tmp_path / "out"):
        true_px = sum(crack["length_px"] for crack in truth[record.photo]["cracks"])
        assert 0.6 * true_px <= record.summary.total_length_px <= 1.1 * true_px  # faint ends are missed

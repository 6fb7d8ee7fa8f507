"""``crackwise capture``: can these photos show a crack of a given width?"""

import csv

import cv2
import numpy as np
import pytest

from commands import run_command


@pytest.fixture
def run(monkeypatch, capfd):
    return lambda *words: run_command(monkeypatch, capfd, *words)


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    wall = np.full((200, 200), 170, np.uint8)
    wall[60:140, 60:140] = 60
    for name, sigma_px in (("sharp", 0.6), ("soft", 2.5)):
        cv2.imwrite(str(folder / f"{name}.png"), cv2.GaussianBlur(wall, (0, 0), sigma_px))
    return folder


def rows_of(path):
    return {row["photo"]: row for row in csv.DictReader(path.read_text("utf-8-sig").splitlines())}


def test_a_soft_photo_needs_a_finer_scale_than_a_sharp_one(photos, tmp_path, run):
    table = tmp_path / "capture.csv"
    words = ["capture", photos, "--width", "0.2mm", "--scale", "0.1mm/px", "--out", table]
    done = run(*words)
    assert done.code == 0, done.err
    rows = rows_of(table)
    sharp, soft = rows["sharp.png"], rows["soft.png"]
    assert float(sharp["finest px"]) < float(soft["finest px"])
    assert (sharp["shows it"], soft["shows it"]) == ("yes", "no, go closer")
    for row in (sharp, soft):
        assert float(row["finest mm"]) == pytest.approx(0.1 * float(row["finest px"]), rel=0.1)
        assert float(row["needs mm/px"]) == pytest.approx(0.2 / float(row["finest px"]), rel=0.1)


@pytest.mark.parametrize("width", ["0.2mm", "0.31mm", "0.47mm", "1mm"])
def test_a_photo_at_the_needed_scale_shows_the_width(photos, tmp_path, run, width):
    table = tmp_path / "capture.csv"
    assert run("capture", photos, "--width", width, "--out", table).code == 0
    needed = {name: row["needs mm/px"] for name, row in rows_of(table).items()}
    for name, mm_per_px in needed.items():
        words = ["capture", photos / name, "--width", width, "--scale", f"{mm_per_px}mm/px", "--out", table]
        assert run(*words).code == 0
        row = rows_of(table)[name]
        assert (row["shows it"], row["mm/px"]) == ("yes", mm_per_px)
        assert float(row["finest mm"]) <= float(width.removesuffix("mm"))


def test_the_error_of_the_scale_counts_against_what_a_photo_shows(photos, tmp_path, run):
    finest = {}
    for scale in ("0.1mm/px", "0.1mm/px±50%"):
        table = tmp_path / "capture.csv"
        assert run("capture", photos, "--width", "0.2mm", "--scale", scale, "--out", table).code == 0
        finest[scale] = rows_of(table)["sharp.png"]
    plain, doubtful = finest.values()
    assert float(doubtful["finest mm"]) == pytest.approx(1.5 * float(plain["finest mm"]), rel=0.1)
    assert float(doubtful["needs mm/px"]) == pytest.approx(float(plain["needs mm/px"]) / 1.5, rel=0.1)


def test_no_cell_of_the_table_is_run_as_a_formula(photos, tmp_path, run):
    (photos / "sharp.png").rename(photos / "=HYPERLINK(1).png")
    assert run("capture", photos, "--out", tmp_path / "capture.csv").code == 0
    assert "'=HYPERLINK(1).png" in rows_of(tmp_path / "capture.csv")


def test_without_a_scale_it_says_what_scale_is_needed(photos, run):
    done = run("capture", photos, "--width", "0.3mm")
    assert done.code == 0, done.err
    assert done.out.splitlines()[1].split()[-1] == "–"
    assert float(done.out.splitlines()[1].split()[-2]) > 0


def test_a_damaged_photo_is_listed_and_the_others_are_told(photos, run):
    (photos / "broken.jpg").write_bytes(b"no photo")
    done = run("capture", photos)
    assert done.code == 1
    assert "failed: broken.jpg" in done.err
    assert "sharp.png" in done.out


def test_a_width_without_its_unit_is_refused(photos, run):
    done = run("capture", photos, "--width", "0.3")
    assert done.code == 2
    assert "write number and unit" in done.err


def test_a_photo_is_not_overwritten_by_the_table(photos, run):
    before = (photos / "sharp.png").read_bytes()
    done = run("capture", photos / "soft.png", "--out", photos / "sharp.png")
    assert done.code == 2
    assert "expected the name of a table to write, ending in .csv" in done.err
    assert (photos / "sharp.png").read_bytes() == before

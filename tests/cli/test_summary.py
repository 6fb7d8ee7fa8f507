"""The last words of a command that fills a run folder, beside the report that it wrote."""

import re

import cv2
import numpy as np
import pytest

from photofiles import save


def crack_mask(width_px: int, bulge_px: int) -> np.ndarray:
    """A horizontal crack with one short wide place."""
    mask = np.zeros((160, 900), np.uint8)
    cv2.line(mask, (30, 80), (870, 80), 255, width_px)
    cv2.ellipse(mask, (450, 80), (28, bulge_px // 2), 0, 0, 360, 255, -1)
    return mask


@pytest.fixture
def photos(tmp_path):
    """Two photos: the crack in ``broken.png`` has the largest width, that in ``even.png`` is wider else."""
    for name, width_px, bulge_px in (("broken", 5, 24), ("even", 19, 19)):
        mask = crack_mask(width_px, bulge_px)
        save(tmp_path / "masks" / f"{name}.png", mask)
        save(tmp_path / "photos" / f"{name}.png", cv2.merge([np.where(mask, 30, 170).astype(np.uint8)] * 3))
    return tmp_path / "photos"


@pytest.mark.parametrize(
    ("code", "name", "photo"),
    [
        (("--code", "en1992", "--exposure", "XC3"), "widest crack (95th percentile)", "even.png"),
        (("--code", "none"), "largest width", "broken.png"),
    ],
)
def test_terminal_and_report_name_the_same_widest_crack(tmp_path, photos, crackwise, code, name, photo):
    out = tmp_path / "out"
    words = ["measure", photos, "--mask", tmp_path / "masks", "--scale", "0.2mm/px", "--out", out]
    told = " ".join(crackwise(*words, *code).out.split())
    figure, remark = re.findall(
        rf"<dt>{re.escape(name)}</dt><dd class=\"figure\">(.*?)</dd><dd class=\"remark\">(.*?)</dd>",
        (out / "report.html").read_text("utf-8"),
    )[0]
    assert f"; {photo}, crack 1;" in remark
    assert f"{name} {figure}; {remark}" in told


@pytest.mark.parametrize("name", ["deck [north] :warning:.png", "bay [1/pier[/a].png"])
def test_the_summary_names_photos_as_they_are_called(tmp_path, crackwise, name):
    mask = crack_mask(7, 20)
    save(tmp_path / "masks" / name, mask)
    save(tmp_path / "photos" / name, np.where(mask, 30, 170).astype(np.uint8))
    words = ["measure", tmp_path / "photos", "--mask", tmp_path / "masks", "--out", tmp_path / "out"]
    told = crackwise(*words)
    assert told.code == 0
    assert f"; {name}, crack 1;" in " ".join(told.out.split())
    assert "\n1 photo is measured in px only; " in told.err

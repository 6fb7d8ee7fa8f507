"""The page of judged verdicts, its plots, and the pictures of single verdicts."""

import re
from dataclasses import replace

import cv2
import numpy as np
import pytest

from crackwise.arrays import Rgb
from crackwise.inspection.occlusion import Reason
from crackwise.inspection.verdict import TileRecord, VerdictRecord
from crackwise.report.labels import PLATE, draw_plate
from crackwise.report.verdict_page import WORST, VerdictPage, render_verdicts
from crackwise.report.verdict_pictures import (
    MARK,
    PICTURE_PX,
    REASON_PX,
    TINT_WORDS,
    draw_found,
    draw_reasons,
    draw_tiles,
    thumbnail,
    tinted,
    verdict_words,
)
from crackwise.report.verdict_plots import plot_reliability, plot_roc, plot_verdict_confusion
from crackwise.score.scoresfile import Tool
from crackwise.score.verdicts import RocCurve, Verdicts, judge_verdicts, roc_curve
from crackwise.tiles import Window

TOOL = Tool("classifier", "<b>mine</b> 1", "ab12", {"threshold": 0.5})
VERDICTS = Verdicts(
    ("a", "b", "c", "d", "e", "f"),
    np.array([1, 1, 1, 0, 0, 0], bool),
    np.array([0.96875, 0.25, 0.125, 0.75, 0.875, 0.0625], np.float32),
)


def picture(name: str) -> bytes:
    return f"jpeg of {name}".encode()


@pytest.fixture
def page() -> VerdictPage:
    return VerdictPage.of("walls", VERDICTS, 0.5, picture)


def test_the_most_certain_mistakes_come_first(page: VerdictPage) -> None:
    assert [one.name for one in page.missed] == ["c", "b"]
    assert [one.name for one in page.false] == ["e", "d"]
    assert page.false[0].text == "probability 0.875"
    assert page.false[0].picture == b"jpeg of e"


def test_no_more_mistakes_are_fetched_than_are_shown() -> None:
    fetched = []

    def fetch(name: str) -> None:
        fetched.append(name)

    many = Verdicts(
        tuple(map(str, range(40))), np.zeros(40, bool), np.linspace(0.6, 0.9, 40, dtype=np.float32)
    )
    shown = VerdictPage.of("many", many, 0.5, fetch)
    assert len(shown.false) == len(fetched) == WORST
    assert fetched[0] == "39"
    html = render_verdicts(TOOL, [shown])
    assert "12 of 40" in html
    assert "no picture: the photo has gone" in html


def test_the_table_by_class_is_on_the_page(page: VerdictPage) -> None:
    html = re.sub(r"\s+", " ", render_verdicts(TOOL, [page]))
    # crack: 1 of 3 called so is, 1 of 3 is called so; no crack: 1 of 3 and 1 of 3
    row = '<td class="number">0.333</td><td class="number">0.333</td><td class="number">0.333</td>'
    assert f'<th scope="row">crack</th>{row}<td class="number">3</td>' in html
    assert f'<th scope="row">no crack</th>{row}<td class="number">3</td>' in html
    assert "33.3 %" in html, "cracked photos found"
    assert "66.7 %" in html, "false alarms"


def test_one_photo_is_no_photos_and_photos_are_no_cracks() -> None:
    two = Verdicts(("a", "b"), np.array([1, 0], bool), np.array([0.25, 0.75], np.float32))
    html = render_verdicts(TOOL, [VerdictPage.of("walls", two, 0.5, picture)])
    assert not re.search(r"\b1 (sound )?(photos|tiles)\b", html)
    assert "on 1 sound photo<" in html
    assert "cracked photos found" in html
    assert "cracks found" not in html
    one = Verdicts(("a",), np.ones(1, bool), np.ones(1, np.float32))
    assert "on walls (1 tile)" in render_verdicts(
        TOOL, [VerdictPage.of("walls", one, 0.5, picture, unit="tiles")]
    )


def test_nothing_of_a_class_that_does_not_occur_is_made_up() -> None:
    sound = Verdicts(("a", "b"), np.zeros(2, bool), np.array([0.25, 0.75], np.float32))
    shown = VerdictPage.of("sound", sound, 0.5, picture)
    assert [tile[0] for tile in shown.tiles] == ["–", "–", "–", "–", "50.0 %"]
    assert len(shown.plots) == 2, "there is no ROC curve"
    assert "nan" not in render_verdicts(TOOL, [shown])


def test_calibration_is_shown_only_where_it_is_claimed(page: VerdictPage) -> None:
    assert "Brier score" in dict(page.others)
    assert len(page.plots) == 3
    ranked = replace(page, is_calibrated=False)
    assert "Brier score" not in dict(ranked.others)
    assert len(ranked.plots) == 2
    assert "no calibration is judged" in render_verdicts(TOOL, [ranked])


def test_pixel_confidence_is_not_called_a_probability(page: VerdictPage) -> None:
    assert "called cracked from a probability of 0.5 on" in render_verdicts(TOOL, [page])
    found = VerdictPage.of("walls", VERDICTS, 0.5, picture, is_calibrated=False)
    html = render_verdicts(TOOL, [found])
    assert "from a probability of" not in html
    assert (
        "pixels of a confidence of 0.5 or more. The model gives no probability of a crack in the photo"
        in html
    )
    assert found.false[0].text == "pixel confidence 0.875"


def test_the_page_loads_nothing_and_names_cannot_break_out(page: VerdictPage) -> None:
    shown = replace(page, failures=(("<script>x</script>.jpg", "</style><img src=x>"),))
    html = render_verdicts(TOOL, [shown])
    assert not re.findall(r"(?:src|href)=\"(?!data:|#)", html)
    assert "<script" not in html
    assert "<img src=x>" not in html
    assert "&lt;b&gt;mine" in html
    assert "1 photo could not be judged" in html
    assert " style=" not in html


# the sheet spans x from 58 to 464 and y from 350 up to 30
def test_the_roc_curve_rises_from_corner_to_corner_with_the_threshold_on_it() -> None:
    curve = RocCurve((0.0, 0.0, 0.5, 1.0), (0.0, 0.5, 0.5, 1.0))
    verdicts = Verdicts(
        ("a", "b", "c", "d"), np.array([1, 1, 0, 0], bool), np.array([0.9, 0.2, 0.6, 0.1], np.float32)
    )
    svg = plot_roc(curve, judge_verdicts(verdicts, 0.5))
    assert '<polyline class="curve" points="58.0,350.0 58.0,190.0 261.0,190.0 464.0,30.0"/>' in svg
    assert '<circle class="chosen" cx="261.0" cy="190.0" r="6"/>' in svg
    assert ">area 0.750<" in svg, "three of four pairs are in order"


def test_the_threshold_lies_on_the_curve_of_the_verdicts() -> None:
    curve = roc_curve(VERDICTS)
    assert curve is not None
    assert (2 / 3, 1 / 3) in zip(curve.false_share, curve.found_share)
    assert f'cx="{58 + 406 * 2 / 3:.1f}" cy="{350 - 320 / 3:.1f}"' in plot_roc(
        curve, judge_verdicts(VERDICTS, 0.5)
    )


def test_the_confusion_matrix_counts_photos() -> None:
    svg = plot_verdict_confusion(judge_verdicts(VERDICTS, 0.5))
    assert re.findall(r">(\d+) photos?<", svg) == ["1", "2", "2", "1"]
    assert ">called crack<" in svg


def test_a_bin_lies_at_its_mean_probability_and_share_with_an_area_by_its_photos() -> None:
    verdicts = Verdicts(
        tuple("abcde"), np.array([1, 0, 0, 0, 1], bool), np.array([0.5, 0.5, 0.5, 0.5, 1.0], np.float32)
    )
    svg = plot_reliability(judge_verdicts(verdicts, 0.5).calibration)
    assert '<circle class="chosen" cx="261.0" cy="270.0" r="14"/>' in svg
    assert '<circle class="chosen" cx="464.0" cy="30.0" r="7"/>' in svg, "a quarter of the photos"
    assert svg.count("<circle") == 2, "empty bins have no dot"


def test_every_bin_says_its_count_inside_the_frame() -> None:
    certain = Verdicts(
        tuple(map(str, range(2005))),
        np.repeat([False, True, False, True, True], (1000, 1, 2, 2, 1000)),
        np.repeat([0.0, 0.0, 0.5, 0.5, 1.0], (1000, 1, 2, 2, 1000)).astype(np.float32),
    )
    svg = plot_reliability(judge_verdicts(certain, 0.5).calibration)
    counts = re.findall(r'<text class="small" x="([\d.]+)" y="([\d.]+)" text-anchor="middle">([\d,]+)<', svg)
    assert [count for _, _, count in counts] == ["1,001", "4", "1,000"]
    for x, y, count in counts:
        half_px = 3.5 * len(count)  # as digits of 12 px are
        assert 58 + half_px <= float(x) <= 464 - half_px
        assert 30 + 12 <= float(y) < 350


def record(tiles: tuple[TileRecord, ...] = (), *, cracks: int | None = None) -> VerdictRecord:
    probability = max((tile.probability for tile in tiles), default=0.9 if cracks else 0.1)
    return VerdictRecord(
        photo="a.jpg",
        stem="a",
        height_px=500,
        width_px=800,
        cracked=probability >= 0.5,
        probability=probability,
        threshold=0.5,
        tiles=tiles,
        cracks=cracks,
        kind="classifier",
        model="tiny 1",
        model_sha256="ab",
        precision="fp32",
    )


def tile(left: int, probability: float) -> TileRecord:
    return TileRecord(top=100, left=left, bottom=300, right=left + 200, probability=probability)


def wall(height_px: int = 500, width_px: int = 800) -> Rgb:
    return np.full((height_px, width_px, 3), (150, 100, 60), np.uint8)


def test_only_cracked_tiles_keep_their_colours_and_each_has_its_frame() -> None:
    drawn = draw_tiles(wall(), record((tile(0, 0.2), tile(200, 0.6), tile(400, 0.7), tile(600, 0.1))))
    assert drawn[200, 300].tolist() == [150, 100, 60]
    red, green, blue = drawn[200, 100].tolist()
    assert red == green == blue > 150
    assert tuple(drawn[200, 200].tolist()) == tuple(drawn[200, 400].tolist()) == MARK, "they do not merge"
    assert drawn[299, 700].tolist() not in ([red, green, blue], list(MARK)), "a sound tile has a frame, too"


def test_tiles_that_overlap_meet_in_the_middle() -> None:
    drawn = draw_tiles(wall(), record((tile(0, 0.9), tile(150, 0.8), tile(300, 0.1))))
    assert (drawn[200, :500] == MARK).all(axis=1).nonzero()[0].tolist() == [0, 174, 175, 324]
    assert drawn[200, 330].tolist() != [150, 100, 60]


def test_a_tile_says_its_probability_where_there_is_room() -> None:
    drawn = draw_tiles(wall(), record((tile(0, 0.2), tile(200, 0.6))))
    plate = draw_plate("0.60", 14)
    assert (drawn[100:114, 200 : 200 + plate.shape[1]] == plate).all()
    small = [TileRecord(top=0, left=left, bottom=50, right=left + 50, probability=0.9) for left in (0, 50)]
    assert not (draw_tiles(wall(), record(tuple(small)))[:50, :100] == PLATE).all(axis=2).any()


def test_a_sound_photo_keeps_its_colours() -> None:
    drawn = draw_tiles(wall(), record((tile(0, 0.2), tile(200, 0.3))))
    assert (drawn[130:290, 10:190] == (150, 100, 60)).all()


def test_the_words_stand_below_the_photo() -> None:
    drawn = draw_tiles(wall(), record((tile(0, 0.2),)))
    assert drawn.shape[0] > 500
    assert drawn.shape[1] == 800
    assert drawn[510:].max() > 200, "there are words"


def test_a_large_photo_is_shrunk_and_a_small_one_enlarged() -> None:
    assert draw_tiles(wall(3000, 4000), record()).shape[1] == PICTURE_PX
    assert draw_tiles(wall(64, 64), record()).shape[1] == 480


def test_the_surroundings_of_a_found_crack_keep_their_colours() -> None:
    mask = np.zeros((500, 800), bool)
    mask[250, 100:700] = True
    drawn = draw_found(wall(), mask, record(cracks=1))
    assert drawn[250, 400].tolist() == [150, 100, 60]
    assert drawn[100, 400].tolist() != [150, 100, 60]
    assert (drawn[230:270, 400] == MARK).all(axis=1).any()


def test_what_speaks_for_a_crack_is_tinted_by_a_fixed_scale() -> None:
    tile_pixels = wall(60, 40)
    fall = np.zeros((6, 4), np.float32)
    assert (tinted(tile_pixels, fall) == tile_pixels).all()
    assert (tinted(tile_pixels, fall - 5) == tile_pixels).all(), "what speaks against it is not"
    full, weak = tinted(tile_pixels, fall + 3), tinted(tile_pixels, fall + 0.03)
    assert full[0, 0].tolist() == [round(0.4 * a + 0.6 * b) for a, b in zip((150, 100, 60), MARK)]
    assert (tinted(tile_pixels, fall + 30) == full).all()
    assert np.abs(weak.astype(int) - tile_pixels).max() <= 2, "a weak reason stays weak"


def test_an_explained_tile_stands_beside_itself() -> None:
    fall = np.full((16, 16), 3, np.float32)
    reasons = [Reason(Window(100, 200, 300, 400), 0.9, fall), Reason(Window(0, 0, 100, 200), 0.8, fall)]
    drawn = draw_reasons(wall(), reasons)
    assert drawn.shape[1] == 2 * REASON_PX + 6
    assert drawn[100, 100].tolist() == [150, 100, 60]
    assert drawn[100, REASON_PX + 100].tolist() != [150, 100, 60]
    assert drawn.shape[0] > REASON_PX + REASON_PX // 2


def test_below_the_reasons_stands_what_the_tint_means() -> None:
    drawn = draw_reasons(wall(), [Reason(Window(0, 0, 200, 200), 0.9, np.zeros((16, 16), np.float32))])
    legend = draw_plate(TINT_WORDS[0], 22)[:, :REASON_PX]
    assert all(draw_plate(words, 22).shape[1] <= drawn.shape[1] for words in TINT_WORDS), "it is not cut"
    assert (drawn[-44:-22, :REASON_PX] == legend).all()


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (record((tile(0, 0.75),)), "cracked, 0.750"),
        (record((tile(0, 0.25), tile(200, 0.125))), "no crack found, 0.250, 0 of 2 tiles"),
        (record(cracks=0), "no crack found"),
        (record(cracks=1), "cracked: 1 crack"),
        (record(cracks=3), "cracked: 3 cracks"),
    ],
)
def test_a_verdict_is_said_in_few_words(shown: VerdictRecord, words: str) -> None:
    assert verdict_words(shown) == words


def test_a_thumbnail_is_small_and_missing_where_the_photo_is(tmp_path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), wall(500, 1000))
    small = thumbnail(tmp_path / "a.png")
    assert small is not None
    assert cv2.imdecode(np.frombuffer(small, np.uint8), cv2.IMREAD_COLOR).shape == (200, 400, 3)
    assert thumbnail(tmp_path / "gone.png") is None

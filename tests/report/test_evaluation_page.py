"""The page of an evaluation: what it says is what was counted; nothing in it can run or load anything."""

import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from crackwise.arrays import CrackMask, Rgb
from crackwise.data.folder import SetPhoto, read_folder
from crackwise.report.case_pictures import CUT_PX, FALSE, FOUND, MISSED, PANEL_PX, case_jpeg, differences
from crackwise.report.evaluation import SetPage, interval_text, number_text, render_evaluation
from crackwise.report.evaluation_plots import plot_confusion, plot_f1, plot_precision_recall
from crackwise.score.bootstrap import Bootstrap, Value
from crackwise.score.evaluation import Evaluation, OperatingPoint, Operation, PooledCurve, evaluate_set
from crackwise.score.figures import FIGURES
from crackwise.score.judge import DEFAULT_PROTOCOLS, Failure, JudgeSettings, PhotoSet, with_truth
from crackwise.score.scoresfile import Tool
from crackwise.score.tally import PhotoName, Pixels, Prediction, tally
from crackwise.score.worst import Case, look_again, worst_cracked, worst_sound
from linewalls import TRUE, line, write_walls

SETTINGS = JudgeSettings(protocols=(*DEFAULT_PROTOCOLS, "edges"), bootstrap=Bootstrap(samples=20))
TOOL = Tool("predictions", "<b>mine</b>", "c0ffee", {"zooms": [1.0, 2.0]})
LEVELS = {"a": TRUE["a"], "b": TRUE["b"] & line(20, length_px=10), "c": line(33), "d": line(4)}


def predict(photo: SetPhoto, _image: Rgb) -> Prediction:
    return Prediction(LEVELS[photo.image.stem].astype(np.uint8) * 230 + np.uint8(3))


@pytest.fixture
def photos(tmp_path: Path) -> PhotoSet:
    return with_truth("walls", read_folder(write_walls(tmp_path / "walls")))


@pytest.fixture
def found(photos: PhotoSet) -> Evaluation:
    return evaluate_set(photos, predict, SETTINGS, Operation("0.5 or more", 0.5, "default"))


@pytest.fixture
def page(photos: PhotoSet, found: Evaluation) -> SetPage:
    cracked, sound = worst_cracked(found.tallies, 8), worst_sound(found.tallies, 4)
    return SetPage.of(
        found, look_again(photos, cracked, predict, 0.5), look_again(photos, sound, predict, 0.5)
    )


def test_the_page_shows_every_figure_with_its_definition_and_source(page: SetPage) -> None:
    html = render_evaluation(TOOL, SETTINGS, [page])
    text = re.sub(r"\s+", " ", html.replace("&#39;", "'"))
    for figure in FIGURES.values():
        assert figure.title in text
        assert figure.definition in text
        assert figure.source in text
    assert "4 photos of 4 scenes, 1 of them without a crack; on 0 of these nothing is marked" in text


def test_the_worst_photos_are_in_the_page_in_their_order(page: SetPage) -> None:
    assert [case.name for case in page.cracked] == ["c.png", "b.png", "a.png"]
    assert [case.name for case in page.sound] == ["d.png"]
    assert page.cracked[1].text == "IoU 0.500: 10 px found, 10 missed, 0 false; 50×40 px"
    assert page.sound[0].text == "no crack, 20 px marked, 1.00 % of the photo; 50×40 px"
    html = render_evaluation(TOOL, SETTINGS, [page])
    assert html.count("data:image/jpeg;base64,") == 4


def test_a_threshold_chosen_on_the_test_is_marked_as_optimistic(page: SetPage) -> None:
    html = render_evaluation(TOOL, SETTINGS, [page])
    row = html[html.index(">Chosen</th>") :].partition("</tr>")[0]
    cells = re.findall(r"<td.*?</td>", row, re.DOTALL)
    assert ["optimistic</span>" in cell for cell in cells] == [False, True, True]


def test_figures_at_thresholds_chosen_on_the_test_are_marked_wherever_they_stand(page: SetPage) -> None:
    worse = {"blur σ 2 px": {"ods": 0.25}}
    shown = replace(page, evaluation=replace(page.evaluation, robustness=worse))
    html = render_evaluation(TOOL, SETTINGS, [shown])
    titles = [figure.title for figure in FIGURES.values() if figure.is_optimistic]
    assert titles == ["ODS", "OIS", "OIS, pooled", "ODS with tolerance", "OIS with tolerance"]
    badge = ' <span class="badge optimistic">optimistic</span>'
    stands = [re.findall(rf">{title}({badge})?</(?:dt|th|td)>", html) for title in titles]
    assert stands == [[badge] * count for count in (4, 2, 2, 2, 2)], "ODS is a tile and in the robust table"


def test_names_of_the_tool_and_the_photos_cannot_break_out(page: SetPage) -> None:
    bad = Failure("walls", "<script>x</script>.jpg", "</style><img src=x>")
    shown = replace(page, evaluation=replace(page.evaluation, failures=(bad,)))
    html = render_evaluation(TOOL, SETTINGS, [shown])
    assert "<script" not in html
    assert "<img src=x>" not in html
    assert "&lt;b&gt;mine" in html
    assert "1 photo could not be judged" in html
    assert "default-src 'none'" in html


def test_nothing_is_loaded_from_outside(page: SetPage) -> None:
    html = render_evaluation(TOOL, SETTINGS, [page])
    assert not re.findall(r"(?:src|href)=\"(?!data:|#)", html)
    assert " style=" not in html, "the policy of the page forbids it"


def test_masks_are_shown_without_curves(photos: PhotoSet) -> None:
    def masks(photo: SetPhoto, _image: Rgb) -> Prediction:
        return Prediction(LEVELS[photo.image.stem] * np.uint8(255), is_binary=True)

    found = evaluate_set(photos, masks, SETTINGS, Operation("0.5 or more", 0.5, "default"))
    html = render_evaluation(TOOL, SETTINGS, [SetPage.of(found, (), ())])
    assert html.count('<svg class="plot"') == 1
    assert "gives masks and no probability" in html


def test_robustness_rows_begin_with_the_photos_as_they_are(page: SetPage) -> None:
    worse = {"blur σ 2 px": {"iou_mean": 0.25, "dice_pooled": 0.125}}
    shown = replace(page, evaluation=replace(page.evaluation, robustness=worse))
    (first, as_is), (second, blurred) = shown.robustness
    assert (first, second) == ("as they are", "blur σ 2 px")
    at = shown.robust_figures.index("iou_mean")
    assert as_is[at] == f"{page.evaluation.scores['iou_mean'].value:.3f}"
    assert blurred[at] == "0.250"
    assert blurred[shown.robust_figures.index("ods")] == "–", "not counted there"
    html = render_evaluation(TOOL, SETTINGS, [shown])
    assert "On worse photos" in html
    assert "No intervals are computed for it" in html


def test_photos_with_cracks_are_counted_by_their_iou(page: SetPage) -> None:
    counts = [bar.count for bar in page.histogram.bars]
    assert counts == [1, 0, 0, 0, 0, 1, 0, 0, 0, 1]  # 0, 0.5 and 1; d shows no crack


def test_what_is_not_defined_has_a_dash_and_no_deviation(page: SetPage) -> None:
    unknown = page.evaluation.scores | {"ois": Value(None)}
    shown = replace(page, evaluation=replace(page.evaluation, scores=unknown))
    html = render_evaluation(TOOL, SETTINGS, [shown])
    row = html[html.index("<tr><td>OIS") :].partition("</tr>")[0]
    assert re.findall(r'<td class="number">(.*?)</td>', row) == ["–", "", ""]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("iou_mean", 0.12345, "0.123"),
        ("false_area_share", 0.00041, "0.041 %"),
        ("hd95_mean_px", 1234.56, "1,234.6 px"),
        ("ap", None, "–"),
    ],
)
def test_numbers_are_written_by_their_kind(name: str, value: float | None, text: str) -> None:
    assert number_text(FIGURES[name], value) == text


def test_an_interval_names_its_unit_once_and_is_empty_when_unknown() -> None:
    assert interval_text(FIGURES["hd95_mean_px"], Value(2.0, 1.0, 3.0)) == "1.0 to 3.0 px"
    assert interval_text(FIGURES["iou_mean"], Value(0.5, 0.4, 0.6)) == "0.400 to 0.600"
    assert interval_text(FIGURES["iou_mean"], Value(0.5)) == ""


CURVE = PooledCurve((0.25, 0.5, 0.75), (0.0, 0.5, 1.0), (1.0, 0.5, 0.0), (0.0, 0.5, 0.0))
# the sheet spans x from 58 to 464 and y from 350 up to 30
POINT = OperatingPoint(
    "mine", 0.5, "given", {"precision_pooled": 0.5, "recall_pooled": 0.5, "dice_pooled": 0.5}
)
BEST = replace(POINT, chosen_on="test")


def test_precision_is_drawn_over_recall() -> None:
    svg = plot_precision_recall(CURVE, [POINT, BEST])
    assert '<polyline class="curve" points="464.0,350.0 261.0,190.0 58.0,30.0"/>' in svg
    assert '<circle class="chosen" cx="261.0" cy="190.0" r="6"/>' in svg
    assert '<circle class="optimistic" cx="261.0" cy="190.0" r="6"/>' in svg


def test_lines_of_equal_f1_end_where_recall_is_one() -> None:
    svg = plot_precision_recall(CURVE, [])
    first = re.findall(r'class="equal" points="([^"]+)"', svg)[0].split()
    # F1 0.2: precision 1 at recall 1/9, recall 1 at precision 1/9
    assert first[0] == f"{58 + 406 / 9:.1f},30.0"
    assert first[-1] == f"464.0,{350 - 320 / 9:.1f}"


def test_f1_is_drawn_over_the_threshold_with_the_operating_points() -> None:
    low = replace(POINT, threshold=0.25, figures={"dice_pooled": 0.0})
    own_way = replace(POINT, threshold=None)
    svg = plot_f1(CURVE, [own_way, low, BEST])
    dots = re.findall(r'<circle class="(\w+)" cx="([\d.]+)" cy="([\d.]+)"', svg)
    assert dots == [("optimistic", "261.0", "190.0"), ("chosen", "159.5", "350.0")], "what is judged on top"


def test_the_confusion_matrix_states_shares_of_its_rows() -> None:
    svg = plot_confusion(Pixels(found=75, false=10, missed=25, sound=90))
    assert re.findall(r'fill-opacity="([\d.]+)"', svg) == ["0.750", "0.250", "0.100", "0.900"]
    assert ">75 px<" in svg
    assert re.findall(r">(found|missed|false|sound)<", svg) == ["found", "missed", "false", "sound"]
    assert "NaN" not in plot_confusion(Pixels(0, 0, 0, 9))


def test_differences_have_a_colour_each_on_a_faded_photo() -> None:
    photo = np.zeros((1, 4, 3), np.uint8)
    picture = differences(
        photo, np.array([[True, True, False, False]]), np.array([[True, False, True, False]])
    )
    assert [tuple(pixel) for pixel in picture[0][:3].tolist()] == [FOUND, MISSED, FALSE]
    assert picture[0, 3].tolist() == [140] * 3, "black is faded to light grey"


def case(true: CrackMask, predicted: CrackMask) -> Case:
    counts = tally(
        PhotoName("walls", "a.png", "a"), Prediction(predicted.astype(np.uint8) * 255), true, 0.5, ()
    )
    return Case(counts, np.full((*true.shape, 3), 90, np.uint8), true, predicted)


def decoded(jpeg: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]


def test_a_small_photo_is_shown_whole_in_four_panels() -> None:
    row = decoded(case_jpeg(case(TRUE["a"], TRUE["a"])))
    assert row.shape == (round(PANEL_PX * 40 / 50), 4 * PANEL_PX + 3 * 8, 3)


def test_of_a_large_photo_the_part_with_most_errors_is_shown() -> None:
    true = np.zeros((1500, 2000), bool)
    wrong = true.copy()
    wrong[1200:1260, 1700:1900] = True
    true[10:20, 10:100] = True
    row = decoded(case_jpeg(case(true, wrong)))
    assert row.shape[0] == PANEL_PX
    truth, predicted = (row[:, start : start + PANEL_PX, 0] for start in (328, 656))
    assert truth.max() < 40, "the true crack lies elsewhere"
    shown = (predicted > 128).sum() * (CUT_PX / PANEL_PX) ** 2
    assert shown == pytest.approx(60 * 200, rel=0.1), "all of the false mark is in the part"

"""The page, the plots and the tables of a comparison: what they say is what was given."""

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from crackwise.arrays import CrackMask
from crackwise.report.case_pictures import FALSE, FOUND, MISSED
from crackwise.report.comparison import columns, render_comparison
from crackwise.report.comparison_facts import (
    ComparedSet,
    Comparison,
    Contender,
    Cost,
    LeftOut,
    PhotoRow,
    Picture,
    Quality,
    differing_photos,
    sets_of,
)
from crackwise.report.comparison_labels import Box, place_labels
from crackwise.report.comparison_pictures import (
    CUT_PX,
    choose_photos,
    contender_panel,
    given_panels,
    shown_part,
)
from crackwise.report.comparison_plots import Axis, Point, plot_curves, plot_scatter, short_number
from crackwise.report.comparison_table import cells, comparison_csv, comparison_json, difference_text
from crackwise.score.bootstrap import Value
from crackwise.score.scored import ScoredSet
from crackwise.score.tally import PhotoName, Prediction, tally
from crackwise.score.worst import Case
from phone import open_on_a_phone

SCORES = {
    "iou_mean": Value(0.5, 0.4, 0.6),
    "dice_pooled": Value(0.625),
    "precision_pooled": Value(0.75),
    "recall_pooled": Value(None),
}
SCORED = ScoredSet("walls", 4, "c0ffee", SCORES, {"iou": 0.125}, "what has 0.5 or more")
LIGHT = Contender(
    "light", "run", "aa", Cost(1_234_567, 2.5, 12.34, 1.0, "PyTorch fp32"), 400, 300, {"iou": ((1, 0.5),)}
)
HEAVY = Contender(
    "heavy", "model", "bb", Cost(30_000_000, None, 123.4, 10.0, "OpenVINO fp32", 5.26), 900, None, {}
)


def comparison(**changes: object) -> Comparison:
    better = {"iou_mean": Value(-0.25, -0.5, -0.125)}
    qualities = (Quality("light", SCORED, {}), Quality("heavy", SCORED, better))
    return replace(Comparison((LIGHT, HEAVY), (ComparedSet("walls", qualities),)), **changes)


def test_a_row_says_what_is_known_and_a_dash_where_nothing_is() -> None:
    assert cells(Quality("light", SCORED, {}), LIGHT) == (
        *("light", "0.500 ± 0.125", "0.625", "0.750", "–", "–", "–"),
        *("1,234,567", "2.5", "12.3", "1.00", "–", "400", "300"),
    )
    unknown = cells(Quality("heavy", None, {}), HEAVY)
    assert unknown[:7] == ("heavy", *"––––––")
    assert unknown[7:] == ("30,000,000", "–", "123", "10.00", "5.3", "900", "–")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Value(-0.25, -0.5, 0.125), "−0.250 (−0.500 to +0.125)"),
        (Value(0.0, 0.0, 0.0), "0 (0 to 0)"),
        (Value(0.25), "+0.250"),
        (Value(None), "–"),
        (None, "–"),
    ],
)
def test_differences_have_a_sign(value: Value | None, text: str) -> None:
    assert difference_text(value) == text


def test_the_csv_has_a_line_for_each_set_and_contender() -> None:
    twice = comparison().sets[0]
    text = comparison_csv(comparison(sets=(twice, replace(twice, name="bridges"))))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["set"], row["name"]) for row in rows] == [
        *(("walls", "light"), ("walls", "heavy")),
        *(("bridges", "light"), ("bridges", "heavy")),
    ]
    assert (rows[0]["iou_mean"], rows[0]["iou_mean_low"], rows[0]["iou_std"]) == ("0.5", "0.4", "0.125")
    assert (rows[0]["difference_iou_mean"], rows[1]["difference_iou_mean_high"]) == ("", "-0.125")
    assert (rows[1]["gflop_256px"], rows[1]["ms_512px"], rows[1]["file_mb"]) == ("", "123.4", "5.26")


def test_the_json_keeps_all_but_the_pictures() -> None:
    shown = (replace(comparison().sets[0], rows=(PhotoRow("a.png", (Picture(b"jpeg", "a"),)),)),)
    content = json.loads(json.dumps(comparison_json(comparison(sets=shown, left_out=(LeftOut("x", "y"),)))))
    assert content["schema_version"] == 1
    assert content["sets"][0]["reference"] == "light"
    assert content["sets"][0]["qualities"][1]["difference"]["iou_mean"]["low"] == -0.5
    assert content["contenders"][0]["cost"]["parameters"] == 1_234_567
    assert content["contenders"][0]["curves"] == {"iou": [[1, 0.5]]}
    assert content["left_out"] == [{"name": "x", "reason": "y"}]
    assert "rows" not in content["sets"][0]


def test_sets_stand_side_by_side_by_name() -> None:
    bridges = replace(SCORED, name="bridges")
    walls, other = sets_of({"a": (SCORED,), "b": (bridges, SCORED)})
    assert (walls.name, [one.scored for one in walls.qualities]) == ("walls", [SCORED, SCORED])
    assert (other.name, [one.scored for one in other.qualities]) == ("bridges", [None, bridges])
    assert [one.name for one in sets_of({"a": ()})] == [""], "the costs are shown even so"


def test_figures_of_different_photos_are_told_in_a_sentence() -> None:
    others = replace(SCORED, names_sha256="decaf")
    assert differing_photos(sets_of({"a": (SCORED,), "b": (SCORED,)})) == ()
    (sentence,) = differing_photos(sets_of({"a": (SCORED,), "b": (others,), "c": (SCORED,), "d": ()}))
    assert sentence.startswith("the figures on walls are of different photos: those of a, c and of b; judge")
    fewer = replace(SCORED, photos=SCORED.photos - 1)
    assert "those of a and of b" in differing_photos(sets_of({"a": (SCORED,), "b": (fewer,)}))[0]


def test_photos_that_share_no_more_than_their_names_are_different() -> None:
    bridge, tunnel = (replace(SCORED, photos_sha256=name) for name in ("f00d", "beef"))
    assert "those of a and of b" in differing_photos(sets_of({"a": (bridge,), "b": (tunnel,)}))[0]
    of_before = replace(bridge, photos_sha256="")
    assert differing_photos(sets_of({"a": (bridge,), "b": (of_before,)})) == ()


def test_axes_have_round_ticks_inside() -> None:
    assert [text for _, text in Axis("x", 0.37, 0.63).ticks()] == ["0.40", "0.45", "0.50", "0.55", "0.60"]
    wide = Axis("x", 1e3, 1e6, is_logarithmic=True)
    assert [text for _, text in wide.ticks()] == ["1 k", "10 k", "100 k", "1 M"]
    assert [text for _, text in Axis("x", 40, 300, is_logarithmic=True).ticks()] == ["50", "100", "200"]
    assert (wide.share(1e3), wide.share(1e6)) == (0, 1)
    assert wide.share(10**4.5) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([2.1e6, 2.6e6], ["1.5 M", "2 M", "2.5 M", "3 M", "3.5 M", "4 M"]),
        ([1.9, 2.2], ["1.5", "2", "2.5", "3", "3.5"]),
        ([3, 200], ["2", "5", "10", "20", "50", "100", "200"]),
    ],
)
def test_a_short_axis_has_ticks_at_equal_steps(values: list[float], texts: list[str]) -> None:
    assert [text for _, text in Axis.logarithmic("x", values).ticks()] == texts


def test_every_axis_of_costs_has_three_ticks_or_more() -> None:
    highs = [10 ** (power / 50) for power in range(250)]
    counts = [
        len(Axis.logarithmic("x", [low, low * high]).ticks()) for low in (1, 1.7, 4.9) for high in highs
    ]
    assert 3 <= min(counts) <= max(counts) <= 10


def test_long_times_are_drawn_in_seconds() -> None:
    slow = replace(HEAVY, cost=replace(HEAVY.cost, tile_ms=2000.0))
    assert "milliseconds a tile" in render_comparison(comparison())
    html = render_comparison(comparison(contenders=(LIGHT, slow)))
    assert ">seconds a tile<" in html
    assert "milliseconds a tile" not in html


def test_steps_stand_where_it_is_told_what_was_compared() -> None:
    html = render_comparison(comparison())
    figures, what = html.split('id="compared"')
    assert ">steps<" not in figures
    assert ">best<" not in figures
    assert '>steps</th><th scope="col" class="number">best</th>' in what
    assert '<td class="number">400</td><td class="number">300</td>' in what


@pytest.mark.parametrize(("value", "text"), [(2e6, "2 M"), (5e3, "5 k"), (20, "20"), (0.5, "0.5")])
def test_large_numbers_are_short(value: float, text: str) -> None:
    assert short_number(value) == text


def test_equal_values_still_span_an_axis() -> None:
    svg = plot_scatter([Point("a", 5, 0.5, 0), Point("b", 5, 0.5, 1)], "ms", "IoU")
    assert svg.count("<circle") == 2
    assert "nan" not in svg
    assert "nan" not in plot_curves([(0, ((0.0, 0.0),))], "IoU")


def test_a_higher_value_is_drawn_higher_and_a_dearer_one_further_right() -> None:
    svg = plot_scatter([Point("a", 1, 0.2, 0), Point("b", 100, 0.8, 1)], "ms", "IoU")
    (ax, ay), (bx, by) = (map(float, found) for found in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', svg))
    assert ax < bx
    assert ay > by


def test_names_in_plots_are_escaped() -> None:
    assert "<b>" not in plot_scatter([Point("<b>", 1, 0.2, 0), Point("b", 9, 0.8, 1)], "ms", "IoU")


FRAME = Box(60, 30, 540, 350)


def assert_apart(points: list[tuple[float, float]], names: list[str]) -> None:
    labels = place_labels(points, names, FRAME)
    boxes = [label.box for label in labels]
    assert all(FRAME.holds(box) for box in boxes)
    pairs = [(a, b) for place, a in enumerate(boxes) for b in boxes[:place]]
    assert not [pair for pair in pairs if pair[0].overlaps(pair[1])]
    for label, point in zip(labels, points):
        assert label.point == point
        assert not any(label.box.holds(Box(x, y, x, y)) for x, y in points), "no label hides a point"


def test_labels_do_not_overlap() -> None:
    names = [f"khanhha-unet-resnet{number}" for number in range(16)]
    assert_apart([(300, 190)] * 16, names)
    rng = np.random.default_rng(1)
    assert_apart([(x, y) for x, y in zip(rng.uniform(70, 530, 16), rng.uniform(40, 340, 16))], names)
    assert_apart([(60, 30), (540, 30), (60, 350), (540, 350)], names[:4])


def test_a_lonely_label_stands_right_beside_its_point_and_long_names_are_cut() -> None:
    (label,) = place_labels([(100, 100)], ["a" * 50], FRAME)
    assert label.text == "a" * 29 + "…"
    assert label.box.left - 100 < 15
    assert (label.box.top + label.box.bottom) / 2 == 100
    assert not label.is_far


@pytest.mark.parametrize(
    ("panels", "wanted"), [(3, 3), (4, 4), (6, 6), (7, 4), (8, 4), (11, 6), (12, 6), (13, 5)]
)
def test_rows_of_pictures_are_even_and_at_most_six_wide(panels: int, wanted: int) -> None:
    assert columns(panels) == wanted


def case(true: CrackMask, predicted: CrackMask, name: str = "a.png") -> Case:
    seen = Prediction(predicted.astype(np.uint8) * np.uint8(255))
    counts = tally(PhotoName("walls", name, name), seen, true, 0.5, ())
    return Case(counts, np.full((*true.shape, 3), 90, np.uint8), true, predicted)


def blank(height: int = 60, width: int = 80) -> CrackMask:
    return np.zeros((height, width), bool)


def test_the_choice_of_photos_depends_on_their_names_alone() -> None:
    tallies = [case(blank(), blank(), f"{number}.png").tally for number in range(40)]
    seen = [replace(one, pixels=replace(one.pixels, false=7)) for one in tallies]
    chosen = [one.file for one in choose_photos(tallies, [], 6)]
    assert len(set(chosen)) == 6
    assert chosen == [one.file for one in choose_photos(seen[::-1], [], 6)]
    assert chosen[:3] == [one.file for one in choose_photos(tallies, [], 3)]
    assert chosen != sorted(one.file for one in tallies)[:6]


def test_at_most_a_third_of_the_photos_show_no_crack_where_there_are_others() -> None:
    cracked = [case(~blank(), blank(), f"c{number}").tally for number in range(10)]
    sound = [case(blank(), blank(), f"s{number}").tally for number in range(10)]

    def kinds(*chosen: object) -> str:
        return "".join(one.file[0] for one in choose_photos(*chosen))

    assert kinds(cracked, sound, 6) == "ccccss"
    assert kinds(cracked[:2], sound, 6) == "ccssss"
    assert kinds(cracked, sound[:1], 6) == "cccccs"
    assert kinds(cracked, [], 6) == "cccccc"
    assert kinds(cracked, sound, 0) == ""


def pixels(picture: Picture) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1].astype(int)


def test_panels_are_coloured_by_what_was_found_missed_and_false() -> None:
    true, predicted = blank(), blank()
    true[:20] = True
    predicted[10:30] = True
    photo, marked = given_panels(np.full((60, 80, 3), 90, np.uint8), true)
    assert (photo.text, marked.text) == ("80×60 px", "truth")
    panel = contender_panel("light", case(true, predicted))
    assert panel.text == "light: IoU 0.333"
    for row, colour in ((5, MISSED), (15, FOUND), (25, FALSE)):
        assert np.abs(pixels(panel)[row, 40] - colour).max() < 12
    assert np.abs(pixels(marked)[5, 40] - FOUND).max() < 12
    assert np.abs(pixels(photo)[5, 40] - 90).max() < 5


def test_a_photo_without_a_crack_says_how_much_is_marked() -> None:
    marked = blank()
    marked[:6] = True
    assert contender_panel("light", case(blank(), marked)).text == "light: 10.00 % marked"
    assert contender_panel("light", case(blank(), blank())).text == "light: nothing marked"
    assert given_panels(np.zeros((60, 80, 3), np.uint8), blank())[1].text == "truth: no crack"


def test_of_a_large_photo_the_part_with_most_truth_is_shown() -> None:
    true = blank(1000, 1400)
    true[700, 900:1100] = True
    true[100, 100:150] = True
    rows, cols = shown_part(true)
    assert (rows.stop - rows.start, cols.stop - cols.start) == (CUT_PX, CUT_PX)
    assert true[rows, cols].sum() == 200
    panels = given_panels(np.zeros((1000, 1400, 3), np.uint8), true)
    assert panels[0].text == "part of 1400×1000 px"
    assert pixels(panels[0]).shape == (CUT_PX, CUT_PX, 3)


def pictured() -> Comparison:
    panels = tuple(
        Picture(given_panels(np.zeros((9, 9, 3), np.uint8), blank(9, 9))[0].jpeg, "x") for _ in range(4)
    )
    shown = replace(comparison().sets[0], rows=(PhotoRow("<i>wall.png", panels),))
    bad = LeftOut("<script>x</script>", "</style><img src=x>")
    return comparison(sets=(shown,), left_out=(bad,), remarks=("a <b>remark</b>",))


def test_the_page_shows_figures_plots_and_pictures() -> None:
    html = render_comparison(pictured())
    assert html.count("data:image/jpeg;base64,") == 4
    assert 'class="panels of-4"' in html
    assert html.count('<svg class="plot"') == 3, "quality over time and over parameters, and a curve"
    assert "0.500 ± 0.125<small>0.400 to 0.600</small>" in html
    assert "Difference to light" in html
    assert '<td class="number difference clear">−0.250 (−0.500 to −0.125)</td>' in html


def test_names_cannot_break_out_and_nothing_is_loaded_from_outside() -> None:
    html = render_comparison(pictured())
    assert "<script" not in html
    assert "<img src=x>" not in html
    assert "<i>" not in html
    assert "<b>" not in html
    assert not re.findall(r"(?:src|href)=\"(?!data:|#)", html)
    assert " style=" not in html, "the policy of the page forbids it"


def test_a_page_of_costs_alone_has_no_columns_of_quality() -> None:
    cost_only = ComparedSet("", (Quality("light", None, {}), Quality("heavy", None, {})))
    html = render_comparison(comparison(sets=(cost_only,)))
    assert "What they cost" in html
    assert "1,234,567" in html
    assert '<th scope="col" class="number">clIoU</th>' not in html


def test_the_page_opens_in_a_browser_and_asks_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "comparison.html").write_text(render_comparison(pictured()), encoding="utf-8")
    open_on_a_phone(tmp_path / "comparison.html")

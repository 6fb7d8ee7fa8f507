from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from crackwise.crack.statistics import Points, WidthStatistics
from crackwise.crack.widths import CONTOUR, DARKNESS, PROFILE
from crackwise.report.code_choice import Border, CodeChoice
from crackwise.report.profile_plot import Area, Label, Line, plot_profile
from crackwise.report.width_profile import BRANCHES_MOST, WidthProfile
from crackwise.scale import Scale
from crackwise.severity.code import load_code


@pytest.fixture
def profiled(make_photo, make_line):
    """A record with one straight crack of 100 px at 0.1 mm/px, whose widths are stated point by point."""

    def make(width_px, *, low_px=(), high_px=(), method=(), error=None):
        scale = Scale(0.1, relative_error=error)
        record = make_photo("a.jpg", [make_line((10, 10), (10, 110), 4)], scale=scale).record
        columns = {"width_px": width_px, "low_px": low_px, "high_px": high_px}
        update = {name: np.array(column, float) for name, column in columns.items()}
        branch = record.network.branches[0].model_copy(
            update={**update, "method": np.array(method, np.uint8)}
        )
        return record.model_copy(update={"network": record.network.model_copy(update={"branches": [branch]})})

    return make


def _plot(record, borders=()):
    return plot_profile(WidthProfile.of(record, record.cracks[0]), borders)


def _height(plot, text):
    """Where the grid line of a labelled width stands."""
    (label,) = [s for s in plot.shapes if isinstance(s, Label) and s.text == text and s.anchor == "end"]
    return label.y - 4


def _lines(plot, role):
    return [shape for shape in plot.shapes if isinstance(shape, Line) and shape.role == role]


def test_a_limit_stands_between_the_grid_lines_that_it_lies_between(profiled):
    plot = _plot(profiled([4.0] * 101), [Border(0.3, "limit")])
    (limit,) = _lines(plot, "limit")
    middle = (_height(plot, "0.2") + _height(plot, "0.4")) / 2
    assert [y for _, y in limit.points] == pytest.approx([middle] * 2, abs=0.2)
    assert [s.text for s in plot.shapes if isinstance(s, Label) and s.role == "limit"] == ["limit 0.3 mm"]


def test_the_width_stands_at_its_grid_line_and_spans_the_crack(profiled):
    plot = _plot(profiled([4.0] * 101))
    (line,) = _lines(plot, "width")
    assert [y for _, y in line.points] == pytest.approx([_height(plot, "0.4")] * 101, abs=0.2)
    (axis,) = [s for s in _lines(plot, "axis") if len({y for _, y in s.points}) == 1]
    assert (line.points[0][0], line.points[-1][0]) == (axis.points[0][0], axis.points[-1][0])
    places = [s for s in plot.shapes if isinstance(s, Label) and s.anchor == "middle"]
    assert places[-1].text == "10"  # 100 px of 0.1 mm
    assert places[-1].x == pytest.approx(axis.points[-1][0], abs=0.2)


def test_the_band_reaches_from_the_lower_to_the_upper_end_with_the_error_of_the_scale(profiled):
    record = profiled([4.0] * 101, low_px=[2.0] * 101, high_px=[6.0] * 101)
    (band,) = [s for s in _plot(record).shapes if isinstance(s, Area) and s.role == "band"]
    plot = _plot(record)
    heights = sorted({y for _, y in band.points})
    assert heights == pytest.approx([_height(plot, "0.6"), _height(plot, "0.2")], abs=0.2)
    # an error of 37.5 % of 4 px is 1.5 px, with 2 px in quadrature 2.5 px
    known = WidthProfile.of(
        profiled([4.0] * 101, low_px=[2.0] * 101, high_px=[6.0] * 101, error=0.375),
        record.cracks[0],
    )
    assert known.pieces[0].low[0] == pytest.approx(0.15)
    assert known.pieces[0].high[0] == pytest.approx(0.65)


def test_a_place_without_a_width_is_a_gap(profiled):
    plot = _plot(profiled([4.0] * 40 + [None] * 21 + [4.0] * 40))
    first, second = _lines(plot, "width")
    px = 648 / 100  # the sheet is 648 units for 100 px
    assert second.points[0][0] - first.points[-1][0] == pytest.approx(22 * px, abs=0.3)


def test_each_method_has_a_line_of_its_own_style_without_a_gap(profiled):
    method = [PROFILE] * 40 + [DARKNESS] * 30 + [CONTOUR] * 31
    plot = _plot(profiled([4.0] * 101, method=method))
    lines = _lines(plot, "width")
    assert len({line.dash for line in lines}) == 3
    assert [a.points[-1] == b.points[0] for a, b in pairwise(lines)] == [True, True]
    assert plot.methods == {"profile", "darkness", "contour"}


def test_branches_come_one_after_the_other_and_the_plot_says_so(make_photo, make_line):
    count = BRANCHES_MOST + 2
    lines = [make_line((10 + 20 * k, 10), (10 + 20 * k, 20 + 10 * k), 3) for k in range(count)]
    record = make_photo("a.jpg", lines).record
    branches = [branch.model_copy(update={"crack": 1}) for branch in record.network.branches]
    record = record.model_copy(update={"network": record.network.model_copy(update={"branches": branches})})
    profile = WidthProfile.of(record, record.cracks[0])
    assert profile.length == sum(10 + 10 * k for k in range(2, count))
    plot = plot_profile(profile)
    assert plot.notes == (
        "6 of its 8 branches one after the other: that with the largest width, then the longest.",
    )
    assert len(_lines(plot, "joint")) == BRANCHES_MOST - 1


def test_a_limit_far_above_is_named_and_does_not_flatten_the_profile(profiled):
    plot = _plot(profiled([4.0] * 101), [Border(13, "medium"), Border(50, "high")])
    assert not _lines(plot, "limit")
    assert plot.notes == ("Above the plot: medium 13 mm, high 50 mm.",)


def test_what_cannot_be_measured_in_the_photo_is_shaded(profiled):
    record = profiled([4.0] * 101)
    summary = replace(record.summary, smallest_width_px=2.0, smallest_width_mm=0.2)
    plot = _plot(record.model_copy(update={"summary": summary}))
    (floor,) = [s for s in plot.shapes if isinstance(s, Area) and s.role == "floor"]
    assert min(y for _, y in floor.points) == pytest.approx(_height(plot, "0.2"), abs=0.2)
    assert plot.notes == ("Grey: finer than 0.2 mm, which cannot be measured in this photo.",)


def test_the_line_peaks_at_the_stated_largest_width(profiled):
    rng = np.random.default_rng(2)
    width_px = rng.uniform(2, 4, 101)
    width_px[30] = 20.0  # one wild profile
    width_px[60:75] = 7.0
    width_px[40:44] = np.nan
    low_px, high_px = width_px - 0.5, width_px + 0.8
    record = profiled(width_px, low_px=low_px, high_px=high_px)
    known, hidden = np.isfinite(width_px), np.zeros(97)
    columns = (column[known] for column in (width_px, low_px, high_px))
    points = Points(*columns, np.full(97, PROFILE), hidden, np.zeros(97, int), np.ones(97))
    largest = WidthStatistics.of(points).largest
    (piece,) = WidthProfile.of(record, record.cracks[0]).pieces
    at = int(np.nanargmax(piece.width))
    assert 60 <= at < 75
    assert piece.width[at] == pytest.approx(0.1 * largest.px, rel=1e-5)
    assert (piece.low[at], piece.high[at]) == pytest.approx(0.1 * np.array(largest.range_px), rel=1e-5)


def test_the_branch_with_the_largest_width_is_drawn_however_short(make_photo, make_line):
    lines = [make_line((10 + 20 * k, 10), (10 + 20 * k, 20 + 10 * k), 9 if k == 0 else 3) for k in range(9)]
    record = make_photo("a.jpg", lines).record
    branches = [branch.model_copy(update={"crack": 1}) for branch in record.network.branches]
    record = record.model_copy(update={"network": record.network.model_copy(update={"branches": branches})})
    first, second, *_ = WidthProfile.of(record, record.cracks[0]).pieces
    assert (first.width[0], first.along[-1], second.along[-1]) == (9, 10, 100)


def test_a_crack_too_fine_to_be_measured_has_no_profile(profiled):
    record = profiled([4.0] * 101)
    assert WidthProfile.of(record, replace(record.cracks[0], finer_than_px=5.0)) is None
    assert WidthProfile.of(profiled([None] * 101), record.cracks[0]) is None


def test_a_long_crack_is_averaged_to_what_a_plot_can_show(make_photo, make_line):
    record = make_photo("a.jpg", [make_line((10, 5), (10, 3004), 2)], shape=(40, 3010)).record
    (piece,) = WidthProfile.of(record, record.cracks[0]).pieces
    assert len(piece.along) <= 500
    assert (piece.along[0], piece.along[-1]) == (0, 2999)
    assert (piece.width == 2).all()
    assert (np.diff(piece.along) > 0).all()


def test_a_long_crack_keeps_its_peak(make_photo, make_line):
    record = make_photo("a.jpg", [make_line((10, 5), (10, 3004), 2)], shape=(40, 3010)).record
    (branch,) = record.network.branches
    branch.width_px[1500:1540] = 6.0
    (piece,) = WidthProfile.of(record, record.cracks[0]).pieces
    assert piece.width.max() == pytest.approx(6, abs=1e-3)


def test_borders_of_classes_follow_the_direction_of_the_crack():
    choice = CodeChoice(load_code("ltpp_concrete"))
    borders = partial(choice.borders, is_axis_stated=True)
    assert [border.width_mm for border in borders("longitudinal")] == [3, 13]
    assert [border.width_mm for border in borders("transverse")] == [3, 6]
    assert [border.name for border in borders("transverse")] == ["moderate", "high"]
    assert [border.width_mm for border in choice.borders("transverse", is_axis_stated=False)] == [3, 6, 13]
    assert borders("map") == ()


def test_text_in_a_plot_stays_text(profiled):
    plot = _plot(profiled([4.0] * 101), [Border(0.3, "<script>")])
    svg = plot.svg("</title><script>")
    assert "<script>" not in svg
    assert "&lt;script&gt; 0.3 mm</text>" in svg

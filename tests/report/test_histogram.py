import pytest

from crackwise.report.code_choice import CodeChoice
from crackwise.report.histogram import Histogram
from crackwise.report.lengths import borders_mm
from crackwise.report.page import bar_borders_mm
from crackwise.report.width_colours import WIDTH_BORDERS
from crackwise.severity.code import load_code, shipped_codes

BORDERS = (0.1, 0.3, 1.0)


def test_cracks_are_counted_in_the_classes_of_width():
    histogram = Histogram.of([0.05, 0.15, 0.18, 0.99], BORDERS, "mm")
    assert [(bar.name, bar.count, bar.share) for bar in histogram.bars] == [
        ("below 0.1", 1, 0.5), ("0.1 – 0.3", 2, 1.0), ("0.3 – 1", 1, 0.5),
    ]  # fmt: skip


def test_a_width_on_a_border_counts_in_the_wider_class():
    histogram = Histogram.of([0.3, 1.0], BORDERS, "mm")
    assert [bar.name for bar in histogram.bars if bar.count] == ["0.3 – 1", "1 and more"]


def test_no_cracks_give_no_bars():
    assert Histogram.of([], BORDERS, "mm").bars == ()


def choice_of(name):
    code = load_code(name)
    return CodeChoice.of(code, code.exposures[0] if code.exposures else None)


def test_quantities_and_overlays_have_the_same_borders_without_a_code():
    assert borders_mm(None) == WIDTH_BORDERS["mm"]


@pytest.mark.parametrize("choice", [None, *map(choice_of, shipped_codes())])
def test_a_report_has_one_set_of_borders_which_the_bars_only_part(choice):
    assert {*borders_mm(choice)} <= {*bar_borders_mm(choice)}
    assert choice is None or {*choice.widths_mm()} <= {*borders_mm(choice)}


def test_no_class_begins_just_above_the_widest_border_of_a_code():
    assert borders_mm(choice_of("ltpp_asphalt")) == (6.0, 19.0)
    assert borders_mm(choice_of("en1992")) == (0.2, 0.3, 0.4, 1.0, 5.0, 20.0)

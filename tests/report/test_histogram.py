import pytest

from crackwise.report.histogram import MOST_BARS, Histogram


def test_cracks_are_counted_in_bars_of_a_round_width():
    histogram = Histogram.of([0.05, 0.15, 0.18, 0.99], "mm")
    assert [(bar.low, bar.high, bar.count) for bar in histogram.bars if bar.count] == [
        ("0.0", "0.1", 1), ("0.1", "0.2", 2), ("0.9", "1.0", 1),
    ]  # fmt: skip
    assert [bar.share for bar in histogram.bars[:3]] == [0.5, 1.0, 0.0]


def test_a_width_on_an_edge_counts_in_the_upper_bar():
    histogram = Histogram.of([0.3, 0.6, 1.0], "mm")  # 0.3 / 0.1 is 2.9999… in binary
    assert {bar.low for bar in histogram.bars if bar.count} == {"0.3", "0.6", "1.0"}


@pytest.mark.parametrize("top", [0.0, 0.0123, 0.1, 0.999, 1, 7.3, 13, 14, 100, 12345])
def test_there_are_never_too_many_bars_and_no_crack_is_lost(top):
    histogram = Histogram.of([top, top / 2, top / 3], "px")
    assert 1 <= len(histogram.bars) <= MOST_BARS
    assert sum(bar.count for bar in histogram.bars) == 3


def test_no_cracks_give_no_bars():
    assert Histogram.of([], "mm").bars == ()

from crackwise.report.histogram import Histogram

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

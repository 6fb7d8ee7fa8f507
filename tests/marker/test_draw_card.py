"""The card's PDF, read back: what is printed lies where the layout says, to a hundredth of a millimetre."""

import numpy as np
import pytest

from cardphotos import boxes, flat_card
from crackwise.marker.draw import card_pdf, write_card
from crackwise.marker.layout import GAUGE_MM, LAYOUTS, MODULES, marker_bits

SIZES = sorted(LAYOUTS)
PAGES_MM = {"A4": (210, 297), "A6": (148, 105), "Letter": (215.9, 279.4)}


@pytest.mark.parametrize("size", SIZES)
def test_the_page_has_the_size_of_its_paper(size):
    assert boxes(size)[0] == pytest.approx(PAGES_MM[size], abs=0.01)


@pytest.mark.parametrize("size", SIZES)
def test_the_markers_are_printed_where_they_are_looked_for(size):
    layout = LAYOUTS[size]
    page = flat_card(size)
    for marker in layout.markers:
        left, top = layout.corners_mm(marker)[0]
        centres = (np.arange(MODULES) + 0.5) * layout.marker_mm / MODULES
        printed = page[np.ix_(np.int_(10 * (top + centres)), np.int_(10 * (left + centres)))]
        np.testing.assert_array_equal(printed < 0.5, marker_bits(marker))


@pytest.mark.parametrize("size", SIZES)
def test_a_marker_has_a_white_rim_of_a_module(size):
    layout = LAYOUTS[size]
    page = flat_card(size)
    rim = int(10 * layout.marker_mm / MODULES)
    for marker in layout.markers:
        (left, top), (right, bottom) = (np.round(10 * layout.corners_mm(marker)[[0, 2]])).astype(int)
        assert min(left, top, page.shape[1] - right, page.shape[0] - bottom) >= rim
        around = page[top - rim : bottom + rim, left - rim : right + rim].copy()
        around[rim:-rim, rim:-rim] = 1
        assert around.min() == 1


@pytest.mark.parametrize("size", SIZES)
def test_the_gauge_has_a_line_of_each_width(size):
    lines = [box.width for box in boxes(size)[1] if box.height > 4 * LAYOUTS[size].text_mm and box.width <= 2]
    assert sorted(lines) == pytest.approx(GAUGE_MM, abs=1e-3)


@pytest.mark.parametrize("size", SIZES)
def test_the_check_ruler_is_100_mm_from_first_to_last_tick(size):
    is_tick = {box: box.width == pytest.approx(0.1, abs=1e-3) and box.height < 8 for box in boxes(size)[1]}
    ticks = sorted(box.x + box.width / 2 for box in is_tick if is_tick[box])
    assert len(ticks) == 101
    np.testing.assert_allclose(np.diff(ticks), 1, atol=2e-3)


@pytest.mark.parametrize("size", SIZES)
def test_everything_lies_on_the_page(size):
    (width, height), found = boxes(size)
    assert min(min(box.x, box.y) for box in found) > 3
    assert max(box.x + box.width for box in found) < width - 3
    assert max(box.y + box.height for box in found) < height - 3


def test_no_marker_is_on_two_cards():
    numbers = [marker for layout in LAYOUTS.values() for marker in layout.markers]
    assert len(set(numbers)) == len(numbers) == 12


def test_the_same_card_has_the_same_bytes(tmp_path):
    write_card(tmp_path / "card.pdf", LAYOUTS["A4"])
    assert (tmp_path / "card.pdf").read_bytes() == card_pdf(LAYOUTS["A4"])

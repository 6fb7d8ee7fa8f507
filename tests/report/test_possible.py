"""Marks that are counted nowhere: dashed in the overlay, named in page, PDF and table."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from crackwise.crack.select import PossibleCrack
from crackwise.inspection.record import PossibleRecord
from crackwise.report.labels import INK
from crackwise.report.overlay import Survey, draw_overlay
from crackwise.report.possible import possible_text
from crackwise.report.settings import ReportSettings
from crackwise.report.writers.html import write_html
from crackwise.report.writers.tables import write_tables
from crackwise.scale import Scale

MARK = PossibleCrack(200.0, 0.72, 4.0, (np.column_stack([np.full(200, 230.0), np.arange(100.0, 300)]),))


@pytest.fixture
def sound(make_photo):
    """A photo without a crack, but with a mark."""
    drawn = make_photo("sound.jpg", [])
    return drawn.record.model_copy(update={"possible": (PossibleRecord.of(MARK),)})


def test_a_dashed_outline_runs_beside_the_mark_and_nowhere_else(make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((100, 60), (100, 340), 3)])
    bare = draw_overlay(drawn.photo, drawn.mask, drawn.network, ())
    overlay = draw_overlay(drawn.photo, drawn.mask, drawn.network, (), Survey(possible=[MARK]))
    assert (overlay[300:] == np.array(INK)).all(axis=2).any()  # the legend, which names the dashes
    overlay = overlay[:300]
    changed = (overlay != bare).any(axis=2)
    rows, cols = np.nonzero(changed)
    assert (rows.min() > 215, rows.max() < 245, cols.min() > 85, cols.max() < 315) == (True,) * 4
    assert not changed[228:233, 105:295].any()  # the mark itself
    above = (overlay[215:228, 105:295] == np.array(INK)).all(axis=2).any(axis=0)
    assert 0.25 < above.mean() < 0.75  # dashes and gaps
    assert (np.diff(above.astype(int)) == 1).sum() >= 5


def test_a_mark_at_the_border_is_drawn_as_far_as_the_photo_goes(make_photo):
    drawn = make_photo("a.jpg", [])
    path = np.column_stack([np.arange(0.0, 300), np.zeros(300)])
    overlay = draw_overlay(
        drawn.photo, drawn.mask, drawn.network, (), Survey(possible=[PossibleCrack(300, None, 3.0, (path,))])
    )
    assert (overlay[:300] != drawn.photo).any()


def test_words_say_how_many_and_how_long(sound):
    said = "too short or too doubtful to be counted, dashed in the overlay"
    assert possible_text(sound) == f"1 mark, 200 px, confidence 0.72: {said}"
    twice = sound.model_copy(update={"possible": sound.possible * 2, "scale": Scale(0.2)})
    assert possible_text(twice) == f"2 marks, the longest 40 mm, confidence 0.72: {said}"
    assert possible_text(sound.model_copy(update={"possible": ()})) == ""


def test_a_photo_with_a_possible_crack_is_not_called_clear(tmp_path, sound):
    write_html([sound], tmp_path, ReportSettings())
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "No crack counted, 1 possible" in page
    assert '<span class="badge clear">' not in page
    assert "no crack found on 1, but possible ones on 1" in page


def test_its_picture_is_not_said_to_show_no_crack(tmp_path, sound, make_photo, make_run):
    make_run(tmp_path, [make_photo("sound.jpg", [])])
    write_html([sound], tmp_path, ReportSettings())
    page = (tmp_path / "report.html").read_text("utf-8")
    assert 'alt="sound.jpg with possible cracks dashed, none counted"' in page


def test_page_one_says_how_many_are_not_counted_and_leads_to_the_longest_first(tmp_path, sound, make_photo):
    longer = PossibleRecord.of(replace(MARK, length_px=900.0, confidence=None))
    other = make_photo("b.jpg", []).record.model_copy(update={"possible": (longer, *sound.possible)})
    write_html([sound, other], tmp_path, ReportSettings())
    page = (tmp_path / "report.html").read_text("utf-8")
    assert '<a href="#possible">3 possible cracks are not counted: look at each</a>' in page
    assert page.index('<a href="#possible">') < page.index("<h2")
    listed = page[page.index('id="possible"') :]
    assert listed.index('<a href="#photo-2"') < listed.index('<a href="#photo-1"')
    assert '<td class="number">2</td><td class="number">900 px</td><td class="number">–</td>' in listed
    assert '<td class="number">1</td><td class="number">200 px</td><td class="number">0.72</td>' in listed


def test_a_photo_without_one_is(tmp_path, make_photo):
    write_html([make_photo("a.jpg", []).record], tmp_path, ReportSettings())
    page = (tmp_path / "report.html").read_text("utf-8")
    assert '<span class="badge clear">No crack found</span>' in page
    assert "possible ones on" not in page
    assert 'href="#possible"' not in page


def test_the_table_counts_them_apart(tmp_path, sound):
    write_tables([sound], tmp_path, ReportSettings())
    with (tmp_path / "photos.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["cracks"], row["possible_cracks"], row["verdict"]) == ("0", "1", "no crack found")

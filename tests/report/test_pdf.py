import base64
import re
import zlib
from collections import Counter

import pytest

from crackwise.inspection.record import MASK_GIVEN, StruckCrack
from crackwise.report.code_choice import CodeChoice
from crackwise.report.pdf_parts import printable
from crackwise.report.settings import ReportSettings
from crackwise.report.writers.pdf import write_pdf
from crackwise.scale import Scale
from crackwise.severity.code import load_code
from crackwise.severity.quantities import PriceClass, PriceList


def _written(folder, records, **settings):
    write_pdf(records, folder, ReportSettings(**settings))
    return (folder / "report.pdf").read_bytes()


def _pages(pdf):
    return len(re.findall(rb"/Type /Page\b", pdf))


def _words(pdf):
    return re.sub(r"\s+", " ", " ".join(_words_by_page(pdf)))


def _words_by_page(pdf):
    """All texts of each page in their order: strings in brackets, in streams that are ASCII 85 of deflate."""
    pages = []
    for stream in re.findall(rb"stream\r?\n(.*?~>)\s*endstream", pdf, re.DOTALL):
        try:
            content = zlib.decompress(base64.a85decode(b"<~" + stream.strip(), adobe=True))
        except zlib.error:
            continue  # a picture
        found = re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", content, re.DOTALL)
        pages.append([re.sub(rb"\\([()\\])", rb"\1", one) for one in found])
    octal = re.compile(rb"\\(\d{3})")
    plain = [
        [octal.sub(lambda m: bytes([int(m[1], 8)]), one).decode("cp1252", "replace") for one in words]
        for words in pages
    ]
    return [re.sub(r"\s+", " ", " ".join(words)) for words in plain]


def test_a_pdf_begins_ends_and_counts_its_pages(tmp_path, records, card):
    pdf = _written(tmp_path, records, card=card, title="Pier 3", project="Aare & Sons", inspector="A. Keller")
    assert pdf.startswith(b"%PDF-1.")
    assert pdf.rstrip().endswith(b"%%EOF")
    pages = _pages(pdf)
    assert pages >= 2
    assert re.search(rb"/Count %d\b" % pages, pdf)
    words = _words(pdf)
    assert [f"page {number} of {pages}" in words for number in (1, pages, pages + 1)] == [True, True, False]
    for text in ("Pier 3", "Aare & Sons", "A. Keller", "pier/west.jpg", "not for asphalt at night"):
        assert text in words


def test_of_the_model_card_stands_what_it_is_and_where_the_rest_is(tmp_path, records, card):
    words = _words(_written(tmp_path, records, card=card))
    assert "1,234 images of 1 set" in words
    assert "in run.json and report.html" in words
    assert "IoU" not in words
    assert "doi:10.0/example" not in words


def test_where_all_masks_were_given_no_model_is_named(tmp_path, records, card):
    given = [record.model_copy(update={"model": MASK_GIVEN}) for record in records]
    words = _words(_written(tmp_path, given, card=card))
    assert "Model mask given" in words
    assert card.limits not in words


@pytest.mark.parametrize("rows", range(8, 40, 2))
def test_a_heading_never_stands_alone_at_the_foot_of_a_page(tmp_path, make_photo, make_line, make_run, rows):
    lines = [make_line((5 * k + 5, 10), (5 * k + 5, 300), 2) for k in range(rows)]
    pdf = _written(tmp_path, make_run(tmp_path, [make_photo("a.jpg", lines)]))
    for heading, first in [
        ("Widest cracks", "crack 1 in a.jpg"),
        ("Photos a.jpg", f"{rows} cracks"),
        ("Cracks Photo", "Mean width"),
    ]:
        assert [first in words for words in _words_by_page(pdf) if heading in words] == [True]


def test_the_same_run_gives_the_same_file(tmp_path, records):
    assert _written(tmp_path, records) == _written(tmp_path, records)


def test_widths_are_counted_and_photos_without_a_scale_named_as_on_the_page(
    tmp_path, make_photo, make_line, make_run
):
    lines = [make_line((20 + 40 * k, 20), (20 + 40 * k, 320), 3 + 4 * k) for k in range(3)]
    scaled = make_photo("a.jpg", lines, scale=Scale(0.1))
    drawings = [scaled, make_photo("b.jpg", lines), make_photo("c.jpg", [])]
    words = _words(_written(tmp_path, make_run(tmp_path, drawings)))
    assert "2 of 3 photos have no scale; their lengths and widths are in pixels" in words
    assert "1 photo with cracks has no scale and is left out" in words
    assert "a.jpg, crack 3; 95th percentile 1.10 mm; 1 cracked photo without a scale not compared" in words
    assert "Number of cracks by the largest width of each. Only photos with a scale are counted" in words
    assert "Classes are those of the quantities below, some of them divided." in words
    assert "0.2 – 0.3 0 0.3 – 0.4 1 0.4 – 0.7 0 0.7 – 1 1 1 – 2 1" in words
    assert "have no scale" not in _words(_written(tmp_path, make_run(tmp_path, [scaled])))


def test_verdict_and_caveat_are_in_the_pdf(tmp_path, make_photo, make_line, make_run, with_crack):
    drawn = make_photo("a.jpg", [make_line((20, 20), (20, 320), 2)], scale=Scale(0.2, "given", 0.02))
    make_run(tmp_path, [drawn])
    figures = {"width_p95_range_mm": (0.34, 0.51), "width_max_mm": 0.42, "width_max_range_mm": (0.36, 0.49)}
    record = with_crack(drawn.record, 1, **figures)
    words = _words(_written(tmp_path, [record], choice=CodeChoice(load_code("en1992"), "XC3")))
    assert "calculated design widths" in words
    assert "exceeded" in words
    assert "0.42 mm (0.36–0.49)" in words
    assert "limit 0.3 mm" in words
    assert "0.2 mm/px ± 2 %, stated by the user, right only for a camera square to the surface" in words
    assert "exceeded 1 a.jpg: 1" in words


def test_a_crack_too_fine_to_be_measured_is_never_a_number(
    tmp_path, make_photo, make_line, make_run, with_crack
):
    drawn = make_photo("a.jpg", [make_line((20, 20), (20, 320), 2)], scale=Scale(0.2))
    make_run(tmp_path, [drawn])
    figures = {"finer_than_px": 1.05, "finer_than_mm": 0.21, "width_mean_mm": 0.1234, "width_max_mm": 0.1337}
    words = _words(_written(tmp_path, [with_crack(drawn.record, 1, **figures)]))
    assert "finer than 0.21 mm" in words
    assert "0.12" not in words
    assert "0.13" not in words


@pytest.mark.parametrize(
    "name", ["<script>.jpg", "<b>.jpg", "a & b.jpg", "(1).jpg", "50%.jpg", "back\\slash.jpg"]
)
def test_a_name_is_text_and_not_markup(tmp_path, make_photo, name):
    words = _words(_written(tmp_path, [make_photo(name, []).record], failures=((name, name),)))
    assert words.replace(" ", "").count(name.replace(" ", "")) == 3  # a text can be cut where it had entities


def test_letters_that_the_fonts_lack_are_replaced_visibly_and_this_is_said(tmp_path, make_photo):
    words = _words(_written(tmp_path, [make_photo("Brücke/橋.jpg", []).record]))
    assert "Brücke/[U+6A4B].jpg" in words
    assert "written as their code point" in words
    assert "written as their code point" not in _words(
        _written(tmp_path, [make_photo("Brücke.jpg", []).record])
    )


def test_letters_that_the_fonts_lack_in_a_reason_or_a_price_list_are_told_too(
    tmp_path, make_photo, make_line, make_run
):
    told = "written as their code point"
    drawn = make_photo("a.jpg", [make_line((20, 20), (20, 320), 4)], scale=Scale(0.2))
    make_run(tmp_path, [drawn])
    crack = drawn.record.cracks[0]
    struck = StruckCrack(crack=crack, branches=[], counts=[], reason="kořeny", struck_at="now")
    words = _words(_written(tmp_path, [drawn.record.model_copy(update={"struck": (struck,)})]))
    assert "ko[U+0159]eny" in words
    assert told in words
    prices = PriceList(currency="Kč", classes=(PriceClass(name="seal", from_mm=0, price_per_m=100),))
    assert told in _words(_written(tmp_path, [drawn.record], prices=prices))
    assert told not in _words(_written(tmp_path, [drawn.record]))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\tand", "two lines and"),
        ("caf\udce9", "caf[U+DCE9]"),
        ("a\x00b", "a[U+0000]b"),
        ("0.2 mm ± 2 % – “x” m²", "0.2 mm ± 2 % – “x” m²"),
        ("😀", "[U+1F600]"),
    ],
)
def test_any_text_can_be_printed(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize("what", ["warnings", "struck"])
def test_words_that_fill_more_than_a_page_go_on_on_the_next(tmp_path, make_photo, make_line, make_run, what):
    drawn = make_photo("a.jpg", [make_line((20, 20), (20, 320), 4)])
    make_run(tmp_path, [drawn])
    names = [f"joint{number}" for number in range(900)]
    reason = " ".join(names)
    struck = StruckCrack(crack=drawn.record.cracks[0], branches=[], counts=[], reason=reason, struck_at="now")
    changes = {"warnings": (reason,)} if what == "warnings" else {"struck": (struck,)}
    words = Counter(_words(_written(tmp_path, [drawn.record.model_copy(update=changes)])).split())
    assert {words[name] for name in names} == {2}  # beside the photo and of the run


def test_a_run_in_which_every_photo_failed_has_a_pdf(tmp_path):
    words = _words(_written(tmp_path, [], failures=(("a.jpg", "is a text file"),)))
    assert "is a text file" in words


def test_missing_pictures_do_not_lose_the_pdf(tmp_path, drawings):
    assert "pier/east.jpg" in _words(_written(tmp_path, [drawn.record for drawn in drawings]))


def test_a_table_over_many_pages_repeats_its_head(tmp_path, make_photo, make_line):
    lines = [make_line((2 * k, 10), (2 * k, 60), 1) for k in range(140)]
    words = _words(_written(tmp_path, [make_photo("a.jpg", lines).record]))
    assert words.count("Mean width") >= 2


def test_quantities_and_budget_say_between_what_they_lie(tmp_path, make_photo, make_line, make_run):
    drawn = make_photo("a.jpg", [make_line((20, 20), (20, 320), 2)], scale=Scale(0.2, "marker", 0.5))
    make_run(tmp_path, [drawn])
    prices = PriceList(currency="EUR", classes=(PriceClass(name="seal", from_mm=0.3, price_per_m=100),))
    words = _words(_written(tmp_path, [drawn.record], prices=prices))
    # 300 px at 0.1 to 0.3 mm/px, 0.2 to 0.6 mm wide
    assert "90 % (m)" in words
    assert "all 0.06 0.03–0.09" in words
    assert "Total 6.00 0.00–9.00" in words

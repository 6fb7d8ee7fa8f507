import base64
import re
from dataclasses import replace
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from crackwise.files import write_image
from crackwise.inspection.record import MASK_GIVEN
from crackwise.report import page
from crackwise.report.code_choice import CodeChoice
from crackwise.report.facts import warning_lines
from crackwise.report.settings import ReportSettings
from crackwise.report.writers.html import write_html
from crackwise.scale import Scale
from crackwise.severity.code import load_code
from crackwise.severity.quantities import PriceClass, PriceList

EVIL = "<script>alert(1)</script>.jpg"


class Reader(HTMLParser):
    """Collects tags with their attributes, and the text that a reader sees."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.words, self.hidden = [], [], False
        self.feed(html)
        self.text = re.sub(r"\s+", " ", " ".join(self.words))

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.hidden = tag in {"script", "style"}

    def handle_endtag(self, tag):
        self.hidden = False

    def handle_data(self, data):
        if not self.hidden:
            self.words.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def _page(folder, records, **settings):
    write_html(records, folder, ReportSettings(**settings))
    return (folder / "report.html").read_text(encoding="utf-8")


def test_the_summary_counts_and_adds_up(tmp_path, records):
    text = Reader(_page(tmp_path, records, failures=(("bad.jpg", "ends early"),))).text
    length_mm = (300 + np.hypot(180, 180) + 230) * 0.2
    assert "photos inspected 3 1 more could not be inspected" in text
    assert "photos with cracks 2 no crack found on 1" in text
    assert f"total crack length {length_mm:.0f} mm" in text
    assert "largest width 1.80 mm pier/west.jpg, crack 1" in text
    assert "bad.jpg ends early" in text


def test_heading_and_model_card_are_shown(tmp_path, records, card):
    settings = {
        "title": "Pier 3",
        "project": "Aare & Sons",
        "inspector": "A. Keller",
        "created": "2024-05-21T10:00:31",
    }
    text = Reader(_page(tmp_path, records, card=card, options=(("Workers", "2"),), **settings)).text
    for words in (
        "Pier 3",
        "Aare & Sons",
        "A. Keller",
        "2024-05-21 10:00",
        "CC BY 4.0",
        "not for asphalt at night",
    ):
        assert words in text
    assert "Workers 2" in text


def test_with_a_scale_all_figures_are_in_millimetres(tmp_path, records):
    text = Reader(_page(tmp_path, records)).text
    assert "Length (mm)" in text
    assert "Length (px)" not in text
    assert "--scale" not in text


def test_lengths_of_a_close_up_keep_two_digits(tmp_path, make_photo, make_line, make_run):
    lines = [make_line((20, 20), (20, 104), 9), make_line((60, 20), (60, 320), 9)]
    drawn = make_photo("a.jpg", lines, scale=Scale(0.005))
    make_run(tmp_path, [drawn])
    html = _page(tmp_path, [drawn.record])
    assert [float(cell) for cell in re.findall(r'data-value="0\.42\d*">([\d.]+)</td>', html)] == [0.42]
    assert re.search(r'data-value="1\.5\d*">1\.5</td>', html)


def test_without_a_scale_figures_are_in_pixels_and_the_page_says_how_to_get_millimetres(
    tmp_path, make_photo, make_line, make_run
):
    records = make_run(tmp_path, [make_photo("a.jpg", [make_line((20, 20), (20, 320), 9)])])
    text = Reader(_page(tmp_path, records)).text
    assert "total crack length 300 px" in text
    assert "--scale 0.2mm/px" in text
    assert "Length (mm)" not in text


def test_pixels_and_millimetres_are_never_added_up(tmp_path, make_photo, make_line, make_run):
    line = make_line((20, 20), (20, 320), 9)
    drawings = [make_photo("a.jpg", [line]), make_photo("b.jpg", [line], scale=Scale(0.1))]
    text = Reader(_page(tmp_path, make_run(tmp_path, drawings))).text
    assert "total crack length 30 mm + 300 px" in text
    assert "1 of 2 photos have no scale" in text
    assert "b.jpg, crack 1; 95th percentile 0.90 mm; 1 cracked photo without a scale not compared" in text


def test_a_photo_without_cracks_is_shown_as_such(tmp_path, records):
    reader = Reader(_page(tmp_path, records))
    assert "sound.jpg No crack found" in reader.text
    assert any("sound.jpg" in image.get("alt", "") for image in reader.all("img"))


def test_whatever_a_user_names_a_thing_stays_text(tmp_path, make_photo, make_line, make_run, card):
    drawn = make_photo("a.jpg", [make_line((20, 20), (20, 320), 9)])
    record = drawn.record.model_copy(update={"photo": EVIL, "camera": '"><img src=x onerror=alert(2)>'})
    make_run(tmp_path, [drawn])
    evil = dict.fromkeys(("title", "project", "inspector", "created"), f"</style></title>{EVIL}")
    html = _page(tmp_path, [record], failures=((EVIL, EVIL),), options=((EVIL, EVIL),), card=card, **evil)
    reader = Reader(html)
    assert html.count("<script>") == 1
    assert html.count("</style>") == 1
    assert EVIL in reader.text
    assert {image["src"][:10] for image in reader.all("img")} == {"data:image"}
    assert not [name for _, attributes in reader.tags for name in attributes if name.startswith("on")]


def test_every_printed_page_carries_the_title(tmp_path, records):
    html = _page(tmp_path, records, title='5" slab', project="</style>")
    assert r'@top-left { content: "5\22  slab \b7  \3c \2f style\3e "' in html


def test_a_report_whose_title_was_taken_away_is_headed_all_the_same(tmp_path, records):
    html = _page(tmp_path, records, title="")
    assert "<title>Crack inspection</title>" in html
    assert "<h1>Crack inspection</h1>" in html
    assert '@top-left { content: "Crack inspection";' in html


def test_nothing_is_loaded_from_outside(tmp_path, records, card):
    html = _page(tmp_path, records, card=card)
    reader = Reader(html)
    assert "http://" not in html
    assert "https://" not in html
    assert "url(" not in html
    assert "@import" not in html
    loaded = [attributes.get("src") for _, attributes in reader.tags if "src" in attributes]
    assert loaded
    assert all(source.startswith("data:image/jpeg;base64,") for source in loaded)
    assert [link["href"] for link in reader.all("link")] == ["data:,"]
    policy = reader.all("meta")[1]["content"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_thumbnails_are_at_most_800_px_and_full_overlays_are_linked(
    tmp_path, make_photo, make_line, make_run
):
    drawn = make_photo("dir/Brücke 1#.jpg", [make_line((20, 20), (20, 1900), 9)], shape=(1000, 2000))
    reader = Reader(_page(tmp_path, make_run(tmp_path, [drawn])))
    for image in reader.all("img"):
        data = base64.b64decode(image["src"].split(",")[1])
        assert max(cv2.imdecode(np.frombuffer(data, np.uint8), 1).shape) <= 800
    assert "overlays/dir/Br%C3%BCcke%201%23.jpg" in [link["href"] for link in reader.all("a")]
    assert "Fullsize,intheresultsfolder:overlays/dir/Brücke1#.jpg" in reader.text.replace(" ", "")


def test_100_photos_of_pure_noise_stay_below_25_mb(tmp_path, make_photo):
    record = make_photo("a.jpg", []).record
    noise = np.random.default_rng(0).integers(0, 255, (900, 1200, 3), np.uint8)
    write_image(tmp_path / "overlays" / "a.jpg", noise, jpeg_quality=95)
    size = len(_page(tmp_path, [record] * 2))
    own = len(_page(tmp_path, []))
    assert own + 100 * (size - own) / 2 < 25e6


def test_beyond_the_budget_overlays_are_linked_and_the_widest_cracks_embedded(tmp_path, records, monkeypatch):
    monkeypatch.setattr(page, "EMBEDDED_PHOTOS_MOST", 1)
    reader = Reader(_page(tmp_path, records))
    assert [image["alt"] for image in reader.all("img") if "outlined" in image["alt"]] == [
        "pier/west.jpg with its cracks outlined"
    ]
    links = {link["href"] for link in reader.all("a")}
    assert {"overlays/pier/west.jpg", "overlays/pier/east.jpg", "overlays/sound.jpg"} <= links


def test_the_page_says_how_many_pictures_are_not_in_it(tmp_path, records, monkeypatch):
    words = "photos with the finest cracks, or none, are not in this file"
    assert words not in _page(tmp_path, records)
    monkeypatch.setattr(page, "EMBEDDED_PHOTOS_MOST", 1)
    for record in records:
        write_image(tmp_path / "overlays" / f"{record.stem}.jpg", np.zeros((30, 40, 3), np.uint8))
    assert f"The pictures of the {len(records) - 1} {words}" in _page(tmp_path, records)


def test_a_long_table_shows_the_widest_cracks_and_says_so(tmp_path, records, monkeypatch):
    monkeypatch.setattr(page, "ROWS_MOST", 2)
    html = _page(tmp_path, records)
    assert "The 2 widest of 3 cracks" in Reader(html).text
    assert html.count("<tr data-photo=") == 2


def test_missing_pictures_do_not_lose_the_report(tmp_path, drawings):
    text = Reader(_page(tmp_path, [drawn.record for drawn in drawings])).text
    assert "There is no overlay of this photo" in text
    assert "pier/east.jpg" in text


def test_a_run_in_which_every_photo_failed_has_a_report(tmp_path):
    text = Reader(_page(tmp_path, [], failures=(("a.jpg", "is a text file"),))).text
    assert "photos inspected 0 1 more could not be inspected" in text
    assert "a.jpg is a text file" in text


def test_a_file_name_that_is_no_utf8_can_be_reported(tmp_path):
    name = b"caf\xe9.jpg".decode("utf-8", "surrogateescape")
    assert r"caf\udce9.jpg" in _page(tmp_path, [], failures=((name, "unreadable"),))


@pytest.mark.parametrize(
    "identifier", ["summary", "table", "photos", "method", "settings", "photo-1", "photo-3"]
)
def test_every_part_can_be_linked_to(tmp_path, records, identifier):
    assert _page(tmp_path, records).count(f'id="{identifier}"') == 1


def _measured(make_photo, make_line, with_crack, **figures):
    drawn = make_photo("a.jpg", [make_line((20, 20), (20, 320), 2)], scale=Scale(0.2, "given", 0.02))
    known = {
        "width_mean_range_mm": (0.31, 0.46), "width_p95_range_mm": (0.34, 0.51),
        "width_max_mm": 0.42, "width_max_range_mm": (0.36, 0.49),
    }  # fmt: skip
    return drawn, with_crack(drawn.record, 1, **(known | figures))


def test_widths_stand_with_their_interval(tmp_path, make_photo, make_line, make_run, with_crack):
    drawn, record = _measured(make_photo, make_line, with_crack)
    make_run(tmp_path, [drawn])
    text = Reader(_page(tmp_path, [record])).text
    assert "largest 0.42 mm (0.36–0.49), 95th percentile 0.40 mm (0.34–0.51) – crack 1 in a.jpg" in text
    assert "0.42 (0.36–0.49)" in text  # in the table, whose head says mm
    assert "largest width 0.42 mm 90 %: 0.36–0.49; a.jpg, crack 1" in text


def _heads(html):
    return re.findall(r'data-name="([^"]*)"', html)


def test_the_width_that_a_code_judges_by_stands_first(tmp_path, make_photo, make_line, make_run, with_crack):
    drawn, record = _measured(make_photo, make_line, with_crack)
    make_run(tmp_path, [drawn])
    html = _page(tmp_path, [record], choice=CodeChoice(load_code("en1992"), "XC3"))
    text = Reader(html).text
    assert _heads(html)[2:5] == ["Length (mm)", "95th percentile (mm)", "Largest width (mm)"]
    assert "Confidence" not in _heads(html)
    assert "95th percentile 0.40 mm (0.34–0.51), largest 0.42 mm (0.36–0.49) – crack 1 in a.jpg" in text
    assert "Widest crack 1: 95th percentile 0.40 mm" in text
    assert "widest crack (95th percentile) 0.40 mm 90 %: 0.34–0.51; a.jpg, crack 1; largest 0.42 mm" in text
    html = _page(tmp_path, [record], choice=CodeChoice(load_code("aci224r"), "dry"))
    assert _heads(html)[3:5] == ["Largest width (mm)", "95th percentile (mm)"]
    html = _page(tmp_path, [record], choice=CodeChoice(load_code("ltpp_asphalt")))
    assert _heads(html)[3:5] == ["Mean width (mm)", "Largest width (mm)"]


def test_a_crack_too_fine_to_be_measured_has_a_bound_and_never_a_number(
    tmp_path, make_photo, make_line, make_run, with_crack
):
    figures = {"finer_than_px": 1.05, "finer_than_mm": 0.21, "width_mean_mm": 0.1234, "width_max_mm": 0.1337}
    drawn, record = _measured(make_photo, make_line, with_crack, **figures)
    make_run(tmp_path, [drawn])
    html = _page(tmp_path, [record])
    assert "finer than 0.21 mm" in Reader(html).text
    assert "0.12" not in html
    assert "0.13" not in html
    assert '<svg class="profile"' not in html


def test_the_verdict_comes_with_reason_limit_and_caveat(
    tmp_path, make_photo, make_line, make_run, with_crack
):
    drawn, record = _measured(make_photo, make_line, with_crack)
    make_run(tmp_path, [drawn])
    html = _page(tmp_path, [record], choice=CodeChoice(load_code("en1992"), "XC3"))
    text = Reader(html).text
    assert text.count("limits are for calculated design widths") == 1
    assert "1 exceeded" in text
    assert "(90 %: 0.34 to 0.51 mm) is above 0.3 mm for XC3, quasi-permanent combination" in text
    assert "EN 1992-1-1:2004; Table 7.1N" in text
    assert 'class="badge exceeded"' in html
    assert ">limit 0.3 mm</text>" in html


def test_each_outcome_names_its_cracks_the_widest_first(
    tmp_path, make_photo, make_line, make_run, monkeypatch
):
    lines = [make_line((20 + 40 * k, 20), (20 + 40 * k, 320), 3 + 4 * k) for k in range(3)]
    records = make_run(tmp_path, [make_photo(f"{k}.jpg", lines, scale=Scale(0.2)) for k in range(2)])
    cracks = [
        replace(crack, width_max_range_mm=(crack.width_max_mm, crack.width_max_mm))
        for crack in records[0].cracks
    ]
    records = [record.model_copy(update={"cracks": tuple(cracks)}) for record in records]
    choice = CodeChoice(load_code("burland"))
    text = Reader(_page(tmp_path, records, choice=choice)).text
    assert "4 grade 2 slight, by width only 0.jpg : 3, 2; 1.jpg : 3, 2" in text
    assert "2 grade 1 very slight, by width only 0.jpg : 1; 1.jpg : 1" in text
    monkeypatch.setattr(page, "PHOTOS_NAMED_MOST", 1)
    html = _page(tmp_path, records, choice=choice)
    assert "0.jpg : 3, 2; and 2 more in all cracks" in Reader(html).text
    assert '<a href="#photo-1" title="0.jpg">' in html


def test_cracks_are_counted_in_classes_that_end_at_the_limits(tmp_path, make_photo, make_line, make_run):
    lines = [make_line((20 + 40 * k, 20), (20 + 40 * k, 320), 2 + k) for k in range(3)]
    record = make_photo("a.jpg", lines, scale=Scale(0.1)).record
    text = Reader(_page(tmp_path, [record], choice=CodeChoice(load_code("en1992"), "XC3"))).text
    assert "by the 95th percentile of the width of each" in text
    assert "below 0.2 0 0.2 – 0.3 1 0.3 – 0.4 1 0.4 – 0.7 1" in text


def test_when_the_photos_were_taken_is_told_apart_from_when_the_report_was_made(tmp_path, make_photo):
    dates = ("2024-05-17T10:32:08", "2024-04-30T08:00:00", None)
    records = [
        make_photo(f"{k}.jpg", []).record.model_copy(update={"taken_at": date})
        for k, date in enumerate(dates)
    ]
    text = Reader(_page(tmp_path, records, created="2024-06-01T09:00:00")).text
    assert "Report made 2024-06-01 09:00" in text
    assert "Photos taken 2024-04-30 to 2024-05-17 (2 of 3 photos say when)" in text
    assert "Photos taken 2024-05-17 Model" in Reader(_page(tmp_path, records[:1])).text


def test_without_a_code_there_is_no_verdict(tmp_path, records):
    html = _page(tmp_path, records)
    assert 'id="code"' not in html
    assert "design widths" not in html


def test_the_page_says_how_the_scale_is_known_and_how_well(tmp_path, make_photo):
    given = make_photo("a.jpg", [], scale=Scale(0.2, "given", 0.02)).record
    marker = make_photo("b.jpg", [], scale=Scale(0.25, "marker")).record
    text = Reader(_page(tmp_path, [given])).text
    assert "0.2 mm/px ± 2 %, stated by the user, right only for a camera square to the surface" in text
    text = Reader(_page(tmp_path, [given, marker])).text
    assert "How the scale is known: differs from photo to photo (given, marker)" in text
    assert "0.25 mm/px, from the marker card in the photo; its error is not stated" in text


def test_the_page_says_what_one_scale_for_a_photo_means(tmp_path, make_photo):
    flat, tilted = (make_photo(f"{name}.jpg", [], scale=Scale(0.2)).record for name in ("flat", "tilted"))
    (tmp_path / "rectified").mkdir()
    (tmp_path / "rectified/flat.jpg").touch()
    one_scale = "further away than where the scale holds, comes out too small, what is nearer too large"
    one_plane = "what lies behind it comes out too small, what lies before it too large"
    for records, said in (([tilted], (True, False)), ([flat], (False, True)), ([flat, tilted], (True, True))):
        text = Reader(_page(tmp_path, records)).text
        assert (one_scale in text, one_plane in text) == said


def test_lengths_and_density_carry_the_error_of_the_scale(tmp_path, make_photo, make_line, make_run):
    line = make_line((20, 20), (20, 320), 2)
    sure, unsure = (make_photo(f"{e}.jpg", [line], scale=Scale(0.2, "marker", e)) for e in (0.1, 0.5))
    make_run(tmp_path, [sure, unsure])
    text = Reader(_page(tmp_path, [unsure.record])).text
    assert "total crack length 60 mm ± 50 % by the scale; centrelines" in text
    assert "Total length 60 mm ± 50 %" in text
    # 300 px on 400 × 300 px: 0.0025 per px, at 0.2 mm/px 12.5 m/m², at 0.3 8.33 and at 0.1 25
    assert "Crack density 12.50 m/m² (8.33–25.00)" in text
    assert "120 mm ± 30 % by the scale" in Reader(_page(tmp_path, [sure.record, unsure.record])).text
    unstated = make_photo("c.jpg", [line], scale=Scale(0.2)).record
    text = Reader(_page(tmp_path, [sure.record, unstated])).text
    assert "by the scale" not in text  # the sum is as unknown as its part
    assert text.count("its error is not stated") == 1


def test_warnings_and_the_smallest_measurable_width_are_shown(tmp_path, make_photo, make_line, make_run):
    drawings = [make_photo("a.jpg", []), make_photo("b.jpg", [make_line((20, 20), (20, 320), 9)])]
    sound, cracked = (
        record.model_copy(
            update={
                "summary": replace(record.summary, smallest_width_px=2.301, smallest_width_mm=0.4602),
                "warnings": ("<i>no marker card found",),
            }
        )
        for record in make_run(tmp_path, drawings)
    )
    assert "Measurable from 0.47 mm (2.4 px)" in Reader(_page(tmp_path, [cracked])).text
    text = Reader(_page(tmp_path, [sound])).text
    assert "A width could be told from 0.47 mm (2.4 px)" in text
    assert "a.jpg: <i>no marker card found" in text
    assert "Warning: <i>no marker card found" in text


@pytest.mark.parametrize(
    ("warnings", "line"),
    [
        (
            {
                "a.jpg": "unlike those of set 1.2: darker (12, there 30 to 40); look at it",
                "b.jpg": "unlike those of set 1.2: brighter (99, there 30 to 40); look at it",
            },
            "2 photos: unlike those of set 1.2 – a.jpg, b.jpg",
        ),
        (
            {
                "a.jpg": "3 of the card's 4 markers found; clean it",
                "b.jpg": "2 of the card's 4 markers found",
            },
            "2 photos: … of the card's … markers found – a.jpg, b.jpg",
        ),
        (
            {"a.jpg": "no card found; measured in px", "b.jpg": "no card found; measured in px"},
            "2 photos: no card found; measured in px – a.jpg, b.jpg",
        ),
        ({"a.jpg": "tilted by 12°: add --rectify"}, "a.jpg: tilted by 12°: add --rectify"),
    ],
    ids=["same beginning", "other figures", "same words", "one photo"],
)
def test_warnings_of_one_kind_are_one_line(make_photo, warnings, line):
    records = [
        make_photo(name, []).record.model_copy(update={"warnings": (warnings[name],)}) for name in warnings
    ]
    assert warning_lines(records) == (line,)


def test_a_warning_of_many_photos_names_some(make_photo):
    same = {"warnings": ("far away",)}
    records = [make_photo(f"{k:02d}.jpg", []).record.model_copy(update=same) for k in range(15)]
    (line,) = warning_lines(records)
    assert line.startswith("15 photos: far away – 00.jpg, 01.jpg")
    assert line.endswith("11.jpg and 3 more")


@pytest.mark.parametrize(
    ("kind", "by_rows"),
    [("longitudinal", "along photo rows"), ("transverse", "across photo rows"), ("map", "map")],
)
def test_a_kind_is_told_by_the_rows_where_nobody_stated_an_axis(tmp_path, records, with_crack, kind, by_rows):
    records = [with_crack(records[0], 1, kind=kind)]
    text = Reader(_page(tmp_path, records)).text
    assert text.count(f"{by_rows},") == 2  # table and close-up
    assert "Kind: along or across: within 30° of the rows of the photo or of its columns; diagonal" in text
    text = Reader(_page(tmp_path, records, is_axis_stated=True)).text
    assert text.count(f"{kind},") == 2
    assert "photo rows" not in text
    assert "Kind: longitudinal or transverse: within 30° of the axis or of its normal; diagonal" in text


def test_kinds_by_the_rows_and_by_an_axis_can_stand_in_one_report(tmp_path, records, with_crack):
    records = [with_crack(record, 1, kind="transverse") for record in records]
    other = records[1].settings.model_copy(update={"axis_deg": 90.0})
    records[1] = records[1].model_copy(update={"settings": other})
    page = _page(tmp_path, records)
    text = Reader(page).text
    assert (text.count("across photo rows,"), text.count(" transverse,")) == (2, 2)
    assert "Kind: longitudinal or transverse: within 30° of the axis" in text
    assert "normal; along or across: within 30° of the rows" in text
    assert "was not stated" not in text
    text = Reader(_page(tmp_path, records[1:2])).text
    assert "rows of the photo" not in text
    assert "across photo rows" not in text


def test_how_much_has_no_price_stands_beside_the_total(tmp_path, make_photo, make_line, make_run):
    lines = [make_line((20, 20), (20, 320), 2), make_line((80, 20), (80, 120), 9)]
    drawn = make_photo("a.jpg", lines, scale=Scale(0.2))
    make_run(tmp_path, [drawn])
    prices = PriceList(currency="EUR", classes=(PriceClass(name="seal", from_mm=1, price_per_m=100),))
    text = Reader(_page(tmp_path, [drawn.record], prices=prices)).text
    # 300 px of 400 are 0.4 mm wide, for which there is no price
    assert "Total 2.00 Not in the total 75 % of all metres 0.06 no price" in text


def test_quantities_and_budget_are_shown(tmp_path, records):
    prices = PriceList(currency="E<U>R", classes=(PriceClass(name="<seal>", from_mm=0, price_per_m=100),))
    text = Reader(_page(tmp_path, records, prices=prices)).text
    # 254.56 px at 0.6 mm; 300 and 230 px at 1.8 and 1 mm, all at 0.2 mm/px
    assert "0.4 to 1 mm 0.05" in text
    assert "1 to 5 mm 0.11" in text
    assert "<seal> any width 0.16 100.00 16.00" in text
    assert "Cost (E<U>R)" in text


def test_quantities_and_budget_say_between_what_they_lie(tmp_path, make_photo, make_line, make_run):
    drawn = make_photo("a.jpg", [make_line((20, 20), (20, 320), 2)], scale=Scale(0.2, "marker", 0.5))
    make_run(tmp_path, [drawn])
    prices = PriceList(currency="EUR", classes=(PriceClass(name="seal", from_mm=0.3, price_per_m=100),))
    text = Reader(_page(tmp_path, [drawn.record], prices=prices)).text
    # 300 px at 0.1 to 0.3 mm/px, 0.2 to 0.6 mm wide
    assert "0.4 to 1 mm 0.06 0.00–0.09" in text
    assert "All 0.06 0.03–0.09" in text
    assert "seal 0.3 mm and more 0.06 100.00 6.00 0.00–9.00" in text
    assert "Total 6.00 0.00–9.00" in text
    assert "The 90 % column" in text
    unstated = make_photo("a.jpg", [make_line((20, 20), (20, 320), 2)], scale=Scale(0.2)).record
    assert "90 % (m)" not in Reader(_page(tmp_path, [unstated], prices=prices)).text


def test_classes_that_no_photo_can_show_have_a_dash_and_not_nought(tmp_path, make_photo, make_line):
    fine, coarse = (
        make_photo(f"{name}.jpg", [make_line((20, 20), (20, 320), 9)], scale=Scale(0.2)).record
        for name in "ab"
    )
    fine, coarse = (
        record.model_copy(update={"summary": replace(record.summary, smallest_width_mm=smallest_mm)})
        for record, smallest_mm in ((fine, 0.2), (coarse, 0.302))
    )
    text = Reader(_page(tmp_path, [fine, coarse])).text
    assert (
        "below 0.1 mm: below what these photos can show (0.2–0.31 mm) – 0.1 to 0.2 mm: below what these"
        in text
    )
    assert (
        "0.2 to 0.3 mm: below what some of these photos can show (0.2–0.31 mm) – 0.3 to 0.4 mm 0.00" in text
    )
    text = Reader(_page(tmp_path, [fine])).text
    assert "0.2 to 0.3 mm 0.00" in text


def test_rows_that_do_not_add_up_say_so(tmp_path, make_photo, make_line):
    words = "rounded by itself, so that they do not add up"
    lines = [make_line((20, 20), (20, 44), 1), make_line((60, 20), (60, 44), 9)]  # 4.8 mm each
    record = make_photo("a.jpg", lines, scale=Scale(0.2)).record
    assert words in Reader(_page(tmp_path, [record])).text  # 0.00 m + 0.00 m = 0.01 m
    record = make_photo("a.jpg", [make_line((20, 20), (20, 320), 9)], scale=Scale(0.2)).record
    assert words not in Reader(_page(tmp_path, [record])).text


def test_a_record_measured_from_a_mask_has_a_report(tmp_path, make_photo, make_line, make_run):
    drawn = make_photo("a.jpg", [make_line((20, 20), (20, 320), 2)])
    make_run(tmp_path, [drawn])
    record = drawn.record.model_copy(update={"model": MASK_GIVEN, "precision": "none"})
    assert "given or corrected by a user" in Reader(_page(tmp_path, [record])).text


def test_where_all_masks_were_given_no_model_is_named(tmp_path, records, card):
    given = [record.model_copy(update={"model": MASK_GIVEN, "precision": "none"}) for record in records]
    text = Reader(_page(tmp_path, given, card=card)).text
    assert "Model mask given" in text
    assert card.name not in text
    assert card.limits not in text
    assert card.limits in Reader(_page(tmp_path, [*given[:2], records[2]], card=card)).text

import base64
import re
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from crackwise.files import write_image
from crackwise.report import page
from crackwise.report.settings import ReportSettings
from crackwise.report.writers.html import write_html
from crackwise.scale import Scale

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
    assert "photos inspected 3 1 more could not be read" in text
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
    assert "photos inspected 0 1 more could not be read" in text
    assert "a.jpg is a text file" in text


def test_a_file_name_that_is_no_utf8_can_be_reported(tmp_path):
    name = b"caf\xe9.jpg".decode("utf-8", "surrogateescape")
    assert r"caf\udce9.jpg" in _page(tmp_path, [], failures=((name, "unreadable"),))


@pytest.mark.parametrize(
    "identifier", ["summary", "table", "photos", "method", "settings", "photo-1", "photo-3"]
)
def test_every_part_can_be_linked_to(tmp_path, records, identifier):
    assert _page(tmp_path, records).count(f'id="{identifier}"') == 1

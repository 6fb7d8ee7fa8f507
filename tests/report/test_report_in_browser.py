from dataclasses import replace

import pytest

from crackwise.report.code_choice import CodeChoice
from crackwise.report.settings import ReportSettings
from crackwise.report.writers.html import write_html
from crackwise.scale import Scale
from crackwise.severity.code import load_code
from phone import CHROMIUM

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium or Chrome on the PATH")


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright of the test group")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, tmp_path, records, card):
    """The report in a browser, with all that it complained about or asked for."""
    write_html(records, tmp_path, ReportSettings(title="</style><b>Pier", project='"; } * {', card=card))
    tab, noise = browser.new_page(), []
    tab.on("console", lambda message: noise.append(message.text))
    tab.on("pageerror", lambda error: noise.append(str(error)))
    address = (tmp_path / "report.html").as_uri()
    tab.on("request", lambda request: request.url.startswith((address, "data:")) or noise.append(request.url))
    tab.goto(address)
    yield tab, noise
    tab.close()


def _column(tab, number):
    cells = tab.locator(f"#cracks tbody tr:visible td:nth-child({number})")
    return cells.all_inner_texts()


def test_the_page_runs_without_complaint_and_asks_for_nothing(opened):
    tab, noise = opened
    assert tab.locator("#cracks-status").inner_text() == "3 rows"
    assert noise == []


def test_a_single_crack_is_one_row(browser, tmp_path, records):
    write_html(records[1:], tmp_path, ReportSettings())
    tab = browser.new_page()
    tab.goto((tmp_path / "report.html").as_uri())
    assert tab.locator("#cracks-status").inner_text() == "1 row"
    tab.close()


def test_the_table_begins_with_the_widest_crack(opened):
    tab, _ = opened
    assert _column(tab, 6) == ["1.80", "1.00", "0.60"]
    assert tab.locator("th[aria-sort]").inner_text().startswith("Largest width")


def test_a_click_sorts_by_a_number_and_a_second_click_turns_it_round(opened):
    tab, noise = opened
    tab.get_by_role("button", name="Length (mm)").click()
    assert _column(tab, 3) == ["60.0", "50.9", "46.0"]
    tab.get_by_role("button", name="Length (mm)").click()
    assert _column(tab, 3) == ["46.0", "50.9", "60.0"]
    assert tab.locator("th[aria-sort='ascending']").count() == 1
    assert noise == []


def test_the_keyboard_sorts_by_photo(opened):
    tab, _ = opened
    tab.get_by_role("button", name="Photo").focus()
    tab.keyboard.press("Enter")
    assert _column(tab, 1) == ["pier/east.jpg", "pier/west.jpg", "pier/west.jpg"]


def test_one_photo_can_be_chosen(opened):
    tab, _ = opened
    tab.get_by_label("Photo", exact=True).select_option("pier/west.jpg")
    assert _column(tab, 1) == ["pier/west.jpg"] * 2
    assert tab.locator("#cracks-status").inner_text() == "2 of 3 rows"


def test_a_phone_never_scrolls_sideways(opened):
    tab, _ = opened
    tab.set_viewport_size({"width": 390, "height": 844})
    assert tab.evaluate("document.documentElement.scrollWidth") == 390


def test_what_the_model_card_folds_up_is_not_printed(opened):
    tab, _ = opened
    assert tab.get_by_text("not for asphalt at night").is_visible()
    assert not tab.get_by_text("CC BY 4.0").is_visible()
    tab.get_by_text("Scores, encoder and training data").click()
    assert tab.get_by_text("CC BY 4.0").is_visible()
    tab.emulate_media(media="print")
    assert not tab.get_by_text("CC BY 4.0").is_visible()
    assert tab.get_by_text("not for asphalt at night").is_visible()


def test_every_picture_is_decoded(opened):
    tab, _ = opened
    assert tab.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    assert tab.locator("img").count() == 5


@pytest.mark.parametrize("width_px", [1000, 1200])
def test_a_judged_table_needs_no_scrolling_on_a_screen(browser, tmp_path, make_photo, make_line, width_px):
    record = make_photo(
        f"{'bridge_' * 6}04.jpg", [make_line((20, 20), (20, 320), 2)], scale=Scale(0.2)
    ).record
    bounds = {f"width_{name}_range_mm": (0.123, 0.456) for name in ("mean", "p95", "max")}
    record = record.model_copy(update={"cracks": (replace(record.cracks[0], **bounds),)})
    write_html([record], tmp_path, ReportSettings(choice=CodeChoice(load_code("en1992"), "XC3")))
    tab = browser.new_page(viewport={"width": width_px, "height": 900})
    tab.goto((tmp_path / "report.html").as_uri())
    inner, outer = (
        tab.evaluate(f"document.getElementById('cracks').parentNode.{side}Width")
        for side in ("scroll", "client")
    )
    assert inner == outer
    assert tab.locator("td.verdict").bounding_box()["width"] > 200
    tab.close()


def test_on_paper_the_verdict_has_room_and_a_name_breaks_between_its_words(
    browser, tmp_path, make_photo, make_line, make_run
):
    name = "bridge/crack_with_moss_and_a_long_name_04.jpg"
    records = make_run(tmp_path, [make_photo(name, [make_line((20, 20), (20, 320), 9)], scale=Scale(0.2))])
    write_html(records, tmp_path, ReportSettings(choice=CodeChoice(load_code("burland"))))
    tab = browser.new_page(viewport={"width": 680, "height": 960})  # 180 mm at 96 px an inch
    tab.goto((tmp_path / "report.html").as_uri())
    tab.emulate_media(media="print")
    assert tab.locator("td.verdict").bounding_box()["width"] > 0.35 * 680
    lines = tab.locator("td.name a").evaluate(
        """link => [...link.childNodes].filter(node => node.length).map(node => {
            const range = document.createRange();
            range.selectNodeContents(node);
            return range.getClientRects().length;
        })"""
    )
    assert lines == [1] * 9  # bridge/ crack_ with_ moss_ and_ a_ long_ name_ 04.jpg
    tab.close()

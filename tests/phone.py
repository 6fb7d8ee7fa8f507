"""Open a page as a phone does."""

import shutil
from pathlib import Path

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
WIDTH_PX, HEIGHT_PX = 390, 844


def open_on_a_phone(page: Path) -> None:
    """Check that a page fits the width of a phone, shows its pictures and asks for nothing else."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium or Chrome on the PATH")
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright of the test group")
    address, noise = page.as_uri(), []
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": WIDTH_PX, "height": HEIGHT_PX})
        tab.on("console", lambda message: noise.append(message.text))
        tab.on(
            "request", lambda request: request.url.startswith((address, "data:")) or noise.append(request.url)
        )
        tab.goto(address)
        assert tab.evaluate("document.documentElement.scrollWidth") == WIDTH_PX
        assert tab.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
        browser.close()
    assert noise == []

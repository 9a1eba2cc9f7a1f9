"""Pages of reports in a real browser: they open from a disk, draw their pictures and ask nobody for anything."""

import pytest

from tests.integration.browser import browser, program
from tests.unit.metrics.reports.sample import SAMPLE
from voronka.metrics.reports.page import html_page

pytestmark = pytest.mark.skipif(program() is None, reason="there is no Chromium on this machine")

DRAWN = "[...document.querySelectorAll('.picture')].map(box => box.querySelectorAll('svg path').length)"
GROUND = "getComputedStyle(document.body).backgroundColor"


def test_pages_draw_their_pictures_and_ask_nobody(tmp_path):
    with browser(tmp_path / "browser") as tab:
        for language in ("en", "ru"):
            file = tmp_path / f"{language}.html"
            file.write_text(html_page(SAMPLE, language), encoding="utf-8")
            tab.open(file.as_uri())
            assert tab.complaints() == []
            assert [each for each in tab.requests() if not each.startswith("data:")] == [file.as_uri()]
            drawn = tab.evaluate(DRAWN)
            assert len(drawn) == len(SAMPLE.pictures)
            assert min(drawn) > 3
            assert tab.evaluate("window.hit") is None
            light = tab.evaluate(GROUND)
            tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
            assert tab.evaluate(GROUND) != light
            tab.call("Emulation.setEmulatedMedia", media="print", features=[])
            assert tab.evaluate(GROUND) == light
            assert tab.complaints() == []
            tab.call("Emulation.setEmulatedMedia", media="", features=[])

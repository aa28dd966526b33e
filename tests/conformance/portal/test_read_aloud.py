"""Reading aloud: by a voice of the device, of nothing but the page, and silent when it is left.

A browser without a window has no voices; the ones here stand in for the device's.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.applications import Starlette

from examples import collection_pages, public_pages
from examples.served import served

DEVICE = """
window.spoken = [];
const voices = VOICES;
Object.defineProperty(window, "speechSynthesis", { value: {
  getVoices: () => voices,
  speak: (said) => window.spoken.push(said.text),
  cancel: () => window.spoken.push("silence"),
  addEventListener: () => {},
} });
window.SpeechSynthesisUtterance = function (text) { this.text = text; };
"""
OWN = '[{ localService: true, lang: "zh-CN" }]'
OF_A_SERVICE = '[{ localService: false, lang: "zh-CN" }]'
OF_ANOTHER_LANGUAGE = '[{ localService: true, lang: "fr-FR" }]'


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    every = (collection_pages, public_pages)
    with served(Starlette(routes=[r for each in every for r in each.app().routes])) as address:
        yield address


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium_path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        started.close()


def opened(browser: Browser, address: str, voices: str) -> Page:
    page = browser.new_context(locale="zh-CN").new_page()
    page.add_init_script(DEVICE.replace("VOICES", voices))
    page.goto(address)
    return page


@pytest.mark.parametrize("path", ["/counters", "/collecting/scenes"])
def test_the_page_is_read_and_falls_silent(browser, site, path):
    page = opened(browser, site + path, OWN)
    button = page.get_by_role("button", name="朗读")
    button.click()
    (said,) = page.evaluate("window.spoken")
    assert said.startswith(page.locator("h1").inner_text())
    assert "English" not in said
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    assert page.evaluate("window.spoken.at(-1)") == "silence"
    assert button.get_attribute("aria-pressed") == "false"


@pytest.mark.parametrize("voices", ["[]", OF_A_SERVICE, OF_ANOTHER_LANGUAGE])
def test_without_a_voice_of_the_device_nothing_is_offered(browser, site, voices):
    page = opened(browser, site + "/counters", voices)
    assert page.get_by_role("button", name="朗读").count() == 0


def test_a_page_that_is_left_falls_silent(browser, site):
    page = opened(browser, site + "/counters", OWN)
    page.get_by_role("button", name="朗读").click()
    page.evaluate("""() => {
        Object.defineProperty(document, "hidden", { value: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }""")
    assert page.evaluate("window.spoken.at(-1)") == "silence"

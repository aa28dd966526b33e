"""WCAG 2.2 AA as axe-core can tell, and what it cannot: reflow, targets, focus, dark, large text.

Source: WCAG 2.2, 1.4.3 contrast, 1.4.10 reflow, 2.4.7 focus visible, 2.5.8 target size.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.applications import Starlette

from examples import (
    auditor_pages,
    collection_pages,
    map_pages,
    public_pages,
    registrar_pages,
    resident_pages,
    reviewer_pages,
    supervisor_pages,
    trust_pages,
)
from examples.served import served

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LOOKS = {
    "phone": {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN"},
    "dark": {"viewport": {"width": 390, "height": 844}, "locale": "en-GB", "color_scheme": "dark"},
    "desk": {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"},
}


PATHS = (
    *resident_pages.PATHS,
    *registrar_pages.PAGES,
    *registrar_pages.MADE,
    *public_pages.PAGES,
    *collection_pages.PAGES,
    *reviewer_pages.PAGES,
    *map_pages.PAGES,
    *supervisor_pages.PAGES,
    *auditor_pages.PAGES,
    *trust_pages.PAGES,
)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    every = (
        resident_pages,
        registrar_pages,
        public_pages,
        collection_pages,
        reviewer_pages,
        map_pages,
        supervisor_pages,
        auditor_pages,
        trust_pages,
    )
    both = Starlette(routes=[route for pages in every for route in pages.app().routes])
    with served(both) as address:
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


@pytest.fixture
def open_page(browser: Browser, site: str):
    contexts = []

    def opened(path: str, *, large: bool = False, **look: object) -> Page:
        context = browser.new_context(**look)
        contexts.append(context)
        if large:
            context.add_cookies([{"name": "ohc_text", "value": "large", "url": site}])
        page = context.new_page()
        page.site, page.complaints = site, []
        page.on("console", lambda said: page.complaints.append(said.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(site + path)
        return page

    yield opened
    for context in contexts:
        context.close()


AT_A_DESK = (
    "/",
    "/busy",
    "/request",
    "/record",
    "/looked",
    "/me",
    "/registrar/binding",
    "/registrar/duplicates/twins",
)
"""Where a wide window is laid out differently; elsewhere it only has wider margins."""


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_breaks_an_accessibility_rule(open_page, look):
    found = {}
    page = open_page("/", **LOOKS[look])
    for path in AT_A_DESK if look == "desk" else PATHS:
        page.goto(page.site + path)
        violations = Axe().run(page, options=RULES).response["violations"]
        if violations:
            found[path] = [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in violations]
        assert page.complaints == [], path
    assert found == {}


@pytest.mark.parametrize(("width", "large"), [(320, False), (320, True), (2560, False)])
def test_no_page_scrolls_sideways(open_page, width, large):
    page = open_page("/", large=large, viewport={"width": width, "height": 640})
    for path in PATHS:
        page.goto(page.site + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_everything_that_can_be_pressed_is_large_enough(open_page):
    small = """() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), summary')]
      .filter((e) => e.checkVisibility() && !e.closest('.skip'))
      .map((e) => [e.closest('label') ?? e])
      .filter(([e]) => e.getBoundingClientRect().height < 47.5)
      .map(([e]) => e.outerHTML.slice(0, 100))"""
    page = open_page("/", viewport={"width": 390, "height": 844})
    for path in PATHS:
        page.goto(page.site + path)
        assert page.evaluate(small) == [], path


def test_the_sheet_rises_counts_and_can_wait(open_page):
    page = open_page("/?sheet", viewport={"width": 390, "height": 844}, locale="zh-CN")
    sheet = page.get_by_role("dialog", name="王敏医生想查看您的档案")
    sheet.wait_for()
    assert Axe().run(page, options=RULES).violations_count == 0
    allow = sheet.get_by_role("button", name="同意查看 41 项")
    assert allow.is_visible()
    sheet.get_by_role("switch", name="化验").uncheck()
    assert sheet.get_by_role("button", name="同意查看 18 项").is_enabled()
    for name in ("过敏", "用药", "就诊记录"):
        sheet.get_by_role("switch", name=name).uncheck()
    assert sheet.get_by_role("button", name="同意查看 0 项").is_disabled()
    assert sheet.get_by_role("button", name="不同意").is_enabled()
    sheet.get_by_text("过敏 · 2").click()
    assert sheet.get_by_text("喉头水肿").is_visible()
    sheet.get_by_role("button", name="稍后再说").click()
    assert not sheet.is_visible()


def test_a_mistyped_id_number_is_named_while_it_is_typed(open_page):
    page = open_page("/sign-in", locale="zh-CN")
    field = page.get_by_label("身份证号")
    field.fill("880105195903080029")
    assert page.get_by_text("校验码对不上").is_visible()
    field.fill("880105195902300020")
    assert page.get_by_text("出生日期不存在").is_visible()
    field.fill("880105195903080026")
    assert page.locator("#number-problem").count() == 0


def test_the_page_is_blank_while_nobody_looks(open_page):
    page = open_page("/")
    page.evaluate("document.documentElement.toggleAttribute('data-left', true)")
    assert page.locator(".qr").evaluate("e => getComputedStyle(e).visibility") == "hidden"


def test_the_code_is_renewed_in_place(open_page):
    page = open_page("/")
    page.evaluate("document.querySelector('.qr').dataset.marked = 'old'")
    page.evaluate("document.dispatchEvent(new Event('code-spent'))")
    page.locator(".qr:not([data-marked])").wait_for()
    assert page.locator(".qr").count() == 1


def test_an_expired_code_is_covered_when_the_connection_is_lost(open_page):
    page = open_page("/")
    page.context.set_offline(True)
    page.evaluate("Object.assign(document.querySelector('.qr').dataset, {seconds: 1, refresh: 9})")
    page.locator(".qr[data-expired]").wait_for()
    assert page.locator("[data-offline]").is_visible()


def test_signing_in_works_without_scripts(open_page):
    page = open_page("/sign-in", java_script_enabled=False, locale="zh-CN")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Send me a code")).to_be_visible()
    assert page.url.endswith("/sign-in")

"""The clinician's pages in a browser: WCAG 2.2 AA, reflow, targets, keys, filter, cover.

Source: WCAG 2.2, 1.4.3 contrast, 1.4.10 reflow, 2.1.1 keyboard, 2.5.8 target size.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from examples import clinic_pages
from examples.served import served

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
DESK = {"viewport": {"width": 1366, "height": 768}, "locale": "zh-CN"}
LOOKS = {
    "desk": DESK,
    "desk in the dark": {**DESK, "locale": "en-GB", "color_scheme": "dark"},
    "tablet": {"viewport": {"width": 1024, "height": 768}, "locale": "en-GB", "has_touch": True},
    "phone": {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN", "has_touch": True},
}


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with served(clinic_pages.app()) as address:
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

    def opened(path: str, **look: object) -> Page:
        context = browser.new_context(**look)
        contexts.append(context)
        page = context.new_page()
        page.site, page.complaints = site, []
        page.on("console", lambda said: page.complaints.append(said.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(site + path)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_breaks_an_accessibility_rule(open_page, look):
    found = {}
    page = open_page("/clinic", **LOOKS[look])
    for path in clinic_pages.PATHS:
        page.goto(page.site + path)
        # The label lies over everything; without it the contrast beneath can be measured.
        page.evaluate("document.querySelector('svg.label')?.remove()")
        violations = Axe().run(page, options=RULES).response["violations"]
        if violations:
            found[path] = [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in violations]
        assert page.complaints == [], path
    assert found == {}


@pytest.mark.parametrize("width", [320, 640, 1024, 2560])
def test_no_page_scrolls_sideways(open_page, width):
    page = open_page("/clinic", viewport={"width": width, "height": 640}, locale="zh-CN")
    for path in clinic_pages.PATHS:
        page.goto(page.site + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_what_a_finger_presses_is_large_enough(open_page):
    small = """() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), summary')]
      .filter((e) => e.checkVisibility() && !e.closest('.skip') && !e.matches('.hidden-visually'))
      .map((e) => e.closest('label') ?? e)
      .filter((e) => e.getBoundingClientRect().height < 47.5)
      .map((e) => e.outerHTML.slice(0, 120))"""
    page = open_page("/clinic", **LOOKS["tablet"], is_mobile=True)
    for path in clinic_pages.PATHS:
        page.goto(page.site + path)
        assert page.evaluate(small) == [], path


def test_what_decides_first_stands_above_the_fold(open_page):
    page = open_page("/clinic/record", **DESK)
    for heading in ("过敏", "正在用的药", "问题", "接种", "最近的结果"):
        box = page.get_by_role("heading", name=heading, exact=True).bounding_box()
        assert box["y"] < 600, heading
    for shown in ("青霉素", "缬沙坦胶囊", "糖化血红蛋白", "可看到"):
        assert page.get_by_text(shown).first.bounding_box()["y"] < 700, shown


def test_the_keys_search_move_and_close(open_page):
    page = open_page("/clinic/record", **DESK)
    page.keyboard.press("j")
    page.locator(".entry:focus").wait_for()
    first = page.locator(".entry:focus").text_content()
    focused = "document.querySelector('.entry:focus')?.textContent"
    page.keyboard.press("j")
    page.wait_for_function(f"first => ({focused}) && ({focused}) !== first", arg=first)
    page.keyboard.press("k")
    page.wait_for_function(f"first => ({focused}) === first", arg=first)
    page.keyboard.press("/")
    page.locator("#search:focus").wait_for()
    assert page.locator("#search").input_value() == ""
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_url("**/clinic")


def test_typing_finds_at_once_by_characters_and_by_initials(open_page):
    page = open_page("/clinic/record", **DESK)
    page.locator("#search").fill("xzt")
    assert page.locator(".entry:visible").count() == 0
    page.locator("#search").fill("xst")
    page.locator("#search").fill("xst 2026")
    page.locator("#search").fill("缬沙坦")
    assert page.locator(".entry:visible").count() == 1
    assert page.get_by_text("找到 1 条").is_visible()
    page.locator("#search").fill("lgym")
    assert page.get_by_text("流感疫苗（四价）").last.is_visible()
    page.keyboard.press("Escape")
    assert page.locator(".entry:visible").count() == page.locator(".entry").count()


def test_without_a_live_line_a_filter_asks_the_server(open_page):
    page = open_page("/clinic/record", **DESK)
    with page.expect_navigation():
        page.locator(".filters a[data-category=immunisations]").click()
    assert "category=immunisations" in page.url
    assert page.locator(".entry").count() == 5


def test_a_scanner_types_the_next_code_wherever_the_focus_is(open_page):
    page = open_page("/clinic/record", **DESK)
    with page.expect_request("**/clinic/scan") as scanned:
        page.evaluate(  # a scanner's pace, which a busy machine's keyboard does not reach
            """keys => keys.forEach((key) => document.body.dispatchEvent(
                 new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })))""",
            [*"850123456789012345678", "Enter"],
        )
    assert scanned.value.post_data == "code=850123456789012345678"


def test_the_scanners_field_keeps_the_focus(open_page):
    page = open_page("/clinic", **DESK)
    page.locator("#code:focus").wait_for()
    page.mouse.click(1300, 700)
    page.locator("#code:focus").wait_for()
    assert page.get_by_text("可以扫了").is_visible()


def test_choosing_a_step_ticks_what_it_usually_needs(open_page):
    page = open_page("/clinic/ask", **DESK)
    page.get_by_role("radio", name="接种").check()
    assert page.get_by_text("已选 3 类").is_visible()
    assert not page.get_by_role("checkbox", name="化验").is_checked()
    for name in ("过敏", "疾病诊断", "接种"):
        page.get_by_role("checkbox", name=name).uncheck()
    assert page.get_by_role("button", name="请 李春兰 同意").is_disabled()


def test_a_record_nobody_uses_is_covered(open_page):
    page = open_page("/clinic", **DESK)
    page.clock.install()
    page.goto(page.site + "/clinic/record")
    page.clock.run_for(181_000)
    assert page.get_by_text("页面已遮住").is_visible()
    page.keyboard.press("x")
    assert not page.get_by_text("页面已遮住").is_visible()
    page.clock.run_for(901_000)
    page.wait_for_url("**/clinic")


def test_the_pages_work_without_scripts(open_page):
    page = open_page("/clinic/record", **DESK, java_script_enabled=False)
    page.locator("#search").fill("带状疱疹")
    page.keyboard.press("Enter")
    page.get_by_text("找到 2 条").wait_for()
    page.goto(page.site + "/clinic/waiting")
    assert page.locator("meta[http-equiv=refresh]").count() == 1


def test_every_page_carries_the_label_of_whoever_looks(open_page):
    page = open_page("/clinic/record", **DESK)
    label = page.locator("svg.label")
    assert "王敏 0217" in label.text_content()
    assert label.evaluate("e => getComputedStyle(e).pointerEvents") == "none"

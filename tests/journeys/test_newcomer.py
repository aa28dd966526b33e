"""J20: a newcomer types one command, opens `/demo`, and sees a visit from code to refusal.

One region is generated for all of these; they run in the order in which a newcomer would do them.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from ports import free_port

OHC = Path(sys.executable).parent / "ohc"
LONG_START_SECONDS = 120
TWO_MINUTES = 120


class Demonstration:
    """`ohc demo` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None
        self.said = ""

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith("OHC_")}
        return subprocess.Popen(
            [OHC, *arguments],
            env=kept | {"OHC_DATA_DIRECTORY": str(self.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        process = self.command(*arguments)
        said, _ = process.communicate(timeout=LONG_START_SECONDS)
        return process.returncode, said

    def start(self, *arguments: str) -> str:
        """Start and answer what was printed until it was ready."""
        self.process = self.command("demo", "--port", str(self.port), *arguments)
        said = ""
        while "Ctrl-C" not in said:
            line = self.process.stdout.readline()
            assert line, f"it ended: {said}"
            said += line
        return said

    def end(self, number: signal.Signals) -> tuple[int, list[int]]:
        """End it; answers its exit code and the processes of its database that are left."""
        self.process.send_signal(number)
        self.process.communicate(timeout=60)
        deadline = time.monotonic() + 30
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.process.returncode, left

    def processes(self) -> list[int]:
        """The running processes whose command line names this folder."""
        found = subprocess.run(
            ["pgrep", "-f", str(self.folder)], capture_output=True, text=True, check=False
        )
        return [int(line) for line in found.stdout.split()]


@pytest.fixture(scope="module")
def demonstration():
    folder = Path(tempfile.mkdtemp(prefix="ohc-newcomer-", dir="/tmp"))
    folder.chmod(0o711)  # pytest's own folders are closed to the account that serves as root
    made = Demonstration(folder)
    made.said = made.start()
    yield made
    if made.process.poll() is None:
        made.end(signal.SIGTERM)
    shutil.rmtree(folder)


@pytest.fixture
def page(demonstration, chromium_path):
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=chromium_path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        context = chromium.new_context(
            viewport={"width": 1366, "height": 768}, locale="zh-CN", base_url=demonstration.site
        )
        opened = context.new_page()
        opened.complaints = []
        opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
        yield opened
        chromium.close()


def _next(page, step):
    expect(page.locator(f'[data-step="{step}"]')).to_have_attribute(
        "data-is", "now", timeout=30_000
    )


def test_one_command_fills_a_region_and_says_where_it_is(demonstration):
    assert f"{demonstration.site}/demo" in demonstration.said
    assert "300 residents" in demonstration.said
    assert "李春兰" in demonstration.said
    assert httpx.get(f"{demonstration.site}/readyz", timeout=60).json() == {
        "ready": True,
        "missing": {},
    }


def test_a_visit_from_code_to_refusal_within_two_minutes(page):
    begun = time.monotonic()
    page.goto("/demo")
    phone, desk = page.frame_locator("#phone"), page.frame_locator("#clinic")
    page.click('[data-do="sign-in"]')
    _next(page, "hand")
    page.click('[data-do="hand"]')
    _next(page, "ask")
    desk.locator('button[value="ask"]').click()
    _next(page, "allow")
    hidden = phone.locator('input[name="category"][value="laboratory"]')
    hidden.uncheck()
    phone.locator('button[value="allow"]').click()
    _next(page, "withdraw")
    expect(desk.locator(".record")).to_contain_text("青霉素")
    expect(desk.locator(".record")).not_to_contain_text("糖化血红蛋白")
    phone.locator('a[href="/"]').first.click()
    phone.locator('form[action$="/withdraw"] button').click()
    _next(page, "refused")
    expect(desk.locator(".ending")).to_be_visible()
    assert time.monotonic() - begun < TWO_MINUTES
    page.click('[data-do="again"]')
    expect(desk.locator("#problem")).to_be_visible()
    assert page.complaints == []


def test_the_emergency_opens_the_minimum_and_tells_the_phone(page):
    page.goto("/demo")
    phone, desk = page.frame_locator("#phone"), page.frame_locator("#clinic")
    page.select_option("[data-residents]", "zhou-deshan")
    expect(phone.locator(".qr")).to_be_visible(timeout=30_000)
    page.click('[data-be="zhao-qihang"]')
    number = page.locator("[data-residents] option[value=zhou-deshan]").get_attribute("data-number")
    desk.locator("#number").fill(number)
    desk.locator('input[name="level"][value="1"]').check()
    desk.locator("#reason").fill("昏迷，分诊一级")
    desk.locator("button.urgent").click()
    expect(desk.locator(".record")).to_be_visible(timeout=30_000)
    expect(phone.locator(".caution.door")).to_contain_text("赵启航", timeout=5_000)


def test_a_new_phone_opens_nothing_until_a_clerk_has_seen_the_card(page, demonstration):
    page.goto("/demo")
    phone, desk = page.frame_locator("#phone"), page.frame_locator("#clinic")
    who = page.locator("[data-residents] option[value=zhang-hui]")
    for field in ("number", "name"):
        phone.locator(f"#{field}").fill(who.get_attribute(f"data-{field}"))
    phone.locator("#phone").fill("19912345678")
    phone.locator('form[action="/sign-in"] button').click()
    expect(phone.locator("#code")).to_be_visible()
    code = httpx.get(f"{demonstration.site}/demo/message/19912345678", timeout=60).json()["code"]
    phone.locator("#code").fill(code)
    phone.locator('form[action="/sign-in/code"] button').click()
    number = phone.locator(".binding-number").inner_text()
    page.click('[data-be="sun-xiaoyan"]')
    desk.locator("#number").fill(number)
    desk.locator('form[action="/registrar/binding"] button').click()
    desk.locator('input[name="proof"]').first.check()
    desk.locator('form[action="/registrar/binding/complete"] button.primary').click()
    expect(phone.locator(".qr")).to_be_visible()


@pytest.mark.parametrize("path", ["/demo", "/demo/outbox"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_demonstrations_own_pages_are_accessible(page, path, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto(path)
    page.evaluate("document.querySelectorAll('iframe').forEach((frame) => frame.remove())")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [320, 400, 1024, 2560])
def test_nothing_runs_out_of_the_window(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/demo")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_edit_in_the_database_is_named_by_verify_and_can_be_undone(demonstration, page):
    assert demonstration.run("verify", "--demo")[0] == 0
    page.goto("/demo")
    shown = page.locator("pre code").inner_text()
    statement = shown.split('"')[1]
    assert demonstration.run("psql", "--demo", "--", "-c", statement)[0] == 0
    code, said = demonstration.run("verify", "--demo")
    assert (code, "This event was altered." in said) == (1, True)
    undone = statement.replace(" - interval", " + interval")
    demonstration.run("psql", "--demo", "--", "-c", undone)
    assert demonstration.run("verify", "--demo")[0] == 0


def test_a_second_demonstration_on_the_same_port_is_told_to_choose_another(demonstration):
    code, said = demonstration.run("demo", "--port", str(demonstration.port))
    assert code == 1
    assert f"port {demonstration.port}" in said
    assert "--port" in said


def test_production_refuses_what_a_demonstration_made(demonstration):
    kept = {**os.environ, "OHC_DATA_DIRECTORY": str(demonstration.folder / "demo")}
    done = subprocess.run(
        [OHC, "serve", "--port", str(free_port())],
        env={name: text for name, text in kept.items() if not name.startswith("OHC_TEST_")}
        | {"OHC_TRUSTED_PROXIES": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1
    assert "demonstration" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_and_goes_on_with_the_same_data(demonstration, number):
    assert demonstration.end(number) == (0, [])
    said = demonstration.start()
    assert "300 residents" in said


def test_reset_starts_over(demonstration):
    secrets = (demonstration.folder / "demo" / "demonstration.json").read_bytes()
    demonstration.end(signal.SIGINT)
    assert "300 residents" in demonstration.start("--reset")
    assert (demonstration.folder / "demo" / "demonstration.json").read_bytes() != secrets

"""What answers for the site when the network does not: the kept page, and never instead of an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page, expect, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from examples.served import served
from openhealthcode.portal.resident.offline_codes import serve_worker

KEEP = """async () => {
  await navigator.serviceWorker.register("/offline-worker.js", { scope: "/" });
  await navigator.serviceWorker.ready;
  const page = new Response("<h1>kept</h1>", { headers: { "Content-Type": "text/html" } });
  await (await caches.open("health-code")).put("/offline", page);
}"""


@dataclass
class Site:
    address: str = ""
    status: int = 200
    seconds: float = 0.0

    async def first(self, _: Request) -> Response:
        await asyncio.sleep(self.seconds)
        if self.status == 303:
            return RedirectResponse("/sign-in", 303)
        return HTMLResponse(f"<h1>answered {self.status}</h1>", self.status)


async def other(request: Request) -> Response:
    return HTMLResponse(f"<h1>{request.url.path}</h1>")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    made = Site()
    routes = [
        Route("/", made.first),
        Route("/offline-worker.js", serve_worker),
        Route("/{other}", other),
    ]
    with served(Starlette(routes=routes)) as made.address:
        yield made


@pytest.fixture
def phone(chromium_path, site) -> Iterator[Page]:
    site.status, site.seconds = 200, 0.0
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"]
        )
        page = launched.new_page()
        page.goto(site.address + "/me")
        page.evaluate(KEEP)
        yield page
        launched.close()


def first_page(phone: Page, site: Site) -> str:
    phone.goto(site.address + "/")
    return phone.inner_text("h1")


@pytest.mark.parametrize(("status", "shown"), [(200, "answered 200"), (404, "answered 404"),
                                               (500, "answered 500"), (303, "/sign-in"),
                                               (502, "kept"), (503, "kept"), (504, "kept")])  # fmt: skip
def test_an_answer_is_shown_and_nobodys_answer_is_replaced(phone, site, status, shown):
    site.status = status
    assert first_page(phone, site) == shown


def test_what_takes_too_long_is_replaced(phone, site):
    site.seconds = 11.0
    assert first_page(phone, site) == "kept"


def test_without_network_the_first_page_is_the_kept_one_and_others_are_not_there(phone, site):
    phone.context.set_offline(True)
    assert first_page(phone, site) == "kept"
    phone.goto(site.address + "/offline")
    expect(phone.locator("h1")).to_have_text("kept")
    with pytest.raises(BrowserError):
        phone.goto(site.address + "/record")


def test_where_nothing_was_kept_the_browser_says_what_happened(phone, site):
    phone.evaluate("caches.delete('health-code')")
    site.status = 503
    assert first_page(phone, site) == "answered 503"
    phone.context.set_offline(True)
    with pytest.raises(BrowserError):
        phone.goto(site.address + "/")
    assert phone.context.pages


def test_the_worker_loads_by_the_policy_of_the_pages(phone, site):
    answer = phone.request.get(site.address + "/offline-worker.js")
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-cache"

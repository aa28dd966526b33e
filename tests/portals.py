"""The portal over a real database, and browsers without a window, for tests."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import zxingcpp
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import portal
from openhealthcode.audit import Sequencer
from openhealthcode.database import Announcements, Pool, open_pool
from openhealthcode.gateway import HttpPartners
from openhealthcode.portal import layout
from openhealthcode.sign_in import Role
from openhealthcode.standards import HealthCodeError
from openhealthcode.trust import Keys, totp_code
from signing_in import PASSWORD, Account, Phones, employ

ORIGIN = "http://ohc.test"


@dataclass
class Parts:
    """The parts of the program that pages call upon."""

    pool: Pool
    keys: Keys
    announcements: Announcements
    outbox: Phones = field(default_factory=Phones)
    sequencer: Sequencer | None = None
    partners: HttpPartners | None = None


def application(parts: Parts | None) -> Starlette:
    """All pages over these parts."""

    async def explained(request: Request, error: Exception) -> Response:
        assert isinstance(error, HealthCodeError)
        return layout.explain(request, error)

    app = Starlette(routes=portal.routes(), exception_handlers={HealthCodeError: explained})
    app.state.platform = parts
    return app


def served_over(url: str, keys: Keys, phones: Phones | None = None) -> Starlette:
    """All pages with connections of their own, for a server in a thread of its own."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        pool = await open_pool(url, size=4)
        async with Announcements(url) as announcements:
            app.state.platform = Parts(pool, keys, announcements, phones or Phones())
            yield
        pool.terminate()

    app = application(None)
    app.router.lifespan_context = lifespan
    return app


def browser(app: Starlette, *, language: str = "zh-CN") -> httpx.AsyncClient:
    """A browser with cookies of its own that sends forms from our pages."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url=ORIGIN,
        headers={"origin": ORIGIN, "accept-language": language},
        follow_redirects=True,
    )


async def sign_in_clerk(
    clerk: httpx.AsyncClient, account: Account, home: str = "/registrar"
) -> httpx.Response:
    """Type staff number, password and the authenticator's code."""
    return await clerk.post(
        f"{home}/sign-in",
        data={
            "account": account.staff_number,
            "password": PASSWORD,
            "totp": totp_code(account.totp_secret, time.time()),
        },
    )


@asynccontextmanager
async def two_supervisors(parts: Parts) -> AsyncIterator[list[httpx.AsyncClient]]:
    """The region's two, each signed in at a browser of their own."""
    windows = []
    for number in ("0900", "0901"):
        account = await employ(parts.pool, parts.keys, Role.SUPERVISOR, number=number)
        window = browser(application(parts))
        await sign_in_clerk(window, account, "/supervision")
        windows.append(window)
    yield windows
    for window in windows:
        await window.aclose()


def words(page: httpx.Response) -> str:
    """What a reader of the page reads: thin spaces told as spaces, break hints not at all."""
    body = page.text.partition("<body>")[2] or page.text
    shown = re.sub(r"<[^>]+>", "", body).replace("\u200b", "")
    return re.sub(r"\s+", " ", shown)


def fields(page: httpx.Response) -> dict[str, list[str]]:
    """The form fields of a page as the browser would send them untouched."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", page.text):
        name, value = (re.search(rf'\b{key}="([^"]*)"', tag) for key in ("name", "value"))
        is_box = 'type="checkbox"' in tag or 'type="radio"' in tag
        if name and value and (not is_box or " checked" in tag):
            found.setdefault(name[1], []).append(value[1])
    return found


def scanned(page: httpx.Response) -> str:
    """What a scanner reads from the code drawn on the page."""
    side = int(re.search(r'viewBox="0 0 (\d+)', page.text)[1])
    image = Image.new("L", (side, side), 255)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1", page.text):
        for place in range(int(length)):
            image.putpixel((int(x) + place, int(y)), 0)
    return zxingcpp.read_barcode(
        image.resize((side * 8, side * 8), Image.Resampling.NEAREST),
        formats=zxingcpp.BarcodeFormat.QRCode,
    ).text

"""A health card, certificate or sharing link met at the scanner: checked and shown, asking nobody.

What it says was carried in: nothing of ours is disclosed and no resident is named to the platform,
hence nothing is logged. It identifies nobody; a visit still begins with the health code.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import credential
from openhealthcode.access import carried
from openhealthcode.portal.clinic.session import Desk, show
from openhealthcode.portal.layout import keys_at, platform_of, site_of
from openhealthcode.standards import HealthCodeError

_BEGINNINGS: Final = ("shc:/", "hc1:")
_LINK: Final = "shlink:/"
_UNREADABLE: Final = "credential-unreadable"


def is_credential(scanned: str) -> bool:
    """Whether somebody scanned a card, a certificate or a link, however much of it arrived."""
    given = scanned.lstrip()[:5].lower()
    return given.startswith(_BEGINNINGS) or _LINK in scanned


async def show_credential(request: Request, desk: Desk, scanned: str) -> Response:
    """What it says and who vouches for it; a link is opened by the page made for links."""
    if _LINK in scanned:
        link = scanned[scanned.index(_LINK) :].strip()
        return show(request, desk, "credential.html", checked=None, problem="", link=f"/shl#{link}")
    site = site_of(request)
    platform = platform_of(request)
    issuers = await carried.believed_issuers(
        platform.pool,
        platform.keys,
        keys_at(request),
        address=site,
        name=site.partition("://")[2],
    )
    try:
        checked = credential.read(scanned, issuers, datetime.now(UTC))
    except HealthCodeError as error:
        code = error.code if error.code.startswith("credential-") else _UNREADABLE
        return show(
            request, desk, "credential.html", status=422, checked=None, problem=code, link=""
        )
    return show(request, desk, "credential.html", checked=checked, problem="", link="")

"""The code a counter shows and the resident's phone scans: asked anew every minute.

What was asked stays sealed in this browser, so that the scan page of the same session knows an
answer to it: a phone's answer to another counter, or one that was passed on, is worth nothing here.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from typing import Final

import orjson
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import healthcode
from openhealthcode.healthcode import picture, signed
from openhealthcode.portal.clinic.session import Desk, show
from openhealthcode.portal.clinic.views import CounterView
from openhealthcode.portal.layout import (
    Audience,
    platform_of,
    read_form,
    remember_session,
    see_other,
    session_token,
)
from openhealthcode.portal.layout.cookies import remember_preference
from openhealthcode.standards import InvalidInput
from openhealthcode.trust import NoCodeIssuer

REFRESH_SECONDS: Final = healthcode.LIFETIME_SECONDS - 10
_NUMBER_COOKIE: Final = "ohc_counter_number"
_HIGHEST: Final = 999
_NONCE_BYTES: Final = 8
_ANSWERED_WITHIN: Final = timedelta(minutes=3)
"""A minute to scan, and what a phone's clock and a queue at the scanner may add."""
_MOST: Final = 6


async def show_counter(request: Request, desk: Desk) -> Response:
    """The page for the screen that faces the resident."""
    return _shown(request, desk, "counter.html")


async def renew_counter(request: Request, desk: Desk) -> Response:
    """The next code alone, for the page's script."""
    return _shown(request, desk, "counter_part.html")


async def number_counter(request: Request, desk: Desk) -> Response:  # noqa: ARG001 - a page of a desk
    """Take the number that stands at this counter.

    Raises:
        InvalidInput: not a number from 1 to 999.
    """
    typed = (await read_form(request)).text("number")
    if not (typed.isascii() and typed.isdigit() and 0 < int(typed[:6]) <= _HIGHEST):
        raise InvalidInput("a counter has a number from 1 to 999")
    response = see_other("/clinic/counter")
    remember_preference(response, request, _NUMBER_COOKIE, str(int(typed)))
    return response


def challenges_of(request: Request, desk: Desk, now: datetime) -> tuple[bytes, ...]:
    """What this session's counter asked within the last minutes, the newest first."""
    oldest = (now - _ANSWERED_WITHIN).timestamp()
    return tuple(bytes.fromhex(text) for at, text in _asked(request, desk) if at >= oldest)


def _shown(request: Request, desk: Desk, template: str) -> Response:
    now, number = datetime.now(UTC), _number(request)
    try:
        issuer = platform_of(request).keys.code_issuer(now)
    except NoCodeIssuer:
        return show(request, desk, template, counter=CounterView(number=number))
    text = signed.counter.issue(
        issuer.signer,
        region=issuer.region,
        institution_id=desk.institution_id,
        counter=number,
        nonce=token_bytes(_NONCE_BYTES),
        purpose=signed.Purpose.TREAT,
        now=now,
    )
    view = CounterView(
        number=number,
        svg=Markup(picture.draw(text)),  # noqa: S704 - drawn from digits, by ourselves
        digits=text,
        lifetime_seconds=healthcode.LIFETIME_SECONDS,
        refresh_seconds=REFRESH_SECONDS,
    )
    response = show(request, desk, template, counter=view)
    _remember(response, request, desk, signed.counter.read(text).challenge, now)
    return response


def _number(request: Request) -> int:
    kept = request.cookies.get(_NUMBER_COOKIE, "")
    is_number = kept.isascii() and kept.isdigit() and len(kept) <= 3
    return max(1, int(kept)) if is_number else 1


def _remember(
    response: Response, request: Request, desk: Desk, challenge: bytes, now: datetime
) -> None:
    kept = [[int(now.timestamp()), challenge.hex()], *_asked(request, desk)][:_MOST]
    sealed = platform_of(request).keys.seal_session(desk.token, orjson.dumps(kept).decode())
    text = urlsafe_b64encode(sealed).decode()
    seconds = int(_ANSWERED_WITHIN.total_seconds())
    remember_session(response, request, Audience.CLINIC_COUNTER, text, lifetime_seconds=seconds)


def _asked(request: Request, desk: Desk) -> list[tuple[int, str]]:
    text = session_token(request, Audience.CLINIC_COUNTER)
    if not text:
        return []
    try:
        sealed = urlsafe_b64decode(text.encode("ascii"))
        opened = platform_of(request).keys.open_session(desk.token, sealed)
        return [(at, challenge) for at, challenge in orjson.loads(opened)]
    except Exception:  # noqa: BLE001 - whatever a stale or altered cookie makes it raise
        return []

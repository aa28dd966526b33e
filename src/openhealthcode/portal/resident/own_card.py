"""A card to print oneself, with the emergency summary on its back for whoever wants it there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access.carried import VALID_DAYS, make_emergency_card
from openhealthcode.credential import Form
from openhealthcode.portal import paper
from openhealthcode.portal.layout import (
    Language,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.paper.card import Back, print_card
from openhealthcode.portal.resident.sharing import issuer_of
from openhealthcode.portal.resident.verify import verify_first
from openhealthcode.sign_in import ResidentSession
from openhealthcode.trust import NoCodeIssuer

_BACK: Final = "/card"
_WORDS: Final = "words"
_CERTIFICATE: Final = "certificate"


async def show_card(request: Request, session: ResidentSession) -> Response:
    """Which card there is, and how to have another or none."""
    return await _page(request, session)


async def make_card(request: Request, session: ResidentSession) -> Response:
    """Print a card, after a fresh proof of who asks; the one before is worthless from now on.

    Raises:
        PrintingNotInstalled: this installation prints nothing.
    """
    platform, form = platform_of(request), await read_form(request)
    if not paper.is_installed():
        raise paper.PrintingNotInstalled
    asked = await verify_first(request, session, form, "printed", back=_BACK)
    if asked is not None:
        return asked
    pool, keys, resident_id = platform.pool, platform.keys, session.resident_id
    try:
        card = await access.give_own_card(pool, keys, resident_id)
    except NoCodeIssuer:
        return await _page(request, session, "no-issuer")
    back = await _back(request, session, form.text("summary"))
    return await print_card(card, language_of(request), back)


async def take_back(request: Request, session: ResidentSession) -> Response:
    """Make the card worthless: it was lost. Asks for nothing, since it only closes."""
    platform = platform_of(request)
    await access.take_own_cards_back(platform.pool, platform.keys, session.resident_id)
    return see_other("/card?done=taken-back")


async def _back(request: Request, session: ResidentSession, kind: str) -> Back | None:
    """The summary as it was chosen: in words, as a certificate, or not at all."""
    platform = platform_of(request)
    pool, keys, resident_id = platform.pool, platform.keys, session.resident_id
    if kind == _CERTIFICATE:
        issuer = issuer_of(request)
        made = await make_emergency_card(pool, keys, resident_id, Form.CERTIFICATE, issuer)
        now = datetime.now(UTC)
        until = made.issued.expires_at or now + timedelta(days=VALID_DAYS)
        return Back(made.issued.text, kind, issuer.day(now), issuer.day(until))
    if kind != _WORDS or platform.sequencer is None:
        return None
    carried = await access.carry_emergency_summary(
        pool,
        keys,
        resident_id,
        log=platform.sequencer.log,
        language="en" if language_of(request) is Language.ENGLISH else "zh-CN",
    )
    return Back(carried.note, kind, carried.made, carried.until)


async def _page(request: Request, session: ResidentSession, problem: str = "") -> Response:
    platform = platform_of(request)
    return render(
        request,
        "resident/own_card.html",
        status=503 if problem else 200,
        card=await access.own_card(platform.pool, session.resident_id),
        prints=paper.is_installed(),
        carries=platform.sequencer is not None,
        problem=problem,
        is_done=request.query_params.get("done") == "taken-back",
    )

"""The national electronic health card on the phone, for scanners that know no other code.

Nothing of it exists before the resident wishes it, and nothing of it opens anything.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.healthcode import picture
from openhealthcode.healthcode.national_card import (
    CODE_SECONDS,
    TEMPORARY_DAYS,
    CardForm,
    Emitted,
    NoCardForCertificate,
    NoTimeLeft,
)
from openhealthcode.portal.layout import platform_of, read_form, render, see_other
from openhealthcode.portal.resident.code import REFRESH_SECONDS
from openhealthcode.portal.resident.views import CodeView
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import Conflict

_PAGE: Final = "/national-card"


async def show_national_card(request: Request, session: ResidentSession) -> Response:
    """The card's changing code, or what the card is and how to have it."""
    form = CardForm.STATIC if request.query_params.get("form") == "static" else CardForm.DYNAMIC
    return await _page(request, session, form)


async def renew_national_card(request: Request, session: ResidentSession) -> Response:
    """The next changing code alone, for the page's script."""
    made = await _made(request, session, CardForm.DYNAMIC)
    if made is None:  # switched off in another window
        return Response(status_code=401)
    return render(request, "resident/national_card_part.html", shown=_view(made), form=made.form)


async def choose_national_card(request: Request, session: ResidentSession) -> Response:
    """Switch the card on or off, or make a number for a week."""
    platform, form = platform_of(request), await read_form(request)
    here = platform.pool, platform.keys, session.resident_id
    step = form.text("step")
    if step == "temporary":
        return await _page(request, session, CardForm.TEMPORARY)
    if step == "off":
        await access.unlink_national_card(*here)
        return see_other(_PAGE)
    try:
        await access.link_national_card(*here)
    except (NoCardForCertificate, Conflict) as refused:
        return _explained(request, refused.code)
    return see_other(_PAGE)


async def _page(request: Request, session: ResidentSession, form: CardForm) -> Response:
    try:
        made = await _made(request, session, form)
    except (NoCardForCertificate, NoTimeLeft) as refused:
        return _explained(request, refused.code)
    if made is None:
        return _explained(request)
    return render(
        request,
        "resident/national_card.html",
        problem="",
        shown=_view(made),
        form=made.form,
        ends=made.until,
        days=TEMPORARY_DAYS,
    )


def _explained(request: Request, problem: str = "") -> Response:
    return render(
        request,
        "resident/national_card.html",
        status=422 if problem else 200,
        shown=None,
        problem=problem,
        days=TEMPORARY_DAYS,
    )


async def _made(request: Request, session: ResidentSession, form: CardForm) -> Emitted | None:
    platform = platform_of(request)
    return await access.show_national_card(platform.pool, platform.keys, session.resident_id, form)


def _view(made: Emitted) -> CodeView:
    return CodeView(
        svg=Markup(picture.draw(made.text)),  # noqa: S704 - drawn from hexadecimal, by ourselves
        issued_at=datetime.now(UTC),
        lifetime_seconds=CODE_SECONDS,
        refresh_seconds=REFRESH_SECONDS,
    )

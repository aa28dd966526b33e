"""Cards on paper at the counter: printed, replaced, taken back; and the code for seven days."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import CardAtCounter
from openhealthcode.healthcode import CodeType
from openhealthcode.portal import paper
from openhealthcode.portal.clinic.emergency import KINDS
from openhealthcode.portal.layout import (
    Form,
    Language,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.paper.card import Back, print_card
from openhealthcode.portal.registrar.card import LONGEST_NAME, read_card
from openhealthcode.portal.registrar.representation import agent_of
from openhealthcode.sign_in import StaffSession, pin
from openhealthcode.standards import Conflict, Forbidden, NotFound, TooManyAttempts
from openhealthcode.trust import NoCodeIssuer

_STATUS: Final = {
    "": 200,
    "nobody": 404,
    "too-many": 429,
    "card": 403,
    "pin-locked": 429,
    "no-issuer": 503,
}
_KINDS: Final = {"printed": CodeType.PRINTED, "temporary": CodeType.TEMPORARY}
_REFUSED: Final[dict[type[Exception], str]] = {
    Forbidden: "card",
    Conflict: "died",
    NoCodeIssuer: "no-issuer",
    pin.WrongPin: "pin",
    pin.PinLocked: "pin-locked",
    pin.PinOver: "pin-over",
    pin.NoPin: "pin-over",
}


async def show_form(request: Request, _: StaffSession) -> Response:
    """Asks for the document; also after a card was taken back."""
    return page(request, is_done=request.query_params.get("done") == "taken-back")


async def show_card(request: Request, clerk: StaffSession) -> Response:
    """Which card the person has whose document the clerk holds; logged."""
    platform, form = platform_of(request), await read_form(request)
    named, problem = read_card(form)
    if named is None:
        return page(request, form, problem)
    try:
        found = await access.card_at_counter(platform.pool, platform.keys, agent_of(clerk), named)
    except NotFound:
        return page(request, form, "nobody")
    except TooManyAttempts:
        return page(request, form, "too-many")
    return page(request, found=found)


async def print_one(request: Request, clerk: StaffSession) -> Response:
    """A card, or a code for seven days, as a PDF; the one before is worthless from now on.

    Raises:
        NotFound: nobody this clerk was shown.
        PrintingNotInstalled: this installation prints nothing.
    """
    platform, form = platform_of(request), await read_form(request)
    if not paper.is_installed():
        raise paper.PrintingNotInstalled
    kind = _KINDS.get(form.text("kind"), CodeType.PRINTED)
    try:
        back = await _back(request, clerk, form)
        card = await access.give_card(
            platform.pool,
            platform.keys,
            platform.outbox,
            agent_of(clerk),
            form.text("resident"),
            kind,
        )
    except tuple(_REFUSED) as refused:
        return page(request, problem=_problem(refused))
    return await print_card(card, language_of(request), back)


async def take_back(request: Request, clerk: StaffSession) -> Response:
    """Make every card of the person worthless.

    Raises:
        NotFound: nobody this clerk was shown.
    """
    platform, form = platform_of(request), await read_form(request)
    try:
        await access.take_cards_back(
            platform.pool,
            platform.keys,
            platform.outbox,
            agent_of(clerk),
            form.text("resident"),
        )
    except Forbidden:
        return page(request, problem="card")
    return see_other("/registrar/cards?done=taken-back")


async def _back(request: Request, clerk: StaffSession, form: Form) -> Back | None:
    """The summary its holder asked for and proved by PIN, before a card is given out."""
    platform = platform_of(request)
    if form.text("summary") != "yes" or platform.sequencer is None:
        return None
    carried = await access.summary_at_counter(
        platform.pool,
        platform.keys,
        agent_of(clerk),
        form.text("resident"),
        typed=form.text("pin"),
        log=platform.sequencer.log,
        language="en" if language_of(request) is Language.ENGLISH else "zh-CN",
    )
    return Back(carried.note, "words", carried.made, carried.until)


def _problem(refused: Exception) -> str:
    return next(name for kind, name in _REFUSED.items() if isinstance(refused, kind))


def page(
    request: Request,
    form: Form | None = None,
    problem: str = "",
    *,
    found: CardAtCounter | None = None,
    is_done: bool = False,
) -> Response:
    """The form, or what the person carries on paper."""
    return render(
        request,
        "registrar/cards.html",
        status=_STATUS.get(problem, 422),
        kinds=KINDS,
        name=form.text("name")[:LONGEST_NAME] if form else "",
        found=found,
        prints=paper.is_installed(),
        carries=platform_of(request).sequencer is not None,
        problem=problem,
        is_done=is_done,
    )

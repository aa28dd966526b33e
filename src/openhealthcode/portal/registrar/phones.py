"""The phones of somebody at the counter: unbound, changed for another, every health code anew."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import PhonesAtCounter
from openhealthcode.portal.clinic.emergency import KINDS
from openhealthcode.portal.layout import Form, platform_of, read_form, render, see_other
from openhealthcode.portal.registrar.card import LONGEST_NAME, read_card
from openhealthcode.portal.registrar.representation import agent_of
from openhealthcode.sign_in import CodeOver, MessageNotSent, StaffSession, TooManyCodes, WrongCode
from openhealthcode.sign_in.residents import UnbindReason
from openhealthcode.standards import (
    Conflict,
    Forbidden,
    HealthCodeError,
    NotFound,
    Phone,
    TooManyAttempts,
)

_DONE: Final = frozenset({"unbound", "changed", "reissued"})
_STATUS: Final = {"": 200, "nobody": 404, "too-many": 429, "card": 403}


async def show_form(request: Request, _: StaffSession) -> Response:
    """Asks for the card; also after something was done."""
    done = request.query_params.get("done", "")
    return page(request, done=done if done in _DONE else "")


async def show_phones(request: Request, clerk: StaffSession) -> Response:
    """The phones of the person whose card the clerk holds; logged."""
    platform, form = platform_of(request), await read_form(request)
    named, problem = read_card(form)
    if named is None:
        return page(request, form, problem)
    try:
        found = await access.phones_at_counter(platform.pool, platform.keys, agent_of(clerk), named)
    except NotFound:
        return page(request, form, "nobody")
    except TooManyAttempts:
        return page(request, form, "too-many")
    return page(request, found=found)


async def unbind(request: Request, clerk: StaffSession) -> Response:
    """Unbind one of the phones that were shown.

    Raises:
        NotFound: none that was shown.
    """
    platform, form = platform_of(request), await read_form(request)
    if form.text("why") not in set(UnbindReason):
        return page(request, problem="why")
    try:
        await access.unbind_at_counter(
            platform.pool,
            platform.keys,
            platform.outbox,
            agent_of(clerk),
            form.text("phone"),
            UnbindReason(form.text("why")),
        )
    except Forbidden:
        return page(request, problem="card")
    return see_other("/registrar/phones?done=unbound")


async def start_change(request: Request, clerk: StaffSession) -> Response:
    """Send a code to the phone that is to be bound, and ask for it.

    Raises:
        NotFound: nobody this clerk was shown.
    """
    platform, form = platform_of(request), await read_form(request)
    try:
        phone = Phone.parse(form.text("phone"))
        attempt = await access.start_phone_change(
            platform.pool,
            platform.keys,
            platform.outbox,
            agent_of(clerk),
            form.text("resident"),
            phone,
        )
    except NotFound:
        raise
    except HealthCodeError as refused:
        return page(request, problem=_refusal(refused))
    return code_page(request, attempt.token, is_replaced=form.text("replaces") == "yes")


async def complete_change(request: Request, clerk: StaffSession) -> Response:
    """Bind the phone whose code the person read out."""
    platform, form = platform_of(request), await read_form(request)
    token, is_replaced = form.text("attempt")[:64], form.text("replaces") == "yes"
    try:
        await access.complete_phone_change(
            platform.pool,
            platform.keys,
            platform.outbox,
            agent_of(clerk),
            token,
            form.text("code"),
            replaces=is_replaced,
        )
    except WrongCode:
        return code_page(request, token, is_replaced=is_replaced, problem="code")
    except (CodeOver, Forbidden, Conflict) as refused:
        return page(request, problem=_refusal(refused))
    return see_other("/registrar/phones?done=changed")


async def reissue(request: Request, clerk: StaffSession) -> Response:
    """Make every health code of the person worthless.

    Raises:
        NotFound: nobody this clerk was shown.
    """
    platform, form = platform_of(request), await read_form(request)
    try:
        await access.reissue_codes(
            platform.pool,
            platform.keys,
            platform.outbox,
            agent_of(clerk),
            form.text("resident"),
        )
    except Forbidden:
        return page(request, problem="card")
    return see_other("/registrar/phones?done=reissued")


def _refusal(refused: HealthCodeError) -> str:
    """Which sentence of the page says it."""
    if isinstance(refused, Forbidden):
        return "card"
    if isinstance(refused, TooManyCodes):
        return "codes"
    if isinstance(refused, MessageNotSent):
        return "not-sent"
    if isinstance(refused, CodeOver):
        return "over"
    return "died" if isinstance(refused, Conflict) else "phone"


def code_page(request: Request, token: str, *, is_replaced: bool, problem: str = "") -> Response:
    """Asks for the code that the person reads out."""
    return render(
        request,
        "registrar/phone_code.html",
        status=422 if problem else 200,
        attempt=token,
        is_replaced=is_replaced,
        problem=problem,
    )


def page(
    request: Request,
    form: Form | None = None,
    problem: str = "",
    *,
    found: PhonesAtCounter | None = None,
    done: str = "",
) -> Response:
    """The form, or the phones that were found."""
    return render(
        request,
        "registrar/phones.html",
        status=_STATUS.get(problem, 422),
        kinds=KINDS,
        name=form.text("name")[:LONGEST_NAME] if form else "",
        found=found,
        reasons=tuple(UnbindReason),
        problem=problem,
        done=done,
    )

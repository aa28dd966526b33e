"""Records sealed by order: placing one, who looked before, lifting it together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.access.sealing import PastAccess, sealed_by
from openhealthcode.consent.seal import SealReason
from openhealthcode.portal.layout import Form, platform_of, read_form, render, see_other
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.portal.supervisor.names import Names, names_of
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    HealthCodeError,
    InvalidInput,
)
from openhealthcode.supervision import sealing
from openhealthcode.supervision.sealing import NotToLift, Order, OrderState, Why

_HOME: Final = "/supervision/seals"
_DAYS: Final = (7, 30, 90, 180, 366)
_LONGEST_LIST: Final = 8_000
_DONE: Final = frozenset({"placed", "again", "asked", "lifted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """An order as the pages show it."""

    order: Order
    state: OrderState
    placed_by: str
    lift_asked_by: str = ""
    lifted_by: str = ""
    is_own_wish: bool = False
    """Whether the reader asked for the lifting, and so cannot confirm it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookerView:
    """Somebody who was shown sealed records before."""

    kind: str
    name: str
    institution: str
    past: PastAccess


@dataclass(frozen=True, slots=True)
class _Typed:
    """What was typed and has to be typed again differently."""

    numbers: str = field(default="", repr=False)
    reason: str = ""
    words: str = ""
    days: int = 30


async def show_seals(request: Request, seat: Seat) -> Response:
    """Every order, the newest first."""
    platform = platform_of(request)
    found = await sealing.orders(platform.pool, platform.keys)
    names = await _names(request, [order for order, _ in found])
    views = [_view(order, at, names, seat) for order, at in found]
    return render(request, "supervisor/seals.html", office=seat.office, orders=views)


async def show_form(request: Request, seat: Seat) -> Response:
    """Where people are named."""
    return _form(request, seat)


async def place(request: Request, seat: Seat) -> Response:
    """Seal the records of the people named, at once."""
    platform, form = platform_of(request), await read_form(request)
    typed = _typed(form)
    certificates = _numbers(typed.numbers)
    if not certificates:
        return _form(request, seat, typed, problem="numbers")
    if typed.reason not in set(SealReason) or typed.days not in _DAYS:
        return _form(request, seat, typed, problem="words")
    why = Why(reason=SealReason(typed.reason), words=typed.words, days=typed.days)
    try:
        order_id = await sealing.place(
            platform.pool, platform.keys, platform.outbox, seat.session, why, certificates
        )
    except InvalidInput:
        return _form(request, seat, typed, problem="words")
    return see_other(f"{_HOME}/{order_id}?done=placed")


async def show_seal(request: Request, seat: Seat) -> Response:
    """One order."""
    return await _show(request, seat)


async def place_again(request: Request, seat: Seat) -> Response:
    """Name people once more, where the program was stopped or a number was mistyped."""
    platform, order_id = platform_of(request), request.path_params["id"]
    typed = (await read_form(request)).text("numbers")
    certificates = _numbers(typed[:_LONGEST_LIST])
    if not certificates:
        return await _show(request, seat, problem="numbers")
    try:
        await sealing.place_again(
            platform.pool, platform.keys, platform.outbox, order_id, seat.session, certificates
        )
    except InvalidInput:
        return await _show(request, seat, problem="more-than-named")
    return see_other(f"{_HOME}/{order_id}?done=again")


async def show_lookers(request: Request, seat: Seat) -> Response:
    """Who was shown the sealed records before; it stands in each resident's log."""
    platform, order_id = platform_of(request), request.path_params["id"]
    found = await sealing.examine(platform.pool, platform.keys, order_id, seat.session)
    names = await names_of(
        request,
        people=[one.agent_id for one in found if one.agent_kind == "practitioner"],
        systems=[one.agent_id for one in found if one.agent_kind == "system"],
        places=[one.institution_id for one in found],
    )
    lookers = tuple(
        LookerView(
            kind=one.agent_kind.value,
            name=names.called(one.agent_kind.value, one.agent_id),
            institution=names.place(one.institution_id),
            past=one,
        )
        for one in found
    )
    return await _show(request, seat, lookers=lookers)


async def lift(request: Request, seat: Seat) -> Response:
    """Ask that it be lifted, or confirm what another asked."""
    platform, order_id = platform_of(request), request.path_params["id"]
    form = await read_form(request)
    try:
        if form.text("step") == "confirm":
            await sealing.lift(
                platform.pool, platform.keys, platform.outbox, order_id, seat.session
            )
            return see_other(f"{_HOME}/{order_id}?done=lifted")
        words = form.text("words")
        await sealing.ask_to_lift(platform.pool, platform.keys, order_id, seat.session, words)
    except InvalidInput:
        return await _show(request, seat, problem="words", status=422)
    except NotToLift:
        return await _show(request, seat, problem="not-to-lift", status=409)
    return see_other(f"{_HOME}/{order_id}?done=asked")


async def _show(
    request: Request,
    seat: Seat,
    *,
    lookers: tuple[LookerView, ...] | None = None,
    problem: str = "",
    status: int = 0,
) -> Response:
    platform, order_id = platform_of(request), UUID(str(request.path_params["id"]))
    order, at = await sealing.order(platform.pool, platform.keys, order_id)
    names = await _names(request, [order])
    done = request.query_params.get("done", "")
    return render(
        request,
        "supervisor/seal.html",
        status=status or (422 if problem else 200),
        office=seat.office,
        one=_view(order, at, names, seat),
        sealed=await sealed_by(platform.pool, order_id),
        lookers=lookers,
        problem=problem,
        done=done if done in _DONE else "",
    )


def _form(
    request: Request, seat: Seat, typed: _Typed | None = None, *, problem: str = ""
) -> Response:
    return render(
        request,
        "supervisor/seal_new.html",
        status=422 if problem else 200,
        office=seat.office,
        typed=typed or _Typed(),
        reasons=tuple(SealReason),
        lengths=_DAYS,
        most=sealing.MOST_NAMED,
        problem=problem,
    )


def _typed(form: Form) -> _Typed:
    days = form.text("days")
    return _Typed(
        numbers=form.text("numbers")[:_LONGEST_LIST],
        reason=form.text("reason"),
        words=form.text("words")[:600],
        days=int(days) if days.isdecimal() and len(days) < 4 else 0,
    )


def _numbers(text: str) -> list[Certificate]:
    """ID numbers, one to a line or apart by commas; none where one cannot be a number, or too many."""
    parts = text.replace("，", " ").replace(",", " ").replace("；", " ").split()
    try:
        found = [Certificate.parse(CertificateKind.NATIONAL_ID, part) for part in parts]
    except HealthCodeError:
        return []
    return found if len(found) <= sealing.MOST_NAMED else []


async def _names(request: Request, orders: list[Order]) -> Names:
    people = [
        person
        for order in orders
        for person in (order.placed_by, order.lift_asked_by, order.lifted_by)
    ]
    return await names_of(request, people=people)


def _view(order: Order, at: datetime, names: Names, seat: Seat) -> OrderView:
    return OrderView(
        order=order,
        state=sealing.state_of(order, at.astimezone(UTC)),
        placed_by=names.person(order.placed_by),
        lift_asked_by=names.person(order.lift_asked_by),
        lifted_by=names.person(order.lifted_by),
        is_own_wish=order.lift_asked_by == seat.session.practitioner_id,
    )

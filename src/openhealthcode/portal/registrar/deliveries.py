"""Deliveries whose ID number cannot be one: which wait, whom one names, filed under the right number."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import WaitingDelivery
from openhealthcode.collection import NeedsReview, Waiting
from openhealthcode.identity.quality import RegistrationDoubtful
from openhealthcode.portal.layout import language_of, platform_of, read_form, render, see_other
from openhealthcode.portal.registrar.representation import agent_of
from openhealthcode.portal.resident.people import Acquaintances, acquaint
from openhealthcode.sign_in import StaffSession
from openhealthcode.standards import HealthCodeError, NationalId, NotANationalId, NotFound

_PAGE: Final = "/registrar/deliveries"
_DONE: Final = frozenset({"filed", "dismissed"})
_STATUS: Final = {"": 200, "refused": 409, "contradicts": 409, "doubtful": 409}


async def show_waiting(request: Request, clerk: StaffSession) -> Response:
    """What waits, the oldest first; names nobody."""
    platform = platform_of(request)
    waiting = await access.waiting_deliveries(platform.pool, agent_of(clerk))
    known = await acquaint(
        platform.pool,
        language_of(request),
        institution_ids=[one.institution_id for one in waiting],
    )
    done = request.query_params.get("done", "")
    return page_of_waiting(request, waiting, known, done if done in _DONE else "")


def page_of_waiting(
    request: Request, waiting: list[Waiting], known: Acquaintances, done: str = ""
) -> Response:
    """The list, and what was done just now."""
    return render(request, "registrar/deliveries.html", waiting=waiting, known=known, done=done)


async def show_delivery(request: Request, clerk: StaffSession) -> Response:
    """Whom a delivery is about; the region's log says who read it.

    Raises:
        NotFound: none of this registrar's, or answered.
    """
    return await _show(request, clerk)


async def file(request: Request, clerk: StaffSession) -> Response:
    """File it under the number on the card, or say what stands against it."""
    platform, form = platform_of(request), await read_form(request)
    try:
        number = NationalId.parse(form.text("number"))
    except NotANationalId:
        return await _show(request, clerk, "number")
    if form.text("compared") != "yes":
        return await _show(request, clerk, "compared")
    try:
        await access.file_waiting(
            platform.pool, platform.keys, _id(request), number, agent_of(clerk)
        )
    except NotFound:
        raise
    except HealthCodeError as refused:
        return await _show(request, clerk, _problem(refused))
    return see_other(f"{_PAGE}?done=filed")


async def dismiss(request: Request, clerk: StaffSession) -> Response:
    """The delivery is its sender's to put right; what it said is destroyed."""
    platform = platform_of(request)
    await access.dismiss_waiting(platform.pool, platform.keys, _id(request), agent_of(clerk))
    return see_other(f"{_PAGE}?done=dismissed")


async def _show(request: Request, clerk: StaffSession, problem: str = "") -> Response:
    platform = platform_of(request)
    found = await access.examine_waiting(
        platform.pool, platform.keys, _id(request), agent_of(clerk)
    )
    known = await acquaint(
        platform.pool, language_of(request), institution_ids=[found.waiting.institution_id]
    )
    return page_of_delivery(request, found, known, problem)


def page_of_delivery(
    request: Request, found: WaitingDelivery, known: Acquaintances, problem: str = ""
) -> Response:
    """One delivery: whom it names, how much came with it, and what to do."""
    return render(
        request,
        "registrar/delivery.html",
        status=_STATUS.get(problem, 422),
        found=found,
        known=known,
        count=sum(found.holds.values()),
        problem=problem,
    )


def _problem(refused: HealthCodeError) -> str:
    if isinstance(refused, NeedsReview):
        return "contradicts"
    return "doubtful" if isinstance(refused, RegistrationDoubtful) else "refused"


def _id(request: Request) -> UUID:
    found: UUID = request.path_params["id"]
    return found

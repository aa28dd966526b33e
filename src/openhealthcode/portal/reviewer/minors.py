"""Who at this institution may see records of children under 14: approved by the privacy officer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import registry, representation
from openhealthcode.portal.layout import (
    Language,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.registry import Practitioner
from openhealthcode.representation import Approver, RepresentationUnsuitable
from openhealthcode.standards import InvalidInput, NotFound

DAYS: Final = (7, 30, 90, 365)
_DONE: Final = frozenset({"approved", "ended", "on", "off"})


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """One approval in force."""

    approval_id: UUID
    name: str
    approver: str
    reason: str = field(repr=False)
    end_at: datetime


@dataclass(frozen=True, slots=True)
class ToApprove:
    """A colleague, or a system that reads by itself."""

    id: UUID
    name: str
    department: str = ""
    is_system: bool = False


async def show_approvals(request: Request, seat: Seat) -> Response:
    """Whether approvals are asked for, whom they cover, and the form."""
    done = request.query_params.get("done", "")
    return await _page(request, seat, notice=done if done in _DONE else "")


async def require(request: Request, seat: Seat) -> Response:
    """Ask for approvals, or no longer.

    Raises:
        InvalidInput: neither.
    """
    wanted = (await read_form(request)).text("required")
    if wanted not in {"yes", "no"}:
        raise InvalidInput("yes or no")
    pool = platform_of(request).pool
    await representation.require_approvals(pool, _approver(seat), is_required=wanted == "yes")
    return see_other(f"/review/minors?done={'on' if wanted == 'yes' else 'off'}")


async def approve(request: Request, seat: Seat) -> Response:
    """Approve a colleague, or say which field is wrong."""
    platform, form = platform_of(request), await read_form(request)
    reason = form.text("reason")
    known = {str(one.id) for one in await _to_approve(request, seat)}
    if form.text("practitioner") not in known:
        return await _page(request, seat, problem="practitioner", reason=reason)
    if form.text("days") not in map(str, DAYS):
        return await _page(request, seat, problem="days", reason=reason)
    try:
        await representation.approve(
            platform.pool,
            _approver(seat),
            UUID(form.text("practitioner")),
            days=int(form.text("days")),
            reason=reason,
        )
    except RepresentationUnsuitable:
        return await _page(request, seat, problem="reason", reason=reason)
    return see_other("/review/minors?done=approved")


async def end(request: Request, seat: Seat) -> Response:
    """Take an approval back; what is over is as good."""
    pool, approval_id = platform_of(request).pool, request.path_params["id"]
    try:
        await representation.end_approval(pool, _approver(seat), approval_id)
    except NotFound:
        return see_other("/review/minors")
    return see_other("/review/minors?done=ended")


async def _page(
    request: Request, seat: Seat, *, notice: str = "", problem: str = "", reason: str = ""
) -> Response:
    pool = platform_of(request).pool
    is_required, found = await representation.approvals(pool, seat.session.institution_id)
    people = await registry.practitioners(pool, {one.approved_by for one in found})
    names = {one.id: one.name for one in await _to_approve(request, seat)}
    views = [
        ApprovalView(
            one.approval_id,
            names.get(one.practitioner_id, ""),
            _name(request, people.get(one.approved_by)),
            one.reason,
            one.end_at,
        )
        for one in found
    ]
    return render(
        request,
        "reviewer/minors.html",
        status=422 if problem else 200,
        office=seat.office,
        is_required=is_required,
        approvals=views,
        colleagues=await _to_approve(request, seat),
        days=DAYS,
        longest_reason=representation.LONGEST_REASON,
        notice=notice,
        problem=problem,
        reason=reason[: representation.LONGEST_REASON],
    )


async def _to_approve(request: Request, seat: Seat) -> list[ToApprove]:
    """Whom this officer can approve: everybody there but themselves, and the house's systems."""
    pool, house = platform_of(request).pool, seat.session.institution_id
    return [
        ToApprove(one.practitioner_id, _name(request, one), one.department)
        for one in await registry.staff(pool, house)
        if one.practitioner_id != seat.session.practitioner_id
    ] + [
        ToApprove(one.system_id, one.name, is_system=True)
        for one in await registry.systems_of(pool, house)
    ]


def _name(request: Request, who: Practitioner | None) -> str:
    if who is None:
        return ""
    in_english = language_of(request) is Language.ENGLISH
    return (who.name_en if in_english else "") or who.name


def _approver(seat: Seat) -> Approver:
    return Approver(seat.session.practitioner_id, seat.session.institution_id)

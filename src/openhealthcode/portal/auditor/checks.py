"""The checks: what each last found, and asking for one."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.portal.layout import platform_of, read_form, render, see_other
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.portal.supervisor.names import names_of
from openhealthcode.standards import InvalidInput
from openhealthcode.supervision import checks
from openhealthcode.supervision.checks import Check, Run


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check: its latest finished run, and whether another is under way."""

    check: Check
    run: Run | None
    asked_by: str
    is_under_way: bool


async def show_checks(request: Request, seat: Seat) -> Response:
    """Every check there is, run or not."""
    views = await check_views(request)
    return render(request, "auditor/checks.html", office=seat.office, checks=views)


async def ask_for_check(request: Request, seat: Seat) -> Response:
    """Have one run; it takes as long as it takes, and the page says when it is done.

    Raises:
        InvalidInput: no check of ours.
    """
    name = (await read_form(request)).text("check")
    if name not in set(Check):
        raise InvalidInput("not a check of the list")
    await checks.ask(platform_of(request).pool, seat.session, Check(name))
    return see_other(seat.office.home)


async def check_views(request: Request) -> tuple[CheckView, ...]:
    """Every check with its latest result."""
    runs = await checks.results(platform_of(request).pool)
    done = {one.check: one for one in runs if one.finished_at is not None}
    under_way = {one.check for one in runs if one.finished_at is None}
    names = await names_of(request, people=[one.asked_by for one in runs])
    return tuple(
        CheckView(
            check,
            done.get(check),
            names.person(done[check].asked_by) if check in done else "",
            check in under_way,
        )
        for check in Check
    )

"""Somebody without a phone comes to the counter: who looked, who may look now, taking it back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import ShownAtCounter
from openhealthcode.consent import NothingToWithdraw
from openhealthcode.portal.layout import (
    Form,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.registrar.representation import agent_of, read_named
from openhealthcode.portal.resident.looks import looks_view, together
from openhealthcode.portal.resident.people import acquaint
from openhealthcode.portal.resident.views import LooksView, PersonView
from openhealthcode.sign_in import StaffSession
from openhealthcode.standards import NotFound, TooManyAttempts

_STATUS: Final = {"": 200, "unknown": 404, "too-many": 429}


@dataclass(frozen=True, slots=True)
class OpenView:
    """Somebody who may look now, and the name under which that is taken back."""

    public_id: str
    person: PersonView
    until: datetime


@dataclass(frozen=True, slots=True)
class DeskView:
    """What is shown to the person at the counter."""

    masked_name: str
    looks: LooksView
    standing: tuple[OpenView, ...]


async def show_form(request: Request, _: StaffSession) -> Response:
    """The form; also after something was taken back."""
    return _page(request, is_done="done" in request.query_params)


async def show_log(request: Request, clerk: StaffSession) -> Response:
    """The log of the person whose card the clerk holds."""
    platform, form = platform_of(request), await read_form(request)
    named, problem = read_named(form, "number", "name")
    if named is None or form.text("seen") != "yes":
        return _page(request, form, problem or "seen")
    try:
        shown = await access.show_at_counter(platform.pool, platform.keys, agent_of(clerk), named)
    except NotFound:
        return _page(request, form, "unknown")
    except TooManyAttempts:
        return _page(request, form, "too-many")
    return _page(request, view=await _view(request, shown))


async def withdraw(request: Request, clerk: StaffSession) -> Response:
    """Take a consent back for them; what was taken back before is as good.

    Raises:
        NotFound: none that was shown.
    """
    platform, form = platform_of(request), await read_form(request)
    with suppress(NothingToWithdraw):
        await access.withdraw_at_counter(
            platform.pool, platform.keys, agent_of(clerk), form.text("consent")
        )
    return see_other("/registrar/desk?done=yes")


async def _view(request: Request, shown: ShownAtCounter) -> DeskView:
    given = [one for _, one in shown.standing]
    known = await acquaint(
        platform_of(request).pool,
        language_of(request),
        practitioner_ids=[
            *(line.agent_id for line in shown.lines),
            *(one.practitioner_id for one in given),
        ],
        institution_ids=[
            *(line.institution_id for line in shown.lines),
            *(one.institution_id for one in given),
        ],
    )
    return DeskView(
        shown.masked_name,
        looks_view(together(shown.lines), known, frozenset(), ""),
        tuple(OpenView(name, known.recipient(one), one.end_at) for name, one in shown.standing),
    )


def _page(
    request: Request,
    form: Form | None = None,
    problem: str = "",
    *,
    view: DeskView | None = None,
    is_done: bool = False,
) -> Response:
    return render(
        request,
        "registrar/desk.html",
        status=_STATUS.get(problem, 422),
        view=view,
        problem=problem,
        name=form.text("name")[:64] if form else "",
        is_done=is_done,
    )

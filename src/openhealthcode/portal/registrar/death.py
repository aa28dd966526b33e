"""A death is registered at the counter, or taken back when it was registered in error."""

from __future__ import annotations

from datetime import date
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.portal.layout import Form, platform_of, read_form, render, see_other
from openhealthcode.portal.registrar.representation import agent_of, read_named
from openhealthcode.sign_in import StaffSession
from openhealthcode.standards import Conflict, InvalidInput, NotFound

_DONE: Final = frozenset({"done", "back-done"})


async def show_form(request: Request, _: StaffSession) -> Response:
    """Both forms, empty."""
    done = request.query_params.get("done", "")
    return _page(request, notice=done if done in _DONE else "")


async def register(request: Request, clerk: StaffSession) -> Response:
    """Register a death on the certificate the clerk has seen."""
    platform, form = platform_of(request), await read_form(request)
    named, problem = read_named(form, "number", "name")
    day = _day(form.text("day"))
    if day is None:
        problem = problem or "day"
    elif form.text("seen") != "yes":
        problem = problem or "seen"
    if named is None or day is None or problem:
        return _page(request, problem=problem, form=form)
    try:
        await access.register_death(platform.pool, platform.keys, agent_of(clerk), named, day)
    except NotFound:
        return _page(request, problem="unknown", form=form)
    except InvalidInput:
        return _page(request, problem="day", form=form)
    except Conflict:
        return _page(request, problem="registered", form=form)
    return see_other("/registrar/death?done=done")


async def take_back(request: Request, clerk: StaffSession) -> Response:
    """The person is alive and here."""
    platform, form = platform_of(request), await read_form(request)
    named, problem = read_named(form, "number", "name")
    if form.text("seen") != "yes":
        problem = problem or "seen"
    if named is None or problem:
        return _page(request, back_problem=problem, form=form)
    try:
        await access.take_death_back(platform.pool, platform.keys, agent_of(clerk), named)
    except NotFound:
        return _page(request, back_problem="not-registered", form=form)
    return see_other("/registrar/death?done=back-done")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _page(
    request: Request,
    *,
    notice: str = "",
    problem: str = "",
    back_problem: str = "",
    form: Form | None = None,
) -> Response:
    return render(
        request,
        "registrar/death.html",
        status=422 if problem or back_problem else 200,
        notice=notice,
        problem=problem,
        back_problem=back_problem,
        typed={name: form.text(name)[:64] for name in ("number", "name", "day")} if form else {},
    )

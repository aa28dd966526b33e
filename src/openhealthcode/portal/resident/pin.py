"""The resident's PIN: set it, change it, and a second one for when somebody makes one enter it.

The page says the same whether there is a second one or not, before and after.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.portal.layout import Form, platform_of, read_form, render, see_other
from openhealthcode.portal.resident.verify import verify_first
from openhealthcode.sign_in import ResidentSession, pin
from openhealthcode.standards import Conflict

_DONE: Final = frozenset({"set", "second"})
_REFUSED: Final = (
    (pin.PinUnsuitable, "unsuitable"),
    (pin.WrongPin, "wrong"),
    (pin.PinLocked, "locked"),
    (pin.PinOver, "over"),
)


async def show_pin(request: Request, session: ResidentSession) -> Response:
    """Whether there is a PIN, and the forms to set one."""
    done = request.query_params.get("done", "")
    return await _page(request, session, done=done if done in _DONE else "")


async def take_pin(request: Request, session: ResidentSession) -> Response:
    """Set the first PIN, change it, or keep a second one."""
    form, resident_id = await read_form(request), session.resident_id
    step = form.text("step")
    if step == "choose":
        asked = await verify_first(request, session, _without_digits(form), "pin", back="/pin")
        if asked is not None:
            return asked
        if "new" not in form:
            return await _page(request, session)
    if step != "drop" and form.text("new") != form.text("again"):
        return await _page(request, session, problem=(step, "differs"))
    platform = platform_of(request)
    here = platform.pool, platform.keys, resident_id
    try:
        if step == "choose":
            await pin.choose(*here, form.text("new"))
        elif step == "change":
            await access.change_pin(*here, form.text("current"), form.text("new"))
        else:
            second = form.text("new") if step == "second" else None
            await access.choose_second_pin(*here, form.text("current"), second)
    except (pin.PinUnsuitable, pin.WrongPin, pin.PinLocked, pin.PinOver) as refused:
        problem = next(said for kind, said in _REFUSED if isinstance(refused, kind))
        return await _page(request, session, problem=(step, problem))
    except (Conflict, pin.NoPin):  # set, or never set, while the page was open
        return see_other("/pin")
    return see_other("/pin?done=second" if step in {"second", "drop"} else "/pin?done=set")


def _without_digits(form: Form) -> Form:
    """What the page that asks for a code may keep: digits never stand in a page."""
    return Form(tuple(pair for pair in form.fields if pair[0] in {"step", "code", "credential"}))


async def _page(
    request: Request,
    session: ResidentSession,
    *,
    done: str = "",
    problem: tuple[str, str] = ("", ""),
) -> Response:
    standing = await pin.standing(platform_of(request).pool, session.resident_id)
    is_few = standing is not None and standing.wrong_left <= pin.MOST_WRONG // 2
    step, said = problem
    return render(
        request,
        "resident/pin.html",
        status=422 if said else 200,
        is_set=standing is not None and not standing.is_over,
        is_over=standing is not None and standing.is_over,
        wrong_left=standing.wrong_left if standing and is_few else None,
        done=done,
        problem_at="second" if step == "drop" else step,
        problem=said,
    )

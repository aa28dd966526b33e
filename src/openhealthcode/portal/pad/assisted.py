"""The answer through a helper: a colleague reads it out, hears the resident, and stands for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, consent
from openhealthcode.consent import ConsentRequest
from openhealthcode.consent.presence import Helper
from openhealthcode.portal.clinic.presentation import visit_reference
from openhealthcode.portal.clinic.session import Desk
from openhealthcode.portal.layout import Form, platform_of, read_form, render, see_other
from openhealthcode.portal.pad.spoken import asked_here, spoken_of, spoken_view
from openhealthcode.portal.pad.views import HelperView
from openhealthcode.representation import GuardianNeeded
from openhealthcode.sign_in import LockedForNow, SignInRefused, staff
from openhealthcode.standards import Forbidden

_LONGEST: Final = 64
_STATUS: Final = {"waiting": 429, "not-you": 403}


async def show_assisted(request: Request, desk: Desk) -> Response:
    """What is to be read out, and who reads it."""
    asked, _ = await asked_here(request, desk)
    if not _is_waiting(asked):
        return _back(request)
    return await _page(request, desk, asked)


async def take_assisted(request: Request, desk: Desk) -> Response:
    """Allow what the resident said aloud; the helper proves who they are."""
    platform, form = platform_of(request), await read_form(request)
    asked, presented = await asked_here(request, desk)
    if not _is_waiting(asked):
        return _back(request)
    view, notice = await spoken_view(request, desk, asked, form)
    problem = "" if view.chosen else "nothing"
    if not problem and form.text("heard") != "yes":
        problem = "heard"
    if problem:
        return await _page(request, desk, asked, form, problem)
    typed = staff.Credentials(form.text("account"), form.text("password"), form.text("totp"))
    try:
        helper = await staff.vouch(platform.pool, platform.keys, typed)
        await access.answer_assisted(
            platform.pool,
            platform.keys,
            platform.outbox,
            presented,
            asked.request_id,
            helper=Helper(
                helper.practitioner_id, helper.institution_id, form.text("companion")[:_LONGEST]
            ),
            spoken=spoken_of(view, notice),
        )
    except consent.RequestExpired:
        return _back(request)
    except (SignInRefused, LockedForNow, Forbidden, GuardianNeeded) as refused:
        return await _page(request, desk, asked, form, _problem(refused))
    reference = visit_reference(request, presented.resident_id, presented.presentation_id)
    return see_other(f"/clinic/visits/{reference}/record")


def _problem(refused: Exception) -> str:
    if isinstance(refused, GuardianNeeded):
        return "guardian"
    if isinstance(refused, Forbidden):
        return "not-you"
    return "waiting" if isinstance(refused, LockedForNow) else "not-wanted"


async def _page(
    request: Request, desk: Desk, asked: ConsentRequest, form: Form | None = None, problem: str = ""
) -> Response:
    view, _ = await spoken_view(request, desk, asked, form, problem)
    helper = HelperView(
        account=form.text("account")[:_LONGEST] if form else "",
        companion=form.text("companion")[:_LONGEST] if form else "",
    )
    status = _STATUS.get(problem, 422) if problem else 200
    return render(
        request, "pad/assisted.html", status=status, staff=desk.view, asked=view, helper=helper
    )


def _is_waiting(asked: ConsentRequest) -> bool:
    return asked.answer is None and datetime.now(UTC) < asked.expires_at


def _back(request: Request) -> Response:
    return see_other(f"/clinic/requests/{request.path_params['request']}")

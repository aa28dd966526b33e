"""The PIN pad: the device is turned to the resident, who switches off, refuses, or allows by PIN.

Nothing of the record is on this page: before the PIN is entered nobody has proved to be the
resident, and afterwards what opens is for the clinician's page to show.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, consent
from openhealthcode.consent import ConsentRequest
from openhealthcode.healthcode import Presentation
from openhealthcode.portal.clinic.presentation import visit_reference
from openhealthcode.portal.clinic.session import Desk
from openhealthcode.portal.layout import Form, platform_of, read_form, render, see_other
from openhealthcode.portal.pad.spoken import asked_here, spoken_of, spoken_view
from openhealthcode.portal.pad.views import PadView
from openhealthcode.representation import GuardianNeeded
from openhealthcode.sign_in import pin
from openhealthcode.standards import TooManyAttempts

_DIGITS: Final = "1234567890"
_REFUSED: Final = (
    pin.WrongPin,
    pin.PinLocked,
    pin.PinOver,
    pin.NoPin,
    GuardianNeeded,
    TooManyAttempts,
)
_STATUS: Final = {"locked": 429, "too-many": 429}


async def show_pad(request: Request, desk: Desk) -> Response:
    """Who asks for what, in large letters, and the keys."""
    asked, presented = await asked_here(request, desk)
    if not _is_waiting(asked):
        return _back(request)
    return await _page(request, desk, asked, presented)


async def take_answer(request: Request, desk: Desk) -> Response:
    """Refuse at once; allow what was left switched on, if the PIN is right."""
    platform, form = platform_of(request), await read_form(request)
    asked, presented = await asked_here(request, desk)
    if not _is_waiting(asked):
        return _back(request)
    if form.text("answer") == "refuse":
        await access.refuse_in_person(platform.pool, platform.keys, presented, asked.request_id)
        return _back(request)
    view, notice = await spoken_view(request, desk, asked, form)
    if not view.chosen or form.text("notice") != notice.version:
        problem = "changed" if view.chosen else "nothing"
        return await _page(request, desk, asked, presented, form, problem)
    try:
        await access.answer_with_pin(
            platform.pool,
            platform.keys,
            presented,
            asked.request_id,
            typed=form.text("pin"),
            spoken=spoken_of(view, notice),
        )
    except consent.RequestExpired:
        return _back(request)
    except _REFUSED as refused:
        return await _page(request, desk, asked, presented, form, _problem(refused))
    reference = visit_reference(request, presented.resident_id, presented.presentation_id)
    return see_other(f"/clinic/visits/{reference}/record")


def _problem(refused: Exception) -> str:
    for kind, problem in (
        (pin.WrongPin, "wrong"),
        (pin.PinLocked, "locked"),
        (pin.PinOver, "over"),
        (pin.NoPin, "none"),
        (GuardianNeeded, "guardian"),
    ):
        if isinstance(refused, kind):
            return problem
    return "too-many"


async def _page(
    request: Request,
    desk: Desk,
    asked: ConsentRequest,
    presented: Presentation,
    form: Form | None = None,
    problem: str = "",
) -> Response:
    view, _ = await spoken_view(request, desk, asked, form, problem)
    standing = await pin.standing(platform_of(request).pool, presented.resident_id)
    is_mixed = request.query_params.get("keys") == "mixed"
    pad = PadView(
        has_pin=standing is not None,
        is_over=standing is not None and standing.is_over,
        is_mixed=is_mixed,
        keys=_keys(is_mixed=is_mixed),
    )
    status = _STATUS.get(problem, 422) if problem else 200
    return render(request, "pad/pad.html", status=status, asked=view, pad=pad)


def _keys(*, is_mixed: bool) -> tuple[str, ...]:
    """The digits as on a telephone, or in an order that nobody reads from the hand's movement."""
    keys = list(_DIGITS)
    if is_mixed:
        secrets.SystemRandom().shuffle(keys)
    return tuple(keys)


def _is_waiting(asked: ConsentRequest) -> bool:
    return asked.answer is None and datetime.now(UTC) < asked.expires_at


def _back(request: Request) -> Response:
    """To the clinician's page of the request, which says what became of it."""
    return see_other(f"/clinic/requests/{request.path_params['request']}")

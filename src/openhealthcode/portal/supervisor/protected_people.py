"""People under special protection: named by number, by two supervisors, and listed nowhere."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.portal.layout import Form, platform_of, read_form, render, see_other
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.standards import Certificate, CertificateKind, HealthCodeError
from openhealthcode.supervision import protected

_HOME: Final = "/supervision/protected"
_DONE: Final = frozenset({"asked", "confirmed"})
_LONGEST_NUMBER: Final = 40


async def show_protected(request: Request, seat: Seat) -> Response:
    """How many people are protected, and the two forms."""
    return await _show(request, seat)


async def protect(request: Request, seat: Seat) -> Response:
    """Ask for somebody's protection, or confirm what another asked by typing the number again."""
    platform, form = platform_of(request), await read_form(request)
    is_asking = form.text("step") != "confirm"
    certificate, days = _certificate(form), _days(form)
    if certificate is None or (is_asking and days not in protected.DAYS):
        return await _show(request, seat, problem="ask" if is_asking else "confirm", status=422)
    if is_asking:
        await protected.ask(platform.pool, platform.keys, seat.session, certificate, days)
        return see_other(f"{_HOME}?done=asked")
    if not await protected.confirm(platform.pool, platform.keys, seat.session, certificate):
        return await _show(request, seat, problem="nothing-asked", status=409)
    return see_other(f"{_HOME}?done=confirmed")


async def _show(request: Request, seat: Seat, *, problem: str = "", status: int = 200) -> Response:
    done = request.query_params.get("done", "")
    return render(
        request,
        "supervisor/protected.html",
        status=status,
        office=seat.office,
        standing=await protected.standing(platform_of(request).pool),
        lengths=protected.DAYS,
        problem=problem,
        done=done if done in _DONE and not problem else "",
    )


def _certificate(form: Form) -> Certificate | None:
    """The ID number that was typed; it is never shown again."""
    try:
        return Certificate.parse(
            CertificateKind.NATIONAL_ID, form.text("number")[:_LONGEST_NUMBER].strip()
        )
    except HealthCodeError:
        return None


def _days(form: Form) -> int:
    text = form.text("days")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0

"""A document has another number now: the old one, the new one in hand, and what proves it."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import Named
from openhealthcode.portal.clinic.emergency import KINDS
from openhealthcode.portal.layout import Form, platform_of, read_form, render, see_other
from openhealthcode.portal.registrar.card import LONGEST_NAME, read_card
from openhealthcode.portal.registrar.representation import agent_of
from openhealthcode.sign_in import StaffSession
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    HealthCodeError,
    NotFound,
    TooManyAttempts,
)

_SHORTEST_REASON: Final = 2
_LONGEST_REASON: Final = 200
_STATUS: Final = {"": 200, "nobody": 404, "too-many": 429, "certificate-taken": 409}
_REFUSALS: Final = frozenset(
    {"certificate-taken", "certificate-not-theirs", "number-disagrees", "registered-meanwhile"}
)


async def show_form(request: Request, _: StaffSession) -> Response:
    """The form; also after a number was changed."""
    return page(request, is_done="done" in request.query_params)


async def change(request: Request, clerk: StaffSession) -> Response:
    """Let the new document take the old one's place, or say what stands against it."""
    platform, form = platform_of(request), await read_form(request)
    new, problem = read_card(form)
    old = _old(form)
    reason = form.text("reason")[:_LONGEST_REASON].strip()
    if old is None:
        problem = "old"
    elif not problem and len(reason) < _SHORTEST_REASON:
        problem = "reason"
    if problem or new is None or old is None:
        return page(request, form, problem)
    try:
        await access.change_number_at_counter(
            platform.pool,
            platform.keys,
            agent_of(clerk),
            Named(old, new.name),
            new.certificate,
            reason,
        )
    except HealthCodeError as refused:
        return page(request, form, _refusal(refused))
    return see_other("/registrar/renumber?done=yes")


def _old(form: Form) -> Certificate | None:
    kind = form.text("old-kind") or CertificateKind.NATIONAL_ID
    try:
        return Certificate.parse(CertificateKind(kind), form.text("old-number"))
    except ValueError:  # no such kind, or no number of that kind
        return None


def _refusal(refused: HealthCodeError) -> str:
    if isinstance(refused, NotFound):
        return "nobody"
    if isinstance(refused, TooManyAttempts):
        return "too-many"
    if refused.code not in _REFUSALS:
        raise refused
    return refused.code


def page(
    request: Request, form: Form | None = None, problem: str = "", *, is_done: bool = False
) -> Response:
    """The page, with what was typed but for the numbers."""
    return render(
        request,
        "registrar/renumber.html",
        status=_STATUS.get(problem, 422),
        kinds=KINDS,
        name=form.text("name")[:LONGEST_NAME] if form else "",
        reason=form.text("reason")[:_LONGEST_REASON] if form else "",
        problem=problem,
        is_done=is_done,
    )

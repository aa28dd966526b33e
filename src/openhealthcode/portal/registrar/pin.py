"""A PIN set at the counter: the card in the clerk's hand, the digits in the resident's."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.portal.clinic.emergency import KINDS
from openhealthcode.portal.layout import Form, platform_of, read_form, render, see_other
from openhealthcode.sign_in import BindingProof, StaffSession, pin
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    CertificateMalformed,
    Conflict,
    NotANationalId,
    NotFound,
    TooManyAttempts,
)

_LONGEST_NAME: Final = 64
_STATUS: Final = {"": 200, "nobody": 404, "too-many": 429}


async def show_form(request: Request, _: StaffSession) -> Response:
    """The form."""
    return _page(request, None)


async def set_pin(request: Request, clerk: StaffSession) -> Response:
    """Set the PIN, or say what is missing; digits are never shown again."""
    platform, form = platform_of(request), await read_form(request)
    certificate, name = _certificate(form), form.text("name")[:_LONGEST_NAME]
    problem = _problem(form, certificate, name)
    if problem or certificate is None:
        return _page(request, form, problem)
    try:
        await access.set_pin_at_counter(
            platform.pool,
            platform.keys,
            platform.outbox,
            certificate,
            name,
            typed=form.text("new"),
            clerk=clerk,
            proof=BindingProof.CARD_AND_PERSON,
        )
    except (NotFound, TooManyAttempts, pin.PinUnsuitable, Conflict) as refused:
        return _page(request, form, _refusal(refused))
    return see_other("/registrar/pin/done")


async def show_done(request: Request, _: StaffSession) -> Response:
    """Says that it works at once."""
    return render(request, "registrar/pin_done.html")


def _problem(form: Form, certificate: Certificate | None, name: str) -> str:
    if certificate is None:
        return "number"
    if not name:
        return "name"
    if form.text("compared") != "yes":
        return "compared"
    return "" if form.text("new") == form.text("again") else "differs"


def _refusal(refused: Exception) -> str:
    if isinstance(refused, NotFound):
        return "nobody"
    return "too-many" if isinstance(refused, TooManyAttempts) else "unsuitable"


def _page(request: Request, form: Form | None, problem: str = "") -> Response:
    return render(
        request,
        "registrar/pin.html",
        status=_STATUS.get(problem, 422),
        kinds=KINDS,
        name=form.text("name")[:_LONGEST_NAME] if form else "",
        problem=problem,
    )


def _certificate(form: Form) -> Certificate | None:
    kind = form.text("kind") or CertificateKind.NATIONAL_ID
    if kind not in set(KINDS):
        return None
    try:
        return Certificate.parse(CertificateKind(kind), form.text("number"))
    except (CertificateMalformed, NotANationalId):
        return None

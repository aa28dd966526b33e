"""Breaking the glass: the triage gate, the reason in words, and what will happen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, consent
from openhealthcode.portal.clinic.ask import visit_here
from openhealthcode.portal.clinic.presentation import presentation_of, visit_reference
from openhealthcode.portal.clinic.session import Desk, show
from openhealthcode.portal.clinic.views import VISITS, EmergencyView, ResidentView
from openhealthcode.portal.layout import Form, platform_of, read_form, see_other
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    CertificateMalformed,
    NotANationalId,
    NotFound,
    RecordCategory,
)

_SHORTEST_REASON: Final = 4
_LONGEST_REASON: Final = 500
_LEVELS: Final = ("1", "2", "3", "4", "5")
_HOURS: Final = consent.OVERRIDE_LIFETIME // timedelta(hours=1)
KINDS: Final = (
    CertificateKind.NATIONAL_ID,
    CertificateKind.PASSPORT,
    CertificateKind.HONG_KONG_MACAO_PERMIT,
    CertificateKind.TAIWAN_PERMIT,
    CertificateKind.RESIDENCE_PERMIT,
    CertificateKind.PERMANENT_RESIDENCE,
    CertificateKind.OFFICER,
    CertificateKind.OTHER,
)


async def show_emergency(request: Request, desk: Desk) -> Response:
    """The form for somebody who has shown a code."""
    await presentation_of(request, desk)
    return emergency_form(request, desk, _of_visit(request, desk))


async def open_in_emergency(request: Request, desk: Desk) -> Response:
    """Open the minimum set of whoever showed the code."""
    platform, form = platform_of(request), await read_form(request)
    presented = await presentation_of(request, desk)
    view = checked(_of_visit(request, desk), form)
    if view.problem or view.chosen_level is None:
        return emergency_form(request, desk, view, status=422)
    try:
        await access.break_glass(
            platform.pool,
            platform.keys,
            platform.outbox,
            presented,
            triage_level=view.chosen_level,
            reason=view.reason,
        )
    except consent.TriageTooLow:
        return emergency_form(request, desk, replace(view, problem="can-wait"), status=422)
    return see_other(f"/clinic/visits/{view.visit}/emergency/record")


async def show_emergency_without_code(request: Request, desk: Desk) -> Response:
    """The form for somebody who cannot show a code and carries a document."""
    return emergency_form(request, desk, blank())


async def open_without_code(request: Request, desk: Desk) -> Response:
    """Open the minimum set of whoever the document belongs to."""
    platform, form = platform_of(request), await read_form(request)
    view = checked(blank(), form)
    certificate = _certificate(form)
    if certificate is None and not view.problem:
        view = replace(view, problem="number")
    if view.problem or view.chosen_level is None or certificate is None:
        return emergency_form(request, desk, view, status=422)
    try:
        presented = await access.break_glass_for(
            platform.pool,
            platform.keys,
            platform.outbox,
            certificate,
            practitioner_id=desk.practitioner_id,
            institution_id=desk.institution_id,
            terminal_id=desk.terminal_id,
            triage_level=view.chosen_level,
            reason=view.reason,
        )
    except NotFound:
        return emergency_form(request, desk, replace(view, problem="nobody"), status=404)
    except consent.TriageTooLow:
        return emergency_form(request, desk, replace(view, problem="can-wait"), status=422)
    reference = visit_reference(request, presented.resident_id, presented.presentation_id)
    return see_other(f"/clinic/visits/{reference}/emergency/record")


async def show_contacts(request: Request, desk: Desk) -> Response:
    """Whom to call, while this clinician's override stands; asking stands in the resident's log."""
    platform = platform_of(request)
    presented = await presentation_of(request, desk)
    contacts = await access.contacts_to_call(
        platform.pool,
        platform.keys,
        presented.resident_id,
        practitioner_id=desk.practitioner_id,
        institution_id=desk.institution_id,
    )
    return show(
        request, desk, "contacts.html", contacts=contacts, visit=request.path_params["visit"]
    )


def emergency_form(
    request: Request, desk: Desk, view: EmergencyView, *, status: int = 200
) -> Response:
    """The form, as far as it is filled in."""
    return show(request, desk, "emergency.html", status=status, override=view, kinds=KINDS)


def _of_visit(request: Request, desk: Desk) -> EmergencyView:
    visit = visit_here(request, desk)
    return blank(visit.reference, visit.resident)


def blank(
    visit: str = "", resident: ResidentView | None = None, *, base: str = VISITS
) -> EmergencyView:
    """The empty form."""
    minimum = tuple(
        category
        for category in RecordCategory
        if category in consent.EMERGENCY_CATEGORIES and category is not RecordCategory.DEMOGRAPHICS
    )
    return EmergencyView(visit=visit, base=base, resident=resident, minimum=minimum, hours=_HOURS)


def checked(view: EmergencyView, form: Form) -> EmergencyView:
    """The form as filled in, with the first thing that is missing; the verb checks again."""
    level = int(form.text("level")) if form.text("level") in _LEVELS else None
    reason = " ".join(form.text("reason").split())
    problem = ""
    if level is None:
        problem = "level"
    elif not _SHORTEST_REASON <= len(reason) <= _LONGEST_REASON or not _has_a_word(reason):
        problem = "reason"
    return replace(view, chosen_level=level, reason=reason[:_LONGEST_REASON], problem=problem)


def _has_a_word(reason: str) -> bool:
    return any(character.isalpha() for character in reason)


def _certificate(form: Form) -> Certificate | None:
    kind = form.text("kind") or CertificateKind.NATIONAL_ID
    if kind not in set(KINDS):
        return None
    try:
        return Certificate.parse(CertificateKind(kind), form.text("number"))
    except (CertificateMalformed, NotANationalId):
        return None

"""Somebody without a phone: the card in the clinician's hand says who it is, and opens nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.portal.clinic.emergency import KINDS
from openhealthcode.portal.clinic.presentation import visit_reference
from openhealthcode.portal.clinic.presets import PRESETS, usual_scene
from openhealthcode.portal.clinic.session import Desk
from openhealthcode.portal.clinic.visits import Visit, remember_visit, resident_view
from openhealthcode.portal.layout import Form, platform_of, read_form, render, see_other
from openhealthcode.portal.pad.views import ArrivalView
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    CertificateMalformed,
    NotANationalId,
    NotFound,
    Scene,
    TooManyAttempts,
)

_LONGEST_NAME: Final = 64


async def show_arrival(request: Request, desk: Desk) -> Response:
    """The form for the card."""
    return _page(request, desk, None)


async def arrive(request: Request, desk: Desk) -> Response:
    """Take what stands on the card, if it was compared with the person."""
    form = await read_form(request)
    certificate, name = _certificate(form), form.text("name")[:_LONGEST_NAME]
    if certificate is None:
        return _page(request, desk, form, "number")
    if not name:
        return _page(request, desk, form, "name")
    if form.text("compared") != "yes":
        return _page(request, desk, form, "compared")
    platform, scene = platform_of(request), _scene(form, desk)
    try:
        seen = await access.identify_by_card(
            platform.pool, platform.keys, certificate, name, desk.session, scene
        )
    except NotFound:
        return _page(request, desk, form, "nobody")
    except TooManyAttempts:
        return _page(request, desk, form, "too-many")
    who = seen.demographics
    reference = visit_reference(request, seen.resident_id, seen.presentation_id)
    resident = resident_view(who.name, who.sex, who.birth_date)
    response = see_other(f"/clinic/visits/{reference}")
    remember_visit(response, request, desk, Visit(reference, resident, scene, datetime.now(UTC)))
    return response


def _page(request: Request, desk: Desk, form: Form | None, problem: str = "") -> Response:
    kind = form.text("kind") if form else ""
    view = ArrivalView(
        kinds=KINDS,
        scenes=tuple(PRESETS),
        chosen_scene=_scene(form, desk),
        chosen_kind=CertificateKind(kind) if kind in set(KINDS) else CertificateKind.NATIONAL_ID,
        name=form.text("name")[:_LONGEST_NAME] if form else "",
        problem=problem,
    )
    status = {"": 200, "nobody": 404, "too-many": 429}.get(problem, 422)
    return render(request, "pad/arrival.html", status=status, staff=desk.view, arrival=view)


def _scene(form: Form | None, desk: Desk) -> Scene:
    chosen = form.text("scene") if form else ""
    return Scene(chosen) if chosen in PRESETS else usual_scene(desk.role)


def _certificate(form: Form) -> Certificate | None:
    kind = form.text("kind") or CertificateKind.NATIONAL_ID
    if kind not in set(KINDS):
        return None
    try:
        return Certificate.parse(CertificateKind(kind), form.text("number"))
    except (CertificateMalformed, NotANationalId):
        return None

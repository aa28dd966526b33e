"""After the scan: who it is, what to ask for, and waiting for the phone's answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, consent
from openhealthcode.consent import Answer, Ask, ConsentRequest
from openhealthcode.healthcode import Presentation, PresentedBy
from openhealthcode.portal.clinic.presentation import (
    presentation_behind,
    presentation_of,
    presented,
    request_named,
    request_reference,
    visit_reference,
)
from openhealthcode.portal.clinic.presets import ASKABLE, LIFETIMES_HOURS, PRESETS, usual_scene
from openhealthcode.portal.clinic.session import Desk, show
from openhealthcode.portal.clinic.views import (
    AskView,
    Ending,
    EndingView,
    SceneView,
    WaitingView,
)
from openhealthcode.portal.clinic.visits import Visit, visit_named
from openhealthcode.portal.layout import Form, platform_of, read_form, see_other
from openhealthcode.standards import NotFound, PurposeOfUse, Scene

_HOUR: Final = 3600
_ON_PAPER: Final = frozenset({PresentedBy.PRINTED, PresentedBy.TEMPORARY})
_SHOWN_CARD: Final = _ON_PAPER | {PresentedBy.CARD, PresentedBy.NATIONAL_CARD}


async def show_visit(request: Request, desk: Desk) -> Response:
    """Who showed the code, and the form of what to ask."""
    shown = await presentation_of(request, desk)
    visit = visit_here(request, desk)
    return show(request, desk, "ask.html", asked=_blank(visit, visit.scene, shown))


async def ask(request: Request, desk: Desk) -> Response:
    """Put the request on the resident's phone, or change the step of care the form is for."""
    platform, form = platform_of(request), await read_form(request)
    shown_code = await presentation_of(request, desk)
    visit = visit_here(request, desk)
    scene = _scene(form, desk)
    if form.text("step") == "preset":
        return show(request, desk, "ask.html", asked=_blank(visit, scene, shown_code))
    categories = frozenset(c for c in ASKABLE if c.value in form.all("category"))
    hours = _hours(form)
    if not categories:
        view = replace(_blank(visit, scene, shown_code), chosen=categories, problem="nothing")
        return show(request, desk, "ask.html", status=422, asked=view)
    wanted = Ask(
        purpose=PurposeOfUse.TREATMENT,
        scene=scene,
        categories=categories,
        lifetime_seconds=hours * _HOUR,
    )
    request_id = await access.request(platform.pool, platform.keys, shown_code, wanted)
    reference = request_reference(request, shown_code.resident_id, request_id)
    # Turned to the resident, the device itself takes the answer; else the phone does.
    here = "/answer" if form.text("step") == "here" else ""
    return see_other(f"/clinic/requests/{reference}{here}")


async def wait(request: Request, desk: Desk) -> Response:
    """Wait for the answer, go on to the record, or say that there is none."""
    asked = await request_here(request, desk)
    resident_id, _ = request_named(request)
    reference = visit_reference(request, resident_id, presentation_behind(asked))
    visit = visit_named(request, desk, reference)
    resident = visit.resident if visit else None
    if asked.answer is Answer.ALLOWED:
        return see_other(f"/clinic/visits/{reference}/record")
    if asked.answer is Answer.REFUSED:
        return end(
            request, desk, EndingView(visit=reference, ending=Ending.REFUSED, resident=resident)
        )
    if asked.expires_at <= datetime.now(UTC) or visit is None:
        view = EndingView(visit=reference, ending=Ending.UNANSWERED, resident=resident)
        return end(request, desk, view)
    waiting = WaitingView(
        visit=reference,
        request=request.path_params["request"],
        resident=visit.resident,
        scene=asked.ask.scene,
        count=len(asked.ask.categories),
        asked_at=asked.asked_at,
        answer_by=asked.expires_at,
    )
    return show(request, desk, "waiting.html", waiting=waiting)


async def request_here(request: Request, desk: Desk) -> ConsentRequest:
    """The request the address names, if this clinician made it at this terminal.

    Raises:
        NotFound: somebody else did, or nobody.
    """
    platform = platform_of(request)
    resident_id, request_id = request_named(request)
    asked = await consent.request(platform.pool, platform.keys, resident_id, request_id)
    await presented(request, desk, resident_id, presentation_behind(asked))
    return asked


def visit_here(request: Request, desk: Desk) -> Visit:
    """The visit the address names, with the name the scan told.

    Raises:
        NotFound: this session did not make the scan, or not today.
    """
    visit = visit_named(request, desk, request.path_params["visit"])
    if visit is None:
        raise NotFound
    return visit


def end(request: Request, desk: Desk, view: EndingView) -> Response:
    """A page without a record; it looks the same whatever was behind it."""
    return show(request, desk, "ending.html", status=403, end=view)


def _blank(visit: Visit, scene: Scene, presented: Presentation) -> AskView:
    return AskView(
        visit=visit.reference,
        resident=visit.resident,
        presented_at=visit.presented_at,
        scenes=tuple(SceneView(scene=s, categories=c) for s, c in PRESETS.items()),
        chosen_scene=scene,
        categories=ASKABLE,
        chosen=PRESETS[scene],
        lifetimes_hours=LIFETIMES_HOURS,
        chosen_hours=LIFETIMES_HOURS[0],
        has_shown_card=presented.by in _SHOWN_CARD,
        shown_as=_shown_as(presented),
    )


def _shown_as(presented: Presentation) -> str:
    if presented.by in _ON_PAPER:
        return "paper"
    if presented.by is PresentedBy.NATIONAL_CARD:
        return "national-card"
    return "short" if presented.by is PresentedBy.SHORT else ""


def _scene(form: Form, desk: Desk) -> Scene:
    chosen = form.text("scene")
    return Scene(chosen) if chosen in PRESETS else usual_scene(desk.role)


def _hours(form: Form) -> int:
    chosen = form.text("hours")
    return next((h for h in LIFETIMES_HOURS if str(h) == chosen), LIFETIMES_HOURS[0])

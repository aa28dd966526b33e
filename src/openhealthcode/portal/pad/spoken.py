"""A request read out at the clinic's device, and what the form says the resident answered."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request

from openhealthcode import access
from openhealthcode.consent import ConsentRequest, Notice
from openhealthcode.healthcode import Presentation
from openhealthcode.portal.clinic.ask import request_here
from openhealthcode.portal.clinic.presentation import (
    presentation_behind,
    presented,
    request_named,
    visit_reference,
)
from openhealthcode.portal.clinic.session import Desk
from openhealthcode.portal.clinic.visits import visit_named
from openhealthcode.portal.layout import Form, language_of, platform_of
from openhealthcode.portal.pad.views import SpokenView
from openhealthcode.portal.resident.entries import CATEGORIES
from openhealthcode.portal.resident.notice import notice_of_visit
from openhealthcode.portal.resident.people import acquaint
from openhealthcode.standards import NotFound, RecordCategory

HOUR: Final = 3600
_SHORTER_HOURS: Final = (1, 4, 24)


async def asked_here(request: Request, desk: Desk) -> tuple[ConsentRequest, Presentation]:
    """The request of the address and the presentation it rests on, made here by this clinician.

    Raises:
        NotFound: somebody else's, or of another terminal.
    """
    asked = await request_here(request, desk)
    resident_id, _ = request_named(request)
    return asked, await presented(request, desk, resident_id, presentation_behind(asked))


async def spoken_view(
    request: Request, desk: Desk, asked: ConsentRequest, form: Form | None = None, problem: str = ""
) -> tuple[SpokenView, Notice]:
    """The page's values, with what the form had chosen, and the notice told beside them.

    Raises:
        NotFound: this session does not know whose card it was.
    """
    resident_id, _ = request_named(request)
    visit = visit_named(
        request, desk, visit_reference(request, resident_id, presentation_behind(asked))
    )
    if visit is None:
        raise NotFound
    known = await acquaint(
        platform_of(request).pool,
        language_of(request),
        practitioner_ids=[asked.practitioner_id],
        institution_ids=[asked.institution_id],
    )
    notice = notice_of_visit(asked, known)
    hours = _hours(asked)
    view = SpokenView(
        request=request.path_params["request"],
        name=visit.resident.name,
        person=known.asking(asked),
        scene=asked.ask.scene,
        sentences=notice.sentences,
        notice=notice.version,
        categories=tuple(c for c in CATEGORIES if c in asked.ask.categories),
        chosen=_chosen(asked, form),
        hours=hours,
        chosen_hours=_chosen_hours(hours, form),
        with_what_is_added=form is not None and form.text("added") == "yes",
        answer_by=asked.expires_at,
        problem=problem,
    )
    return view, notice


def spoken_of(view: SpokenView, notice: Notice) -> access.Spoken:
    """What is to be allowed."""
    return access.Spoken(
        categories=view.chosen,
        lifetime_seconds=view.chosen_hours * HOUR,
        with_what_is_added=view.with_what_is_added,
        notice=notice,
    )


def _chosen(asked: ConsentRequest, form: Form | None) -> frozenset[RecordCategory]:
    if form is None:
        return asked.ask.categories
    sent = form.all("category")
    return frozenset(c for c in asked.ask.categories if c.value in sent)


def _hours(asked: ConsentRequest) -> tuple[int, ...]:
    whole = max(1, asked.ask.lifetime_seconds // HOUR)
    return (*(hours for hours in _SHORTER_HOURS if hours < whole), whole)


def _chosen_hours(hours: tuple[int, ...], form: Form | None) -> int:
    sent = form.text("hours") if form else ""
    return next((each for each in hours if str(each) == sent), hours[-1])

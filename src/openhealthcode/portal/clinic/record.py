"""The record page: ask ``access``, say in plain words what it showed, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, consent, registry
from openhealthcode.access import Disclosure, Entry
from openhealthcode.portal.clinic.ask import end
from openhealthcode.portal.clinic.presentation import presentation_of
from openhealthcode.portal.clinic.session import Desk, show
from openhealthcode.portal.clinic.timeline import Shown, timeline_of, trends_of
from openhealthcode.portal.clinic.views import (
    VISITS,
    Ending,
    EndingView,
    RecordView,
    ResidentView,
)
from openhealthcode.portal.clinic.visits import resident_view, visit_named
from openhealthcode.portal.layout import Language, language_of, platform_of
from openhealthcode.record import read_exactly
from openhealthcode.record.plain import Language as Spoken
from openhealthcode.record.summary import summarise
from openhealthcode.standards import InvalidInput, PurposeOfUse, RecordCategory, Scene, Sex, day_of

_STALE: Final = timedelta(days=183)
_LONGEST_QUERY: Final = 64


async def show_record(request: Request, desk: Desk) -> Response:
    """What the resident's consent shows this clinician now; each look is logged."""
    return await _record(request, desk, PurposeOfUse.TREATMENT)


async def show_emergency_record(request: Request, desk: Desk) -> Response:
    """What an override shows; the same page, in amber."""
    return await _record(request, desk, PurposeOfUse.EMERGENCY)


async def _record(request: Request, desk: Desk, purpose: PurposeOfUse) -> Response:
    platform = platform_of(request)
    presented = await presentation_of(request, desk)
    _chosen(request)  # refused before anything is looked at
    scene = Scene.EMERGENCY
    if purpose is not PurposeOfUse.EMERGENCY:
        pool = platform.pool
        answered = await consent.scene_of_visit(
            pool, presented.resident_id, presented.presentation_id
        )
        scene = answered or presented.scene
    disclosed = await access.disclose(
        platform.pool,
        platform.keys,
        resident_id=presented.resident_id,
        practitioner_id=desk.practitioner_id,
        institution_id=desk.institution_id,
        purpose=purpose,
        scene=scene,
    )
    if disclosed.until is None:
        reference = request.path_params["visit"]
        return end(request, desk, EndingView(visit=reference, ending=Ending.CLOSED))
    view = await _view(request, desk, disclosed, disclosed.until, (purpose, scene))
    return show(request, desk, "record.html", record=view)


async def _view(
    request: Request,
    desk: Desk,
    disclosed: Disclosure,
    until: datetime,
    reason: tuple[PurposeOfUse, Scene],
) -> RecordView:
    shown = await _shown(request, disclosed.entries)
    seen = Seen(
        _resident(request, desk, shown), shown, disclosed.at, until, disclosed.number, *reason
    )
    return view_of(request, seen, visit=request.path_params["visit"])


@dataclass(frozen=True, slots=True)
class Seen:
    """What was shown, by whichever region, and why."""

    resident: ResidentView
    shown: tuple[Shown, ...]
    at: datetime
    until: datetime
    log_number: int
    purpose: PurposeOfUse
    scene: Scene


def view_of(
    request: Request, seen: Seen, *, visit: str, base: str = VISITS, region: str = ""
) -> RecordView:
    """The page of a record that was shown."""
    spoken: Spoken = "en" if language_of(request) is Language.ENGLISH else "zh-CN"
    today = day_of(seen.at)
    summary = summarise([one.resource for one in seen.shown], today, spoken)
    return RecordView(
        visit=visit,
        base=base,
        region=region,
        path=request.url.path,
        resident=seen.resident,
        purpose=seen.purpose,
        scene=seen.scene,
        shown_at=seen.at,
        until=seen.until,
        is_override=seen.purpose is PurposeOfUse.EMERGENCY,
        log_number=seen.log_number,
        summary=summary,
        trends=trends_of(summary),
        sources=tuple(one.source for one in seen.shown),
        stale_before=(today - _STALE).isoformat(),
        timeline=timeline_of(
            seen.shown,
            spoken,
            birth_date=seen.resident.birth_date,
            chosen=_chosen(request),
            query=_query(request),
        ),
    )


async def _shown(request: Request, entries: tuple[Entry, ...]) -> tuple[Shown, ...]:
    """Each entry opened, with the name of the institution that filed it."""
    ids = {entry.institution_id for entry in entries}
    known = await registry.institutions(platform_of(request).pool, ids)
    in_english = language_of(request) is Language.ENGLISH
    names = {
        institution_id: (found.name_en if in_english else "") or found.name
        for institution_id, found in known.items()
    }
    # Who last wrote down the person is not told: it may be the one place that betrays.
    return tuple(
        Shown(
            read_exactly(entry.body),
            entry.category,
            "" if entry.type == "Patient" else names.get(entry.institution_id, ""),
        )
        for entry in entries
    )


def _resident(request: Request, desk: Desk, shown: tuple[Shown, ...]) -> ResidentView:
    """The resident as the scan told; without a scan of this session, as the record itself says."""
    visit = visit_named(request, desk, request.path_params["visit"])
    if visit is not None:
        return visit.resident
    person = next((s.resource for s in shown if s.resource["resourceType"] == "Patient"), {})
    names: list[dict[str, Any]] = person.get("name") or [{}]
    written = names[0].get("text") or " ".join(
        [*names[0].get("given", []), names[0].get("family", "")]
    )
    sex, born = person.get("gender"), person.get("birthDate", "")
    return resident_view(
        written.strip(),
        Sex(sex) if sex in set(Sex) else Sex.UNKNOWN,
        date.fromisoformat(born) if len(born) == len("2000-01-01") else None,
    )


def _chosen(request: Request) -> RecordCategory | None:
    wanted = request.query_params.get("category")
    if wanted is None:
        return None
    if wanted not in set(RecordCategory):
        raise InvalidInput("no such category")
    return RecordCategory(wanted)


def _query(request: Request) -> str:
    return request.query_params.get("q", "").strip()[:_LONGEST_QUERY]

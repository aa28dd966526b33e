"""Who looked: as prominent as the code, in plain sentences, with the way to take it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, consent
from openhealthcode.access import LogLine
from openhealthcode.portal.layout import language_of, platform_of, render
from openhealthcode.portal.resident.doors import in_force
from openhealthcode.portal.resident.entries import CATEGORIES, in_plain_words, sources
from openhealthcode.portal.resident.looks import Look, looks_view, together
from openhealthcode.portal.resident.people import Acquaintances, acquaint
from openhealthcode.portal.resident.receipt import has_receipts
from openhealthcode.portal.resident.reports import reported
from openhealthcode.portal.resident.representatives import named
from openhealthcode.portal.resident.views import CategoryView
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import InvalidInput, NotFound
from openhealthcode.supervision import reports
from openhealthcode.supervision.reports import ResidentReport

_LINES: Final = 300
"""So many that systems which read all day do not push people off the page."""


async def show_looks(request: Request, session: ResidentSession) -> Response:
    """One page of the resident's log."""
    platform = platform_of(request)
    lines = await access.own_log(
        platform.pool, platform.keys, session.resident_id, before=_before(request), limit=_LINES
    )
    given = await consent.consents(platform.pool, platform.keys, session.resident_id)
    standing = frozenset(one.consent_id for one in in_force(given, datetime.now(UTC)))
    older = f"/looked?before={lines[-1].number}" if len(lines) == _LINES else ""
    asked = await reports.reports_of(platform.pool, platform.keys, session.resident_id)
    known = await _known(request, session, lines, asked)
    looks = together(lines)
    return render(
        request,
        "resident/looked.html",
        checkable=has_receipts(request, session),
        looks=looks_view(looks, known, standing, older),
        reports=reported(looks, asked, known),
        notice="withdrawn" if request.query_params.get("done") == "withdrawn" else "",
    )


async def show_seen(request: Request, session: ResidentSession) -> Response:
    """What one look saw, entry by entry.

    Raises:
        NotFound: the log has no such look.
    """
    platform, number = platform_of(request), request.path_params["number"]
    lines = await access.own_log(
        platform.pool, platform.keys, session.resident_id, before=number + 1, limit=_LINES
    )
    look = next((one for one in together(lines) if one.newest.number == number), None)
    if look is None or not look.entry_ids:
        raise NotFound
    known = await _known(request, session, look.lines)
    people = looks_view([look], known, frozenset(), "").people
    if not people:  # the resident's own step, or a machine's
        raise NotFound
    own = await access.own_record(platform.pool, platform.keys, session.resident_id)
    return render(
        request,
        "resident/seen.html",
        look=people[0],
        categories=await _seen(request, look, own, known),
        file=f"/looked/{number}/receipt" if has_receipts(request, session) else "",
        reference=access.reference_of(platform.keys, session.resident_id, number),
    )


async def _seen(
    request: Request, look: Look, own: access.Disclosure, known: Acquaintances
) -> tuple[CategoryView, ...]:
    entries = [entry for entry in own.entries if entry.entry_id in look.entry_ids]
    filed_by = await acquaint(
        platform_of(request).pool, known.language, institution_ids=sources(entries)
    )
    items = [in_plain_words(entry, known.language, filed_by) for entry in entries]
    return tuple(
        CategoryView(category=category, items=tuple(of_kind))
        for category in CATEGORIES
        if (of_kind := [item for item in items if item.category is category])
    )


async def _known(
    request: Request,
    session: ResidentSession,
    lines: tuple[LogLine, ...] | list[LogLine],
    asked: Iterable[ResidentReport] = (),
) -> Acquaintances:
    looked = {line.agent_id for line in lines if line.agent_kind == "practitioner"}
    known = await acquaint(
        platform_of(request).pool,
        language_of(request),
        practitioner_ids=looked | {one.accused for one in asked},
        institution_ids={line.institution_id for line in lines}
        | {one.institution_id for one in asked},
    )
    if all(line.agent_kind != "representative" for line in lines):
        return known
    platform = platform_of(request)
    own = await access.own_representatives(platform.pool, platform.keys, session.resident_id)
    return replace(known, representatives=named(own, known.language))


def _before(request: Request) -> int | None:
    text = request.query_params.get("before")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise InvalidInput("no such page")
    return int(text)

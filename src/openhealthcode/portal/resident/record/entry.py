"""One entry of the own record as a page to read, with everything that was ever filed of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, audit
from openhealthcode.access import Entry, OwnVersion
from openhealthcode.access.handing_over import Form, begin, copy_number
from openhealthcode.audit import Action, Agent, AgentKind
from openhealthcode.portal import paper
from openhealthcode.portal.layout import PLAIN, Language, language_of, platform_of, render
from openhealthcode.portal.resident.acting import reaches
from openhealthcode.portal.resident.entries import in_plain_words
from openhealthcode.portal.resident.people import Acquaintances, acquaint
from openhealthcode.portal.resident.record.entry_on_paper import print_entry
from openhealthcode.portal.resident.record.results import MEASURED
from openhealthcode.portal.resident.record.views import EntryView, NamedView, VersionView
from openhealthcode.record import Resource, read_exactly
from openhealthcode.record.plain import (
    describe_plainly,
    is_entered_in_error,
    named_in,
    papers_in,
    passages_of,
)
from openhealthcode.record.series import series_of
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import OFFICIAL_TIME, NotFound
from openhealthcode.standards.ids import EntryId
from openhealthcode.trust import UnreadableId

_PDF: Final = "/record/entries/{id:uuid}/pdf"
_ENDINGS: Final = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
_SAID_WHOLE: Final = frozenset(
    {"CarePlan", "Communication", "Composition", "DiagnosticReport", "DocumentReference"}
    | {"QuestionnaireResponse"}
)
"""Types whose line in the timeline is a piece of what their page says in full."""


async def show_entry(request: Request, session: ResidentSession) -> Response:
    """One entry: what it says, who filed it and when, and what it said before.

    Raises:
        NotFound: there is no such entry for whoever looks.
    """
    view = await _view(request, session, Action.RECORD_OWN_VIEW)
    return render(request, "resident/record_entry.html", entry=view)


async def download_entry(request: Request, session: ResidentSession) -> Response:
    """The same as a PDF; a copy was taken, and the log says so.

    Raises:
        NotFound: as ``show_entry``; also of an entry that was deleted.
        PrintingNotInstalled, NotPrinted: as ``paper.typeset`` says.
    """
    if not paper.is_installed():
        raise paper.PrintingNotInstalled
    view = await _view(request, session, Action.RECORD_COPY)
    if view.is_deleted:
        raise NotFound
    agent = Agent(AgentKind.RESIDENT, session.resident_id)
    mark_id = await begin(platform_of(request).pool, Form.COPY, agent)
    number = copy_number(mark_id)
    printed = await print_entry(view, session.name, number, language_of(request))
    return _as_file(printed.pdf, "application/pdf", "entry", "pdf")


async def download_paper(request: Request, session: ResidentSession) -> Response:
    """A picture or a PDF inside an entry, as it was filed; logged as a copy.

    Raises:
        NotFound: there is no such entry, or no such paper in it.
    """
    platform = platform_of(request)
    entry_id = EntryId(UUID(str(request.path_params["id"])))
    fhir_id = platform.keys.seal_id(session.resident_id, entry_id)
    found = await access.own_named(
        platform.pool, platform.keys, session.resident_id, [fhir_id], action=Action.RECORD_COPY
    )
    papers = papers_in(read_exactly(found[0].body)) if found else ()
    place: int = request.path_params["place"]
    if not 1 <= place <= len(papers):
        raise NotFound
    held = papers[place - 1]
    return _as_file(held.data, held.media_type, "paper", _ENDINGS[held.media_type])


def _as_file(data: bytes, media_type: str, what: str, ending: str) -> Response:
    """To be kept, never shown by this site: others wrote it."""
    name = f"health-{what}-{datetime.now(OFFICIAL_TIME):%Y-%m-%d}.{ending}"
    headers = PLAIN.headers() | {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(data, media_type=media_type, headers=headers)


async def _view(request: Request, session: ResidentSession, action: Action) -> EntryView:
    platform, language = platform_of(request), language_of(request)
    entry_id = EntryId(UUID(str(request.path_params["id"])))
    versions = await access.own_versions(
        platform.pool, platform.keys, session.resident_id, entry_id, action=action
    )
    shown = next(one.entry for one in versions if not one.is_deletion)
    resource = read_exactly(shown.body)
    named = await access.own_named(
        platform.pool, platform.keys, session.resident_id, _ids_named_in(resource), action=action
    )
    known = await acquaint(
        platform.pool,
        language,
        practitioner_ids=(_practitioner(one) for one in versions),
        institution_ids=(one.entry.institution_id for one in versions),
    )
    said = describe_plainly(resource, language.value, shown.category)
    passages = passages_of(resource, language.value)
    institution = known.institution(shown.institution_id)
    return EntryView(
        entry_id=entry_id,
        title=said.title,
        detail="" if passages and shown.type in _SAID_WHOLE else said.detail,
        when=said.when or (shown.day.isoformat() if shown.day else ""),
        category=shown.category,
        institution=institution,
        author="" if said.by == institution else said.by,
        passages=passages,
        named=tuple(_named(named, language, known)),
        versions=tuple(
            replace(_version(one, language, known), document=_document(request, one))
            for one in versions
        ),
        series="" if versions[0].is_deletion else _series(shown, resource),
        papers=_papers(request, resource) if not versions[0].is_deletion else (),
        prints=paper.is_installed() and reaches(request, _PDF),
    )


def _papers(request: Request, resource: Resource) -> tuple[str, ...]:
    """The titles of the papers inside an entry, for whoever may take them."""
    if not reaches(request, _PDF):
        return ()
    return tuple(one.title or _ENDINGS[one.media_type].upper() for one in papers_in(resource))


def _series(entry: Entry, resource: Resource) -> str:
    """Where the chart of a result is; empty for what is in none."""
    found = series_of([resource], "en") if entry.category in MEASURED else ()
    if not found:
        return ""
    part = min(one.latest.place.part for one in found)
    return f"/record/results/{entry.entry_id}" + (f"?part={part}" if part else "")


def _ids_named_in(resource: Resource) -> Iterable[str]:
    return [reference.split("/")[1] for reference in named_in(resource)]


def _named(
    entries: Sequence[Entry], language: Language, known: Acquaintances
) -> Iterable[NamedView]:
    for entry in entries:
        said = in_plain_words(entry, language, known)
        yield NamedView(entry_id=entry.entry_id, title=said.title, detail=said.detail)


def _practitioner(version: OwnVersion) -> UUID | None:
    is_person = version.origin.agent_kind == audit.AgentKind.PRACTITIONER
    return version.origin.agent_id if is_person else None


def _document(request: Request, version: OwnVersion) -> UUID | None:
    """The entry a version was made from, for the resident alone.

    Whoever acts for them may not see that entry, and is not told that there is one.
    """
    _, _, fhir_id = version.origin.document.partition("/")
    if not fhir_id or getattr(request.state, "acting", None) is not None:
        return None
    try:
        entry_id = platform_of(request).keys.open_id(fhir_id)[1]
    except UnreadableId:
        return None
    return None if entry_id == version.entry.entry_id else entry_id


def _version(one: OwnVersion, language: Language, known: Acquaintances) -> VersionView:
    practitioner_id = _practitioner(one)
    person = known.person(practitioner_id, one.entry.institution_id) if practitioner_id else None
    title, detail, is_error = "", "", False
    if not one.is_deletion:
        resource = read_exactly(one.entry.body)
        said = describe_plainly(resource, language.value, one.entry.category)
        title, detail, is_error = said.title, said.detail, is_entered_in_error(resource)
    return VersionView(
        number=one.entry.version,
        filed_at=one.filed_at,
        institution=known.institution(one.entry.institution_id),
        person=person.name if person else "",
        manner=one.origin.manner.value,
        delivery=one.origin.delivery.rpartition("|")[2],
        title=title,
        detail=detail,
        is_error=is_error,
        is_deletion=one.is_deletion,
    )

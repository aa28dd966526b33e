"""The resident downloads the record: to read, as FHIR, as a summary for a clinician elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import Entry
from openhealthcode.portal import paper
from openhealthcode.portal.layout import language_of, platform_of, read_form, render
from openhealthcode.portal.resident.copy_on_paper import print_copy
from openhealthcode.portal.resident.entries import (
    CATEGORIES,
    birth_date_in,
    in_plain_words,
    sources,
)
from openhealthcode.portal.resident.people import acquaint
from openhealthcode.portal.resident.verify import verify_first
from openhealthcode.portal.resident.views import CategoryView, CopyView, ItemView
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import OFFICIAL_TIME, InvalidInput, day_of

_FHIR: Final = "fhir"
_DOCUMENT: Final = "document"
_SUMMARY: Final = "ips"
_PDF: Final = "pdf"
_SEXES: Final = frozenset({"female", "male"})


async def download(request: Request, session: ResidentSession) -> Response:
    """The whole record as one file, after a fresh verification."""
    form = await read_form(request)
    if form.text("form") not in (_FHIR, _DOCUMENT, _SUMMARY, _PDF):
        raise InvalidInput("no such form of a copy")
    if form.text("form") == _PDF and not paper.is_installed():
        raise paper.PrintingNotInstalled
    asked = await verify_first(request, session, form, "copy")
    if asked is not None:
        return asked
    platform = platform_of(request)
    if form.text("form") == _SUMMARY:
        return await _summary(request, session, is_open_only=form.text("closed") != "yes")
    copy = await access.own_copy(platform.pool, platform.keys, session.resident_id)
    if form.text("form") == _FHIR:
        url = f"{str(request.base_url).rstrip('/')}/fhir"
        types = {one.entry_id.bytes: one.type for one in copy.entries}
        events = await access.own_log_copy(platform.pool, platform.keys, session.resident_id, types)
        log = access.as_entries(session.resident_id, events)
        response = Response(access.bundle(copy, url, log), media_type="application/fhir+json")
        return _as_file(response, "json")
    view = await _view(request, session, copy)
    if form.text("form") == _PDF:
        printed = await print_copy(view, language_of(request))
        return _as_file(Response(printed.pdf, media_type="application/pdf"), "pdf")
    return _as_file(render(request, "resident/copy.html", copy=view), "html")


async def _summary(request: Request, session: ResidentSession, *, is_open_only: bool) -> Response:
    """The summary for a clinician elsewhere; closed kinds only if the resident ticked them."""
    platform, now = platform_of(request), datetime.now(UTC)
    copy = await access.own_copy(
        platform.pool, platform.keys, session.resident_id, is_open_only=is_open_only
    )
    document = access.summary_document(
        copy,
        f"{str(request.base_url).rstrip('/')}/fhir",
        language_of(request).value,
        day_of(now),
        uuid4(),
    )
    return _as_file(Response(document, media_type="application/fhir+json"), "json", "summary")


async def _view(request: Request, session: ResidentSession, copy: access.Copy) -> CopyView:
    language = language_of(request)
    known = await acquaint(
        platform_of(request).pool, language, institution_ids=sources(copy.entries)
    )
    items = [in_plain_words(entry, language, known) for entry in copy.entries]
    return CopyView(
        name=session.name,
        birth_date=birth_date_in(copy.entries),
        facts=tuple(_facts(copy.entries)),
        categories=_by_category(items),
        total=len(items),
        made_at=copy.made_at,
        log_number=copy.number,
        number=copy.copy_number,
    )


def _facts(entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    """What the record says of the person, by the key of its label."""
    person: dict[str, Any] = next(
        (orjson.loads(one.body) for one in entries if one.type == "Patient"), {}
    )
    if person.get("gender") in _SEXES:
        yield "sex", person["gender"]
    for kind, list_name, element in (
        ("number", "identifier", "value"),
        ("phone", "telecom", "value"),
        ("address", "address", "text"),
    ):
        for one in person.get(list_name, ()):
            if one.get(element):
                yield kind, one[element]


def _by_category(items: Iterable[ItemView]) -> tuple[CategoryView, ...]:
    """The categories that hold something; within each, newest first."""
    ordered = sorted(items, key=lambda item: item.when, reverse=True)
    return tuple(
        CategoryView(category=category, items=tuple(of_kind))
        for category in CATEGORIES
        if (of_kind := [item for item in ordered if item.category is category])
    )


def _as_file(response: Response, ending: str, what: str = "record") -> Response:
    """To be kept, not shown; the file's name says what it is and nobody's name."""
    name = f"health-{what}-{datetime.now(OFFICIAL_TIME):%Y-%m-%d}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response

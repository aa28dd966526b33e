"""``/own/fhir``: residents read their own record, log, consents and provenance, by their session.

An address of its own and read-only: a browser's cookie opens nothing at ``/fhir``, a system's token
nothing here, and no page of another site can read an answer. It is always the record of whoever is
signed in; who acts for somebody else does so on the pages. Every read is in the log.

Source: FHIR R4, AuditEvent, Consent, Provenance; PIPL art. 45.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from openhealthcode import access
from openhealthcode.fhir.answer import answer, is_known, part_asked, rendered
from openhealthcode.fhir.everything import bundled
from openhealthcode.fhir.export import accepted, check_asynchronous, file, status
from openhealthcode.fhir.negotiation import FHIR_JSON, check_accept, query_of
from openhealthcode.fhir.operation import count_of, only, single
from openhealthcode.fhir.platform import platform_of, public_url
from openhealthcode.fhir.read import http_date
from openhealthcode.record import SearchNotUnderstood, read_part
from openhealthcode.sign_in import ResidentSession, SignedOut, residents
from openhealthcode.standards import NotFound

BELOW: Final = "/own/fhir"
COOKIE: Final = "ohc_resident"
"""Of the resident's session; the pages set it."""

_USUAL_EVENTS: Final = 50
_MOST_EVENTS: Final = 500
_NUMBER: Final = re.compile(r"[1-9]\d{0,17}", re.ASCII)
_EVENT: Final = re.compile(r"log-([1-9]\d{0,17})", re.ASCII)
_TARGET: Final = re.compile(r"([A-Z][A-Za-z]{1,40})/([A-Za-z0-9\-.]{1,64})", re.ASCII)
_PROVENANCE: Final = "Provenance"

Handler = Callable[[Request, ResidentSession], Awaitable[Response]]


def routes() -> list[BaseRoute]:
    """What residents read of their own."""
    return [
        _own("/AuditEvent", events),
        _own("/AuditEvent/{id}", event),
        _own("/Consent", consents),
        _own("/Consent/{id}", one_consent),
        _own("/Provenance", provenance),
        _own("/Patient/$everything", everything),
        _own("/Patient/$export", whole_export),
        _own("/$export-status", export_status),
        _own("/$export-file", export_file),
        _own("/{type}/{id}", entry),
        _own("/{type}/{id}/_history/{version}", entry),
    ]


def _own(path: str, handler: Handler) -> Route:
    """A route for whoever is signed in as a resident."""

    async def endpoint(request: Request) -> Response:
        if not path.startswith("/$export"):
            check_accept(dict(request.scope["headers"]))
        platform = platform_of(request.scope)
        token = request.cookies.get(COOKIE)
        session = await residents.session(platform.pool, platform.keys, token) if token else None
        if session is None:
            raise SignedOut
        return await handler(request, session)

    return Route(BELOW + path, endpoint, methods=["GET"])


async def events(request: Request, session: ResidentSession) -> Response:
    """A page of the own log, newest first."""
    asked = query_of(request.scope["query_string"])
    only(asked, ("_count", "_page"))
    count, page = single(asked, "_count"), single(asked, "_page")
    if page is not None and not _NUMBER.fullmatch(page):
        raise SearchNotUnderstood("this page does not belong to this question")
    platform = platform_of(request.scope)
    found = await access.own_events(
        platform.pool,
        platform.keys,
        session.resident_id,
        before=int(page) if page else None,
        limit=min(count_of(count), _MOST_EVENTS) if count else _USUAL_EVENTS,
    )
    url = f"{public_url(request.scope)}{BELOW}/AuditEvent"
    size = f"_count={count}&" if count else ""
    links = [{"relation": "self", "url": f"{url}?{size}_page={page}" if page else url}]
    if found.next_before is not None:
        links.append({"relation": "next", "url": f"{url}?{size}_page={found.next_before}"})
    return _found(request, found.events, links)


async def event(request: Request, session: ResidentSession) -> Response:
    """One line of the own log.

    Raises:
        NotFound: the log has no such line.
    """
    part = part_asked(request.scope["query_string"])
    named = _EVENT.fullmatch(request.path_params["id"])
    if named is None:
        raise NotFound
    platform = platform_of(request.scope)
    found = await access.own_events(
        platform.pool, platform.keys, session.resident_id, before=int(named[1]) + 1, limit=1
    )
    if not found.events or found.events[0]["id"] != named[0]:
        raise NotFound
    body = rendered(orjson.dumps(found.events[0]), request.scope["query_string"], part)
    return Response(body, media_type=FHIR_JSON)


async def consents(request: Request, session: ResidentSession) -> Response:
    """Everything the resident allowed and refuses, whole."""
    only(query_of(request.scope["query_string"]), ("scope",))
    platform = platform_of(request.scope)
    url = f"{public_url(request.scope)}{BELOW}/Consent"
    found = await access.own_consents(platform.pool, platform.keys, session.resident_id)
    told = [each["resource"] for each in found.get("entry", ())]
    return _found(request, told, [{"relation": "self", "url": url}])


async def one_consent(request: Request, session: ResidentSession) -> Response:
    """One of them; a consent form that was filed is an entry of the record.

    Raises:
        NotFound: there is neither.
    """
    part = part_asked(request.scope["query_string"])
    platform = platform_of(request.scope)
    found = await access.own_consents(platform.pool, platform.keys, session.resident_id)
    told = (each["resource"] for each in found.get("entry", ()))
    named = next((one for one in told if one["id"] == request.path_params["id"]), None)
    if named is None:
        request.path_params["type"] = "Consent"
        return await entry(request, session)
    body = rendered(orjson.dumps(named), request.scope["query_string"], part)
    return Response(body, media_type=FHIR_JSON)


async def provenance(request: Request, session: ResidentSession) -> Response:
    """Who brought each version of an own entry, when, and out of what.

    Raises:
        NotFound: there is no such entry.
        SearchNotUnderstood: no entry is named by ``target``.
    """
    asked = query_of(request.scope["query_string"])
    only(asked, ("target",))
    target = _TARGET.fullmatch(single(asked, "target") or "")
    if target is None:
        raise SearchNotUnderstood("name one entry by target, as type/id")
    platform = platform_of(request.scope)
    found = await access.own_provenance(
        platform.pool, platform.keys, session.resident_id, target[1], target[2]
    )
    url = f"{public_url(request.scope)}{BELOW}/{_PROVENANCE}?target={target[0]}"
    return _found(request, found, [{"relation": "self", "url": url}])


async def everything(request: Request, session: ResidentSession) -> Response:
    """The own record, whole, as stored."""
    part, asked = read_part(query_of(request.scope["query_string"]))
    only(asked, ())
    platform = platform_of(request.scope)
    shown = await access.own_record(platform.pool, platform.keys, session.resident_id)
    base = f"{public_url(request.scope)}{BELOW}"
    link = {"relation": "self", "url": f"{base}/Patient/$everything"}
    total = len(shown.entries)
    head = {"resourceType": "Bundle", "type": "searchset", "total": total, "link": [link]}
    return answer(request, bundled(head, shown.entries, base, part))


async def whole_export(request: Request, session: ResidentSession) -> Response:
    """The own record, whole, as files; a copy that is taken along."""
    check_asynchronous(dict(request.scope["headers"]))
    only(query_of(request.scope["query_string"]), ())
    platform = platform_of(request.scope)
    made = await access.own_export(platform.pool, platform.keys, session.resident_id)
    base = f"{public_url(request.scope)}{BELOW}"
    owner = str(session.resident_id)
    return accepted(platform.keys, made, owner, base, f"{base}/Patient/$export")


async def export_status(request: Request, session: ResidentSession) -> Response:
    """What the own export holds.

    Raises:
        NotFound: no such export, or somebody else's.
    """
    return status(request, str(session.resident_id))


async def export_file(request: Request, session: ResidentSession) -> Response:
    """One file of the own export, once.

    Raises:
        NotFound: no such file, fetched before, over, or somebody else's.
    """
    return await file(request, str(session.resident_id))


async def entry(request: Request, session: ResidentSession) -> Response:
    """One own entry as it is, or as it was in a version.

    Raises:
        NotFound: there is none, or it was deleted with that version.
    """
    query = request.scope["query_string"]
    part = part_asked(query)
    parameters, platform = request.path_params, platform_of(request.scope)
    version = parameters.get("version")
    found = await access.own_entry_versions(
        platform.pool, platform.keys, session.resident_id, parameters["type"], parameters["id"]
    )
    wanted = (one for one in found if version in {None, str(one.entry.version)})
    one = next(wanted, None)
    if one is None or one.is_deletion:
        raise NotFound
    etag = f'W/"{one.entry.version}"'
    headers = {"ETag": etag, "Last-Modified": http_date(one.filed_at)}
    if is_known(dict(request.scope["headers"]), etag.encode(), one.filed_at):
        return Response(status_code=304, headers=headers)
    body = rendered(one.entry.body, query, part)
    return Response(body, media_type=FHIR_JSON, headers=headers)


def _found(
    request: Request, resources: Sequence[dict[str, Any]], links: list[dict[str, str]]
) -> Response:
    """A searchset Bundle of resources that are no entries of the record."""
    base = f"{public_url(request.scope)}{BELOW}"
    entries = [
        {
            "fullUrl": f"{base}/{one['resourceType']}/{one['id']}",
            "resource": one,
            "search": {"mode": "match"},
        }
        for one in resources
    ]
    head = {"resourceType": "Bundle", "type": "searchset", "link": links}
    return answer(request, orjson.dumps(head | ({"entry": entries} if entries else {})))

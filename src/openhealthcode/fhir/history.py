"""``_history`` of one entry, of one resident's entries of a type, or of all of them.

Like a search it stays inside one resident, who is named by ``patient`` where no entry is. Versions
are sent as they were filed, unparsed, the latest filing first; a deletion is a version without
content.

Source: FHIR R4, 3.1.0.12 (history), Bundle.type history, bdl-3, bdl-4 and bdl-10.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import History, Span, Version
from openhealthcode.fhir import bearer, directory, paging
from openhealthcode.fhir.answer import answer
from openhealthcode.fhir.negotiation import check_accept, query_of
from openhealthcode.fhir.operation import count_of, id_of, moment_of, period_of, single
from openhealthcode.fhir.paging import Parameters
from openhealthcode.fhir.platform import platform_of, public_url
from openhealthcode.record import (
    KINDS,
    Form,
    Part,
    SearchNotUnderstood,
    UnknownResourceType,
    part_of,
    read_exactly,
    read_part,
    write_exactly,
)
from openhealthcode.sign_in import SystemAccess

_TYPES: Final = frozenset(KINDS) - directory.TYPES
_KNOWN: Final = frozenset({"_since", "_at", "_count", "patient"})


class _Question(NamedTuple):
    """Whose history: of which types, and the entry or the resident that is named."""

    types: frozenset[str]
    named: str
    is_one_entry: bool


async def history(request: Request) -> Response:
    """One page of a history, as far as this system may see it.

    Raises:
        NotFound: no such entry, or not for this system; which, nobody is told.
    """
    headers = dict(request.scope["headers"])
    check_accept(headers)
    platform = platform_of(request.scope)
    system = await bearer.system_of(platform, headers)
    part, parameters = read_part(query_of(request.scope["query_string"]))
    asked, position = paging.without_page(parameters)
    question = _question(request, system, asked)
    url = f"{public_url(request.scope)}{request.url.path}"
    found = await access.history(
        platform.pool,
        platform.keys,
        system=system,
        types=question.types,
        named=question.named,
        is_one_entry=question.is_one_entry,
        span=_span(asked),
        after=paging.opened(platform.keys, url, asked, position),
    )
    links = paging.links(platform.keys, url, asked, position, found.next)
    base = f"{public_url(request.scope)}/fhir"
    return answer(request, _bundle(found, links, base, part))


def _question(request: Request, system: SystemAccess, asked: Parameters) -> _Question:
    """What is asked about, and that this system may ask it.

    Raises:
        UnknownResourceType: of a type that has no history here.
        SearchNotUnderstood: no resident is named, or something else that is not understood.
        ScopeMissing: the token is not for this.
    """
    type_, fhir_id = request.path_params.get("type"), request.path_params.get("id")
    if type_ is not None and type_ not in _TYPES:
        raise UnknownResourceType
    others = {name for name, _ in asked} - (_KNOWN - {"patient"} if fhir_id else _KNOWN)
    if others:
        raise SearchNotUnderstood(f"a history is narrowed by {', '.join(sorted(_KNOWN))} alone")
    if type_ is not None:
        bearer.require(system, type_, "r" if fhir_id else "rs")
        types = frozenset({type_})
    else:
        types = frozenset(one for one in _TYPES if system.permits(one, "rs"))
        if not types:
            raise bearer.ScopeMissing
    if fhir_id is not None:
        return _Question(types, fhir_id, is_one_entry=True)
    patient = single(asked, "patient")
    if patient is None:
        raise SearchNotUnderstood("name exactly one resident by patient")
    return _Question(types, id_of(patient), is_one_entry=False)


def _span(asked: Parameters) -> Span:
    since, at, count = (single(asked, name) for name in ("_since", "_at", "_count"))
    return Span(
        since=moment_of(since) if since else None,
        at=period_of(at) if at else None,
        count=count_of(count) if count else None,
    )


def _bundle(found: History, links: list[dict[str, str]], base: str, part: Part) -> bytes:
    head = {"resourceType": "Bundle", "type": "history", "total": found.total, "link": links}
    entries = b"" if part.form is Form.COUNT else b",".join(_entries(found, base, part))
    return orjson.dumps(head)[:-1] + (b',"entry":[%s]}' % entries if entries else b"}")


def _entries(found: History, base: str, part: Part) -> Iterator[bytes]:
    for version in found.versions:
        head = orjson.dumps(_told(version, base))[:-1]
        if not version.body:
            yield head + b"}"
            continue
        body = version.body
        if not part.is_whole:
            body = write_exactly(part_of(read_exactly(body), part))
        yield b'%s,"resource":%s}' % (head, body)


def _told(version: Version, base: str) -> dict[str, object]:
    """What the entry of a version says beside its content."""
    where = f"{version.type}/{version.fhir_id}"
    if not version.body:
        method, status = "DELETE", "204 No Content"
    elif version.version == 1:
        method, status = "POST", "201 Created"
    else:
        method, status = "PUT", "200 OK"
    return {
        "fullUrl": f"{base}/{where}",
        "request": {"method": method, "url": version.type if method == "POST" else where},
        "response": {
            "status": status,
            "etag": f'W/"{version.version}"',
            "lastModified": version.filed_at.isoformat(timespec="milliseconds"),
        },
    }

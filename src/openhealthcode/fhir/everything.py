"""``Patient/{id}/$everything``: what this system may see of a record, put together unparsed.

What a page holds was filed before the first one was asked for, so that pages fit together while
entries are added. Institutions and practitioners are read where the references lead.

Source: FHIR R4, Patient/$everything; Bundle.type searchset.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import Entry, Wanted
from openhealthcode.fhir import bearer, directory, paging
from openhealthcode.fhir.answer import answer
from openhealthcode.fhir.negotiation import check_accept
from openhealthcode.fhir.operation import (
    asked_of,
    count_of,
    days_between,
    moment_of,
    only,
    single,
)
from openhealthcode.fhir.paging import Parameters
from openhealthcode.fhir.platform import platform_of, public_url
from openhealthcode.record import (
    KINDS,
    Form,
    Part,
    SearchNotUnderstood,
    part_of,
    read_exactly,
    read_part,
    write_exactly,
)
from openhealthcode.sign_in import SystemAccess

_TYPES: Final = frozenset(KINDS) - directory.TYPES
_KNOWN: Final = ("start", "end", "_since", "_type", "_count")


async def everything(request: Request) -> Response:
    """One page of everything; who is not there has nothing, like one who closed everything."""
    headers = dict(request.scope["headers"])
    check_accept(headers)
    platform = platform_of(request.scope)
    system = await bearer.system_of(platform, headers)
    part, parameters = read_part(await asked_of(request))
    asked, position = paging.without_page(parameters)
    only(asked, _KNOWN)
    url = f"{public_url(request.scope)}{request.url.path}"
    count = single(asked, "_count")
    found = await access.everything(
        platform.pool,
        platform.keys,
        system=system,
        patient=request.path_params["id"],
        wanted=_wanted(system, asked),
        count=count_of(count) if count else None,
        after=paging.opened(platform.keys, url, asked, position),
    )
    links = paging.links(platform.keys, url, asked, position, found.next)
    head = {"resourceType": "Bundle", "type": "searchset", "total": found.total, "link": links}
    return answer(request, bundled(head, found.entries, f"{public_url(request.scope)}/fhir", part))


def readable_types(system: SystemAccess) -> frozenset[str]:
    """The types of entries that the token is for.

    Raises:
        ScopeMissing: there is none.
    """
    types = frozenset(one for one in _TYPES if system.permits(one, "r"))
    if not types:
        raise bearer.ScopeMissing
    return types


def bundled(head: dict[str, object], entries: tuple[Entry, ...], base: str, part: Part) -> bytes:
    """A Bundle of stored bytes, unparsed unless a part is asked for."""
    joined = b"" if part.form is Form.COUNT else b",".join(_entries(entries, base, part))
    # No element may be empty, so a Bundle without entries has none.
    return orjson.dumps(head)[:-1] + (b',"entry":[%s]}' % joined if joined else b"}")


def _entries(entries: tuple[Entry, ...], base: str, part: Part) -> Iterator[bytes]:
    where = base.encode()
    is_whole = part.is_whole
    for entry in entries:
        # Every body begins with resourceType and id, as collection wrote it.
        _, _, _, type_, _, _, _, fhir_id, _ = entry.body.split(b'"', 8)
        body = entry.body
        if not is_whole:
            body = write_exactly(part_of(read_exactly(body), part))
        yield b'{"fullUrl":"%s/%s/%s","resource":%s,"search":{"mode":"match"}}' % (
            where,
            type_,
            fhir_id,
            body,
        )


def wanted_types(system: SystemAccess, asked: Parameters) -> frozenset[str]:
    """The types asked for by ``_type``, or all that the token is for.

    Raises:
        SearchNotUnderstood: a type that has no entries here.
        ScopeMissing: one that the token is not for.
    """
    types = readable_types(system)
    named = [one for name, value in asked if name == "_type" for one in value.split(",")]
    if not named:
        return types
    if not _TYPES.issuperset(named):
        raise SearchNotUnderstood("_type names types of entries, with commas between")
    if not types.issuperset(named):
        raise bearer.ScopeMissing
    return frozenset(named)


def _wanted(system: SystemAccess, asked: Parameters) -> Wanted:
    first, after = days_between(single(asked, "start"), single(asked, "end"))
    since = single(asked, "_since")
    types = wanted_types(system, asked)
    return Wanted(types, first, after, moment_of(since) if since else None)

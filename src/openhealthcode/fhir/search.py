"""``GET /fhir/{type}?patient=…``, by ``POST …/_search`` and in a compartment: inside one resident only.

A page is put together from the stored bytes, unparsed unless only a part is asked for. Where the
next page begins is sealed together with the question it belongs to, so that it fits no other and
tells nothing. A parameter that is not known is left out and named by its place in the answer, or
refuses the search by ``Prefer: handling=strict``.

Source: FHIR R4, 3.1.1 (search), 3.1.1.3 (handling), 3.1.0.9 (search by POST), 3.1.1.7.1 (paging).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import Cursor, Page, Snapshot
from openhealthcode.database import Pool
from openhealthcode.fhir import bearer, consent, demographics, directory
from openhealthcode.fhir.answer import answer
from openhealthcode.fhir.negotiation import (
    WrongContentType,
    check_accept,
    query_of,
    read_form,
    without_format,
)
from openhealthcode.fhir.platform import platform_of, public_url
from openhealthcode.record import (
    KINDS,
    ContradictorySearch,
    Form,
    Part,
    Search,
    SearchNotUnderstood,
    UnknownResourceType,
    part_of,
    read_exactly,
    read_part,
    read_search,
    write_exactly,
)
from openhealthcode.record.parameters import Codes, literal, referred_to
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import NotFound, TooLarge
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.terminology import value_sets
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey, UnreadableSeal

_PAGE: Final = "_page"
_LONGEST_PAGE: Final = 4_000
_LARGEST_FORM_BYTES: Final = 16_384
_FORM: Final = "application/x-www-form-urlencoded"
_MOST_VALUE_SETS: Final = 4
_MOST_NAMED: Final = 200
_STRICT: Final = b"handling=strict"
_NOT_KNOWN: Final = "search parameter number {} is not known for this type and was left out"
_CONTRADICTION: Final = (
    "several residents are named, and no entry is of two: nothing was looked for"
)
_NOTHING: Final = Page((), 0, None)

_Parameters = list[tuple[str, str]]


async def search(request: Request) -> Response:
    """One page of what a search finds and this system may see, as a searchset Bundle.

    A resident who does not exist, or no longer does, has no entries: the answer is the same as for
    one of whom this system may see nothing.
    """
    headers = dict(request.scope["headers"])
    check_accept(headers)
    platform = platform_of(request.scope)
    system = await bearer.system_of(platform, headers)
    type_ = request.path_params["type"]
    if type_ not in KINDS:
        raise UnknownResourceType
    bearer.require(system, type_, "s")
    parameters = query_of(request.scope["query_string"])
    if request.method == "POST":
        parameters += await _posted(request)
    if type_ == consent.TYPE and consent.is_asked(parameters):
        return await consent.search(request, system, parameters)
    if type_ == demographics.TYPE and demographics.is_asked(parameters):
        return await demographics.query(request, system, parameters)
    return await _searched(request, system, parameters, is_strict=_is_strict(headers))


async def search_compartment(request: Request) -> Response:
    """``Patient/{id}/{type}``: the same, where the address names the resident."""
    headers = dict(request.scope["headers"])
    check_accept(headers)
    system = await bearer.system_of(platform_of(request.scope), headers)
    type_ = request.path_params["type"]
    if type_ not in KINDS:
        raise UnknownResourceType
    bearer.require(system, type_, "s")
    parameters = query_of(request.scope["query_string"])
    if request.method == "POST":
        parameters += await _posted(request)
    name = "_id" if type_ == demographics.TYPE else "patient"
    parameters.append((name, request.path_params["id"]))
    return await _searched(request, system, parameters, is_strict=_is_strict(headers))


async def _searched(
    request: Request, system: SystemAccess, parameters: _Parameters, *, is_strict: bool
) -> Response:
    platform = platform_of(request.scope)
    type_ = request.path_params["type"]
    url = f"{public_url(request.scope)}/fhir"
    asked, position = _without_page(parameters)
    part, rest = read_part(asked)
    try:
        wanted = read_search(
            type_,
            _relative(rest, url),
            is_strict=is_strict,
            value_sets=await _value_sets(platform.pool, rest),
        )
    except ContradictorySearch:
        if is_strict:
            raise
        return answer(request, _bundle(url, _NOTHING, [], [], [_CONTRADICTION], Part()))
    if part.form is Form.COUNT:
        wanted = replace(wanted, count=0)
    applied = _applied(asked, rest, wanted)
    after = _opened(platform.keys, type_, applied, position)
    try:
        page = await access.search_entries(
            platform.pool, platform.keys, system=system, search=wanted, after=after
        )
    except (NotFound, UnknownKey, DestroyedKey):
        page = _NOTHING
    links = _links(platform.keys, f"{url}/{type_}", applied, page, position)
    brought = [entry.body for entry in page.included]
    brought += await _from_the_register(platform.pool, system, wanted, page)
    told = [_NOT_KNOWN.format(place) for place in wanted.ignored]
    if not wanted.is_counted:
        page = replace(page, total=None)
    return answer(request, _bundle(url, page, brought, links, told, part))


async def _from_the_register(
    pool: Pool, system: SystemAccess, search: Search, page: Page
) -> list[bytes]:
    """The institutions and practitioners that includes lead to from what is shown.

    Raises:
        SearchTooWide: too many.
    """
    named: dict[tuple[str, str], None] = {}
    for include in search.includes:
        types = {one for one in directory.TYPES & include.targets if system.permits(one, "s")}
        for entry in page.entries if types and not include.is_reverse else ():
            found = (literal(one) for one in referred_to(read_exactly(entry.body), include))
            named |= {one: None for one in found if one is not None and one[0] in types}
    if len(named) > _MOST_NAMED:
        raise access.SearchTooWide
    bodies = []
    for type_, id_ in named:
        with suppress(NotFound):
            bodies.append(await directory.read(pool, type_, id_, None))
    return bodies


async def _value_sets(pool: Pool, parameters: _Parameters) -> dict[str, Codes]:
    """The codes of the value sets that ``:in`` and ``:not-in`` name, if all of them are here.

    Raises:
        SearchNotUnderstood: too many are named.
    """
    named = {value for name, value in parameters if name.endswith((":in", ":not-in"))}
    if len(named) > _MOST_VALUE_SETS:
        raise SearchNotUnderstood("too many value sets are named")
    found = {}
    for url in named:
        wanted = value_sets.value_set(url)
        if wanted is not None:
            expansion = await value_sets.expand(pool, wanted)
            if expansion.is_closed:
                found[url] = frozenset((each.system, each.code) for each in expansion.concepts)
    return found


def _is_strict(headers: Mapping[bytes, bytes]) -> bool:
    """Whether the caller wants a refusal rather than an answer without one of its parameters."""
    preferred = headers.get(b"prefer", b"").replace(b",", b";").split(b";")
    return _STRICT in (each.strip().lower() for each in preferred)


def _relative(parameters: _Parameters, url: str) -> _Parameters:
    """References to entries here, without our own address."""
    return [(name, value.replace(f"{url}/", "")) for name, value in parameters]


def _applied(asked: _Parameters, rest: _Parameters, wanted: Search) -> _Parameters:
    """The parameters that the answer follows, those about its form included."""
    left_out = [rest[place - 1] for place in wanted.ignored]
    return [pair for pair in asked if pair not in left_out]


async def _posted(request: Request) -> _Parameters:
    """The parameters of a search by POST, where they stay out of addresses and their logs."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise WrongContentType("a search is posted as application/x-www-form-urlencoded")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST_FORM_BYTES:
            raise TooLarge
    return without_format(read_form(body))


def _without_page(parameters: _Parameters) -> tuple[_Parameters, str]:
    positions = [value for name, value in parameters if name == _PAGE]
    if len(positions) > 1 or len("".join(positions)) > _LONGEST_PAGE:
        raise SearchNotUnderstood("this page does not belong to this search")
    return [pair for pair in parameters if pair[0] != _PAGE], "".join(positions)


def _links(
    keys: Keys, url: str, applied: _Parameters, page: Page, position: str
) -> list[dict[str, str]]:
    """Where this page, the first, the one before and the next one are."""
    type_, query = url.rpartition("/")[2], urlencode(applied)

    def link(relation: str, at: str = "") -> dict[str, str]:
        place = f"&{_PAGE}={at}" if at else ""
        return {"relation": relation, "url": f"{url}?{query}{place}"}

    links = [link("self", position)]
    if position:
        links.append(link("first"))
    for relation, cursor in (("previous", page.previous), ("next", page.next)):
        if cursor is not None:
            links.append(link(relation, _sealed(keys, type_, applied, cursor)))
    return links


def _bundle(
    url: str,
    page: Page,
    brought: list[bytes],
    links: list[dict[str, str]],
    told: list[str],
    part: Part,
) -> bytes:
    head: dict[str, object] = {"resourceType": "Bundle", "type": "searchset"}
    if page.total is not None:
        head["total"] = page.total
    if links:
        head["link"] = links
    entries = [
        *_entries(url, (entry.body for entry in page.entries), b"match", part),
        *_entries(url, brought, b"include", part),
    ]
    if told:
        entries.append(_outcome(told))
    # No element may be empty, so a page without entries has none.
    joined = b",".join(entries)
    return orjson.dumps(head)[:-1] + (b',"entry":[%s]}' % joined if entries else b"}")


def _entries(url: str, bodies: Iterable[bytes], mode: bytes, part: Part) -> Iterator[bytes]:
    where = url.encode()
    for body in bodies:
        # Every body begins with resourceType and id, as collection wrote it.
        _, _, _, type_, _, _, _, fhir_id, _ = body.split(b'"', 8)
        shown = body if part.is_whole else write_exactly(part_of(read_exactly(body), part))
        yield b'{"fullUrl":"%s/%s/%s","resource":%s,"search":{"mode":"%s"}}' % (
            where,
            type_,
            fhir_id,
            shown,
            mode,
        )


def _outcome(told: list[str]) -> bytes:
    """What is to be said about the search itself."""
    issues = [
        {"severity": "warning", "code": "not-supported", "diagnostics": text} for text in told
    ]
    outcome = {"resourceType": "OperationOutcome", "issue": issues}
    return orjson.dumps({"resource": outcome, "search": {"mode": "outcome"}})


def _sealed(keys: Keys, type_: str, asked: _Parameters, cursor: Cursor) -> str:
    snapshots = [[one.hex, number] for one, number in cursor.snapshots]
    entry = cursor.entry_id.hex if cursor.entry_id else ""
    text = orjson.dumps([snapshots, cursor.place, entry]).decode()
    sealed = keys.seal_session(_question(type_, asked), text)
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def _opened(keys: Keys, type_: str, asked: _Parameters, position: str) -> Cursor | None:
    if not position:
        return None
    try:
        sealed = base64.urlsafe_b64decode(position + "=" * (-len(position) % 4))
        text = keys.open_session(_question(type_, asked), sealed)
    except (UnreadableSeal, binascii.Error, ValueError):
        raise SearchNotUnderstood("this page does not belong to this search") from None
    snapshots, place, entry = orjson.loads(text)
    return Cursor(
        tuple(Snapshot(ResidentId(UUID(one)), number) for one, number in snapshots),
        tuple(place),
        EntryId(UUID(entry)) if entry else None,
    )


def _question(type_: str, asked: _Parameters) -> str:
    return f"page of {type_}?{orjson.dumps(sorted(asked)).decode()}"

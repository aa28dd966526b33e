"""``GET /fhir/{type}?patient=…`` and the same by ``POST …/_search``: inside one resident only.

A page is put together from the stored bytes, unparsed. Where the next page begins is sealed
together with the question it belongs to, so that it fits no other and tells nothing.

Source: FHIR R4, 3.1.1 (search), 3.1.0.9 (search by POST), 3.1.1.7.1 (paging).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import Cursor, Page
from openhealthcode.fhir import bearer, consent, demographics
from openhealthcode.fhir.negotiation import (
    FHIR_JSON,
    WrongContentType,
    check_accept,
    query_of,
    read_form,
    without_format,
)
from openhealthcode.fhir.platform import platform_of, public_url
from openhealthcode.record import (
    KINDS,
    Search,
    SearchNotUnderstood,
    UnknownResourceType,
    read_search,
)
from openhealthcode.standards import NotFound, TooLarge
from openhealthcode.standards.ids import EntryId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey, UnreadableSeal

_PAGE: Final = "_page"
_LONGEST_PAGE: Final = 400
_LARGEST_FORM_BYTES: Final = 16_384
_FORM: Final = "application/x-www-form-urlencoded"

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
    asked, position = _without_page(parameters)
    wanted = read_search(type_, asked)
    after = _opened(platform.keys, type_, asked, position)
    try:
        page = await access.search_entries(
            platform.pool, platform.keys, system=system, search=wanted, after=after
        )
    except (NotFound, UnknownKey, DestroyedKey):
        page = _NOTHING
    url = f"{public_url(request.scope)}/fhir"
    return Response(_bundle(platform.keys, url, wanted, asked, page), media_type=FHIR_JSON)


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


def _bundle(keys: Keys, url: str, search: Search, asked: _Parameters, page: Page) -> bytes:
    query = urlencode(asked)
    links = [{"relation": "self", "url": f"{url}/{search.type}?{query}"}]
    if page.next is not None:
        position = _sealed(keys, search.type, asked, page.next)
        following = f"{url}/{search.type}?{query}&{_PAGE}={position}"
        links.append({"relation": "next", "url": following})
    entries = b",".join(_entries(keys, url, search, page)) if page.entries else b""
    head = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": page.total,
        "link": links,
    }
    # No element may be empty, so a page without entries has none.
    return orjson.dumps(head)[:-1] + (b',"entry":[%s]}' % entries if entries else b"}")


def _entries(keys: Keys, url: str, search: Search, page: Page) -> Iterator[bytes]:
    resident_id, _ = keys.open_id(search.patient)
    for entry in page.entries:
        yield b'{"fullUrl":"%s/%s","resource":%s,"search":{"mode":"match"}}' % (
            f"{url}/{search.type}".encode(),
            keys.seal_id(resident_id, entry.entry_id).encode(),
            entry.body,
        )


def _sealed(keys: Keys, type_: str, asked: _Parameters, cursor: Cursor) -> str:
    text = f"{cursor.key}|{cursor.entry_id}"
    sealed = keys.seal_session(_question(type_, asked), text)
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def _opened(keys: Keys, type_: str, asked: _Parameters, position: str) -> Cursor | None:
    if not position:
        return None
    try:
        sealed = base64.urlsafe_b64decode(position + "=" * (-len(position) % 4))
        key, _, entry_id = keys.open_session(_question(type_, asked), sealed).partition("|")
    except (UnreadableSeal, binascii.Error, ValueError):
        raise SearchNotUnderstood("this page does not belong to this search") from None
    return Cursor(int(key), EntryId(UUID(entry_id)))


def _question(type_: str, asked: _Parameters) -> str:
    return f"page of {type_}?{urlencode(sorted(asked))}"

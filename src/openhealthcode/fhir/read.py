"""``GET /fhir/{type}/{id}``, and a version of it under ``_history``: the stored bytes, unparsed.

This is the most frequent request there is, hence plain ASGI: what is sent is what was sealed. Only
who asks for a part, or for a layout, is sent something made from it.

Source: FHIR R4, 3.1.0.2 (read), 3.1.0.3 (vread), 3.1.0.1.2 (ETag), 3.1.0.5 (conditional read).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from starlette.types import Receive, Scope, Send

from openhealthcode import access
from openhealthcode.fhir import bearer, consent, directory
from openhealthcode.fhir.answer import is_known, part_asked, rendered
from openhealthcode.fhir.negotiation import check_accept
from openhealthcode.fhir.platform import Platform, platform_of
from openhealthcode.record import KINDS, WHOLE, UnknownResourceType
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import NotFound
from openhealthcode.trust import DestroyedKey, UnknownKey

_JSON_HEADER: Final = (b"content-type", b"application/fhir+json; charset=utf-8")
_VERSION: Final = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


class ReadEntry:
    """Answers read and vread."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Read one entry, log that it was read, and send it as it was filed.

        Raises:
            NotFound: absent or not for this system; which, nobody is told.
        """
        headers = dict(scope["headers"])
        check_accept(headers)
        query: bytes = scope["query_string"]
        part = part_asked(query) if query else WHOLE
        platform = platform_of(scope)
        system = await bearer.system_of(platform, headers)
        parameters = scope["path_params"]
        type_, version = parameters["type"], _version(parameters.get("version"))
        if type_ not in KINDS:
            raise UnknownResourceType
        bearer.require(system, type_, "r")
        is_head = scope["method"] == "HEAD"
        elsewhere = await _kept_elsewhere(platform, system, type_, parameters["id"], version)
        if elsewhere is not None:
            body = rendered(elsewhere, query, part) if query else elsewhere
            await _send(send, 200, [_JSON_HEADER], body, is_head=is_head)
            return
        try:
            read = await access.read_entry(
                platform.pool,
                platform.keys,
                system=system,
                type=type_,
                fhir_id=parameters["id"],
                version=version,
            )
        except (UnknownKey, DestroyedKey):
            raise NotFound from None
        etag = b'W/"%d"' % read.version
        answer = [
            _JSON_HEADER,
            (b"etag", etag),
            (b"last-modified", http_date(read.filed_at).encode()),
        ]
        if is_known(headers, etag, read.filed_at):
            await _send(send, 304, answer[1:], b"")
        else:
            body = rendered(read.body, query, part) if query else read.body
            await _send(send, 200, answer, body, is_head=is_head)


async def _kept_elsewhere(
    platform: Platform, system: SystemAccess, type_: str, fhir_id: str, version: int | None
) -> bytes | None:
    """What is no entry of a record: institutions and practitioners, and what residents allow."""
    if type_ in directory.TYPES:
        return await directory.read(platform.pool, type_, fhir_id, version)
    if type_ == consent.TYPE and version is None:
        return await consent.read(platform, system, fhir_id)
    return None


async def _send(
    send: Send,
    status: int,
    headers: list[tuple[bytes, bytes]],
    body: bytes,
    *,
    is_head: bool = False,
) -> None:
    if status != 304:
        headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else body})


def _version(text: str | None) -> int | None:
    """The version asked for; one that cannot exist is simply not there."""
    if text is None:
        return None
    if not _VERSION.fullmatch(text):
        raise NotFound
    return int(text)


def http_date(at: datetime) -> str:
    """A moment as HTTP writes it (RFC 9110, 5.6.7), whatever the language of the machine."""
    at = at.astimezone(UTC)
    day = f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04}"
    return f"{day} {at.hour:02}:{at.minute:02}:{at.second:02} GMT"

"""How what was read is sent: whole or in part, laid out for people if they ask, or not again.

Source: FHIR R4, 3.1.0.1.10 (_pretty), 3.1.0.5 (conditional read), 3.1.0.1.2 (HEAD); RFC 9110, 13.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.fhir.negotiation import FHIR_JSON, ParameterNotSupported, query_of
from openhealthcode.record import (
    Form,
    Part,
    laid_out,
    part_of,
    read_exactly,
    read_part,
    write_exactly,
)

_PRETTY: Final = re.compile(rb"(?:^|&)_pretty=true(?:&|$)")
_TAG: Final = re.compile(rb'(?:W/)?("[^"]*")')


def is_pretty(query: bytes) -> bool:
    """Whether a person is going to read the answer."""
    return _PRETTY.search(query) is not None


def part_asked(query: bytes) -> Part:
    """The part of one resource that is asked for, where nothing else may be.

    Raises:
        ParameterNotSupported: something else is asked for, or how many there are.
    """
    part, others = read_part(query_of(query))
    if others or part.form is Form.COUNT:
        raise ParameterNotSupported
    return part


def rendered(body: bytes, query: bytes, part: Part) -> bytes:
    """The stored bytes as they are asked for: nearly always as they are."""
    if not part.is_whole:
        body = write_exactly(part_of(read_exactly(body), part))
    return laid_out(body) if is_pretty(query) else body


def answer(request: Request, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of FHIR's own type."""
    if is_pretty(request.scope["query_string"]):
        body = laid_out(body)
    return Response(body, media_type=FHIR_JSON, headers=dict(headers or {}))


def is_known(headers: Mapping[bytes, bytes], etag: bytes, changed_at: datetime) -> bool:
    """Whether the caller has this version already, by its tag or, without any, by its time."""
    tags = headers.get(b"if-none-match")
    if tags is not None:
        return tags.strip() == b"*" or etag.removeprefix(b"W/") in _TAG.findall(tags)
    since = headers.get(b"if-modified-since")
    if since is None:
        return False
    try:
        known_at = parsedate_to_datetime(since.decode("ascii"))
    except ValueError:
        return False
    if known_at.tzinfo is None:
        known_at = known_at.replace(tzinfo=UTC)
    return changed_at.replace(microsecond=0) <= known_at

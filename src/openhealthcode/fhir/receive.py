"""Take in the body of a request: bounded while it arrives, then parsed once."""

from __future__ import annotations

from starlette.requests import Request

from openhealthcode.fhir.negotiation import check_content_type
from openhealthcode.record import LARGEST_BODY_BYTES, Resource, parse
from openhealthcode.standards import TooLarge


async def resource_in(request: Request) -> Resource:
    """The JSON object a request carries.

    Raises:
        WrongContentType: it is not said to be JSON.
        TooLarge, MalformedJson: as ``record.parse``.
    """
    check_content_type(dict(request.scope["headers"]))
    return parse(await body_in(request))


async def body_in(request: Request) -> bytes:
    """The bytes a request carries.

    Raises:
        TooLarge: more of them than this service accepts.
    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY_BYTES:
            raise TooLarge
        parts.append(part)
    return b"".join(parts)

"""``Patient/{id}/$summary`` and ``Composition/{id}/$document``: what may be seen, as one document.

Source: HL7 IPS Implementation Guide 1.1, OperationDefinition summary; FHIR R4, Composition/$document,
Bundle.type document (bdl-9, bdl-11).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import uuid4

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import SUMMARISED, SummaryAsked
from openhealthcode.database import Pool
from openhealthcode.fhir import bearer, directory
from openhealthcode.fhir.answer import answer
from openhealthcode.fhir.everything import readable_types
from openhealthcode.fhir.negotiation import ParameterNotSupported, check_accept
from openhealthcode.fhir.operation import asked_of, only, single
from openhealthcode.fhir.outcome import prefers_chinese
from openhealthcode.fhir.platform import platform_of, public_url
from openhealthcode.record import WHOLE, read_part
from openhealthcode.standards import NotFound, day_of

PROFILE: Final = "http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips"


async def summary(request: Request) -> Response:
    """The International Patient Summary of what this system may see.

    Raises:
        NotFound: there is nobody, or nobody for this system; which, nobody is told.
    """
    headers = dict(request.scope["headers"])
    check_accept(headers)
    platform = platform_of(request.scope)
    system = await bearer.system_of(platform, headers)
    for type_ in SUMMARISED:
        bearer.require(system, type_, "r")
    asked = await asked_of(request)
    only(asked, ("profile",))
    if single(asked, "profile") not in {None, PROFILE}:
        raise ParameterNotSupported
    is_chinese = prefers_chinese(request.headers.get("accept-language", "zh"))
    body = await access.summary(
        platform.pool,
        platform.keys,
        system=system,
        patient=request.path_params["id"],
        asked=SummaryAsked(
            "zh-CN" if is_chinese else "en",
            f"{public_url(request.scope)}/fhir",
            uuid4(),
            _official_day,
        ),
    )
    return answer(request, body)


async def document(request: Request) -> Response:
    """A filed Composition with what it refers to, as one Bundle; nothing of it is kept.

    Raises:
        NotFound: there is none, or none for this system; which, nobody is told.
    """
    headers = dict(request.scope["headers"])
    check_accept(headers)
    platform = platform_of(request.scope)
    system = await bearer.system_of(platform, headers)
    bearer.require(system, "Composition", "r")
    part, asked = read_part(await asked_of(request))
    only(asked, ("persist",))
    if part != WHOLE or single(asked, "persist") not in {None, "false"}:
        raise ParameterNotSupported
    found = await access.document(
        platform.pool,
        platform.keys,
        system=system,
        types=readable_types(system),
        fhir_id=request.path_params["id"],
    )
    base = f"{public_url(request.scope)}/fhir"
    named = [await _registered(platform.pool, reference) for reference in found.elsewhere]
    bodies = [*found.bodies, *(one for one in named if one)]
    head = {
        "resourceType": "Bundle",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{uuid4()}"},
        "type": "document",
        "timestamp": found.at.isoformat(timespec="milliseconds"),
    }
    entries = b",".join(_entry(base, body) for body in bodies)
    return answer(request, orjson.dumps(head)[:-1] + b',"entry":[%s]}' % entries)


async def _registered(pool: Pool, reference: str) -> bytes:
    """An institution or somebody who works there; nothing if the register knows nobody."""
    type_, _, named = reference.partition("/")
    if type_ not in directory.TYPES:
        return b""
    try:
        return await directory.read(pool, type_, named, None)
    except NotFound:
        return b""


def _entry(base: str, body: bytes) -> bytes:
    """Every body begins with resourceType and id."""
    _, _, _, type_, _, _, _, fhir_id, _ = body.split(b'"', 8)
    return b'{"fullUrl":"%s/%s/%s","resource":%s}' % (base.encode(), type_, fhir_id, body)


def _official_day(at: datetime) -> date:
    """The day it is in the country."""
    return day_of(at)

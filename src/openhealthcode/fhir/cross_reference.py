"""``GET /fhir/Patient/$ihe-pix``: the numbers one institution gave for one person, from one of them.

Source: IHE PIXm 3.0, 2:3.83 (ITI-83).
"""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.access import lookups
from openhealthcode.access.lookups import CrossReference
from openhealthcode.fhir import bearer
from openhealthcode.fhir.negotiation import (
    FHIR_JSON,
    ParameterNotSupported,
    check_accept,
    query_of,
)
from openhealthcode.fhir.person import identifier_of, readings_of
from openhealthcode.fhir.platform import Platform, platform_of, public_url
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import HealthCodeError


class UnknownSourceDomain(HealthCodeError):
    """A sourceIdentifier is its assigning authority and its value: system|value."""

    code = "source-domain-unknown"


async def ihe_pix(request: Request) -> Response:
    """Our reference and the caller's own identifiers, without the one asked for.

    Raises:
        UnknownSourceDomain: no assigning authority.
        NotFound: unknown, or never delivered by the caller's institution.
    """
    headers = dict(request.scope["headers"])
    check_accept(headers)
    platform = platform_of(request.scope)
    system = await bearer.system_of(platform, headers)
    bearer.require(system, "Patient", "s")
    source, targets = _asked(query_of(request.scope["query_string"]))
    base = f"{public_url(request.scope)}/fhir"
    found = await _found(platform, system, base, source)
    identifiers = [identifier_of(one) for one in found.certificates]
    parameters: list[dict[str, Any]] = [
        {"name": "targetIdentifier", "valueIdentifier": one}
        for one in identifiers
        if not targets or one.get("system") in targets
    ]
    is_of_ours = source.startswith(f"{base}|")
    if not is_of_ours and (not targets or base in targets):
        reference = {"reference": f"{base}/Patient/{found.public_id}"}
        parameters.append({"name": "targetId", "valueReference": reference})
    answer = {"resourceType": "Parameters"} | ({"parameter": parameters} if parameters else {})
    return Response(
        orjson.dumps(answer), media_type=FHIR_JSON, headers={"Cache-Control": "no-store"}
    )


async def _found(
    platform: Platform, system: SystemAccess, base: str, source: str
) -> CrossReference:
    authority, bar, value = source.partition("|")
    if not (bar and authority and value):
        raise UnknownSourceDomain
    if authority == base:
        return await lookups.own_numbers(
            platform.pool, platform.keys, system=system, public_id=value.removeprefix("Patient/")
        )
    named = readings_of(authority, value)
    return await lookups.cross_reference(platform.pool, platform.keys, system=system, named=named)


def _asked(query: list[tuple[str, str]]) -> tuple[str, frozenset[str]]:
    sources = [value for name, value in query if name == "sourceIdentifier"]
    targets = frozenset(value for name, value in query if name == "targetSystem")
    if len(sources) != 1 or len(sources) + len(targets) < len(query):
        raise ParameterNotSupported
    return sources[0], targets

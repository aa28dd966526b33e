"""``POST /fhir/Patient/$match``: who may be meant, graded, the likeliest first.

Source: FHIR R4, Patient operation match; extension match-grade; IHE PDQm 3.2, ITI-119.
"""

from __future__ import annotations

from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.access import lookups
from openhealthcode.access.lookups import Matched
from openhealthcode.fhir import bearer
from openhealthcode.fhir.negotiation import (
    FHIR_JSON,
    ParameterNotSupported,
    check_accept,
    query_of,
)
from openhealthcode.fhir.person import Asked, asked_in
from openhealthcode.fhir.platform import platform_of, public_url
from openhealthcode.fhir.receive import resource_in
from openhealthcode.standards import InvalidInput

GRADE: Final = "http://hl7.org/fhir/StructureDefinition/match-grade"
_VALUES: Final = {"onlyCertainMatches": "valueBoolean", "count": "valueInteger"}
_TRUTHS: Final = {"true": True, "false": False}


async def match(request: Request) -> Response:
    """The residents a system could name, as a searchset Bundle; without any, an empty one."""
    headers = dict(request.scope["headers"])
    check_accept(headers)
    platform = platform_of(request.scope)
    system = await bearer.system_of(platform, headers)
    bearer.require(system, "Patient", "s")
    parameters = await _parameters(request)
    asked = asked_in(parameters.get("resource"), "Parameters.parameter[0].resource")
    count = parameters.get("count", lookups.USUAL_MATCHES)
    if not 0 < count <= lookups.MOST_MATCHES:
        raise InvalidInput(f"count is 1 to {lookups.MOST_MATCHES}")
    found = await lookups.match(
        platform.pool,
        platform.keys,
        system=system,
        probe=asked.registration,
        count=count,
        only_certain=parameters.get("onlyCertainMatches", False),
    )
    url = f"{public_url(request.scope)}/fhir"
    return answer([_entry(url, asked, one) for one in found])


def answer(entries: list[dict[str, Any]]) -> Response:
    """A searchset of Patients; FHIR knows no empty lists."""
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
    if entries:
        bundle["entry"] = entries
    return Response(
        orjson.dumps(bundle), media_type=FHIR_JSON, headers={"Cache-Control": "no-store"}
    )


async def _parameters(request: Request) -> dict[str, Any]:
    """The parameters by name; a Patient may also be sent alone, with the others in the address."""
    body = await resource_in(request)
    query = query_of(request.scope["query_string"])
    if body.get("resourceType") != "Parameters":
        return {"resource": body, **dict(_from_query(name, text) for name, text in query)}
    if query:
        raise ParameterNotSupported
    found: dict[str, Any] = {}
    listed = body.get("parameter")
    for one in listed if isinstance(listed, list) else []:
        name, value = _named(one)
        if name in found:
            raise InvalidInput("each parameter once")
        found[name] = value
    return found


def _named(parameter: object) -> tuple[str, Any]:
    if not isinstance(parameter, dict) or not isinstance(parameter.get("name"), str):
        raise InvalidInput("a parameter without a name")
    name = parameter["name"]
    if name == "resource":
        return name, parameter.get("resource")
    if name not in _VALUES:
        raise ParameterNotSupported
    value = parameter.get(_VALUES[name])
    if type(value) is not (bool if name == "onlyCertainMatches" else int):
        raise InvalidInput(f"{name} is given as {_VALUES[name]}")
    return name, value


def _from_query(name: str, text: str) -> tuple[str, Any]:
    if name == "onlyCertainMatches" and text in _TRUTHS:
        return name, _TRUTHS[text]
    if name == "count" and text.isascii() and text.isdigit() and len(text) < 4:
        return name, int(text)
    raise ParameterNotSupported


def _entry(url: str, asked: Asked, found: Matched) -> dict[str, Any]:
    return {
        "fullUrl": f"{url}/Patient/{found.public_id}",
        "resource": asked.as_far_as_true(found),
        "search": {
            "extension": [{"url": GRADE, "valueCode": found.grade.value}],
            "mode": "match",
            "score": round(found.probability, 6),
        },
    }

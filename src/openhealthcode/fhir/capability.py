"""``GET /fhir/metadata``: what this server does, made from what is really routed.

Source: FHIR R4, 3.1.0.14 (capabilities); CapabilityStatement; SMART App Launch 2.2, conformance.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from openhealthcode.fhir import consent, demographics, directory
from openhealthcode.fhir.negotiation import FHIR_JSON, check_accept, query_of
from openhealthcode.fhir.platform import public_url
from openhealthcode.fhir.token import TOKEN_PATH
from openhealthcode.record import KINDS, search_parameters

ROUTE_NAME: Final = "fhir:"
"""What the name of a route begins with; the rest is FHIR's own code of the interaction."""

_RELEASED: Final = "2026-11-22"
_VERSION: Final = "2026.11.22"
_OF_A_TYPE: Final = ("read", "vread", "create", "search-type")
_OF_THE_SYSTEM: Final = ("transaction",)
_PRIVACY_CONSENTS: Final = {
    "documentation": "Consent forms filed as documents; and, by id or by patient and "
    "scope=patient-privacy, what residents allow the caller's institution: never which "
    "categories, never refusals. An update to inactive gives such a consent back; nothing else "
    "is updated, and none is given by a system. One that is created as proposed, with scope "
    "patient-privacy, is put before the resident for three days; refused or unanswered, it reads "
    "as proposed and then as rejected."
}
_FINDING_PEOPLE: Final = {
    "documentation": "Systems find people they can already name: by name and a certificate, birth "
    "date or telephone, all to the letter in a search, graded by $match. Answers repeat what was "
    "asked and holds, with our id; everybody found reads who found them. Look-ups are counted.",
    "operation": [
        {"name": "match", "definition": "http://hl7.org/fhir/OperationDefinition/Patient-match"},
        {
            "name": "ihe-pix",
            "definition": "https://profiles.ihe.net/ITI/PIXm/OperationDefinition/IHE.PIXm.pix",
        },
    ],
}
_MESSAGES: Final = {
    "name": "process-message",
    "definition": "http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message",
    "documentation": "IHE PMIR patient identity feed, urn:ihe:iti:pmir:2019:patient-feed.",
}
_OAUTH_URIS: Final = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_SECURITY_SERVICES: Final = "http://terminology.hl7.org/CodeSystem/restful-security-service"


async def capability(request: Request) -> Response:
    """The CapabilityStatement; it needs no token."""
    check_accept(dict(request.scope["headers"]))
    query_of(request.scope["query_string"])
    routed = interactions_in(request.app.routes)
    statement = capability_statement(routed, public_url(request.scope))
    return Response(orjson.dumps(statement), media_type=FHIR_JSON)


def interactions_in(routes: Iterable[BaseRoute]) -> frozenset[str]:
    """FHIR's codes of the interactions these routes answer."""
    names = (getattr(route, "name", "") for route in routes)
    return frozenset(n.removeprefix(ROUTE_NAME) for n in names if n.startswith(ROUTE_NAME))


def capability_statement(routed: frozenset[str], url: str) -> dict[str, Any]:
    """The statement for the interactions that are routed."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": _RELEASED,
        "kind": "instance",
        "software": {"name": "OpenHealthCode", "version": _VERSION},
        "implementation": {"description": "Health records by consent", "url": f"{url}/fhir"},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "documentation": "Every read is decided by the resident's consent and written to "
                "the resident's log before it is answered. Absent and withheld look the same. "
                "A search names one resident; a parameter that is not understood refuses it.",
                "security": _security(url),
                "resource": [_resource(type_, routed) for type_ in sorted(KINDS)],
                "interaction": [{"code": code} for code in _OF_THE_SYSTEM if code in routed],
                "operation": [_MESSAGES],
            }
        ],
    }


def _security(url: str) -> dict[str, Any]:
    token = {"url": "token", "valueUri": url + TOKEN_PATH}
    return {
        "cors": False,
        "extension": [{"url": _OAUTH_URIS, "extension": [token]}],
        "service": [{"coding": [{"system": _SECURITY_SERVICES, "code": "SMART-on-FHIR"}]}],
        "description": "SMART Backend Services: client credentials with private_key_jwt.",
    }


def _resource(type_: str, routed: frozenset[str]) -> dict[str, Any]:
    if type_ in directory.TYPES:
        return {
            "type": type_,
            "documentation": "Delivered in transactions; kept in the region's registry.",
            "interaction": [{"code": "read"}] if "read" in routed else [],
            "versioning": "no-version",
        }
    described: dict[str, Any] = {
        "type": type_,
        "interaction": [{"code": code} for code in _OF_A_TYPE if code in routed],
        "versioning": "versioned",
        "readHistory": True,
        "updateCreate": False,
        "conditionalCreate": False,
        "conditionalRead": "not-match",
        "referencePolicy": ["local", "enforced"],
    }
    if "search-type" in routed:
        described["searchParam"] = [
            {"name": name, "type": kind} for name, kind in search_parameters(type_).items()
        ]
    if type_ == demographics.TYPE and "search-type" in routed:
        described |= _FINDING_PEOPLE
        described["searchParam"] += [
            {"name": name, "type": kind} for name, kind in demographics.PARAMETERS.items()
        ]
    if type_ == consent.TYPE and "update" in routed:
        described |= _PRIVACY_CONSENTS
        described["interaction"].append({"code": "update"})
    return described

"""``GET /fhir/metadata``: what this server does, made from what is really routed.

Source: FHIR R4, 3.1.0.14 (capabilities); CapabilityStatement; SMART App Launch 2.2, conformance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from openhealthcode.fhir import consent, demographics, directory
from openhealthcode.fhir.answer import answer
from openhealthcode.fhir.negotiation import check_accept, query_of
from openhealthcode.fhir.platform import public_url
from openhealthcode.fhir.terminology import parameters_of
from openhealthcode.fhir.token import TOKEN_PATH
from openhealthcode.record import KINDS, Parameter, parameters, search_parameters

NOWHERE: Final = "nowhere"
"""The name of the routes that answer addresses we do not have."""

CONDITIONAL_UPDATE: Final = "conditional-update"
CONDITIONAL_DELETE: Final = "conditional-delete"

_RELEASED: Final = "2026-11-22"
_VERSION: Final = "2026.11.22"
_BELOW: Final = "/fhir"
_ANY_TYPE: Final = "{type}"
_INTERACTIONS: Final[Mapping[tuple[str, ...], Mapping[str, tuple[str, ...]]]] = MappingProxyType(
    {
        ("", "{id}"): {
            "GET": ("read",),
            "PUT": ("update",),
            "PATCH": ("patch",),
            "DELETE": ("delete",),
        },
        ("", "{id}", "_history"): {"GET": ("history-instance",)},
        ("", "{id}", "_history", "{version}"): {"GET": ("vread",)},
        ("", "_history"): {"GET": ("history-type",)},
        ("",): {
            "GET": ("search-type",),
            "POST": ("create",),
            "PUT": (CONDITIONAL_UPDATE,),
            "DELETE": (CONDITIONAL_DELETE,),
        },
        ("_history",): {"GET": ("history-system",)},
        (): {"POST": ("transaction", "batch")},
    }
)
"""FHIR's codes of what an address answers, by its parts (a type is left empty) and method."""

_OF_A_TYPE: Final = (
    "read",
    "vread",
    "update",
    "patch",
    "delete",
    "history-instance",
    "history-type",
    "create",
    "search-type",
)
_OF_THE_SYSTEM: Final = ("transaction", "batch", "history-system")
_HL7: Final = "http://hl7.org/fhir/OperationDefinition/"
_OF_HL7: Final = frozenset(
    {
        "document",
        "everything",
        "expand",
        "lastn",
        "lookup",
        "match",
        "process-message",
        "subsumes",
        "translate",
        "validate",
        "validate-code",
    }
)
_DEFINED_ELSEWHERE: Final = MappingProxyType(
    {
        "export": "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export",
        "ihe-pix": "https://profiles.ihe.net/ITI/PIXm/OperationDefinition/IHE.PIXm.pix",
        "summary": "http://hl7.org/fhir/uv/ips/OperationDefinition/summary",
    }
)
_GROUP: Final = "Group"
_GROUPS: Final = (
    "Groups that an operator approved for the caller's institution, by the id the operator told; who "
    "is in one is told nobody. Each resident's consent decides what an export holds."
)
_OWN: Final = "urn:openhealthcode:operation:"
"""What no standard defines; docs/conformance.md does."""

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
}
_MESSAGES: Final = "IHE PMIR patient identity feed, urn:ihe:iti:pmir:2019:patient-feed."
_OAUTH_URIS: Final = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_SECURITY_SERVICES: Final = "http://terminology.hl7.org/CodeSystem/restful-security-service"


@dataclass(frozen=True, slots=True)
class Offered:
    """What is routed below our address.

    Args:
        codes: interaction with the type it is of; empty for all types, or for none in particular.
        operations: name with the type it is of, likewise.
    """

    codes: frozenset[tuple[str, str]]
    operations: frozenset[tuple[str, str]]

    def of(self, type_: str) -> frozenset[str]:
        """The interactions of a type."""
        return frozenset(code for code, of in self.codes if of in {type_, _ANY_TYPE})

    @property
    def types(self) -> frozenset[str]:
        """The types that have addresses of their own."""
        return frozenset(of for _, of in self.codes) - {"", _ANY_TYPE}


async def capability(request: Request) -> Response:
    """The CapabilityStatement; it needs no token."""
    check_accept(dict(request.scope["headers"]))
    query_of(request.scope["query_string"])
    offered = offered_by(request.app.routes)
    statement = capability_statement(offered, public_url(request.scope))
    return answer(request, orjson.dumps(statement))


def offered_by(routes: Iterable[BaseRoute]) -> Offered:
    """What these routes answer, read off their addresses and methods."""
    codes: set[tuple[str, str]] = set()
    operations: set[tuple[str, str]] = set()
    for path, methods in addresses(routes):
        parts = tuple(part for part in path.removeprefix(_BELOW).split("/") if part)
        type_ = parts[0] if parts and (parts[0] == _ANY_TYPE or parts[0][0].isupper()) else ""
        if parts and parts[-1].startswith("$"):
            operations.add((parts[-1][1:], type_))
        known = _INTERACTIONS.get(("", *parts[1:]) if type_ else parts, {})
        codes |= {(code, type_) for method in methods for code in known.get(method, ())}
    return Offered(frozenset(codes), frozenset(operations))


def addresses(routes: Iterable[BaseRoute], base: str = _BELOW) -> Iterator[tuple[str, set[str]]]:
    """Every address below a base, those behind a common door included, but those that lead nowhere."""
    for route in routes:
        path = getattr(route, "path", "")
        if getattr(route, "name", "") == NOWHERE:
            continue
        if path == base or path.startswith(f"{base}/"):
            yield path, getattr(route, "methods", None) or {"GET"}
        yield from addresses(getattr(route, "routes", None) or (), base)


def capability_statement(offered: Offered, url: str) -> dict[str, Any]:
    """The statement of what is routed."""
    patch = {"patchFormat": ["application/json-patch+json"]}
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": _RELEASED,
        "kind": "instance",
        "software": {"name": "OpenHealthCode", "version": _VERSION},
        "implementation": {"description": "Health records by consent", "url": f"{url}/fhir"},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        **(patch if "patch" in offered.of(_ANY_TYPE) else {}),
        "rest": [
            {
                "mode": "server",
                "documentation": "Every read is decided by the resident's consent and written to "
                "the resident's log before it is answered. Absent and withheld look the same. "
                "A search, and a history of more than one entry, names one resident.",
                "security": _security(url),
                "resource": list(_resources(offered)),
                "interaction": [
                    {"code": code} for code in _OF_THE_SYSTEM if code in offered.of("")
                ],
                "operation": _operations(offered, ""),
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


@lru_cache(maxsize=4)
def _resources(offered: Offered) -> tuple[dict[str, Any], ...]:
    of_operations = {of for _, of in offered.operations} - {"", _ANY_TYPE}
    types = {*KINDS, *offered.types, *of_operations}
    return tuple(_resource(type_, offered) for type_ in sorted(types))


def _resource(type_: str, offered: Offered) -> dict[str, Any]:
    if type_ in directory.TYPES:
        return {
            "type": type_,
            "documentation": "Delivered in transactions; kept in the region's registry.",
            "interaction": [{"code": "read"}] if "read" in offered.of(type_) else [],
            "versioning": "no-version",
        }
    if type_ == _GROUP:
        return {"type": type_, "documentation": _GROUPS, "operation": _operations(offered, type_)}
    if type_ not in KINDS:
        return _definition(type_, offered)
    codes = offered.of(type_)
    if type_ == demographics.TYPE:
        codes -= {"delete", CONDITIONAL_DELETE}  # who a resident is goes with the account
    described: dict[str, Any] = {
        "type": type_,
        "interaction": [{"code": code} for code in _OF_A_TYPE if code in codes],
        "versioning": "versioned-update" if "update" in codes else "versioned",
        "readHistory": "vread" in codes,
        "updateCreate": False,
        "conditionalCreate": "create" in codes,
        "conditionalRead": "full-support" if "read" in codes else "not-supported",
        "conditionalUpdate": CONDITIONAL_UPDATE in codes,
        "conditionalDelete": "single" if CONDITIONAL_DELETE in codes else "not-supported",
        "referencePolicy": ["local", "enforced"],
    }
    if "search-type" in codes:
        described |= _searched(type_)
    operations = _operations(offered, type_) + _operations(offered, _ANY_TYPE)
    return described | ({"operation": operations} if operations else {})


def _definition(type_: str, offered: Offered) -> dict[str, Any]:
    """What is nobody's record: a code system, a value set, and what else is defined."""
    codes = (code for code in _OF_A_TYPE if (code, type_) in offered.codes)
    operations = _operations(offered, type_)
    return {
        "type": type_,
        "interaction": [{"code": code} for code in codes],
        "versioning": "no-version",
        "searchParam": [
            {"name": name, "type": kind} for name, kind in parameters_of(type_).items()
        ],
        **({"operation": operations} if operations else {}),
    }


def _searched(type_: str) -> dict[str, Any]:
    """By what entries of a type are found, and what a search of them brings along."""
    described: dict[str, Any] = {}
    names = search_parameters(type_)
    if type_ == consent.TYPE:
        described |= _PRIVACY_CONSENTS
    if type_ == demographics.TYPE:
        described |= _FINDING_PEOPLE
        names = names | demographics.PARAMETERS
    included = [name for name, one in _references(type_)]
    led_here = [
        f"{source}:{name}"
        for source in sorted(KINDS)
        for name, one in _references(source)
        if type_ in one.targets
    ]
    return described | {
        "searchInclude": [f"{type_}:*", *(f"{type_}:{name}" for name in included)],
        **({"searchRevInclude": led_here} if led_here else {}),
        "searchParam": [{"name": name, "type": kind} for name, kind in names.items()],
    }


def _references(type_: str) -> list[tuple[str, Parameter]]:
    found = parameters.PARAMETERS.get(type_, {})
    return [(name, one) for name, one in sorted(found.items()) if one.type == "reference"]


def _operations(offered: Offered, type_: str) -> list[dict[str, str]]:
    """The operations of a type, of the system, or of every type."""
    return [
        {
            "name": name,
            "definition": _definition_of(name, type_),
            **({"documentation": _MESSAGES} if name == "process-message" else {}),
        }
        for name, of in sorted(offered.operations)
        if of == type_
    ]


def _definition_of(name: str, type_: str) -> str:
    if (name, type_) == ("export", _GROUP):
        return _DEFINED_ELSEWHERE[name].replace("patient", "group")
    if name in _DEFINED_ELSEWHERE:
        return _DEFINED_ELSEWHERE[name]
    if name not in _OF_HL7:
        return _OWN + name
    owner = {"": "MessageHeader", _ANY_TYPE: "Resource"}.get(type_, type_)
    return f"{_HL7}{owner}-{name}"

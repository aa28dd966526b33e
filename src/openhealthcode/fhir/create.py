"""``POST /fhir/{type}``: one resource into one resident's record.

Source: FHIR R4, 3.1.0.8 (create).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import collection
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.collection import (
    BeyondRule,
    Done,
    Filed,
    FiledBundle,
    RequiredMissing,
    SetAside,
    Source,
)
from openhealthcode.fhir import bearer, consent
from openhealthcode.fhir.negotiation import (
    FHIR_JSON,
    ParameterNotSupported,
    check_accept,
    query_of,
)
from openhealthcode.fhir.outcome import ERROR_CODES
from openhealthcode.fhir.platform import platform_of, public_url
from openhealthcode.fhir.receive import resource_in
from openhealthcode.identity.quality import RegistrationDoubtful
from openhealthcode.record import KINDS, InvalidResource, UnknownResourceType
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import HealthCodeError

_LEFT_OUT: Final = "Not collected: beyond the collection rule or the resident's choice."
_DOUBTFUL: Final = "Registered, though these quality rules find the registration doubtful."
_LACKING: Final = "Taken, though the collection rule needs these elements and they are missing."
STATUS = {Done.CREATED: 201, Done.UPDATED: 200, Done.UNCHANGED: 200}


async def create(request: Request) -> Response:
    """File a resource as the institution's own entry; its id and version are given here."""
    headers = dict(request.scope["headers"])
    check_accept(headers)
    if query_of(request.scope["query_string"]) or b"if-none-exist" in headers:
        raise ParameterNotSupported
    platform = platform_of(request.scope)
    system = await bearer.system_of(platform, headers)
    type_ = request.path_params["type"]
    if type_ not in KINDS:
        raise UnknownResourceType
    bearer.require(system, type_, "c")
    resource = await resource_in(request)
    if resource.get("resourceType") != type_:
        raise InvalidResource("resourceType", "expected the type that the address names")
    if consent.is_proposal(resource):
        return await consent.propose(request, system, resource)
    filed = await collection.file_resource(
        platform.pool, platform.keys, resource=resource, source=source_of(system)
    )
    entry = filed.entries[0]
    has_outcome = bool(filed.set_aside or filed.missing or filed.warnings)
    url = f"{public_url(request.scope)}/fhir"
    return Response(
        orjson.dumps(outcome_of(filed.set_aside, filed)) if has_outcome else b"",
        status_code=STATUS[entry.done],
        headers={"Location": f"{url}/{location_of(entry)}", "ETag": etag_of(entry)},
        media_type=FHIR_JSON if has_outcome else None,
    )


def source_of(system: SystemAccess) -> Source:
    """On whose behalf a system delivers: always its own institution's."""
    agent = Agent(AgentKind.SYSTEM, system.system_id, system.institution_id)
    return Source(agent=agent, institution_id=system.institution_id)


def outcome_of(set_aside: Sequence[SetAside], whole: FiledBundle | None) -> dict[str, Any]:
    """What the sender is told of an entry that was filed.

    Args:
        set_aside: what it was filed without.
        whole: the delivery, where it is told what lacks and what is doubtful in it as a whole.
    """
    missing, warnings = (whole.missing, whole.warnings) if whole else ((), ())
    aside = list(dict.fromkeys(element for each in set_aside for element in each.elements))
    told: list[tuple[type[HealthCodeError], str, str, list[str]]] = [
        (BeyondRule, "business-rule", _LEFT_OUT, aside),
        (RequiredMissing, "required", _LACKING, list(missing)),
        (RegistrationDoubtful, "business-rule", _DOUBTFUL, list(warnings)),
    ]
    return {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": "warning",
                "code": issue_type,
                "details": {
                    "coding": [{"system": ERROR_CODES, "code": error.code}],
                    "text": text,
                },
                "diagnostics": ", ".join(elements),
            }
            for error, issue_type, text, elements in told
            if elements
        ],
    }


def location_of(filed: Filed) -> str:
    """Where the version that was filed is read from."""
    return f"{filed.type}/{filed.fhir_id}/_history/{filed.version}"


def etag_of(filed: Filed) -> str:
    """The weak entity tag that names the version."""
    return f'W/"{filed.version}"'

"""``POST /fhir/{type}``: one resource into one resident's record.

Source: FHIR R4, 3.1.0.8 (create), 3.1.0.8.1 (conditional create).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import collection
from openhealthcode.access.orders import RepeatUnexplained
from openhealthcode.collection import (
    BeyondRule,
    FiledBundle,
    RequiredMissing,
    SetAside,
    Which,
)
from openhealthcode.fhir import bearer, consent, orders
from openhealthcode.fhir.condition import search_before_filing
from openhealthcode.fhir.negotiation import ParameterNotSupported, check_accept, query_of
from openhealthcode.fhir.outcome import ERROR_CODES
from openhealthcode.fhir.platform import platform_of
from openhealthcode.fhir.receive import resource_in
from openhealthcode.fhir.written import source_of, written
from openhealthcode.identity.quality import RegistrationDoubtful
from openhealthcode.record import KINDS, InvalidResource, UnknownResourceType
from openhealthcode.standards import HealthCodeError

_LEFT_OUT: Final = "Not collected: beyond the collection rule or the resident's choice."
_DOUBTFUL: Final = "Registered, though these quality rules find the registration doubtful."
_LACKING: Final = "Taken, though the collection rule needs these elements and they are missing."
FULL_URL: Final = "openhealthcode.full_url"
"""Where the scope of an entry of a batch keeps the sender's own name for it."""


async def create(request: Request) -> Response:
    """File a resource as the institution's own entry; its id and version are given here.

    With ``If-None-Exist`` only if the institution filed nothing yet that fits it.
    """
    headers = dict(request.scope["headers"])
    check_accept(headers)
    if query_of(request.scope["query_string"]):
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
    try:
        told = await orders.told_of(platform, system, [resource])
    except RepeatUnexplained as refused:
        return await orders.refusal(request, platform, refused)
    which = Which(
        type_,
        condition=search_before_filing(headers),
        full_url=request.scope.get(FULL_URL, ""),
    )
    filed = await collection.file_resource(
        platform.pool, platform.keys, resource=resource, source=source_of(system), which=which
    )
    outcome = outcome_of(filed.set_aside, filed)
    if told:
        language = orders.language_of(request)
        outcome = orders.merged(outcome, await orders.outcome_of(platform, told, language))
    return await written(request, system, (*filed.entries, *filed.others)[0], outcome, resource)


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

"""Privacy consents as Consent resources: an institution's system reads those for its institution.

They share the type with consent forms that institutions file as documents of their record: read by
id as those are, and searched by ``patient`` and ``scope=patient-privacy``. A system can give a
consent back, by an update to ``inactive``, and propose one, which the resident answers on the phone;
it can neither give nor widen one.

Source: FHIR R4, Consent; 3.1.0.4 (update).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import Given
from openhealthcode.fhir.negotiation import (
    FHIR_JSON,
)
from openhealthcode.fhir.platform import Platform, platform_of, public_url
from openhealthcode.record import SearchNotUnderstood, check
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import HealthCodeError, InvalidInput, NotFound
from openhealthcode.trust import DestroyedKey, UnknownKey

TYPE: Final = "Consent"
_A_DAY: Final = 24 * 3600
_SCOPES: Final = frozenset(
    {
        "patient-privacy",
        "http://terminology.hl7.org/CodeSystem/consentscope|patient-privacy",
    }
)


class NotYoursToGive(HealthCodeError):
    """A consent is given by its resident alone; a system can only give one back, as inactive."""

    code = "consent-not-yours-to-give"


async def read(platform: Platform, system: SystemAccess, fhir_id: str) -> bytes | None:
    """A privacy consent for this system's institution, or None: it may be a filed document.

    Raises:
        NotFound: the id names nobody.
    """
    try:
        found = await access.consent_given_to(
            platform.pool, platform.keys, system=system, fhir_id=fhir_id
        )
    except (UnknownKey, DestroyedKey):
        raise NotFound from None
    if found is not None:
        return orjson.dumps(found.resource)
    proposed = await access.proposed_by(
        platform.pool, platform.keys, system=system, fhir_id=fhir_id
    )
    return None if proposed is None else orjson.dumps(proposed)


def is_proposal(resource: dict[str, Any]) -> bool:
    """Whether a Consent that is posted is for its resident to answer, and no form to be filed."""
    scope = resource.get("scope")
    codings = scope.get("coding") if isinstance(scope, dict) else None
    return (
        resource.get("resourceType") == TYPE
        and resource.get("status") == "proposed"
        and isinstance(codings, list)
        and any(isinstance(one, dict) and one.get("code") == "patient-privacy" for one in codings)
    )


async def propose(request: Request, system: SystemAccess, resource: dict[str, Any]) -> Response:
    """Put a proposed consent before its resident; answers with it as it was understood.

    Raises:
        InvalidResource: not a FHIR R4 Consent. InvalidInput: categories, actions or hours that are
            not offered. NotFound: nobody of that id. TooManyAttempts: too many were proposed.
    """
    check(resource, TYPE)
    provision, platform = resource.get("provision", {}), platform_of(request.scope)
    proposal = access.proposal_of(
        frozenset(_codes(provision.get("class", ()), access.CATEGORY_SYSTEM)),
        _seconds(provision.get("period", {})),
        frozenset(
            code for action in provision.get("action", ()) for code in _codes(action["coding"])
        ),
    )
    try:
        told = await access.propose_consent(
            platform.pool,
            platform.keys,
            platform.outbox,
            system=system,
            patient=resource.get("patient", {}).get("reference", "").removeprefix("Patient/"),
            proposal=proposal,
        )
    except (UnknownKey, DestroyedKey):
        raise NotFound from None
    where = f"{public_url(request.scope)}/fhir/{TYPE}/{told['id']}"
    return Response(
        orjson.dumps(told), status_code=201, headers={"Location": where}, media_type=FHIR_JSON
    )


def _codes(codings: Iterable[dict[str, Any]], system: str = "") -> list[str]:
    return [str(one.get("code")) for one in codings if not system or one.get("system") == system]


def _seconds(period: dict[str, Any]) -> int:
    """For how long, from now on; a day where no end is named.

    Raises:
        InvalidInput: an end that is no moment.
    """
    if "end" not in period:
        return _A_DAY
    try:
        end = datetime.fromisoformat(str(period["end"]))
    except ValueError:
        end = datetime.min  # noqa: DTZ901 - told from a moment by its missing offset
    if end.tzinfo is None:
        raise InvalidInput("the period ends at a moment, with its offset")
    return int((end - datetime.now(UTC)).total_seconds())


def is_asked(parameters: list[tuple[str, str]]) -> bool:
    """Whether a search is for privacy consents."""
    return any(name == "scope" for name, _ in parameters)


async def search(
    request: Request, system: SystemAccess, parameters: list[tuple[str, str]]
) -> Response:
    """The privacy consents of one resident for this institution; nobody's are none.

    Raises:
        SearchNotUnderstood: other parameters than patient, scope and status, or no patient.
    """
    asked = dict(parameters)
    if (
        len(asked) != len(parameters)
        or not {"patient", "scope"} <= asked.keys() <= {"patient", "scope", "status"}
        or asked["scope"] not in _SCOPES
        or asked.get("status", "active") not in {"active", "inactive"}
    ):
        raise SearchNotUnderstood("privacy consents are found by patient, scope and status")
    platform = platform_of(request.scope)
    try:
        found = await access.consents_given_to(
            platform.pool,
            platform.keys,
            system=system,
            patient=asked["patient"].removeprefix("Patient/"),
        )
    except (NotFound, UnknownKey, DestroyedKey):
        found = []
    if "status" in asked:
        found = [one for one in found if one.is_in_force is (asked["status"] == "active")]
    return Response(orjson.dumps(_bundle(request, found)), media_type=FHIR_JSON)


async def give_back(request: Request, system: SystemAccess, sent: dict[str, Any]) -> Response:
    """Give a consent back; anything else said of it is refused.

    Raises:
        NotYoursToGive: the resource says something else than that the consent is over.
        NotFound: no such consent, or another institution's.
    """
    platform, fhir_id = platform_of(request.scope), request.path_params["id"]
    if (sent.get("resourceType"), sent.get("id"), sent.get("status")) != (
        TYPE,
        fhir_id,
        "inactive",
    ):
        raise NotYoursToGive
    try:
        found = await access.give_back(platform.pool, platform.keys, system=system, fhir_id=fhir_id)
    except (UnknownKey, DestroyedKey):
        raise NotFound from None
    return Response(orjson.dumps(found.resource), media_type=FHIR_JSON)


def _bundle(request: Request, found: list[Given]) -> dict[str, Any]:
    url = f"{public_url(request.scope)}/fhir/{TYPE}"
    entries = [
        {
            "fullUrl": f"{url}/{one.resource['id']}",
            "resource": one.resource,
            "search": {"mode": "match"},
        }
        for one in found
    ]
    head = {"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
    return head | ({"entry": entries} if entries else {})

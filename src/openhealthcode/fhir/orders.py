"""What a system is told when it files an order: an OperationOutcome that carries DetectedIssues.

Source: FHIR R4, OperationOutcome, DetectedIssue, value set detectedissue-category.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import collection, identity, registry
from openhealthcode.access import orders
from openhealthcode.access.orders import RepeatUnexplained, Told
from openhealthcode.fhir.negotiation import FHIR_JSON
from openhealthcode.fhir.outcome import explain, prefers_chinese
from openhealthcode.fhir.platform import Platform
from openhealthcode.record import Resource, check
from openhealthcode.record.orders import FindingKind, marks_of
from openhealthcode.record.plain import Language, describe_plainly
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import HealthCodeError, NotFound
from openhealthcode.standards.ids import InstitutionId, ResidentId
from openhealthcode.trust import UnreadableId

ORDER_FINDING: Final = "urn:openhealthcode:order-finding"
"""The code system of what an order is told."""

DETECTED_ISSUE: Final = "urn:openhealthcode:detected-issue"
"""The extension of an issue that leads to the DetectedIssue contained beside it."""

_ACT_CODES: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_CODES: Final[Mapping[FindingKind, tuple[str, str]]] = MappingProxyType(
    {
        FindingKind.SAME_MEDICINE: ("DUPTHPGEN", "duplicate generic alert"),
        FindingKind.SAME_CLASS: ("DUPTHPCLS", "duplicate therapeutic alass alert"),
        FindingKind.INTERACTION: ("DRG", "Drug Interaction Alert"),
        FindingKind.ALLERGY: ("ALGY", "Allergy Alert"),
        FindingKind.RESULT_ELSEWHERE: ("DUPTHPY", "Duplicate Therapy Alert"),
        FindingKind.RESULT_UNMARKED: ("DUPTHPY", "Duplicate Therapy Alert"),
    }
)
"""HL7's codes and displays, as they are published; the example of R4 for a test done twice has DUPTHPY."""
_TEXTS: Final = tomllib.loads(
    files("openhealthcode.fhir").joinpath("orders.toml").read_text(encoding="utf-8")
)
_PATIENT: Final = "Patient/"


async def told_of(
    platform: Platform, system: SystemAccess, resources: Sequence[Resource], at: str = ""
) -> tuple[Told, ...]:
    """What the orders among these resources are told; nothing when they order nothing.

    Args:
        at: where the resources stand, with ``{}`` for the place, for what is said of a broken one.

    Raises:
        RepeatUnexplained: one repeats a recognised result without an explained reason.
        InvalidResource: an order, or whom it is for, is not what it has to be; nothing is looked at.
    """
    if not any(_type(resource) in orders.TYPES for resource in resources):
        return ()
    for place, resource in enumerate(resources):
        if _type(resource) in orders.TYPES | {"Patient"}:
            check(resource, at.format(place))
    resident_id = await _resident(platform, resources)
    if resident_id is None:
        return ()  # whoever is not here yet has no record to compare with
    told: tuple[Told, ...] = ()
    with suppress(NotFound):
        told = await orders.compare_orders(
            platform.pool,
            platform.keys,
            asker=system,
            resident_id=resident_id,
            resources=resources,
        )
    orders.settle(told, resources)
    return told


class Weighing:
    """Compares the orders that patches yield; what they say is known inside the filing alone."""

    def __init__(self, platform: Platform, system: SystemAccess, at: str = "") -> None:
        self._platform, self._system, self._at = platform, system, at
        self.told: tuple[Told, ...] = ()

    async def __call__(self, patched: Mapping[int, Resource]) -> None:
        """Compare them as if they had been sent.

        Raises:
            RepeatUnexplained, InvalidResource: as ``told_of``.
        """
        resources = [patched.get(place, {}) for place in range(max(patched, default=-1) + 1)]
        self.told = await told_of(self._platform, self._system, resources, self._at)


def _type(resource: Resource) -> str:
    type_ = resource.get("resourceType")
    return type_ if isinstance(type_, str) else ""


async def outcome_of(
    platform: Platform, told: Sequence[Told], language: Language, *, is_refused: bool = False
) -> dict[str, Any]:
    """The OperationOutcome of what was told: one issue and one DetectedIssue each."""
    ids = {one.institution_id for one in told if one.institution_id is not None}
    names = await _names(platform, ids, language)
    contained = [
        _detected(place, one, names.get(one.institution_id, ""), language)
        for place, one in enumerate(told, 1)
        if one.finding.kind in _CODES
    ]
    outcome: dict[str, Any] = {"resourceType": "OperationOutcome"}
    if contained:
        outcome["contained"] = contained
    outcome["issue"] = [
        _issue(place, one, language, is_refused=is_refused) for place, one in enumerate(told, 1)
    ]
    return outcome


def brought_by(bundle: Resource) -> list[Resource]:
    """What the entries of a Bundle bring, each at its place; nothing stands for the others."""
    entries = bundle.get("entry")
    return [_brought(entry) for entry in (entries if isinstance(entries, list) else ())]


def _brought(entry: object) -> Resource:
    if not isinstance(entry, dict):
        return {}
    asked, resource = entry.get("request"), entry.get("resource")
    brings = isinstance(asked, dict) and asked.get("method") in ("POST", "PUT")
    return resource if brings and isinstance(resource, dict) else {}


async def tell(
    platform: Platform, told: Sequence[Told], entries: list[dict[str, Any]], language: Language
) -> None:
    """Add what was told of an order to the response of its entry."""
    for place in {one.order for one in told}:
        about = [one for one in told if one.order == place]
        outcome = await outcome_of(platform, about, language)
        response = entries[place]["response"]
        before = response.get("outcome")
        response["outcome"] = merged(before, outcome) if before else outcome


async def refusal(request: Request, platform: Platform, error: RepeatUnexplained) -> Response:
    """The answer to an order that was not filed: the error, and what it repeats."""
    answer = explain(request, error)
    outcome = await outcome_of(platform, error.told, language_of(request), is_refused=True)
    outcome["issue"] = [*orjson.loads(answer.body)["issue"], *outcome["issue"]]
    return Response(
        orjson.dumps(outcome),
        status_code=answer.status_code,
        media_type=FHIR_JSON,
        headers={"Content-Language": answer.headers["content-language"]},
    )


def language_of(request: Request) -> Language:
    """The language an outcome is worded in."""
    return "zh-CN" if prefers_chinese(request.headers.get("accept-language", "")) else "en"


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Two OperationOutcomes as one."""
    contained = {"contained": other["contained"]} if "contained" in other else {}
    return {
        "resourceType": "OperationOutcome",
        **contained,
        "issue": [*one["issue"], *other["issue"]],
    }


async def _resident(platform: Platform, resources: Sequence[Resource]) -> ResidentId | None:
    """Whom the resources are about: named by our id, or by the certificates of a Patient."""
    for patient in resources:
        if _type(patient) == "Patient":
            with suppress(HealthCodeError):
                certificates = collection.registration_of(patient, own_number="").certificates
                found = await identity.find_all(platform.pool, platform.keys, certificates)
                return found[0] if len(found) == 1 else None
            return None
    for resource in resources:
        if _type(resource) not in orders.TYPES:
            continue
        reference = str(resource["subject"].get("reference", ""))
        if reference.startswith(_PATIENT):
            with suppress(UnreadableId):
                return platform.keys.open_id(reference.removeprefix(_PATIENT))[0]
    return None


async def _names(
    platform: Platform, ids: set[InstitutionId], language: Language
) -> dict[InstitutionId | None, str]:
    known = await registry.institutions(platform.pool, ids)
    return {
        one: (found.name_en if language == "en" else "") or found.name
        for one, found in known.items()
    }


def _issue(place: int, told: Told, language: Language, *, is_refused: bool) -> dict[str, Any]:
    kind = told.finding.kind
    issue: dict[str, Any] = {
        "severity": _severity(kind, is_refused=is_refused),
        "code": "business-rule",
        "details": {
            "coding": [{"system": ORDER_FINDING, "code": kind.value}],
            "text": _text(kind, language),
        },
    }
    if kind in _CODES:
        reference = {"url": DETECTED_ISSUE, "valueReference": {"reference": f"#issue-{place}"}}
        issue = {"extension": [reference], **issue}
    return issue


def _severity(kind: FindingKind, *, is_refused: bool) -> str:
    if is_refused:
        return "error"
    is_said_only = kind in {FindingKind.RESULT_UNMARKED, FindingKind.NOT_COMPARED}
    return "information" if is_said_only else "warning"


def _detected(place: int, told: Told, institution: str, language: Language) -> dict[str, Any]:
    code, display = _CODES[told.finding.kind]
    says = told.finding.says[0 if language == "zh-CN" else 1]
    coding = {"system": _ACT_CODES, "code": code, "display": display}
    detail = "; ".join(filter(None, (_text(told.finding.kind, language), says)))
    return {
        "resourceType": "DetectedIssue",
        "id": f"issue-{place}",
        "status": "final",
        "code": {"coding": [coding, {"system": ORDER_FINDING, "code": told.finding.kind.value}]},
        "severity": told.finding.severity.value,
        "identifiedDateTime": datetime.now(UTC).isoformat(timespec="seconds"),
        "implicated": [_implicated(told, institution, language)],
        "detail": detail,
    }


def _implicated(told: Told, institution: str, language: Language) -> dict[str, Any]:
    """The entry that is meant: our reference, and in words what it is, of when, by whom."""
    said = describe_plainly(told.resource, language)
    marks = " ".join(marks_of(told.resource))
    words = ", ".join(filter(None, (said.title, said.when, institution, marks)))
    if not told.is_filed:
        return {"display": words}  # it is on its way too, and has no address yet
    return {"reference": f"{told.resource['resourceType']}/{told.resource['id']}", "display": words}


def _text(kind: FindingKind, language: Language) -> str:
    pair: list[str] = _TEXTS[kind.value]
    return pair[0] if language == "zh-CN" else pair[1]

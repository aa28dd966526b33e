"""``POST /fhir/$process-message``: an institution's feed of identities (IHE PMIR, ITI-93).

Patients that are new or changed are filed, each by itself. A Patient that was replaced by another
becomes a question to a registrar; nothing is merged, unmerged or deleted because a message says so.

Source: IHE PMIR 1.6, 2:3.93; FHIR R4, messaging and MessageHeader.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import collection
from openhealthcode.access import lookups
from openhealthcode.fhir import bearer
from openhealthcode.fhir.negotiation import (
    FHIR_JSON,
    ParameterNotSupported,
    check_accept,
    query_of,
)
from openhealthcode.fhir.outcome import ERROR_CODES, answer_of
from openhealthcode.fhir.person import certificates_in, readings_of
from openhealthcode.fhir.platform import Platform, platform_of, public_url
from openhealthcode.fhir.receive import resource_in
from openhealthcode.fhir.written import source_of
from openhealthcode.record.check import check
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import Certificate, HealthCodeError, NotFound
from openhealthcode.standards.errors import first_line
from openhealthcode.standards.ids import ResidentId

EVENT: Final = "urn:ihe:iti:pmir:2019:patient-feed"
MOST_PATIENTS: Final = 1_000
_PATIENT: Final = "Patient/"


class FeedMalformed(HealthCodeError):
    """The message is not a patient identity feed: MessageHeader, then a history of Patients."""

    code = "feed-malformed"


class FeedNotFollowed(HealthCodeError):
    """A feed deletes nobody, takes no merge back and relates nobody; a registrar does."""

    code = "feed-not-followed"


@dataclass(frozen=True, slots=True)
class _Message:
    """A feed taken apart."""

    header: Mapping[str, Any]
    entries: tuple[Mapping[str, Any], ...] = field(repr=False)


async def process_message(request: Request) -> Response:
    """Follow a feed entry by entry; what cannot be followed is said, and the rest is done.

    Raises:
        FeedMalformed: no message of this kind.
    """
    headers = dict(request.scope["headers"])
    check_accept(headers)
    if query_of(request.scope["query_string"]):
        raise ParameterNotSupported  # nothing is answered later, or elsewhere
    platform = platform_of(request.scope)
    system = await bearer.system_of(platform, headers)
    bearer.require(system, "Patient", "c")
    message = _message(await resource_in(request))
    issues = []
    for place, entry in enumerate(message.entries):
        try:
            await _follow(platform, system, entry, message)
        except HealthCodeError as error:
            issues.append(_issue(error, place))
    return _answer(f"{public_url(request.scope)}/fhir", message, issues)


async def _follow(
    platform: Platform, system: SystemAccess, entry: Mapping[str, Any], message: _Message
) -> None:
    patient, method = entry["resource"], entry["request"]["method"]
    check(patient, "Bundle.entry[1].resource.entry.resource")
    links = patient.get("link", ())
    if method not in {"POST", "PUT"}:
        raise FeedNotFollowed
    replaced_by = [one for one in links if one.get("type") == "replaced-by"]
    if replaced_by and patient.get("active") is not True and len(links) == 1 and method == "PUT":
        await _suggest(platform, system, patient, _other(platform, replaced_by[0], message))
        return
    if links:
        raise FeedNotFollowed
    sent = {"fullUrl": entry.get("fullUrl") or uuid4().urn, "resource": patient}
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{**sent, "request": {"method": "POST", "url": "Patient"}}],
    }
    if isinstance(patient.get("meta"), dict):
        bundle["meta"] = patient["meta"]  # the scene it may name
    await collection.file_patiently(platform.pool, platform.keys, bundle, source_of(system))


async def _suggest(
    platform: Platform,
    system: SystemAccess,
    replaced: dict[str, Any],
    surviving: list[Certificate] | ResidentId,
) -> None:
    """Ask a registrar; counted like a look-up, since the answer says that both are known."""
    certificates = certificates_in(replaced)
    about = [f"merge|{one.normalised}" for one in certificates]
    await lookups.count_lookup(platform.pool, platform.keys, system, about)
    await collection.suggest_merge(
        platform.pool,
        platform.keys,
        replaced=certificates,
        surviving=surviving,
        source=source_of(system),
    )


def _other(
    platform: Platform, link: Mapping[str, Any], message: _Message
) -> list[Certificate] | ResidentId:
    """Whom the Patient was replaced by: our id, an identifier, or another entry of the message.

    Raises:
        NotFound: nobody who can be told.
    """
    other = link.get("other")
    other = other if isinstance(other, dict) else {}
    identifier, reference = other.get("identifier"), other.get("reference")
    if isinstance(identifier, dict):
        return list(
            readings_of(str(identifier.get("system", "")), str(identifier.get("value", "")))
        )
    if not isinstance(reference, str):
        raise NotFound
    for entry in message.entries:
        patient = entry["resource"]
        if reference in {entry.get("fullUrl"), f"{_PATIENT}{patient.get('id')}"}:
            return certificates_in(patient)
    return platform.keys.open_id(reference.rpartition(_PATIENT)[2])[0]


def _message(body: Mapping[str, Any]) -> _Message:
    """Header and history of a message Bundle.

    Raises:
        FeedMalformed: they are not there, or not of this feed.
    """
    resources = [entry["resource"] for entry in _entries(body, "message")]
    if len(resources) != 2 or resources[0].get("resourceType") != "MessageHeader":
        raise FeedMalformed
    if resources[0].get("eventUri") != EVENT:
        raise FeedMalformed("MessageHeader.eventUri is not that of a patient identity feed")
    entries = _entries(resources[1], "history")
    for entry in entries:
        asked = entry.get("request")
        is_asked = isinstance(asked, dict) and isinstance(asked.get("method"), str)
        if entry["resource"].get("resourceType") != "Patient" or not is_asked:
            raise FeedMalformed("the history holds Patients, each with its request")
    return _Message(resources[0], tuple(entries))


def _entries(bundle: Mapping[str, Any], type_: str) -> list[dict[str, Any]]:
    listed = bundle.get("entry")
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != type_:
        raise FeedMalformed(f"expected a Bundle of type {type_}")
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST_PATIENTS:
        raise FeedMalformed(f"expected 1 to {MOST_PATIENTS} entries")
    if not all(isinstance(one, dict) and isinstance(one.get("resource"), dict) for one in listed):
        raise FeedMalformed("an entry without its resource")
    return listed


def _issue(error: HealthCodeError, place: int) -> dict[str, Any]:
    code, _, issue_type = answer_of(error)
    return {
        "severity": "error",
        "code": issue_type,
        "details": {
            "coding": [{"system": ERROR_CODES, "code": code}],
            "text": first_line(type(error)),
        },
        "expression": [f"Bundle.entry[1].resource.entry[{place}]"],
    }


def _answer(url: str, message: _Message, issues: list[dict[str, Any]]) -> Response:
    """The response message: what was done, and each entry that was not."""
    header_id, outcome = str(uuid4()), uuid4().urn
    response: dict[str, Any] = {
        "identifier": str(message.header.get("id", "")) or "unnamed",
        "code": "fatal-error" if issues else "ok",
    }
    if issues:
        response["details"] = {"reference": outcome}
    header = {
        "resourceType": "MessageHeader",
        "id": header_id,
        "eventUri": EVENT,
        "source": {"name": "OpenHealthCode", "endpoint": url},
        "response": response,
    }
    entries: list[dict[str, Any]] = [{"fullUrl": f"urn:uuid:{header_id}", "resource": header}]
    if issues:
        told = {"resourceType": "OperationOutcome", "issue": issues}
        entries.append({"fullUrl": outcome, "resource": told})
    bundle = {"resourceType": "Bundle", "type": "message", "entry": entries}
    return Response(
        orjson.dumps(bundle), media_type=FHIR_JSON, headers={"Cache-Control": "no-store"}
    )

"""What consents say to others: to the institution a consent is for, and to the resident, in FHIR.

A recipient learns that it may look, what for, how and how long; never which categories: from those
left out it could tell what was refused. Refusals are nobody's but the resident's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from openhealthcode import audit, consent
from openhealthcode.consent import Consent, Manner, Restriction
from openhealthcode.database import Connection, Pool, announce, load_queries, transaction
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import ConsentId, EntryId, ResidentId
from openhealthcode.trust import Keys, UnreadableId

_QUERIES = load_queries("openhealthcode.access", "given.sql")
_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem"
CATEGORY_SYSTEM: Final = "urn:openhealthcode:record-category"
SENSITIVE_SYSTEM: Final = "urn:openhealthcode:sensitive-category"
KIND_SYSTEM: Final = "urn:openhealthcode:consent-kind"
USES_URL: Final = "urn:openhealthcode:consent-uses"
USED_URL: Final = "urn:openhealthcode:consent-used"


@dataclass(frozen=True, slots=True)
class Given:
    """A consent as a Consent resource, and whether it still holds."""

    resource: dict[str, Any]
    is_in_force: bool


async def consents_given_to(
    pool: Pool, keys: Keys, *, system: SystemAccess, patient: str
) -> list[Given]:
    """What a resident allowed this system's institution, in force or over, newest first; logged.

    Raises:
        NotFound: no such resident.
    """
    resident_id, _ = _named(keys, patient)
    async with transaction(pool, resident=resident_id) as connection:
        return await _given(connection, keys, resident_id, system)


async def consent_given_to(
    pool: Pool, keys: Keys, *, system: SystemAccess, fhir_id: str
) -> Given | None:
    """One of them by its id; None where there is none for this institution, which is not logged."""
    resident_id, consent_id = _named(keys, fhir_id)
    async with transaction(pool, resident=resident_id) as connection:
        if await _is_for(connection, keys, resident_id, ConsentId(consent_id), system) is None:
            return None
        found = await _given(connection, keys, resident_id, system, ConsentId(consent_id))
    return found[0]


async def give_back(pool: Pool, keys: Keys, *, system: SystemAccess, fhir_id: str) -> Given:
    """An institution gives a consent back that it no longer needs; nobody can give one this way.

    Raises:
        NotFound: no such consent, or another institution's.
        NothingToWithdraw: it is over already.
    """
    resident_id, consent_id = _named(keys, fhir_id)
    agent = audit.Agent(audit.AgentKind.SYSTEM, system.system_id, system.institution_id)
    async with transaction(pool, resident=resident_id) as connection:
        _, at = await audit.hold(connection, resident_id)
        mine = await _is_for(connection, keys, resident_id, ConsentId(consent_id), system)
        if mine is None:
            raise NotFound
        if not _is_in_force(mine, at):
            raise consent.NothingToWithdraw
        await consent.withdraw_within(connection, keys, resident_id, mine.consent_id, agent)
        await announce(connection, consent.topic_of(keys, resident_id))
        found = await _given(connection, keys, resident_id, system, mine.consent_id)
    return found[0]


async def own_consents(pool: Pool, keys: Keys, resident_id: ResidentId) -> dict[str, Any]:
    """Everything a resident allowed and refuses, whole, as a Bundle to take along; logged."""
    async with transaction(pool, resident=resident_id) as connection:
        _, at = await audit.hold(connection, resident_id)
        given = await consent.given_by(connection, keys.of(resident_id), resident_id)
        closed = await consent.refused_by(connection, keys.of(resident_id), resident_id)
        patient = await patient_of(connection, keys, resident_id)
        event = audit.Event(
            action=audit.Action.RECORD_COPY,
            agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
            detail={"consents": [one.consent_id.bytes for one in given]},
        )
        await audit.append(connection, keys, resident_id, event)
    resources = [_whole(keys, resident_id, patient, one, at) for one in given]
    resources += [_refusal(keys, resident_id, patient, one) for one in closed]
    head: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": at.isoformat(timespec="milliseconds"),
    }
    return head | ({"entry": [{"resource": one} for one in resources]} if resources else {})


async def _given(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    system: SystemAccess,
    wanted: ConsentId | None = None,
) -> list[Given]:
    """Read, log, and say it in FHIR."""
    _, at = await audit.hold(connection, resident_id)
    found = [
        one
        for one in await consent.given_by(connection, keys.of(resident_id), resident_id)
        if _is_theirs(one, system) and wanted in {None, one.consent_id}
    ]
    patient = await patient_of(connection, keys, resident_id)
    event = audit.Event(
        action=audit.Action.CONSENT_READ,
        agent=audit.Agent(audit.AgentKind.SYSTEM, system.system_id, system.institution_id),
        outcome=audit.Outcome.DONE if found else audit.Outcome.REFUSED,
        detail={"consents": [one.consent_id.bytes for one in found]},
    )
    await audit.append(connection, keys, resident_id, event)
    return [
        Given(consent_as_told(keys, resident_id, patient, one, at), _is_in_force(one, at))
        for one in found
    ]


async def _is_for(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    consent_id: ConsentId,
    system: SystemAccess,
) -> Consent | None:
    given = await consent.given_by(connection, keys.of(resident_id), resident_id)
    mine = (one for one in given if one.consent_id == consent_id and _is_theirs(one, system))
    return next(mine, None)


def _is_theirs(one: Consent, system: SystemAccess) -> bool:
    """Whether a consent is this institution's to know of: no override, and nobody else's."""
    return one.institution_id == system.institution_id and not one.is_override


def _is_in_force(one: Consent, at: datetime) -> bool:
    return one.withdrawn_at is None and at < one.end_at


async def patient_of(connection: Connection, keys: Keys, resident_id: ResidentId) -> str:
    """How FHIR refers to the resident; empty when the record does not say who it is."""
    entry_id = await connection.fetchval(_QUERIES["patient"], resident_id)
    return f"Patient/{keys.seal_id(resident_id, EntryId(entry_id))}" if entry_id else ""


def _named(keys: Keys, fhir_id: str) -> tuple[ResidentId, EntryId]:
    """Whom an id names; a resident without keys, never known or destroyed, is nobody."""
    try:
        resident_id, entry_id = keys.open_id(fhir_id)
    except UnreadableId:
        raise NotFound from None
    keys.of(resident_id)
    return resident_id, entry_id


def consent_as_told(
    keys: Keys, resident_id: ResidentId, patient: str, one: Consent, at: datetime
) -> dict[str, Any]:
    """What a recipient learns of a consent. Source: FHIR R4, Consent; v3-ActReason."""
    ended_at = min(one.withdrawn_at or one.end_at, one.end_at)
    actions = ["access", "collect"] if one.manner is Manner.KEEP else ["access"]
    uses = [{"url": USES_URL, "valueInteger": one.uses.allowed}] if one.uses else []
    used = [{"url": USED_URL, "valueInteger": len(one.uses.made)}] if one.uses else []
    return {
        "resourceType": "Consent",
        "id": keys.seal_id(resident_id, EntryId(one.consent_id)),
        **({"extension": uses + used} if uses else {}),
        "status": "active" if _is_in_force(one, at) else "inactive",
        "scope": _concept("consentscope", "patient-privacy"),
        "category": [{"coding": [{"system": KIND_SYSTEM, "code": one.kind.value}]}],
        **({"patient": {"reference": patient}} if patient else {}),
        "dateTime": one.granted_at.isoformat(timespec="milliseconds"),
        "policyRule": _concept("v3-ActCode", "OPTIN"),
        "provision": {
            "type": "permit",
            "period": {
                "start": one.granted_at.isoformat(timespec="milliseconds"),
                "end": ended_at.isoformat(timespec="milliseconds"),
            },
            "actor": _actors(one.institution_id, one.practitioner_id, one.department),
            "action": [_concept("consentaction", code) for code in actions],
            "purpose": [_coding("v3-ActReason", one.purpose.value)],
        },
    }


def _whole(
    keys: Keys, resident_id: ResidentId, patient: str, one: Consent, at: datetime
) -> dict[str, Any]:
    """As told to the recipient, and which categories and closed kinds it opens."""
    told = consent_as_told(keys, resident_id, patient, one, at)
    told["provision"] |= _what(one.categories, one.sensitive)
    return told


def _refusal(keys: Keys, resident_id: ResidentId, patient: str, one: Restriction) -> dict[str, Any]:
    refusal = one.refusal
    actors = _actors(refusal.institution_id, refusal.practitioner_id, refusal.department)
    if refusal.institution_kind is not None:
        actors = [{"role": _concept("v3-ParticipationType", "IRCP"),
                   "reference": {"display": refusal.institution_kind.value}}]  # fmt: skip
    purposes = ["TREAT", "HPAYMT", "PUBHLTH", *(["ETREAT"] if refusal.in_emergencies else [])]
    return {
        "resourceType": "Consent",
        "id": keys.seal_id(resident_id, EntryId(one.consent_id)),
        "status": "active",
        "scope": _concept("consentscope", "patient-privacy"),
        "category": [{"coding": [{"system": KIND_SYSTEM, "code": "restriction"}]}],
        **({"patient": {"reference": patient}} if patient else {}),
        "dateTime": one.since.isoformat(timespec="milliseconds"),
        "policyRule": _concept("v3-ActCode", "OPTOUT"),
        "provision": {
            "type": "deny",
            "period": {"start": one.since.isoformat(timespec="milliseconds")},
            **({"actor": actors} if actors else {}),
            "purpose": [_coding("v3-ActReason", code) for code in purposes],
            **_what(refusal.categories, refusal.sensitive),
        },
    }


def _what(categories: frozenset[Any], sensitive: frozenset[Any]) -> dict[str, Any]:
    classes = [{"system": CATEGORY_SYSTEM, "code": one.value} for one in sorted(categories)]
    labels = [{"system": SENSITIVE_SYSTEM, "code": one.value} for one in sorted(sensitive)]
    return ({"class": classes} if classes else {}) | ({"securityLabel": labels} if labels else {})


def _actors(
    institution_id: object, practitioner_id: object, department: str | None
) -> list[dict[str, Any]]:
    """The recipients, the institution first. Source: v3-ParticipationType, IRCP."""
    references: list[dict[str, str]] = []
    if institution_id is not None:
        references.append({"reference": f"Organization/{institution_id}"})
    if practitioner_id is not None:
        references.append({"reference": f"Practitioner/{practitioner_id}"})
    if department is not None:
        references.append({"display": department})
    role = _concept("v3-ParticipationType", "IRCP")
    return [{"role": role, "reference": reference} for reference in references]


def _coding(system: str, code: str) -> dict[str, str]:
    return {"system": f"{_TERMINOLOGY}/{system}", "code": code}


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [_coding(system, code)]}

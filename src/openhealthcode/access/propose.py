"""A system proposes a consent; its resident answers on the phone, or lets it pass.

What became of it the system reads by its id. A refusal and silence look the same to it, so that
nobody is pressed for having refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from openhealthcode import audit, consent
from openhealthcode.access import notices
from openhealthcode.access.given import consent_as_told, patient_of
from openhealthcode.consent import Answer, Ask, ConsentRequest, Manner
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.sign_in import Outbox, SystemAccess, limits, proposal_notice
from openhealthcode.sign_in.limits import Limit
from openhealthcode.standards import (
    InvalidInput,
    NotFound,
    PurposeOfUse,
    RecordCategory,
    Scene,
    TooManyAttempts,
)
from openhealthcode.standards.ids import EntryId, RequestId, ResidentId
from openhealthcode.trust import Keys, UnreadableId

_PER_RESIDENT: Final = (Limit(2, timedelta(days=1)),)
"""So often may one institution propose something to one resident."""
_PER_SYSTEM: Final = (Limit(60, timedelta(minutes=1)), Limit(2_000, timedelta(days=1)))


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a system would like: which categories, for how long, and whether to keep copies."""

    categories: frozenset[RecordCategory]
    lifetime_seconds: int
    manner: Manner
    scene: Scene = Scene.CONSULTATION


async def propose_consent(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    *,
    system: SystemAccess,
    patient: str,
    proposal: Proposal,
) -> dict[str, Any]:
    """Put a proposal before the resident and tell their phones that there is one; logged.

    Returns:
        it as a Consent resource with the status ``proposed``.

    Raises:
        NotFound: no such resident.
        InvalidInput: nothing proposed, or for longer than 24 hours.
        TooManyAttempts: more proposals than a resident, or anybody, should have to answer.
    """
    try:
        resident_id, _ = keys.open_id(patient)
    except UnreadableId:
        raise NotFound from None
    keys.of(resident_id)
    await _count(pool, keys, resident_id, system)
    wanted = Ask(
        purpose=PurposeOfUse.TREATMENT,
        scene=proposal.scene,
        categories=proposal.categories,
        lifetime_seconds=proposal.lifetime_seconds,
        manner=proposal.manner,
    )
    agent = audit.Agent(audit.AgentKind.SYSTEM, system.system_id, system.institution_id)
    async with transaction(pool, resident=resident_id) as connection:
        asked, logged = await consent.propose(
            connection, keys, resident_id, wanted, agent, system.institution_id
        )
        owed = await notices.owe(connection, keys, resident_id, logged, proposal_notice)
        told = await _as_told(connection, keys, resident_id, asked, logged.at)
    await notices.hand_over(pool, outbox, owed)
    return told


async def proposed_by(
    pool: Pool, keys: Keys, *, system: SystemAccess, fhir_id: str
) -> dict[str, Any] | None:
    """What became of a proposal of this system's institution; None if the id names none."""
    try:
        resident_id, request_id = keys.open_id(fhir_id)
    except UnreadableId:
        return None
    resident_keys = keys.of(resident_id)
    async with transaction(pool, resident=resident_id) as connection:
        asked = await consent.stored_request(
            connection, resident_keys.labels, resident_id, RequestId(request_id)
        )
        is_theirs = asked is not None and asked.institution_id == system.institution_id
        if asked is None or asked.practitioner_id is not None or not is_theirs:
            return None
        _, at = await audit.hold(connection, resident_id)
        told = await _as_told(connection, keys, resident_id, asked, at)
        event = audit.Event(
            action=audit.Action.CONSENT_READ,
            agent=audit.Agent(audit.AgentKind.SYSTEM, system.system_id, system.institution_id),
            detail={"consents": [asked.consent_id.bytes] if asked.consent_id else []},
        )
        await audit.append(connection, keys, resident_id, event)
    return told


async def _as_told(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    asked: ConsentRequest,
    at: datetime,
) -> dict[str, Any]:
    """The consent that came of it under the proposal's id; until then, what was proposed."""
    patient = await patient_of(connection, keys, resident_id)
    fhir_id = keys.seal_id(resident_id, EntryId(asked.request_id))
    if asked.answer is Answer.ALLOWED:
        given = await consent.given_by(connection, keys.of(resident_id), resident_id)
        one = next(each for each in given if each.consent_id == asked.consent_id)
        return consent_as_told(keys, resident_id, patient, one, at) | {"id": fhir_id}
    is_over = asked.expires_at <= at
    return {
        "resourceType": "Consent",
        "id": fhir_id,
        "status": "rejected" if is_over else "proposed",
        "scope": _concept("consentscope", "patient-privacy"),
        "category": [{"coding": [{"system": "urn:openhealthcode:consent-kind", "code": "visit"}]}],
        **({"patient": {"reference": patient}} if patient else {}),
        "dateTime": asked.asked_at.isoformat(timespec="milliseconds"),
        "policyRule": _concept("v3-ActCode", "OPTIN"),
        "provision": {"period": {"end": asked.expires_at.isoformat(timespec="milliseconds")}},
    }


async def _count(pool: Pool, keys: Keys, resident_id: ResidentId, system: SystemAccess) -> None:
    """Whoever may propose could otherwise do nothing else to somebody all day."""
    now = datetime.now(UTC)
    pair = keys.blind_index("proposals", f"{system.institution_id}|{resident_id}")
    whole = keys.blind_index("proposals per system", str(system.system_id))
    if not await limits.take(pool, whole, _PER_SYSTEM, now):
        raise TooManyAttempts
    if not await limits.take(pool, pair, _PER_RESIDENT, now):
        raise TooManyAttempts


def _concept(system: str, code: str) -> dict[str, Any]:
    address = f"http://terminology.hl7.org/CodeSystem/{system}"
    return {"coding": [{"system": address, "code": code}]}


def proposal_of(categories: frozenset[str], seconds: int, actions: frozenset[str]) -> Proposal:
    """A proposal from the words of a Consent resource.

    Raises:
        InvalidInput: categories or actions this service does not know.
    """
    if not categories <= set(RecordCategory) or not actions <= {"access", "collect"}:
        raise InvalidInput("a proposal names categories of this service, to access or collect")
    return Proposal(
        categories=frozenset(map(RecordCategory, categories)),
        lifetime_seconds=seconds,
        manner=Manner.KEEP if "collect" in actions else Manner.VIEW,
    )

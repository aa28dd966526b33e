"""The resident closes something ahead of any request, and lifts that again."""

from __future__ import annotations

from uuid import uuid4

from openhealthcode import audit, registry
from openhealthcode.consent import rules, store
from openhealthcode.consent.ask import topic_of, topic_of_consent
from openhealthcode.consent.elsewhere import end_elsewhere, kept_under, under_every_id
from openhealthcode.consent.errors import NothingToWithdraw
from openhealthcode.consent.model import Refusal, Restriction
from openhealthcode.database import Connection, Pool, announce, transaction
from openhealthcode.standards import InvalidInput, PurposeOfUse
from openhealthcode.standards.ids import ConsentId, ResidentId
from openhealthcode.trust import Keys

_OTHERS_LOOK = PurposeOfUse.TREATMENT


async def restrict(pool: Pool, keys: Keys, resident_id: ResidentId, refusal: Refusal) -> ConsentId:
    """Close what the refusal says, whatever was or will be allowed, until it is lifted.

    It holds on the next look. Nobody is told: what is closed and what is absent look the same.

    Raises:
        InvalidInput: it closes nothing, or names somebody who does not work there.
        NotFound: no such institution or practitioner.

    Source: PIPL art. 44 (to restrict or refuse the handling by others).
    """
    rules.check_refusal(refusal)
    await _check_recipient(pool, refusal)
    consent_id = ConsentId(uuid4())
    async with transaction(pool, resident=resident_id) as connection:
        event = _event(audit.Action.CONSENT_RESTRICT, resident_id, consent_id, refusal)
        logged = await audit.append(connection, keys, resident_id, event, changes_consent=True)
        provisions = rules.provisions_of_a_refusal(refusal, consent_id=consent_id, at=logged.at)
        restriction = Restriction(consent_id=consent_id, refusal=refusal, since=logged.at)
        await store.insert_restriction(
            connection, keys.of(resident_id), resident_id, restriction, provisions, logged.number
        )
        await announce(connection, topic_of(keys, resident_id))
    return consent_id


async def lift(pool: Pool, keys: Keys, resident_id: ResidentId, consent_id: ConsentId) -> None:
    """Lift a refusal; whoever calls has just verified that it is the resident.

    What was allowed at visits ends with it: the resident saw a preview that this refusal had made
    shorter. Standing consents go on and show what is no longer closed.

    Raises:
        NothingToWithdraw: not this resident's, or lifted before.
    """
    async with transaction(pool, resident=resident_id) as connection:
        under = await kept_under(connection, keys, resident_id, consent_id)
        event = _event(audit.Action.CONSENT_LIFT, resident_id, consent_id)
        logged = await audit.append(connection, keys, under, event, changes_consent=True)
        if not await store.lift(connection, under, consent_id, logged.at, logged.number):
            raise NothingToWithdraw
        await end_visits(connection, keys, under, logged)
        await announce(connection, topic_of(keys, resident_id))


async def restrictions(pool: Pool, keys: Keys, resident_id: ResidentId) -> list[Restriction]:
    """What this resident refuses now, newest first."""
    async with transaction(pool, resident=resident_id) as connection:
        standing = await under_every_id(connection, keys, resident_id, store.restrictions)
    return sorted(standing, key=lambda one: one.since, reverse=True)


async def end_visits(
    connection: Connection, keys: Keys, resident_id: ResidentId, logged: audit.Appended
) -> None:
    """End what was allowed at visits, because from this event on it would show more than was seen.

    Args:
        connection: the transaction that logged the event.
        keys: the installation's.
        resident_id: whose.
        logged: the event that opens something again.
    """
    ended = await store.end_visits(connection, resident_id, logged.at, logged.number)
    for consent_id in ended:
        await announce(connection, topic_of_consent(keys, consent_id))
    event = audit.Event(
        action=audit.Action.CONSENT_WITHDRAW,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        detail={"visits": True, "through": resident_id.bytes},
    )
    await end_elsewhere(connection, keys, resident_id, ended, event)


async def _check_recipient(pool: Pool, refusal: Refusal) -> None:
    if refusal.institution_id is not None:
        await registry.institution(pool, refusal.institution_id)
    if refusal.practitioner_id is not None:
        somebody = await registry.practitioner(pool, refusal.practitioner_id)
        if somebody.institution_id != refusal.institution_id:
            raise InvalidInput("this person does not work there")


def _event(
    action: audit.Action,
    resident_id: ResidentId,
    consent_id: ConsentId,
    refusal: Refusal | None = None,
) -> audit.Event:
    detail: dict[str, object] = {"consent": consent_id.bytes}
    if refusal is not None:
        practitioner_id, institution_id = refusal.practitioner_id, refusal.institution_id
        detail |= {
            "institution": institution_id.bytes if institution_id else None,
            "practitioner": practitioner_id.bytes if practitioner_id else None,
            "department": refusal.department,
            "kind": refusal.institution_kind,
            "closed": sorted(refusal.categories),
            "sensitive": sorted(refusal.sensitive),
            "emergencies": refusal.in_emergencies,
        }
    return audit.Event(
        action=action, agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id), detail=detail
    )

"""Emergency: the minimum set, without an answer, told to the resident at once."""

from __future__ import annotations

from datetime import UTC, datetime

from openhealthcode import audit, consent, healthcode, identity
from openhealthcode.access import notices
from openhealthcode.access.notices import Notice
from openhealthcode.consent import TriageTooLow, emergency
from openhealthcode.database import Connection, Pool, enter, transaction
from openhealthcode.identity import reading as identity_reading
from openhealthcode.sign_in import Outbox, contact_notice, override_notice
from openhealthcode.standards import Certificate, NotFound
from openhealthcode.standards.ids import (
    ConsentId,
    InstitutionId,
    PractitionerId,
    ResidentId,
    TerminalId,
)
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey


async def break_glass(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    presented: healthcode.Presentation,
    *,
    triage_level: int,
    reason: str,
) -> ConsentId:
    """Open the fixed minimum set to the practitioner to whom the code was presented.

    Raises:
        TriageTooLow: level 4 or 5, which is logged.
        InvalidInput: no such triage level, or no reason in words.
    """
    author = emergency.author_key(keys, presented.practitioner_id)
    resident_id = presented.resident_id

    async def once() -> tuple[ConsentId | None, list[Notice]]:
        async with transaction(pool, resident=resident_id, lookup=(author,)) as connection:
            override = await consent.break_glass(
                connection,
                keys,
                resident_id,
                practitioner_id=presented.practitioner_id,
                institution_id=presented.institution_id,
                triage_level=triage_level,
                reason=reason,
            )
            return override, await _owe(connection, keys, resident_id) if override else []

    override, owed = await audit.until_free(once)
    if override is None:
        raise TriageTooLow
    await notices.hand_over(pool, outbox, owed)
    return override


async def break_glass_for(  # noqa: PLR0913 - who, whom, why: all of it is logged
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    certificate: Certificate,
    *,
    practitioner_id: PractitionerId,
    institution_id: InstitutionId,
    terminal_id: TerminalId,
    triage_level: int,
    reason: str,
) -> healthcode.Presentation:
    """Open the minimum set of somebody who cannot show a code and carries a document.

    Nothing is told about a number that nobody here has; each try at one that somebody has is in
    that person's log and on that person's phone.

    Raises:
        NotFound: no resident has this certificate.
        TriageTooLow: level 4 or 5, which is logged.
        InvalidInput: no such triage level, or no reason in words.
    """
    resident_id = await identity.find(pool, keys, certificate)
    if resident_id is None:
        raise NotFound
    author = emergency.author_key(keys, practitioner_id)

    async def once() -> tuple[healthcode.Presentation | None, list[Notice]]:
        async with transaction(pool, resident=resident_id, lookup=(author,)) as connection:
            override = await consent.break_glass(
                connection,
                keys,
                resident_id,
                practitioner_id=practitioner_id,
                institution_id=institution_id,
                triage_level=triage_level,
                reason=reason,
            )
            if override is None:
                return None, []
            presented = await healthcode.arrive_unconscious(
                connection,
                resident_id,
                practitioner_id=practitioner_id,
                institution_id=institution_id,
                terminal_id=terminal_id,
                now=datetime.now(UTC),
            )
            return presented, await _owe(connection, keys, resident_id)

    presented, owed = await audit.until_free(once)
    if presented is None:
        raise TriageTooLow
    await notices.hand_over(pool, outbox, owed)
    return presented


async def _owe(connection: Connection, keys: Keys, resident_id: ResidentId) -> list[Notice]:
    """Owe the resident's phones and emergency contacts a message; open pages hear at commit.

    It is stored with the override that was just logged: whatever becomes of this process, they are
    told. The override stands, whatever becomes of the messages. Where entries were merged it opened
    each of them, and the phones of each are told.
    """
    owed = []
    for one in reversed(await identity.ids_of(connection, keys, resident_id)):
        await enter(connection, resident=one)
        try:
            owed += await _owe_under(connection, keys, one)
        except (NotFound, UnknownKey, DestroyedKey):  # that account was closed
            if one == resident_id:
                raise
    return owed


async def _owe_under(connection: Connection, keys: Keys, resident_id: ResidentId) -> list[Notice]:
    """What is owed to the phones and contacts of one id; the transaction is turned to it."""
    phones = await identity_reading.bound_phones(connection, keys, resident_id)
    contacts = await identity_reading.emergency_contacts(connection, keys, resident_id)
    who = await identity_reading.demographics(connection, keys, resident_id)
    messages = [override_notice(phone, who.language) for phone in phones] + [
        contact_notice(one.phone, who.masked_name, who.language) for one in contacts
    ]
    state, at = await audit.chain(connection, resident_id)
    logged = audit.Appended(state.next_number - 1, at)
    return await notices.keep(connection, keys, resident_id, logged, messages)

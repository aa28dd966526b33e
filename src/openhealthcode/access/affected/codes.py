"""Take back the codes of those a leak concerns: what was copied with their records opens nothing more.

What a resident allowed stands: a consent names who may look, not what was shown at the counter. Each
reads in the log what was taken back and hears of it on the phone; a new code, card or certificate is
made as the first one was.
"""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from openhealthcode import audit, healthcode, identity
from openhealthcode.access import notices
from openhealthcode.access.affected.concerned import Scope, Told, in_portions, shown_to
from openhealthcode.access.carried.card import revoke_cards
from openhealthcode.audit import reading as log
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.healthcode import CodeType, signed
from openhealthcode.sign_in import Outbox, residents, taken_back_notice
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey


class Code(StrEnum):
    """What of a resident's is taken back. A word once used keeps its meaning: logs hold it."""

    PAPER = "paper"
    """Printed cards and temporary codes."""
    CERTIFICATE = "certificate"
    """Health cards and certificates that the resident had made."""
    PHONE = "phone"
    """Phones are signed out; what they show or hold for when there is no network opens nothing."""


async def take_codes_back(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    scope: Scope,
    breach_id: UUID,
    codes: frozenset[Code],
    by: audit.Agent,
) -> Told:
    """Take back the codes of whoever is concerned, some hundreds at once; nobody's twice."""

    async def act(resident_id: ResidentId) -> bool | None:
        taken = [
            await _take_back(pool, keys, outbox, one, breach_id, codes, by)
            for one in await _person(pool, keys, resident_id)
        ]
        known = [is_new for is_new in taken if is_new is not None]
        return any(known) if known else None

    return await in_portions(await shown_to(pool, scope), act)


async def _person(pool: Pool, keys: Keys, resident_id: ResidentId) -> tuple[ResidentId, ...]:
    """Every id of the person, where entries were merged; none of an account that was closed."""
    try:
        async with transaction(pool, resident=resident_id) as connection:
            return tuple(await identity.ids_of(connection, keys, resident_id))
    except (NotFound, UnknownKey, DestroyedKey):
        return ()


async def _take_back(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    resident_id: ResidentId,
    breach_id: UUID,
    codes: frozenset[Code],
    by: audit.Agent,
) -> bool | None:
    """Whether this took something back; False where that was done before, None where nobody is there."""
    event = audit.Event(
        action=audit.Action.BREACH_TAKE_BACK,
        agent=by,
        detail={"breach": breach_id.bytes, "codes": sorted(codes)},
    )
    try:
        async with transaction(pool, resident=resident_id) as connection:
            await audit.hold(connection, resident_id)
            if codes <= await _taken_before(connection, keys, resident_id, breach_id):
                return False
            logged = await audit.append(connection, keys, resident_id, event)
            owed = await notices.owe(connection, keys, resident_id, logged, taken_back_notice)
            await _revoke(connection, keys, resident_id, codes, logged)
    except (NotFound, UnknownKey, DestroyedKey):
        return None
    await notices.hand_over(pool, outbox, owed)
    return True


async def _taken_before(
    connection: Connection, keys: Keys, resident_id: ResidentId, breach_id: UUID
) -> set[str]:
    lines = await log.of_actions(
        connection, keys, resident_id, [audit.Action.BREACH_TAKE_BACK.value]
    )
    own = [line for line in lines if line.detail.get("breach") == breach_id.bytes]
    return {str(code) for line in own for code in line.detail.get("codes", ())}


async def _revoke(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    codes: frozenset[Code],
    logged: audit.Appended,
) -> None:
    if Code.PAPER in codes:
        await healthcode.revoke_cards(connection, resident_id, logged.at)
    if Code.CERTIFICATE in codes:
        await revoke_cards(connection, keys, resident_id, logged.at)
    if Code.PHONE in codes:
        ended = await residents.end_sessions(connection, resident_id, logged.at)
        await signed.revoke_codes(connection, resident_id, {CodeType.OFFLINE}, logged.at)
        await healthcode.retire_devices(connection, ended)  # last: it replaces what is looked up

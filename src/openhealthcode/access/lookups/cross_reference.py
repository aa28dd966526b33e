"""Which numbers of one person an institution gave the master index, from one of them (PIX).

An institution hears back the certificates it delivered itself and the id this server gave, never
what others delivered: who can name one number could otherwise collect all of somebody's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic

from openhealthcode import audit, identity
from openhealthcode.access.lookups.guard import (
    count_empty,
    count_lookup,
    settle,
    watch,
)
from openhealthcode.database import Connection, Pool, enter, transaction
from openhealthcode.identity import linking
from openhealthcode.identity import reading as identity_reading
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import Certificate, NotFound
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey, UnreadableId


@dataclass(frozen=True, slots=True)
class CrossReference:
    """One person as one institution knows them.

    Args:
        public_id: ours; opens nothing.
        named: what was asked for, as it was delivered.
        certificates: what else the institution delivered.
    """

    public_id: str
    named: tuple[Certificate, ...] = field(repr=False)
    certificates: tuple[Certificate, ...] = field(repr=False)


async def cross_reference(
    pool: Pool, keys: Keys, *, system: SystemAccess, named: Sequence[Certificate]
) -> CrossReference:
    """Whose certificate this is, for an institution that delivered it itself.

    Args:
        named: one certificate, in each of the ways in which its number can be read.

    Raises:
        NotFound: unknown, or never delivered by this institution; which, it does not say.
        TooManyAttempts: more look-ups than anybody needs.
    """
    started = monotonic()
    about = [f"certificate|{one.normalised}" for one in named]
    await count_lookup(pool, keys, system, about[:1])
    residents = await identity.find_all(pool, keys, named)
    await watch(pool, keys, system, named, residents)
    for resident_id in residents:
        found = await _known_to(pool, keys, resident_id, system, named)
        if found is not None:
            return found
    await count_empty(pool, keys, system)
    await settle(started)
    raise NotFound


async def own_numbers(
    pool: Pool, keys: Keys, *, system: SystemAccess, public_id: str
) -> CrossReference:
    """The same, from the id this server gave.

    Raises:
        As ``cross_reference``.
    """
    started = monotonic()
    await count_lookup(pool, keys, system, [f"id|{public_id}"])
    try:
        resident_id, _ = keys.open_id(public_id)
        found = await _known_to(pool, keys, resident_id, system, ())
    except UnreadableId:
        found = None
    if found is None:
        await count_empty(pool, keys, system)
        await settle(started)
        raise NotFound
    return found


async def _known_to(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    system: SystemAccess,
    named: Sequence[Certificate],
) -> CrossReference | None:
    """What the institution delivered about this person, if the number asked for is among it."""
    asked = {certificate.normalised for certificate in named}
    own: dict[str, Certificate] = {}
    async with transaction(pool) as connection:
        ids = await linking.ids_of(connection, keys, resident_id)
        known = []
        for one in ids:
            delivered = await _delivered(connection, keys, one, system)
            if delivered is not None:
                known.append(one)
                own |= {each.normalised: each for each in delivered}
        if ids[0] not in known or not own or (named and not own.keys() & asked):
            return None
        for one in sorted(known):
            await enter(connection, resident=one)
            await audit.append(connection, keys, one, _event(system))
    return CrossReference(
        keys.seal_id(ids[0], EntryId(ids[0])),
        tuple(each for text, each in own.items() if text in asked),
        tuple(each for text, each in own.items() if text not in asked),
    )


async def _delivered(
    connection: Connection, keys: Keys, resident_id: ResidentId, system: SystemAccess
) -> tuple[Certificate, ...] | None:
    """What the institution delivered under one id; nothing at all if the account is closed."""
    await enter(connection, resident=resident_id)
    try:
        await audit.chain(connection, resident_id)
        return await identity_reading.certificates_from(
            connection, keys, resident_id, system.institution_id
        )
    except (NotFound, UnknownKey, DestroyedKey):
        return None


def _event(system: SystemAccess) -> audit.Event:
    agent = audit.Agent(audit.AgentKind.SYSTEM, system.system_id, system.institution_id)
    return audit.Event(action=audit.Action.RESIDENT_MATCH, agent=agent)

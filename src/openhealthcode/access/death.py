"""A death is registered at a counter: nothing of the resident's own stands any more.

Sessions, phones and codes end, and every consent in force is withdrawn, in the transaction that
registers it. What is left is the record, closed to everybody but close relatives who prove it at a
counter (``representatives``), unless the resident wished otherwise, and to whoever filed an entry.

Source: PIPL art. 49.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from openhealthcode import audit, consent, healthcode, identity, representation
from openhealthcode.access.acting import device_of, facts_of
from openhealthcode.access.representatives import Named, find_at_counter
from openhealthcode.database import Connection, Pool, announce, enter, transaction
from openhealthcode.healthcode import signed
from openhealthcode.identity import linking
from openhealthcode.sign_in import residents
from openhealthcode.standards import Conflict, InvalidInput, NotFound, day_of
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


async def register_death(
    pool: Pool, keys: Keys, clerk: audit.Agent, named: Named, day: date
) -> None:
    """Register a death on the document a clerk has seen.

    Raises:
        NotFound: nobody is registered with this card and name.
        InvalidInput: a day to come, or before birth.
        Conflict: it is registered already.
    """
    resident_id = await find_at_counter(pool, keys, clerk, named)
    event = audit.Event(
        action=audit.Action.DEATH_REGISTER, agent=clerk, detail={"day": day.isoformat()}
    )
    async with transaction(pool, resident=resident_id) as connection:
        held = await linking.hold_all(connection, keys, resident_id)
        facts = await facts_of(connection, keys, resident_id)
        if facts.has_died:
            raise Conflict
        born = facts.birth_date
        if day > day_of(held.at) or (born is not None and day < born):
            raise InvalidInput("no such day")
        for one in sorted(held.open_ids):  # where entries were merged, the death is that of each
            await enter(connection, resident=one)
            await _register(connection, keys, (one, resident_id), day, event)


async def _register(
    connection: Connection,
    keys: Keys,
    ids: tuple[ResidentId, ResidentId],
    day: date,
    event: audit.Event,
) -> None:
    """Register a death under one id as under the one named, and end what was that one's own."""
    resident_id, named = ids
    logged = await audit.append(connection, keys, resident_id, event, changes_consent=True)
    resident_keys = keys.of(resident_id)
    if await representation.died(connection, resident_keys, resident_id) is None:
        registered_as = None if resident_id == named else named
        await representation.add_death(
            connection, resident_keys, resident_id, day, logged, registered_as
        )
    await consent.withdraw_all(connection, keys, resident_id, event.agent)
    await identity.unbind_all(connection, resident_id, datetime.now(UTC))
    ended = await residents.end_sessions(connection, resident_id, datetime.now(UTC))
    helpers = await representation.representations(connection, resident_keys, resident_id)
    await announce(connection, consent.topic_of(keys, resident_id))
    devices = [device_of(keys, one.representation_id) for one in helpers]
    await healthcode.retire_devices(connection, [*ended, *devices])
    await signed.revoke_codes(connection, resident_id, signed.EVERY_KIND, logged.at)


async def take_death_back(pool: Pool, keys: Keys, clerk: audit.Agent, named: Named) -> None:
    """A death was registered in error: the resident binds a phone anew and gives consents anew.

    Raises:
        NotFound: nobody is registered with this card and name, or no death of theirs.
    """
    resident_id = await find_at_counter(pool, keys, clerk, named)
    event = audit.Event(action=audit.Action.DEATH_TAKE_BACK, agent=clerk)
    async with transaction(pool, resident=resident_id) as connection:
        held = await linking.hold_all(connection, keys, resident_id)
        taken_back = []
        for one in sorted(held.open_ids):
            await enter(connection, resident=one)
            logged = await audit.append(connection, keys, one, event, changes_consent=True)
            taken_back.append(await representation.take_death_back(connection, one, logged))
        if not any(taken_back):
            raise NotFound

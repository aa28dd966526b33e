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
from openhealthcode.database import Pool, announce, transaction
from openhealthcode.sign_in import residents
from openhealthcode.standards import Conflict, InvalidInput, NotFound
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
        _, at = await audit.hold(connection, resident_id)
        facts = await facts_of(connection, keys, resident_id)
        if facts.has_died:
            raise Conflict
        born = facts.birth_date
        if day > representation.day_of(at) or (born is not None and day < born):
            raise InvalidInput("no such day")
        logged = await audit.append(connection, keys, resident_id, event, changes_consent=True)
        resident_keys = keys.of(resident_id)
        await representation.add_death(connection, resident_keys, resident_id, day, logged)
        await consent.withdraw_all(connection, keys, resident_id, clerk)
        await identity.unbind_all(connection, resident_id, datetime.now(UTC))
        ended = await residents.end_sessions(connection, resident_id, datetime.now(UTC))
        helpers = await representation.representations(connection, resident_keys, resident_id)
        await announce(connection, consent.topic_of(keys, resident_id))
        devices = [device_of(keys, one.representation_id) for one in helpers]
        await healthcode.retire_devices(connection, [*ended, *devices])


async def take_death_back(pool: Pool, keys: Keys, clerk: audit.Agent, named: Named) -> None:
    """A death was registered in error: the resident binds a phone anew and gives consents anew.

    Raises:
        NotFound: nobody is registered with this card and name, or no death of theirs.
    """
    resident_id = await find_at_counter(pool, keys, clerk, named)
    event = audit.Event(action=audit.Action.DEATH_TAKE_BACK, agent=clerk)
    async with transaction(pool, resident=resident_id) as connection:
        logged = await audit.append(connection, keys, resident_id, event, changes_consent=True)
        if not await representation.take_death_back(connection, resident_id, logged):
            raise NotFound

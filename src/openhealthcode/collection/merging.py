"""A registrar decides that entries of the index are one person, are not, or relate.

A merge moves no rows: what is filed under either id stays there, and whatever is delivered meanwhile
is filed under the id its certificates name. Undoing it therefore separates exactly. Of the consents,
one given while the entries were one person covers all of them; undone, it goes on under the id it
was given under and ends under the others. ``access.merge`` and ``access.unmerge`` do the same and
tell the residents: pages and interfaces call those.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from openhealthcode import audit, consent, representation
from openhealthcode.database import Connection, Pool, announce, enter, transaction
from openhealthcode.identity import linking
from openhealthcode.identity.linking import Done, History, Merge, RelationKind, Suggestion
from openhealthcode.standards.ids import MergeId, ResidentId
from openhealthcode.trust import Keys

Owe = Callable[[Connection, Done], Awaitable[None]]
"""What else is written in the transaction of a decision: the messages owed to the residents."""


async def merge(
    pool: Pool,
    keys: Keys,
    survivor: ResidentId,
    other: ResidentId,
    reason: str,
    clerk: audit.Agent,
    *,
    suggestion: Suggestion | None = None,
    owe: Owe | None = None,
) -> Merge:
    """Decide that two entries are one person; every look covers both from its commit on.

    Args:
        survivor: whose id the person has from now on.
        reason: in words; sealed under both residents' keys.
        suggestion: what led the registrar here, as it was shown.
        owe: writes the messages owed for it, in the same transaction.

    Raises:
        InvalidInput: no reason, or too long a one.
        AlreadyOnePerson, KnownApart, TooManyMerged: it cannot be.
        UnknownChain: one of them is not there, or closed the account.
        ChainMoved: others went on deciding about them; try again.
    """

    async def decide(connection: Connection) -> Done:
        return await linking.merge(connection, keys, survivor, other, reason, clerk, suggestion)

    return (await _decided(pool, keys, survivor, decide, owe)).merge


async def unmerge(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    merge_id: MergeId,
    reason: str,
    clerk: audit.Agent,
    *,
    owe: Owe | None = None,
) -> Merge:
    """Undo a merge, whatever was merged since: all is as if it had never been made.

    Consents that reached one entry by the merge alone end there, in the same transaction.

    Args:
        resident_id: any id of the person.

    Raises:
        InvalidInput: no reason, or too long a one.
        NotMerged: undone before, or not this person's.
        UnknownChain: the resident is not there. ChainMoved: as ``merge`` says.
    """

    async def decide(connection: Connection) -> Done:
        done = await linking.unmerge(connection, keys, resident_id, merge_id, reason, clerk)
        for one, person in done.persons.items():
            await enter(connection, resident=one)
            await consent.end_shared(connection, keys, one, person, clerk)
            await _take_death_back(connection, keys, one, person, clerk)
        return done

    return (await _decided(pool, keys, resident_id, decide, owe)).merge


async def not_same(
    pool: Pool, keys: Keys, left: ResidentId, right: ResidentId, reason: str, clerk: audit.Agent
) -> None:
    """Decide that two entries are two people; nobody merges or suggests them again.

    Raises:
        InvalidInput: no reason, or too long a one.
        AlreadyOnePerson: they are merged; undo that first.
        UnknownChain: one of them is not there. ChainMoved: as ``merge`` says.
    """
    async with transaction(pool, resident=left) as connection:
        await linking.not_same(connection, keys, left, right, reason, clerk)


async def withdraw_not_same(
    pool: Pool, keys: Keys, left: ResidentId, right: ResidentId, reason: str, clerk: audit.Agent
) -> None:
    """Take back that two entries are two people.

    Raises:
        InvalidInput: no reason, or nobody had said so.
        UnknownChain: one of them is not there. ChainMoved: as ``merge`` says.
    """
    async with transaction(pool, resident=left) as connection:
        await linking.withdraw_not_same(connection, keys, left, right, reason, clerk)


async def relate(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    other: ResidentId,
    kind: RelationKind,
    clerk: audit.Agent,
    *,
    holds: bool = True,
) -> None:
    """Write down that the other is this resident's mother, guardian …; or that no longer.

    Raises:
        InvalidInput: nobody relates to themselves.
        UnknownChain: one of them is not there. ChainMoved: as ``merge`` says.
    """
    async with transaction(pool, resident=resident_id) as connection:
        await linking.relate(connection, keys, resident_id, other, kind, clerk, holds=holds)


async def history(pool: Pool, keys: Keys, resident_id: ResidentId) -> History:
    """All that was decided about an entry and whatever it was merged with: ids and decisions.

    Nobody's name or record is in it; who may read it, ``access`` decides and logs.
    """
    async with transaction(pool, resident=resident_id) as connection:
        return await linking.history(connection, keys, resident_id)


async def _take_death_back(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    person: linking.Person,
    clerk: audit.Agent,
) -> None:
    """A death that is registered here only by the merge was not this resident's."""
    resident_keys = keys.of(resident_id)
    registered_as = await representation.death_registered_as(connection, resident_keys, resident_id)
    if registered_as is not None and registered_as not in person:
        event = audit.Event(action=audit.Action.DEATH_TAKE_BACK, agent=clerk)
        logged = await audit.append(connection, keys, resident_id, event, changes_consent=True)
        await representation.take_death_back(connection, resident_id, logged)


async def _decided(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    decide: Callable[[Connection], Awaitable[Done]],
    owe: Owe | None,
) -> Done:
    """Decide in one transaction, and wake the pages of everybody it concerns."""

    async def once() -> Done:
        async with transaction(pool, resident=resident_id) as connection:
            done = await decide(connection)
            if owe is not None:
                await owe(connection, done)
            for one in done.persons:
                await announce(connection, consent.topic_of(keys, one))
            return done

    return await audit.until_free(once)

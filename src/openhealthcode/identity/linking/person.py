"""Whose ids are one person, and holding all their logs at once to change that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

from openhealthcode import audit
from openhealthcode.database import Connection, enter
from openhealthcode.identity.linking import store
from openhealthcode.identity.linking.model import Merge
from openhealthcode.identity.linking.rules import Person
from openhealthcode.standards.ids import MergeId, ResidentId
from openhealthcode.trust import Keys


async def ids_of(connection: Connection, keys: Keys, resident_id: ResidentId) -> Person:
    """All ids of the person, the surviving one first; this one alone if nothing was merged.

    Turns the transaction to this resident.
    """
    await enter(connection, resident=resident_id)
    return await store.person(connection, keys, resident_id)


async def current_id(connection: Connection, keys: Keys, resident_id: ResidentId) -> ResidentId:
    """The surviving id of the person, where an old id redirects to; of those whose account is open.

    This one if there is none. The transaction is turned to some id of the person.
    """
    person = await ids_of(connection, keys, resident_id)
    if len(person) == 1:
        return resident_id
    for one in person:
        await enter(connection, resident=one)
        with suppress(audit.UnknownChain):
            await audit.chain(connection, one)
            return one
    return resident_id


class Held(NamedTuple):
    """Who is who as long as the transaction lasts.

    Args:
        persons: of each id named, all ids.
        open_ids: those whose log is held; the others' accounts are closed.
        at: the database's time once all of them were held.
    """

    persons: tuple[Person, ...]
    open_ids: frozenset[ResidentId]
    at: datetime


async def hold_all(connection: Connection, keys: Keys, *resident_ids: ResidentId) -> Held:
    """Hold the logs of everybody named, all their ids, until the transaction ends.

    Always in the order of the ids: two who want the same ones wait for each other, and never both.
    The transaction is turned to the first one named.

    Raises:
        ChainMoved: somebody merged one of them at the same moment; start over.
        UnknownChain: one of those named is not there, or its account is closed.
    """
    before = [await ids_of(connection, keys, each) for each in resident_ids]
    held, at = set(), datetime.min.replace(tzinfo=UTC)
    for one in sorted({one for person in before for one in person}):
        await enter(connection, resident=one)
        try:
            _, at = await audit.hold(connection, one)
        except audit.UnknownChain:
            if one in resident_ids:
                raise
            continue  # another id of theirs, whose account is closed
        held.add(one)
    after = [await ids_of(connection, keys, each) for each in reversed(resident_ids)]
    if before[::-1] != after:
        raise audit.ChainMoved
    return Held(tuple(before), frozenset(held), at)


async def merges_among(
    connection: Connection, keys: Keys, ids: Iterable[ResidentId]
) -> dict[MergeId, Merge]:
    """Every merge in which one of these ids was named.

    Undone is undone, also where one of the two ids could no longer be told: its account was closed.
    """
    found: dict[MergeId, Merge] = {}
    for one in ids:
        await enter(connection, resident=one)
        for merge in await store.merges(connection, keys, one):
            known = found.get(merge.merge_id)
            found[merge.merge_id] = merge if known is None or known.holds else known
    return found


async def apart_among(
    connection: Connection, ids: Iterable[ResidentId]
) -> frozenset[frozenset[ResidentId]]:
    """The pairs of which somebody decided that they are two people, with one of these ids."""
    found = set()
    for one in ids:
        await enter(connection, resident=one)
        found |= {frozenset({one, each}) for each in await store.not_same(connection, one)}
    return frozenset(found)


async def relink(
    connection: Connection,
    keys: Keys,
    now: Mapping[ResidentId, Person],
    merge: Merge,
    numbers: Mapping[ResidentId, int],
) -> None:
    """Write down who is whose id from now on, each under the event of its own log that says so."""
    for one, person in now.items():
        await enter(connection, resident=one)
        await store.add_link(connection, keys, one, person, merge, numbers[one])
        await audit.mark_linked(connection, one, is_linked=len(person) > 1)

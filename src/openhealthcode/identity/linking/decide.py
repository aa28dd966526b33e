"""Decide that entries are one person, are not, or relate: written and logged with all concerned.

Each verb belongs into a transaction of its own, and holds the logs of everybody concerned until that
ends. The events name the decision and never the other entry: a log is read by its resident, and a
wrong merge must not tell one person of another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

from openhealthcode import audit
from openhealthcode.database import Connection, enter
from openhealthcode.identity.linking import rules, store
from openhealthcode.identity.linking.model import (
    AlreadyOnePerson,
    Decided,
    Merge,
    NotMerged,
    Related,
    RelationKind,
    Suggestion,
)
from openhealthcode.identity.linking.person import (
    Held,
    apart_among,
    hold_all,
    ids_of,
    merges_among,
    relink,
)
from openhealthcode.identity.linking.rules import Person
from openhealthcode.standards import InvalidInput
from openhealthcode.standards.ids import MergeId, PractitionerId, ResidentId
from openhealthcode.trust import Keys


@dataclass(frozen=True, slots=True)
class Done:
    """A decision that was written down.

    Args:
        merge: as it stands now.
        persons: who is whose id from now on, for every open id concerned.
        logged: the event in the log of each of them.
        left: of an undone merge, the ids that were one person until now.
    """

    merge: Merge
    persons: Mapping[ResidentId, Person]
    logged: Mapping[ResidentId, audit.Appended]
    left: Person = ()


@dataclass(frozen=True, slots=True)
class History:
    """All that was ever decided about an entry and whatever it was merged with.

    Args:
        person: all ids of the person now, the surviving one first.
        merges: the oldest first, undone ones included.
        apart: the ids of which it was decided that they are somebody else.
        related: who else they are to others.
    """

    person: Person
    merges: tuple[Merge, ...]
    apart: frozenset[ResidentId]
    related: tuple[Related, ...]


async def merge(
    connection: Connection,
    keys: Keys,
    survivor: ResidentId,
    other: ResidentId,
    reason: str,
    clerk: audit.Agent,
    suggestion: Suggestion | None = None,
) -> Done:
    """Decide that two entries, and whatever they are merged with, are one person.

    Raises:
        InvalidInput: no reason, or too long a one.
        AlreadyOnePerson, KnownApart, TooManyMerged: as ``rules.check_merge`` says.
        UnknownChain: one of them is not there.
        ChainMoved: one of them was merged at the same moment; start over.
    """
    reason = rules.in_words(reason)
    if survivor == other:
        raise AlreadyOnePerson
    held = await hold_all(connection, keys, survivor, other)
    surviving, absorbed = held.persons
    ids = {*surviving, *absorbed}
    rules.check_merge(surviving, absorbed, await apart_among(connection, ids))
    before = await merges_among(connection, keys, ids)
    made = Merge(
        MergeId(uuid4()), survivor, other, _decided(clerk, held, reason, suggestion=suggestion)
    )
    after = {**before, made.merge_id: made}
    return await _write(connection, keys, clerk, before.values(), after.values(), made, held)


async def unmerge(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    merge_id: MergeId,
    reason: str,
    clerk: audit.Agent,
) -> Done:
    """Undo a merge, in whatever order: what is left is what there would be without it.

    Args:
        resident_id: any id of the person.

    Raises:
        InvalidInput: no reason, or too long a one.
        NotMerged: this merge was undone before, or is not this person's.
        UnknownChain: the resident is not there.
        ChainMoved: somebody merged or undid at the same moment; start over.
    """
    reason = rules.in_words(reason)
    held = await hold_all(connection, keys, resident_id)
    (person,) = held.persons
    before = await merges_among(connection, keys, person)
    found = before.get(merge_id)
    if found is None or not found.holds:
        raise NotMerged
    undone = replace(found, undone=_decided(clerk, held, reason))
    after = {**before, merge_id: undone}
    done = await _write(connection, keys, clerk, before.values(), after.values(), undone, held)
    return replace(done, left=person)


async def not_same(
    connection: Connection,
    keys: Keys,
    left: ResidentId,
    right: ResidentId,
    reason: str,
    clerk: audit.Agent,
) -> None:
    """Decide that two entries are two people; nobody merges them while that is said.

    Raises:
        InvalidInput: no reason, or too long a one.
        AlreadyOnePerson: they are merged; undo that first.
        UnknownChain: one of them is not there.
    """
    reason = rules.in_words(reason)
    held = await hold_all(connection, keys, left, right)
    one, another = held.persons
    rules.check_apart(one, another)
    await _hold_apart(connection, keys, (left, right), _decided(clerk, held, reason), clerk)


async def withdraw_not_same(
    connection: Connection,
    keys: Keys,
    left: ResidentId,
    right: ResidentId,
    reason: str,
    clerk: audit.Agent,
) -> None:
    """Take back that two entries are two people.

    Raises:
        InvalidInput: no reason, too long a one, or nobody had said so.
        UnknownChain: one of them is not there.
    """
    reason = rules.in_words(reason)
    held = await hold_all(connection, keys, left, right)
    if frozenset({left, right}) not in await apart_among(connection, (left,)):
        raise InvalidInput("nobody said that they are two people")
    decided = _decided(clerk, held, reason)
    await _hold_apart(connection, keys, (left, right), decided, clerk, holds=False)


async def relate(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    other: ResidentId,
    kind: RelationKind,
    clerk: audit.Agent,
    *,
    holds: bool = True,
) -> None:
    """Write down what the other is to this resident, and this one to the other; or that no longer.

    A relation identifies nobody and opens nothing: who acts for whom is ``representation``'s.

    Raises:
        InvalidInput: nobody relates to themselves.
        UnknownChain: one of them is not there.
    """
    held = await hold_all(connection, keys, resident_id, other)
    this, that = held.persons
    if set(this) & set(that):
        raise InvalidInput("nobody relates to themselves")
    for one, to, as_what in ((resident_id, other, kind), (other, resident_id, kind.inverse)):
        await enter(connection, resident=one)
        event = audit.Event(
            action=audit.Action.RESIDENT_RELATE,
            agent=clerk,
            detail={"relation": as_what.value, "holds": holds},
        )
        logged = await audit.append(connection, keys, one, event)
        relation = Related(to, as_what, logged.at)
        await store.add_relation(connection, one, relation, logged.number, holds=holds)


async def related(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> tuple[Related, ...]:
    """Who is what to this person, whichever of their ids was named."""
    found = []
    for one in await ids_of(connection, keys, resident_id):
        await enter(connection, resident=one)
        found += await store.relations(connection, one)
    return tuple(dict.fromkeys(found))


async def history(connection: Connection, keys: Keys, resident_id: ResidentId) -> History:
    """All that was decided about an entry and whatever it was ever merged with."""
    seen: set[ResidentId] = set()
    to_read = {resident_id}
    merges: dict[MergeId, Merge] = {}
    while to_read:
        merges |= await merges_among(connection, keys, sorted(to_read))
        seen |= to_read
        named = {one for each in merges.values() for one in (each.survivor, each.other)}
        to_read = named - seen
    person = await ids_of(connection, keys, resident_id)
    pairs = await apart_among(connection, person)
    return History(
        person,
        tuple(sorted(merges.values(), key=lambda each: (each.decided.at, each.merge_id.int))),
        frozenset(one for pair in pairs for one in pair if one not in person),
        await related(connection, keys, resident_id),
    )


async def _write(
    connection: Connection,
    keys: Keys,
    clerk: audit.Agent,
    before: Iterable[Merge],
    after: Iterable[Merge],
    decided: Merge,
    held: Held,
) -> Done:
    """Log a decision with everybody it concerns, and write down who is whose id from now on."""
    now = {
        one: person
        for one, person in rules.changed(rules.persons(before), rules.persons(after)).items()
        if one in held.open_ids
    }
    logged = {}
    for one, person in now.items():
        await enter(connection, resident=one)
        event = _event(decided, clerk, survives=person[0] == one)
        logged[one] = await audit.append(connection, keys, one, event, changes_consent=True)
        if one in (decided.survivor, decided.other):
            await store.add_event(connection, keys, one, decided, logged[one].number)
    numbers = {one: each.number for one, each in logged.items()}
    await relink(connection, keys, now, decided, numbers)
    return Done(decided, now, logged)


async def _hold_apart(
    connection: Connection,
    keys: Keys,
    pair: tuple[ResidentId, ResidentId],
    decided: Decided,
    clerk: audit.Agent,
    *,
    holds: bool = True,
) -> None:
    for one, other in (pair, pair[::-1]):
        await enter(connection, resident=one)
        event = audit.Event(
            action=audit.Action.RESIDENT_KEEP_APART, agent=clerk, detail={"holds": holds}
        )
        logged = await audit.append(connection, keys, one, event)
        await store.add_not_same(connection, keys, one, other, decided, logged.number, holds=holds)


def _decided(
    clerk: audit.Agent, held: Held, reason: str, *, suggestion: Suggestion | None = None
) -> Decided:
    return Decided(
        clerk_id=PractitionerId(clerk.id),
        institution_id=clerk.institution_id,
        at=held.at,
        reason=reason,
        suggestion=suggestion,
    )


def _event(decided: Merge, clerk: audit.Agent, *, survives: bool) -> audit.Event:
    action = audit.Action.RESIDENT_MERGE if decided.holds else audit.Action.RESIDENT_UNMERGE
    return audit.Event(
        action=action,
        agent=clerk,
        detail={"merge": decided.merge_id.bytes, "survives": survives},
    )

"""A system asks who somebody is in the master index, and hears no more than it could already say.

Only residents are told of whom the question could name: by name and one thing more. Each of them
reads in the log who found them. What is found and not told answers as what is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final
from uuid import UUID

import asyncpg

from openhealthcode import audit, identity
from openhealthcode.access.lookups.agreement import Agreement, agreement_of
from openhealthcode.access.lookups.guard import (
    count_empty,
    count_lookup,
    settle,
    subjects_of,
    watch,
)
from openhealthcode.database import Connection, Pool, enter, load_queries, transaction
from openhealthcode.identity import Registration, linking, normalise_name
from openhealthcode.identity import reading as identity_reading
from openhealthcode.identity.matching import Match, MatchGrade, Rule
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import HealthCodeError
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey

_QUERIES = load_queries("openhealthcode.access.lookups")

MOST_MATCHES: Final = 20
USUAL_MATCHES: Final = 5
_MOST_RECEIVED: Final = 32


class TooLittleToMatch(HealthCodeError):
    """Somebody is looked up by name and at least one of certificate, birth date or telephone."""

    code = "match-too-little"


@dataclass(frozen=True, slots=True)
class Matched:
    """A resident who may be meant.

    Args:
        public_id: by which entries refer to the resident; opens nothing.
        agrees: what of the question holds of them: all that may be repeated.
    """

    public_id: str
    grade: MatchGrade
    probability: float
    agrees: Agreement


async def match(
    pool: Pool,
    keys: Keys,
    *,
    system: SystemAccess,
    probe: Registration,
    count: int = USUAL_MATCHES,
    only_certain: bool = False,
) -> list[Matched]:
    """Who may be meant, the likeliest first; nobody when several are, and only one will do.

    Args:
        probe: what the system knows; certificates may be missing.
        count: of residents at the most.
        only_certain: answer the one that is certain, or nobody.

    Raises:
        TooLittleToMatch: a name alone, or none.
        TooManyAttempts: more look-ups than anybody needs.
    """
    return await _look_up(pool, keys, _Question(system, probe, count, only_certain=only_certain))


async def query(
    pool: Pool, keys: Keys, *, system: SystemAccess, probe: Registration
) -> list[Matched]:
    """Whoever fits everything that was asked for, to the letter.

    Raises:
        As ``match``.
    """
    return await _look_up(pool, keys, _Question(system, probe, MOST_MATCHES, exactly=True))


@dataclass(frozen=True, slots=True)
class _Question:
    """What a system wants to know, and whom it wants to hear of."""

    system: SystemAccess
    probe: Registration
    count: int
    only_certain: bool = False
    exactly: bool = False


async def _look_up(pool: Pool, keys: Keys, asked: _Question) -> list[Matched]:
    started = monotonic()
    _check(asked.probe)
    await count_lookup(pool, keys, asked.system, subjects_of(asked.probe))
    most = min(max(asked.count, 1), MOST_MATCHES)
    found = await identity.search(pool, keys, asked.probe, most)
    residents = [one.resident_id for one in found]
    await watch(pool, keys, asked.system, asked.probe.certificates, residents)
    if asked.only_certain:
        certain = [one for one in found if one.grade is MatchGrade.CERTAIN]
        found = certain if len(certain) == 1 else []
    told = await _tell(pool, keys, asked, found)
    if not told:
        await count_empty(pool, keys, asked.system)
        await settle(started)
    return told


def _check(probe: Registration) -> None:
    says_more = probe.certificates or probe.birth_date or probe.phone
    if not normalise_name(probe.name) or not says_more:
        raise TooLittleToMatch


_NOBODY: Final = Match(ResidentId(UUID(int=0)), MatchGrade.CERTAINLY_NOT, 0.0, 0.0, Rule.SCORE, ())
"""Looked for where nobody was found, so that it takes the statements of somebody not to be told."""


@dataclass(frozen=True, slots=True)
class _Named:
    """A resident whom the question named, with all ids of theirs that are open."""

    found: Match
    ids: tuple[ResidentId, ...]
    agrees: Agreement


async def _tell(pool: Pool, keys: Keys, asked: _Question, found: Sequence[Match]) -> list[Matched]:
    """What may be told of each, written to all their logs in one transaction and one order."""
    event = _event(asked.system)
    async with transaction(pool) as connection:
        named = await _named(connection, keys, asked, found or [_NOBODY])
        for resident_id in sorted({each for one in named for each in one.ids}):
            await enter(connection, resident=resident_id)
            await audit.append(connection, keys, resident_id, event)
    return [
        Matched(
            keys.seal_id(one.found.resident_id, EntryId(one.found.resident_id)),
            one.found.grade,
            one.found.probability,
            one.agrees,
        )
        for one in named
    ]


async def _named(
    connection: Connection, keys: Keys, asked: _Question, found: Sequence[Match]
) -> list[_Named]:
    """Those whom the question names and whose accounts are open, in the same order."""
    known = await _people(connection, keys, [one.resident_id for one in found])
    others = {each for person in known.values() for each in person.ids} - known.keys()
    known |= await _people(connection, keys, sorted(others))
    named = []
    for one in found:
        ids = [each for each in known[one.resident_id].ids if known[each].is_open]
        received = [each for resident_id in ids for each in known[resident_id].received]
        agrees = agreement_of(asked.probe, received)
        is_fit = agrees.covers(asked.probe) if asked.exactly else agrees.names_somebody
        if one.resident_id in ids and is_fit:
            named.append(_Named(one, tuple(ids), agrees))
    return named


@dataclass(frozen=True, slots=True)
class _Person:
    """One entry of the index: whose ids are the person's, and what was received under this one."""

    ids: linking.Person
    is_open: bool
    received: tuple[Registration, ...]


async def _people(
    connection: Connection, keys: Keys, resident_ids: Sequence[ResidentId]
) -> dict[ResidentId, _Person]:
    """Each of these, as far as their keys open; of a closed account nothing."""
    rows = await connection.fetch(_QUERIES["people"], resident_ids, _MOST_RECEIVED)
    return {row["resident_id"]: _person(keys, row) for row in rows}


def _person(keys: Keys, row: asyncpg.Record) -> _Person:
    resident_id = row["resident_id"]
    ids = linking.read_members(keys, resident_id, row["members"])
    try:
        received = identity_reading.registrations(keys, resident_id, row["received"])
    except (UnknownKey, DestroyedKey):
        return _Person(ids, is_open=False, received=())
    return _Person(ids, row["is_open"] and bool(received), received)


def _event(system: SystemAccess) -> audit.Event:
    agent = audit.Agent(audit.AgentKind.SYSTEM, system.system_id, system.institution_id)
    return audit.Event(action=audit.Action.RESIDENT_MATCH, agent=agent)

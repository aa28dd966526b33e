"""A system asks who somebody is in the master index, and hears no more than it could already say.

Only residents are told of whom the question could name: by name and one thing more. Each of them
reads in the log who found them. What is found and not told answers as what is not there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from time import monotonic
from typing import Final
from uuid import UUID

import asyncpg

from openhealthcode import audit, identity
from openhealthcode.access.lookups.agreement import Agreement, agreement_of
from openhealthcode.access.lookups.guard import (
    AlarmKind,
    count_empty,
    count_lookup,
    raise_alarm,
    settle,
    subjects_of,
)
from openhealthcode.database import Pool, load_queries, transaction
from openhealthcode.identity import Registration, linking, normalise_name
from openhealthcode.identity import reading as identity_reading
from openhealthcode.identity.matching import Match, MatchGrade
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
    pool: Pool,
    keys: Keys,
    *,
    system: SystemAccess,
    probe: Registration,
    count: int = MOST_MATCHES,
) -> list[Matched]:
    """Whoever fits everything that was asked for, to the letter; so many of them at the most.

    Raises:
        As ``match``.
    """
    return await _look_up(pool, keys, _Question(system, probe, count, exactly=True))


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
    most = MOST_MATCHES if asked.exactly else min(max(asked.count, 1), MOST_MATCHES)
    found = await identity.search(pool, keys, asked.probe, most)
    residents = [one.resident_id for one in found]
    marks = identity.canary_marks(keys, asked.probe.certificates, residents)
    known = await _people(pool, keys, residents or [_NOBODY], marks)
    if any(person.is_watched for person in known.values()):
        await raise_alarm(
            pool, AlarmKind.CANARY, asked.system.system_id, asked.system.institution_id
        )
    if asked.only_certain:
        certain = [one for one in found if one.grade is MatchGrade.CERTAIN]
        found = certain if len(certain) == 1 else []
    told = await _tell(pool, keys, asked, found, known)
    if not told:
        await count_empty(pool, keys, asked.system)
        await settle(started)
    return told


def _check(probe: Registration) -> None:
    says_more = probe.certificates or probe.birth_date or probe.phone
    if not normalise_name(probe.name) or not says_more:
        raise TooLittleToMatch


_NOBODY: Final = ResidentId(UUID(int=0))
"""Looked for where nobody was found, so that it takes the statements of somebody not to be told."""


@dataclass(frozen=True, slots=True)
class _Named:
    """A resident whom the question named, with all ids of theirs that are open."""

    found: Match
    ids: tuple[ResidentId, ...]
    agrees: Agreement


async def _tell(
    pool: Pool, keys: Keys, asked: _Question, found: Sequence[Match], known: _People
) -> list[Matched]:
    """What may be told of each, once it is written to all their logs."""
    others = {each for one in found for each in known[one.resident_id].ids} - known.keys()
    if others:
        known |= await _people(pool, keys, sorted(others), ())
    fitting = (one for each in found if (one := _named(asked, each, known)) is not None)
    named = list(islice(fitting, asked.count))
    event = _event(asked.system)
    written = {each: known[each] for one in named for each in one.ids}
    await asyncio.gather(*(_write(pool, keys, *each, event) for each in written.items()))
    return [
        Matched(
            keys.seal_id(one.found.resident_id, EntryId(one.found.resident_id)),
            one.found.grade,
            one.found.probability,
            one.agrees,
        )
        for one in named
    ]


async def _write(
    pool: Pool, keys: Keys, resident_id: ResidentId, person: _Person, event: audit.Event
) -> None:
    """Log that somebody was found, as looks are: without a lock if the log is still where it was read.

    Raises:
        UnknownChain: the account was closed at this moment.
    """
    state = person.state
    assert state is not None  # noqa: S101 - nobody is named whose account is closed
    sealed = audit.next_link(keys, keys.of(resident_id), resident_id, state, event, person.at)
    if await pool.together(audit.write, audit.Writing(sealed, state.consent_version)):
        return
    async with transaction(pool, resident=resident_id) as connection:
        await audit.append(connection, keys, resident_id, event)


def _named(asked: _Question, found: Match, known: _People) -> _Named | None:
    """The resident found, if the question names them and the account is open."""
    ids = [each for each in known[found.resident_id].ids if known[each].is_open]
    received = [each for resident_id in ids for each in known[resident_id].received]
    agrees = agreement_of(asked.probe, received)
    is_fit = agrees.covers(asked.probe) if asked.exactly else agrees.names_somebody
    if found.resident_id in ids and is_fit:
        return _Named(found, tuple(ids), agrees)
    return None


@dataclass(frozen=True, slots=True)
class _Person:
    """One entry of the index.

    Args:
        ids: the person's.
        received: what was received under this one; nothing of a closed account.
        state: where the log stands.
        is_watched: somebody asked for was made up to be asked for.
    """

    ids: linking.Person
    received: tuple[Registration, ...]
    state: audit.ChainState | None
    at: datetime
    is_watched: bool

    @property
    def is_open(self) -> bool:
        """Whether there is an account, and anything in it."""
        return self.state is not None and bool(self.received)


_People = dict[ResidentId, _Person]


async def _people(
    pool: Pool, keys: Keys, resident_ids: Sequence[ResidentId], marks: Sequence[bytes]
) -> _People:
    """Each of these, as far as their keys open; of a closed account nothing."""
    rows = await pool.fetch(_QUERIES["people"], resident_ids, _MOST_RECEIVED, marks)
    return {row["resident_id"]: _person(keys, row) for row in rows}


def _person(keys: Keys, row: asyncpg.Record) -> _Person:
    resident_id = row["resident_id"]
    ids = linking.read_members(keys, resident_id, row["members"])
    state = None
    if row["head"] is not None:
        state = audit.ChainState(row["next_number"], row["head"], row["consent_version"])
    try:
        received = identity_reading.registrations(keys, resident_id, row["received"])
    except (UnknownKey, DestroyedKey):
        received, state = (), None
    return _Person(ids, received, state, row["at"], row["is_canary"])


def _event(system: SystemAccess) -> audit.Event:
    agent = audit.Agent(audit.AgentKind.SYSTEM, system.system_id, system.institution_id)
    return audit.Event(action=audit.Action.RESIDENT_MATCH, agent=agent)

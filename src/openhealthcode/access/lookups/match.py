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

from openhealthcode import audit, identity
from openhealthcode.access.lookups.agreement import Agreement, agreement_of
from openhealthcode.access.lookups.guard import (
    count_empty,
    count_lookup,
    settle,
    subjects_of,
    watch,
)
from openhealthcode.database import Connection, Pool, enter, transaction
from openhealthcode.identity import Demographics, Registration, linking, normalise_name
from openhealthcode.identity import reading as identity_reading
from openhealthcode.identity.matching import Match, MatchGrade, Rule
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import HealthCodeError, NotFound
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey

MOST_MATCHES: Final = 20
USUAL_MATCHES: Final = 5


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
        named = [await _named(connection, keys, asked, one) for one in found or [_NOBODY]]
        told = [one for one in named if one is not None]
        for resident_id in sorted({each for one in told for each in one.ids}):
            await enter(connection, resident=resident_id)
            await audit.append(connection, keys, resident_id, event)
    return [
        Matched(
            keys.seal_id(one.found.resident_id, EntryId(one.found.resident_id)),
            one.found.grade,
            one.found.probability,
            one.agrees,
        )
        for one in told
    ]


async def _named(
    connection: Connection, keys: Keys, asked: _Question, found: Match
) -> _Named | None:
    """Nobody, if the question does not name this resident, or the account is closed."""
    known: dict[ResidentId, Demographics] = {}
    for resident_id in await linking.ids_of(connection, keys, found.resident_id):
        await enter(connection, resident=resident_id)
        try:
            await audit.chain(connection, resident_id)
            known[resident_id] = await identity_reading.demographics(connection, keys, resident_id)
        except (NotFound, UnknownKey, DestroyedKey):
            continue
    agrees = agreement_of(asked.probe, tuple(known.values()))
    is_fit = agrees.covers(asked.probe) if asked.exactly else agrees.names_somebody
    if found.resident_id not in known or not is_fit:
        return None
    return _Named(found, tuple(known), agrees)


def _event(system: SystemAccess) -> audit.Event:
    agent = audit.Agent(audit.AgentKind.SYSTEM, system.system_id, system.institution_id)
    return audit.Event(action=audit.Action.RESIDENT_MATCH, agent=agent)

"""Nobody tries out identities: look-ups are counted, and what looks like trying is told the region.

A system's look-ups are counted by the hour, its empty answers too, and by the day what it asks
about one number, telephone, or name with a birth date. Every look-up is counted before it is
carried out; a count lost in a crash is of no account, so counting waits for no disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from math import ceil
from time import monotonic
from typing import Final
from uuid import UUID

from openhealthcode import identity
from openhealthcode.database import Pool, load_queries
from openhealthcode.identity import Registration
from openhealthcode.identity.matching import Block, blocking_keys, variant_of
from openhealthcode.sign_in import StaffSession, SystemAccess
from openhealthcode.standards import Certificate, TooManyAttempts
from openhealthcode.standards.ids import InstitutionId, PractitionerId, ResidentId
from openhealthcode.trust import Keys

_QUERIES = load_queries("openhealthcode.access.lookups")

MOST_AN_HOUR: Final = 3_000
"""Of one system. A hospital of ten thousand outpatients a day registers some 1,500 in its hour."""
MOST_EMPTY_AN_HOUR: Final = 500
"""Answers of one system that named nobody. Whoever looks up people who stand there finds them."""
MOST_OF_ONE_A_DAY: Final = 30
"""Questions of one system about one number, telephone, or name with birth date."""
TICK_SECONDS: Final = 0.008
"""An empty answer leaves on a full tick: what was found and may not be told takes as long as
nothing."""
_KEPT_DAYS: Final = 3
_ALARMS_KEPT: Final = timedelta(days=90)


class AlarmKind(StrEnum):
    """What made somebody's look-ups stand out."""

    CANARY = "canary"
    """They asked for somebody who does not exist and was made up to be asked for."""
    TOO_MANY = "too-many"
    TOO_MANY_EMPTY = "too-many-empty"
    TOO_MANY_OF_ONE = "too-many-of-one"
    BEYOND_ROLE = "beyond-role"
    """A terminal asked for a use of a code it is not certified for."""
    SPLICED = "spliced"
    """A code was scanned that put one national card's time behind another's number."""
    BUDGET_SPENT = "budget-spent"
    """Reading was stopped: of too many residents in a day, with no reason behind it."""
    BUDGET_WARNED = "budget-warned"
    """Of very many residents in a day, each with a reason."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What one system, or one person of an institution, did on one day."""

    on_day: date
    caller_id: UUID
    kind: AlarmKind
    institution_id: InstitutionId
    times: int
    first_at: datetime
    latest_at: datetime
    seen_at: datetime | None
    seen_by: PractitionerId | None


async def count_lookup(pool: Pool, keys: Keys, system: SystemAccess, about: Iterable[str]) -> None:
    """Count a look-up; beyond a limit, tell the region and stop.

    Args:
        about: what it is about, as ``subjects_of`` says.

    Raises:
        TooManyAttempts: beyond a limit.
    """
    at = datetime.now(UTC)
    hour, day = _beginnings(at)
    everything = _subject(keys, system, "all")
    empty = _subject(keys, system, "empty")
    of_one = sorted({_subject(keys, system, text) for text in about})
    subjects = [everything, *of_one]
    rows = await pool.fetch(
        _QUERIES["count_lookups"], subjects, [hour, *[day] * len(of_one)], empty, hour
    )
    used = {row["subject"]: row["used"] for row in rows}
    beyond = {
        AlarmKind.TOO_MANY: used[everything] > MOST_AN_HOUR,
        AlarmKind.TOO_MANY_EMPTY: used.get(empty, 0) >= MOST_EMPTY_AN_HOUR,
        AlarmKind.TOO_MANY_OF_ONE: any(used[one] > MOST_OF_ONE_A_DAY for one in of_one),
    }
    for kind, is_beyond in beyond.items():
        if is_beyond:
            await raise_alarm(pool, kind, system.system_id, system.institution_id)
            raise TooManyAttempts


async def count_empty(pool: Pool, keys: Keys, system: SystemAccess) -> None:
    """Count that a look-up named nobody."""
    hour, _ = _beginnings(datetime.now(UTC))
    subjects = [_subject(keys, system, "empty")]
    await pool.fetch(_QUERIES["count_lookups"], subjects, [hour], subjects[0], hour)


def subjects_of(probe: Registration) -> Iterator[str]:
    """What a look-up is about, of which nobody may ask too often: what stays when the rest varies.

    A name counts by its sound: written in another way it is the same question.
    """
    for certificate in probe.certificates:
        yield f"certificate|{certificate.normalised}"
    blocks = blocking_keys(variant_of(probe))
    for block in (Block.PHONE, Block.SOUND_AND_BIRTH):
        if block in blocks:
            yield f"{block}|{blocks[block]}"


async def settle(started: float) -> None:
    """Wait for the next tick since a look-up began (``time.monotonic``)."""
    elapsed = monotonic() - started
    await asyncio.sleep(ceil(elapsed / TICK_SECONDS) * TICK_SECONDS - elapsed)


async def raise_alarm(
    pool: Pool, kind: AlarmKind, caller_id: UUID, institution_id: InstitutionId
) -> None:
    """Tell the region; the same again on one day is told once more, and counted."""
    at = datetime.now(UTC)
    await pool.execute(_QUERIES["raise_alarm"], at.date(), caller_id, kind, institution_id, at)


async def watch(
    pool: Pool,
    keys: Keys,
    caller: SystemAccess | StaffSession,
    certificates: Iterable[Certificate],
    residents: Iterable[ResidentId] = (),
) -> None:
    """Tell the region if somebody is asked for who does not exist; the answer is as for anybody."""
    if await identity.names_canary(pool, keys, certificates, residents):
        await raise_alarm(pool, AlarmKind.CANARY, _id_of(caller), caller.institution_id)


async def alarms(pool: Pool) -> list[Alarm]:
    """What stood out of late, what nobody has seen first, then the latest."""
    rows = await pool.fetch(_QUERIES["alarms"], datetime.now(UTC) - _ALARMS_KEPT)
    return [
        Alarm(
            row["on_day"],
            row["caller_id"],
            AlarmKind(row["kind"]),
            InstitutionId(row["institution_id"]),
            row["times"],
            row["first_at"],
            row["latest_at"],
            row["seen_at"],
            row["seen_by"],
        )
        for row in rows
    ]


async def unseen_alarms(pool: Pool) -> int:
    """How many nobody has looked at."""
    return int(await pool.fetchval(_QUERIES["unseen_alarms"]))


async def see_alarm(
    pool: Pool, on_day: date, caller_id: UUID, kind: AlarmKind, supervisor: StaffSession
) -> None:
    """Note that a supervisor looks into it; should it happen again, it is unseen again."""
    at = datetime.now(UTC)
    await pool.execute(
        _QUERIES["see_alarm"], on_day, caller_id, kind, at, supervisor.practitioner_id
    )


async def forget_counts(pool: Pool) -> None:
    """Drop counts of days gone by, and alarms of which the time is over."""
    at = datetime.now(UTC)
    await pool.execute(_QUERIES["forget_counts"], at - timedelta(days=_KEPT_DAYS))
    await pool.execute(_QUERIES["forget_alarms"], at - _ALARMS_KEPT)


def _id_of(caller: SystemAccess | StaffSession) -> UUID:
    return caller.system_id if isinstance(caller, SystemAccess) else caller.practitioner_id


def _subject(keys: Keys, system: SystemAccess, about: str) -> bytes:
    return keys.blind_index("look-ups", f"{system.system_id}|{about}")


def _beginnings(at: datetime) -> tuple[datetime, datetime]:
    hour = at.replace(minute=0, second=0, microsecond=0)
    return hour, hour.replace(hour=0)

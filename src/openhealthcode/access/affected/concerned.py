"""Whom a leak concerns: everybody whose record somebody was shown in a span, from the log.

Found in the order of the public log, from its end back to the span's beginning. What leaves is
numbers and kinds; who they are stays here, where they are told and their records sealed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from openhealthcode import audit
from openhealthcode.access import notices, sealing
from openhealthcode.audit import reading as log
from openhealthcode.consent.seal import SealOrder
from openhealthcode.database import Connection, Pool, load_queries, transaction
from openhealthcode.sign_in import Outbox, breach_notice
from openhealthcode.standards import NotFound, PurposeOfUse, RecordCategory
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey

_QUERIES: Final = load_queries("openhealthcode.access", "affected.sql")
_STRETCH: Final = 20_000
_OUT_OF_ORDER: Final = timedelta(days=1)
"""Leaves follow events within seconds; a day's grace where the program stood still."""
MOST_OPENED: Final = 2_000
"""Of so many people the kinds of what was shown are looked up."""
MOST_TOLD: Final = 300
"""Told or sealed by one request; with more, whoever asked asks again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Who was shown records, and when: a practitioner, a system or all of an institution."""

    agent_id: UUID
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """How many people are concerned, and with what.

    Args:
        looks: how often something was shown.
        categories: kinds of entries that were shown; of ``MOST_OPENED`` people at the most.
        with_identity: how many were shown with name and certificate or birth date alone.
        is_cut: whether kinds of more people could not be looked up.
    """

    residents: int
    looks: int
    categories: tuple[RecordCategory, ...]
    with_identity: int
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How many of the people concerned were told or sealed by now, and of how many."""

    done: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a resident is told of a leak (PIPL 57): kinds, cause, harm, measures, advice, contact."""

    breach_id: UUID
    kinds: str
    cause: str
    harm: str
    measures: str
    advice: str
    contact: str


@dataclass(frozen=True, slots=True)
class BreachNotice:
    """What a resident was told, and when."""

    number: int
    at: datetime
    statement: Statement


async def affected(pool: Pool, keys: Keys, scope: Scope) -> Affected:
    """Count whom a leak concerns, and with what kinds of entries."""
    found = await shown_to(pool, scope)
    categories: set[RecordCategory] = set()
    with_identity = 0
    for resident_id, numbers in list(found.items())[:MOST_OPENED]:
        try:
            async with transaction(pool, resident=resident_id) as connection:
                kinds = await _kinds(connection, keys, resident_id, numbers)
        except (NotFound, UnknownKey, DestroyedKey):
            continue  # that account was closed, and what it held is destroyed
        categories |= kinds
        with_identity += not kinds
    return Affected(
        residents=len(found),
        looks=sum(map(len, found.values())),
        categories=tuple(sorted(categories)),
        with_identity=with_identity,
        is_cut=len(found) > MOST_OPENED,
    )


async def notify_affected(
    pool: Pool, keys: Keys, outbox: Outbox, scope: Scope, statement: Statement, by: audit.Agent
) -> Told:
    """Tell whoever is concerned and was not told: an event in the log, and a message to the phones.

    What is told stands in the event itself, so that it cannot be told otherwise later.
    """

    async def act(resident_id: ResidentId) -> bool | None:
        return await _notify(pool, keys, outbox, resident_id, statement, by)

    return await in_portions(await shown_to(pool, scope), act)


async def in_portions(
    found: Iterable[ResidentId], act: Callable[[ResidentId], Awaitable[bool | None]]
) -> Told:
    """Do something for each of those concerned until it was new to ``MOST_TOLD``.

    Args:
        act: whether it was new; None where nobody is there any more.
    """
    concerned = sorted(found)
    done = new = gone = 0
    for resident_id in concerned:
        if new >= MOST_TOLD:
            break
        is_new = await act(resident_id)
        new += bool(is_new)
        done += is_new is not None
        gone += is_new is None
    return Told(done=done, of=len(concerned) - gone)


async def seal_affected(
    pool: Pool, keys: Keys, outbox: Outbox, scope: Scope, order: SealOrder
) -> Told:
    """Seal the records of whoever is concerned, by one order, ``MOST_TOLD`` at once."""
    found = sorted(await shown_to(pool, scope))
    before = await sealing.sealed_by(pool, order.order_id)
    wanted = found[: before + MOST_TOLD]
    done = await sealing.seal_residents(pool, keys, outbox, order, wanted)
    return Told(done=done, of=len(found))


async def count_affected(pool: Pool, scope: Scope) -> int:
    """How many people a leak concerns."""
    return len(await shown_to(pool, scope))


async def own_breach_notices(pool: Pool, keys: Keys, resident_id: ResidentId) -> list[BreachNotice]:
    """What this resident was told of leaks, the newest first; reading the own log is logged."""
    async with transaction(pool, resident=resident_id) as connection:
        lines = await log.of_actions(
            connection, keys, resident_id, [audit.Action.BREACH_NOTIFY.value]
        )
        event = audit.Event(
            action=audit.Action.LOG_OWN_VIEW,
            agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
            purpose=PurposeOfUse.RESIDENT_REQUEST,
        )
        await audit.append(connection, keys, resident_id, event)
    return [_notice(line) for line in reversed(lines) if line.detail]


async def shown_to(pool: Pool, scope: Scope) -> dict[ResidentId, list[int]]:
    """The events that showed somebody's data, by whose they were."""
    found: dict[ResidentId, list[int]] = {}
    async with transaction(pool, task="supervision") as connection:
        end = await connection.fetchval(_QUERIES["size"])
    while end > 0:
        first = max(0, end - _STRETCH)
        async with transaction(pool, task="supervision") as connection:
            (row,) = await connection.fetch(
                _QUERIES["looks_in_stretch"], first, end, scope.agent_id, scope.since, scope.until
            )
        for resident_id, number in zip(row["residents"], row["numbers"], strict=True):
            found.setdefault(ResidentId(resident_id), []).append(number)
        if row["newest"] is not None and row["newest"] < scope.since - _OUT_OF_ORDER:
            break
        end = first
    return found


async def _kinds(
    connection: Connection, keys: Keys, resident_id: ResidentId, numbers: Iterable[int]
) -> set[RecordCategory]:
    """The kinds of the entries that some events showed; none where only the identity was."""
    lines = await log.numbered(connection, keys, resident_id, list(numbers))
    shown = [UUID(bytes=item[0]) for line, _ in lines for item in line.detail.get("items", ())]
    rows = await connection.fetch(_QUERIES["categories"], resident_id, shown)
    labels = keys.of(resident_id).labels
    named = {labels.category(row["category_token"]) for row in rows}
    return {each for each in named if each is not None}


async def _notify(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    resident_id: ResidentId,
    statement: Statement,
    by: audit.Agent,
) -> bool | None:
    """Whether this told the resident; False where that was done before, None where nobody is there."""
    try:
        async with transaction(pool, resident=resident_id) as connection:
            await audit.hold(connection, resident_id)
            lines = await log.of_actions(
                connection, keys, resident_id, [audit.Action.BREACH_NOTIFY.value]
            )
            if any(line.detail.get("breach") == statement.breach_id.bytes for line in lines):
                return False
            event = audit.Event(
                action=audit.Action.BREACH_NOTIFY, agent=by, detail=_said(statement)
            )
            logged = await audit.append(connection, keys, resident_id, event)
            owed = await notices.owe(connection, keys, resident_id, logged, breach_notice)
    except (NotFound, UnknownKey, DestroyedKey):
        return None
    await notices.hand_over(pool, outbox, owed)
    return True


def _said(statement: Statement) -> dict[str, object]:
    return {
        "breach": statement.breach_id.bytes,
        "kinds": statement.kinds,
        "cause": statement.cause,
        "harm": statement.harm,
        "measures": statement.measures,
        "advice": statement.advice,
        "contact": statement.contact,
    }


def _notice(line: log.LogLine) -> BreachNotice:
    said = {name: str(line.detail.get(name, "")) for name in Statement.__slots__}
    breach_id = UUID(bytes=line.detail["breach"])
    return BreachNotice(line.number, line.at, Statement(**(said | {"breach_id": breach_id})))  # type: ignore[arg-type] # as logged

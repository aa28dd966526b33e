"""Reads what waits and keeps how it was answered; answers are added and never changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from openhealthcode.database import Connection, Pool, load_queries, transaction
from openhealthcode.identity.review import rules
from openhealthcode.identity.review.model import (
    Answer,
    Answered,
    AnsweredAlready,
    Backlog,
    ReviewItem,
    ReviewKind,
    Risk,
)
from openhealthcode.standards.ids import InstitutionId, MergeId, PractitionerId, ResidentId

_QUERIES = load_queries("openhealthcode.identity.review")
_TASK: Final = "review"
_MOST: Final = 500
"""So many are put in order; nobody decides more on a day. All are counted."""
_LATEST: Final = 200


async def waiting(
    pool: Pool, institution_id: InstitutionId, at: datetime
) -> tuple[list[ReviewItem], Backlog]:
    """What waits for the registrars of an institution, by risk, and how much work it is.

    Names nobody.
    """
    everybodys = at - rules.EVERYBODYS_AFTER
    async with transaction(pool, task=_TASK) as connection:
        rows = await connection.fetch(
            _QUERIES["waiting"], institution_id, everybodys, sorted(rules.CONTRADICTIONS), _MOST
        )
        counts = await connection.fetch(
            _QUERIES["backlog"], institution_id, everybodys, rules.LIKELY_FROM_BITS
        )
        latest = await connection.fetch(_QUERIES["latest_answers"], institution_id, _LATEST)
    return rules.by_risk(map(_item, rows)), _backlog(counts, map(_answered, latest))


def _backlog(counts: Iterable[asyncpg.Record], latest: Iterable[Answered]) -> Backlog:
    by_risk = dict.fromkeys(Risk, 0)
    opened = []
    for row in counts:
        kind = ReviewKind(row["kind"])
        by_risk[rules.risk(kind, row["reason"], is_likely=row["is_likely"])] += row["count"]
        opened.append(row["oldest_at"])
    worked = [one.worked_for for one in latest if one.worked_for is not None]
    return Backlog(by_risk, min(opened, default=None), rules.work_of(sum(by_risk.values()), worked))


async def latest_answers(pool: Pool, institution_id: InstitutionId, at_most: int) -> list[Answered]:
    """The latest answers given at an institution, the newest first."""
    async with transaction(pool, task=_TASK) as connection:
        rows = await connection.fetch(_QUERIES["latest_answers"], institution_id, at_most)
    return [_answered(row) for row in rows]


async def item(
    connection: Connection, resident_id: ResidentId, reference: UUID
) -> ReviewItem | None:
    """The case of this name; the transaction is its first resident's."""
    row = await connection.fetchrow(_QUERIES["item"], resident_id, reference.bytes)
    return None if row is None else _item(row)


async def items_of(connection: Connection, resident_id: ResidentId) -> list[ReviewItem]:
    """Every case kept with this resident, answered or not; the transaction is theirs."""
    return [_item(row) for row in await connection.fetch(_QUERIES["items_of"], resident_id)]


async def answers(connection: Connection, found: ReviewItem) -> list[Answered]:
    """Every answer to a case, the oldest first; the transaction is its first resident's."""
    rows = await connection.fetch(_QUERIES["answers"], found.residents[0], found.review_key)
    return [_answered(row) for row in rows]


async def is_settled(connection: Connection, found: ReviewItem) -> bool:
    """Whether the latest answer to a case settles it."""
    given = await answers(connection, found)
    return bool(given) and given[-1].answer.settles


async def add_answer(connection: Connection, found: ReviewItem, given: Answered) -> None:
    """Keep an answer; the caller holds the chain of the case's first resident.

    Raises:
        AnsweredAlready: a case that is settled was answered again, or an open one reopened.
    """
    if await is_settled(connection, found) is given.answer.settles:
        raise AnsweredAlready
    worked = given.worked_for
    await connection.execute(
        _QUERIES["add_answer"],
        found.residents[0],
        found.review_key,
        given.at,
        given.answer,
        given.clerk_id,
        given.institution_id,
        given.merge_id,
        None if worked is None else round(worked.total_seconds()),
    )


def reference_of(found: ReviewItem | Answered) -> UUID:
    """The name of a case, beside its first resident."""
    return UUID(bytes=bytes(found.review_key[:16]))


def _item(row: asyncpg.Record) -> ReviewItem:
    institution_id = row["institution_id"]
    return ReviewItem(
        residents=(ResidentId(row["resident_id"]), *map(ResidentId, row["other_residents"])),
        review_key=row["review_key"],
        kind=ReviewKind(row["kind"]),
        reason=row["reason"],
        bits=row["bits"],
        model_version=row["model_version"] or "",
        institution_id=InstitutionId(institution_id) if institution_id else None,
        opened_at=row["opened_at"],
        sealed=row.get("sealed", b""),
    )


def _answered(row: asyncpg.Record) -> Answered:
    merge_id, seconds = row["merge_id"], row["worked_seconds"]
    return Answered(
        resident_id=ResidentId(row["resident_id"]),
        review_key=row["review_key"],
        answer=Answer(row["answer"]),
        at=row["answered_at"],
        clerk_id=PractitionerId(row["answered_by"]),
        institution_id=InstitutionId(row["institution_id"]),
        merge_id=MergeId(merge_id) if merge_id else None,
        worked_for=None if seconds is None else timedelta(seconds=seconds),
    )

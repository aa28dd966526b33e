"""What each person may see of cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.standards import NotFound
from openhealthcode.supervision.cases import rules, store
from openhealthcode.supervision.cases.model import (
    Case,
    CaseStep,
    Office,
    Person,
    Standing,
    StepKind,
    last,
)
from openhealthcode.supervision.cases.opening import TASK
from openhealthcode.supervision.cases.store import Found
from openhealthcode.trust import Keys


@dataclass(frozen=True, slots=True)
class CaseRead:
    """A case, what was done about it, and where it stands now."""

    case: Case
    steps: tuple[CaseStep, ...]
    stands: Standing


async def case(pool: Pool, keys: Keys, case_id: UUID, person: Person) -> CaseRead:
    """One case.

    Raises:
        NotFound: none, or none of this person's; the accused's from the hearing on.
    """
    async with transaction(pool, task=TASK) as connection:
        found = await store.case(connection, keys, case_id)
    if found is None:
        raise NotFound
    read = _read(found)
    if not rules.concerns(read.case, person):
        raise NotFound
    if person.office is Office.ACCUSED and last(read.steps, StepKind.HEAR) is None:
        raise NotFound
    return read


async def cases_for(pool: Pool, keys: Keys, person: Person) -> list[CaseRead]:
    """Every case of the last years that this officer or supervisor handles, the next due first."""
    of = None if person.office is Office.SUPERVISOR else person.institution_id
    async with transaction(pool, task=TASK) as connection:
        found = await store.cases(connection, keys, _since(), institution_id=of)
    return [read for read in map(_read, found) if rules.concerns(read.case, person)]


async def hearings_of(pool: Pool, keys: Keys, person: Person) -> list[CaseRead]:
    """The cases in which this practitioner is or was asked, the next due first."""
    async with transaction(pool, task=TASK) as connection:
        found = await store.cases(connection, keys, _since(), accused=person.practitioner_id)
    return [read for read in map(_read, found) if last(read.steps, StepKind.HEAR) is not None]


async def cases_of_mark(connection: Connection, keys: Keys, mark: bytes) -> list[CaseRead]:
    """What the resident of this mark reported; in a transaction of ``supervision``."""
    return [_read(one) for one in await store.cases_of_mark(connection, keys, mark)]


async def cases_numbered(
    connection: Connection, keys: Keys, case_ids: Sequence[UUID]
) -> list[CaseRead]:
    """Some cases, whoever they concern; in a transaction of ``supervision``."""
    found = [await store.case(connection, keys, case_id) for case_id in case_ids]
    return [_read(one) for one in found if one is not None]


def _since() -> datetime:
    return datetime.now(UTC) - rules.REMEMBERED


def _read(found: Found) -> CaseRead:
    one, steps, now = found
    return CaseRead(one, steps, rules.standing(one, steps, now))

"""Open a case: from a warning by whoever handles it, or from a resident's report."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from openhealthcode import audit, registry
from openhealthcode.audit import REGION, Action
from openhealthcode.database import Connection, Pool, enter, transaction
from openhealthcode.standards import working_days_after
from openhealthcode.standards.ids import PractitionerId
from openhealthcode.supervision.cases import rules, store
from openhealthcode.supervision.cases.model import About, Case, CaseKind, NotInThisCase, Person
from openhealthcode.trust import Keys

TASK = "supervision"


async def open_case(
    pool: Pool,
    keys: Keys,
    person: Person,
    *,
    accused: PractitionerId,
    about: About,
) -> Case:
    """Open a case about a warning; the region's log says who did.

    Raises:
        NotFound: there is no such practitioner.
        NotInThisCase: it would be the own case, or one of another institution.
    """
    who = await registry.practitioner(pool, accused)
    async with transaction(pool, resident=REGION, task=TASK) as connection:
        agent = audit.Agent(
            audit.AgentKind.PRACTITIONER, person.practitioner_id, person.institution_id
        )
        opened = await open_case_within(
            connection, keys, agent, kind=CaseKind.WARNING, who=who, about=about
        )
        if not rules.concerns(opened, person):
            raise NotInThisCase
    return opened


async def open_case_within(
    connection: Connection,
    keys: Keys,
    agent: audit.Agent,
    *,
    kind: CaseKind,
    who: registry.Practitioner,
    about: About,
) -> Case:
    """Open a case inside the caller's transaction, which is left turned to the region's log.

    Args:
        connection: a transaction of the task ``supervision``; what concerns a resident is done
            already, so that nobody waits for the other's log in a circle.
        agent: who opens it; for a report the platform, since the region's log names no resident.
        who: the accused.
    """
    await enter(connection, resident=REGION)
    case_id = uuid4()
    event = audit.Event(
        action=Action.CASE_OPEN,
        agent=agent,
        detail={"case": case_id.bytes, "kind": kind.value, "accused": who.practitioner_id.bytes},
    )
    logged = await audit.append_own(connection, keys, event)
    opened = Case(
        case_id=case_id,
        kind=kind,
        accused=who.practitioner_id,
        institution_id=who.institution_id,
        department=who.department,
        about=about,
        opened_at=logged.at,
        due_at=_due(kind, logged.at),
    )
    await store.open_case(connection, keys, opened)
    return opened


def _due(kind: CaseKind, at: datetime) -> datetime:
    return working_days_after(at, rules.DECIDE_WORKING_DAYS[kind])

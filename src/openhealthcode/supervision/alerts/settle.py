"""What an officer makes of an alert: a case, or a reason why it is none; each logged."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from openhealthcode import audit, registry
from openhealthcode.access import overseen
from openhealthcode.audit import REGION, Action
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import PractitionerId
from openhealthcode.supervision import cases
from openhealthcode.supervision.alerts import store
from openhealthcode.supervision.alerts.follow import TASK
from openhealthcode.supervision.alerts.model import AlertMoved, AlertRow, AlertState
from openhealthcode.supervision.alerts.officers import concerns
from openhealthcode.supervision.cases import About, Case, CaseKind, Person
from openhealthcode.supervision.cases.model import checked_words
from openhealthcode.trust import Keys

_MOST_LEAVES = 200


async def make_case(pool: Pool, keys: Keys, alert_id: UUID, person: Person) -> Case:
    """Open a case of an alert.

    Raises:
        NotFound: no such alert, or none of this person's.
        AlertMoved: somebody has seen to it, or it is about a system: nobody could be heard.
    """
    async with transaction(pool, resident=REGION, task=TASK) as connection:
        row = await store.alert(connection, keys, alert_id)
        if row is None or not concerns(row, person):
            raise NotFound
        who = await _person(pool, row)
        if who is None:
            raise AlertMoved
        about = replace(_about(row), others=await _others(connection, row))
        opened = await cases.open_case_within(
            connection,
            keys,
            _agent(person),
            kind=CaseKind.WARNING,
            who=who,
            about=about,
        )
        if not await store.settle(
            connection,
            alert_id,
            AlertState.CASE,
            case_id=opened.case_id,
            at=opened.opened_at,
            by=person.practitioner_id,
        ):
            raise AlertMoved
    return opened


async def dismiss(pool: Pool, keys: Keys, alert_id: UUID, person: Person, reason: str) -> None:
    """Say why an alert is no case. Of the own unit nobody does: that takes a case, and two persons.

    Raises:
        NotFound: no such alert, or none of this person's.
        AlertMoved: somebody has seen to it, or it is of the own unit.
        WordsUnsuitable: no reason in words.
    """
    words = checked_words(reason)
    async with transaction(pool, resident=REGION, task=TASK) as connection:
        event = audit.Event(
            action=Action.ALERT_DISMISS,
            agent=_agent(person),
            detail={"alert": alert_id.bytes, "reason": words},
        )
        logged = await audit.append_own(connection, keys, event)
        row = await store.alert(connection, keys, alert_id)
        if row is None or not concerns(row, person):
            raise NotFound
        who = await _person(pool, row)
        unit = (who.institution_id, who.department) if who else (row.alert.institution, "")
        if cases.is_of_unit(person, *unit):
            raise AlertMoved
        if not await store.settle(
            connection,
            alert_id,
            AlertState.DISMISSED,
            case_id=None,
            at=logged.at,
            by=person.practitioner_id,
        ):
            raise AlertMoved


async def _person(pool: Pool, row: AlertRow) -> registry.Practitioner | None:
    """Whom an alert is about; nobody where it is a system."""
    about = row.alert.practitioner
    return (await registry.practitioners(pool, {about})).get(about)


def _agent(person: Person) -> audit.Agent:
    return audit.Agent(audit.AgentKind.PRACTITIONER, person.practitioner_id, person.institution_id)


async def _others(connection: Connection, row: AlertRow) -> tuple[PractitionerId, ...]:
    """Who else looked at the resident at whom many did; of one person's accesses nobody."""
    leaves = [
        leaf
        for finding in row.alert.findings
        if finding.is_about_resident
        for leaf in finding.leaves
    ]
    return tuple(sorted(await overseen.lookers(connection, leaves) - {row.alert.practitioner}))


def _about(row: AlertRow) -> About:
    alert = row.alert
    marks = alert.resident_marks
    leaves = sorted({leaf for finding in alert.findings for leaf in finding.leaves})
    return About(
        rule=alert.findings[0].rule,
        leaves=tuple(leaves[-_MOST_LEAVES:]),
        alert_id=row.alert_id,
        resident_mark=marks[0] if len(marks) == 1 else b"",
    )

"""What each officer looks at: the gravest first, as much as a day allows, planned so that none looks twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from openhealthcode.access import overseen
from openhealthcode.database import Pool, transaction
from openhealthcode.sign_in import Role, staff
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import PractitionerId
from openhealthcode.supervision.alerts import store
from openhealthcode.supervision.alerts.editions import in_force
from openhealthcode.supervision.alerts.model import AlertFigures, AlertRow, Queue
from openhealthcode.supervision.cases import Office, Person
from openhealthcode.supervision.warning import Edition, plan, silenced
from openhealthcode.trust import Keys

_TASK: Final = "supervision"
_MOST: Final = 2_000
_ROLES: Final = {Office.OFFICER: Role.PRIVACY_OFFICER, Office.SUPERVISOR: Role.SUPERVISOR}
_FIGURES_OF: Final = timedelta(days=30)


async def alerts_for(pool: Pool, keys: Keys, person: Person) -> Queue:
    """An officer's queue of today, what colleagues have, and what waits; never one's own accesses."""
    async with transaction(pool, task=_TASK) as connection:
        edition = await in_force(connection, keys)
        of = None if person.office is Office.SUPERVISOR else person.institution_id
        found = await store.open_alerts(connection, keys, of, _MOST)
    found = [one for one in found if one.alert.practitioner != person.practitioner_id]
    colleagues = await staff.holders(pool, _ROLES[person.office], of)
    officers = sorted({*colleagues, person.practitioner_id})
    return planned(edition, found, officers, person)


def planned(
    edition: Edition,
    found: Sequence[AlertRow],
    officers: Sequence[PractitionerId],
    person: Person,
) -> Queue:
    """Who looks at what today. Pure; every officer gets the same plan from the same alerts.

    An alert goes to the officer its number falls to, never to the one it is about.
    """
    by_id = {one.alert.alert_id: one for one in found}
    today = plan([one.alert for one in found], len(officers), edition)
    mine: list[AlertRow] = []
    others: list[AlertRow] = []
    for alert in today.shown:
        may = [one for one in officers if one != alert.practitioner]
        falls_to = may[int(alert.alert_id[:8], 16) % len(may)] if may else None
        row = by_id[alert.alert_id]
        (mine if falls_to == person.practitioner_id else others).append(row)
    waiting = tuple(by_id[alert.alert_id] for alert in today.waiting)
    budget = int(edition.alerts["per_officer_a_day"])
    return Queue(today=tuple(mine), others=tuple(others), waiting=waiting, budget=budget)


async def alert_for(pool: Pool, keys: Keys, alert_id: UUID, person: Person) -> AlertRow:
    """One alert.

    Raises:
        NotFound: none, one of another institution, or about one's own accesses.
    """
    async with transaction(pool, task=_TASK) as connection:
        found = await store.alert(connection, keys, alert_id)
    if found is None or not concerns(found, person):
        raise NotFound
    return found


def concerns(row: AlertRow, person: Person) -> bool:
    """Whether somebody may know of an alert: never who it is about."""
    if row.alert.practitioner == person.practitioner_id:
        return False
    return person.office is Office.SUPERVISOR or (
        person.office is Office.OFFICER and row.alert.institution == person.institution_id
    )


async def figures(pool: Pool, keys: Keys) -> AlertFigures:
    """How the early warning stands: the last thirty days, and how far behind the log it is."""
    since = datetime.now(UTC) - _FIGURES_OF
    async with transaction(pool, task=_TASK) as connection:
        edition = await in_force(connection, keys)
        row = await store.figures(connection, since)
        behind = await overseen.log_size(connection) - await store.next_leaf(connection)
    return AlertFigures(
        **dict(row),
        edition=edition.name,
        silenced=tuple(sorted(silenced(edition))),
        behind_leaves=behind,
    )

"""A case of an alert about one resident names everybody who looked; one about a person nobody else."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from openhealthcode.access import overseen
from openhealthcode.database import transaction
from openhealthcode.supervision import alerts, cases
from openhealthcode.supervision.alerts import store
from openhealthcode.supervision.warning import Alert, Finding, Severity


async def told(hospital, who, leaves, *, is_about_resident: bool) -> UUID:
    """An alert as the early warning keeps it."""
    at = datetime.now(UTC)
    finding = Finding(
        rule="burst",
        at=at,
        practitioner=who,
        institution=hospital.world.hospital,
        resident_marks=(b"m" * 32,),
        severity=Severity.HIGH,
        weight=0.9,
        leaves=leaves,
        is_about_resident=is_about_resident,
    )
    alert = Alert(
        alert_id=uuid4().hex,
        edition="2026-1",
        opened_at=at,
        latest_at=at,
        practitioner=who,
        institution=hospital.world.hospital,
        resident_marks=finding.resident_marks,
        severity=finding.severity,
        score=0.9,
        findings=(finding,),
    )
    async with transaction(hospital.pool, task="supervision") as connection:
        await store.tell(connection, hospital.keys, alert)
    return UUID(alert.alert_id)


@pytest.mark.parametrize("is_about_resident", [True, False])
async def test_a_case_names_everybody_who_looked_at_one_resident(hospital, is_about_resident):
    officer = hospital.officer(await hospital.staff("何静"))
    resident = await hospital.resident(21)
    lookers = [await hospital.staff(name) for name in ("宁海", "葛红", "林木")]
    bystander = await hospital.staff("旁人")
    for who in lookers:
        await hospital.look(who, resident)
    other = await hospital.resident(22)
    await hospital.look(bystander, other)
    await hospital.sequence()
    async with transaction(hospital.pool, task="supervision") as connection:
        found = await overseen.accesses_since(hospital.pool, hospital.keys, connection, 0, 10_000)
    leaves = tuple(one.leaf for one in found.accesses if one.agent in set(lookers))
    assert len(leaves) == len(lookers)
    alert_id = await told(hospital, lookers[-1], leaves, is_about_resident=is_about_resident)
    opened = await alerts.make_case(hospital.pool, hospital.keys, alert_id, officer)
    assert opened.accused == lookers[-1]
    read = await cases.case(hospital.pool, hospital.keys, opened.case_id, officer)
    expected = set(lookers[:-1]) if is_about_resident else set()
    assert set(read.case.about.others) == expected

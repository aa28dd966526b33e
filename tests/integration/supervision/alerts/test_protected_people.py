"""People under special protection: two supervisors name them, looks at them are told, nobody lists them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

import visits
from openhealthcode.access import overseen
from openhealthcode.audit import REGION, Action
from openhealthcode.database import transaction
from openhealthcode.registry import PractitionerRole
from openhealthcode.sign_in import Audience, Role, StaffSession
from openhealthcode.standards import Certificate, CertificateKind, InvalidInput
from openhealthcode.standards.ids import TerminalId
from openhealthcode.supervision import alerts, protected

UNEXPLAINED = {"because": "kind-allowed", "items": []}
EXPLAINED = {"because": "practitioner-allowed", "items": []}


def number(serial):
    return Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(serial))


async def supervisor(hospital, name):
    who, now = await hospital.staff(name, PractitionerRole.EXTERNAL), datetime.now(UTC)
    return StaffSession(
        session_id=uuid4(),
        practitioner_id=who,
        institution_id=hospital.world.hospital,
        audience=Audience.SUPERVISOR,
        roles=frozenset({Role.SUPERVISOR}),
        terminal_id=TerminalId(uuid4()),
        started_at=now,
        expires_at=now + timedelta(hours=1),
    )


@pytest.fixture
async def two(hospital):
    return [await supervisor(hospital, name) for name in ("高远", "周明")]


async def ask(hospital, who, serial, days=90):
    await protected.ask(hospital.pool, hospital.keys, who, number(serial), days)


async def confirm(hospital, who, serial):
    return await protected.confirm(hospital.pool, hospital.keys, who, number(serial))


async def looked_at(hospital, resident, detail=UNEXPLAINED):
    """The rules of which an officer is told after a doctor looked."""
    doctor = await hospital.staff("宁", department="内科")
    await hospital.happens(doctor, resident, Action.RECORD_DISCLOSE, detail=detail)
    await hospital.follow()
    officer = hospital.officer(await hospital.staff("何"))
    queue = await alerts.alerts_for(hospital.pool, hospital.keys, officer)
    rows = [*queue.today, *queue.others, *queue.waiting]
    return {finding.rule for row in rows for finding in row.alert.findings}


async def test_a_look_at_somebody_protected_is_told(hospital, two):
    resident = await hospital.resident(41)
    await ask(hospital, two[0], 41)
    assert await confirm(hospital, two[1], 41)
    assert "vip" in await looked_at(hospital, resident)
    edition = await alerts.edition_in_force(hospital.pool, hospital.keys)
    assert "special protection" in edition.rules["vip"].sentences["en"]


async def test_a_look_that_is_explained_or_at_somebody_else_is_not(hospital, two):
    resident, other = await hospital.resident(41), await hospital.resident(42)
    await ask(hospital, two[0], 41)
    await confirm(hospital, two[1], 41)
    assert await looked_at(hospital, resident, EXPLAINED) == set()
    assert await looked_at(hospital, other) == set()


async def test_one_person_protects_nobody(hospital, two):
    resident = await hospital.resident(41)
    await ask(hospital, two[0], 41)
    assert not await confirm(hospital, two[0], 41)
    assert await protected.standing(hospital.pool) == protected.Standing(0, 1)
    assert await looked_at(hospital, resident) == set()


async def test_another_number_confirms_nothing(hospital, two):
    await hospital.resident(41)
    await hospital.resident(42)
    await ask(hospital, two[0], 41)
    assert not await confirm(hospital, two[1], 42)
    assert await protected.standing(hospital.pool) == protected.Standing(0, 1)


async def aged(owner_url, days):
    """Everything was done so many days ago."""
    owner = await asyncpg.connect(owner_url)
    await owner.execute(
        "UPDATE supervision.protected SET asked_at = asked_at - $1::interval,"
        " confirmed_at = confirmed_at - $1::interval, until = until - $1::interval",
        timedelta(days=days),
    )
    await owner.close()


async def test_it_ends_by_itself_and_held_before(hospital, two, owner_url):
    resident = await hospital.resident(41)
    await ask(hospital, two[0], 41, 30)
    await confirm(hospital, two[1], 41)
    await aged(owner_url, 31)
    assert await protected.standing(hospital.pool) == protected.Standing(0, 0)
    assert await looked_at(hospital, resident) == set()
    mark = overseen.mark_of(hospital.keys, resident)
    (span,) = (await protected.protections(hospital.pool, [mark]))[mark]
    now = datetime.now(UTC)
    assert span.holds_at(now - timedelta(days=15))
    assert not span.holds_at(now)
    assert not span.holds_at(now - timedelta(days=40))
    assert await protected.protections(hospital.pool, []) == {}


async def test_a_request_waits_seven_days(hospital, two, owner_url):
    await hospital.resident(41)
    await ask(hospital, two[0], 41)
    await aged(owner_url, 8)
    assert not await confirm(hospital, two[1], 41)


@pytest.mark.parametrize("days", [0, -1, 29, 367])
async def test_for_other_lengths_nobody_is_protected(hospital, two, days):
    with pytest.raises(InvalidInput):
        await ask(hospital, two[0], 41, days)


async def test_nobody_learns_who_is_registered_nor_who_is_protected(hospital, two):
    resident = await hospital.resident(41)
    for serial in (41, 49):  # the second is nobody's
        await ask(hospital, two[0], serial)
        assert await confirm(hospital, two[1], serial)
    assert await protected.standing(hospital.pool) == protected.Standing(2, 0)
    async with transaction(hospital.pool, task="supervision") as connection:
        rows = await connection.fetch("SELECT * FROM supervision.protected")
    kept = repr([dict(row) for row in rows])
    assert str(resident) not in kept
    assert visits.national_id(41) not in kept
    assert len({row["resident_mark"] for row in rows}) == 2
    assert await hospital.pool.fetchval("SELECT count(*) FROM supervision.protected") == 0


async def test_each_step_stands_in_the_regions_log(hospital, two):
    await hospital.resident(41)
    await ask(hospital, two[0], 41)
    await confirm(hospital, two[1], 41)
    async with transaction(hospital.pool, resident=REGION) as connection:
        rows = await connection.fetch("SELECT action, agent_id FROM audit.event ORDER BY number")
    assert [(row["action"], row["agent_id"]) for row in rows] == [
        (Action.RESIDENT_PROTECT, one.practitioner_id) for one in two
    ]

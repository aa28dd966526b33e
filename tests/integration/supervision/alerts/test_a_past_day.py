"""A past day judged again from the log alone, by the edition that held then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import asyncpg
import pytest

from openhealthcode.access import overseen
from openhealthcode.audit import Action
from openhealthcode.database import transaction
from openhealthcode.standards.ids import PractitionerId
from openhealthcode.supervision import alerts
from openhealthcode.supervision.cases import Office, Person

CHINA = timezone(timedelta(hours=8))
QUIET = alerts.shipped_text().replace("[rules.self]", "[rules.self]\nenabled = false")


def today():
    return datetime.now(CHINA).date()


async def snooping(hospital, serial: int = 11):
    """A doctor looks at their own record, explained by nothing."""
    doctor = await hospital.staff(f"宁{serial}", department="内科")
    own = await hospital.resident(serial)
    await hospital.tie(doctor, serial)
    detail = {"because": "kind-allowed", "items": []}
    await hospital.happens(doctor, own, Action.RECORD_DISCLOSE, detail=detail)
    return doctor


async def found_on(hospital, *days):
    """What is found on these days together: a test may begin before midnight and end after it."""
    past = [await alerts.judge_again(hospital.pool, hospital.keys, day) for day in days]
    return [one for day in past for one in day.findings], sum(day.accesses for day in past)


async def test_the_same_is_found_again_and_nothing_is_kept(hospital):
    doctor = await snooping(hospital)
    await hospital.follow()
    officer = hospital.officer(await hospital.staff("何"))
    before = await alerts.alerts_for(hospital.pool, hospital.keys, officer)
    findings, accesses = await found_on(hospital, today() - timedelta(days=1), today())
    assert {one.rule for one in findings} >= {"self"}
    assert {one.practitioner for one in findings} == {doctor}
    assert accesses >= 1
    assert await alerts.alerts_for(hospital.pool, hospital.keys, officer) == before


async def test_another_day_says_nothing_of_it(hospital):
    await snooping(hospital)
    await hospital.follow()
    for days in (3, -3):
        past = await alerts.judge_again(
            hospital.pool, hospital.keys, today() + timedelta(days=days)
        )
        assert (past.accesses, past.findings, past.alerts) == (0, (), 0)


async def test_what_was_removed_from_the_alerts_comes_again(hospital, owner_url):
    await snooping(hospital)
    await hospital.follow()
    owner = await asyncpg.connect(owner_url)
    tables = await owner.fetch(
        "SELECT oid::regclass::text AS name FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'supervision'::regnamespace"
    )
    await owner.execute(f"TRUNCATE {', '.join(row['name'] for row in tables)}")
    await owner.close()
    findings, _ = await found_on(hospital, today() - timedelta(days=1), today())
    assert findings


async def test_the_first_leaf_of_a_moment(hospital):
    for serial in (11, 12, 13):
        await snooping(hospital, serial)
    await hospital.follow()
    now = datetime.now(UTC)
    async with transaction(hospital.pool, task="supervision") as connection:
        size = await overseen.log_size(connection)
        assert await overseen.first_leaf_at(connection, now - timedelta(days=1)) == 0
        assert await overseen.first_leaf_at(connection, now + timedelta(days=1)) == size
        times = [
            await connection.fetchval(
                "SELECT e.recorded_at FROM audit.leaf l JOIN audit.event e"
                " USING (resident_id, number) WHERE l.leaf_index = $1",
                leaf,
            )
            for leaf in range(size)
        ]
        if times == sorted(times):
            for leaf, at in enumerate(times):
                assert times[await overseen.first_leaf_at(connection, at)] == at, leaf


@pytest.mark.parametrize("approved_days_ago", [5, 1])
async def test_the_edition_that_held_then_judges(hospital, owner_url, approved_days_ago):
    author, other = (Person(Office.SUPERVISOR, PractitionerId(uuid4())) for _ in range(2))
    number = await alerts.propose(hospital.pool, hospital.keys, author, QUIET, "误报太多。")
    await alerts.decide(hospital.pool, hospital.keys, number, other, is_approved=True)
    owner = await asyncpg.connect(owner_url)
    await owner.execute(
        "UPDATE supervision.rule_edition SET proposed_at = $1, decided_at = $1",
        datetime.now(UTC) - timedelta(days=approved_days_ago),
    )
    await owner.close()
    past = await alerts.judge_again(hospital.pool, hospital.keys, today() - timedelta(days=3))
    assert past.edition.rules["self"].is_enabled is (approved_days_ago == 1)

"""The log is counted once, however often counting begins again, and only large numbers come out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import asyncpg
import pytest

import visits
from openhealthcode import audit, registry
from openhealthcode.audit import Action, Agent, AgentKind, Event
from openhealthcode.database import transaction
from openhealthcode.supervision import summaries
from openhealthcode.supervision.summaries import Measure, Place, Scope
from openhealthcode.trust import Keys


class Region:
    """A world whose log is sequenced and counted at a word."""

    def __init__(self, world: visits.World, sequencer: audit.Sequencer) -> None:
        self.world, self.sequencer = world, sequencer

    async def institution(self, name: str, division: str) -> registry.InstitutionId:
        entry = registry.InstitutionEntry(
            f"test|{name}", registry.InstitutionKind.CLINIC, name, division_code=division
        )
        return await registry.register_institution(self.world.pool, entry)

    async def happens(self, resident, times: int, institution=None, action=Action.RECORD_FILE):
        kind = AgentKind.RESIDENT if institution is None else AgentKind.SYSTEM
        event = Event(action=action, agent=Agent(kind, uuid4(), institution))
        for _ in range(times):
            async with transaction(self.world.pool, resident=resident) as connection:
                await audit.append(connection, self.world.keys, resident, event)

    async def count(self) -> int:
        while await self.sequencer.sequence():
            pass
        return await summaries.count_up(self.world.pool)


@pytest.fixture
async def region(pool, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    signer = keys.checkpoint_signer("log.example/region")
    sequencer = audit.Sequencer(pool, tmp_path / "log", signer)
    yield Region(await visits.world(pool, keys), sequencer)
    sequencer.close()
    keys.close()


def these_weeks(**narrower) -> Scope:
    """Last week, this one and the next, so that a Sunday's midnight changes nothing."""
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    monday = today - timedelta(days=today.weekday())
    return Scope(monday - timedelta(days=7), monday + timedelta(days=14), **narrower)


async def test_large_numbers_stand_alone_and_small_ones_together(region):
    li = await region.world.resident()
    large, one, another, lonely = [
        await region.institution(name, division)
        for name, division in [
            ("甲医院", "880101"),
            ("乙卫生院", "880101"),
            ("丙卫生院", "880101"),
            ("丁诊所", "880202"),
        ]
    ]
    for institution, times in [(large, 14), (one, 6), (another, 7), (lonely, 5)]:
        await region.happens(li, times, institution)
    await region.count()
    found = await summaries.figures(region.world.pool, these_weeks())
    # The five of the only small one of its division stay untold.
    assert found.by_place[Measure.FILED] == {Place("880101"): 27}
    assert found.total(Measure.FILED) == 27
    within = await summaries.figures(region.world.pool, these_weeks(division="880101"))
    assert within.by_place[Measure.FILED] == {
        Place("880101", large): 14,
        Place("880101"): 13,
    }
    assert not (await summaries.figures(region.world.pool, these_weeks(division="880202"))).by_week
    alone = these_weeks(division="880101", institution_id=one)
    assert not (await summaries.figures(region.world.pool, alone)).by_week
    active = await summaries.active_institutions(region.world.pool, these_weeks())
    assert {large, one, another, lonely} <= active


async def test_what_residents_do_is_counted_for_the_region(region):
    li = await region.world.resident()
    await region.happens(li, 12, action=Action.CONSENT_GRANT)
    await region.count()
    found = await summaries.figures(region.world.pool, these_weeks())
    assert found.by_place[Measure.GRANTED] == {Place(): 12}
    assert sum(found.by_week[Measure.GRANTED].values()) == 12
    assert set(found.by_week[Measure.GRANTED]) <= set(found.weeks)


async def test_each_leaf_is_counted_once(region):
    li = await region.world.resident()
    clinic = await region.institution("甲医院", "880101")
    await region.happens(li, 8, clinic)
    assert await region.count() > 0
    assert await region.count() == 0
    assert not (await summaries.figures(region.world.pool, these_weeks())).by_week
    await region.happens(li, 4, clinic)
    assert await region.count() == 4
    found = await summaries.figures(region.world.pool, these_weeks(division="880101"))
    assert found.total(Measure.FILED) == 12
    leaves, at = await summaries.counted_up_to(region.world.pool)
    assert leaves == 1 + 8 + 4  # somebody was registered
    assert at is not None


async def test_refusals_and_machines_are_told_apart(region):
    li = await region.world.resident()
    clinic = await region.institution("甲医院", "880101")
    await region.happens(li, 11, clinic, Action.RECORD_DISCLOSE)
    await region.count()
    found = await summaries.figures(region.world.pool, these_weeks())
    assert Measure.SHOWN_TO_SYSTEMS in found.by_week
    assert Measure.SHOWN_TO_PEOPLE not in found.by_week


async def test_two_at_once_count_nothing_twice(region):
    li = await region.world.resident()
    await region.happens(li, 12, action=Action.RECORD_OWN_VIEW)
    while await region.sequencer.sequence():
        pass
    async with transaction(region.world.pool, task="supervision") as connection:
        await connection.fetchval("SELECT pg_try_advisory_xact_lock(5346271)")
        assert await summaries.count_up(region.world.pool) == 0
    assert await summaries.count_up(region.world.pool) > 0
    assert await summaries.count_up(region.world.pool) == 0


async def test_nothing_small_can_be_stored_to_be_shown(region):
    insert = """INSERT INTO supervision.published
                (week, measure, division, institution_id, times) VALUES ($1, 'filed', '', $2, 10)"""
    with pytest.raises(asyncpg.CheckViolationError):
        async with transaction(region.world.pool, task="supervision") as connection:
            await connection.execute(insert, date(2026, 11, 16), uuid4())


async def test_without_the_task_nothing_is_there(region):
    li = await region.world.resident()
    await region.happens(li, 12, action=Action.RECORD_OWN_VIEW)
    await region.count()
    async with transaction(region.world.pool) as connection:
        for table in ("counted", "tally", "published"):
            assert await connection.fetchval(f"SELECT count(*) FROM supervision.{table}") == 0

"""From an event to an alert: in time, once, and the same after whatever stopped in between."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

import asyncpg
import pytest

from openhealthcode import audit, identity
from openhealthcode.audit import REGION, Action, Agent, AgentKind, Event
from openhealthcode.database import transaction
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import InstitutionId
from openhealthcode.supervision import alerts, cases
from openhealthcode.supervision.alerts import AlertMoved, AlertState, Follower, store
from openhealthcode.supervision.cases import Office, Person, WordsUnsuitable


async def snooping(hospital, serial: int = 11):
    """A doctor looks at their own record."""
    doctor = await hospital.staff(f"宁{serial}", department="内科")
    own = await hospital.resident(serial)
    await hospital.tie(doctor, serial)
    await snoop(hospital, doctor, own)
    return doctor, own


async def snoop(hospital, doctor, own):
    """A look that a consent for everybody allows: shown, and explained by nothing."""
    detail = {"because": "kind-allowed", "items": []}
    await hospital.happens(doctor, own, Action.RECORD_DISCLOSE, detail=detail)


async def queue_of(hospital, person):
    return await alerts.alerts_for(hospital.pool, hospital.keys, person)


async def all_of(hospital, person):
    found = await queue_of(hospital, person)
    return [*found.today, *found.others, *found.waiting]


async def test_an_alert_says_what_happened_in_a_sentence_and_names_no_resident(hospital):
    doctor, own = await snooping(hospital)
    await hospital.follow()
    officer = hospital.officer(await hospital.staff("何"))
    (row,) = await all_of(hospital, officer)
    assert row.alert.practitioner == doctor
    assert "self" in {one.rule for one in row.alert.findings}
    edition = await alerts.edition_in_force(hospital.pool, hospital.keys)
    assert "own record" in edition.sentence(row.alert.findings[0], "en")
    assert str(own) not in repr(row)


async def test_it_takes_less_than_a_minute_by_the_clock(hospital):
    """With the chores as they run: sequenced every second, followed every five."""

    async def repeat(work, seconds):
        while True:
            await work()
            await asyncio.sleep(seconds)

    officer = hospital.officer(await hospital.staff("何"))
    tasks = [
        asyncio.create_task(repeat(hospital.sequencer.sequence, 1)),
        asyncio.create_task(repeat(hospital.follower.follow, 5)),
    ]
    try:
        await snooping(hospital)
        began = time.monotonic()
        while not await all_of(hospital, officer):
            assert time.monotonic() - began < 60
            await asyncio.sleep(0.2)
    finally:
        for task in tasks:
            task.cancel()


async def test_following_again_finds_nothing_again(hospital):
    await snooping(hospital)
    officer = hospital.officer(await hospital.staff("何"))
    assert await hospital.follow() > 0
    first = await all_of(hospital, officer)
    assert await hospital.follow() == 0
    assert await Follower(hospital.pool, hospital.keys).follow() == 0
    assert await all_of(hospital, officer) == first


async def test_another_process_goes_on_where_the_first_stopped(hospital):
    doctor, own = await snooping(hospital)
    await hospital.follow()
    other = Follower(hospital.pool, hospital.keys)
    await snoop(hospital, doctor, own)
    await hospital.sequence()
    await other.follow()
    await snoop(hospital, doctor, own)
    await hospital.follow()  # the first one's memory is behind by now
    officer = hospital.officer(await hospital.staff("何"))
    (row,) = await all_of(hospital, officer)
    leaves = {leaf for finding in row.alert.findings for leaf in finding.leaves}
    assert len(leaves) == 3


async def test_what_was_not_kept_is_judged_again(hospital, monkeypatch):
    """Whatever breaks between judging and keeping: nothing is lost and nothing doubled."""
    await snooping(hospital)
    await hospital.sequence()
    real = store.went_on

    async def breaks(*_):
        raise OSError("the machine stopped")

    monkeypatch.setattr(store, "went_on", breaks)
    with pytest.raises(OSError, match="stopped"):
        await hospital.follower.follow()
    monkeypatch.setattr(store, "went_on", real)
    officer = hospital.officer(await hospital.staff("何"))
    assert await all_of(hospital, officer) == []
    await hospital.follow()
    assert len(await all_of(hospital, officer)) == 1


async def test_two_processes_follow_together_and_each_leaf_counts_once(hospital):
    doctor, own = await snooping(hospital)
    for _ in range(5):
        await snoop(hospital, doctor, own)
    await hospital.sequence()
    others = [Follower(hospital.pool, hospital.keys) for _ in range(3)]
    followed = await asyncio.gather(*(one.follow() for one in others))
    async with transaction(hospital.pool, task="supervision") as connection:
        at = await connection.fetchval(
            "SELECT next_leaf FROM supervision.counted WHERE name = 'alerts'"
        )
    assert sum(followed) == at


async def test_nobody_sees_alerts_about_the_own_accesses(hospital):
    doctor, _ = await snooping(hospital)
    await hospital.follow()
    officer = hospital.officer(await hospital.staff("何"))
    (row,) = await all_of(hospital, officer)
    for office in (Office.OFFICER, Office.SUPERVISOR):
        himself = Person(office, doctor, hospital.world.hospital, "内科")
        assert await all_of(hospital, himself) == []
        with pytest.raises(NotFound):
            await alerts.alert_for(hospital.pool, hospital.keys, row.alert_id, himself)
        with pytest.raises(NotFound):
            await alerts.dismiss(hospital.pool, hospital.keys, row.alert_id, himself, "没有问题。")
        with pytest.raises(NotFound):
            await alerts.make_case(hospital.pool, hospital.keys, row.alert_id, himself)


async def test_an_alert_of_the_own_unit_is_dismissed_by_nobody_of_it(hospital):
    await snooping(hospital)
    await hospital.follow()
    same = hospital.officer(await hospital.staff("何", department="内科"), "内科")
    (row,) = await all_of(hospital, same)
    with pytest.raises(AlertMoved):
        await alerts.dismiss(hospital.pool, hospital.keys, row.alert_id, same, "没有问题。")
    other = hospital.officer(await hospital.staff("吕", department="信息科"))
    with pytest.raises(WordsUnsuitable):
        await alerts.dismiss(hospital.pool, hospital.keys, row.alert_id, other, " ")
    await alerts.dismiss(hospital.pool, hospital.keys, row.alert_id, other, "本人要求核对。")
    assert await all_of(hospital, other) == []
    found = await alerts.alert_for(hospital.pool, hospital.keys, row.alert_id, other)
    assert found.state is AlertState.DISMISSED
    with pytest.raises(AlertMoved):
        await alerts.make_case(hospital.pool, hospital.keys, row.alert_id, other)


async def test_a_dismissed_alert_is_open_again_when_more_happens(hospital):
    doctor, own = await snooping(hospital)
    await hospital.follow()
    other = hospital.officer(await hospital.staff("吕"))
    (row,) = await all_of(hospital, other)
    await alerts.dismiss(hospital.pool, hospital.keys, row.alert_id, other, "本人要求核对。")
    await hospital.follow()
    assert await all_of(hospital, other) == []
    await snoop(hospital, doctor, own)
    await hospital.follow()
    (again,) = await all_of(hospital, other)
    assert again.alert_id == row.alert_id


async def test_an_alert_becomes_a_case_once(hospital):
    doctor, _ = await snooping(hospital)
    await hospital.follow()
    officer = hospital.officer(await hospital.staff("何"))
    (row,) = await all_of(hospital, officer)
    case = await alerts.make_case(hospital.pool, hospital.keys, row.alert_id, officer)
    assert case.accused == doctor
    assert case.about.alert_id == row.alert_id
    assert case.about.leaves
    with pytest.raises(AlertMoved):
        await alerts.make_case(hospital.pool, hospital.keys, row.alert_id, officer)
    assert len(await cases.cases_for(hospital.pool, hospital.keys, officer)) == 1
    found = await alerts.alert_for(hospital.pool, hospital.keys, row.alert_id, officer)
    assert found.case_id == case.case_id


async def test_what_happens_after_a_case_was_judged_is_an_alert_again(hospital):
    """Who is let off for something small is not let off for what comes after."""
    doctor, own = await snooping(hospital)
    await hospital.follow()
    officer = hospital.officer(await hospital.staff("何"))
    (row,) = await all_of(hospital, officer)
    case = await alerts.make_case(hospital.pool, hospital.keys, row.alert_id, officer)
    await snoop(hospital, doctor, own)
    await hospital.follow()
    assert await all_of(hospital, officer) == [], "it belongs to the case while that is heard"
    said = cases.Said("与当事人核对，确属误操作。", cases.Verdict.EXPLAINED)
    await cases.take_step(
        hospital.pool, hospital.keys, case.case_id, officer, cases.StepKind.JUDGE, said
    )
    await hospital.follow()
    assert await all_of(hospital, officer) == []
    await snoop(hospital, doctor, own)
    await hospital.follow()
    (again,) = await all_of(hospital, officer)
    assert again.alert_id == row.alert_id
    other = await alerts.make_case(hospital.pool, hospital.keys, row.alert_id, officer)
    assert other.case_id != case.case_id


async def test_an_alert_about_a_system_is_seen_to_by_the_region(hospital):
    """Nobody can be heard: there is no case, and who is responsible for it does not dismiss it."""
    nobody = await hospital.resident(97)
    async with transaction(hospital.pool, resident=nobody) as connection:
        await identity.mark_canary(connection, hospital.keys, nobody, [])
        agent = Agent(AgentKind.SYSTEM, uuid4(), hospital.world.hospital)
        event = Event(action=Action.RESIDENT_MATCH, agent=agent)
        await audit.append(connection, hospital.keys, nobody, event)
    await hospital.follow()
    officer = hospital.officer(await hospital.staff("何"))
    authority = InstitutionId(uuid4())
    region = Person(Office.SUPERVISOR, await hospital.staff("监"), authority, "")
    (row,) = await all_of(hospital, region)
    for person in (officer, region):
        with pytest.raises(AlertMoved):
            await alerts.make_case(hospital.pool, hospital.keys, row.alert_id, person)
    with pytest.raises(AlertMoved):
        await alerts.dismiss(hospital.pool, hospital.keys, row.alert_id, officer, "没有问题。")
    await alerts.dismiss(hospital.pool, hospital.keys, row.alert_id, region, "系统自检所致。")
    assert await all_of(hospital, region) == []


async def test_whoever_dismisses_stands_in_the_regions_log(hospital):
    await snooping(hospital)
    await hospital.follow()
    other = hospital.officer(await hospital.staff("吕"))
    (row,) = await all_of(hospital, other)
    await alerts.dismiss(hospital.pool, hospital.keys, row.alert_id, other, "本人要求核对。")
    async with transaction(hospital.pool, resident=REGION) as connection:
        events = await connection.fetch("SELECT action, agent_id FROM audit.event")
    assert [(e["action"], e["agent_id"]) for e in events] == [
        (Action.ALERT_DISMISS, other.practitioner_id)
    ]


async def test_the_service_can_delete_no_alert_and_an_altered_one_is_not_shown(hospital, owner_url):
    await snooping(hospital)
    await hospital.follow()
    officer = hospital.officer(await hospital.staff("何"))
    async with transaction(hospital.pool, task="supervision") as connection:
        assert await connection.execute("DELETE FROM supervision.alert") == "DELETE 0"
    owner = await asyncpg.connect(owner_url)
    await owner.execute("UPDATE supervision.alert SET sealed = sealed || '\\x00'")
    await owner.close()
    assert await all_of(hospital, officer) == []


async def test_figures_say_how_it_stands(hospital):
    await snooping(hospital)
    before = await alerts.figures(hospital.pool, hospital.keys)
    await hospital.sequence()
    behind = await alerts.figures(hospital.pool, hospital.keys)
    assert (before.opened, behind.opened) == (0, 0)
    assert behind.behind_leaves > 0
    await hospital.follow()
    after = await alerts.figures(hospital.pool, hospital.keys)
    assert (after.opened, after.open_now, after.dismissed, after.cases) == (1, 1, 0, 0)
    assert after.behind_leaves == 0
    assert after.silenced == ()

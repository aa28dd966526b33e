"""A case from its opening to its end, on real PostgreSQL: who may do what, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

import visits
from openhealthcode import audit, registry
from openhealthcode.audit import REGION
from openhealthcode.database import transaction
from openhealthcode.registry import PractitionerEntry, PractitionerRole
from openhealthcode.standards import NotFound
from openhealthcode.supervision import cases
from openhealthcode.supervision.cases import (
    About,
    CaseAltered,
    NotInThisCase,
    Office,
    Person,
    Said,
    Sanction,
    State,
    StepKind,
    Verdict,
    WordsUnsuitable,
)
from openhealthcode.trust import Keys

IN_WORDS = Said("说明如下。")
AGAINST = Said("查询的是本院同事，与诊疗无关。", Verdict.UNJUSTIFIED, Sanction.SUSPENSION)
EXPLAINED = Said("当日会诊，病历中有记录。", Verdict.EXPLAINED)


@dataclass
class Court:
    """A hospital with an accused and two officers, and the region's supervisors."""

    pool: object
    keys: Keys
    accused: Person
    officer: Person
    other_unit: Person
    supervisor: Person
    second_supervisor: Person

    async def open(self):
        return await cases.open_case(
            self.pool,
            self.keys,
            self.officer,
            accused=self.accused.practitioner_id,
            about=About(rule="co-worker", leaves=(4, 7), resident_mark=b"m" * 32),
        )

    async def step(self, case, person, kind, said=IN_WORDS):
        return await cases.take_step(self.pool, self.keys, case.case_id, person, kind, said)

    async def is_working(self) -> bool:
        registry.entries.forget_all()
        who = await registry.practitioner(self.pool, self.accused.practitioner_id)
        return who.is_active


@pytest.fixture
async def court(pool, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    world = await visits.world(pool, keys)
    authority = await registry.register_institution(
        pool,
        registry.InstitutionEntry("test|authority", registry.InstitutionKind.AUTHORITY, "卫健委"),
    )

    async def person(key, institution, office, department=""):
        entry = PractitionerEntry(
            key, institution, key, PractitionerRole.OFFICER, department=department
        )
        id_ = await registry.register_practitioner(pool, entry)
        return Person(office, id_, institution, department)

    hospital = world.hospital
    yield Court(
        pool,
        keys,
        await person("许", hospital, Office.ACCUSED, "内科"),
        await person("何", hospital, Office.OFFICER, "内科"),
        await person("吕", hospital, Office.OFFICER, "信息科"),
        await person("施", authority, Office.SUPERVISOR),
        await person("张", authority, Office.SUPERVISOR),
    )
    keys.close()


async def test_a_case_of_ones_own_unit_is_closed_by_two(court):
    case = await court.open()
    await court.step(case, court.officer, StepKind.TAKE, Said())
    with pytest.raises(NotInThisCase):  # nobody is judged against unheard
        await court.step(case, court.officer, StepKind.JUDGE, AGAINST)
    heard = await court.step(case, court.officer, StepKind.HEAR)
    assert heard.stands.state is State.HEARING
    await court.step(case, court.accused, StepKind.ANSWER)
    judged = await court.step(case, court.officer, StepKind.JUDGE, AGAINST)
    assert judged.stands.state is State.SECOND
    assert await court.is_working()  # one person's judgement is not in force
    with pytest.raises(NotInThisCase):
        await court.step(case, court.officer, StepKind.CONFIRM)
    decided = await court.step(case, court.other_unit, StepKind.CONFIRM)
    assert decided.stands.state is State.DECIDED
    assert decided.stands.sanction is Sanction.SUSPENSION
    assert not await court.is_working()


async def test_an_appeal_is_decided_by_somebody_else_and_lifts_what_followed(court):
    case = await court.open()
    await court.step(case, court.other_unit, StepKind.HEAR)
    await court.step(case, court.accused, StepKind.ANSWER)
    await court.step(case, court.supervisor, StepKind.JUDGE, AGAINST)
    assert not await court.is_working()
    appealed = await court.step(case, court.accused, StepKind.APPEAL)
    assert appealed.stands.state is State.APPEALED
    for not_this in (court.officer, court.other_unit, court.supervisor):
        with pytest.raises(NotInThisCase):
            await court.step(case, not_this, StepKind.JUDGE, EXPLAINED)
    over = await court.step(case, court.second_supervisor, StepKind.JUDGE, EXPLAINED)
    assert over.stands.state is State.CLOSED
    assert await court.is_working()


async def test_nobody_has_a_say_in_the_own_case(court):
    case = await court.open()
    himself = court.accused.practitioner_id
    for office in (Office.OFFICER, Office.SUPERVISOR):
        person = Person(office, himself, court.accused.institution_id, "内科")
        for kind in StepKind:
            with pytest.raises(NotFound):
                await court.step(case, person, kind, EXPLAINED)
        with pytest.raises(NotFound):
            await cases.case(court.pool, court.keys, case.case_id, person)
        assert await cases.cases_for(court.pool, court.keys, person) == []
        with pytest.raises(NotInThisCase):
            await cases.open_case(
                court.pool, court.keys, person, accused=himself, about=About(rule="self")
            )


async def test_the_accused_learns_of_a_case_from_the_hearing_on(court):
    case = await court.open()
    with pytest.raises(NotFound):
        await cases.case(court.pool, court.keys, case.case_id, court.accused)
    with pytest.raises(NotFound):
        await court.step(case, court.accused, StepKind.ANSWER)
    assert await cases.hearings_of(court.pool, court.keys, court.accused) == []
    await court.step(case, court.other_unit, StepKind.HEAR)
    (read,) = await cases.hearings_of(court.pool, court.keys, court.accused)
    assert read.stands.state is State.HEARING
    assert (await cases.case(court.pool, court.keys, case.case_id, court.accused)) == read


async def test_every_step_stands_in_the_regions_own_log(court):
    case = await court.open()
    await court.step(case, court.supervisor, StepKind.SUSPEND)
    await court.step(case, court.supervisor, StepKind.LIFT)
    async with transaction(court.pool, resident=REGION) as connection:
        rows = await connection.fetch("SELECT action, agent_id FROM audit.event ORDER BY number")
    assert [row["action"] for row in rows] == [
        audit.Action.CASE_OPEN,
        audit.Action.CASE_SUSPEND,
        audit.Action.CASE_LIFT,
    ]
    assert rows[0]["agent_id"] == court.officer.practitioner_id


async def test_a_step_that_is_refused_leaves_nothing(court):
    case = await court.open()
    with pytest.raises(NotInThisCase):
        await court.step(case, court.officer, StepKind.CONFIRM)
    read = await cases.case(court.pool, court.keys, case.case_id, court.officer)
    assert read.steps == ()
    async with transaction(court.pool, resident=REGION) as connection:
        assert await connection.fetchval("SELECT count(*) FROM audit.event") == 1


async def test_an_account_stopped_by_two_cases_works_when_both_let_it(court):
    first, second = await court.open(), await court.open()
    await court.step(first, court.supervisor, StepKind.SUSPEND)
    await court.step(second, court.supervisor, StepKind.SUSPEND)
    await court.step(first, court.supervisor, StepKind.LIFT)
    assert not await court.is_working()
    await court.step(second, court.supervisor, StepKind.LIFT)
    assert await court.is_working()


async def test_a_suspension_by_somebody_else_stays(court):
    await registry.suspend_practitioner(court.pool, court.accused.practitioner_id)
    case = await court.open()
    await court.step(case, court.supervisor, StepKind.SUSPEND)
    await court.step(case, court.supervisor, StepKind.LIFT)
    assert not await court.is_working()


async def test_another_institutions_officer_sees_nothing(court):
    case = await court.open()
    stranger = Person(Office.OFFICER, court.supervisor.practitioner_id, REGION, "")
    with pytest.raises(NotFound):
        await cases.case(court.pool, court.keys, case.case_id, stranger)
    with pytest.raises(NotFound):
        await court.step(case, stranger, StepKind.TAKE)
    assert len(await cases.cases_for(court.pool, court.keys, court.other_unit)) == 1
    assert len(await cases.cases_for(court.pool, court.keys, court.supervisor)) == 1


@pytest.mark.parametrize(
    "words", ["", "  \t ", "短", "字" * 2001, "找 13800138000 问", "110105 19491231 002X"]
)
async def test_words_are_bounded_and_name_nobodys_number(court, words):
    case = await court.open()
    with pytest.raises(WordsUnsuitable):
        await court.step(case, court.other_unit, StepKind.HEAR, Said(words))


async def test_poisoned_words_lose_what_turns_them_around(court):
    case = await court.open()
    poisoned = "<script>alert(1)</script>\x1b[2J\r\n\u202e=cmd()\u0000'; DROP TABLE x;--"
    taken = await court.step(case, court.other_unit, StepKind.HEAR, Said(poisoned))
    assert taken.step.said.words.isprintable()
    assert "\u202e" not in taken.step.said.words
    read = await cases.case(court.pool, court.keys, case.case_id, court.other_unit)
    assert read.steps[0].said.words == taken.step.said.words


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE supervision.case_step SET verdict = 'explained'",
        "UPDATE supervision.case_step SET taken_by = gen_random_uuid()",
        "UPDATE supervision.case_file SET accused = gen_random_uuid()",
        "UPDATE supervision.case_step SET sealed = sealed || '\\x00'",
        "DELETE FROM supervision.case_step WHERE number = 1",
    ],
)
async def test_a_case_somebody_altered_is_not_shown(court, owner_url, change):
    case = await court.open()
    await court.step(case, court.other_unit, StepKind.TAKE)
    await court.step(case, court.other_unit, StepKind.HEAR)
    owner = await asyncpg.connect(owner_url)
    await owner.execute(change)
    await owner.close()
    with pytest.raises(CaseAltered):
        await cases.case(court.pool, court.keys, case.case_id, court.supervisor)


async def test_the_service_can_only_add_to_a_case(court):
    case = await court.open()
    await court.step(case, court.other_unit, StepKind.TAKE)
    for change in (
        "UPDATE supervision.case_file SET due_at = now()",
        "DELETE FROM supervision.case_file",
        "UPDATE supervision.case_step SET kind = 'lift'",
        "DELETE FROM supervision.case_step",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with transaction(court.pool, task="supervision") as connection:
                await connection.execute(change)


async def test_without_the_task_no_case_is_seen(court):
    await court.open()
    assert await court.pool.fetchval("SELECT count(*) FROM supervision.case_file") == 0


async def test_what_a_resident_reported_is_found_by_the_mark(court):
    case = await court.open()
    async with transaction(court.pool, task="supervision") as connection:
        (read,) = await cases.cases_of_mark(connection, court.keys, b"m" * 32)
        assert await cases.cases_of_mark(connection, court.keys, b"") == []
    assert read.case == case


async def test_a_report_may_be_contested_by_its_resident_and_then_the_region_judges(court):
    who = await registry.practitioner(court.pool, court.accused.practitioner_id)
    agent = audit.Agent(audit.AgentKind.PLATFORM, REGION)
    async with transaction(court.pool, task="supervision") as connection:
        case = await cases.open_case_within(
            connection,
            court.keys,
            agent,
            kind=cases.CaseKind.RESIDENT_REPORT,
            who=who,
            about=About(leaves=(3,), resident_mark=b"r" * 32, resident_reference="x"),
        )
    resident = Person(Office.RESIDENT, court.accused.practitioner_id)
    decided = await court.step(case, court.other_unit, StepKind.JUDGE, EXPLAINED)
    assert decided.stands.state is State.DECIDED
    contested = await court.step(case, resident, StepKind.APPEAL)
    assert contested.stands.state is State.APPEALED
    with pytest.raises(NotInThisCase):
        await court.step(case, court.officer, StepKind.JUDGE, EXPLAINED)
    over = await court.step(case, court.supervisor, StepKind.JUDGE, EXPLAINED)
    assert over.stands.state is State.CLOSED
    assert over.stands.due_at is None


async def test_a_case_that_is_late_is_the_regions(court):
    case = await court.open()
    read = await cases.case(court.pool, court.keys, case.case_id, court.officer)
    late = cases.standing(read.case, read.steps, case.due_at + timedelta(seconds=1))
    assert late.is_late
    assert late.is_for_region
    for kind in (StepKind.JUDGE, StepKind.HEAR):
        assert kind not in cases.steps_open_to(case, late, court.other_unit)
        assert kind in cases.steps_open_to(case, late, court.supervisor)
    assert case.opened_at < datetime.now(UTC)

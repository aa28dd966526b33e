"""An auditor runs every check unaided and reads what there is; changes nothing and sees no record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

import portals
import visits
from openhealthcode import audit
from openhealthcode.audit import Action, Agent, AgentKind, Event
from openhealthcode.database import Announcements, transaction
from openhealthcode.portal.auditor.report import _weeks
from openhealthcode.registry.agreements import Agreement, Channel
from openhealthcode.sign_in import AccountUnsuitable, Audience, Role, StaffSession
from openhealthcode.standards import PurposeOfUse, RecordCategory
from openhealthcode.standards.ids import InstitutionId, PractitionerId, TerminalId
from openhealthcode.supervision import agreements, alerts, cases, checks, summaries
from openhealthcode.supervision.cases import Office, Person
from openhealthcode.supervision.checks import Check
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import employ


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys")
        signer = keys.checkpoint_signer("log.example/region")
        sequencer = audit.Sequencer(pool, tmp_path / "log", signer)
        yield Parts(pool, keys, announcements, sequencer=sequencer)
        sequencer.close()
        keys.close()


@pytest.fixture
async def world(parts):
    return await visits.world(parts.pool, parts.keys)


@pytest.fixture
async def auditor(parts):
    account = await employ(parts.pool, parts.keys, Role.AUDITOR)
    async with browser(portals.application(parts)) as window:
        await portals.sign_in_clerk(window, account, "/audit")
        yield window


async def run_all(parts: Parts) -> None:
    await checks.run_asked(checks.Installation(parts.pool, parts.keys, parts.sequencer))


async def run(auditor, parts: Parts, check: Check) -> str:
    await auditor.post("/audit", data={"check": check})
    await run_all(parts)
    return words(await auditor.get("/audit"))


async def test_every_check_runs_and_a_region_in_order_has_no_finding(auditor, parts, world):
    await world.allow(await world.resident())
    await parts.sequencer.sequence()
    assert words(await auditor.get("/audit")).count("从未检查") == len(Check)
    for check in Check:
        await auditor.post("/audit", data={"check": check})
    assert words(await auditor.get("/audit")).count("正在检查") == len(Check)
    await run_all(parts)
    page = words(await auditor.get("/audit"))
    assert page.count("一切正常") == len(Check)
    assert "发现问题" not in page
    told = {one.check: one for one in await checks.results(parts.pool)}
    assert told[Check.LOG].outcome.checked >= 3


async def test_a_log_altered_in_the_database_is_found(auditor, parts, world, owner_url):
    await world.resident()
    await parts.sequencer.sequence()
    owner = await asyncpg.connect(owner_url)
    await owner.execute("UPDATE audit.event SET outcome = 'refused' WHERE number = 1")
    await owner.close()
    page = await run(auditor, parts, Check.LOG)
    assert "发现问题" in page
    assert "与写入时不同的事件" in page


async def test_what_was_decided_past_the_log_is_found(auditor, parts, world, owner_url):
    """Whoever writes into the database signs, approves and deletes without a line; the log says so."""
    author, decider = (Person(Office.SUPERVISOR, PractitionerId(uuid4())) for _ in range(2))
    here = parts.pool, parts.keys
    number = await alerts.propose(*here, author, alerts.shipped_text(), "没有改动，作为底稿。")
    await alerts.decide(*here, number, decider, is_approved=True)
    refused = await alerts.propose(*here, decider, alerts.shipped_text(), "再试一次这个版本。")
    await alerts.give_up(*here, refused, decider)
    case = await cases.open_case(*here, decider, accused=world.wang, about=cases.About())
    agreement = await proposed_and_signed(parts, author, decider)
    for check in (Check.RULES, Check.CASES, Check.AGREEMENTS):
        assert "发现问题" not in await run(auditor, parts, check), check
    owner = await asyncpg.connect(owner_url)
    for statement in (
        f"UPDATE registry.agreement SET signed_by = '{uuid4()}' WHERE agreement_id = '{agreement}'",
        f"UPDATE supervision.rule_edition SET decider_id = '{uuid4()}' WHERE number = {number}",
        f"DELETE FROM supervision.rule_edition WHERE number = {refused}",
        f"DELETE FROM supervision.case_file WHERE case_id = '{case.case_id}'",
    ):
        assert (await owner.execute(statement)).endswith(" 1"), statement
    await owner.close()
    for check, kinds in (
        (Check.RULES, {"decided-unlogged": 1, "edition-gone": 2}),
        (Check.CASES, {"case-gone": 1}),
        (Check.AGREEMENTS, {"signed-unlogged": 1}),
    ):
        assert "日志" in await run(auditor, parts, check)
        (told,) = [one for one in await checks.results(parts.pool) if one.check is check]
        assert told.outcome.found == kinds


async def proposed_and_signed(parts, author: Person, signer: Person) -> UUID:
    one, other = (
        StaffSession(
            session_id=uuid4(),
            practitioner_id=each.practitioner_id,
            institution_id=InstitutionId(uuid4()),
            audience=Audience.SUPERVISOR,
            roles=frozenset({Role.SUPERVISOR}),
            terminal_id=TerminalId(uuid4()),
            started_at=datetime.now(UTC),
            expires_at=datetime.now(UTC) + timedelta(hours=1),
        )
        for each in (author, signer)
    )
    today = datetime.now(UTC).date()
    agreement = Agreement(
        agreement_id=uuid4(),
        party=f"institution:{uuid4()}",
        title="检验结果共享",
        purposes=frozenset({PurposeOfUse.TREATMENT}),
        categories=frozenset({RecordCategory.LABORATORY}),
        channels=frozenset({Channel.READ}),
        legal_basis="个人信息保护法第十三条",
        impact_assessment="PIA-2026-014",
        sub_processors=(),
        starts_on=today,
        ends_on=today + timedelta(days=300),
        proposed_by=author.practitioner_id,
        proposed_at=datetime.now(UTC),
    )
    made = await agreements.propose(parts.pool, parts.keys, one, agreement)
    await agreements.sign(parts.pool, parts.keys, other, made)
    return made


async def test_asking_twice_runs_once_and_what_was_broken_off_runs_again(auditor, parts):
    for _ in range(2):
        await auditor.post("/audit", data={"check": "rules"})
    assert len(await checks.results(parts.pool)) == 1
    async with transaction(parts.pool, task="supervision") as connection:
        await connection.fetchval("SELECT pg_advisory_xact_lock(5346272)")
        await run_all(parts)  # another process is at it
        assert [one.finished_at for one in await checks.results(parts.pool)] == [None]
    await run_all(parts)
    (one,) = await checks.results(parts.pool)
    assert one.is_sound


async def test_what_is_no_check_is_refused(auditor):
    assert (await auditor.post("/audit", data={"check": "nothing"})).status_code == 400


async def test_an_auditor_reads_figures_rules_and_flows(auditor, world, parts):
    resident = await world.resident()
    event = Event(action=Action.RECORD_OWN_VIEW, agent=Agent(AgentKind.RESIDENT, uuid4()))
    for _ in range(12):
        async with transaction(parts.pool, resident=resident) as connection:
            await audit.append(connection, parts.keys, resident, event)
    await parts.sequencer.sequence()
    await summaries.count_up(parts.pool)
    assert "12" in words(await auditor.get("/audit/dashboard"))
    assert (await auditor.get("/audit/dashboard.csv")).status_code == 200
    assert "预警" in words(await auditor.get("/audit/rules"))
    assert "所有进入和离开的数据" in words(await auditor.get("/audit/flows"))


async def test_the_report_of_a_month_as_page_and_as_data(auditor, world, parts):
    await world.resident()
    await parts.sequencer.sequence()
    page = words(await auditor.get("/audit/report"))
    assert "月度报告" in page
    assert "log.example/region" in page
    told = (await auditor.get("/audit/report.json?month=2026-02")).json()
    assert told["month"] == "2026-02"
    assert told["weeks"] == {"from": "2026-02-02", "before": "2026-03-02"}
    assert set(told["checks"]) == set(Check)
    assert told["logHead"].startswith("log.example/region\n")
    for month in ("2026-13", "x", "20260-1", "２０２６-01"):
        assert (await auditor.get(f"/audit/report?month={month}")).status_code == 400


@pytest.mark.parametrize(
    ("month", "first", "end"),
    [
        ("2026-06", "2026-06-01", "2026-07-06"),
        ("2026-12", "2026-12-07", "2027-01-04"),
        ("2027-01", "2027-01-04", "2027-02-01"),
    ],
)
def test_every_week_belongs_to_one_month(month, first, end):
    assert tuple(day.isoformat() for day in _weeks(month)) == (first, end)


async def test_an_auditor_reaches_nothing_else_and_nobody_else_the_auditor(auditor, parts):
    for path in ("/supervision", "/supervision/dashboard", "/review", "/clinic", "/registrar"):
        assert (await auditor.get(path)).url.path.endswith("/sign-in")
    for path in ("/audit/rules", "/audit/dashboard", "/audit/flows", "/audit/report"):
        assert (await auditor.post(path, data={})).status_code == 405
    account = await employ(parts.pool, parts.keys, Role.SUPERVISOR)
    async with browser(portals.application(parts)) as supervisor:
        await portals.sign_in_clerk(supervisor, account, "/supervision")
        for path in ("/audit", "/audit/report.json", "/audit/flows"):
            assert (await supervisor.get(path)).url.path == "/audit/sign-in"


async def test_who_audits_has_no_other_role(parts):
    with pytest.raises(AccountUnsuitable):
        await employ(parts.pool, parts.keys, Role.AUDITOR, Role.SUPERVISOR)

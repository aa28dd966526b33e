"""The review of overrides over a real database: queue, judgement, clock, supervisor, figures."""

from __future__ import annotations

import asyncio
import re
from uuid import uuid4

import asyncpg
import httpx
import pytest

import portals
import visits
from openhealthcode import access, audit, registry
from openhealthcode.consent import emergency
from openhealthcode.database import Announcements, transaction
from openhealthcode.sign_in import Role, staff
from openhealthcode.standards import Certificate, CertificateKind, PurposeOfUse
from openhealthcode.standards.ids import TerminalId
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import PASSWORD, Account, Phones, employ

REASON = "车祸昏迷，无法答复"
GOOD = {"judgement": "confirmed", "reason": "病历与分诊记录相符"}
BAD = {"judgement": "objected", "reason": "当时并无急诊"}


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys")
        yield Parts(pool, keys, announcements)
        keys.close()


@pytest.fixture
async def world(parts):
    return await visits.world(parts.pool, parts.keys)


@pytest.fixture
async def resident(world):
    return await world.resident()


@pytest.fixture
async def owner(owner_url):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


@pytest.fixture
def app(parts):
    return portals.application(parts)


async def officer(parts: Parts, institution, number: str, *roles: Role) -> Account:
    """Somebody of this institution who holds an office."""
    practitioner = await registry.register_practitioner(
        parts.pool,
        registry.PractitionerEntry(
            f"test|{number}",
            institution,
            f"陈{number}",
            registry.PractitionerRole.OFFICER,
            staff_number=number,
        ),
    )
    account = await staff.create_account(
        parts.pool,
        parts.keys,
        practitioner,
        staff_number=number,
        password=PASSWORD,
        roles=roles or (Role.PRIVACY_OFFICER,),
    )
    return Account(practitioner, institution, number, account.totp_secret)


@pytest.fixture
async def desk(app, parts, world):
    """The privacy officer of the hospital, signed in."""
    account = await officer(parts, world.hospital, "P1")
    async with browser(app) as window:
        await portals.sign_in_clerk(window, account, "/review")
        yield window


@pytest.fixture
async def supervisor(app, parts):
    account = await employ(parts.pool, parts.keys, Role.SUPERVISOR)
    async with browser(app) as window:
        await portals.sign_in_clerk(window, account, "/supervision")
        yield window


async def break_glass(world, practitioner=None) -> None:
    await access.break_glass_for(
        world.pool,
        world.keys,
        Phones(),
        Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2)),
        practitioner_id=practitioner or world.wang,
        institution_id=world.hospital,
        terminal_id=TerminalId(uuid4()),
        triage_level=2,
        reason=REASON,
    )


async def let_pass(owner, hours: int) -> None:
    """Everything about the cases happened so much longer ago."""
    await owner.execute(
        f"""UPDATE consent.override_case SET opened_at = opened_at - interval '{hours} hours',
                                             due_at = due_at - interval '{hours} hours'"""
    )


def links(page: httpx.Response) -> list[str]:
    return re.findall(r'href="((?:/review|/supervision)/cases/[^"]+)"', page.text)


async def the_case(window: httpx.AsyncClient, home: str = "/review") -> str:
    (link,) = links(await window.get(home))
    return link


async def test_an_override_waits_in_the_queue_of_its_institution(desk, world, resident):
    assert "没有等待您审查的事项" in words(await desk.get("/review"))
    await break_glass(world)
    await world.look(resident, purpose=PurposeOfUse.EMERGENCY)
    page = await desk.get("/review")
    assert "王敏" in words(page)
    assert REASON not in page.text
    case = await desk.get(await the_case(desk))
    assert REASON in words(case)
    assert "2 级" in words(case)
    assert "打开 1 次，显示 3 项" in words(case)
    for secret in ("李试", visits.national_id(2), "青霉素", "高血压", str(resident)):
        assert secret not in page.text + case.text


async def test_another_institution_and_other_roles_see_nothing(app, parts, desk, world, resident):
    await break_glass(world)
    case = await the_case(desk)
    elsewhere = await employ(parts.pool, parts.keys, Role.PRIVACY_OFFICER)
    clerk = await employ(parts.pool, parts.keys, Role.REGISTRAR, Role.CLINICIAN)
    async with browser(app) as window:
        await portals.sign_in_clerk(window, elsewhere, "/review")
        assert links(await window.get("/review")) == []
        unknown = parts.keys.seal_id(resident, uuid4())
        answers = [await window.get(path) for path in (case, f"/review/cases/{unknown}")]
        assert {answer.status_code for answer in answers} == {404}
        assert words(answers[0]) == words(answers[1])
        assert (await window.post(case, data=GOOD)).status_code == 404
        assert (await window.get("/review/cases/nonsense")).status_code == 404
    async with browser(app) as window:
        assert (await portals.sign_in_clerk(window, clerk, "/review")).status_code == 403
        assert (await window.get(case)).url.path == "/review/sign-in"


async def test_confirming_settles_the_case_and_the_resident_reads_it(desk, world, resident, owner):
    await break_glass(world)
    case = await the_case(desk)
    assert "已确认" in words(await desk.post(case, data=GOOD))
    assert links(await desk.get("/review")) == []
    assert (await desk.get(case)).status_code == 409
    assert (await desk.post(case, data=BAD)).status_code == 409
    page = words(await desk.get("/emergency/figures"))
    assert "100.0 % 的到期紧急调阅得到确认" in page
    lines = await access.own_log(world.pool, world.keys, resident)
    (judged,) = [line for line in lines if line.action == audit.Action.OVERRIDE_REVIEW]
    assert (judged.detail["judgement"], judged.detail["reason"]) == (
        "confirmed",
        GOOD["reason"],
    )
    examined = [line for line in lines if line.action == audit.Action.OVERRIDE_EXAMINE]
    assert examined == []  # judged without opening it; a look that is refused is none
    stored = await owner.fetchval("SELECT c::text FROM consent.override_case c")
    assert REASON not in stored
    assert REASON.encode().hex() not in stored


async def test_a_look_at_a_case_stands_in_the_residents_log(desk, world, resident):
    await break_glass(world)
    await desk.get(await the_case(desk))
    lines = await access.own_log(world.pool, world.keys, resident)
    assert audit.Action.OVERRIDE_EXAMINE in [line.action for line in lines]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"judgement": "confirmed", "reason": "好"}, "请用文字写明理由"),
        ({"judgement": "confirmed", "reason": "12345"}, "请用文字写明理由"),
        ({"judgement": "perhaps", "reason": "病历与分诊记录相符"}, "请选择结论"),
    ],
)
async def test_a_judgement_needs_a_reason_in_words(desk, world, resident, typed, said):
    await break_glass(world)
    page = await desk.post(await the_case(desk), data=typed)
    assert (page.status_code, said in words(page)) == (422, True)
    assert len(links(await desk.get("/review"))) == 1
    lines = await access.own_log(world.pool, world.keys, resident)
    assert audit.Action.OVERRIDE_REVIEW not in [line.action for line in lines]


@pytest.mark.usefixtures("resident")
async def test_after_72_hours_it_is_also_the_supervisors(desk, supervisor, world, owner):
    await break_glass(world)
    await let_pass(owner, 71)
    assert links(await supervisor.get("/supervision")) == []
    await let_pass(owner, 1)
    assert "已逾期" in words(await supervisor.get("/supervision"))
    assert "已逾期" in words(await desk.get("/review"))
    case = await the_case(supervisor, "/supervision")
    assert "已确认" in words(await supervisor.post(case, data=GOOD))
    assert links(await supervisor.get("/supervision")) == []


@pytest.mark.parametrize("why", ["overdue", "objected"])
async def test_a_doubtful_override_brings_a_second_reviewer_and_blocks_no_care(
    desk, supervisor, world, resident, owner, why
):
    await break_glass(world)
    if why == "objected":
        await desk.post(await the_case(desk), data=BAD)
    else:
        await let_pass(owner, 73)
    await break_glass(world)
    assert (await world.look(resident, purpose=PurposeOfUse.EMERGENCY)).is_permitted
    case = links(await desk.get("/review"))[-1]
    assert "须两人确认" in words(await desk.get(case))
    assert case.replace("/review", "/supervision") not in links(
        await supervisor.get("/supervision")
    )
    await desk.post(case, data=GOOD)
    assert (await desk.post(case, data=GOOD)).status_code == 409  # nobody counts twice
    second = case.replace("/review", "/supervision")
    assert second in links(await supervisor.get("/supervision"))
    await supervisor.post(second, data=GOOD)
    assert second not in links(await supervisor.get("/supervision"))
    other = await registry.register_practitioner(
        world.pool,
        registry.PractitionerEntry(
            "test|lin", world.hospital, "林月", registry.PractitionerRole.DOCTOR
        ),
    )
    await break_glass(world, other)
    assert await owner.fetchval(
        "SELECT reviewers_needed FROM consent.override_case WHERE practitioner_id = $1", other
    ) == 1  # fmt: skip


@pytest.mark.usefixtures("resident")
async def test_nobody_judges_their_own_override(app, parts, world):
    account = await officer(parts, world.hospital, "P9", Role.PRIVACY_OFFICER, Role.CLINICIAN)
    await break_glass(world, account.practitioner_id)
    async with browser(app) as window:
        await portals.sign_in_clerk(window, account, "/review")
        assert links(await window.get("/review")) == []


async def test_two_officers_at_once_judge_once(parts, world, resident, owner):
    await break_glass(world)
    row = await owner.fetchrow("SELECT resident_id, consent_id FROM consent.override_case")
    one, two = [await officer(parts, world.hospital, number) for number in ("P1", "P2")]

    async def judge(account: Account) -> bool:
        try:
            await access.judge_override(
                world.pool,
                world.keys,
                row["resident_id"],
                row["consent_id"],
                reviewer=emergency.Reviewer(account.practitioner_id, world.hospital),
                judgement=emergency.Judgement.CONFIRMED,
                reason=GOOD["reason"],
            )
        except emergency.NotToReview:
            return False
        return True

    assert sorted(await asyncio.gather(judge(one), judge(two))) == [False, True]
    lines = await access.own_log(world.pool, world.keys, resident)
    assert [line.action for line in lines].count(audit.Action.OVERRIDE_REVIEW) == 1


async def test_the_figures_are_for_everybody(app, desk, world, resident, owner):
    async with browser(app) as anybody:
        assert "还没有到期的审查" in words(await anybody.get("/emergency/figures"))
        for judged in (GOOD, GOOD, BAD):
            await break_glass(world)
            await desk.post(links(await desk.get("/review"))[-1], data=judged)
        await break_glass(world)
        told = (await anybody.get("/emergency/figures.json")).json()
        assert told == {
            "opened": 4,
            "confirmed": 2,
            "objected": 1,
            "waiting": 1,
            "overdue": 0,
            "confirmed_ratio": 0.6667,
        }
        await let_pass(owner, 80)
        page = await anybody.get("/emergency/figures")
        assert "50.0 % 的到期紧急调阅得到确认" in words(page)
        for secret in ("王敏", "人民医院", REASON, str(resident)):
            assert secret not in page.text


async def test_a_transaction_of_nobody_or_of_another_queue_sees_no_case(world, parts):
    await world.resident()
    await break_glass(world)
    other = await world.resident(serial=4)
    count = "SELECT count(*) FROM consent.override_case"
    async with transaction(parts.pool) as connection:
        assert await connection.fetchval(count) == 0
    async with transaction(parts.pool, resident=other) as connection:
        assert await connection.fetchval(count) == 0
    async with transaction(parts.pool, lookup=(b"x" * 32,)) as connection:
        assert await connection.fetchval(count) == 0

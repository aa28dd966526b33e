"""A leak from the first click to closing: contained, counted, sealed, told, reported, by two."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

import portals
import visits
from openhealthcode import access, audit, identity, registry
from openhealthcode.access import affected
from openhealthcode.access.affected import concerned
from openhealthcode.audit import Sequencer
from openhealthcode.consent.seal import seals
from openhealthcode.database import Announcements, transaction
from openhealthcode.registry import InstitutionEntry, InstitutionKind
from openhealthcode.sign_in import Role, staff
from openhealthcode.standards import Phone
from openhealthcode.supervision import breach as dealing
from openhealthcode.supervision import sealing
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import PASSWORD, Account, employ

WORDS = {
    "kinds": "姓名、检验结果",
    "cause": "账号被他人使用",
    "harm": "可能收到冒充医院的电话",
    "measures": "账号已停用",
    "advice": "不要向来电者提供验证码",
    "contact": "黛川县卫生健康局 0000-0000000",
}


def at_home(moment: datetime) -> str:
    return (moment + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")


def form(**more: str) -> dict[str, str]:
    now = datetime.now(UTC)
    span = {
        "since": at_home(now - timedelta(days=2)),
        "until": at_home(now + timedelta(minutes=5)),
        "known_at": at_home(now - timedelta(hours=1)),
    }
    named = {"suspect": "practitioner", "institution": "黛川县人民医院", "number": "0217"}
    return WORDS | span | named | more


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys")
        sequencer = Sequencer(pool, tmp_path / "log", keys.checkpoint_signer("region.example/log"))
        yield Parts(pool, keys, announcements, sequencer=sequencer)
        keys.close()


@pytest.fixture
async def world(parts):
    return await visits.world(parts.pool, parts.keys)


@pytest.fixture
async def supervisors(parts):
    async with portals.two_supervisors(parts) as windows:
        yield windows


async def seen_by_wang(parts, world):
    """Two whose records were shown, one who refused; the log is in its tree."""
    first, second = await world.resident(), await world.resident(serial=4)
    refused = await world.resident(serial=6)
    async with transaction(parts.pool, resident=first) as connection:
        await identity.bind_phone(connection, parts.keys, first, Phone.parse("13912345678"))
    for resident in (first, second):
        await world.allow(resident)
        await world.look(resident)
    await world.look(first)
    await world.look(refused)
    await parts.sequencer.sequence()
    return first, second, refused


async def test_a_leak_is_dealt_with_step_by_step(parts, world, supervisors):
    one, other = supervisors
    first, second, refused = await seen_by_wang(parts, world)
    page = await one.post("/supervision/breaches/new", data=form())
    assert page.status_code == 200, page.text
    address = str(page.url.path)

    async def step(window, kind, **more):
        return await window.post(f"{address}/steps", data={"step": kind} | more)

    seen = await step(one, "see")
    assert "涉及 2 人，共 3 次" in words(seen)
    assert "检验" in words(seen)
    contained = await step(one, "contain")
    assert contained.status_code == 200
    stopped = await registry.practitioner(parts.pool, world.wang)
    assert not stopped.is_active
    sealed = await step(one, "seal", days="30")
    assert "2 / 2 人" in words(sealed)
    for resident, is_sealed in ((first, True), (second, True), (refused, False)):
        assert bool(await seals(parts.pool, parts.keys, resident)) is is_sealed
    parts.outbox.arrived.clear()
    for _ in range(2):  # nobody is told twice
        told = await step(one, "notify")
        assert "2 / 2 人" in words(told)
    assert len(parts.outbox.arrived) == 1
    assert WORDS["cause"] not in parts.outbox.arrived[0].text
    (own,) = await affected.own_breach_notices(parts.pool, parts.keys, first)
    assert [getattr(own.statement, name) for name in WORDS] == list(WORDS.values())
    assert not await affected.own_breach_notices(parts.pool, parts.keys, refused)
    draft = await one.get(f"{address}/report.txt")
    assert draft.headers["content-type"].startswith("text/plain")
    for text in (*WORDS.values(), "王敏", "2/2"):
        assert text in draft.text
    assert (await step(one, "report", words="")).status_code == 422
    await step(one, "report", words="网信报〔2026〕7号")
    assert (await step(other, "close")).status_code == 409
    assert (await step(one, "ask-close", words="好")).status_code == 422
    await step(one, "ask-close", words="已告知全部有关居民")
    assert (await step(one, "ask-close", words="已告知全部有关居民")).status_code == 409
    assert (await step(one, "close")).status_code == 409
    closed = await step(other, "close")
    assert "已结案" in words(closed)
    for kind in ("contain", "see", "notify", "report", "close"):
        assert (await step(other, kind, words="网信报")).status_code == 409
    assert (await step(other, "seal", days="30")).status_code == 409
    assert (await step(other, "burn")).status_code == 400
    listed = words(await other.get("/supervision/breaches"))
    assert "已结案" in listed
    lines = await access.own_log(parts.pool, parts.keys, audit.REGION, limit=200)
    steps = [line.detail["step"] for line in lines if line.action == audit.Action.BREACH_STEP]
    assert {"open", "contain", "see", "seal", "notify", "report", "close"} <= set(steps)


async def test_the_clocks_run_from_when_it_was_known(parts, world, supervisors):
    await seen_by_wang(parts, world)
    late = at_home(datetime.now(UTC) - timedelta(days=4))
    page = await supervisors[0].post("/supervision/breaches/new", data=form(known_at=late))
    assert words(page).count("已逾期") == 2
    listed = await supervisors[0].get("/supervision/breaches")
    assert words(listed).count("已逾期") == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"institution": "不存在的医院"}, "登记中没有"),
        ({"number": "9999"}, "登记中没有"),
        ({"suspect": "system", "number": "不存在"}, "登记中没有"),
        ({"suspect": "moon"}, "请填写每一项"),
        ({"cause": " "}, "请填写每一项"),
        ({"since": "yesterday"}, "请填写每一项"),
        ({"until": "2001-01-01T00:00"}, "请填写每一项"),
        ({"known_at": "2999-01-01T00:00"}, "请填写每一项"),
    ],
)
async def test_what_is_no_case_is_said(parts, world, supervisors, wrong, said):
    page = await supervisors[0].post("/supervision/breaches/new", data=form(**wrong))
    assert page.status_code == 422
    assert said in words(page)
    assert world.hospital
    assert await dealing.breaches(parts.pool, parts.keys) == []


async def test_a_whole_institution_and_a_system_are_contained(parts, world, supervisors):
    import systems  # noqa: PLC0415 - here alone

    his = await systems.connect(world, world.hospital, "门诊系统")
    for suspect, number in (("system", "test"), ("institution", "")):
        named = (await registry.system(parts.pool, his.system_id)).name if number else ""
        page = await supervisors[0].post(
            "/supervision/breaches/new", data=form(suspect=suspect, number=named)
        )
        assert page.status_code == 200, page.text
        await supervisors[0].post(f"{page.url.path}/steps", data={"step": "contain"})
    assert not (await registry.system(parts.pool, his.system_id)).is_active
    assert not (await registry.institution(parts.pool, world.hospital)).is_active


async def test_a_case_there_is_not_answers_as_such(supervisors):
    address = f"/supervision/breaches/{uuid4()}"
    for path in (address, f"{address}/report.txt"):
        assert (await supervisors[0].get(path)).status_code == 404
    for kind in ("see", "contain", "notify"):
        answer = await supervisors[0].post(f"{address}/steps", data={"step": kind})
        assert answer.status_code == 404


async def test_who_is_concerned_is_found_however_long_the_log_is(parts, world, monkeypatch):
    await seen_by_wang(parts, world)
    now = datetime.now(UTC)
    scope = affected.Scope(
        agent_id=world.wang, since=now - timedelta(days=2), until=now + timedelta(hours=1)
    )
    assert await affected.count_affected(parts.pool, scope) == 2
    monkeypatch.setattr(concerned, "_STRETCH", 3)
    assert await affected.count_affected(parts.pool, scope) == 2
    over = affected.Scope(
        agent_id=world.wang, since=now + timedelta(days=3), until=now + timedelta(days=4)
    )
    assert await affected.count_affected(parts.pool, over) == 0
    of_all = affected.Scope(agent_id=world.hospital, since=scope.since, until=scope.until)
    assert await affected.count_affected(parts.pool, of_all) == 2


async def test_who_it_leaked_through_has_no_part_in_it(parts, supervisors):
    """A supervisor whose account it was neither sees the case nor closes it as the second of two."""
    accused = await employ(parts.pool, parts.keys, Role.SUPERVISOR, number="0902")
    entry = InstitutionEntry("0902", InstitutionKind.TOWNSHIP_CENTRE, "演示县卫生监督所")
    await registry.register_institution(parts.pool, entry)
    named = {"institution": "演示县卫生监督所", "number": "0902"}
    async with browser(portals.application(parts)) as window:
        await portals.sign_in_clerk(window, accused, "/supervision")
        refused = await window.post("/supervision/breaches/new", data=form(**named))
        assert refused.status_code == 422
        page = await supervisors[0].post("/supervision/breaches/new", data=form(**named))
        address = str(page.url.path)
        await supervisors[0].post(
            f"{address}/steps", data={"step": "ask-close", "words": "没有发现问题"}
        )
        for path in (address, f"{address}/report.txt"):
            assert (await window.get(path)).status_code == 404
        for kind in ("contain", "see", "seal", "notify", "report", "ask-close", "close"):
            data = {"step": kind, "words": "没有发现问题", "days": "30"}
            assert (await window.post(f"{address}/steps", data=data)).status_code == 404, kind
        assert address not in (await window.get("/supervision/breaches")).text
    ((_, steps, _),) = await dealing.breaches(parts.pool, parts.keys)
    assert [step.kind for step in steps] == ["ask-close"]


async def test_what_was_lifted_is_sealed_by_another_order(parts, world, supervisors):
    """A lifted order seals nobody more: no two could lift it again."""
    one, other = supervisors
    first, _, _ = await seen_by_wang(parts, world)
    page = await one.post("/supervision/breaches/new", data=form())
    address = f"{page.url.path}/steps"
    await one.post(address, data={"step": "seal", "days": "30"})
    ((order, _),) = await sealing.orders(parts.pool, parts.keys)
    lifting = f"/supervision/seals/{order.order_id}/lift"
    asked = await one.post(lifting, data={"step": "ask", "words": "核查完毕，无需封存"})
    lifted = await other.post(lifting, data={"step": "confirm"})
    assert (asked.status_code, lifted.status_code) == (200, 200), words(lifted)
    again = await other.post(address, data={"step": "seal", "days": "30"})
    assert again.status_code == 200
    assert "2 / 2 人" in words(again)
    found = await sealing.orders(parts.pool, parts.keys)
    assert len(found) == 2
    newest = found[0][0]
    assert [each.lifted_at is None for each in await seals(parts.pool, parts.keys, first)].count(
        True
    ) == 1
    lifting = f"/supervision/seals/{newest.order_id}/lift"
    await one.post(lifting, data={"step": "ask", "words": "核查完毕，无需封存"})
    await other.post(lifting, data={"step": "confirm"})
    assert all(each.lifted_at for each in await seals(parts.pool, parts.keys, first))


async def test_who_goes_on_sealing_stands_in_the_log_by_name(
    parts, world, supervisors, monkeypatch
):
    first, second, _ = await seen_by_wang(parts, world)
    page = await supervisors[0].post("/supervision/breaches/new", data=form())
    monkeypatch.setattr(concerned, "MOST_TOLD", 1)
    for window in supervisors:
        await window.post(f"{page.url.path}/steps", data={"step": "seal", "days": "30"})
    by = set()
    for resident in (first, second):
        lines = await access.own_log(parts.pool, parts.keys, resident)
        by |= {line.agent_id for line in lines if line.action == audit.Action.RECORD_SEAL}
    assert len(by) == 2


async def test_what_was_signed_in_before_stays_out_when_the_account_works_again(
    parts, world, supervisors
):
    made = await staff.create_account(
        parts.pool,
        parts.keys,
        world.wang,
        staff_number="0217",
        password=PASSWORD,
        roles=(Role.CLINICIAN,),
    )
    account = Account(world.wang, world.hospital, "0217", made.totp_secret)
    async with browser(portals.application(parts)) as window:
        entered = await portals.sign_in_clerk(window, account, "/clinic")
        assert entered.url.path == "/clinic"
        page = await supervisors[0].post("/supervision/breaches/new", data=form())
        await supervisors[0].post(f"{page.url.path}/steps", data={"step": "contain"})
        suspended = await registry.suspended_since(parts.pool, {world.wang})
        async with transaction(parts.pool) as connection:
            at = [suspended[world.wang]]
            await registry.restore_practitioner(connection, world.wang, at)
        registry.entries.forget_all()
        assert (await registry.practitioner(parts.pool, world.wang)).is_active
        assert (await window.get("/clinic")).url.path == "/clinic/sign-in"

"""Staff see children's records on approval, where their institution asks for it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

import portals
import visits
from openhealthcode import access, collection, healthcode, representation
from openhealthcode.audit import Action
from openhealthcode.database import Announcements
from openhealthcode.representation import Approver, RepresentationUnsuitable
from openhealthcode.sign_in import Role, staff
from openhealthcode.standards import NotFound, Scene
from openhealthcode.standards.ids import InstitutionId, PractitionerId, TerminalId
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import PASSWORD, Account


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
async def owner(owner_url):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


@pytest.fixture
async def officer(parts, world):
    """The privacy officer of the hospital at which Wang works."""
    practitioner_id = await visits.registry.register_practitioner(
        parts.pool,
        visits.registry.PractitionerEntry(
            "test|officer", world.hospital, "钱主任", visits.registry.PractitionerRole.DOCTOR,
            staff_number="0001",
        ),
    )  # fmt: skip
    account = await staff.create_account(
        parts.pool, parts.keys, practitioner_id, staff_number="0001", password=PASSWORD,
        roles=(Role.PRIVACY_OFFICER,),
    )  # fmt: skip
    return Account(practitioner_id, world.hospital, "0001", account.totp_secret)


@pytest.fixture
async def office(parts, officer):
    async with browser(portals.application(parts)) as window:
        await portals.sign_in_clerk(window, officer, "/review")
        yield window


def approver(officer) -> Approver:
    return Approver(officer.practitioner_id, officer.institution_id)


async def somebody(world, years: int):
    today = (datetime.now(UTC) + timedelta(hours=8)).date()
    day = today.replace(year=today.year - years, day=min(today.day, 28))
    number = visits.national_id(30 + years, day.isoformat().replace("-", ""))
    who = visits.patient(3, "张小", birthDate=day.isoformat())
    who["identifier"][0]["value"] = number
    who["gender"] = "male" if int(number[16]) % 2 else "female"
    sent = visits.bundle(who, *visits.LIFE, key=f"p{years}")
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    return filed.resident_id


async def shown(world, resident_id) -> str:
    now = datetime.now(UTC)
    reference = healthcode.new_device_reference()
    await healthcode.enrol_device(world.pool, reference, resident_id, now)
    return healthcode.issue(world.keys, reference, now)


async def scan(world, code):
    return await access.identify(
        world.pool, world.keys, code, practitioner_id=world.wang,
        institution_id=world.hospital, terminal_id=TerminalId(uuid4()), scene=Scene.CONSULTATION,
    )  # fmt: skip


async def test_without_the_rule_and_for_who_is_older_no_approval_is_asked(world, officer):
    child, youth = await somebody(world, 9), await somebody(world, 14)
    assert await scan(world, await shown(world, child))
    await representation.require_approvals(world.pool, approver(officer), is_required=True)
    assert await scan(world, await shown(world, youth))


async def test_without_approval_a_childs_code_tells_nothing_and_stays_unspent(
    world, officer, owner
):
    child = await somebody(world, 9)
    await representation.require_approvals(world.pool, approver(officer), is_required=True)
    code = await shown(world, child)
    before = await owner.fetchval("SELECT count(*) FROM healthcode.presentation")
    with pytest.raises(representation.ApprovalNeeded):
        await scan(world, code)
    assert await owner.fetchval("SELECT count(*) FROM healthcode.presentation") == before
    approval = await representation.approve(
        world.pool, approver(officer), world.wang, days=30, reason="儿科门诊"
    )
    seen = await scan(world, code)
    assert seen.resident_id == child
    lines = await access.own_log(world.pool, world.keys, child)
    line = next(line for line in lines if line.action == Action.RESIDENT_IDENTIFY)
    assert UUID(bytes=line.detail["approval"]) == approval


async def test_an_approval_ends_by_itself_or_when_it_is_taken_back(world, officer, owner):
    child = await somebody(world, 9)
    boss = approver(officer)
    await representation.require_approvals(world.pool, boss, is_required=True)
    for end in ("taken back", "over"):
        approval = await representation.approve(
            world.pool, boss, world.wang, days=30, reason="儿科门诊"
        )
        if end == "taken back":
            await representation.end_approval(world.pool, boss, approval)
        else:
            await owner.execute(
                "UPDATE representation.approval SET approved_at = approved_at - interval '31 days',"
                " end_at = end_at - interval '31 days'"
            )
        with pytest.raises(representation.ApprovalNeeded):
            await scan(world, await shown(world, child))
        with pytest.raises(NotFound):
            await representation.end_approval(world.pool, boss, approval)


async def test_an_approval_counts_at_its_institution_and_for_its_person_only(world, officer):
    child = await somebody(world, 9)
    await representation.require_approvals(world.pool, approver(officer), is_required=True)
    elsewhere = Approver(officer.practitioner_id, InstitutionId(uuid4()))
    await representation.approve(world.pool, elsewhere, world.wang, days=30, reason="儿科")
    other = PractitionerId(uuid4())
    await representation.approve(world.pool, approver(officer), other, days=30, reason="儿科")
    with pytest.raises(representation.ApprovalNeeded):
        await scan(world, await shown(world, child))


@pytest.mark.parametrize(
    ("days", "reason"), [(0, "儿科"), (367, "儿科"), (30, ""), (30, "长" * 201)]
)
async def test_an_approval_has_a_reason_and_an_end(world, officer, days, reason):
    with pytest.raises(RepresentationUnsuitable):
        await representation.approve(
            world.pool, approver(officer), world.wang, days=days, reason=reason
        )


async def test_nobody_approves_themselves(world, officer):
    with pytest.raises(RepresentationUnsuitable):
        await representation.approve(
            world.pool, approver(officer), officer.practitioner_id, days=30, reason="儿科"
        )


async def test_the_officer_asks_for_approvals_approves_and_takes_back(office, officer, world):
    page = await office.get("/review/minors")
    assert "不要求批准" in words(page)
    on = await office.post("/review/minors/required", data={"required": "yes"})
    assert "要先批准才能查看" in words(on)
    form = {"practitioner": str(world.wang), "days": "90", "reason": "儿科门诊"}
    approved = await office.post("/review/minors", data=form)
    assert "王敏" in words(approved)
    assert "儿科门诊" in words(approved)
    for change, problem in (
        ({"practitioner": str(officer.practitioner_id)}, "不能批准自己"),
        ({"practitioner": str(uuid4())}, "请选择一位同事"),
        ({"reason": ""}, "请写一句理由"),
        ({"days": "9999"}, "请选一个期限"),
    ):
        wrong = await office.post("/review/minors", data=form | change)
        assert wrong.status_code == 422
        assert problem in words(wrong)
    path = re.search(r"/review/minors/[^/]+/end", approved.text)[0]
    assert "已收回" in words(await office.post(path))
    assert (await office.post(path)).status_code == 200
    assert "已收回" not in words(await office.post(path))

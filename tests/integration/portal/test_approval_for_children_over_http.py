"""Staff see children's records on approval, where their institution asks for it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

import portals
import systems
import visits
from openhealthcode import access, collection, consent, healthcode, representation
from openhealthcode.audit import Action
from openhealthcode.database import Announcements, transaction
from openhealthcode.representation import Approver, RepresentationUnsuitable
from openhealthcode.sign_in import Role, staff
from openhealthcode.standards import NotFound, PurposeOfUse, Scene
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


# ── at every look, not at the scan alone ──


def consent_ahead(world, **more):
    base = {
        "kind": consent.ConsentKind.STANDING,
        "institution_id": world.hospital,
        "categories": visits.EVERYTHING,
        "manner": consent.Manner.KEEP,
        "days": 30,
    }
    return consent.Terms(**(base | more))


async def because(world, resident_id) -> tuple[str, UUID | None]:
    lines = await access.own_log(world.pool, world.keys, resident_id)
    line = next(line for line in lines if line.action == Action.RECORD_DISCLOSE)
    approval = line.detail.get("approval")
    return line.detail["because"], UUID(bytes=approval) if approval else None


async def test_a_consent_given_ahead_opens_a_childs_record_to_the_approved_alone(world, officer):
    child, youth = await somebody(world, 9), await somebody(world, 14)
    for resident_id in (child, youth):
        await consent.give(world.pool, world.keys, resident_id, consent_ahead(world), visits.TOLD)
    await representation.require_approvals(world.pool, approver(officer), is_required=True)
    shown = await world.look(child)
    assert (shown.entries, shown.until) == ((), None)
    assert await because(world, child) == ("approval-missing", None)
    assert (await world.look(youth)).entries
    approval = await representation.approve(
        world.pool, approver(officer), world.wang, days=30, reason="儿科门诊"
    )
    assert (await world.look(child)).entries
    assert await because(world, child) == ("institution-allowed", approval)
    await representation.end_approval(world.pool, approver(officer), approval)
    assert (await world.look(child)).entries == ()


async def test_an_emergency_waits_for_no_approval(world, officer):
    child = await somebody(world, 9)
    await representation.require_approvals(world.pool, approver(officer), is_required=True)
    async with transaction(world.pool, resident=child) as connection:
        await consent.break_glass(
            connection, world.keys, child, practitioner_id=world.wang,
            institution_id=world.hospital, triage_level=1, reason="高热惊厥",
        )  # fmt: skip
    shown = await world.look(child, purpose=PurposeOfUse.EMERGENCY)
    assert shown.is_permitted


async def test_a_system_reads_a_childs_record_of_others_on_approval_only(world, officer):
    """What the institution filed itself stays its own; the rest is as if it were not there."""
    clinic = await visits.registry.register_institution(
        world.pool,
        visits.registry.InstitutionEntry("test|c", visits.registry.InstitutionKind.CLINIC, "诊所"),
    )
    child = await somebody(world, 9)
    own = await access.own_record(world.pool, world.keys, child)
    entry = next(one for one in own.entries if one.type == "Observation")
    fhir_id = world.keys.seal_id(child, entry.entry_id)
    terms = consent_ahead(world, institution_id=clinic)
    await consent.give(world.pool, world.keys, child, terms, visits.TOLD)
    his = await systems.connect(world, clinic, "clinic")
    boss = Approver(officer.practitioner_id, clinic)
    await representation.require_approvals(world.pool, boss, is_required=True)
    async with systems.calling(world, his) as client:
        address = f"/fhir/Observation/{fhir_id}"
        patient = {"patient": world.keys.seal_id(child, entry.entry_id)}
        assert (await client.get(address)).status_code == 404
        assert (await client.get("/fhir/Observation", params=patient)).json()["total"] == 0
        assert await because(world, child) == ("approval-missing", None)
        approval = await representation.approve(
            world.pool, boss, his.system_id, days=30, reason="随访系统"
        )
        assert (await client.get(address)).status_code == 200
        assert await because(world, child) == ("institution-allowed", approval)
        assert (await client.get("/fhir/Observation", params=patient)).json()["total"] == 2
    async with systems.calling(world, await systems.connect(world, world.hospital)) as client:
        boss = approver(officer)
        await representation.require_approvals(world.pool, boss, is_required=True)
        assert (await client.get(address)).status_code == 200
        assert await because(world, child) == ("filed-itself", None)


async def test_the_officer_approves_a_system_too(office, world):
    his = await systems.connect(world, world.hospital)
    page = await office.get("/review/minors")
    assert "his · 信息系统" in words(page)
    form = {"practitioner": str(his.system_id), "days": "90", "reason": "随访系统自动读取"}
    approved = await office.post("/review/minors", data=form)
    assert "随访系统自动读取" in words(approved)

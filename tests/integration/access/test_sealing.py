"""A sealed record is closed to all but its resident and emergency care, from the next request on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

import systems
import visits
from openhealthcode import access, audit, consent, identity
from openhealthcode.access import sealing
from openhealthcode.access.whole import Wanted
from openhealthcode.consent import AdvanceChoice, EmergencyScope, Manner, Terms
from openhealthcode.consent.seal import SealOrder, SealReason, is_sealed, seals
from openhealthcode.consent.seal.model import HELD_AFTERWARDS, LONGEST_SEAL
from openhealthcode.database import Pool, transaction
from openhealthcode.record import KINDS
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    InvalidInput,
    NotFound,
    Phone,
    PurposeOfUse,
)
from openhealthcode.standards.ids import PractitionerId, ResidentId
from openhealthcode.trust import Keys
from signing_in import Phones
from visits import World

SUPERVISOR = PractitionerId(uuid4())


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
def phones() -> Phones:
    return Phones()


def order(world: World, **more) -> SealOrder:
    placed = {
        "order_id": uuid4(),
        "reason": SealReason.BREACH,
        "words": "资料外泄，正在核查",
        "placed_by": SUPERVISOR,
        "institution_id": world.hospital,
        "until": datetime.now(UTC) + timedelta(days=30),
    }
    return SealOrder(**(placed | more))


def named(serial: int = 2) -> Certificate:
    return Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(serial))


async def seal(world: World, phones: Phones, placed: SealOrder, *serials: int) -> sealing.Sealed:
    certificates = [named(serial) for serial in serials or (2,)]
    return await sealing.seal_named(world.pool, world.keys, phones, placed, certificates)


async def break_glass(world: World, resident: ResidentId) -> None:
    async with transaction(world.pool, resident=resident) as connection:
        await consent.break_glass(
            connection,
            world.keys,
            resident,
            practitioner_id=world.wang,
            institution_id=world.hospital,
            triage_level=1,
            reason="昏迷，送入抢救室",
        )


async def test_a_seal_holds_on_the_next_look_and_what_was_allowed_counts_again_when_lifted(
    world, phones
):
    resident = await world.resident()
    terms = Terms(
        kind=consent.ConsentKind.STANDING,
        institution_id=world.hospital,
        categories=visits.EVERYTHING,
        days=30,
    )
    await consent.give(world.pool, world.keys, resident, terms, visits.TOLD)
    assert (await world.look(resident)).entries
    placed = order(world)
    assert await seal(world, phones, placed) == sealing.Sealed(named=1, sealed=1)
    for purpose in (PurposeOfUse.TREATMENT, PurposeOfUse.PAYMENT, PurposeOfUse.PUBLIC_HEALTH):
        shut = await world.look(resident, purpose=purpose)
        assert not shut.entries
    own = await access.own_record(world.pool, world.keys, resident)
    assert len(own.entries) == len(visits.LIFE) + 1
    assert await sealing.unseal(world.pool, world.keys, phones, placed.order_id) == 1
    assert (await world.look(resident)).entries
    assert await sealing.unseal(world.pool, world.keys, phones, placed.order_id) == 0


async def test_emergency_care_sees_what_it_saw(world, phones):
    resident = await world.resident()
    everything = AdvanceChoice(scope=EmergencyScope.ALL)
    await consent.choose_for_emergencies(world.pool, world.keys, resident, everything)
    await seal(world, phones, order(world))
    await break_glass(world, resident)
    assert (await world.look(resident, purpose=PurposeOfUse.EMERGENCY)).entries
    assert not (await world.look(resident)).entries


async def test_a_visit_under_way_and_one_that_begins_show_nothing(world, phones):
    resident = await world.resident()
    await world.allow(resident)
    assert (await world.look(resident)).entries
    placed = order(world)
    await seal(world, phones, placed)
    assert not (await world.look(resident)).entries
    _, preview = await world.allow(resident)
    assert preview.entries == ()
    assert not (await world.look(resident)).entries
    await sealing.unseal(world.pool, world.keys, phones, placed.order_id)
    # The preview had shown nothing: what was allowed then opens nothing now.
    assert not (await world.look(resident)).entries


async def test_an_institution_does_not_read_what_it_filed_itself_by_any_way(world, phones):
    resident = await world.resident()
    his = await systems.connect(world, world.hospital)
    patient = world.keys.seal_id(resident, resident)
    async with systems.calling(world, his, "system/*.cruds") as client:
        found = (await client.get(f"/fhir/Observation?patient={patient}")).json()
        one = f"/fhir/Observation/{found['entry'][0]['resource']['id']}"
        asked = [
            one,
            f"{one}/_history/1",
            f"{one}/_history",
            f"/fhir/Observation?patient={patient}",
            f"/fhir/Observation?patient={patient}&code=2345-7&_include=Observation:subject",
            f"/fhir/Observation?patient={patient}&value-quantity=gt1",
            f"/fhir/Observation/$lastn?patient={patient}&category=laboratory",
            f"/fhir/Patient/{patient}/$everything",
            f"/fhir/Patient/{patient}/$summary",
            f"/fhir/Patient/{patient}",
        ]
        for address in asked:
            assert "血糖" in (answer := await client.get(address)).text or address.endswith(
                (patient, "$summary")
            ), (address, answer.text)
        placed = order(world)
        await seal(world, phones, placed)
        for address in asked:
            answer = await client.get(address)
            assert answer.status_code in {200, 404}, address
            for word in ("血糖", "青霉素", "高血压", "李试"):
                assert word not in answer.text, address
            assert answer.json().get("total", 0) == 0
        await sealing.unseal(world.pool, world.keys, phones, placed.order_id)
        assert "血糖" in (await client.get(one)).text


async def test_a_file_that_was_prepared_before_is_not_handed_over_after(world, phones):
    resident = await world.resident()
    his = await systems.connect(world, world.hospital)
    asker = SystemAccess(his.system_id, world.hospital, frozenset())
    patient = world.keys.seal_id(resident, resident)

    async def exported():
        wanted = Wanted(frozenset(KINDS))
        return await access.export(
            world.pool, world.keys, system=asker, patients=[patient], wanted=wanted
        )

    prepared = await exported()
    assert prepared.files
    await seal(world, phones, order(world))
    for file in prepared.files:
        with pytest.raises(NotFound):
            await access.exported_file(world.pool, world.keys, str(his.system_id), file.name)
    assert (await exported()).files == ()


async def test_the_resident_reads_who_why_and_until_when_and_the_phone_is_told_once(world, phones):
    resident = await world.resident()
    async with transaction(world.pool, resident=resident) as connection:
        await identity.bind_phone(connection, world.keys, resident, Phone.parse("13912345678"))
    placed = order(world)
    for _ in range(2):  # doing it again does nothing more
        assert (await seal(world, phones, placed)).sealed == 1
    assert len(phones.arrived) == 1
    assert placed.words not in phones.arrived[0].text
    (one,) = await seals(world.pool, world.keys, resident)
    assert one.order == placed
    assert one.is_in_force(datetime.now(UTC))
    lines = await access.own_log(world.pool, world.keys, resident)
    sealed = [line for line in lines if line.action == audit.Action.RECORD_SEAL]
    assert len(sealed) == 1
    assert sealed[0].detail["reason"] == placed.words
    asker = audit.Agent(audit.AgentKind.PRACTITIONER, SUPERVISOR, world.hospital)
    confirmer = replace(asker, id=uuid4())
    lifted = await sealing.unseal(
        world.pool, world.keys, phones, placed.order_id, lifted_by=confirmer, asked_by=asker
    )
    assert lifted == 1
    (one,) = await seals(world.pool, world.keys, resident)
    assert not one.is_in_force(datetime.now(UTC))
    lines = await access.own_log(world.pool, world.keys, resident)
    last = next(line for line in lines if line.action == audit.Action.RECORD_UNSEAL)
    assert (last.agent_id, last.detail["asked_by"]) == (confirmer.id, SUPERVISOR.bytes)
    await seal(world, phones, order(world), 9)  # nobody has this number: nothing happens


async def test_a_resident_cannot_lift_an_order_and_it_is_no_consent_of_theirs(world, phones):
    resident = await world.resident()
    await seal(world, phones, order(world))
    (one,) = await seals(world.pool, world.keys, resident)
    with pytest.raises(consent.NothingToWithdraw):
        await consent.lift(world.pool, world.keys, resident, one.consent_id)
    with pytest.raises(consent.NothingToWithdraw):
        await consent.withdraw(world.pool, world.keys, resident, one.consent_id)
    assert await consent.restrictions(world.pool, world.keys, resident) == []
    assert await consent.consents(world.pool, world.keys, resident) == []


async def test_it_outlasts_its_order_by_no_more_than_a_visit(world, phones, owner_url):
    import asyncpg  # noqa: PLC0415 - only here

    resident = await world.resident()
    await seal(world, phones, order(world))
    connection = await asyncpg.connect(owner_url)
    spans = await connection.fetch(
        "SELECT end_at FROM consent.provision WHERE resident_id = $1", resident
    )
    await connection.close()
    (placed,) = await seals(world.pool, world.keys, resident)
    assert {row["end_at"] for row in spans} == {placed.order.until + HELD_AFTERWARDS}


@pytest.mark.parametrize(
    "wrong",
    [
        {"words": " a "},
        {"words": "长" * 501},
        {"until": datetime(2020, 1, 1, tzinfo=UTC)},
        {"until": datetime(9998, 1, 1, tzinfo=UTC)},
    ],
)
async def test_an_order_says_why_and_ends(world, phones, wrong):
    resident = await world.resident()
    with pytest.raises(InvalidInput):
        await seal(world, phones, order(world, **wrong))
    async with transaction(world.pool, resident=resident) as connection:
        assert not await is_sealed(connection, resident)
    assert timedelta(days=1) < LONGEST_SEAL < timedelta(days=400)


async def test_who_looked_before_is_told_by_person_and_stands_in_each_log(world, phones):
    first, second = await world.resident(), await world.resident(serial=4)
    await world.allow(first)
    for resident in (first, first, second):
        await world.look(resident)
    placed = order(world)
    assert (await seal(world, phones, placed, 2, 4)).sealed == 2
    assert await sealing.sealed_by(world.pool, placed.order_id) == 2
    examiner = audit.Agent(audit.AgentKind.PRACTITIONER, SUPERVISOR, world.hospital)
    since = datetime.now(UTC) - timedelta(days=90)
    (told,) = await sealing.past_accesses(world.pool, world.keys, placed.order_id, examiner, since)
    assert (told.agent_id, told.institution_id) == (world.wang, world.hospital)
    assert (told.looks, told.refused, told.residents) == (2, 1, 2)
    for resident in (first, second):
        lines = await access.own_log(world.pool, world.keys, resident)
        assert audit.Action.LOG_EXAMINE in [line.action for line in lines]
    later = datetime.now(UTC) + timedelta(days=1)
    assert not await sealing.past_accesses(world.pool, world.keys, placed.order_id, examiner, later)


async def test_no_look_commits_after_a_seal_was_acknowledged(world, phones):
    """Readers race sealing, again and again; after the event of the seal no look shows anything."""
    resident = await world.resident(visits.glucose("2026-02-01"))
    terms = Terms(
        kind=consent.ConsentKind.STANDING,
        institution_id=world.hospital,
        categories=visits.EVERYTHING,
        manner=Manner.KEEP,
        days=30,
    )
    await consent.give(world.pool, world.keys, resident, terms, visits.TOLD)

    async def reader(acknowledged: asyncio.Event) -> None:
        for _ in range(2):
            late = acknowledged.is_set()
            seen = await world.look(resident)
            assert not (late and seen.entries)

    for trial in range(120):
        placed, acknowledged = order(world), asyncio.Event()
        readers = [asyncio.create_task(reader(acknowledged)) for _ in range(3)]
        await asyncio.sleep(trial % 10 * 0.0005)
        await seal(world, phones, placed)
        acknowledged.set()
        await asyncio.gather(*readers)
        await sealing.unseal(world.pool, world.keys, phones, placed.order_id)

    is_shut, raced = False, 0
    lines = []
    before = None
    while page := await access.own_log(world.pool, world.keys, resident, before=before, limit=200):
        lines += page
        before = page[-1].number
    for line in sorted(lines, key=lambda one: one.number):
        if line.action == audit.Action.RECORD_SEAL:
            is_shut = True
        if line.action == audit.Action.RECORD_UNSEAL:
            is_shut = False
        if line.action == audit.Action.RECORD_DISCLOSE:
            assert not (is_shut and line.detail["items"])
            raced += bool(line.detail["items"])
    assert raced  # some readers came first: there was a race to lose


async def test_whatever_is_merged_with_it_is_closed_too(world, phones):
    kept, other = await world.resident(), await world.resident(serial=4)
    await world.allow(kept)
    clerk = audit.Agent(audit.AgentKind.PRACTITIONER, world.wang, world.hospital)
    await access.merge(world.pool, world.keys, phones, kept, other, "同一人，已核对", clerk)
    await seal(world, phones, order(world), 4)
    for resident in (kept, other):
        async with transaction(world.pool, resident=resident) as connection:
            assert await is_sealed(connection, resident)
    assert not (await world.look(kept)).entries


async def test_what_is_logged_says_it_was_sealed_and_checks_itself(world, phones, owner_url):
    import asyncpg  # noqa: PLC0415 - only here

    resident = await world.resident()
    await world.allow(resident)
    placed = order(world)
    await seal(world, phones, placed)
    await world.look(resident)
    lines = await access.own_log(world.pool, world.keys, resident)
    look = next(line for line in lines if line.action == audit.Action.RECORD_DISCLOSE)
    assert look.detail["because"] == consent.Because.SEALED
    await sealing.unseal(world.pool, world.keys, phones, placed.order_id)
    connection = await asyncpg.connect(owner_url)
    for check in access.CROSS_CHECKS:
        assert await connection.fetch(check.statement) == [], check
    await connection.close()


async def test_an_account_that_is_closed_is_neither_sealed_nor_lifted_nor_listed(world, phones):
    gone, kept = await world.resident(), await world.resident(serial=4)
    placed, later = order(world), order(world)
    assert (await seal(world, phones, placed, 2, 4)).sealed == 2
    await access.close_account(world.pool, world.keys, gone)
    assert await sealing.seal_residents(world.pool, world.keys, phones, later, [gone, kept]) == 1
    examiner = audit.Agent(audit.AgentKind.PRACTITIONER, SUPERVISOR, world.hospital)
    await sealing.past_accesses(
        world.pool, world.keys, placed.order_id, examiner, datetime.now(UTC) - timedelta(days=1)
    )
    assert await sealing.unseal(world.pool, world.keys, phones, placed.order_id) == 1

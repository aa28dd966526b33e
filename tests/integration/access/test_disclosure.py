"""What leaves through the one door out, and what the log says of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import asyncpg
import msgspec
import orjson
import pytest

import visits
from openhealthcode import access, audit, collection, consent, identity
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    NotFound,
    Phone,
    PurposeOfUse,
    RecordCategory,
)
from openhealthcode.standards.ids import EntryId, PractitionerId, ResidentId, TerminalId
from openhealthcode.trust import KeyClass, Keys, UnreadableSeal, log_aad
from signing_in import Phones
from visits import World


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


async def events(world: World, resident: ResidentId, owner_url: str) -> list[Mapping[str, object]]:
    """The resident's events as an operator with the log key reads them."""
    connection = await asyncpg.connect(owner_url)
    rows = await connection.fetch(
        "SELECT * FROM audit.event WHERE resident_id = $1 ORDER BY number", resident
    )
    await connection.close()
    keys = world.keys.of(resident)
    return [
        {
            **row,
            "detail": msgspec.msgpack.decode(
                keys.open(KeyClass.LOG, log_aad(resident, row["number"]), row["detail"])
            ),
        }
        for row in rows
    ]


def named(entries: object) -> set[str]:
    texts = set()
    for entry in entries:
        resource = orjson.loads(entry.body)
        texts.add(resource["code"]["text"] if "code" in resource else resource["resourceType"])
    return texts


async def test_without_consent_nothing_is_shown_and_the_refusal_is_logged(world, owner_url):
    resident = await world.resident()
    seen = await world.look(resident)
    assert seen.entries == ()
    assert not seen.is_permitted
    last = (await events(world, resident, owner_url))[-1]
    assert (last["action"], last["outcome"]) == ("record.disclose", "refused")
    assert last["detail"]["items"] == []


async def test_looks_that_go_together_keep_apart(world):
    """Many residents at once, one who allows nothing, one there is not: each look is its own."""
    glucose = [visits.glucose("2026-02-01", 4 + serial / 10) for serial in range(12)]
    residents = [await world.resident(one, serial=place) for place, one in enumerate(glucose)]
    for resident in residents[1:]:
        await world.allow(resident)
    alone = [[e.body for e in (await world.look(resident)).entries] for resident in residents]
    assert not alone[0]
    assert len({body for bodies in alone for body in bodies}) == 2 * 11  # the patient and the value
    stranger = ResidentId(uuid4())
    world.keys.of(stranger, create=True)
    with pytest.raises(NotFound):
        await world.look(stranger)
    asked = [*residents, stranger, *reversed(residents), residents[5]]
    looks = await asyncio.gather(*map(world.look, asked), return_exceptions=True)
    assert isinstance(looks.pop(len(residents)), NotFound)
    expected = [*alone, *reversed(alone), alone[5]]
    assert [[e.body for e in seen.entries] for seen in looks] == expected


async def test_who_waits_for_one_resident_does_not_keep_others_waiting(world, owner_url):
    """Many look at a resident whose chain somebody holds: they wait, and connections are left."""
    awaited, other = await world.resident(serial=1), await world.resident(serial=2)
    for resident in (awaited, other):
        await world.allow(resident)
    holder = await asyncpg.connect(owner_url)
    try:
        async with holder.transaction():
            await holder.execute(
                "SELECT FROM audit.chain WHERE resident_id = $1 FOR UPDATE", awaited
            )
            waiting = [asyncio.create_task(world.look(awaited)) for _ in range(30)]
            await asyncio.sleep(0.5)  # each has tried, and found the chain held
            assert (await asyncio.wait_for(world.look(other), 20)).entries
            assert not any(task.done() for task in waiting)
        numbers = sorted([(await task).number for task in waiting])
    finally:
        await holder.close()
    assert numbers == list(
        range(numbers[0], numbers[0] + 30)
    )  # each logged, in the order they came


async def test_previewed_is_shown_is_logged(world, owner_url):
    resident = await world.resident()
    _, preview = await world.allow(resident)
    seen = await world.look(resident)
    assert [e.body for e in seen.entries] == [e.body for e in preview.entries]
    assert len(seen.entries) == 6  # the patient, and all of the life but the depression
    logged = (await events(world, resident, owner_url))[-1]
    shown = [(e.entry_id.bytes, e.version) for e in seen.entries]
    assert [(item[0], item[1]) for item in logged["detail"]["items"]] == shown
    assert logged["number"] == seen.number


async def test_a_closed_kind_is_in_no_preview_and_in_no_disclosure(world):
    resident = await world.resident()
    _, preview = await world.allow(resident)
    seen = await world.look(resident)
    for entries in (preview.entries, seen.entries):
        assert "抑郁" not in b"".join(e.body for e in entries).decode()
    own = await access.own_record(world.pool, world.keys, resident)
    assert "抑郁" in b"".join(e.body for e in own.entries).decode()


async def test_a_category_switched_off_looks_like_one_that_is_empty(world):
    with_history = await world.resident(serial=2)
    without = await world.resident(*[r for r in visits.LIFE if r is not visits.LIFE[-1]], serial=4)
    allowed = visits.EVERYTHING - {RecordCategory.FAMILY_HISTORY}
    await world.allow(with_history, allowed)
    await world.allow(without, visits.EVERYTHING)
    hidden, absent = await world.look(with_history), await world.look(without)
    assert named(hidden.entries) == named(absent.entries)
    assert (hidden.is_permitted, len(hidden.entries)) == (absent.is_permitted, len(absent.entries))


async def test_what_is_filed_after_the_preview_is_not_shown_unless_allowed(world):
    resident = await world.resident(serial=2)
    added = visits.bundle(visits.patient(2), visits.glucose("2026-03-01", 9.9), key="later")
    request = await world.ask(resident)
    preview = await access.preview(world.pool, world.keys, resident, request)
    await collection.file_bundle(world.pool, world.keys, bundle=added, source=world.source)
    await consent.allow(
        world.pool,
        world.keys,
        resident,
        request,
        categories=visits.EVERYTHING,
        previewed_number=preview.number,
        notice=visits.TOLD,
    )
    assert [e.body for e in (await world.look(resident)).entries] == [
        e.body for e in preview.entries
    ]
    await world.allow(resident, with_what_is_added=True)
    again = visits.bundle(visits.patient(2), visits.glucose("2026-03-02", 8.8), key="later-still")
    await collection.file_bundle(world.pool, world.keys, bundle=again, source=world.source)
    assert len((await world.look(resident)).entries) == len(preview.entries) + 2


async def test_an_answer_to_an_older_preview_is_not_taken(world):
    resident = await world.resident()
    request = await world.ask(resident)
    first = await access.preview(world.pool, world.keys, resident, request)
    await access.preview(world.pool, world.keys, resident, request)
    with pytest.raises(consent.PreviewOutdated):
        await consent.allow(
            world.pool,
            world.keys,
            resident,
            request,
            categories=visits.EVERYTHING,
            previewed_number=first.number,
            notice=visits.TOLD,
        )
    assert not (await world.look(resident)).is_permitted


async def test_a_request_is_answered_once(world):
    resident = await world.resident()
    request = await world.ask(resident)
    await consent.refuse(world.pool, world.keys, resident, request)
    with pytest.raises(consent.RequestExpired):
        await consent.refuse(world.pool, world.keys, resident, request)
    with pytest.raises(consent.RequestExpired):
        await access.preview(world.pool, world.keys, resident, request)
    assert not (await world.look(resident)).is_permitted


async def test_another_resident_cannot_answer(world):
    resident, other = await world.resident(serial=2), await world.resident(serial=4)
    request = await world.ask(resident)
    with pytest.raises(NotFound):
        await access.preview(world.pool, world.keys, other, request)
    with pytest.raises(NotFound):
        await consent.refuse(world.pool, world.keys, other, request)


async def test_a_colleague_and_another_purpose_see_nothing(world):
    resident = await world.resident()
    await world.allow(resident)
    colleague = await world.look(resident, practitioner_id=PractitionerId(world.hospital))
    payment = await world.look(resident, purpose=PurposeOfUse.PAYMENT)
    assert not colleague.entries
    assert not payment.entries


async def test_withdrawal_holds_on_the_next_look(world):
    resident = await world.resident()
    consent_id, _ = await world.allow(resident)
    assert (await world.look(resident)).entries
    await consent.withdraw(world.pool, world.keys, resident, consent_id)
    assert not (await world.look(resident)).is_permitted
    with pytest.raises(consent.NothingToWithdraw):
        await consent.withdraw(world.pool, world.keys, resident, consent_id)


@pytest.mark.parametrize("trials", [1000])
async def test_no_disclosure_commits_after_an_acknowledged_withdrawal(world, owner_url, trials):
    """Four readers race one withdrawal, again and again; the chain gives both one order."""
    resident = await world.resident(visits.glucose("2026-02-01"))
    withdrawals = []

    async def reader(acknowledged: asyncio.Event) -> None:
        for _ in range(2):
            late = acknowledged.is_set()
            seen = await world.look(resident)
            assert not (late and seen.is_permitted)

    for trial in range(trials):
        consent_id, _ = await world.allow(resident)
        acknowledged = asyncio.Event()
        readers = [asyncio.create_task(reader(acknowledged)) for _ in range(3)]
        await asyncio.sleep(trial % 10 * 0.0005)  # from no head start to one that wins
        await consent.withdraw(world.pool, world.keys, resident, consent_id)
        acknowledged.set()
        withdrawals.append(consent_id.bytes)
        await asyncio.gather(*readers)

    withdrawn: set[bytes] = set()
    raced = 0
    for event in await events(world, resident, owner_url):
        if event["action"] == audit.Action.CONSENT_WITHDRAW:
            withdrawn.add(event["detail"]["consent"])
        if event["action"] == audit.Action.RECORD_DISCLOSE:
            assert not withdrawn & set(event["detail"]["consents"])
            raced += bool(event["detail"]["consents"])
    assert withdrawn == set(withdrawals)
    assert raced  # some readers came first: there was a race to lose


async def test_an_override_opens_the_minimum_set_and_is_logged_with_its_reason(world, owner_url):
    resident = await world.resident()
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
    seen = await world.look(resident, purpose=PurposeOfUse.EMERGENCY)
    assert named(seen.entries) == {"Patient", "青霉素", "高血压"}
    broken = [
        e for e in await events(world, resident, owner_url) if e["action"] == "access.break-glass"
    ]
    assert broken[0]["detail"]["reason"] == "昏迷，送入抢救室"
    assert not (await world.look(resident)).is_permitted  # treatment was not opened by it


async def test_a_body_swapped_in_the_database_is_never_shown(world, owner_url):
    import asyncpg  # noqa: PLC0415 - only here

    resident = await world.resident()
    await world.allow(resident)
    connection = await asyncpg.connect(owner_url)
    await connection.execute(
        """UPDATE record.entry e SET body = o.body FROM record.entry o
            WHERE e.type = 'AllergyIntolerance' AND o.type = 'FamilyMemberHistory'"""
    )
    await connection.close()
    with pytest.raises(UnreadableSeal):
        await world.look(resident)


async def test_nothing_is_seen_without_a_context(world):
    await world.resident()
    async with transaction(world.pool) as connection:
        for table in ("record.entry", "audit.event", "audit.chain", "consent.provision"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
    stranger = ResidentId(EntryId(world.hospital))
    async with transaction(world.pool, resident=stranger) as connection:
        assert await connection.fetchval("SELECT count(*) FROM record.entry") == 0


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE consent.provision SET end_at = end_at + interval '1 day'",
        "UPDATE consent.provision SET up_to_number = NULL",
        "UPDATE consent.provision SET practitioner_id = NULL",
        "UPDATE consent.provision SET category_tokens = category_tokens || category_tokens[1]",
    ],
)
async def test_a_permission_altered_in_the_database_opens_nothing(world, owner_url, forgery):
    import asyncpg  # noqa: PLC0415 - only here

    resident = await world.resident()
    await world.allow(resident)
    connection = await asyncpg.connect(owner_url)
    await connection.execute(forgery)
    await connection.execute("UPDATE audit.chain SET consent_version = consent_version + 1")
    await connection.close()
    assert not (await world.look(resident)).is_permitted


async def test_an_override_is_told_to_every_bound_phone_without_saying_where_or_what_for(world):
    resident = await world.resident()
    phone = Phone.parse("19955500007")
    async with transaction(world.pool, resident=resident) as connection:
        await identity.bind_phone(connection, world.keys, resident, phone)
    phones = Phones()
    certificate = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
    await access.break_glass_for(
        world.pool,
        world.keys,
        phones,
        certificate,
        practitioner_id=world.wang,
        institution_id=world.hospital,
        terminal_id=TerminalId(world.wang),
        triage_level=1,
        reason="昏迷，送入抢救室",
    )
    (message,) = phones.arrived
    assert message.phone == phone
    assert "谁看过" in message.text
    for telling in ("医院", "昏迷", "王敏", "抢救"):
        assert telling not in message.text

"""A closed account: gone for everybody at once, unreadable in backups, and said on a receipt."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

import visits
from databases import _execute, _named
from openhealthcode import access, audit, collection, consent, healthcode, identity
from openhealthcode.audit import Sequencer
from openhealthcode.database import open_pool, transaction
from openhealthcode.sign_in import SystemAccess, residents
from openhealthcode.standards import Certificate, CertificateKind, NotFound, Phone, Scene
from openhealthcode.standards.ids import InstitutionId, SystemId, TerminalId
from openhealthcode.trust import KeyClass, Keys, UnknownKey, record_aad

PHONE = Phone.parse("13912345678")
CARD = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))


@pytest.fixture
def keys(tmp_path):
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


@pytest.fixture
async def world(pool, keys):
    return await visits.world(pool, keys)


@pytest.fixture
async def resident(world):
    resident = await world.resident()
    async with transaction(world.pool, resident=resident) as connection:
        await identity.bind_phone(connection, world.keys, resident, PHONE)
    return resident


@pytest.fixture
async def owner(owner_url):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


@pytest.fixture
def sequencer(pool, keys, tmp_path):
    opened = Sequencer(pool, tmp_path / "log", keys.checkpoint_signer("test.example/log"))
    yield opened
    opened.close()


async def test_after_closing_every_look_is_as_if_there_were_no_such_resident(world, resident):
    consent_id, _ = await world.allow(resident)
    assert (await world.look(resident)).entries
    await access.close_account(world.pool, world.keys, resident)
    for attempt in (
        lambda: world.look(resident),
        lambda: access.own_record(world.pool, world.keys, resident),
        lambda: access.own_copy(world.pool, world.keys, resident),
        lambda: access.close_account(world.pool, world.keys, resident),
        lambda: world.ask(resident),
    ):
        with pytest.raises((NotFound, UnknownKey)):
            await attempt()
    with pytest.raises((NotFound, UnknownKey)):
        await consent.withdraw(world.pool, world.keys, resident, consent_id)


async def test_another_process_that_still_holds_the_keys_is_refused_at_once(
    world, resident, tmp_path
):
    await world.allow(resident)
    beside = Keys.open(tmp_path / "keys")
    assert beside.of(resident).labels  # opened there, and held for half a minute
    await access.close_account(world.pool, world.keys, resident)
    with pytest.raises(NotFound):
        await access.own_record(world.pool, beside, resident)
    with pytest.raises(NotFound):
        await visits.World(world.pool, beside, world.hospital, world.wang).look(resident)
    beside.close()


async def test_nobody_finds_the_resident_by_card_phone_session_or_code(world, resident):
    now = datetime.now(UTC)
    reference = healthcode.new_device_reference()
    await healthcode.enrol_device(world.pool, reference, resident, now)
    async with transaction(world.pool, resident=resident) as connection:
        await connection.execute(
            "INSERT INTO sign_in.resident_session (session_key, resident_id, session_id,"
            " device_reference, phone_key, sealed, started_at, verified_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, '', $6, $6, $7)",
            b"k" * 32, resident, uuid4(), reference, b"p" * 32, now, now + timedelta(days=1),
        )  # fmt: skip
    code = healthcode.issue(world.keys, reference, now)
    assert await identity.find(world.pool, world.keys, CARD) == resident
    await access.close_account(world.pool, world.keys, resident)
    assert await identity.find(world.pool, world.keys, CARD) is None
    assert await residents.sessions_of(world.pool, resident) == []
    async with transaction(world.pool, resident=resident) as connection:
        assert not await identity.phone_is_bound(connection, world.keys, resident, PHONE)
    with pytest.raises(healthcode.UnknownDevice):
        await access.identify(
            world.pool,
            world.keys,
            code=code,
            practitioner_id=world.wang,
            institution_id=world.hospital,
            terminal_id=TerminalId(uuid4()),
            scene=Scene.CONSULTATION,
        )


async def test_what_is_left_in_the_tables_opens_with_no_key(world, resident, owner):
    rows = await owner.fetch("SELECT entry_id, version, body FROM record.entry")
    assert len(rows) == 1 + len(visits.LIFE)
    await access.close_account(world.pool, world.keys, resident)
    for row in await owner.fetch("SELECT entry_id, version, body FROM record.entry"):
        aad = record_aad(resident, row["entry_id"], row["version"])
        with pytest.raises(UnknownKey):
            world.keys.of(resident).open(KeyClass.RECORD, aad, row["body"])
    (sealed,) = await owner.fetchrow("SELECT sealed FROM identity.identity_record")
    with pytest.raises(UnknownKey):
        world.keys.of(resident).open(KeyClass.IDENTITY, b"", sealed)
    assert await owner.fetchval("SELECT count(*) FROM identity.identifier") == 0
    assert await owner.fetchval("SELECT national_key FROM identity.resident") is None


async def test_the_receipt_names_originals_and_copies_and_proves_its_place_in_the_tree(
    world, resident, sequencer
):
    await world.allow(resident)
    stranger = SystemAccess(SystemId(uuid4()), InstitutionId(uuid4()), frozenset())
    own = SystemAccess(SystemId(uuid4()), world.hospital, frozenset())
    shown = await access.own_record(world.pool, world.keys, resident)
    one = next(entry for entry in shown.entries if entry.type == "AllergyIntolerance")
    fhir_id = world.keys.seal_id(resident, one.entry_id)
    await access.read_entry(
        world.pool, world.keys, system=own, type=one.type, fhir_id=fhir_id
    )  # its own: no copy of anybody else's
    with pytest.raises(NotFound):
        await access.read_entry(
            world.pool, world.keys, system=stranger, type=one.type, fhir_id=fhir_id
        )
    closing = await access.close_account(world.pool, world.keys, resident)
    assert closing.originals == (access.Original(world.hospital, 1 + len(visits.LIFE)),)
    assert closing.entries == 1 + len(visits.LIFE)
    assert closing.copies == ()
    assert closing.unreadable_from > closing.at.date()
    await sequencer.sequence()
    receipt = await access.receipt_of_closing(
        world.pool, world.keys, sequencer, resident, closing.number
    )
    ((line,), (proof,)) = (receipt.lines, receipt.proofs)
    assert receipt.statement.events[0].commitment == closing.commitment
    assert line.detail["originals"] == [[world.hospital.bytes, 1 + len(visits.LIFE)]]
    assert line.detail["copies"] == []
    assert proof.startswith("c2sp.org/tlog-proof@v1\nindex ")
    assert "test.example/log" in proof


async def test_the_chain_of_a_closed_account_is_still_whole(world, resident, sequencer):
    await world.allow(resident)
    await access.close_account(world.pool, world.keys, resident)
    await sequencer.sequence()
    report = await audit.verify(
        world.pool,
        sequencer._folder.folder,
        world.keys.checkpoint_verifier("test.example/log"),
        keys=world.keys,
        cross_checks=access.CROSS_CHECKS,
    )
    assert report.findings == ()


def _at_a_counter(world, *, reopens: bool) -> collection.Source:
    agent = audit.Agent(audit.AgentKind.PRACTITIONER, world.wang, world.hospital)
    return collection.Source(agent, world.hospital, has_seen_document=True, reopens=reopens)


async def test_no_delivery_begins_a_new_record_for_who_closed_one(world, resident, owner):
    """Neither the institution that knew them, nor another, nor an operator's load, nor a clerk."""
    await access.close_account(world.pool, world.keys, resident)
    elsewhere = InstitutionId(uuid4())
    system = audit.Agent(audit.AgentKind.SYSTEM, elsewhere, elsewhere)
    for source in (
        world.source,
        collection.Source(system, elsewhere),
        collection.Source(system, elsewhere, is_register=True),
        _at_a_counter(world, reopens=False),
    ):
        sent = visits.bundle(visits.patient(2), visits.glucose("2026-03-01"), key=str(uuid4()))
        with pytest.raises(identity.AccountClosed):
            await collection.file_bundle(world.pool, world.keys, bundle=sent, source=source)
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 1
    assert await world.resident(serial=3)  # others are taken as ever


async def test_who_comes_back_in_person_begins_with_an_empty_record(world, resident, owner):
    await access.close_account(world.pool, world.keys, resident)
    sent = visits.bundle(visits.patient(2), visits.glucose("2026-03-01"))
    filed = await collection.file_bundle(
        world.pool, world.keys, bundle=sent, source=_at_a_counter(world, reopens=True)
    )
    again = filed.resident_id
    assert again != resident
    own = await access.own_record(world.pool, world.keys, again)
    assert len(own.entries) == 2
    first = (await access.own_log(world.pool, world.keys, again))[-1]
    assert (first.action, first.detail["reopened"]) == ("resident.register", True)
    assert await owner.fetchval("SELECT count(*) FROM identity.closed_certificate") == 0
    assert await world.resident(visits.glucose("2026-03-02")) == again  # as ever from now on
    await access.close_account(world.pool, world.keys, again)  # and can leave again
    with pytest.raises(identity.AccountClosed):
        await world.resident()


async def test_what_is_kept_of_a_closed_account_leads_to_nothing_that_was(world, resident, owner):
    before = {
        bytes(row[0]) for row in await owner.fetch("SELECT identifier_key FROM identity.identifier")
    }
    await access.close_account(world.pool, world.keys, resident)
    row = await owner.fetchrow("SELECT * FROM identity.closed_certificate")
    assert set(row.keys()) == {"closed_key", "closed_on"}
    assert bytes(row["closed_key"]) not in before
    assert await identity.find(world.pool, world.keys, CARD) is None


async def test_a_delivery_under_the_old_number_is_refused(world, resident):
    old = f"Patient/{world.keys.seal_id(resident, resident)}"
    await access.close_account(world.pool, world.keys, resident)
    late = {**visits.glucose("2026-03-01"), "subject": {"reference": old}}
    with pytest.raises((NotFound, UnknownKey)):
        await collection.file_resource(world.pool, world.keys, resource=late, source=world.source)


async def test_a_program_that_stopped_in_between_finishes_at_its_next_start(
    world, resident, monkeypatch
):
    def no_more(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(world.keys, "destroy", no_more)
        with pytest.raises(KeyboardInterrupt):
            await access.close_account(world.pool, world.keys, resident)
    assert world.keys.of(resident).labels  # still there
    with pytest.raises(NotFound):
        await access.own_record(world.pool, world.keys, resident)
    assert await access.finish_closings(world.pool, world.keys) == 1
    with pytest.raises(UnknownKey):
        _ = world.keys.of(resident).labels
    assert await access.finish_closings(world.pool, world.keys) == 0


async def test_a_restored_backup_cannot_be_read_and_neither_with_an_older_key_store(
    database, postgres, tmp_path
):
    """Database and key store as they were before the closing, and what is left of the keys after."""
    now = [datetime(2026, 3, 10, tzinfo=UTC).timestamp()]
    keys = Keys.open(tmp_path / "live", clock=lambda: now[0])
    pool = await open_pool(database.url, size=4)
    world = await visits.world(pool, keys)
    resident = await world.resident()
    await world.allow(resident)
    await pool.close()
    keys.close()
    backup = f"{database.name}_backup"
    await _execute(postgres, f"CREATE DATABASE {backup} TEMPLATE {database.name}")
    (tmp_path / "old").mkdir(mode=0o700)
    shutil.copy(tmp_path / "live" / "keys.sqlite", tmp_path / "old" / "keys.sqlite")
    try:
        keys = Keys.open(tmp_path / "live", clock=lambda: now[0])
        pool = await open_pool(database.url, size=4)
        closing = await access.close_account(pool, keys, resident)
        await pool.close()

        restored = await open_pool(_named(postgres.url, backup), size=4)
        with pytest.raises(UnknownKey):  # the live key store has no key for the old rows
            await access.own_record(restored, keys, resident)

        assert str(closing.unreadable_from) == "2026-05-06"
        for day in range(10, 58):  # the chore of every day, until the day on the receipt
            now[0] = (datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day)).timestamp()
            keys.rotate()
        assert datetime.fromtimestamp(now[0], UTC).date() < closing.unreadable_from
        (tmp_path / "old" / "root").symlink_to(tmp_path / "live" / "root")
        too_early = Keys.open(tmp_path / "old", clock=lambda: now[0])
        assert (await access.own_record(restored, too_early, resident)).entries
        too_early.close()

        for _ in range(10):
            now[0] += 86_400
            keys.rotate()
        assert datetime.fromtimestamp(now[0], UTC).date() >= closing.unreadable_from
        too_late = Keys.open(tmp_path / "old", clock=lambda: now[0])
        with pytest.raises(UnknownKey):
            await access.own_record(restored, too_late, resident)
        too_late.close()
        await restored.close()
    finally:
        await _execute(postgres, f"DROP DATABASE {backup} WITH (FORCE)")
        keys.close()

"""One own entry: every version, for whoever may see it, logged as what was shown."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

import visits
from merged import Index
from openhealthcode import access, audit, collection
from openhealthcode.access import ActingFor, Appointment, Named
from openhealthcode.database import transaction
from openhealthcode.record import Manner, read_exactly
from openhealthcode.representation import Power, Proof, RepresentationKind
from openhealthcode.standards import Certificate, CertificateKind, NotFound
from openhealthcode.standards.ids import EntryId
from openhealthcode.trust import Keys, UnreadableSeal

FIRST = date(2026, 2, 1)


@pytest.fixture
async def world(pool, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    yield await visits.world(pool, keys)
    keys.close()


async def entries(world, resident_id):
    return (await access.own_record(world.pool, world.keys, resident_id)).entries


async def one_of(world, resident_id, **wanted) -> access.Entry:
    return next(
        entry
        for entry in await entries(world, resident_id)
        if all(getattr(entry, name) == value for name, value in wanted.items())
    )


def versions(world, resident_id, entry_id, **more):
    return access.own_versions(world.pool, world.keys, resident_id, entry_id, **more)


async def newest(world, resident_id):
    """The newest line of a log, read past its own door so that reading it adds none."""
    async with transaction(world.pool, resident=resident_id) as connection:
        (line,) = await audit.reading.lines(connection, world.keys, resident_id, limit=1)
    return line


async def correct(world, resident_id, entry, **change) -> None:
    """The hospital says something else of its entry."""
    patient = await one_of(world, resident_id, type="Patient")
    fhir_id = world.keys.seal_id(resident_id, entry.entry_id)
    subject = {"reference": f"Patient/{world.keys.seal_id(resident_id, patient.entry_id)}"}
    told = visits.glucose("2026-02-01", 7.4) | {"id": fhir_id, "subject": subject} | change
    await collection.update(
        world.pool,
        world.keys,
        which=collection.Which("Observation", fhir_id),
        resource=told,
        source=world.source,
    )


async def test_every_version_is_shown_with_who_filed_it_and_logged(world):
    resident_id = await world.resident()
    entry = await one_of(world, resident_id, day=FIRST)
    await correct(world, resident_id, entry)
    second, first = await versions(world, resident_id, entry.entry_id)
    assert [read_exactly(one.entry.body)["valueQuantity"]["value"] for one in (second, first)] == [
        7.4,
        6.1,
    ]
    assert (second.entry.version, first.entry.version) == (2, 1)
    assert (second.origin.manner, first.origin.manner) == (Manner.UPDATE, Manner.TRANSACTION)
    assert {one.origin.institution_id for one in (first, second)} == {world.hospital}
    assert first.filed_at < second.filed_at
    line = await newest(world, resident_id)
    assert line.action == audit.Action.RECORD_OWN_VIEW
    shown = {(item[0], item[1]) for item in line.detail["items"]}
    assert shown == {(entry.entry_id.bytes, 1), (entry.entry_id.bytes, 2)}


async def test_a_deletion_is_a_version_without_content(world):
    resident_id = await world.resident()
    entry = await one_of(world, resident_id, day=FIRST)
    which = collection.Which("Observation", world.keys.seal_id(resident_id, entry.entry_id))
    await collection.delete(world.pool, world.keys, which=which, source=world.source)
    gone, there = await versions(world, resident_id, entry.entry_id)
    assert (gone.is_deletion, gone.entry.body, gone.origin.manner) == (True, b"", Manner.DELETE)
    assert not there.is_deletion
    assert b"6.1" in there.entry.body
    fhir_id = world.keys.seal_id(resident_id, entry.entry_id)
    assert await access.own_named(world.pool, world.keys, resident_id, [fhir_id]) == ()


async def test_another_s_entry_and_none_are_the_same_and_leave_no_line(world):
    resident_id, other = await world.resident(), await world.resident(serial=4)
    theirs = await one_of(world, other, day=FIRST)
    before = await newest(world, resident_id)
    for entry_id in (theirs.entry_id, EntryId(uuid4())):
        with pytest.raises(NotFound):
            await versions(world, resident_id, entry_id)
    named = [world.keys.seal_id(other, theirs.entry_id), "A" * 64, "nonsense"]
    assert await access.own_named(world.pool, world.keys, resident_id, named) == ()
    assert await access.own_named(world.pool, world.keys, resident_id, []) == ()
    assert (await newest(world, resident_id)).number == before.number


async def test_what_an_entry_names_is_shown_as_it_is_now(world):
    resident_id = await world.resident()
    entry = await one_of(world, resident_id, day=FIRST)
    await correct(world, resident_id, entry)
    named = [world.keys.seal_id(resident_id, entry.entry_id)] * 2
    (found,) = await access.own_named(
        world.pool, world.keys, resident_id, named, action=audit.Action.RECORD_COPY
    )
    assert (found.entry_id, found.version, found.type) == (entry.entry_id, 2, "Observation")
    assert (await newest(world, resident_id)).action == audit.Action.RECORD_COPY


async def test_who_acts_for_a_resident_sees_what_the_mandate_covers(world):
    elder = await world.resident()
    who = visits.patient(20, "张敏")
    sent = visits.bundle(who, visits.glucose("2026-01-01"), key="helper")
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    number = who["identifier"][0]["value"]
    card = Named(Certificate.parse(CertificateKind.NATIONAL_ID, number), "张敏")
    appointed = await access.appoint_helper(
        world.pool,
        world.keys,
        elder,
        Appointment(
            kind=RepresentationKind.HELPER,
            representative=card,
            powers=frozenset({Power.RECORD}),
            proof=Proof.OWN_PHONE,
            days=30,
        ),
    )
    open_one = await one_of(world, elder, day=FIRST)
    closed = await one_of(world, elder, day=date(2018, 6, 1))  # a depression
    assert await versions(world, elder, closed.entry_id)
    acting = ActingFor(world.keys, elder, appointed, filed.resident_id)
    with audit.acting_as(acting):
        (shown,) = await versions(world, elder, open_one.entry_id)
        with pytest.raises(NotFound):
            await versions(world, elder, closed.entry_id)
        named = [world.keys.seal_id(elder, one.entry_id) for one in (open_one, closed)]
        found = await access.own_named(world.pool, world.keys, elder, named)
    assert shown.entry.entry_id == open_one.entry_id
    assert [one.entry_id for one in found] == [open_one.entry_id]
    assert (await newest(world, elder)).agent_kind == audit.AgentKind.REPRESENTATIVE


async def test_an_entry_kept_under_another_id_of_the_person_is_found(world):
    survivor, other = await world.resident(), await world.resident(serial=4)
    theirs = await one_of(world, other, day=FIRST)
    with pytest.raises(NotFound):
        await versions(world, survivor, theirs.entry_id)
    await Index(world).merge(survivor, other)
    (found,) = await versions(world, survivor, theirs.entry_id)
    assert found.entry.entry_id == theirs.entry_id
    fhir_id = world.keys.seal_id(other, theirs.entry_id)
    assert len(await access.own_named(world.pool, world.keys, survivor, [fhir_id])) == 1
    assert (await newest(world, other)).detail["through"] == survivor.bytes


async def test_an_origin_moved_to_another_version_is_not_believed(world, owner_url):
    import asyncpg  # noqa: PLC0415 - only here

    resident_id = await world.resident()
    entry = await one_of(world, resident_id, day=FIRST)
    await correct(world, resident_id, entry)
    connection = await asyncpg.connect(owner_url)
    await connection.execute(
        """UPDATE record.entry e SET origin = o.origin FROM record.entry o
            WHERE e.entry_id = $1 AND o.entry_id = $1 AND e.version = 1 AND o.version = 2""",
        entry.entry_id,
    )
    await connection.close()
    with pytest.raises(UnreadableSeal):
        await versions(world, resident_id, entry.entry_id)

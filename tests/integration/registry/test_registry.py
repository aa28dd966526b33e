"""One institution, one entry, however often and by whomever it is mentioned."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

import asyncpg
import pytest

from openhealthcode import registry
from openhealthcode.database import open_pool
from openhealthcode.registry import (
    InstitutionEntry,
    InstitutionKind,
    PractitionerEntry,
    PractitionerRole,
    SystemEntry,
)
from openhealthcode.standards import CreditCode, NotFound

HOSPITAL = InstitutionEntry(
    "urn:oid:2.16.156.10011|880101001",
    InstitutionKind.TERTIARY_HOSPITAL,
    "演示县人民医院",
    "Demonstration County People's Hospital",
    "880101",
    CreditCode.parse("91110000600037341L"),
)
ABROAD = InstitutionEntry("synthea|5d4b9df1", InstitutionKind.EXTERNAL, "HOLYOKE MEDICAL CENTER")
JWKS = {"keys": [{"kty": "EC", "kid": "one", "crv": "P-256", "x": "eA", "y": "eQ"}]}


def doctor(institution_id, key="staff|0042", **changes):
    given = {"name": "王医生", "role": PractitionerRole.DOCTOR, "staff_number": "0042"} | changes
    return PractitionerEntry(key, institution_id, **given)


async def test_what_is_registered_is_read_back(pool):
    institution_id = await registry.register_institution(pool, HOSPITAL)
    found = await registry.institution(pool, institution_id)
    assert found.name == HOSPITAL.name
    assert found.name_en == HOSPITAL.name_en
    assert found.kind is HOSPITAL.kind
    assert found.credit_code == HOSPITAL.credit_code
    assert found.is_active
    entry = doctor(institution_id, department="内科", title="主任医师", name_en="Dr. Wang")
    practitioner_id = await registry.register_practitioner(pool, entry)
    practitioner = await registry.practitioner(pool, practitioner_id)
    assert (practitioner.name, practitioner.name_en) == ("王医生", "Dr. Wang")
    assert (practitioner.department, practitioner.title) == ("内科", "主任医师")
    assert practitioner.institution_id == institution_id
    assert practitioner.may_have_account
    system_id = await registry.register_system(
        pool, SystemEntry("his", institution_id, "HIS", JWKS)
    )
    system = await registry.system(pool, system_id)
    assert system.jwks == JWKS
    assert system.scopes == ("system/*.crus",)


async def test_registering_again_finds_the_same_entry_and_brings_it_up_to_date(pool):
    first = await registry.register_institution(pool, HOSPITAL)
    renamed = InstitutionEntry(HOSPITAL.key, InstitutionKind.SECONDARY_HOSPITAL, "新名")
    assert await registry.register_institution(pool, renamed) == first
    assert (await registry.institution(pool, first)).name == "新名"
    somebody = await registry.register_practitioner(pool, doctor(first))
    assert await registry.register_practitioner(pool, doctor(first, title="教授")) == somebody
    assert (await registry.practitioner(pool, somebody)).title == "教授"


async def test_a_mention_from_elsewhere_never_overwrites_what_is_known_here(pool):
    institution_id = await registry.register_institution(pool, HOSPITAL)
    mentioned = InstitutionEntry(HOSPITAL.key, InstitutionKind.EXTERNAL, "attacker's name")
    assert await registry.register_institution(pool, mentioned) == institution_id
    assert (await registry.institution(pool, institution_id)).name == HOSPITAL.name
    known = await registry.register_practitioner(pool, doctor(institution_id))
    external = doctor(institution_id, role=PractitionerRole.EXTERNAL, name="X")
    assert await registry.register_practitioner(pool, external) == known
    assert (await registry.practitioner(pool, known)).role is PractitionerRole.DOCTOR


async def test_who_is_only_mentioned_can_never_sign_in(pool):
    institution_id = await registry.register_institution(pool, ABROAD)
    assert await registry.register_institution(pool, ABROAD) == institution_id
    external = doctor(institution_id, role=PractitionerRole.EXTERNAL)
    practitioner_id = await registry.register_practitioner(pool, external)
    assert not (await registry.practitioner(pool, practitioner_id)).may_have_account


async def test_forty_registrations_at_once_make_one_entry(database):
    pool = await open_pool(database.url, size=20)
    made = await asyncio.gather(*(registry.register_institution(pool, HOSPITAL) for _ in range(40)))
    await pool.close()
    assert len(set(made)) == 1


async def test_many_are_read_in_one_query_and_unknown_ones_left_out(pool):
    here = await registry.register_institution(pool, HOSPITAL)
    abroad = await registry.register_institution(pool, ABROAD)
    unknown = uuid4()
    found = await registry.institutions(pool, [here, abroad, unknown])
    assert set(found) == {here, abroad}
    people = [
        await registry.register_practitioner(pool, doctor(here, f"p{n}", staff_number=f"{n}"))
        for n in range(3)
    ]
    assert set(await registry.practitioners(pool, [*people, unknown])) == set(people)
    assert await registry.institutions(pool, []) == {}


async def test_what_nobody_registered_is_not_found(pool):
    for read in (registry.institution, registry.practitioner, registry.system):
        with pytest.raises(NotFound):
            await read(pool, uuid4())
    for suspend in (
        registry.suspend_institution,
        registry.suspend_practitioner,
        registry.suspend_system,
    ):
        with pytest.raises(NotFound):
            await suspend(pool, uuid4())


async def test_a_suspended_institution_takes_everybody_with_it(pool):
    institution_id = await registry.register_institution(pool, HOSPITAL)
    practitioner_id = await registry.register_practitioner(pool, doctor(institution_id))
    system_id = await registry.register_system(
        pool, SystemEntry("his", institution_id, "HIS", JWKS)
    )
    assert (await registry.practitioner(pool, practitioner_id)).is_active
    await registry.suspend_institution(pool, institution_id)
    assert not (await registry.institution(pool, institution_id)).is_active
    assert not (await registry.practitioner(pool, practitioner_id)).is_active
    assert not (await registry.system(pool, system_id)).is_active


async def test_registering_again_does_not_lift_a_suspension(pool):
    institution_id = await registry.register_institution(pool, HOSPITAL)
    practitioner_id = await registry.register_practitioner(pool, doctor(institution_id))
    await registry.suspend_practitioner(pool, practitioner_id)
    await registry.register_practitioner(pool, doctor(institution_id, title="教授"))
    assert not (await registry.practitioner(pool, practitioner_id)).is_active


async def test_another_processes_suspension_is_seen_after_some_seconds(
    pool, owner_url, monkeypatch
):
    institution_id = await registry.register_institution(pool, HOSPITAL)
    assert (await registry.institution(pool, institution_id)).is_active
    elsewhere = await asyncpg.connect(owner_url)
    await elsewhere.execute("UPDATE registry.institution SET suspended_at = now()")
    await elsewhere.close()
    assert (await registry.institution(pool, institution_id)).is_active, "kept for a while"
    later = time.monotonic() + registry.LONGEST_STALENESS_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert not (await registry.institution(pool, institution_id)).is_active

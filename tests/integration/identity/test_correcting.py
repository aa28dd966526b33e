"""The same resident under other particulars: newborns named, strangers known, names changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

import merged
import visits
from openhealthcode import collection, identity
from openhealthcode.audit import Action
from openhealthcode.collection import Correction
from openhealthcode.collection.admit import admit_person
from openhealthcode.database import transaction
from openhealthcode.identity import (
    CertificateTaken,
    NumberDisagrees,
    Registration,
    RegistrationMalformed,
    reading,
)
from openhealthcode.standards import Certificate, CertificateKind, Forbidden, NotFound, Sex
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys
from visits import World

CARD = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
OTHER_CARD = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(4))
BAND = Certificate.parse(CertificateKind.INSTITUTION_NUMBER, "NB-0042", "hospital-a")
BORN = date(1959, 4, 18)


@pytest.fixture
def keys(tmp_path):
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


@pytest.fixture
async def world(pool, keys) -> World:
    return await visits.world(pool, keys)


def counter(world: World) -> collection.Source:
    return replace(world.source, has_seen_document=True)


async def correct(world: World, resident: ResidentId, registration: Registration, why: Correction):
    return await collection.correct(
        world.pool, world.keys, resident, registration, why, counter(world)
    )


async def known(world: World, resident: ResidentId) -> identity.Demographics:
    async with transaction(world.pool, resident=resident) as connection:
        return await reading.demographics(connection, world.keys, resident)


async def registered(world: World, registration: Registration) -> ResidentId:
    async with admit_person(world.pool, world.keys, registration, world.source) as admitted:
        return admitted.resident_id


async def test_a_newborn_is_named_and_stays_the_same_resident(world):
    newborn = Registration((BAND,), "王某之子", birth_date=BORN)
    resident = await registered(world, newborn)
    named = Registration((BAND, OTHER_CARD), "王小满", Sex.FEMALE, BORN)
    changed = await correct(world, resident, named, Correction.NAMED)
    assert changed == ("certificates", "name", "sex")
    now = await known(world, resident)
    assert (now.name, now.sex) == ("王小满", Sex.FEMALE)
    for certificate in (BAND, OTHER_CARD):
        assert await identity.find_named(world.pool, world.keys, certificate, "王小满") == resident
        assert await identity.find_named(world.pool, world.keys, certificate, "王某之子") is None
    line = (await (await merged.index(world)).log(resident))[0]
    assert line.action == Action.RESIDENT_CORRECT
    assert line.detail["why"] == "named"
    assert "王小满" not in repr(line)


async def test_an_unidentified_patient_becomes_known(world):
    resident = await registered(world, Registration((BAND,), "未知姓名甲"))
    is_known = Registration((BAND, CARD), "李试", Sex.FEMALE, BORN)
    assert await correct(world, resident, is_known, Correction.IDENTIFIED)
    assert await identity.find_named(world.pool, world.keys, CARD, "李试") == resident


async def test_an_unidentified_patient_who_is_registered_is_merged_instead(world):
    resident = await world.resident(serial=2)
    unknown = await registered(world, Registration((BAND,), "未知姓名甲"))
    is_known = Registration((BAND, CARD), "李试", Sex.FEMALE, BORN)
    with pytest.raises(CertificateTaken):
        await correct(world, unknown, is_known, Correction.IDENTIFIED)
    index = await merged.index(world)
    await index.merge(resident, unknown)
    assert await index.own(unknown) == await index.own(resident)


async def test_what_was_put_right_goes_before_what_the_registers_checked(world):
    """Also when it is put back: the same words again are another correction."""
    resident = await registered_as_checked(world, Registration((CARD,), "李试", Sex.FEMALE, BORN))
    for name in ("欧阳明远", "李试", "欧阳明远"):
        said = Registration((CARD,), name, Sex.FEMALE, BORN)
        assert await correct(world, resident, said, Correction.CHANGED) == ("name",)
        assert (await known(world, resident)).name == name
    again = Registration((CARD,), "欧阳明远", Sex.FEMALE, BORN)
    async with admit_person(world.pool, world.keys, again, world.source):
        pass
    assert (await known(world, resident)).name == "欧阳明远"


async def registered_as_checked(world: World, registration: Registration) -> ResidentId:
    source = replace(world.source, is_checked=True)
    async with admit_person(world.pool, world.keys, registration, source) as admitted:
        return admitted.resident_id


async def test_deliveries_under_the_former_name_still_arrive(world):
    resident = await world.resident(serial=2)
    renamed = Registration((CARD,), "欧阳明远", Sex.FEMALE, BORN)
    assert await correct(world, resident, renamed, Correction.CHANGED) == ("name",)
    assert (await known(world, resident)).name == "欧阳明远"
    sent = visits.bundle(visits.patient(2), visits.glucose("2026-06-01"), key="former")
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    assert filed.resident_id == resident
    assert await identity.find_named(world.pool, world.keys, CARD, "李试") is None


async def test_what_cannot_be_corrected_so(world):
    resident = await world.resident(serial=2)
    wrong_sex = Registration((CARD,), "李试", Sex.MALE, BORN)
    with pytest.raises(NumberDisagrees):
        await correct(world, resident, wrong_sex, Correction.CHANGED)
    second_number = Registration((OTHER_CARD,), "李试", Sex.FEMALE, BORN)
    with pytest.raises(RegistrationMalformed):
        await correct(world, resident, second_number, Correction.CHANGED)
    same = Registration((CARD,), "李试", Sex.FEMALE, BORN)
    with pytest.raises(Forbidden):
        await collection.correct(
            world.pool, world.keys, resident, same, Correction.MISTAKEN, world.source
        )
    with pytest.raises(NotFound):
        await correct(world, ResidentId(world.wang), same, Correction.MISTAKEN)
    async with transaction(world.pool, resident=world.wang) as connection:
        with pytest.raises(NotFound):
            await identity.correct(
                connection, world.keys, ResidentId(world.wang), same, identity.Source()
            )
    lines = await (await merged.index(world)).log(resident)
    assert await correct(world, resident, same, Correction.MISTAKEN) == ()
    assert await (await merged.index(world)).log(resident) == lines

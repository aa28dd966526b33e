"""One person, one resident, whoever registers, however often, and whoever else does meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from uuid import uuid4

import asyncpg
import pytest

from openhealthcode import identity
from openhealthcode.database import open_pool, transaction
from openhealthcode.identity import (
    Known,
    New,
    Registration,
    Review,
    ReviewReason,
    Source,
    Verification,
    reading,
)
from openhealthcode.standards import Certificate, CertificateKind, NotFound, Phone, Sex
from openhealthcode.standards.ids import InstitutionId
from registering import (
    AMMIE,
    ANOTHER_NATIONAL,
    LI,
    NATIONAL,
    PASSPORT,
    RECORD_NUMBER,
    demographics,
    register,
)


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


async def test_the_same_person_registering_twice_finds_the_first_entry(pool, keys, owner):
    first, resident_id, _ = await register(pool, keys, LI)
    again, same, changed = await register(pool, keys, LI)
    assert first == New()
    assert again == Known(resident_id)
    assert same == resident_id
    assert not changed
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 1
    assert await owner.fetchval("SELECT count(*) FROM identity.identity_record") == 1


async def test_a_foreigner_is_found_under_any_of_the_certificates(pool, keys):
    _, resident_id, _ = await register(pool, keys, AMMIE)
    for certificate in AMMIE.certificates:
        assert await identity.find(pool, keys, certificate) == resident_id
        alone = replace(AMMIE, certificates=(certificate,))
        assert (await register(pool, keys, alone))[0] == Known(resident_id)
    assert await identity.find(pool, keys, replace(RECORD_NUMBER, issuer="hospital-b")) is None


async def test_a_newborn_gets_a_number_later_and_stays_the_same_resident(pool, keys):
    number = Certificate.parse(CertificateKind.INSTITUTION_NUMBER, "NB-0042", "hospital-a")
    newborn = Registration((number,), "王某之子", birth_date=date(2026, 11, 1))
    _, resident_id, _ = await register(pool, keys, newborn)
    numbered = replace(newborn, certificates=(number, PASSPORT), sex=Sex.MALE)
    assert (await register(pool, keys, numbered))[::2] == (Known(resident_id), True)
    assert await identity.find(pool, keys, PASSPORT) == resident_id


async def test_what_is_kept_is_read_back_and_the_seen_outweighs_the_asserted(pool, keys):
    seen = Source(InstitutionId(uuid4()), Verification.SEEN)
    _, resident_id, _ = await register(pool, keys, replace(LI, phone=None), seen)
    await register(pool, keys, replace(LI, address="别处", certificates=(NATIONAL, PASSPORT)))
    known = await demographics(pool, keys, resident_id)
    assert (known.name, known.sex, known.birth_date) == (LI.name, LI.sex, LI.birth_date)
    assert known.address == LI.address
    assert known.phone == LI.phone, "what was seen said nothing about a phone"
    assert set(known.certificates) == {NATIONAL, PASSPORT}


@pytest.mark.parametrize(
    ("contradiction", "reason"),
    [
        (replace(LI, name="李秀兰"), ReviewReason.NAME_DISAGREES),
        (
            replace(AMMIE, birth_date=date(1991, 5, 1)),
            ReviewReason.BIRTH_DATE_DISAGREES,
        ),
        (replace(AMMIE, sex=Sex.MALE), ReviewReason.SEX_DISAGREES),
        (
            replace(LI, certificates=(NATIONAL, PASSPORT)),
            ReviewReason.DIFFERENT_RESIDENTS,
        ),
    ],
)
async def test_a_contradiction_waits_for_a_person(pool, keys, owner, contradiction, reason):
    await register(pool, keys, LI)
    await register(pool, keys, AMMIE)
    resolution, _, kept = await register(pool, keys, contradiction)
    again, _, kept_again = await register(pool, keys, contradiction)
    waiting = await owner.fetch("SELECT reason FROM identity.review_item")
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 2
    assert isinstance(resolution, Review)
    assert resolution.reason is reason
    assert again == resolution
    assert (kept, kept_again) == (True, False)
    assert [row["reason"] for row in waiting] == [reason]


async def test_a_second_id_number_waits_for_a_person(pool, keys):
    _, resident_id, _ = await register(pool, keys, replace(LI, certificates=(NATIONAL, PASSPORT)))
    second = Registration((PASSPORT, ANOTHER_NATIONAL), LI.name)
    resolution, _, _ = await register(pool, keys, second)
    assert resolution == Review(ReviewReason.SECOND_NATIONAL_ID, (resident_id,))
    assert await identity.find(pool, keys, ANOTHER_NATIONAL) is None


async def test_fifty_registrations_at_once_make_one_resident(database, keys, owner):
    pool = await open_pool(database.url, size=50)
    rivals = [
        replace(AMMIE, certificates=tuple(order))
        for order in (AMMIE.certificates, AMMIE.certificates[::-1], AMMIE.certificates[1:3])
    ]
    answers = await asyncio.gather(*(register(pool, keys, rivals[i % 3]) for i in range(50)))
    await pool.close()
    assert len({resident_id for _, resident_id, _ in answers}) == 1
    assert sum(resolution == New() for resolution, _, _ in answers) == 1
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 1
    assert await owner.fetchval("SELECT count(*) FROM identity.identifier") == 4


async def test_a_name_agrees_however_it_is_spaced_and_says_nothing_else(pool, keys):
    await register(pool, keys, LI)
    assert await identity.name_agrees(pool, keys, NATIONAL, "李 秀英")
    assert not await identity.name_agrees(pool, keys, NATIONAL, "李秀兰")
    assert not await identity.name_agrees(pool, keys, PASSPORT, "李秀英")


async def test_a_bound_phone_is_one_residents_until_unbound(pool, keys):
    _, resident_id, _ = await register(pool, keys, LI)
    _, other, _ = await register(pool, keys, AMMIE)
    phone = Phone.parse("13912345678")
    async with transaction(pool) as connection:
        assert await identity.bind_phone(connection, keys, resident_id, phone)
        assert not await identity.bind_phone(connection, keys, resident_id, phone)
    async with transaction(pool, resident=resident_id) as connection:
        assert await identity.phone_is_bound(connection, keys, resident_id, phone)
        assert not await identity.phone_is_bound(connection, keys, other, phone)
        assert await reading.bound_phones(connection, keys, resident_id) == (phone,)
        assert await identity.unbind(connection, keys, resident_id, phone)
        assert not await identity.unbind(connection, keys, resident_id, phone)
        assert not await identity.phone_is_bound(connection, keys, resident_id, phone)
        assert await identity.bind_phone(connection, keys, resident_id, phone)


async def test_a_placeholder_is_nobodys_phone(pool, keys):
    _, resident_id, _ = await register(pool, keys, LI)
    async with transaction(pool) as connection:
        with pytest.raises(identity.PlaceholderPhone):
            await identity.bind_phone(connection, keys, resident_id, Phone.parse("13800000000"))


async def test_without_a_context_nothing_of_anybody_is_seen(pool, keys):
    _, resident_id, _ = await register(pool, keys, LI)
    async with transaction(pool, resident=uuid4()) as connection:
        for table in ("resident", "identity_record", "identifier", "review_item", "phone"):
            assert await connection.fetchval(f"SELECT count(*) FROM identity.{table}") == 0
        with pytest.raises(NotFound):
            await reading.demographics(connection, keys, resident_id)


async def test_no_plain_text_about_a_person_lies_in_the_tables(pool, keys, owner):
    await register(pool, keys, LI)
    await register(pool, keys, replace(LI, name="李秀兰"))
    for table in ("resident", "identity_record", "identifier", "review_item", "phone"):
        for row in await owner.fetch(f"SELECT * FROM identity.{table}"):
            stored = b"|".join(
                value if isinstance(value, bytes) else str(value).encode() for value in row
            )
            for marker in (
                NATIONAL.number,
                LI.name,
                "13912345678",
                "幸福路",
                "1949-12-31",
                "19491231",
            ):
                assert marker.encode() not in stored


async def test_equal_names_of_different_people_do_not_look_equal(pool, keys, owner):
    await register(pool, keys, LI)
    await register(pool, keys, Registration((PASSPORT,), LI.name, LI.sex, LI.birth_date))
    for column in ("name_key", "birth_key", "sex_key"):
        values = await owner.fetch(f"SELECT DISTINCT {column} FROM identity.identifier")
        assert len(values) == 2

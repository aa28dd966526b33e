"""Who is found by likeness, who is joined, who is asked about, and what the index gives away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from openhealthcode import audit, identity
from openhealthcode.database import transaction
from openhealthcode.identity import (
    Known,
    Likeness,
    MatchGrade,
    New,
    Registration,
    Review,
    ReviewReason,
    Source,
    matching,
    review,
    sealing,
)
from openhealthcode.identity.linking import not_same
from openhealthcode.identity.matching import HOT_KEY_CAP, Rule
from openhealthcode.identity.matching.store import MOST_VARIANTS
from openhealthcode.standards import Certificate, CertificateKind, Phone, Sex
from openhealthcode.standards.ids import InstitutionId, ResidentId
from openhealthcode.standards.national_id import check_character
from openhealthcode.trust import UnreadableSeal
from registering import register


def number(body: str) -> Certificate:
    return Certificate.parse(CertificateKind.NATIONAL_ID, body + check_character(body))


def local(text: str, issuer: str = "hospital-a") -> Certificate:
    return Certificate.parse(CertificateKind.INSTITUTION_NUMBER, text, issuer)


LAN = Registration(
    (number("88010119870314002"),),
    "欧阳岚",
    Sex.FEMALE,
    date(1987, 3, 14),
    Phone.parse("13987650012"),
    "演示省甲市乙县丙镇丁村戊路12号",
)
CLERK = audit.Agent(audit.AgentKind.PRACTITIONER, uuid4(), uuid4())
LAN_WITHOUT_NUMBER = replace(LAN, certificates=(local("b-1", "hospital-b"),))


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


async def search(pool, keys, registration, count=5):
    return await identity.search(pool, keys, registration, count)


async def test_who_is_registered_elsewhere_without_a_number_is_known_by_everything_else(pool, keys):
    _, resident_id, _ = await register(pool, keys, LAN)
    found, same, changed = await register(pool, keys, LAN_WITHOUT_NUMBER)
    assert found == Known(resident_id)
    assert same == resident_id
    assert changed
    again, _, changed = await register(pool, keys, LAN_WITHOUT_NUMBER)
    assert again == Known(resident_id)
    assert not changed


async def test_who_shows_a_number_later_keeps_the_entry_made_without(pool, keys):
    _, resident_id, _ = await register(pool, keys, LAN_WITHOUT_NUMBER)
    found, _, _ = await register(pool, keys, LAN)
    assert found == Known(resident_id)
    assert await identity.find(pool, keys, LAN.certificates[0]) == resident_id


@pytest.mark.parametrize("name", ["歐陽嵐", "欧阳兰", "欧阳?", "Ouyang Lan", "欧·阳岚"])
async def test_the_same_number_with_a_name_of_the_same_sound_is_the_same_person(pool, keys, name):
    _, resident_id, _ = await register(pool, keys, LAN)
    found, _, _ = await register(pool, keys, replace(LAN, name=name))
    assert found == Known(resident_id)


async def test_the_same_number_with_another_name_waits_for_a_person(pool, keys):
    _, resident_id, _ = await register(pool, keys, LAN)
    found, _, _ = await register(pool, keys, replace(LAN, name="欧阳梅"))
    assert found == Review(ReviewReason.NAME_DISAGREES, (resident_id,))


async def test_a_passport_with_a_name_of_the_same_sound_waits_for_a_person(pool, keys):
    passport = Certificate.parse(CertificateKind.PASSPORT, "E88012345", "CHN")
    foreign = replace(LAN, certificates=(passport,))
    _, resident_id, _ = await register(pool, keys, foreign)
    found, _, _ = await register(pool, keys, replace(foreign, name="欧阳兰"))
    assert found == Review(ReviewReason.NAME_DISAGREES, (resident_id,))


async def test_two_valid_numbers_are_never_joined_by_likeness(pool, keys):
    _, first, _ = await register(pool, keys, LAN)
    twin = replace(LAN, certificates=(number("88010119870314004"),))
    found, second, _ = await register(pool, keys, twin)
    assert isinstance(found, New)
    assert second != first
    assert {like.rule for like in found.like} <= {Rule.D3}


async def test_a_second_number_joins_nobody_whose_number_is_not_compared(pool, keys):
    _, first, _ = await register(pool, keys, LAN)
    async with transaction(pool, resident=first) as connection:
        await identity.unindex(connection, first)
        await identity.index(connection, keys, first, LAN_WITHOUT_NUMBER)
    found, second, _ = await register(
        pool, keys, replace(LAN, certificates=(number("88010119870314004"),))
    )
    assert isinstance(found, New)
    assert second != first
    assert [like.rule for like in found.like] == [Rule.D3]


async def test_a_name_and_a_day_alone_make_a_new_entry_and_a_question(pool, keys):
    common = replace(LAN, name="王伟", sex=Sex.MALE, address="", certificates=(local("c-1"),))
    _, first, _ = await register(pool, keys, common)
    other = replace(common, certificates=(local("c-2"),), phone=Phone.parse("13787650013"))
    found, second, _ = await register(pool, keys, replace(other, address=""))
    assert isinstance(found, New)
    assert [like.resident_id for like in found.like] == [first]
    async with transaction(pool, resident=second) as connection:
        (case,) = await review.items_of(connection, second)
    assert case.residents == (second, first)


async def test_a_likely_one_is_asked_about_once_with_its_evidence(pool, keys):
    _, first, _ = await register(pool, keys, LAN_WITHOUT_NUMBER)
    unsure = replace(LAN, name="欧阳兰", certificates=(local("a-9"),), birth_date=date(1987, 3, 15))
    found, second, _ = await register(pool, keys, unsure)
    assert isinstance(found, New)
    (like,) = found.like
    assert like.resident_id == first
    assert like.rule == Rule.SCORE
    assert any(line.startswith("given|same sound|") for line in like.evidence)
    async with transaction(pool, resident=second) as connection:
        (case,) = await review.items_of(connection, second)
    assert case.kind is review.ReviewKind.DUPLICATE
    assert case.residents == (second, first)
    assert case.bits == pytest.approx(like.bits, abs=0.01)
    assert case.model_version == matching.default_model().version
    assert sealing.open_likeness(keys, second, case.sealed) == like.evidence
    source = Source(InstitutionId(uuid4()))
    async with transaction(pool, resident=second) as connection:
        assert not await identity.suspect(connection, keys, second, like, source)
    other_way = replace(like, resident_id=second)
    async with transaction(pool, resident=first) as connection:
        assert not await identity.suspect(connection, keys, first, other_way, source)
        assert not await identity.suspect(connection, keys, first, like, source)


async def test_of_whom_it_was_decided_that_they_are_two_nothing_is_asked_again(pool, keys):
    _, first, _ = await register(pool, keys, LAN)
    _, second, _ = await register(
        pool, keys, replace(LAN, name="李未明", certificates=(number("88010119500101003"),),
                            birth_date=date(1950, 1, 1), sex=Sex.MALE),
    )  # fmt: skip
    async with transaction(pool, resident=first) as connection:
        await not_same(connection, keys, first, second, "两个人", CLERK)
    like = Likeness(second, Rule.SCORE, 3.0, "test", ())
    async with transaction(pool, resident=first) as connection:
        assert not await identity.suspect(connection, keys, first, like, Source())
        assert await review.items_of(connection, first) == []


async def test_thirty_two_who_register_one_person_at_once_make_one_entry(pool, keys, owner):
    async def at(institution: int):
        certificate = local(f"n-{institution}", f"hospital-{institution}")
        return await register(pool, keys, replace(LAN, certificates=(certificate,)))

    registered = await asyncio.gather(*(at(institution) for institution in range(32)))
    assert len({resident_id for _, resident_id, _ in registered}) == 1
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 1
    assert await owner.fetchval("SELECT count(*) FROM identity.variant") == 1


async def test_a_newborn_is_never_joined_and_knows_the_mother(pool, keys):
    _, mother, _ = await register(pool, keys, LAN)
    newborn = Registration(
        (local("birth-1"),), "欧阳岚之女", Sex.FEMALE, datetime.now(UTC).date() - timedelta(days=3), LAN.phone,
        LAN.address, mother=LAN.certificates[0],
    )  # fmt: skip
    found, first, _ = await register(pool, keys, newborn)
    assert isinstance(found, New)
    assert found.mother == mother
    twin, second, _ = await register(pool, keys, replace(newborn, certificates=(local("birth-2"),)))
    assert isinstance(twin, New)
    assert second != first
    assert [like.rule for like in twin.like if like.resident_id == first] == [Rule.N1]
    nobody = replace(newborn, certificates=(local("birth-3"),), mother=number("88010119900101002"))
    unknown, _, _ = await register(pool, keys, nobody)
    assert isinstance(unknown, New)
    assert unknown.mother is None


async def test_a_look_up_grades_and_explains_what_it_finds(pool, keys):
    _, resident_id, _ = await register(pool, keys, LAN)
    (certain,) = await search(pool, keys, LAN)
    assert (certain.resident_id, certain.grade, certain.rule) == (
        resident_id, MatchGrade.CERTAIN, Rule.D1,
    )  # fmt: skip
    (probable,) = await search(pool, keys, replace(LAN, certificates=()))
    assert (probable.grade, probable.rule) == (MatchGrade.PROBABLE, Rule.P1)
    assert {evidence.field for evidence in probable.evidence} >= {"family", "given", "birth"}
    (possible,) = await search(
        pool, keys, replace(LAN, certificates=(), name="欧阳兰", sex=Sex.UNKNOWN)
    )
    assert possible.grade is MatchGrade.POSSIBLE
    (borrowed,) = await search(pool, keys, replace(LAN, name="陈晨"))
    assert (borrowed.grade, borrowed.rule) == (MatchGrade.POSSIBLE, Rule.D2)
    assert await search(pool, keys, replace(LAN, certificates=(), name="陈晨", phone=None)) == []
    assert await search(pool, keys, Registration((), "")) == []


async def test_of_several_only_so_many_are_named(pool, keys):
    for one in range(4):
        await register(pool, keys, replace(LAN, certificates=(number(f"8801011987031400{one}"),),
                                           sex=Sex.UNKNOWN))  # fmt: skip
    found = await search(pool, keys, replace(LAN, certificates=()), count=3)
    assert len(found) == 3
    assert {match.grade for match in found} == {MatchGrade.POSSIBLE}


async def test_a_key_that_too_many_share_is_not_followed(pool, keys):
    shared = Phone.parse("13500135246")
    variant = matching.variant_of(replace(LAN, phone=shared))
    for one in range(HOT_KEY_CAP + 1):
        resident_id = ResidentId(uuid4())
        own = replace(variant, family="", given="", birth=f"{1900 + one % 90}-01-01", door="")
        async with transaction(pool, resident=resident_id) as connection:
            await matching.store.add(connection, keys, resident_id, own)
    asked = Registration((), "", phone=shared)
    subject = matching.variant_of(asked)
    assert await matching.store.candidates(pool, keys, subject, ()) == []
    async with transaction(pool, resident=resident_id) as connection:
        await identity.unindex(connection, resident_id)
    assert len(await matching.store.candidates(pool, keys, subject, ())) == HOT_KEY_CAP


async def test_nobody_is_described_in_more_ways_than_the_bound(pool, keys):
    resident_id = ResidentId(uuid4())
    async with transaction(pool, resident=resident_id) as connection:
        for one in range(MOST_VARIANTS + 3):
            await identity.index(connection, keys, resident_id, replace(LAN, name=f"欧阳{one}"))
        await identity.index(connection, keys, resident_id, replace(LAN, name="欧阳0"))
        assert len(await matching.variants(connection, keys, resident_id)) == MOST_VARIANTS


async def test_who_closes_the_account_is_found_by_nothing_any_more(pool, keys, owner):
    _, resident_id, _ = await register(pool, keys, LAN)
    async with transaction(pool, resident=resident_id) as connection:
        await identity.forget(connection, keys, resident_id, datetime.now(UTC))
    assert await search(pool, keys, LAN) == []
    assert await owner.fetchval("SELECT count(*) FROM identity.variant") == 0


async def test_a_look_up_leaves_the_transaction_as_narrow_as_it_was(pool, keys):
    _, resident_id, _ = await register(pool, keys, LAN)
    lookup = identity.lookup_keys(keys, LAN.certificates)
    async with transaction(pool, lookup=lookup) as connection:
        before = await connection.fetchval("SELECT current_setting('ohc.lookup')")
        await matching.ranked(connection, keys, LAN, matching.variant_of(LAN))
        assert await connection.fetchval("SELECT current_setting('ohc.lookup')") == before
        assert await connection.fetchval("SELECT current_setting('ohc.task', true)") in ("", None)
        assert await connection.fetchval("SELECT count(*) FROM identity.variant") == 0
    async with transaction(pool, resident=resident_id) as connection:
        assert await connection.fetchval("SELECT count(*) FROM identity.variant") == 1


async def test_the_index_shows_equality_and_nothing_else(pool, keys, owner):
    await register(pool, keys, LAN)
    row = dict(await owner.fetchrow("SELECT * FROM identity.variant"))
    sealed = row.pop("sealed")
    for plain in ("岚", "欧阳", "1987", "13987650012", "丁村"):
        assert plain.encode() not in sealed
    assert all(value is None or abs(int(value)) > 2**32 for name, value in row.items()
               if name.endswith("_key"))  # fmt: skip


async def test_a_row_moved_to_another_resident_opens_for_nobody(pool, keys, owner):
    await register(pool, keys, LAN)
    await owner.execute("SET row_security = off")
    await owner.execute("UPDATE identity.variant SET resident_id = gen_random_uuid()")
    with pytest.raises(UnreadableSeal):
        await search(pool, keys, replace(LAN, certificates=()))

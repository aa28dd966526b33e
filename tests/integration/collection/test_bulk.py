"""Many rows at once come to what the same rows come to one by one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from many_people import OPERATOR, number_of, person, rows
from openhealthcode import audit, identity, registry
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.collection import Source
from openhealthcode.collection.bulk import OwnDesk, Row, RowOutcome, register_rows
from openhealthcode.collection.bulk.batches import BATCH
from openhealthcode.database import transaction
from openhealthcode.identity import Registration, Verification, reading
from openhealthcode.standards import Certificate, CertificateKind, Sex
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys
from registering import register


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keys]:
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


@pytest.fixture
async def source(pool) -> Source:
    operator = await registry.register_institution(pool, OPERATOR)
    return Source(Agent(AgentKind.PLATFORM, UUID(int=0), operator), operator, is_register=True)


async def load(pool, keys, given, source):
    return [
        result
        async for batch in register_rows(OwnDesk(pool, keys, source), given)
        for result in batch
    ]


def outcomes(results):
    return [result.outcome for result in results]


async def test_each_is_made_once_and_again_changes_nothing(pool, keys, owner, source):
    given = rows(*map(person, range(3 * BATCH + 7)))
    first = await load(pool, keys, given, source)
    again = await load(pool, keys, given, source)
    assert [result.number for result in first] == [row.number for row in given]
    assert set(outcomes(first)) == {RowOutcome.NEW}
    assert set(outcomes(again)) == {RowOutcome.UNCHANGED}
    assert [r.patient for r in first] == [r.patient for r in again]
    assert len({r.patient for r in first}) == len(given)
    for table in ("resident", "identifier", "identity_record", "variant"):
        assert await owner.fetchval(f"SELECT count(*) FROM identity.{table}") == len(given)
    assert await owner.fetchval("SELECT count(*) FROM audit.event") == len(given)


async def test_they_are_what_registering_one_by_one_would_have_made(pool, keys, owner, source):
    await load(pool, keys, rows(person(1)), source)
    origin = identity.Source(source.institution_id, Verification.ASSERTED)
    await register(pool, keys, person(2), origin)
    for registration in (person(1), person(2)):
        (certificate,) = registration.certificates
        resident_id = await identity.find_named(pool, keys, certificate, registration.name)
        assert resident_id is not None
        async with transaction(pool, resident=resident_id) as connection:
            known = await reading.demographics(connection, keys, resident_id)
            (identifier,) = await reading.identifiers(connection, keys, resident_id)
        assert (known.name, known.address) == (registration.name, registration.address)
        assert identifier.certificate == certificate
        assert identifier.verification is Verification.ASSERTED
    shape = """
        SELECT (r.national_key = i.identifier_key), (i.birth_key IS NULL), (i.sex_key IS NULL),
               (SELECT array_agg(number_begins_key IS NULL) FROM identity.variant v
                 WHERE v.resident_id = r.resident_id)
          FROM identity.resident r JOIN identity.identifier i USING (resident_id)
    """
    one, other = await owner.fetch(shape)
    assert one == other


async def test_a_person_twice_in_one_file_is_one_resident(pool, keys, owner, source):
    one = person(5)
    passport = Certificate.parse(CertificateKind.PASSPORT, "E12345678", "CHN")
    results = await load(
        pool,
        keys,
        rows(person(4), one, replace(one, certificates=(*one.certificates, passport)), one),
        source,
    )
    assert outcomes(results) == [
        RowOutcome.NEW,
        RowOutcome.NEW,
        RowOutcome.KNOWN,
        RowOutcome.UNCHANGED,
    ]
    assert results[1].patient == results[2].patient == results[3].patient
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 2


@pytest.mark.parametrize("apart", [1, BATCH])
async def test_who_comes_near_somebody_of_the_same_file_is_asked_about(
    pool, keys, owner, source, apart
):
    """The same person under two numbers, in one batch and in two that run at the same time."""
    one = person(3)
    assert one.birth_date is not None
    again = replace(one, certificates=(number_of(777, one.birth_date, one.sex),))
    between = list(map(person, range(1000, 1000 + apart - 1)))
    results = await load(pool, keys, rows(one, *between, again), source)
    assert set(outcomes(results)) == {RowOutcome.NEW}
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == apart + 1
    assert await owner.fetchval("SELECT count(*) FROM identity.review_item") == 1


async def test_a_contradiction_is_set_aside_and_the_others_go_in(pool, keys, owner, source):
    one = person(1)
    results = await load(pool, keys, rows(one, replace(one, name="欧阳震华"), person(2)), source)
    assert outcomes(results) == [RowOutcome.NEW, RowOutcome.SET_ASIDE, RowOutcome.NEW]
    assert results[1].code == "identity-needs-review"
    assert not results[1].patient
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 2


async def test_what_is_no_registration_is_refused_by_its_rule(pool, keys, owner, source):
    wrong = replace(person(1), birth_date=date(1900, 1, 1))
    unread = Row(2, None, "national-id-malformed", "a sentence")
    results = await load(pool, keys, [Row(1, wrong), unread, Row(3, person(3))], source)
    assert [(r.outcome, r.code) for r in results] == [
        (RowOutcome.REFUSED, "number-disagrees"),
        (RowOutcome.REFUSED, "national-id-malformed"),
        (RowOutcome.NEW, ""),
    ]
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 1


async def test_whoever_was_there_before_is_found_among_the_new(pool, keys, source):
    known = person(9)
    _, resident_id, _ = await register(pool, keys, known)
    results = await load(pool, keys, rows(person(8), known, person(10)), source)
    assert outcomes(results) == [RowOutcome.NEW, RowOutcome.KNOWN, RowOutcome.NEW]
    assert keys.open_id(results[1].patient)[0] == resident_id


async def test_two_loads_of_one_file_at_once_make_each_resident_once(pool, keys, owner, source):
    given = rows(*map(person, range(2 * BATCH)))
    one, other = await asyncio.gather(
        load(pool, keys, given, source), load(pool, keys, given[::-1], source)
    )
    made = Counter(outcomes(one)) + Counter(outcomes(other))
    assert made[RowOutcome.NEW] == len(given)
    assert made[RowOutcome.REFUSED] == 0
    assert {r.patient for r in one} == {r.patient for r in other}
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == len(given)


async def test_what_registers_many_reads_and_deletes_nobody(pool, keys, source):
    await load(pool, keys, rows(person(1)), source)
    async with transaction(pool, task="registration") as connection:
        for table in (
            "identity.resident",
            "identity.identity_record",
            "identity.identifier",
            "identity.variant",
            "audit.chain",
            "audit.event",
        ):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
        for table in ("identity.identifier", "identity.variant"):
            assert await connection.execute(f"DELETE FROM {table}") == "DELETE 0"


async def test_it_begins_logs_and_adds_to_none(pool, keys, source):
    (result,) = await load(pool, keys, rows(person(1)), source)
    resident_id, _ = keys.open_id(result.patient)
    async with transaction(pool, task="registration") as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                "INSERT INTO audit.pending (resident_id, number, commitment) VALUES ($1, 2, $2)",
                resident_id,
                bytes(32),
            )


@pytest.mark.parametrize("mother", [None, number_of(999, date(1990, 1, 1), Sex.FEMALE)])
async def test_who_is_registered_in_that_very_moment_is_found_and_not_made_twice(
    pool, keys, owner, source, mother
):
    """Their registration is not committed yet when a batch, and a row alone, look them up."""
    one = replace(person(1), mother=mother)
    origin = identity.Source(source.institution_id, Verification.ASSERTED)
    elsewhere = ResidentId(uuid4())
    begun = transaction(pool, lookup=identity.lookup_keys(keys, one.certificates))
    async with begun as connection:
        stranger = replace(one, name="欧阳震华", birth_date=None, phone=None, address="")
        await identity.enrol(connection, keys, elsewhere, stranger, origin)
        await audit.open_chain(connection, elsewhere)
        loading = asyncio.create_task(load(pool, keys, rows(one, person(2)), source))
        await asyncio.wait([loading], timeout=1.5)
        assert not loading.done()
    results = await loading
    assert outcomes(results) == [RowOutcome.SET_ASIDE, RowOutcome.NEW]
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 2


async def test_a_newborn_goes_in_beside_its_mother(pool, keys, source):
    mother = person(11)
    certificate = Certificate.parse(CertificateKind.BIRTH_CERTIFICATE, "O880000001")
    newborn = Registration(
        (certificate,), f"{mother.name}之子", birth_date=date(2026, 11, 20),
        mother=mother.certificates[0],
    )  # fmt: skip
    results = await load(pool, keys, rows(mother, newborn), source)
    assert outcomes(results) == [RowOutcome.NEW, RowOutcome.NEW]


@pytest.mark.parametrize("apart", [0, 1, BATCH])
async def test_a_child_is_related_to_its_mother_wherever_she_stands(
    pool, keys, source, owner, apart
):
    """Registered before, in the same batch, and in one that is under way."""
    mother, child = person(11), person(12)
    child = replace(child, mother=mother.certificates[0])
    between = list(map(person, range(1000, 1000 + max(0, apart - 1))))
    if apart == 0:
        await load(pool, keys, rows(mother), source)
        (born,) = await load(pool, keys, rows(child), source)
    else:
        born = (await load(pool, keys, rows(mother, *between, child), source))[-1]
    assert born.outcome is RowOutcome.NEW
    related = await owner.fetch("SELECT kind FROM identity.relation ORDER BY kind")
    assert [row["kind"] for row in related] == ["child", "mother"]
    resident_id, _ = keys.open_id(born.patient)
    told = await owner.fetchval(
        "SELECT count(*) FROM audit.event WHERE resident_id = $1", resident_id
    )
    assert told == 2, "registered, and related"


async def test_a_mother_nobody_knows_keeps_no_child_out(pool, keys, source, owner):
    unknown = number_of(999, date(1990, 1, 1), Sex.FEMALE)
    (born,) = await load(pool, keys, rows(replace(person(1), mother=unknown)), source)
    assert born.outcome is RowOutcome.NEW
    assert await owner.fetchval("SELECT count(*) FROM identity.relation") == 0


async def test_who_resembles_a_row_that_goes_alone_waits_for_it(pool, keys, owner, source):
    """The second row goes alone, since it resembles the first; the next batch waits for both."""
    one = person(3)
    assert one.birth_date is not None
    first = replace(one, mother=None)
    twice = replace(first, certificates=(number_of(777, one.birth_date, one.sex),))
    again = replace(first, certificates=(number_of(778, one.birth_date, one.sex),))
    between = list(map(person, range(1000, 1000 + BATCH - 2)))
    results = await load(pool, keys, rows(first, twice, *between, again), source)
    assert set(outcomes(results)) == {RowOutcome.NEW}
    asked = await owner.fetchval("SELECT count(*) FROM identity.review_item")
    assert asked == 3, "each of the three with each other"


async def test_stopping_in_the_middle_leaves_only_whole_rows(pool, keys, owner, source):
    given = rows(*map(person, range(6 * BATCH)))
    told = 0
    batches = register_rows(OwnDesk(pool, keys, source), given)
    async for batch in batches:
        told += len(batch)
        break
    await batches.aclose()
    made = await owner.fetchval("SELECT count(*) FROM identity.resident")
    assert made >= told
    for table in ("identity.identity_record", "identity.variant", "audit.chain", "audit.event"):
        assert await owner.fetchval(f"SELECT count(*) FROM {table}") == made
    again = await load(pool, keys, given, source)
    assert made < len(given)
    assert Counter(outcomes(again)) == {
        RowOutcome.UNCHANGED: made,
        RowOutcome.NEW: len(given) - made,
    }

"""What is doubtful is told, set aside or counted at the door, and never silent."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest

import portals
import systems
import visits
from openhealthcode import collection, identity
from openhealthcode.database import Announcements, Pool, transaction
from openhealthcode.identity import quality
from openhealthcode.identity.quality import RegistrationDoubtful, RuleCount, gate
from openhealthcode.sign_in import Role
from openhealthcode.standards import Certificate, CertificateKind
from openhealthcode.standards.ids import InstitutionId
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from registering import register
from signing_in import employ
from visits import World, bundle, glucose, patient

THIS_MONTH = datetime.now(UTC).date().replace(day=1)
SWAPPED = "演示县幸福路12号"


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


async def file(world: World, sent: dict) -> collection.FiledBundle:
    return await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)


async def found(world: World) -> dict[str, int]:
    reports = await quality.report(world.pool, THIS_MONTH)
    return {
        "received": sum(one.received for one in reports),
        **{rule.code: rule.count for one in reports for rule in one.found},
    }


async def count(owner_url: str, table: str) -> int:
    connection = await asyncpg.connect(owner_url)
    rows = await connection.fetchval(f"SELECT count(*) FROM {table}")
    await connection.close()
    return rows


def phone(number: str) -> dict:
    return {"telecom": [{"system": "phone", "value": number}]}


async def test_what_is_doubtful_is_registered_and_told(world):
    filed = await file(world, bundle(patient(2, "秀英李", **phone("13800000000"))))
    assert filed.is_new_resident
    assert filed.warnings == ("name-surname-last", "phone-placeholder")
    assert await found(world) == {
        "received": 1,
        "name-surname-last": 1,
        "phone-placeholder": 1,
        "address-missing": 1,
    }


async def test_the_same_sent_again_is_told_again_and_counted_once(world):
    sent = bundle(patient(2, "秀英李"), glucose("2026-02-01"))
    first = await file(world, sent)
    again = await file(world, sent)
    assert first.warnings == again.warnings == ("name-surname-last",)
    assert (await found(world))["received"] == 1


async def test_what_cannot_be_right_is_set_aside_once_and_registers_nobody(world, owner_url):
    for _ in range(2):
        with pytest.raises(RegistrationDoubtful):
            await file(world, bundle(patient(2, SWAPPED), glucose("2026-02-01")))
    assert await count(owner_url, "identity.resident") == 0
    assert await count(owner_url, "identity.identifier") == 0
    assert await count(owner_url, "record.entry") == 0
    assert await count(owner_url, "identity.review_item") == 1
    assert (await found(world))["name-address-swapped"] == 1


async def test_what_was_set_aside_is_registered_once_it_is_right(world):
    with pytest.raises(RegistrationDoubtful):
        await file(world, bundle(patient(2, SWAPPED)))
    filed = await file(world, bundle(patient(2, "李试")))
    assert filed.is_new_resident
    holder = quality.holder_of(
        world.keys,
        identity.Registration(
            (Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2)),), "李试"
        ),
    )
    assert filed.resident_id != holder


async def test_who_is_known_is_not_turned_away(world):
    """A rule that is younger than the registration stops no record of theirs."""
    number = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
    before_the_rule = identity.Registration((number,), SWAPPED)
    _, resident_id, _ = await register(world.pool, world.keys, before_the_rule)
    filed = await file(world, bundle(patient(2, SWAPPED), glucose("2026-02-01")))
    assert filed.resident_id == resident_id
    assert filed.warnings == ("name-address-swapped",)


async def test_counting_up_keeps_the_figures_and_no_single_note(world, owner_url):
    for serial in (2, 4, 6):
        await file(world, bundle(patient(serial, "秀英李")))
    await file(world, bundle(patient(8, "李试")))
    before = await quality.report(world.pool, THIS_MONTH)
    assert await quality.count_up(world.pool) == 4
    assert await quality.count_up(world.pool) == 0
    assert await count(owner_url, "identity.quality_note") == 0
    assert await quality.report(world.pool, THIS_MONTH) == before
    (one,) = before
    assert one.institution_id == world.hospital
    assert one.received == 4
    assert RuleCount("name-surname-last", 3, 0.75) in one.found


async def test_two_who_count_up_at_once_count_everything_once(world, monkeypatch):
    monkeypatch.setattr(gate, "_COUNTED_AT_ONCE", 3)
    for serial in (2, 4, 6, 8):
        await file(world, bundle(patient(serial, "秀英李")))
    done = await asyncio.gather(*(quality.count_up(world.pool) for _ in range(4)))
    assert sum(done) == 4
    assert (await found(world))["name-surname-last"] == 4


async def test_a_report_is_of_one_institution_and_from_a_month_on(pool):
    mine, theirs = InstitutionId(uuid4()), InstitutionId(uuid4())
    async with transaction(pool) as connection:
        for institution, month in ((mine, 1), (mine, 3), (theirs, 3)):
            at = datetime(2026, month, 15, tzinfo=UTC)
            await quality.note_many(connection, institution, 10, {"name-placeholder": 2}, at)
        await quality.note_many(connection, theirs, 5, {"phone-shared": 5, "sex-missing": 0}, at)
    worst, best = await quality.report(pool, date(2026, 1, 20))
    assert (worst.institution_id, worst.received) == (theirs, 15)
    assert [(r.code, r.count) for r in worst.found] == [
        ("phone-shared", 5),
        ("name-placeholder", 2),
    ]
    assert (best.received, best.found) == (20, (RuleCount("name-placeholder", 4, 0.2),))
    assert [one.received for one in await quality.report(pool, date(2026, 2, 1), mine)] == [10]
    assert await quality.report(pool, date(2026, 4, 1)) == ()


async def test_a_system_is_told_in_its_answer(world):
    system = await systems.connect(world, world.hospital)
    async with systems.calling(world, system) as client:
        done = await client.post("/fhir", json=bundle(patient(2, "秀英李"), glucose("2026-02-01")))
        refused = await client.post("/fhir", json=bundle(patient(4, SWAPPED)))
    first, second = done.json()["entry"]
    (issue,) = first["response"]["outcome"]["issue"]
    assert issue["severity"] == "warning"
    assert issue["diagnostics"] == "name-surname-last"
    assert issue["details"]["coding"][0]["code"] == "registration-doubtful"
    assert "outcome" not in second["response"]
    assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert SWAPPED not in refused.text


async def test_a_clerk_is_told_on_the_page(pool, database, tmp_path):
    answers = {
        "name": "秀英李",
        "sex": "female",
        "birth-date": "1959-04-18",
        "certificate": visits.national_id(4),
        "seen": "yes",
    }
    keys = Keys.open(tmp_path / "keys")
    async with Announcements(database.url) as announcements:
        parts = Parts(pool, keys, announcements)
        account = await employ(pool, keys, Role.REGISTRAR)
        async with browser(portals.application(parts)) as window:
            await portals.sign_in_clerk(window, account)
            aside = await window.post("/registrar/registration", data=answers | {"name": SWAPPED})
            page = await window.post("/registrar/registration", data=answers)
            mended = await window.get("/registrar/registration/done?doubts=<b>,address-missing")
    keys.close()
    assert aside.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "放在一边" in words(aside)
    assert "姓与名的顺序似乎颠倒" in words(page)
    assert "缺地址" in words(mended)
    assert "<b>" not in mended.text


async def test_a_telephone_of_more_than_a_household_is_told_of(world):
    """The tenth who gives it is one too many: eight others may be a large family."""
    warned = []
    for serial in range(2, 22, 2):
        sent = bundle(patient(serial, f"测试{chr(0x4E00 + 37 * serial)}", **phone("13700137001")))
        warned.append((await file(world, sent)).warnings)
    assert warned == [()] * 9 + [("phone-shared",)]
    again = await file(world, sent)
    assert again.warnings == (), "who is registered is not told of those who came after"

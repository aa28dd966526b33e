"""A number changed at a counter: the new one signs in, the old one brings in old papers only."""

from __future__ import annotations

import asyncpg
import pytest

import portals
import visits
from openhealthcode import access, audit, identity
from openhealthcode.database import Announcements
from openhealthcode.sign_in import Role
from openhealthcode.standards import Certificate, CertificateKind
from openhealthcode.standards.national_id import check_character
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import employ

OLD = visits.national_id(2)
BODY = OLD[:14] + f"{(int(OLD[14:17]) + 100) % 1000:03}"
NEW = BODY + check_character(BODY)
FORM = {
    "old-number": OLD,
    "number": NEW,
    "name": "李试",
    "compared": "yes",
    "reason": "户口登记项目变更证明",
}


def certificate(number: str) -> Certificate:
    return Certificate.parse(CertificateKind.NATIONAL_ID, number)


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys")
        yield Parts(pool, keys, announcements)
        keys.close()


@pytest.fixture
async def world(parts):
    return await visits.world(parts.pool, parts.keys)


@pytest.fixture
async def counter(parts):
    account = await employ(parts.pool, parts.keys, Role.REGISTRAR)
    async with browser(portals.application(parts)) as window:
        await portals.sign_in_clerk(window, account)
        yield window


async def test_the_new_number_takes_the_old_ones_place(counter, parts, world):
    resident = await world.resident()
    done = await counter.post("/registrar/renumber", data=FORM)
    assert "号码已变更" in words(done)
    assert await identity.find(parts.pool, parts.keys, certificate(OLD)) == resident
    assert await identity.find_named(parts.pool, parts.keys, certificate(OLD), "李试") is None
    assert await identity.find_named(parts.pool, parts.keys, certificate(NEW), "李试") == resident
    log = await access.own_log(parts.pool, parts.keys, resident)
    line = next(one for one in log if one.action == audit.Action.CERTIFICATE_SUPERSEDE)
    assert line.detail["reason"] == FORM["reason"]
    assert OLD not in str(line.detail)
    again = await counter.post("/registrar/renumber", data=FORM)
    assert again.status_code == 404, "the old number proves nothing any more"


@pytest.mark.parametrize(
    ("wrong", "status", "told"),
    [
        ({"old-number": OLD[:-1] + "-"}, 422, "号码"),
        ({"old-kind": "xx"}, 422, "号码"),
        ({"number": NEW[:-1] + "-"}, 422, "号码"),
        ({"name": ""}, 422, "姓名"),
        ({"compared": ""}, 422, "核对"),
        ({"reason": " "}, 422, "凭什么材料"),
        ({"name": "王试"}, 404, ""),
        ({"old-number": NEW, "number": OLD}, 404, ""),
        ({"number": OLD}, 422, "两个号码相同"),
    ],
)
async def test_what_does_not_fit_changes_nothing(counter, world, owner_url, wrong, status, told):
    await world.resident()
    answer = await counter.post("/registrar/renumber", data=FORM | wrong)
    assert answer.status_code == status
    assert told in words(answer)
    assert NEW not in answer.text
    assert OLD not in answer.text
    owner = await asyncpg.connect(owner_url)
    assert await owner.fetchval("SELECT bool_and(is_active) FROM identity.identifier")
    await owner.close()


async def test_a_number_of_somebody_else_is_for_a_registrar_to_compare(counter, parts, world):
    resident = await world.resident()
    other = await world.resident(serial=9)
    taken = {"number": visits.national_id(9)}
    answer = await counter.post("/registrar/renumber", data=FORM | taken)
    assert answer.status_code == 409
    assert "疑似同一人" in words(answer)
    assert await identity.find(parts.pool, parts.keys, certificate(taken["number"])) == other
    assert await identity.find_named(parts.pool, parts.keys, certificate(OLD), "李试") == resident


async def test_the_page_speaks_english(counter):
    page = await counter.get("/registrar/renumber", headers={"Accept-Language": "en"})
    assert "Which paper proves it" in words(page)

"""What residents keep closed, on their own pages: to everybody, to somebody, entry by entry."""

from __future__ import annotations

import re

import asyncpg
import httpx
import pytest

import portals
import visits
from openhealthcode import access, consent
from openhealthcode.consent import ConsentKind, Terms
from openhealthcode.database import Announcements
from openhealthcode.sign_in import Role
from openhealthcode.standards import RecordCategory
from openhealthcode.trust import Keys
from portals import Parts, browser, fields, words
from signing_in import employ

PHONE = "13912345678"
CLAIM = {"number": visits.national_id(2), "name": "李试", "phone": PHONE}


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
async def resident(world):
    made = await world.resident()
    terms = Terms(
        kind=ConsentKind.STANDING,
        institution_id=world.hospital,
        categories=frozenset(RecordCategory),
        days=30,
    )
    await consent.give(world.pool, world.keys, made, terms, visits.TOLD)
    return made


@pytest.fixture
async def phone(parts, resident):  # noqa: ARG001 - whose phone it is
    """The resident's phone, bound at the counter and signed in."""
    app = portals.application(parts)
    account = await employ(parts.pool, parts.keys, Role.REGISTRAR)
    async with browser(app) as window, browser(app) as clerk:
        await portals.sign_in_clerk(clerk, account)
        await window.post("/sign-in", data=CLAIM)
        code = re.search(r"\d{6}", parts.outbox.arrived[-1].text)[0]
        waiting = await window.post("/sign-in/code", data={"code": code})
        number = "".join(re.search(r"(\d{3}) (\d{3})", words(waiting)).groups())
        await clerk.post("/registrar/binding", data={"number": number})
        await clerk.post(
            "/registrar/binding/complete", data={"number": number, "proof": "card-and-person"}
        )
        await window.get("/sign-in/counter/state")
        yield window


async def forget_verification(owner_url: str) -> None:
    """As if the last code had been entered a while ago."""
    owner = await asyncpg.connect(owner_url)
    await owner.execute(
        "UPDATE sign_in.resident_session SET verified_at = verified_at - interval '6 minutes'"
    )
    await owner.execute("DELETE FROM sign_in.attempt")  # the code's own minute has passed
    await owner.close()


async def seen(world, resident) -> list[str]:
    return sorted(entry.type for entry in (await world.look(resident)).entries)


async def test_something_is_closed_to_everybody_with_one_tap_and_listed(phone, world, resident):
    form = fields(await phone.get("/restrictions/new"))
    page = await phone.post(
        "/restrictions/new", data=form | {"who": "all:", "category": ["laboratory"]}
    )
    assert "已经关闭" in words(page)
    assert "对所有人" in words(page)
    assert "紧急时也不打开" in words(page)
    assert "Observation" not in await seen(world, resident)
    assert "您关闭了一部分内容。" in words(await phone.get("/looked"))


async def test_opening_again_needs_a_code(phone, world, resident, parts, owner_url):
    form = {"who": "all:", "everything": "yes", "emergencies": "closed"}
    page = await phone.post("/restrictions/new", data=form)
    assert await seen(world, resident) == []
    lift = re.search(r'action="(/restrictions/[^"]+/lift)"', page.text)[1]
    await forget_verification(owner_url)
    asked = await phone.post(lift)
    assert "请输入" in words(asked)
    assert await seen(world, resident) == []
    code = re.search(r"\d{6}", parts.outbox.arrived[-1].text)[0]
    done = await phone.post(lift, data={"code": code})
    assert "已经重新打开" in words(done)
    assert len(await seen(world, resident)) == 6


async def test_a_person_of_one_institution_is_shut_out(phone, world, resident):
    page = await phone.get("/restrictions/where", params={"q": "黛川"})
    address = re.search(r'href="(/restrictions/new/[^"]+)"', page.text)[1]
    form = {"who": f"practitioner:{world.wang}", "everything": "yes", "emergencies": "open"}
    page = await phone.post(address, data=form)
    assert "王敏" in words(page)
    assert "紧急时可以打开" in words(page)
    assert await seen(world, resident) == []


async def test_a_kind_of_institution_is_named_in_words(phone):
    form = {"who": "kind:pharmacy", "category": ["claims"], "emergencies": "closed"}
    assert "对药店" in words(await phone.post("/restrictions/new", data=form))


async def test_an_entry_is_closed_and_opened_again(phone, world, resident):
    page = await phone.get("/restrictions/entries")
    hide = re.findall(r'action="(/restrictions/entries/[^"]+/hide)"', page.text)
    own = await access.own_record(world.pool, world.keys, resident)
    allergy = next(e.entry_id for e in own.entries if e.type == "AllergyIntolerance")
    assert f"/restrictions/entries/{allergy}/hide" in hide
    assert len(hide) == len(own.entries) - 1  # who one is stays
    page = await phone.post(f"/restrictions/entries/{allergy}/hide")
    assert "这条记录和提到它的记录都已关闭" in words(page)
    assert "您单独关闭了 1 条记录" in words(page).replace("\u2009", " ")
    assert "AllergyIntolerance" not in await seen(world, resident)
    page = await phone.post(f"/restrictions/entries/{allergy}/reveal")
    assert "已经重新打开" in words(page)
    assert "AllergyIntolerance" in await seen(world, resident)


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"who": "all:"}, 422),
        ({"who": "kind:space-station", "everything": "yes"}, 400),
        ({"who": "practitioner:nobody", "everything": "yes"}, 400),
        ({"who": "all:", "category": ["everything-else"]}, 400),
        ({"everything": "yes"}, 400),
    ],
)
async def test_what_the_page_does_not_offer_is_not_taken(phone, world, resident, form, status):
    page = await phone.post("/restrictions/new", data=form)
    assert page.status_code == status
    assert not await consent.restrictions(world.pool, world.keys, resident)


async def test_a_refusal_cannot_be_withdrawn_around_the_code(phone, world, resident):
    form = {"who": "all:", "everything": "yes", "emergencies": "closed"}
    await phone.post("/restrictions/new", data=form)
    (standing,) = await consent.restrictions(world.pool, world.keys, resident)
    page = await phone.post(f"/consents/{standing.consent_id}/withdraw")
    assert isinstance(page, httpx.Response)
    assert await consent.restrictions(world.pool, world.keys, resident) == [standing]


async def test_what_somebody_sees_already_stands_apart_from_what_is_asked(phone, world, resident):
    await world.ask(resident, frozenset({RecordCategory.LABORATORY}))
    (asked,) = await consent.requests_waiting(world.pool, world.keys, resident)
    page = words(await phone.get(f"/requests/{asked.request_id}")).replace("\u2009", " ")
    assert "对方本来就能看到另外 6 项" in page
    assert "决定之前请看" in page
    assert "看什么：检验中您没有关掉的" in page or "看什么：" in page


async def test_what_was_allowed_and_closed_is_taken_along_as_fhir(phone):
    await phone.post("/restrictions/new", data={"who": "kind:pharmacy", "category": ["claims"]})
    answer = await phone.post("/consents/copy")
    assert answer.headers["content-type"].startswith("application/fhir+json")
    types = [entry["resource"]["provision"]["type"] for entry in answer.json()["entry"]]
    assert types == ["permit", "deny"]

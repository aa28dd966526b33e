"""Residents' passkeys on the pages: added after a fresh proof, sign in, and answer where digits would."""

from __future__ import annotations

import re

import asyncpg
import pytest

import portals
import presence
import visits
from authenticator import Authenticator
from openhealthcode import access, consent, identity
from openhealthcode.consent.presence import Means
from openhealthcode.database import transaction
from openhealthcode.sign_in import residents
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Phone, SensitiveCategory
from openhealthcode.trust import Keys
from portals import ORIGIN, Parts, fields, words

PHONE = Phone.parse("13912345678")


@pytest.fixture
async def world(pool, tmp_path):
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
async def li(world):
    return await world.resident()


@pytest.fixture
def parts(world):
    return Parts(world.pool, world.keys, None)


async def signed_in(world, parts, resident, serial=2, phone=PHONE):
    subject = Subject(presence.card(serial), presence.NAME, phone)
    async with transaction(world.pool, resident=resident) as connection:
        await identity.bind_phone(connection, world.keys, resident, phone)
        begun = await begin_session(connection, world.keys, resident, subject)
    window = portals.browser(portals.application(parts))
    window.cookies.set("ohc_resident", begun.token)
    return window


@pytest.fixture
async def phone(world, parts, li):
    async with await signed_in(world, parts, li) as window:
        yield window


@pytest.fixture
async def stranger(parts):
    async with portals.browser(portals.application(parts)) as window:
        yield window


async def stale(owner_url):
    """Everybody's last proof is a while ago."""
    owner = await asyncpg.connect(owner_url)
    await owner.execute(
        "UPDATE sign_in.resident_session SET verified_at = verified_at - interval '6 minutes'"
    )
    await owner.close()


async def add(phone, device=None, label="我的手机"):
    device = device or Authenticator(ORIGIN)
    options = await phone.post("/passkeys/options")
    answer = {"credential": device.make(options.text), "label": label}
    return device, await phone.post("/passkeys/add", data=answer)


async def proof(phone, device):
    options = await phone.post("/passkeys/check/options")
    return {"credential": device.sign(options.text)}


async def review(phone, world, days="30"):
    form = {"kind": "standing", "who": "all:", "days": days, "category": ["laboratory"]}
    page = await phone.post(f"/consents/new/{world.hospital}", data=form)
    return fields(page) | {"step": "give"}


async def give(phone, world, form):
    return await phone.post(f"/consents/new/{world.hospital}", data=form)


async def given(world, li):
    return await consent.consents(world.pool, world.keys, li)


async def test_a_passkey_is_added_listed_and_removed(phone, world, li):
    assert "还没有通行密钥" in words(await phone.get("/passkeys"))
    _, page = await add(phone, label="<b>平板</b>")
    assert "通行密钥已添加" in words(page)
    assert "&lt;b&gt;平板&lt;/b&gt;" in page.text
    action = re.search(r'action="(/passkeys/[^"]+/remove)"', page.text)[1]
    assert "通行密钥已移除" in words(await phone.post(action))
    assert not await residents.has_passkey(world.pool, li)
    looked = words(await phone.get("/looked"))
    assert "添加了一个通行密钥" in looked
    assert "移除了一个通行密钥" in looked


async def test_an_old_session_adds_none_before_a_fresh_code(phone, parts, world, li, owner_url):
    await stale(owner_url)
    page = await phone.get("/passkeys")
    assert "先确认是您本人" in words(page)
    assert "data-makes" not in page.text
    _, refused = await add(phone)
    assert refused.status_code == 422
    assert "没有添加成功" in words(refused)
    asked = await phone.post("/passkeys", data={"step": "prove"})
    code = parts.outbox.code(PHONE)
    page = await phone.post("/passkeys", data=fields(asked) | {"code": code})
    assert "data-makes" in page.text
    _, added = await add(phone)
    assert "通行密钥已添加" in words(added)
    assert await residents.has_passkey(world.pool, li)


async def test_it_signs_in_with_nothing_typed(phone, stranger):
    device, _ = await add(phone)
    options = await stranger.post("/sign-in/passkey/options")
    page = await stranger.post("/sign-in/passkey", data={"credential": device.sign(options.text)})
    assert page.url.path == "/"
    assert 'class="qr"' in page.text
    assert presence.NAME in words(page)


async def test_an_unknown_device_is_told_to_use_a_code(stranger):
    options = await stranger.post("/sign-in/passkey/options")
    for answer in (Authenticator(ORIGIN).sign(options.text), "", "{}"):
        page = await stranger.post("/sign-in/passkey", data={"credential": answer})
        assert page.status_code == 401
        assert "没有认出通行密钥" in words(page)
    assert (await stranger.post("/passkeys/check/options")).status_code == 401


async def test_who_has_none_is_offered_none(phone, world, owner_url):
    assert (await phone.post("/passkeys/check/options")).status_code == 404
    form = await review(phone, world)
    assert "data-passkey" not in (await give(phone, world, form)).text
    await stale(owner_url)
    assert "data-passkey" not in (await give(phone, world, form)).text


async def test_it_answers_where_the_pin_would(phone, world, li):
    device, _ = await add(phone)
    asked = await give(phone, world, form := await review(phone, world))
    assert "改用通行密钥确认" in words(asked)
    assert not await given(world, li)
    page = await give(phone, world, fields(asked) | form | await proof(phone, device))
    assert "已经生效" in words(page)
    assert len(await given(world, li)) == 1
    lines = await access.own_log(world.pool, world.keys, li)
    line = next(one for one in lines if one.action == "consent.grant")
    assert line.detail["means"] == Means.PASSKEY


async def test_once_it_stands_for_the_code_and_the_pin_together(phone, world, li, owner_url):
    device, _ = await add(phone)
    form = await review(phone, world)
    await stale(owner_url)
    asked = await give(phone, world, form)
    assert "再确认一次" in words(asked)
    page = await give(phone, world, fields(asked) | form | await proof(phone, device))
    assert "已经生效" in words(page)
    assert len(await given(world, li)) == 1


async def test_a_wrong_answer_gives_nothing_and_is_said(phone, world, li, parts, owner_url):
    device, _ = await add(phone)
    zhou = await world.resident(serial=4)
    async with await signed_in(world, parts, zhou, 4, Phone.parse("13912345679")) as another:
        theirs, _ = await add(another)
        form, answer = await review(phone, world), await proof(phone, theirs)
        page = await give(phone, world, form | answer)
        assert page.status_code == 422
        assert "没有认出通行密钥" in words(page)
        page = await give(phone, world, form | await proof(another, theirs))
        assert page.status_code == 422
    good = await proof(phone, device)
    assert "已经生效" in words(await give(phone, world, form | good))
    again = await give(phone, world, form | good)  # an answer is good once
    assert again.status_code == 422
    await stale(owner_url)
    sent = len(parts.outbox.arrived)
    again = await give(phone, world, form | good)
    assert "没有认出通行密钥" in words(again)
    assert len(parts.outbox.arrived) == sent
    assert len(await given(world, li)) == 1


async def test_sensitive_matters_open_by_it(phone, world, li):
    device, _ = await add(phone)
    page = await give(phone, world, await review(phone, world) | await proof(phone, device))
    assert "已经生效" in words(page)
    (base,) = await given(world, li)
    path = f"/consents/{base.consent_id}/sensitive"
    form = {"opened": [SensitiveCategory.MENTAL_HEALTH]}
    asked = await phone.post(path, data=form)
    form = fields(asked) | {"step": "give"}
    asked = await phone.post(path, data=form)
    assert "改用通行密钥确认" in words(asked)
    done = await phone.post(path, data=form | await proof(phone, device))
    assert "已经生效" in words(done)
    newest = (await given(world, li))[0]
    assert SensitiveCategory.MENTAL_HEALTH in newest.sensitive


async def test_an_answer_stands_in_no_page(phone, world):
    device, _ = await add(phone)
    answer = await proof(phone, device)
    page = await give(phone, world, await review(phone, world) | {"credential": "x" * 40})
    assert "x" * 40 not in page.text
    assert answer["credential"] not in page.text

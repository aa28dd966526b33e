"""The PIN on the phone and at the counter, and what needs it besides the code."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest

import portals
import presence
import visits
from openhealthcode import consent, identity
from openhealthcode.consent import ConsentKind, Terms
from openhealthcode.consent.presence import Means, Presence
from openhealthcode.database import Pool, transaction
from openhealthcode.sign_in import Role, pin
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import CertificateKind, Phone, RecordCategory, SensitiveCategory
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys
from portals import Parts, fields, words
from presence import OWN, SECOND, WRONG
from signing_in import employ
from visits import World

PHONE = Phone.parse("13912345678")
ANOTHER = "802580"


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
async def li(world: World) -> ResidentId:
    return await world.resident()


@pytest.fixture
def parts(world: World) -> Parts:
    return Parts(world.pool, world.keys, None)


@pytest.fixture
async def phone(world: World, li: ResidentId, parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    """The resident's phone, signed in a moment ago."""
    subject = Subject(presence.card(), presence.NAME, PHONE)
    async with transaction(world.pool, resident=li) as connection:
        begun = await begin_session(connection, world.keys, li, subject)
    async with portals.browser(portals.application(parts)) as window:
        window.cookies.set("ohc_resident", begun.token)
        yield window


async def send(phone: httpx.AsyncClient, step: str, **digits: str) -> httpx.Response:
    return await phone.post("/pin", data={"step": step, **digits})


async def stale(owner_url: str) -> None:
    """As if the code had been entered six minutes ago."""
    owner = await asyncpg.connect(owner_url)
    await owner.execute(
        "UPDATE sign_in.resident_session SET verified_at = verified_at - interval '6 minutes'"
    )
    await owner.close()


async def test_a_pin_is_set_changed_and_never_shown(phone, world, li):
    assert "未设置" in words(await phone.get("/me"))
    assert "两次输入不一致" in words(await send(phone, "choose", new=OWN, again=WRONG))
    assert "请换一组数字" in words(await send(phone, "choose", new="590418", again="590418"))
    done = await send(phone, "choose", new=OWN, again=OWN)
    assert "授权密码已设置" in words(done)
    assert "已设置" in words(await phone.get("/me"))
    wrong = await send(phone, "change", current=WRONG, new=ANOTHER, again=ANOTHER)
    assert "授权密码不对" in words(wrong)
    changed = await send(phone, "change", current=OWN, new=ANOTHER, again=ANOTHER)
    assert "授权密码已设置" in words(changed)
    for page in (done, wrong, changed):
        assert not re.search(f"{OWN}|{WRONG}|{ANOTHER}", page.text)
    match = await pin.check(world.pool, world.keys, li, ANOTHER, own(li))
    assert match is pin.PinMatch.OWN
    assert "您设置了授权密码" in words(await phone.get("/looked"))


def own(resident):
    return Presence(means=Means.PIN_ON_PHONE).agent(resident)


async def test_the_first_pin_needs_a_fresh_code_and_the_page_keeps_no_digits(
    phone, parts, world, li, owner_url
):
    await stale(owner_url)
    asked = await send(phone, "choose", new=OWN, again=OWN)
    assert OWN not in asked.text
    assert await pin.standing(world.pool, li) is None
    code = parts.outbox.code(PHONE)
    form = await phone.post("/pin", data=fields(asked) | {"code": code})
    assert "新的授权密码" in words(form)
    assert "授权密码已设置" in words(await send(phone, "choose", new=OWN, again=OWN))


async def test_the_page_is_the_same_with_and_without_a_second_pin(phone, world, li):
    await pin.choose(world.pool, world.keys, li, OWN)
    without = await phone.get("/pin")
    done = await send(phone, "second", current=OWN, new=SECOND, again=SECOND)
    with_it = await phone.get("/pin")
    assert with_it.text == without.text
    pressed = await send(phone, "second", current=SECOND, new=ANOTHER, again=ANOTHER)
    assert pressed.text == done.text
    dropped = await send(phone, "drop", current=SECOND)
    assert dropped.text == done.text
    match = await pin.check(world.pool, world.keys, li, SECOND, own(li))
    assert match is pin.PinMatch.UNDER_DURESS


async def give(phone, world, typed, category=("laboratory", "allergies")):
    address = f"/consents/new/{world.hospital}"
    form = {"kind": "standing", "who": "all:", "days": "30", "category": list(category)}
    review = await phone.post(address, data=form)
    return await phone.post(address, data=fields(review) | {"step": "give", "pin": typed})


async def test_j17_on_the_phone_a_standing_consent_under_duress_opens_what_is_plausible(
    phone, world, li
):
    await presence.give_pins(world, li)
    free = await give(phone, world, OWN)
    assert len((await world.look(li)).entries) == 3
    (given,) = await consent.consents(world.pool, world.keys, li)
    await consent.withdraw(world.pool, world.keys, li, given.consent_id)
    pressed = await give(phone, world, SECOND)
    shown = await world.look(li)
    assert {entry.category for entry in shown.entries} == {RecordCategory.ALLERGIES}
    newest = (await consent.consents(world.pool, world.keys, li))[0]
    assert newest.categories == given.categories
    assert newest.sensitive == given.sensitive
    assert "已经生效" in words(free)
    assert "已经生效" in words(pressed)


async def test_under_duress_no_sensitive_matter_opens(world, li):
    terms = Terms(
        kind=ConsentKind.STANDING,
        institution_id=world.hospital,
        categories=frozenset({RecordCategory.CONDITIONS}),
        days=30,
    )
    here = world.pool, world.keys, li
    base = await consent.give(*here, terms, presence.TOLD)
    assert len((await world.look(li)).entries) == 1
    apart = Terms(
        kind=ConsentKind.STANDING,
        institution_id=world.hospital,
        categories=terms.categories,
        sensitive=frozenset({SensitiveCategory.MENTAL_HEALTH}),
        days=30,
        added_to=base,
    )
    pressed = Presence(means=Means.PIN_ON_PHONE, is_under_duress=True)
    given = await consent.give(*here, apart, presence.TOLD, pressed)
    assert (await world.look(li)).entries == ()  # nor does the older consent open more
    await consent.withdraw(*here, given)
    assert len((await world.look(li)).entries) == 1
    await consent.give(*here, apart, presence.TOLD, Presence(means=Means.PIN_ON_PHONE))
    assert len((await world.look(li)).entries) == 2


async def test_somebody_without_a_pin_is_sent_to_set_one(phone, world):
    asked = await give(phone, world, "")
    assert "您还没有设置" in words(asked)
    assert 'href="/pin"' in asked.text


# ── at the counter ──


@pytest.fixture
async def counter(world: World, parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    clerk = await employ(world.pool, world.keys, Role.REGISTRAR)
    async with portals.browser(portals.application(parts)) as window:
        await portals.sign_in_clerk(window, clerk)
        yield window


async def at_counter(counter: httpx.AsyncClient, **changes: str) -> httpx.Response:
    form = {
        "kind": CertificateKind.NATIONAL_ID.value,
        "number": visits.national_id(2),
        "name": presence.NAME,
        "compared": "yes",
        "new": OWN,
        "again": OWN,
    }
    return await counter.post("/registrar/pin", data=form | changes)


async def test_a_counter_sets_a_pin_card_in_hand_and_the_phone_hears_of_it(
    counter, parts, world, li
):
    async with transaction(world.pool, resident=li) as connection:
        await identity.bind_phone(connection, world.keys, li, PHONE)
    done = await at_counter(counter)
    assert "授权密码已设置" in words(done)
    (message,) = parts.outbox.arrived
    assert message.phone == PHONE
    assert OWN not in message.text
    match = await pin.check(world.pool, world.keys, li, OWN, own(li))
    assert match is pin.PinMatch.OWN
    (line,) = [o for o in await presence.log(world, li) if o.action == "pin.set"]
    assert line.agent_kind == "practitioner"


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({"compared": ""}, 422, "请先对照证件照片与本人"),
        ({"name": "王别名"}, 404, "没有以此号码和姓名登记的居民"),
        ({"number": "12"}, 422, "号码与证件类型不符"),
        ({"again": WRONG}, 422, "两次输入不一致"),
        ({"new": "123456", "again": "123456"}, 422, "请换一组数字"),
    ],
)
async def test_what_the_counter_wants_is_said_and_nothing_is_set(
    counter, world, li, changes, status, told
):
    answer = await at_counter(counter, **changes)
    assert answer.status_code == status
    assert told in words(answer)
    assert OWN not in answer.text
    assert await pin.standing(world.pool, li) is None

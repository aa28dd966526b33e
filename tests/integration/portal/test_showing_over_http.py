"""What showing the code means, chosen on the phone with a PIN; and the record that opens by it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

import portals
import visits
from carrying_codes import Region
from clinic_desk import Desk
from clinic_desk import application as clinic_application
from openhealthcode import access, consent
from openhealthcode.consent import Showing
from openhealthcode.database import Announcements, transaction
from openhealthcode.healthcode.signed import counter
from openhealthcode.sign_in import pin
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, Phone
from openhealthcode.trust import Keys
from portals import Parts, browser, fields, words

PIN = "480271"


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
    return await world.resident()


@pytest.fixture
async def phone(parts, resident):
    """The resident's own browser, signed in just now."""
    card = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
    async with transaction(parts.pool, resident=resident) as connection:
        about = Subject(card, "李试", Phone.parse("13912345678"))
        begun = await begin_session(connection, parts.keys, resident, about)
    async with browser(portals.application(parts)) as window:
        window.cookies.set("ohc_resident", begun.token)
        yield window


async def chosen(world, resident):
    return (await consent.showing_choice(world.pool, world.keys, resident)).showing


async def test_it_takes_the_pin_to_make_showing_a_consent_and_nothing_to_undo_it(
    phone, world, resident
):
    page = await phone.get("/showing")
    assert "每次再问我" in words(page)
    assert fields(page)["showing"] == ["ask"]
    asked = await phone.post("/showing", data={"showing": "consent"})
    assert await chosen(world, resident) is Showing.ASK
    await pin.choose(world.pool, world.keys, resident, PIN)
    asked = await phone.post("/showing", data={"showing": "consent"})
    wrong = await phone.post("/showing", data=fields(asked) | {"pin": "991234"})
    assert wrong.status_code == 422
    assert await chosen(world, resident) is Showing.ASK
    kept = await phone.post("/showing", data=fields(asked) | {"pin": PIN})
    assert "记住了" in words(kept)
    assert await chosen(world, resident) is Showing.CONSENT
    assert "出示码算不算同意" in words(await phone.get("/me"))
    assert "您选择了向窗口出示码算不算同意" in words(await phone.get("/looked"))
    await phone.post("/showing", data={"showing": "ask"})
    assert await chosen(world, resident) is Showing.ASK


@pytest.mark.parametrize("form", [{}, {"showing": "always"}])
async def test_there_are_two_choices(phone, form):
    assert (await phone.post("/showing", data=form)).status_code == 400


async def test_the_answer_to_the_counter_opens_the_record_and_the_phone_can_end_it(
    phone, parts, world, resident
):
    await pin.choose(world.pool, world.keys, resident, PIN)
    await phone.post("/showing", data={"showing": "consent", "pin": PIN})
    region = await Region.published(parts.pool, parts.keys)
    desk = await Desk.opened(world, clinic_application(world))
    await desk.sign_in()
    page = await desk.get("/clinic/counter")
    digits = re.search(r'class="small digits">(.*?)</p>', page.text)[1]
    challenge = counter.read(re.sub(r"\D", "", re.sub(r"<[^>]+>", "", digits))).challenge
    plain = await desk.scan((await region.certificate(resident)).shown())
    assert plain.url.path.startswith("/clinic/visits/")
    assert not plain.url.path.endswith("/record")
    carried = await region.certificate(resident)
    record = await desk.scan(carried.shown(datetime.now(UTC), challenge))
    assert record.url.path.endswith("/record")
    assert "青霉素" in record.text
    assert "糖尿病" not in record.text  # family history belongs to no step by itself
    told = words(await phone.get("/looked"))
    assert "按您的选择就是同意" in told
    (given,) = await consent.consents(world.pool, world.keys, resident)
    await phone.post(f"/consents/{given.consent_id}/withdraw")
    gone = await desk.get(record.url.path)
    assert gone.status_code == 403
    assert "青霉素" not in gone.text
    assert (await access.own_log(world.pool, world.keys, resident))[0]

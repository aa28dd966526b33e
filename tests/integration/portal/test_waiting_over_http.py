"""A registrar takes up a delivery with a mistyped number: read, filed under the right one, or let go."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

import portals
import visits
from openhealthcode import collection, identity
from openhealthcode.collection import DeliverySetAside
from openhealthcode.database import Announcements
from openhealthcode.sign_in import Role
from openhealthcode.standards import Certificate, CertificateKind
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import employ

RIGHT = visits.national_id(2)
WRONG = RIGHT[:-1] + ("0" if RIGHT[-1] != "0" else "1")
LIST = "/registrar/deliveries"


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
async def account(parts):
    return await employ(parts.pool, parts.keys, Role.REGISTRAR)


@pytest.fixture
async def counter(parts, account):
    async with browser(portals.application(parts)) as window:
        await portals.sign_in_clerk(window, account)
        yield window


@pytest.fixture
async def address(parts, world, counter, account):
    """Where the delivery that waits is read."""
    sent = visits.bundle(visits.patient(2), visits.glucose("2026-02-01"))
    sent["entry"][0]["resource"]["identifier"][0]["value"] = WRONG
    source = collection.Source(world.source.agent, account.institution_id)
    with pytest.raises(DeliverySetAside):
        await collection.file_bundle(parts.pool, parts.keys, bundle=sent, source=source)
    listed = (await counter.get(LIST)).text
    assert "李试" not in listed
    assert WRONG not in listed
    return re.search(rf'href="({LIST}/[0-9a-f-]+)"', listed)[1]


async def test_a_registrar_files_it_under_the_number_on_the_card(counter, parts, address):
    page = await counter.get(address)
    assert "李试" in words(page)
    assert WRONG in words(page)
    assert "血糖" not in page.text
    done = await counter.post(f"{address}/file", data={"number": RIGHT, "compared": "yes"})
    assert "完整存入" in words(done)
    certificate = Certificate.parse(CertificateKind.NATIONAL_ID, RIGHT)
    assert await identity.find(parts.pool, parts.keys, certificate) is not None
    assert (await counter.get(address)).status_code == 404


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"number": WRONG, "compared": "yes"}, "也不可能是身份证号"),
        ({"number": "", "compared": "yes"}, "也不可能是身份证号"),
        ({"number": RIGHT}, "请先核对证件"),
    ],
)
async def test_what_cannot_be_filed_goes_on_waiting(counter, address, form, told):
    answer = await counter.post(f"{address}/file", data=form)
    assert answer.status_code == 422
    assert told in words(answer)
    assert address in (await counter.get(LIST)).text


@pytest.mark.parametrize(
    ("before", "told"),
    [(visits.patient(2, "王另"), "登记在另一姓名下")],
)
async def test_a_contradiction_is_said(counter, parts, world, address, before, told):
    await collection.file_bundle(
        parts.pool, parts.keys, bundle=visits.bundle(before), source=world.source
    )
    answer = await counter.post(f"{address}/file", data={"number": RIGHT, "compared": "yes"})
    assert answer.status_code == 409
    assert told in words(answer)


async def test_it_is_dismissed_and_gone(counter, address):
    done = await counter.post(f"{address}/dismiss")
    assert "已销毁" in words(done)
    assert (await counter.get(address)).status_code == 404
    assert "没有等待处理" in words(await counter.get(LIST))


async def test_what_is_not_there_is_not_found(counter):
    nowhere = f"{LIST}/{uuid4()}"
    assert (await counter.get(nowhere)).status_code == 404
    assert (await counter.post(f"{nowhere}/dismiss")).status_code == 404
    form = {"number": RIGHT, "compared": "yes"}
    assert (await counter.post(f"{nowhere}/file", data=form)).status_code == 404

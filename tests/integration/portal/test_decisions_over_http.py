"""Why it was so decided: one look, by the reference its resident hands to the supervisor."""

from __future__ import annotations

from uuid import UUID

import pytest

import portals
import visits
from openhealthcode import access
from openhealthcode.consent import Because
from openhealthcode.consent.emergency import Reviewer
from openhealthcode.database import Announcements
from openhealthcode.sign_in import Role
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import EntryId
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import employ


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
async def supervisor(parts):
    account = await employ(parts.pool, parts.keys, Role.SUPERVISOR)
    async with browser(portals.application(parts)) as window:
        await portals.sign_in_clerk(window, account, "/supervision")
        yield window


async def test_a_look_is_explained_without_a_word_of_the_record(supervisor, world, resident):
    await world.allow(resident)
    seen = await world.look(resident)
    reference = access.reference_of(world.keys, resident, seen.number)
    page = await supervisor.post("/supervision/decisions", data={"reference": reference})
    text = words(page)
    assert "居民授权给这位医务人员，授权有效。" in text
    assert "王敏" in text
    assert "6" in text
    for word in ("青霉素", "高血压", "血糖", "李试", visits.national_id(2)):
        assert word not in page.text
    lines = await access.own_log(world.pool, world.keys, resident)
    examined = next(one for one in lines if one.action == "decision.examine")
    assert examined.detail["number"] == seen.number
    assert examined.detail.keys() == {"number", "workstation"}


async def test_a_refusal_is_explained_too(supervisor, world, resident):
    seen = await world.look(resident)
    reference = access.reference_of(world.keys, resident, seen.number)
    page = await supervisor.post("/supervision/decisions", data={"reference": reference})
    assert "没有有效授权，调阅未成。" in words(page)
    lines = await access.own_log(world.pool, world.keys, resident)
    look = next(one for one in lines if one.number == seen.number)
    assert look.detail["because"] == Because.NOTHING_IN_FORCE


@pytest.mark.parametrize("number", [1, 0, 999, 2**63])
async def test_what_is_no_look_is_not_found(supervisor, world, resident, number):
    await world.look(resident)
    reference = world.keys.seal_id(resident, EntryId(UUID(int=number)))
    page = await supervisor.post("/supervision/decisions", data={"reference": reference})
    assert page.status_code == 404
    assert "没有与这个编号对应的查看" in words(page)


@pytest.mark.parametrize("reference", ["", "A" * 64, "x" * 65, "%00"])
async def test_what_is_no_reference_is_not_found(supervisor, reference):
    page = await supervisor.post("/supervision/decisions", data={"reference": reference})
    assert page.status_code == 404


async def test_an_officer_of_an_institution_reads_no_decision(world, resident):
    await world.allow(resident)
    seen = await world.look(resident)
    reference = access.reference_of(world.keys, resident, seen.number)
    officer = Reviewer(world.wang, world.hospital, is_supervisor=False)
    with pytest.raises(NotFound):
        await access.examine_decision(world.pool, world.keys, reference, officer)

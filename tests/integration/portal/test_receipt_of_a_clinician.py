"""What a clinician keeps of a look: signed, exactly what was shown, and nothing of its content."""

from __future__ import annotations

import re

import pytest

import merged
import visits
from clinic_desk import Desk, Phone, application, colleague
from openhealthcode import access, consent
from openhealthcode.audit import ReceiptRefused, Sequencer, check_receipt
from openhealthcode.standards import RecordCategory
from openhealthcode.transparency import NoteVerifier
from openhealthcode.trust import Keys
from portals import words

LOG = "test.example/log"
CONTENT = ("青霉素", "高血压", "抑郁", "mmol", "李试", visits.national_id(2))


@pytest.fixture
def keys(tmp_path):
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


@pytest.fixture
async def world(pool, keys):
    return await visits.world(pool, keys)


@pytest.fixture
def sequencer(pool, keys, tmp_path):
    opened = Sequencer(pool, tmp_path / "log", keys.checkpoint_signer(LOG))
    yield opened
    opened.close()


@pytest.fixture
def app(world, sequencer):
    return application(world, sequencer=sequencer)


@pytest.fixture
async def desk(world, app):
    opened = await Desk.opened(world, app)
    await opened.sign_in()
    yield opened
    await opened.browser.aclose()


@pytest.fixture
async def phone(world):
    return await Phone.of(world, await world.resident())


async def looked(desk, phone, *withheld):
    """The record page after an answer, and the consent."""
    visit = await desk.scan(phone.code())
    asked = await desk.ask(visit.url.path)
    consent_id = await phone.allow(*withheld)
    return await desk.get(asked.url.path), consent_id


def receipt_link(page) -> str:
    return re.search(r'href="(/clinic/visits/[^"]+/receipt\?look=\d+)"', page.text)[1]


async def test_it_says_exactly_what_was_shown_and_no_content(desk, phone, world, keys, sequencer):
    page, _ = await looked(desk, phone, RecordCategory.CONDITIONS)
    line = next(
        one for one in await access.own_log(world.pool, keys, phone.resident)
        if one.action == "record.disclose"
    )  # fmt: skip
    answer = await desk.get(receipt_link(page))
    assert answer.status_code == 200
    log, receipts = map(NoteVerifier, access.published_keys(keys, sequencer))
    checked = check_receipt(answer.content, receipts, log)
    assert checked.statement.events == ()
    told = set(re.findall(r"[0-9a-f]{64}", words(answer)))
    assert {item[2].hex() for item in line.detail["items"]} <= told
    assert f"条目数{len(line.detail['items'])}" in words(answer)
    assert not any(word in answer.text for word in CONTENT)
    assert str(phone.resident) not in answer.text
    assert "李*" in words(answer)
    assert "疾病" not in words(answer)
    with pytest.raises(ReceiptRefused):
        check_receipt(answer.content.replace("王敏".encode(), "王某".encode()), receipts, log)
    kept = next(
        one for one in await access.own_log(world.pool, keys, phone.resident)
        if one.action == "receipt.keep"
    )  # fmt: skip
    assert (kept.agent_id, kept.detail["receipt"]) == (world.wang, [line.number])


async def test_it_outlives_the_consent_and_opens_nothing(desk, phone, world):
    page, consent_id = await looked(desk, phone)
    await phone.withdraw(consent_id)
    answer = await desk.get(receipt_link(page))
    assert answer.status_code == 200
    assert not any(word in answer.text for word in CONTENT)
    assert (await world.look(phone.resident)).entries == ()


async def test_nobody_gets_a_receipt_of_anothers_look_or_of_what_is_no_look(
    desk, phone, world, app, keys
):
    page, _ = await looked(desk, phone)
    link = receipt_link(page)
    path, number = link.split("?look=")
    by_colleague = await colleague(world)
    terms = consent.Terms(
        kind=consent.ConsentKind.STANDING, institution_id=world.hospital,
        categories=visits.EVERYTHING, days=1,
    )  # fmt: skip
    await consent.give(world.pool, keys, phone.resident, terms, visits.TOLD)
    theirs = await world.look(phone.resident, practitioner_id=by_colleague)
    for wrong in (theirs.number, int(number) - 1, 9_999, "", "x", "²", "1" * 13):
        assert (await desk.get(f"{path}?look={wrong}")).status_code == 404
    other = await Desk.opened(world, app, number="0318", practitioner=by_colleague)
    await other.sign_in()
    assert (await other.get(link)).status_code == 404
    await other.browser.aclose()


async def test_without_a_public_log_there_is_none(world, phone):
    desk = await Desk.opened(world, application(world))
    await desk.sign_in()
    page, _ = await looked(desk, phone)
    assert (await desk.get(receipt_link(page))).status_code == 404
    await desk.browser.aclose()


async def test_of_a_person_under_two_numbers_it_lists_what_is_kept_under_both(desk, world, keys):
    survivor = await world.resident()
    other = await world.resident(
        visits.glucose("2025-09-09"), visits.glucose("2025-10-10"), serial=4
    )
    await (await merged.index(world)).merge(survivor, other)
    terms = consent.Terms(
        kind=consent.ConsentKind.STANDING, institution_id=world.hospital,
        categories=visits.EVERYTHING, days=1,
    )  # fmt: skip
    await consent.give(world.pool, keys, survivor, terms, visits.TOLD)
    phone = await Phone.of(world, survivor)
    visit = await desk.scan(phone.code())
    page = await desk.get(f"{visit.url.path}/record")
    answer = await desk.get(receipt_link(page))
    shown = await world.look(survivor)
    assert re.search(r"条目数(\d+)", words(answer))[1] == str(len(shown.entries))
    days = {one.day.isoformat() for one in shown.entries if one.day}
    assert {"2025-09-09", "2025-10-10", "2026-02-01"} <= days
    assert "2025 年 10 月 10 日" in words(answer)

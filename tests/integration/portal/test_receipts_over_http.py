"""Receipts as residents download them: what was previewed, shown, logged and signed is one."""

from __future__ import annotations

import asyncio
import re
from base64 import urlsafe_b64encode
from contextlib import suppress
from uuid import UUID, uuid4

import pytest
from rich.console import Console

import portals
import visits
from openhealthcode import access, audit, collection, identity
from openhealthcode.audit import Sequencer, check_receipt
from openhealthcode.commands.receipt import receipt as check_command
from openhealthcode.database import Announcements, transaction
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput, NotFound, Phone
from openhealthcode.standards.ids import RepresentationId, ResidentId
from openhealthcode.transparency import NoteVerifier
from openhealthcode.trust import Keys
from portals import Parts, browser, fields, words

PHONE = Phone.parse("13912345678")
CLAIM = {"number": visits.national_id(2), "name": "李试", "phone": PHONE.number}
LOG = "test.example/log"


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys")
        sequencer = Sequencer(pool, tmp_path / "log", keys.checkpoint_signer(LOG))
        running = asyncio.create_task(sequencer.run())
        yield Parts(pool, keys, announcements, sequencer=sequencer)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        sequencer.close()
        keys.close()


@pytest.fixture
async def world(parts):
    return await visits.world(parts.pool, parts.keys)


@pytest.fixture
async def resident_id(world, parts):
    resident_id = await world.resident()
    async with transaction(parts.pool, resident=resident_id) as connection:
        await identity.bind_phone(connection, parts.keys, resident_id, PHONE)
    return resident_id


@pytest.fixture
def app(parts):
    return portals.application(parts)


@pytest.fixture
async def phone(app, parts, resident_id):  # noqa: ARG001 - must have been registered
    """The resident's phone, bound and signed in just now."""
    async with browser(app) as window:
        await window.post("/sign-in", data=CLAIM)
        await window.post("/sign-in/code", data={"code": parts.outbox.code(PHONE)})
        yield window


@pytest.fixture
async def verifiers(app):
    """The two public keys, as anybody finds them on the site."""
    async with browser(app) as anybody:
        log, receipts = (await anybody.get("/receipts/keys.txt")).text.split()
    return NoteVerifier(receipts), NoteVerifier(log)


def items(entries):
    return {(item.entry, item.version) for item in entries}


async def test_previewed_shown_logged_and_receipted_are_the_same_entries(
    phone, parts, world, resident_id, verifiers
):
    _, preview = await world.allow(resident_id)
    shown = await world.look(resident_id)
    (request_id,) = [
        line.detail["request"]
        for line in await access.own_log(parts.pool, parts.keys, resident_id)
        if line.action == "consent.grant"
    ]
    page = await phone.get(f"/requests/{UUID(bytes=request_id)}/receipt")
    answer = await phone.get(re.search(r'href="(/requests/[^"]+/file)"', page.text)[1])
    answered = check_receipt(answer.content, *verifiers)
    assert answered.is_in_the_tree
    actions = {one.action: one for one in answered.statement.events}
    assert set(actions) == {"record.preview", "consent.grant"}

    seen = await phone.get(f"/looked/{shown.number}")
    look = await phone.get(re.search(r'href="(/looked/\d+/receipt)"', seen.text)[1])
    (looked,) = check_receipt(look.content, *verifiers).statement.events
    assert (looked.number, looked.action) == (shown.number, "record.disclose")

    logged = next(
        line
        for line in await access.own_log(parts.pool, parts.keys, resident_id)
        if line.number == shown.number
    )
    everything = {(one.entry_id, one.version) for one in shown.entries}
    assert everything <= {(one.entry_id, one.version) for one in preview.entries}
    assert items(looked.items) == everything
    assert {(item[0], item[1]) for item in logged.detail["items"]} == {
        (entry.bytes, version) for entry, version in everything
    }
    assert items(actions["record.preview"].items) == {
        (one.entry_id, one.version) for one in preview.entries
    }
    for said in ("李试", "王敏", "黛川县人民医院", "青霉素", "高血压"):
        assert said in look.text
        assert said in answer.text
    assert "抑郁" not in look.text  # it was not shown


async def test_a_receipt_tells_what_was_seen_then_not_what_is_there_now(
    phone, parts, world, resident_id
):
    await world.allow(resident_id)
    shown = await world.look(resident_id)
    life = (visits.allergy("头孢菌素"), *visits.LIFE[1:])
    sent = visits.bundle(visits.patient(2), *life, key="resident-2")
    await collection.file_bundle(parts.pool, parts.keys, bundle=sent, source=world.source)
    then = await phone.get(f"/looked/{shown.number}/receipt")
    assert "青霉素" in then.text
    assert "头孢菌素" not in then.text


async def test_taking_a_receipt_stands_in_the_log(phone, parts, world, resident_id):
    await world.allow(resident_id)
    shown = await world.look(resident_id)
    await phone.get(f"/looked/{shown.number}/receipt")
    newest, *_ = await access.own_log(parts.pool, parts.keys, resident_id)
    assert newest.action == audit.Action.LOG_OWN_VIEW
    assert newest.detail["receipt"] == [shown.number]


async def test_whoever_acts_for_the_resident_gets_no_receipt(parts, world, resident_id):
    """An event cannot be proven in part: they would see that there is more than they are shown."""
    await world.allow(resident_id)
    shown = await world.look(resident_id)
    helper = access.ActingFor(
        parts.keys, resident_id, RepresentationId(uuid4()), ResidentId(uuid4())
    )
    with audit.acting_as(helper), pytest.raises(NotFound):
        await access.own_receipt(
            parts.pool, parts.keys, parts.sequencer, resident_id, [shown.number]
        )


@pytest.mark.parametrize("number", [0, 999_999, 2**40])
async def test_a_line_there_is_not_has_no_receipt(phone, number):
    assert (await phone.get(f"/looked/{number}/receipt")).status_code == 404


async def test_the_command_checks_a_file_with_keys_alone(
    phone, app, world, resident_id, tmp_path, capsys
):
    await world.allow(resident_id)
    shown = await world.look(resident_id)
    file, keys = tmp_path / "receipt.html", tmp_path / "keys.txt"
    file.write_bytes((await phone.get(f"/looked/{shown.number}/receipt")).content)
    async with browser(app) as anybody:
        keys.write_bytes((await anybody.get("/receipts/keys.txt")).content)
    nowhere = Settings(data_directory=tmp_path / "nothing-here")
    assert check_command(nowhere, Console(), file, keys) == 0
    assert f"event {shown.number}" in capsys.readouterr().out
    own = Settings(data_directory=tmp_path, log_origin=LOG)
    assert check_command(own, Console(), file, None) == 0
    with pytest.raises(InvalidInput):
        check_command(nowhere, Console(), file, None)
    file.write_bytes(file.read_bytes().replace("王敏".encode(), "陈立".encode()))
    with pytest.raises(audit.ReceiptRefused):
        check_command(nowhere, Console(), file, keys)


async def test_who_closed_the_account_downloads_its_receipt_without_being_anybody_any_more(
    app, phone, resident_id, verifiers
):
    closed = await phone.post("/rights/close", data={"understood": "yes"})
    (sealed,) = fields(closed)["receipt"]
    async with browser(app) as stranger:
        file = await stranger.post("/receipts/file", data={"receipt": sealed})
    assert file.headers["content-disposition"] == 'attachment; filename="receipt.html"'
    checked = check_receipt(file.content, *verifiers)
    (event,) = checked.statement.events
    assert (event.action, event.resident) == ("account.close", resident_id)
    assert checked.is_in_the_tree
    for said in ("李试", "黛川县人民医院", "依法由机构保存的原件", "还没有证明已删除的副本"):
        assert said in file.text
    assert event.commitment.hex() in closed.text


@pytest.mark.parametrize("sent", ["", "x", "%%%", "<script>", None])
async def test_only_what_was_signed_here_is_handed_back(app, sent):
    page = b"<script>alert(1)</script>" if sent is None else sent.encode()
    data = urlsafe_b64encode(page).decode() if sent is None else sent
    async with browser(app) as anybody:
        answer = await anybody.post("/receipts/file", data={"receipt": data})
    assert answer.status_code == 400
    assert "attachment" not in answer.headers.get("content-disposition", "")
    assert "alert(1)" not in answer.text


@pytest.mark.parametrize(("language", "title"), [("zh-CN", "回执，谁都能核对"), ("en", "Receipts anybody can check")])  # fmt: skip
async def test_anybody_finds_program_and_keys(app, verifiers, language, title):
    async with browser(app, language=language) as anybody:
        page = await anybody.get("/receipts")
        program = re.search(r'href="(/static/[^"]+/verify_receipt.py)"', page.text)[1]
        assert (await anybody.get(program)).text.startswith('"""Check a receipt')
    assert title in words(page)
    assert verifiers[1].name in page.text


async def test_the_summary_leaves_out_what_is_closed_unless_it_is_ticked(phone):
    usual = await phone.post("/rights/copy", data={"form": "ips"})
    assert usual.headers["content-type"] == "application/fhir+json"
    assert usual.json()["type"] == "document"
    assert "高血压" in usual.text
    assert "抑郁" not in usual.text
    ticked = await phone.post("/rights/copy", data={"form": "ips", "closed": "yes"})
    assert "抑郁" in ticked.text

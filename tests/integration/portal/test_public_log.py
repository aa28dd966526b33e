"""The log as it is published, and a resident's own history: read, fetched and checked by strangers."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import msgspec
import pytest

import portals
import visits
from openhealthcode import access, audit, identity
from openhealthcode.audit import Sequencer
from openhealthcode.database import Announcements, transaction
from openhealthcode.standards import NotFound, Phone
from openhealthcode.standards.ids import RepresentationId, ResidentId
from openhealthcode.transparency import (
    Checkpoint,
    Cosigner,
    History,
    LogUnreachable,
    NoteVerifier,
    PublishedLog,
    UntrustedNote,
    check_history,
    open_checkpoint,
    read_policy,
    seal_history,
)
from openhealthcode.trust import Keys
from portals import Parts, browser, words

PHONE = Phone.parse("13912345678")
CLAIM = {"number": visits.national_id(2), "name": "李试", "phone": PHONE.number}
LOG = "test.example/log"
WITNESS = Cosigner("witness.example", b"\x09" * 32)


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys")
        sequencer = Sequencer(pool, tmp_path / "log", keys.checkpoint_signer(LOG))
        running = asyncio.create_task(sequencer.run(pause_seconds=0.05))
        yield Parts(pool, keys, announcements, sequencer=sequencer)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        sequencer.close()
        keys.close()


@pytest.fixture
async def resident_id(parts):
    world = await visits.world(parts.pool, parts.keys)
    resident_id = await world.resident()
    async with transaction(parts.pool, resident=resident_id) as connection:
        await identity.bind_phone(connection, parts.keys, resident_id, PHONE)
    await world.allow(resident_id)
    await world.look(resident_id)
    async with asyncio.timeout(20):
        for _ in range(400):
            if not await parts.sequencer.waiting():
                break
            await asyncio.sleep(0.05)
    return resident_id


@pytest.fixture
def app(parts):
    return portals.application(parts)


@pytest.fixture
async def phone(app, parts, resident_id):  # noqa: ARG001 - must have been registered
    async with browser(app) as window:
        await window.post("/sign-in", data=CLAIM)
        await window.post("/sign-in/code", data={"code": parts.outbox.code(PHONE)})
        yield window


@pytest.fixture
def published(tmp_path, resident_id):  # noqa: ARG001 - so that there is something in it
    """The log's folder behind any web server, of any make."""
    handler = partial(_Silent, directory=str(tmp_path / "log"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


class _Silent(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass


async def keys_of(window):
    return (await window.get("/receipts/keys.txt")).text


async def verifiers(window):
    log, receipts = (await keys_of(window)).split()
    return NoteVerifier(log), NoteVerifier(receipts)


async def test_a_history_downloaded_holds_and_says_everything(phone, resident_id, parts):
    answer = await phone.get("/looked/history")
    assert answer.headers["cache-control"] == "no-store"
    assert 'filename="history.json"' in answer.headers["content-disposition"]
    log, receipts = await verifiers(phone)
    policy = read_policy((await phone.get("/log/policy")).text)
    checked = check_history(answer.content, log, receipts, policy)
    assert checked.findings == ()
    events = checked.history.events
    actions = [event.action for event in events]
    assert "consent.grant" in actions
    assert "record.disclose" in actions
    assert actions[-1] == audit.Action.LOG_OWN_VIEW, "taking it is the last line"
    assert checked.history.resident == resident_id
    assert checked.waiting <= 3
    async with transaction(parts.pool, resident=resident_id) as connection:
        state, _ = await audit.chain(connection, resident_id)
    assert state.next_number == len(events) + 1
    later = (await phone.get("/looked/history")).content
    assert check_history(later, log, receipts, policy, [answer.content]).findings == ()
    assert check_history(answer.content, log, receipts, policy, [later]).findings != ()


async def test_only_the_resident_gets_it(app, resident_id, parts):
    async with browser(app) as stranger:
        answer = await stranger.get("/looked/history")
        assert "openhealthcode-history" not in answer.text
    with audit.acting_as(_acting(parts, resident_id)), pytest.raises(NotFound):
        await access.own_history(parts.pool, parts.keys, parts.sequencer, resident_id)


async def test_a_log_without_a_head_has_no_history_yet(pool, parts, resident_id, tmp_path):
    signer = parts.keys.checkpoint_signer("other.example/log")
    empty = Sequencer(pool, tmp_path / "other", signer)
    with pytest.raises(NotFound):
        await access.own_history(pool, parts.keys, empty, resident_id)


async def test_while_witnesses_are_away_the_newest_head_stands_in(parts, resident_id):
    """And says so itself: whoever asks for witnesses finds none."""
    policy = f"witness w {WITNESS.verifier_key} http://127.0.0.1:9\nquorum w\n"
    signer = parts.keys.checkpoint_signer(LOG)
    folder = parts.sequencer.files.folder
    watched = Sequencer(parts.pool, folder, signer, policy=policy)
    assert watched.published() is None
    history = await access.own_history(parts.pool, parts.keys, watched, resident_id)
    receipts = NoteVerifier(parts.keys.receipt_signer(f"{LOG}/receipts").verifier_key)
    log = NoteVerifier(signer.verifier_key)
    assert check_history(history, log, receipts).findings == ()
    (finding,) = check_history(history, log, receipts, read_policy(watched.policy)).findings
    assert finding.kind == "checkpoint"
    note = parts.sequencer.files.checkpoint()
    parts.sequencer.files.publish_witnessed(
        note + WITNESS.cosign(note.partition("\n\n")[0] + "\n", int(time.time()))
    )
    history = await access.own_history(parts.pool, parts.keys, watched, resident_id)
    assert check_history(history, log, receipts, read_policy(watched.policy)).findings == ()


async def test_the_pages_say_how_and_offer_it(phone):
    assert "/looked/check" in (await phone.get("/looked")).text
    page = await phone.get("/looked/check")
    assert 'data-history="/looked/history"' in page.text
    assert "立即核对" in words(page)
    public = await phone.get("/log", headers={"accept-language": "en"})
    assert "The signed head covers" in words(public)
    assert "No outside witness" in words(public)


async def test_files_are_published_as_tlog_tiles_says(app, parts, resident_id):
    async with browser(app) as anybody:
        head = await anybody.get("/log/checkpoint")
        size = open_checkpoint(head.text, (await verifiers(anybody))[0]).size
        assert head.headers["content-type"] == "text/plain; charset=utf-8"
        assert head.headers["cache-control"] == "public, max-age=1"
        assert head.headers["access-control-allow-origin"] == "*"
        tile = await anybody.get(f"/log/tile/0/000.p/{size}")
        assert len(tile.content) == 32 * size
        assert tile.headers["content-type"] == "application/octet-stream"
        assert "immutable" in tile.headers["cache-control"]
        assert tile.headers["access-control-allow-origin"] == "*"
        entries = await anybody.get(f"/log/tile/entries/000.p/{size}")
        assert len(entries.content) == 34 * size
        async with transaction(parts.pool, resident=resident_id) as connection:
            commitment = await audit.commitment_of(connection, resident_id, 1)
        assert commitment in entries.content


@pytest.mark.parametrize(
    "name",
    [
        "0/001", "0/000.p/0", "0/000.p/01", "00/000", "0/x000/000", "0/0000", "0/000.p",
        "entries/..%2f..%2fcheckpoint", "0/%2e%2e/%2e%2e/witnesses.json", "x/000",
        "0/.000.draft", "0/000%00", "64/000", "100/000", "0/", "",
    ],
)  # fmt: skip
async def test_what_is_no_tile_is_not_there(app, resident_id, name):  # noqa: ARG001
    async with browser(app) as anybody:
        assert (await anybody.get(f"/log/tile/{name}")).status_code == 404


async def test_without_a_log_there_is_nothing_to_read(pool):
    async with browser(portals.application(Parts(pool, None, None))) as anybody:
        for path in ("/log/checkpoint", "/log/tile/0/000", "/log/policy", "/log/maps"):
            assert (await anybody.get(path)).status_code == 404
        assert (await anybody.get("/log")).status_code == 200


def run(*arguments, cwd):
    command = [sys.executable, "-c", _PROGRAM, "verify", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


_PROGRAM = """
import sys
from openhealthcode import cli
try:
    cli.main()
finally:
    held = [name for name in sys.modules if name.split(".")[0] == "asyncpg"
            or name.startswith(("openhealthcode.database", "openhealthcode.trust", "openhealthcode.audit"))]
    assert not held, held
"""


async def test_the_command_checks_folder_address_and_history_without_our_database(
    phone, published, parts, tmp_path
):
    (tmp_path / "keys.txt").write_text(await keys_of(phone))
    (tmp_path / "history.json").write_bytes((await phone.get("/looked/history")).content)
    folder = parts.sequencer.files.folder
    head = tmp_path / "kept.txt"
    head.write_text(parts.sequencer.files.checkpoint())
    verify = partial(asyncio.to_thread, partial(run, cwd=tmp_path))
    for arguments in (
        ("--log", str(folder)),
        ("--log", published),
        ("--history", "history.json"),
        ("--log", published, "--history", "history.json", "--kept", str(head)),
        ("--history", "history.json", "--kept", "history.json"),
    ):
        done = await verify(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "complete and unaltered" in done.stdout
    altered = json.loads((tmp_path / "history.json").read_text())
    altered["events"][0]["action"] = "record.preview"
    (tmp_path / "altered.json").write_text(json.dumps(altered))
    done = await verify("--history", "altered.json")
    assert (done.returncode, "wrong-leaf" in done.stdout) == (1, True), done.stdout + done.stderr


async def test_daily_maps_are_published_and_checked_by_strangers(phone, published, parts, tmp_path):
    assert (await phone.get("/log/maps")).status_code == 404  # before the first
    mapper = audit.Mapper(parts.pool, parts.sequencer)
    for _ in range(400):
        if await mapper.map_due():
            break
        await asyncio.sleep(0.05)
    told = await phone.get("/log/maps")
    assert told.headers["content-type"] == "text/plain; charset=utf-8"
    assert told.headers["access-control-allow-origin"] == "*"
    assert told.text.startswith("leaf ")
    assert "residents 1\n" in told.text
    (tmp_path / "keys.txt").write_text(await keys_of(phone))
    (tmp_path / "history.json").write_bytes((await phone.get("/looked/history")).content)
    verify = partial(asyncio.to_thread, partial(run, cwd=tmp_path))
    done = await verify("--log", published, "--history", "history.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "daily maps from" in done.stdout
    assert "held against the maps until" in done.stdout
    listed = parts.sequencer.files.folder / "maps"
    listed.write_text(told.text.replace("residents 1", "residents 2"))
    done = await verify("--log", published)
    assert (done.returncode, "not the daily map" in done.stdout) == (1, True)
    listed.write_text(told.text)
    cut = json.loads((tmp_path / "history.json").read_text())
    del cut["events"][-2:]
    receipts = parts.keys.receipt_signer(f"{LOG}/receipts")
    sealed = seal_history(msgspec.json.decode(json.dumps(cut), type=History), receipts)
    (tmp_path / "history.json").write_bytes(sealed)
    done = await verify("--history", "history.json")
    assert (done.returncode, "tail-cut" in done.stdout) == (1, True), done.stdout + done.stderr


async def test_the_command_finds_rewritten_and_unwitnessed_logs(phone, parts, tmp_path):
    (tmp_path / "keys.txt").write_text(await keys_of(phone))
    signer = parts.keys.checkpoint_signer(LOG)
    (tmp_path / "kept.txt").write_text(Checkpoint(LOG, 10_000, bytes(32)).signed(signer))
    key = WITNESS.verifier_key
    (tmp_path / "policy").write_text(f"log {signer.verifier_key}\nwitness w {key}\nquorum w\n")
    folder = str(parts.sequencer.files.folder)
    verify = partial(asyncio.to_thread, partial(run, cwd=tmp_path))
    rewritten = await verify("--log", folder, "--kept", "kept.txt")
    assert (rewritten.returncode, "rewritten" in rewritten.stdout) == (1, True)
    unseen = await verify("--log", folder, "--policy", "policy")
    assert unseen.returncode == 1
    missing = await verify("--log", folder, "--keys", "nowhere.txt")
    assert (missing.returncode, "cannot be read" in missing.stderr) == (1, True)


async def test_a_copy_over_http_is_the_log_and_is_taken_on(published, parts, tmp_path):
    log = NoteVerifier(parts.sequencer.verifier_key)
    source = PublishedLog(published)
    copied = await asyncio.to_thread(source.copy, tmp_path / "copy", log)
    again = await asyncio.to_thread(source.copy, tmp_path / "copy", log)
    size = open_checkpoint(copied.checkpoint(), log).size
    assert copied.commitments(0, size) == parts.sequencer.files.commitments(0, size)
    assert again.checkpoint() == copied.checkpoint()
    source.close()


async def test_a_log_that_is_not_there_or_is_another_s_is_not_copied(published, parts, tmp_path):
    log = NoteVerifier(parts.sequencer.verifier_key)
    for address in ("ftp://nowhere.example", "nowhere", "http://127.0.0.1:9", f"{published}gone"):
        with pytest.raises(LogUnreachable):
            await asyncio.to_thread(_copied, address, tmp_path / "copy", log)
    other = NoteVerifier(parts.keys.checkpoint_signer("other.example/log").verifier_key)
    with pytest.raises(UntrustedNote):
        await asyncio.to_thread(_copied, published, tmp_path / "copy", other)
    (parts.sequencer.files.folder / "tile" / "0").rename(tmp_path / f"away-{uuid4()}")
    with pytest.raises(LogUnreachable):
        await asyncio.to_thread(_copied, published, tmp_path / "copy2", log)


def _copied(address, folder, log):
    with closing(PublishedLog(address)) as source:
        source.copy(folder, log)


def _acting(parts, resident_id):
    """Somebody who acts for the resident; whether they may is asked later than this."""
    return access.ActingFor(parts.keys, resident_id, RepresentationId(uuid4()), ResidentId(uuid4()))

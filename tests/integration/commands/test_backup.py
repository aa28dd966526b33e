"""`ohc backup`, `ohc restore` and `ohc gap`: nothing published is ever forgotten unseen."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import tarfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from rich.console import Console

import visits
from openhealthcode import access, app, trust
from openhealthcode.audit import EventsLost
from openhealthcode.commands import keys
from openhealthcode.commands.backup import backup
from openhealthcode.commands.migrate import migrate
from openhealthcode.commands.restore import gap, restore
from openhealthcode.commands.verify import verify
from openhealthcode.database import ArchiveFailed, UnsuitableDatabase
from openhealthcode.operations.backup import BackupDamaged, check, open_keys
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput
from openhealthcode.transparency import LogFolder
from openhealthcode.trust import (
    DestroyedKey,
    KeyClass,
    Keys,
    SharesUnsuitable,
    UnknownKey,
    UnreadableSeal,
)

REASON = "磁盘损坏，从备份恢复；信息科王主任"


@pytest.fixture
async def settings(tmp_path, database):
    made = Settings(
        data_directory=tmp_path / "data",
        database_url=database.url,
        database_owner_url=database.owner_url,
    )
    await migrate(made, Console(file=io.StringIO()))
    return made


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=300)


@pytest.fixture
async def empty(database):
    """Another database of the same server, with nothing in it, and how it is reached."""
    owner = await asyncpg.connect(database.owner_url)
    name = f"{database.name}_restored"
    await owner.execute(f'CREATE DATABASE "{name}"')
    try:
        yield (
            database.url.replace(f"/{database.name}?", f"/{name}?"),
            database.owner_url.replace(f"/{database.name}?", f"/{name}?"),
        )
    finally:
        await owner.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await owner.close()


def told(console):
    return console.file.getvalue()


async def file_somebody(settings, serial):
    """Register somebody and bring it into the public log; whose record it is."""
    async with app.opened(settings) as platform:
        world = await visits.world(platform.pool, platform.keys)
        resident = await world.resident(serial=serial)
        await platform.sequencer.sequence()
    return resident


async def own(settings, resident):
    async with app.opened(settings) as platform:
        return await access.own_record(platform.pool, platform.keys, resident)


async def copied(settings, tmp_path, console):
    await backup(settings, console, tmp_path / "copies")
    (folder,) = (tmp_path / "copies").iterdir()
    return folder


async def serve_once(settings):
    application = app.create(settings, is_synthetic=None)
    async with application.router.lifespan_context(application):
        pass


async def test_what_was_copied_is_read_after_a_restore(settings, console, empty, tmp_path):
    resident = await file_somebody(settings, 3)
    before = [entry.body for entry in (await own(settings, resident)).entries]
    folder = await copied(settings, tmp_path, console)
    again = replace(settings, database_url=empty[0], database_owner_url=empty[1])
    assert await restore(again, console, folder) == 0
    assert [entry.body for entry in (await own(again, resident)).entries] == before
    assert await verify(again, console, []) == 0
    assert "nothing that was published is missing" in told(console)
    await serve_once(again)


async def test_a_lost_log_comes_from_the_backup(settings, console, empty, tmp_path):
    await file_somebody(settings, 3)
    folder = await copied(settings, tmp_path, console)
    shutil.rmtree(settings.log_at)
    again = replace(settings, database_url=empty[0], database_owner_url=empty[1])
    assert await restore(again, console, folder) == 0
    assert "the log is the backup's" in told(console)
    assert await verify(again, console, []) == 0


async def test_behind_what_was_published_nothing_is_served_before_the_gap_is_recorded(
    settings, console, empty, tmp_path
):
    await file_somebody(settings, 3)
    folder = await copied(settings, tmp_path, console)
    await file_somebody(settings, 4)
    again = replace(settings, database_url=empty[0], database_owner_url=empty[1])
    assert await restore(again, console, folder) == 1
    with pytest.raises(EventsLost):
        await serve_once(again)
    with pytest.raises(EventsLost):
        await file_somebody(again, 5)
    assert await verify(again, Console(file=io.StringIO()), []) == 1
    with pytest.raises(InvalidInput):
        await gap(again, console, "  ")
    await gap(again, console, REASON)
    assert "recorded" in told(console)
    await serve_once(again)
    await file_somebody(again, 6)
    assert await verify(again, console, []) == 0
    assert "events were lost in a restore, as was recorded" in told(console)
    await gap(again, console, REASON)
    assert "nothing that was published is missing" in told(console)


async def test_events_that_waited_when_the_copy_was_made_keep_the_leaves_they_got(
    settings, console, empty, tmp_path
):
    async with app.opened(settings) as platform:
        world = await visits.world(platform.pool, platform.keys)
        await world.resident(serial=3)
        folder = await copied(settings, tmp_path, console)
        await platform.sequencer.sequence()
    await file_somebody(settings, 4)
    again = replace(settings, database_url=empty[0], database_owner_url=empty[1])
    assert await restore(again, console, folder) == 1
    await gap(again, console, REASON)
    await file_somebody(again, 5)
    assert await verify(again, console, []) == 0
    files = LogFolder(settings.log_at)
    commitments = files.commitments(0, files.entries_size(0))
    assert len(set(commitments)) == len(commitments), "an event got two leaves"


async def test_what_was_destroyed_since_stays_unreadable(settings, console, empty, tmp_path):
    resident = await file_somebody(settings, 3)
    folder = await copied(settings, tmp_path, console)
    held = Keys.open(settings.keys_at)
    held.destroy(resident, *KeyClass)
    held.close()
    again = replace(settings, database_url=empty[0], database_owner_url=empty[1])
    await restore(again, console, folder)
    with pytest.raises(DestroyedKey):
        await own(again, resident)


async def test_a_destroyed_resident_is_unreadable_in_every_backup(
    settings, console, empty, tmp_path
):
    leaving, staying = await file_somebody(settings, 3), await file_somebody(settings, 4)
    folder = await copied(settings, tmp_path, console)
    keys.copy(settings, console, tmp_path / "keys")
    (old_keys,) = (tmp_path / "keys").iterdir()
    async with app.opened(settings) as platform:
        await access.close_account(platform.pool, platform.keys, leaving)
        await access.finish_closings(platform.pool, platform.keys)
    turn_the_months(settings.keys_at)
    again = replace(settings, database_url=empty[0], database_owner_url=empty[1])
    await restore(again, console, folder)

    with pytest.raises(DestroyedKey):  # the keys as they are now
        await own(again, leaving)
    assert (await own(again, staying)).entries

    shutil.copytree(settings.keys_at / "root", tmp_path / "now" / "root")
    shutil.copy2(old_keys / "keys.sqlite", tmp_path / "now")
    (tmp_path / "now").chmod(0o700)
    of_then = replace(again, key_directory=tmp_path / "now")
    for resident in (leaving, staying):  # an old key store, and the root keys as they are now
        with pytest.raises(UnknownKey):
            await own(of_then, resident)

    whole = replace(again, key_directory=old_keys)
    assert (await own(whole, leaving)).entries, "which is why such a copy has its day"
    assert "destroy it before" in told(console)


def turn_the_months(directory):
    """As the installation's chore does over the weeks after this month."""
    now = time.time()
    for days in (32, 64, 96):
        held = Keys.open(directory, clock=lambda later=days: now + later * 24 * 3600)
        held.rotate()
        held.close()


@pytest.mark.parametrize("damage", ["altered", "missing", "added", "no manifest", "half"])
async def test_a_damaged_backup_touches_nothing(settings, console, empty, tmp_path, damage):
    await file_somebody(settings, 3)
    folder = await copied(settings, tmp_path, console)
    victim = next(folder.glob("database/toc.dat"))
    match damage:
        case "altered":
            victim.write_bytes(victim.read_bytes()[:-1] + b"?")
        case "missing":
            victim.unlink()
        case "added":
            (folder / "database" / "more.dat").write_bytes(b"")
        case "no manifest":
            (folder / "manifest.json").unlink()
        case "half":
            manifest = folder / "manifest.json"
            manifest.write_bytes(manifest.read_bytes()[:40])
    again = replace(settings, database_url=empty[0], database_owner_url=empty[1])
    with pytest.raises(BackupDamaged):
        await restore(again, console, folder)
    owner = await asyncpg.connect(empty[1])
    assert await owner.fetchval("SELECT count(*) FROM pg_namespace WHERE nspname = 'record'") == 0
    await owner.close()


async def test_a_database_that_holds_something_is_never_written_over(settings, console, tmp_path):
    await file_somebody(settings, 3)
    folder = await copied(settings, tmp_path, console)
    with pytest.raises(UnsuitableDatabase):
        await restore(settings, console, folder)


async def test_a_backup_that_fails_leaves_nothing_that_looks_like_one(settings, console, tmp_path):
    await file_somebody(settings, 3)
    away = replace(settings, database_owner_url=settings.database_url)  # rows are not its to see
    with pytest.raises(ArchiveFailed, match="pg_dump"):
        await backup(away, console, tmp_path / "copies")
    assert list((tmp_path / "copies").iterdir()) == []


async def test_a_backup_goes_on_beside_the_service(settings, console, tmp_path):
    async with app.opened(settings) as platform:
        world = await visits.world(platform.pool, platform.keys)
        await world.resident(serial=3)
        await platform.sequencer.sequence()
        filing = asyncio.create_task(_file_until_told(world, platform))
        folder = await copied(settings, tmp_path, console)
        filing.cancel()
        await asyncio.gather(filing, return_exceptions=True)
    manifest = check(folder)
    assert manifest.leaves > 0
    assert manifest.mode == "production"


async def _file_until_told(world, platform):
    for number in range(10_000):
        await world.resident(visits.glucose("2026-02-01", 5 + number / 100), serial=3)
        await platform.sequencer.sequence()


@pytest.mark.parametrize("inside", ["log", "keys"])
async def test_copies_and_originals_are_kept_apart(settings, console, inside):
    place = settings.log_at if inside == "log" else settings.keys_at
    with pytest.raises(InvalidInput, match="within each other"):
        await backup(settings, console, place / "copies")


async def test_keys_are_copied_elsewhere_and_open_what_they_opened(settings, console, tmp_path):
    resident = await file_somebody(settings, 3)
    keys.copy(settings, console, tmp_path / "elsewhere")
    (folder,) = (tmp_path / "elsewhere").iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.rglob("*"))
    moved = replace(settings, key_directory=folder)
    assert (await own(moved, resident)).entries


async def test_three_of_five_custodians_bring_a_record_back(settings, console, tmp_path):
    resident = await file_somebody(settings, 3)
    handed = []
    keys.divide(settings, console, tmp_path / "elsewhere", (3, 5), handed.append)
    (sealed,) = (tmp_path / "elsewhere").iterdir()
    assert not [
        path for path in settings.keys_at.parent.iterdir() if path.name.startswith(".keys-")
    ]
    assert not any(text.splitlines()[1] in told(console) for text in handed)
    typed = [handed[place].splitlines()[1].lower() for place in (4, 0, 2)]
    shutil.rmtree(settings.keys_at)
    keys.join(console, sealed, settings.keys_at, lambda _: typed.pop(0))
    assert (await own(settings, resident)).entries
    assert all(path.stat().st_mode & 0o077 == 0 for path in settings.keys_at.rglob("*"))


async def test_two_of_five_and_the_shares_of_another_copy_open_nothing(settings, console, tmp_path):
    await file_somebody(settings, 3)
    handed, others = [], []
    keys.divide(settings, console, tmp_path / "one", (3, 5), handed.append)
    keys.divide(settings, console, tmp_path / "other", (3, 5), others.append)
    (sealed,) = (tmp_path / "one").iterdir()
    shares = [text.splitlines()[1] for text in handed]
    strange = [text.splitlines()[1] for text in others]
    for typed in (
        [shares[0], shares[1], shares[1]],
        strange[:3],
        [shares[0], strange[1], shares[2]],
    ):
        with pytest.raises((SharesUnsuitable, UnreadableSeal)):
            keys.join(console, sealed, tmp_path / "opened", lambda _, left=list(typed): left.pop(0))
    assert not (tmp_path / "opened").exists()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../outside", tarfile.REGTYPE),
        ("/tmp/outside-of-all", tarfile.REGTYPE),
        ("inside", tarfile.SYMTYPE),
        ("inside", tarfile.FIFOTYPE),
    ],
)
def test_what_custodians_open_writes_nothing_outside(tmp_path, name, kind):
    key = trust.new_file_key()
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for each, of in ((".", tarfile.DIRTYPE), (name, kind)):
            member = tarfile.TarInfo(each)
            member.type, member.linkname = of, "/etc"
            archive.addfile(member)
    sealed = tmp_path / "copy.sealed"
    sealed.write_bytes(trust.seal_copy(key, content.getvalue()))
    with pytest.raises(InvalidInput):
        open_keys(sealed, trust.split(key, needed=2, count=2), tmp_path / "opened")
    assert list(tmp_path.iterdir()) == [sealed]
    assert not Path("/tmp/outside-of-all").exists()


async def test_keys_that_are_there_are_never_written_over(settings, console, tmp_path):
    await file_somebody(settings, 3)
    handed = []
    keys.divide(settings, console, tmp_path / "one", (2, 2), handed.append)
    (sealed,) = (tmp_path / "one").iterdir()
    typed = [text.splitlines()[1] for text in handed]
    with pytest.raises(InvalidInput, match="never written over"):
        keys.join(console, sealed, settings.keys_at, lambda _: typed.pop(0))


@pytest.mark.parametrize("divided", [False, True])
def test_without_a_key_store_there_is_nothing_to_copy(console, tmp_path, divided):
    nowhere, target = Settings(tmp_path / "nowhere"), tmp_path / "copies"
    dividing = partial(keys.divide, nowhere, console, target, (2, 3), print)
    copying = partial(keys.copy, nowhere, console, target)
    with pytest.raises(InvalidInput, match="no key store"):
        (dividing if divided else copying)()


async def test_no_name_and_no_number_stands_in_a_backup(settings, console, tmp_path):
    await file_somebody(settings, 3)
    folder = await copied(settings, tmp_path, console)
    text = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for secret in ("李试", visits.national_id(3), "青霉素"):
        assert secret.encode() not in text
    assert json.loads((folder / "manifest.json").read_text())["files"]

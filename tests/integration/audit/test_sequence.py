"""Events reach the public tree within a second, each once, and no crash makes the log fork."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from openhealthcode.audit import find_gap, store
from openhealthcode.audit.model import LogRolledBack
from openhealthcode.audit.sequence import Sequencer
from openhealthcode.transparency import Frontier, LogDamaged
from openhealthcode.transparency.checkpoint import open_checkpoint
from openhealthcode.transparency.merkle import (
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
)
from openhealthcode.transparency.tiles import LogFolder
from openhealthcode.trust import SignedHead

ORIGIN = "region.example/log"


def head_of(region):
    return open_checkpoint(region.head, region.keys.checkpoint_verifier(ORIGIN))


async def test_every_event_gets_its_leaf_and_a_proof(region):
    residents = [await region.register() for _ in range(3)]
    for resident_id in residents:
        await region.log(resident_id, 4)
    assert await region.sequencer.sequence() == 12
    assert await region.sequencer.sequence() == 0
    head = head_of(region)
    assert head.size == 12
    folder = LogFolder(region.folder)
    rows = await region.meddle(
        "SELECT e.commitment, l.leaf_index FROM audit.event e JOIN audit.leaf l"
        " USING (resident_id, number)"
    )
    assert sorted(row["leaf_index"] for row in rows) == list(range(12))
    for row in rows:
        proof = inclusion_proof(row["leaf_index"], head.size, folder.subtrees(head.size))
        leaf = leaf_hash(row["commitment"])
        assert is_included(leaf, row["leaf_index"], head.size, proof, head.root)
    assert await region.meddle("SELECT number FROM audit.pending") == []


async def test_a_growing_log_stays_consistent_across_full_tiles(region):
    resident_id = await region.register()
    heads = []
    for events in (1, 254, 1, 1, 300):
        await region.log(resident_id, events)
        assert await region.sequencer.sequence() == events
        heads.append(head_of(region))
    folder = LogFolder(region.folder)
    newest = heads[-1]
    for head in heads:
        proof = consistency_proof(head.size, newest.size, folder.subtrees(newest.size))
        assert is_consistent(head.size, head.root, newest.size, newest.root, proof)
    assert (region.folder / "tile/0/001").exists()
    assert not (region.folder / "tile/0/001.p").exists()
    assert not (region.folder / "tile/entries/000.p").exists()
    assert (region.folder / "tile/0/002.p/45").exists()
    assert (await region.verify()).findings == ()


async def test_a_log_at_work_has_no_gap(region):
    """Whoever starts beside a process that sequences takes nothing placed meanwhile for lost."""
    residents = [await region.register() for _ in range(4)]
    writing = [asyncio.create_task(region.log(one, 40)) for one in residents]
    sequencing = asyncio.create_task(region.sequencer.run(pause_seconds=0))
    try:
        while not all(one.done() for one in writing):
            gaps = await asyncio.gather(*(find_gap(region.pool, region.folder) for _ in range(3)))
            assert gaps == [None] * 3
        await asyncio.gather(*writing)
    finally:
        sequencing.cancel()
        await asyncio.gather(sequencing, *writing, return_exceptions=True)


async def test_more_than_a_batch_is_placed_at_once(region, monkeypatch):
    monkeypatch.setattr("openhealthcode.audit.sequence._LARGEST_BATCH", 7)
    resident_id = await region.register()
    await region.log(resident_id, 20)
    assert await region.sequencer.sequence() == 20
    assert (await region.verify()).findings == ()


async def test_events_are_sequenced_while_running(region):
    resident_id = await region.register()
    running = asyncio.create_task(region.sequencer.run())
    try:
        for _ in range(3):
            await region.log(resident_id)
            await region.until_the_queue_is_empty(within_seconds=60)
    finally:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert head_of(region).size == 3


async def test_cancelling_finishes_the_pass_that_has_begun(region, monkeypatch):
    resident_id = await region.register()
    await region.log(resident_id, 5)
    growing, original = asyncio.Event(), LogFolder.grow
    loop = asyncio.get_running_loop()

    def slow_grow(*arguments):
        loop.call_soon_threadsafe(growing.set)
        return original(*arguments)

    monkeypatch.setattr(LogFolder, "grow", slow_grow)
    sequencing = asyncio.create_task(region.sequencer.sequence())
    await growing.wait()
    sequencing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sequencing
    assert (await region.verify()).findings == ()
    assert await region.meddle("SELECT number FROM audit.pending") == []


async def test_a_second_sequencer_waits_until_the_first_has_gone(region):
    resident_id = await region.register()
    await region.log(resident_id)
    assert await region.sequencer.sequence() == 1
    other = region.new_sequencer()
    await region.log(resident_id)
    assert await other.sequence() == 0
    region.sequencer.close()
    assert await other.sequence() == 1
    other.close()
    assert (await region.verify()).findings == ()


async def test_a_sequencer_on_another_computer_is_kept_out_by_the_database(
    region, tmp_path: Path, monkeypatch
):
    """Two with different files, hence different file locks: one waits for the other's lock."""
    resident_id = await region.register()
    await region.log(resident_id)
    holding, finish = asyncio.Event(), asyncio.Event()
    original = Sequencer._pass

    async def held_pass(self, connection):
        if self is region.sequencer:
            holding.set()
            await finish.wait()
        return await original(self, connection)

    monkeypatch.setattr(Sequencer, "_pass", held_pass)
    first = asyncio.create_task(region.sequencer.sequence())
    await holding.wait()
    other = Sequencer(region.pool, tmp_path / "other", region.keys.checkpoint_signer(ORIGIN))
    try:
        assert await other.sequence() == 0
    finally:
        finish.set()
        other.close()
    assert await first == 1


async def test_empty_files_beside_a_database_with_a_log_are_refused(region, tmp_path):
    """As when a second computer is started with its own folder: it would fork the log."""
    resident_id = await region.register()
    await region.log(resident_id)
    await region.sequencer.sequence()
    await region.log(resident_id)
    other = Sequencer(region.pool, tmp_path / "other", region.keys.checkpoint_signer(ORIGIN))
    with pytest.raises(LogRolledBack):
        await other.sequence()
    other.close()


async def test_what_another_holder_wrote_is_read_before_going_on(region):
    """The first one's memory of the tree's edge must not outlive the second one's turn."""
    resident_id = await region.register()
    await region.log(resident_id)
    await region.sequencer.sequence()
    region.sequencer.close()
    other = region.new_sequencer()
    await region.log(resident_id, 2)
    assert await other.sequence() == 2
    other.close()
    await region.log(resident_id)
    assert await region.sequencer.sequence() == 1
    assert head_of(region).size == 4
    assert (await region.verify()).findings == ()


async def test_a_head_that_does_not_fit_the_files_stops_everything(region):
    resident_id = await region.register()
    await region.log(resident_id, 3)
    await region.sequencer.sequence()
    (tile,) = (region.folder / "tile/0/000.p").iterdir()
    tile.write_bytes(bytes(96))
    await region.log(resident_id)
    again = region.new_sequencer()
    region.sequencer.close()
    with pytest.raises(LogDamaged):
        await again.sequence()
    again.close()


@pytest.mark.parametrize("lost", ["entries", "0"])
async def test_lost_tiles_stop_everything(region, lost):
    resident_id = await region.register()
    await region.log(resident_id, 3)
    await region.sequencer.sequence()
    (region.folder / f"tile/{lost}/000.p/3").unlink()
    await region.log(resident_id)
    region.sequencer.close()
    again = region.new_sequencer()
    with pytest.raises(LogDamaged):
        await again.sequence()
    again.close()


@pytest.mark.parametrize("size", [0, 31, 33, 70_000])
async def test_a_malformed_entry_in_the_queue_does_not_jam_the_log(region, size):
    resident_id = await region.register()
    await region.log(resident_id, 2)
    await region.meddle(
        "ALTER TABLE audit.pending DROP CONSTRAINT IF EXISTS pending_commitment_check",
        f"INSERT INTO audit.pending VALUES (gen_random_uuid(), 1,"
        f" convert_to(repeat('x', {size}), 'UTF8'))",
    )
    assert await region.sequencer.sequence() == 2
    await region.log(resident_id)
    assert await region.sequencer.sequence() == 1
    assert (await region.verify()).findings == ()


class Crash(BaseException):
    """The process ends here."""


def crash_at(monkeypatch, step: int):
    """Let the process end before the given one of its next changes to the disk."""
    steps = iter(range(10_000))
    real = {name: getattr(os, name) for name in ("fsync", "replace", "rename", "open", "mkdir")}

    def guarded(name):
        def call(*arguments, **options):
            is_change = name != "open" or arguments[1] & os.O_CREAT
            if is_change and next(steps) == step:
                raise Crash
            return real[name](*arguments, **options)

        return call

    for name in real:
        monkeypatch.setattr(os, name, guarded(name))


async def crashes_in(region, monkeypatch, step: int) -> bool:
    """One pass of a process of its own that ends at this step; whether it got that far."""
    dying = region.new_sequencer()
    dying._is_locked()
    with monkeypatch.context() as patched:
        crash_at(patched, step)
        try:
            await dying.sequence()
        except Crash:
            return True
        finally:
            dying.close()
    return False


async def test_no_crash_at_any_step_loses_doubles_or_forks(region, monkeypatch):
    resident_id = await region.register()
    heads: list[str] = []
    logged = 0
    for before in (0, 250):  # within a tile, and across the border of two
        if before:
            await region.log(resident_id, before - logged)
            logged = before
            region.sequencer = region.new_sequencer()
            await region.sequencer.sequence()
            region.sequencer.close()
        step = 0
        while True:
            await region.log(resident_id, 2)
            logged += 2
            crashed = await crashes_in(region, monkeypatch, step)
            if (region.folder / "checkpoint").exists():
                heads.append(region.head)
            if not crashed:
                break
            survivor = region.new_sequencer()
            await survivor.sequence()
            survivor.close()
            heads.append(region.head)
            report = await region.verify(kept=heads[-3:])
            assert report.findings == (), step
            assert (report.events, report.leaves) == (logged, logged)
            step += 1
        assert step >= 8
    assert logged > 260
    assert (await region.verify(kept=heads)).findings == ()


async def test_a_lost_commit_after_the_head_is_published_is_mended(region, monkeypatch):
    resident_id = await region.register()
    await region.log(resident_id, 3)
    original = LogFolder.publish

    def publish_and_crash(self, note):
        original(self, note)
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(LogFolder, "publish", publish_and_crash)
        with pytest.raises(Crash):
            await region.sequencer.sequence()
    assert head_of(region).size == 3
    assert await region.meddle("SELECT number FROM audit.leaf") == []
    await region.log(resident_id, 2)
    assert await region.sequencer.sequence() == 5
    assert head_of(region).size == 5
    assert (await region.verify()).findings == ()


async def test_a_commit_lost_while_mending_is_mended_too(region, monkeypatch):
    resident_id = await region.register()
    await region.log(resident_id, 3)
    original = store.place

    async def place_and_crash(*arguments):
        await original(*arguments)
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(store, "place", place_and_crash)
        for _ in range(2):  # the first crash leaves leaves to mend, the second comes while mending
            with pytest.raises(Crash):
                await region.sequencer.sequence()
    assert await region.meddle("SELECT number FROM audit.leaf") == []
    assert await region.sequencer.sequence() == 3
    assert (await region.verify()).findings == ()


async def test_entries_no_head_covers_are_kept_and_covered(region, monkeypatch):
    resident_id = await region.register()
    await region.log(resident_id, 3)

    def crash(*_arguments):
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(LogFolder, "publish", crash)
        with pytest.raises(Crash):
            await region.sequencer.sequence()
    entries = (region.folder / "tile/entries/000.p/3").read_bytes()
    for _ in range(8):  # one of them comes first in any order by resident
        await region.log(await region.register())
    assert await region.sequencer.sequence() == 11
    assert (region.folder / "tile/entries/000.p/11").read_bytes()[: len(entries)] == entries
    assert (await region.verify()).findings == ()


async def test_a_database_restored_from_a_backup_finds_its_leaves_again(region):
    """The files are newer than the database: events still waiting there have their leaf already."""
    resident_id = await region.register()
    await region.log(resident_id, 5)
    await region.meddle("CREATE TABLE public.backup AS SELECT * FROM audit.pending")
    await region.sequencer.sequence()
    await region.meddle(
        "DELETE FROM audit.leaf", "INSERT INTO audit.pending SELECT * FROM public.backup"
    )
    before = region.head
    region.sequencer.close()
    again = region.new_sequencer()
    assert await again.sequence() == 5
    again.close()
    assert region.head == before
    assert (await region.verify()).findings == ()


async def test_while_the_database_is_away_the_sequencer_waits(region, monkeypatch):
    monkeypatch.setattr("openhealthcode.audit.sequence._PAUSE_AFTER_FAILURE_SECONDS", 0.01)
    resident_id = await region.register()
    await region.log(resident_id)
    failures = iter([ConnectionResetError(), None])
    original = Sequencer._locked_pass

    async def failing_pass(self):
        if (failure := next(failures, None)) is not None:
            raise failure
        return await original(self)

    monkeypatch.setattr(Sequencer, "_locked_pass", failing_pass)
    running = asyncio.create_task(region.sequencer.run(pause_seconds=0.01))
    await region.until_the_queue_is_empty(within_seconds=60)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_files_and_database_restored_together_never_fork_the_log(region, tmp_path):
    """Both know nothing of what was signed since; the key does, and stops the log."""
    resident_id = await region.register()
    await region.log(resident_id, 2)
    await region.sequencer.sequence()
    shutil.copytree(region.folder, tmp_path / "backup")
    await region.log(resident_id)
    await region.sequencer.sequence()
    signed = region.head
    region.sequencer.close()
    shutil.rmtree(region.folder)
    shutil.move(tmp_path / "backup", region.folder)
    await region.meddle(
        "DELETE FROM audit.leaf WHERE number = 3", "DELETE FROM audit.event WHERE number = 3"
    )
    await region.meddle("UPDATE audit.chain SET next_number = 3")
    region.sequencer = region.new_sequencer()
    with pytest.raises(LogRolledBack):
        await region.sequencer.sequence()
    assert region.head != signed
    assert head_of(region).size == 2


async def test_other_entries_under_a_size_that_was_signed_are_refused(region):
    """As large as what was signed, and not the same: never published, never signed again."""
    resident_id = await region.register()
    await region.log(resident_id, 2)
    await region.sequencer.sequence()
    region.sequencer.close()
    shutil.rmtree(region.folder)
    LogFolder(region.folder).grow(Frontier(), [bytes(32), bytes(32)])
    await region.meddle("DELETE FROM audit.leaf")
    region.sequencer = region.new_sequencer()
    with pytest.raises(LogDamaged):
        await region.sequencer.sequence()
    assert not (region.folder / "checkpoint").exists()


async def test_a_head_signed_and_not_published_is_published_by_the_next(region, monkeypatch):
    resident_id = await region.register()
    await region.log(resident_id, 3)
    monkeypatch.setattr(LogFolder, "publish", _fail)
    with pytest.raises(OSError, match="disk"):
        await region.sequencer.sequence()
    monkeypatch.undo()
    region.sequencer.close()
    region.sequencer = region.new_sequencer()
    assert await region.sequencer.sequence() == 3
    assert head_of(region).size == 3
    assert (await region.verify()).findings == ()


@pytest.mark.parametrize("remembered", ["nothing", "an older head"])
async def test_keys_restored_from_an_older_backup_learn_the_published_head(region, remembered):
    resident_id = await region.register()
    await region.log(resident_id)
    await region.sequencer.sequence()
    older = region.sequencer._signer.newest()
    await region.log(resident_id, 2)
    await region.sequencer.sequence()
    newest = region.sequencer._signer.newest()
    store = region.keys._store._connection
    store.execute("DELETE FROM signed_head")
    if remembered == "an older head":
        store.execute("INSERT INTO signed_head VALUES (?, ?, ?)", (ORIGIN, *older))
    region.sequencer.close()
    region.sequencer = region.new_sequencer()
    assert await region.sequencer.sequence() == 0
    assert region.sequencer._signer.newest() == newest
    await region.log(resident_id)
    assert await region.sequencer.sequence() == 1


async def test_of_two_who_sign_for_one_log_the_second_stops(region, monkeypatch):
    """The compare-and-swap of the newest head, when both locks failed."""
    resident_id = await region.register()
    await region.log(resident_id)
    await region.sequencer.sequence()
    await region.log(resident_id)
    original = LogFolder.grow

    def grow_while_another_signs(self, frontier, commitments):
        grown = original(self, frontier, commitments)
        signer = region.keys.checkpoint_signer(ORIGIN)
        assert signer.sign_head(signer.newest(), SignedHead(2, bytes(32)))
        return grown

    monkeypatch.setattr(LogFolder, "grow", grow_while_another_signs)
    with pytest.raises(LogRolledBack):
        await region.sequencer.sequence()
    assert head_of(region).size == 1


def _fail(*_):
    raise OSError("the disk is full")

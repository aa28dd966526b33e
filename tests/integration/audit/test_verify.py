"""Whatever is done to the log behind the service's back, the check names it."""

from __future__ import annotations

import asyncio
import shutil

import pytest

from openhealthcode.audit import store
from openhealthcode.audit.finding import CrossCheck
from openhealthcode.transparency.checkpoint import Checkpoint
from openhealthcode.transparency.finding import FindingKind
from openhealthcode.trust import KeyClass


@pytest.fixture
async def li(region):
    """A resident with five sequenced events, beside one with three."""
    resident_id, other = await region.register(), await region.register()
    for _ in range(3):
        await region.log(resident_id)
        await region.log(other)
    await region.log(resident_id, 2)
    await region.sequencer.sequence()
    return resident_id


def only(resident_id):
    return f"resident_id = '{resident_id}'"


@pytest.mark.usefixtures("li")
async def test_an_untouched_log_is_whole(region):
    report = await region.verify()
    assert (report.residents, report.events, report.leaves) == (2, 8, 8)
    assert report.findings == ()
    assert (await region.verify(keys=None)).findings == ()


async def test_an_empty_log_is_whole(region):
    await region.register()
    report = await region.verify()
    assert (report.residents, report.events, report.leaves, report.findings) == (0, 0, 0, ())


@pytest.mark.parametrize(
    "change",
    [
        "action = 'record.preview'",
        "outcome = 'refused'",
        "purpose = 'ETREAT'",
        "purpose = NULL",
        "scene = NULL",
        "scene = 'dispensing'",
        "agent_kind = 'system'",
        "agent_id = gen_random_uuid()",
        "institution_id = NULL",
        "institution_id = gen_random_uuid()",
        "recorded_at = recorded_at - interval '1 microsecond'",
        "detail = decode('00', 'hex') || substr(detail, 2)",
        "salt = decode(repeat('00', 16), 'hex')",
    ],
)
async def test_an_edited_event_is_named(region, li, change):
    await region.meddle(f"UPDATE audit.event SET {change} WHERE {only(li)} AND number = 3")
    assert await region.found() == [("altered", li, 3)]
    assert await region.found(keys=None) == [("altered", li, 3)]


@pytest.mark.parametrize(
    "change",
    [
        "action = repeat('x', 300)",
        "purpose = repeat('文', 100)",
        "recorded_at = 'infinity'",
        "recorded_at = '-infinity'",
        "commitment = ''",
        "salt = ''",
        "detail = ''",
    ],
)
@pytest.mark.parametrize("is_placed", [True, False])
async def test_an_edit_no_event_could_have_is_named_and_stops_nothing(
    region, li, change, is_placed
):
    constraints = await region.meddle(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'audit.event'::regclass"
        " AND contype = 'c'"
    )
    for (name,) in constraints:
        await region.meddle(f"ALTER TABLE audit.event DROP CONSTRAINT {name}")
    await region.meddle(f"UPDATE audit.event SET {change} WHERE {only(li)} AND number = 3")
    if not is_placed:
        await region.meddle(f"DELETE FROM audit.leaf WHERE {only(li)} AND number = 3")
    assert ("altered", li, 3) in await region.found(grace_seconds=0)


async def test_a_negative_number_is_named_and_stops_nothing(region, li):
    await region.meddle(
        "ALTER TABLE audit.event DROP CONSTRAINT IF EXISTS event_number_check",
        f"UPDATE audit.event SET number = -3 WHERE {only(li)} AND number = 3",
    )
    found = await region.found()
    assert ("altered", li, -3) in found
    assert ("leaf-without-event", li, 3) in found


@pytest.mark.parametrize("has_event", [True, False])
async def test_a_negative_leaf_is_named_and_stops_nothing(region, li, has_event):
    await region.meddle(
        "ALTER TABLE audit.leaf DROP CONSTRAINT IF EXISTS leaf_leaf_index_check",
        f"UPDATE audit.leaf SET leaf_index = -1 WHERE {only(li)} AND number = 3",
    )
    if not has_event:
        await region.meddle(f"DELETE FROM audit.event WHERE {only(li)} AND number = 3")
    kind = "not-in-tree" if has_event else "leaf-without-event"
    found = await region.found()
    assert (kind, li, 3) in found
    if not has_event:
        assert ("leaf-without-event", None, None) in found


async def test_an_edit_with_its_commitment_made_to_fit_is_still_named(region, li):
    """The intruder knows the rules, but neither the key nor the tree bends."""
    await region.meddle(
        f"""UPDATE audit.event a SET action = b.action, detail = b.detail, salt = b.salt,
                   commitment = b.commitment
              FROM audit.event b
             WHERE a.{only(li)} AND a.number = 3 AND b.{only(li)} AND b.number = 4"""
    )
    found = await region.found()
    assert ("forged", li, 3) in found
    assert ("wrong-leaf", li, 3) in found
    assert ("wrong-leaf", li, 3) in await region.found(keys=None)


async def test_a_deleted_event_is_named(region, li):
    await region.meddle(f"DELETE FROM audit.event WHERE {only(li)} AND number = 3")
    assert await region.found() == [("missing", li, 3), ("leaf-without-event", li, 3)]


async def test_a_deleted_event_whose_leaf_was_deleted_too_is_named(region, li):
    await region.meddle(
        f"DELETE FROM audit.event WHERE {only(li)} AND number = 3",
        f"DELETE FROM audit.leaf WHERE {only(li)} AND number = 3",
    )
    assert await region.found() == [("missing", li, 3), ("leaf-without-event", None, None)]


async def test_a_gap_closed_by_renumbering_is_named(region, li):
    await region.meddle(
        f"DELETE FROM audit.event WHERE {only(li)} AND number = 3",
        f"DELETE FROM audit.leaf WHERE {only(li)} AND number = 3",
        f"UPDATE audit.event SET number = number - 1 WHERE {only(li)} AND number > 3",
        f"UPDATE audit.leaf SET number = number - 1 WHERE {only(li)} AND number > 3",
        f"UPDATE audit.chain SET next_number = 5 WHERE {only(li)}",
    )
    found = await region.found()
    assert {("altered", li, 3), ("altered", li, 4), ("forged", li, 3)} <= set(found)
    assert ("leaf-without-event", None, None) in found


async def test_a_cut_tail_is_named(region, li):
    await region.meddle(f"DELETE FROM audit.event WHERE {only(li)} AND number = 5")
    assert await region.found() == [("chain-state", li, 5), ("leaf-without-event", li, 5)]


async def test_a_cut_tail_with_a_chain_made_to_fit_is_named_by_the_tree(region, li):
    await region.meddle(
        f"DELETE FROM audit.event WHERE {only(li)} AND number = 5",
        f"DELETE FROM audit.leaf WHERE {only(li)} AND number = 5",
        f"""UPDATE audit.chain c SET next_number = 5, head = e.link
              FROM audit.event e WHERE c.{only(li)} AND e.{only(li)} AND e.number = 4""",
    )
    assert await region.found() == [("leaf-without-event", None, None)]


async def test_a_whole_resident_erased_is_named(region, li):
    await region.meddle(
        f"DELETE FROM audit.event WHERE {only(li)}",
        f"DELETE FROM audit.leaf WHERE {only(li)}",
    )
    found = await region.found()
    assert found[0] == ("chain-state", li, 1)
    assert found[1:] == [("leaf-without-event", None, None)] * 5


async def test_a_whole_resident_erased_with_the_chain_is_named(region, li):
    await region.meddle(
        f"DELETE FROM audit.event WHERE {only(li)}",
        f"DELETE FROM audit.leaf WHERE {only(li)}",
        f"DELETE FROM audit.chain WHERE {only(li)}",
    )
    assert await region.found() == [("leaf-without-event", None, None)] * 5


async def test_a_missing_chain_row_is_named(region, li):
    await region.meddle(f"DELETE FROM audit.chain WHERE {only(li)}")
    assert await region.found() == [("chain-state", li, None)]


@pytest.mark.parametrize(
    "change", ["next_number = next_number + 1", "head = decode(repeat('00', 32), 'hex')"]
)
async def test_a_chain_row_moved_by_hand_is_named(region, li, change):
    await region.meddle(f"UPDATE audit.chain SET {change} WHERE {only(li)}")
    assert await region.found() == [("chain-state", li, 6)]


async def test_an_inserted_event_is_named(region, li):
    """Copied from a real one, added at the end, chain and queue made to fit."""
    await region.meddle(
        f"""INSERT INTO audit.event
            SELECT resident_id, 6, recorded_at, action, outcome, purpose, scene, agent_kind,
                   agent_id, institution_id, detail, salt, commitment, link
              FROM audit.event WHERE {only(li)} AND number = 5""",
        f"INSERT INTO audit.pending SELECT resident_id, 6, commitment FROM audit.event"
        f" WHERE {only(li)} AND number = 6",
        f"UPDATE audit.chain SET next_number = 7 WHERE {only(li)}",
    )
    await region.sequencer.sequence()
    assert await region.found() == [("altered", li, 6), ("forged", li, 6)]
    assert await region.found(keys=None) == [("altered", li, 6)]


@pytest.mark.usefixtures("li")
async def test_an_inserted_event_that_commits_to_itself_lacks_the_key(region):
    """Perfect but for the link: only who holds the key can make that."""
    wang = await region.register()
    await region.log(wang)
    await region.meddle(
        f"UPDATE audit.event SET link = sha256(commitment) WHERE {only(wang)}",
        f"UPDATE audit.chain SET head = (SELECT link FROM audit.event WHERE {only(wang)})"
        f" WHERE {only(wang)}",
    )
    await region.sequencer.sequence()
    assert await region.found() == [("forged", wang, 1)]
    assert await region.found(keys=None) == []


async def test_two_events_in_each_other_s_place_are_named(region, li):
    await region.meddle(
        f"UPDATE audit.event SET number = 99 WHERE {only(li)} AND number = 2",
        f"UPDATE audit.event SET number = 2 WHERE {only(li)} AND number = 3",
        f"UPDATE audit.event SET number = 3 WHERE {only(li)} AND number = 99",
    )
    found = await region.found()
    assert {("altered", li, 2), ("altered", li, 3)} <= set(found)
    assert {("wrong-leaf", li, 2), ("wrong-leaf", li, 3)} <= set(found)


async def test_an_event_moved_to_another_resident_is_named(region, li):
    wang = await region.register()
    await region.meddle(
        f"UPDATE audit.event SET resident_id = '{wang}', number = 1 WHERE {only(li)} AND number = 5"
    )
    found = await region.found()
    assert ("altered", wang, 1) in found
    assert ("chain-state", li, 5) in found


async def test_swapped_leaves_are_named(region, li):
    await region.meddle(
        f"UPDATE audit.leaf SET leaf_index = 5 - leaf_index WHERE {only(li)} AND number IN (2, 3)"
    )
    found = await region.found()
    assert {kind for kind, _, _ in found} <= {"wrong-leaf", "leaf-without-event"}
    assert ("wrong-leaf", li, 2) in found


async def test_two_events_on_one_leaf_are_named(region, li):
    await region.meddle(
        f"""INSERT INTO audit.event
            SELECT resident_id, 6, recorded_at, action, outcome, purpose, scene, agent_kind,
                   agent_id, institution_id, detail, salt, commitment, link
              FROM audit.event WHERE {only(li)} AND number = 5""",
        f"INSERT INTO audit.leaf SELECT resident_id, 6, leaf_index FROM audit.leaf"
        f" WHERE {only(li)} AND number = 5",
    )
    assert ("wrong-leaf", li, 6) in await region.found()


async def test_a_forgotten_leaf_is_named(region, li):
    await region.meddle(f"DELETE FROM audit.leaf WHERE {only(li)} AND number = 2")
    assert await region.found() == [("not-in-tree", li, 2)]


async def test_an_event_kept_out_of_the_tree_is_named_after_the_grace(region, li):
    await region.log(li)
    await region.meddle("DELETE FROM audit.pending")
    assert await region.found() == []
    assert await region.found(grace_seconds=0) == [("not-in-tree", li, 6)]


async def test_a_leaf_beyond_the_tree_is_named(region, li):
    await region.meddle(f"UPDATE audit.leaf SET leaf_index = 800 WHERE {only(li)} AND number = 5")
    found = await region.found()
    assert ("not-in-tree", li, 5) in found
    assert ("leaf-without-event", None, None) in found


async def test_a_database_rolled_back_is_named(region, li):
    await region.meddle(
        *(
            f"CREATE TABLE public.old_{table} AS SELECT * FROM audit.{table}"
            for table in ("event", "leaf", "chain")
        )
    )
    await region.log(li, 2)
    await region.sequencer.sequence()
    await region.meddle(
        *(f"DELETE FROM audit.{table}" for table in ("event", "leaf", "chain")),
        *(
            f"INSERT INTO audit.{table} SELECT * FROM public.old_{table}"
            for table in ("event", "leaf", "chain")
        ),
    )
    assert await region.found() == [("leaf-without-event", None, None)] * 2


async def test_files_rolled_back_are_named(region, li, tmp_path):
    shutil.copytree(region.folder, tmp_path / "backup")
    await region.log(li, 2)
    await region.sequencer.sequence()
    shutil.rmtree(region.folder)
    shutil.move(tmp_path / "backup", region.folder)
    assert await region.found() == [("not-in-tree", li, 6), ("not-in-tree", li, 7)]


async def test_files_and_database_rolled_back_together_are_named_by_a_kept_head(
    region, li, tmp_path
):
    shutil.copytree(region.folder, tmp_path / "backup")
    await region.log(li)
    await region.sequencer.sequence()
    kept = region.head
    shutil.rmtree(region.folder)
    shutil.move(tmp_path / "backup", region.folder)
    await region.meddle(
        f"DELETE FROM audit.event WHERE {only(li)} AND number = 6",
        f"DELETE FROM audit.leaf WHERE {only(li)} AND number = 6",
        f"""UPDATE audit.chain c SET next_number = 6, head = e.link
              FROM audit.event e WHERE c.{only(li)} AND e.{only(li)} AND e.number = 5""",
    )
    assert await region.found() == []
    assert await region.found(kept=[kept]) == [("rewritten", None, None)]


async def test_a_log_rewritten_by_who_holds_every_key_is_named_by_a_kept_head(region, li):
    kept = region.head
    await region.meddle(
        "DELETE FROM audit.leaf",
        "INSERT INTO audit.pending SELECT resident_id, number, commitment FROM audit.event"
        f" WHERE NOT ({only(li)} AND number = 5)",
        f"DELETE FROM audit.event WHERE {only(li)} AND number = 5",
        f"""UPDATE audit.chain c SET next_number = 5, head = e.link
              FROM audit.event e WHERE c.{only(li)} AND e.{only(li)} AND e.number = 4""",
    )
    shutil.rmtree(region.folder)
    region.keys._store._connection.execute("DELETE FROM signed_head")
    region.sequencer.close()
    region.sequencer = region.new_sequencer()
    await region.sequencer.sequence()
    await region.log(li, 3)
    await region.sequencer.sequence()
    assert await region.found() == []
    assert await region.found(kept=[kept]) == [("rewritten", None, None)]


async def test_kept_heads_of_an_honest_log_fit(region, li):
    kept = [region.head]
    for _ in range(3):
        await region.log(li)
        await region.sequencer.sequence()
        kept.append(region.head)
    assert await region.found(kept=kept) == []


@pytest.mark.usefixtures("li")
async def test_a_changed_entry_is_named(region):
    path = region.folder / "tile/entries/000.p/8"
    entries = bytearray(path.read_bytes())
    entries[5] ^= 1
    path.write_bytes(entries)
    kinds = {kind for kind, _, _ in await region.found()}
    assert kinds == {"tree-altered", "wrong-leaf"}


@pytest.mark.usefixtures("li")
async def test_a_changed_hash_tile_is_named(region):
    path = region.folder / "tile/0/000.p/8"
    path.write_bytes(bytes(8 * 32))
    assert [kind for kind, _, _ in await region.found()] == ["tree-altered"]


async def test_a_changed_full_hash_tile_is_named(region, li):
    await region.log(li, 260)
    await region.sequencer.sequence()
    path = region.folder / "tile/0/000"
    path.write_bytes(path.read_bytes()[32:] + bytes(32))
    assert [kind for kind, _, _ in await region.found()] == ["tree-altered"]


@pytest.mark.usefixtures("li")
async def test_a_truncated_entry_tile_is_named(region):
    path = region.folder / "tile/entries/000.p/8"
    path.write_bytes(path.read_bytes()[:-1])
    assert ("tree-altered", None, None) in await region.found()


@pytest.mark.usefixtures("li")
async def test_an_entry_of_another_length_is_named(region):
    path = region.folder / "tile/entries/000.p/8"
    path.write_bytes(b"\x00\x21" + path.read_bytes()[2:])
    assert ("tree-altered", None, None) in await region.found()


@pytest.mark.usefixtures("li")
async def test_a_head_changed_by_hand_is_named(region):
    (region.folder / "checkpoint").write_text(region.head.replace("\n8\n", "\n7\n"))
    assert await region.found() == [("checkpoint", None, None)]


@pytest.mark.usefixtures("li")
async def test_a_head_signed_by_another_key_is_named(region, tmp_path):
    impostor = type(region.keys).open(tmp_path / "impostor")
    text = region.head.partition("\n\n")[0] + "\n"
    signer = impostor.checkpoint_signer(text.split("\n")[0])
    (region.folder / "checkpoint").write_text(signer.sign(text))
    impostor.close()
    assert await region.found() == [("checkpoint", None, None)]


@pytest.mark.usefixtures("li")
async def test_a_missing_head_is_named(region):
    (region.folder / "checkpoint").unlink()
    assert await region.found() == [("checkpoint", None, None)]


@pytest.mark.usefixtures("li")
async def test_a_kept_head_of_another_log_is_named(region):
    other = region.keys.checkpoint_signer("other.example/log").sign("other.example/log\n0\n")
    assert await region.found(kept=[other]) == [("checkpoint", None, None)]


@pytest.mark.usefixtures("li")
async def test_a_signed_root_that_does_not_fit_is_named(region):
    origin = region.head.split("\n")[0]
    note = Checkpoint(origin, 8, bytes(32)).signed(region.keys.checkpoint_signer(origin))
    (region.folder / "checkpoint").write_text(note)
    assert await region.found() == [("tree-altered", None, None)]


@pytest.mark.usefixtures("li")
async def test_vanished_files_are_named(region):
    shutil.rmtree(region.folder)
    kinds = {kind for kind, _, _ in await region.found()}
    assert kinds == {"not-in-tree"}


async def test_details_under_a_destroyed_key_are_counted_not_accused(region, li):
    region.keys.destroy(li, KeyClass.LOG)
    report = await region.verify()
    assert report.findings == ()
    assert report.closed == 5


async def test_a_detail_that_does_not_open_is_named(region, li):
    """Sealed under another key but committed, linked and sequenced as if it were right."""
    wang = await region.register()
    await region.log(wang)
    await region.sequencer.sequence()
    region.keys._held[wang] = region.keys._held[li]
    assert await region.found() == [("unreadable", wang, 1)]


@pytest.mark.usefixtures("li")
async def test_lost_keys_are_named_once(region, tmp_path):
    (tmp_path / "keys" / "keys.sqlite").rename(tmp_path / "gone")
    report = await region.verify(keys=None)
    assert report.findings == ()
    region.keys._held.clear()
    region.keys._store._connection.execute("DELETE FROM data_key")
    assert [(kind, number) for kind, _, number in await region.found()] == [
        ("unreadable", None),
        ("unreadable", None),
    ]


async def test_another_domain_s_rule_is_asked_too(region, li):
    """For example: whatever was filed names an event that says so."""
    await region.meddle(
        "CREATE TABLE public.filed (resident_id uuid, number bigint)",
        "GRANT SELECT ON public.filed TO ohc_app",
        f"INSERT INTO public.filed VALUES ('{li}', 1), ('{li}', 77)",
    )
    rule = CrossCheck(
        "SELECT f.resident_id, f.number FROM public.filed f WHERE NOT EXISTS (SELECT FROM"
        " audit.event e WHERE e.resident_id = f.resident_id AND e.number = f.number)",
        "Something was filed without a log entry.",
    )
    report = await region.verify(cross_checks=[rule])
    (finding,) = report.findings
    assert finding.kind is FindingKind.UNLOGGED
    assert (finding.resident_id, finding.number) == (li, 77)
    assert finding.sentence == "Something was filed without a log entry."


async def test_leaves_younger_than_the_snapshot_are_no_finding(region, li, monkeypatch):
    original = store.see_one_moment

    async def see_and_go_on(connection):
        moment = await original(connection)
        await region.log(li, 2)
        await region.sequencer.sequence()
        return moment

    monkeypatch.setattr(store, "see_one_moment", see_and_go_on)
    report = await region.verify()
    assert (report.events, report.leaves, report.findings) == (8, 10, ())


async def test_a_batch_whose_head_is_out_and_whose_leaves_are_not_is_no_finding(
    region, li, monkeypatch
):
    """The moment between the signed head and the commit, seen from outside."""
    await region.log(li, 2)
    reports = []
    original = store.place

    async def look_first(*arguments):
        reports.append(await region.verify())
        await original(*arguments)

    monkeypatch.setattr(store, "place", look_first)
    await region.sequencer.sequence()
    (report,) = reports
    assert (report.events, report.leaves, report.findings) == (10, 10, ())


@pytest.mark.usefixtures("li")
async def test_the_service_may_go_on_while_the_log_is_checked(region):
    """Leaves and events that come in between are neither missing nor too many."""
    other = await region.register()
    running = asyncio.create_task(region.sequencer.run(pause_seconds=0.0))
    busy = asyncio.create_task(region.log(other, 150))
    while not busy.done():
        assert (await region.verify()).findings == ()
    await busy
    running.cancel()
    assert (await region.verify()).findings == ()

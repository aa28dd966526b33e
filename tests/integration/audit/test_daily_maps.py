"""The daily map of a real log: made once a day, bound in the tree, and held against a resident's events."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, date, datetime, timedelta

import pytest

from openhealthcode import audit
from openhealthcode.access.log_history import own_history
from openhealthcode.audit import Mapper, find_gap, record_gap, store
from openhealthcode.audit.map_list import MAPS, MapList
from openhealthcode.database import transaction
from openhealthcode.transparency import (
    NoteVerifier,
    PlacedMap,
    check_history,
    check_maps,
    list_maps,
    receipt_name,
)
from openhealthcode.transparency.history import read_history, seal_history

ORIGIN = "region.example/log"
DAY = timedelta(days=1)


class Days:
    """A clock that tests turn, and the mapper that asks it."""

    def __init__(self, region):
        self.region = region
        self.at = None
        self.maps = MapList(region.folder)
        self.use(region.sequencer)

    def use(self, sequencer):
        self.mapper = Mapper(self.region.pool, sequencer, now=self.now)

    async def now(self, _pool):
        return self.at or datetime.now(UTC)

    async def pass_by(self, days=1, *, first=None):
        """Let days pass, each with its map; ``first`` is awaited before each."""
        for _ in range(days):
            if first is not None:
                await first()
            self.at = (await self.now(None)) + DAY
            await self.make()

    async def make(self):
        for _ in range(20):
            await self.region.sequencer.sequence()
            if await self.mapper.map_due():
                return
        raise AssertionError

    @property
    def listed(self):
        return self.maps.listed()


@pytest.fixture
def days(region):
    return Days(region)


def history_check(region, data, *, later=timedelta(0)):
    """As the resident's own computer checks it, as if it had been made later."""
    receipts = region.keys.receipt_signer(receipt_name(ORIGIN))
    history = read_history(data)
    if later:
        moved = type(history)(
            **{
                name: getattr(history, name)
                for name in history.__struct_fields__
                if name not in {"made_at", "note", "events"}
            },
            made_at=history.made_at + later,
            events=tuple(one for one in history.events if one.leaf is not None),
        )
        data = seal_history(moved, receipts)
    verifier = region.keys.checkpoint_verifier(ORIGIN)
    return check_history(data, verifier, NoteVerifier(receipts.verifier_key))


async def test_a_first_map_is_made_at_once_and_one_a_day_from_then_on(region, days):
    await region.log(await region.register(), 3)
    await days.make()
    (first,) = days.listed
    assert first[1].day == first[1].since == first[1].first_day
    await days.make()  # the same day: nothing is due
    assert days.listed == [first]
    await days.pass_by(2)
    assert [one.day - first[1].day for _, one in days.listed] == [0 * DAY, DAY, 2 * DAY]
    assert await region.found() == []


async def test_days_on_which_nothing_was_at_work_share_the_next_map(region, days):
    await region.log(await region.register())
    await days.make()
    days.at = datetime.now(UTC) + 5 * DAY
    await days.make()
    (_, first), (leaf, after) = days.listed
    assert (after.first_day, after.day) == (first.day + DAY, first.day + 5 * DAY)
    entries = region.sequencer.files.commitments(0, leaf + 1)
    assert entries[leaf - 5 :] == after.entries
    assert check_maps(ORIGIN, entries, days.maps.text()).findings == ()
    assert await region.found() == []


async def test_after_months_of_silence_the_maps_come_in_stretches(region, days):
    await region.log(await region.register())
    await days.make()
    days.at = datetime.now(UTC) + 250 * DAY
    await days.make()
    assert [len(one.days) for _, one in days.listed] == [1, 100, 100, 50]
    assert await region.found() == []


async def test_a_map_counts_whatever_has_a_leaf_and_everybody(region, days):
    residents = [await region.register() for _ in range(30)]
    for nth, resident in enumerate(residents):
        await region.log(resident, 1 + nth % 3)
    await region.register()  # nothing happened to them yet
    await days.make()
    ((_, statement),) = days.listed
    assert statement.residents == 30
    assert await region.found() == []


async def test_only_who_sequences_makes_maps(region, days):
    await region.log(await region.register())
    await region.sequencer.sequence()
    other = region.new_sequencer()
    assert await other.sequence() == 0
    days.use(other)
    assert not await days.mapper.map_due()
    assert days.listed == []


async def test_a_resident_s_history_carries_the_maps_and_holds(region, days):
    resident = await region.register()
    await region.log(resident, 4)
    await days.make()
    await days.pass_by(9, first=lambda: region.log(resident))
    data = await own_history(region.pool, region.keys, region.sequencer, resident)
    await region.sequencer.sequence()
    checked = history_check(region, data, later=9 * DAY)
    assert checked.findings == ()
    assert checked.mapped == days.listed[-1][1].day
    assert len(checked.history.maps) >= 7
    assert [one.number for one in checked.history.maps][-3:] == [11, 12, 13]


async def test_a_history_without_the_map_that_is_due_says_so(region):
    resident = await region.register()
    await region.log(resident, 4)
    await region.sequencer.sequence()
    data = await own_history(region.pool, region.keys, region.sequencer, resident)
    assert history_check(region, data).findings == ()  # young: nothing is due
    late = history_check(region, data, later=3 * DAY)
    assert [one.kind.value for one in late.findings] == ["map"]


async def cut(region, resident, keep):
    """The tail of one log, with every trace the database has of it."""
    await region.meddle(
        *(
            f"DELETE FROM audit.{table} WHERE resident_id = '{resident}' AND number > {keep}"
            for table in ("event", "leaf", "pending")
        ),
        f"UPDATE audit.chain c SET next_number = {keep} + 1, head = e.link FROM audit.event e"
        f" WHERE c.resident_id = '{resident}' AND e.resident_id = '{resident}'"
        f" AND e.number = {keep}",
    )


@pytest.mark.parametrize("regrown", [0, 1, 5], ids=["cut", "grown again", "grown beyond"])
async def test_a_tail_cut_off_shows_to_a_resident_who_kept_nothing(region, days, regrown):
    resident = await region.register()
    await region.log(resident, 6)
    await days.make()
    await cut(region, resident, 4)
    await region.log(resident, regrown)
    await region.sequencer.sequence()
    data = await own_history(region.pool, region.keys, region.sequencer, resident)
    checked = history_check(region, data)
    assert ("tail-cut", 5) in [(one.kind.value, one.number) for one in checked.findings]
    assert "tail-cut" in {kind for kind, *_ in await region.found()} or regrown


async def test_everything_cut_and_written_anew_shows(region, days):
    """Another first event has another place in the map: nobody can have two."""
    resident = await region.register()
    await region.log(resident, 6)
    await days.make()
    await region.meddle(
        *(
            f"DELETE FROM audit.{table} WHERE resident_id = '{resident}'"
            for table in ("event", "leaf", "pending")
        ),
        f"UPDATE audit.chain SET next_number = 1, head = '\\x{bytes(32).hex()}'"
        f" WHERE resident_id = '{resident}'",
    )
    await region.log(resident, 6)
    await region.sequencer.sequence()
    data = await own_history(region.pool, region.keys, region.sequencer, resident)
    assert read_history(data).maps == ()  # nothing can be proven, and two days later it is missed
    checked = history_check(region, data, later=2 * DAY)
    assert "map" in {one.kind.value for one in checked.findings}
    assert "tail-cut" in {kind for kind, *_ in await region.found()}


async def test_a_resident_gone_altogether_is_missed(region, days):
    residents = [await region.register() for _ in range(3)]
    for one in residents:
        await region.log(one, 2)
    await days.make()
    await region.meddle(
        *(
            f"DELETE FROM audit.{table} WHERE resident_id = '{residents[1]}'"
            for table in ("event", "leaf", "pending", "chain")
        )
    )
    assert "tail-cut" in {kind for kind, *_ in await region.found()}


async def test_a_second_map_of_a_day_shows_to_everybody(region, days):
    await region.log(await region.register(), 2)
    await days.make()
    ((leaf, statement),) = days.listed
    other = type(statement)(
        **{name: getattr(statement, name) for name in statement.__slots__ if name != "root"},
        root=bytes(32),
    )
    size = leaf + 1
    entries = [*region.sequencer.files.commitments(0, size), *other.entries]
    both = list_maps([PlacedMap(leaf, statement.text), PlacedMap(leaf + 2, other.text)])
    assert check_maps(ORIGIN, entries, days.maps.text()).findings  # one that is not listed
    assert check_maps(ORIGIN, entries[: leaf + 1], None).findings == ()  # about to be listed
    assert check_maps(ORIGIN, entries, both).findings  # one day twice


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("residents 1", "residents 2"),
        lambda text: text.replace("leaf ", "leaf 1"),
        lambda text: "leaf 0\n" + text.partition("\n")[2],
        lambda text: text[:-1],
        lambda text: text[:0],
        lambda text: text.replace(ORIGIN, "other.example/log"),
        lambda text: text.replace("openhealthcode-map-1", "openhealthcode-map-2"),
    ],
)
async def test_an_altered_list_of_maps_is_found(region, days, change):
    await region.log(await region.register(), 2)
    await days.make()
    path = region.folder / "maps"
    path.write_text(change(path.read_text()))
    assert {"map", "leaf-without-event"} & {kind for kind, *_ in await region.found()}


async def test_a_damaged_map_is_found(region, days):
    for _ in range(20):
        await region.log(await region.register(), 2)
    await days.make()
    path = days.maps.numbers_of(days.listed[0][1].day)
    data = bytearray(path.read_bytes())
    for place in (len(data) - 1, 60, 8 + 511 * 40 + 39):
        broken = bytearray(data)
        broken[place] ^= 1
        path.write_bytes(broken)
        assert "map" in {kind for kind, *_ in await region.found()}, place
    path.unlink()
    assert "map" in {kind for kind, *_ in await region.found()}
    path.write_bytes(data)
    assert await region.found() == []


async def test_a_log_that_went_on_without_maps_is_found(region, days):
    await region.log(await region.register())
    days.at = datetime.now(UTC) - 9 * DAY
    await days.make()
    assert await region.found() == []  # nothing happened on a day that is over
    await region.meddle("UPDATE audit.event SET recorded_at = recorded_at - interval '5 days'")
    assert "map" in {kind for kind, *_ in await region.found()}


async def test_a_crash_between_two_files_leaves_a_map_in_one_piece(region, days):
    """Markers reached the disk, the statement did not: it comes next, before any event."""
    resident = await region.register()
    await region.log(resident)
    await region.sequencer.sequence()
    assert not await days.mapper.map_due()
    async with transaction(region.pool, task="sequencing") as connection:
        marker, statement = await store.pending_map(connection, MAPS)
    size = region.sequencer.files.entries_size(0)
    frontier = region.sequencer.files.frontier(size)
    region.sequencer.files.grow(frontier, [marker.commitment])
    region.sequencer.close()
    region.sequencer = region.new_sequencer()
    days.use(region.sequencer)
    await region.log(resident, 3)
    await days.make()
    entries = region.sequencer.files.commitments(0, size + 2)
    assert entries[-2:] == [marker.commitment, statement.commitment]
    assert await region.found() == []


async def test_a_crash_before_the_list_was_written_lists_it_once(region, days):
    await region.log(await region.register())
    await days.make()
    leaf, statement = days.listed[0]
    (region.folder / "maps").unlink()
    days.maps.keep_unplaced(statement)
    await days.make()
    assert days.listed == [(leaf, statement)]
    days.maps.keep_unplaced(statement)
    await days.make()
    assert days.listed == [(leaf, statement)]
    assert await region.found() == []


async def test_a_map_that_has_its_place_and_is_not_listed_yet_is_no_finding(region, days):
    await region.log(await region.register())
    for _ in range(2):
        await region.sequencer.sequence()
        assert not await days.mapper.map_due()
        await region.sequencer.sequence()
        assert days.maps.unplaced() is not None or days.listed
        assert await region.found() == []
    await days.pass_by()
    assert await region.found() == []


async def test_a_map_that_was_not_brought_in_is_brought_in_later(region, days):
    await region.log(await region.register())
    await region.sequencer.sequence()
    assert not await days.mapper.map_due()
    await region.meddle(f"DELETE FROM audit.pending WHERE resident_id = '{MAPS}'")
    await days.make()
    assert len(days.listed) == 1
    assert await region.found() == []


async def test_each_day_has_one_map_while_the_log_is_at_work(region, days):
    """A map that gets its place while it is looked for is not brought in a second time."""
    await region.log(await region.register())
    sequencing = asyncio.create_task(region.sequencer.run(pause_seconds=0))
    try:
        async with asyncio.timeout(300):
            for _ in range(15):
                days.at = (await days.now(None)) + DAY
                while not await days.mapper.map_due():  # noqa: ASYNC110 - nothing tells
                    await asyncio.sleep(0.001)
    finally:
        sequencing.cancel()
        await asyncio.gather(sequencing, return_exceptions=True)
    assert len(days.listed) == 15
    assert await region.found() == []


async def restored(region, days, resident):
    """A database as it was before the last two events and the map of the day, its log as it is."""
    await region.log(resident, 5)
    await days.make()
    tables = ("chain", "event", "pending", "leaf")
    await region.meddle(*(f"CREATE TABLE public.{t} AS TABLE audit.{t}" for t in tables))
    await region.log(resident, 2)
    await days.pass_by()
    region.sequencer.close()
    await region.meddle(
        f"TRUNCATE {', '.join(f'audit.{t}' for t in tables)}",
        *(f"INSERT INTO audit.{t} SELECT * FROM public.{t}" for t in tables),
        *(f"DROP TABLE public.{t}" for t in tables),
    )
    region.sequencer = region.new_sequencer()
    days.use(region.sequencer)


async def test_a_restore_whose_gap_is_recorded_is_told_and_is_no_tampering(region, days):
    resident = await region.register()
    await restored(region, days, resident)
    gap = await find_gap(region.pool, region.folder)
    assert gap is not None
    assert gap.lost == 2  # the events, not the map: that lies beside the log
    assert await record_gap(region.pool, region.keys, region.folder, "restored from a copy") == gap
    await region.log(resident)
    await region.sequencer.sequence()
    assert await region.found() == []
    data = await own_history(region.pool, region.keys, region.sequencer, resident)
    checked = history_check(region, data)
    assert (checked.findings, checked.lost) == ((), 2)
    await days.pass_by(2)
    assert days.listed[-1][1].gaps == ((gap.first, gap.end),)
    data = await own_history(region.pool, region.keys, region.sequencer, resident)
    checked = history_check(region, data)
    assert (checked.findings, checked.lost) == ((), 2)
    assert await region.found() == []


async def test_a_restore_that_lacks_a_map_alone_lacks_nothing(region, days):
    resident = await region.register()
    await region.log(resident, 2)
    await days.make()
    await region.meddle(f"DELETE FROM audit.leaf WHERE resident_id = '{MAPS}'")
    assert await find_gap(region.pool, region.folder) is None
    await region.log(resident)
    region.sequencer.close()
    region.sequencer = region.new_sequencer()
    await region.sequencer.sequence()
    assert await region.found() == []


async def test_a_gap_nobody_recorded_excuses_nothing(region, days):
    resident = await region.register()
    await region.log(resident, 6)
    await days.make()
    await cut(region, resident, 4)
    data = await own_history(region.pool, region.keys, region.sequencer, resident)
    history = read_history(data)
    receipts = region.keys.receipt_signer(receipt_name(ORIGIN))
    claimed = type(history)(
        **{
            name: getattr(history, name)
            for name in history.__struct_fields__
            if name not in {"gaps", "note"}
        },
        gaps=((0, history.maps[-1].leaf),),
    )
    checked = history_check(region, seal_history(claimed, receipts))
    assert {"map", "tail-cut"} == {one.kind.value for one in checked.findings}


async def test_old_maps_are_let_go_but_for_those_anybody_may_ask_for(region, days):
    await region.log(await region.register())
    days.at = datetime(2026, 1, 20, 4, tzinfo=UTC)
    await days.make()
    await days.pass_by(30)
    kept = sorted(path.name for path in (region.folder / "map").iterdir())
    newest = days.listed[-1][1].day
    assert newest == date(2026, 2, 18)
    assert kept[0] == "2026-02-01"
    assert kept[-7:] == [str(newest - nth * DAY) for nth in reversed(range(7))]
    assert len(kept) <= 1 + 1 + 8
    assert len(days.listed) == 31


async def test_who_makes_maps_sees_chains_and_first_events_and_no_more(region):
    resident = await region.register()
    await region.log(resident, 3)
    async with transaction(region.pool, task="mapping") as connection:
        rows = await connection.fetch("SELECT number FROM audit.event")
        chains = await connection.fetchval("SELECT count(*) FROM audit.chain")
        assert ([row["number"] for row in rows], chains) == ([1], 1)
        assert await connection.fetchval("SELECT count(*) FROM audit.leaf") == 0
        assert await connection.execute("UPDATE audit.chain SET next_number = 1") == "UPDATE 0"


async def test_the_region_s_own_log_is_in_the_map_too(region, days):
    await region.log(await region.register())
    async with transaction(region.pool, resident=audit.REGION) as connection:
        told = audit.Event(
            action=audit.Action.LOG_GAP, agent=audit.Agent(audit.AgentKind.PLATFORM, MAPS)
        )
        await audit.append_own(connection, region.keys, told)
    await days.make()
    assert days.listed[0][1].residents == 2
    shutil.copytree(region.folder, region.folder.with_name("copy"))
    assert await region.found() == []


async def test_a_map_waits_its_turn_and_is_made_anew_if_events_were_lost_meanwhile(region, days):
    await region.log(await region.register())
    await region.sequencer.sequence()
    assert not await days.mapper.map_due()
    first = days.maps.unplaced()
    assert not await days.mapper.map_due()  # it waits, and is not brought in twice
    assert days.maps.unplaced() == first
    assert len(await region.meddle("SELECT number FROM audit.pending")) == 2
    await region.meddle(
        f"DELETE FROM audit.pending WHERE resident_id = '{MAPS}'",
        "INSERT INTO audit.gap VALUES (0, 1, now())",
    )
    assert not await days.mapper.map_due()
    assert days.maps.unplaced() is None
    await days.make()
    assert days.listed[0][1].gaps == ((0, 1),)


async def test_a_map_comes_after_all_that_waited_before_it(region, days):
    await region.log(await region.register())
    await region.sequencer.sequence()
    await region.meddle(
        "INSERT INTO audit.pending SELECT gen_random_uuid(), 1,"
        " sha256(gen_random_uuid()::text::bytea) FROM generate_series(1, 1100)"
    )
    assert not await days.mapper.map_due()
    await days.make()
    assert [leaf for leaf, _ in days.listed] == [1 + 1100 + 1]

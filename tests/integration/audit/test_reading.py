"""Residents read their own log, and see when a line of it was altered."""

from __future__ import annotations

import pytest

from openhealthcode import audit
from openhealthcode.audit import reading
from openhealthcode.database import transaction
from openhealthcode.trust import KeyClass


async def own_lines(region, resident_id, **options):
    async with transaction(region.pool, resident=resident_id) as connection:
        return await reading.lines(connection, region.keys, resident_id, **options)


async def test_what_was_logged_is_read_back(region):
    resident_id = await region.register()
    event = audit.Event(
        action=audit.Action.BREAK_GLASS,
        agent=audit.Agent(audit.AgentKind.PRACTITIONER, resident_id),
        outcome=audit.Outcome.REFUSED,
        detail={"reason": "昏迷", "triage": 1, "items": [[b"\x01" * 16, 1, b"\x02" * 32]]},
    )
    async with transaction(region.pool, resident=resident_id) as connection:
        appended = await audit.append(connection, region.keys, resident_id, event)
    (line,) = await own_lines(region, resident_id)
    assert (line.number, line.at) == (appended.number, appended.at)
    assert (line.action, line.outcome) == ("access.break-glass", "refused")
    assert (line.purpose, line.scene, line.institution_id) == (None, None, None)
    assert (line.agent_kind, line.agent_id) == ("practitioner", resident_id)
    assert line.detail == event.detail
    assert line.is_intact
    assert line.leaf_index is None
    await region.sequencer.sequence()
    (line,) = await own_lines(region, resident_id)
    assert line.leaf_index == 0


async def test_pages_go_back_in_time(region):
    resident_id = await region.register()
    await region.log(resident_id, 7)
    first = await own_lines(region, resident_id, limit=3)
    second = await own_lines(region, resident_id, limit=3, before=first[-1].number)
    third = await own_lines(region, resident_id, limit=3, before=second[-1].number)
    assert [line.number for line in [*first, *second, *third]] == [7, 6, 5, 4, 3, 2, 1]


async def test_one_resident_never_sees_another_s_lines(region):
    resident_id, other = await region.register(), await region.register()
    await region.log(other, 2)
    assert await own_lines(region, resident_id) == []
    async with transaction(region.pool, resident=resident_id) as connection:
        assert await reading.lines(connection, region.keys, other) == []


async def test_an_altered_line_says_so_and_tells_nothing(region):
    resident_id = await region.register()
    await region.log(resident_id, 2)
    await region.meddle("UPDATE audit.event SET scene = 'dispensing' WHERE number = 1")
    intact, altered = await own_lines(region, resident_id)
    assert intact.is_intact
    assert not altered.is_intact
    assert altered.detail == {}


@pytest.mark.parametrize(
    "change", ["action = repeat('x', 300)", "recorded_at = 'infinity'", "salt = '\\x00'"]
)
async def test_a_line_no_event_could_have_does_not_hide_the_others(region, change):
    resident_id = await region.register()
    await region.log(resident_id, 2)
    await region.meddle(
        "ALTER TABLE audit.event DROP CONSTRAINT IF EXISTS event_salt_check",
        f"UPDATE audit.event SET {change} WHERE number = 1",
    )
    assert [line.is_intact for line in await own_lines(region, resident_id)] == [True, False]


async def test_the_lines_outlive_the_record_and_close_with_their_own_key(region):
    resident_id = await region.register()
    await region.log(resident_id)
    region.keys.destroy(resident_id, KeyClass.RECORD)
    (line,) = await own_lines(region, resident_id)
    assert line.detail
    region.keys.destroy(resident_id, KeyClass.LOG)
    (line,) = await own_lines(region, resident_id)
    assert line.detail == {}
    assert line.is_intact


async def test_a_detail_that_does_not_open_is_not_intact(region):
    li, wang = await region.register(), await region.register()
    await region.log(li)
    region.keys._held[li] = region.keys._held[wang]
    (line,) = await own_lines(region, li)
    assert not line.is_intact

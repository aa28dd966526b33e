"""With the disk nearly full nothing is taken in, nothing is half taken in, and reading goes on."""

from __future__ import annotations

import pytest

import visits
from openhealthcode import access, audit, collection
from openhealthcode.trust import Keys


@pytest.fixture
async def world(pool, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    yield await visits.world(pool, keys)
    collection.open_intake(is_open=True)
    keys.close()


async def test_nothing_is_taken_in_and_reading_and_consenting_go_on(world):
    li = await world.resident()
    before = len(await access.own_log(world.pool, world.keys, li))
    collection.open_intake(is_open=False)
    with pytest.raises(collection.IntakeClosed):
        await world.resident(serial=4)
    with pytest.raises(collection.IntakeClosed):
        await collection.file_resource(
            world.pool,
            world.keys,
            resource=visits.glucose("2026-05-01")
            | {"subject": {"reference": f"Patient/{world.keys.seal_id(li, li)}"}},
            source=world.source,
        )
    consent_id, _ = await world.allow(li)
    assert consent_id
    lines = await access.own_log(world.pool, world.keys, li)
    filed = [line for line in lines if line.action == audit.Action.RECORD_FILE]
    assert len(lines) > before
    assert not filed
    collection.open_intake(is_open=True)
    assert await world.resident(serial=4)

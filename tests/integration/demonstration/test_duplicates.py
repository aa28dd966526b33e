"""The demonstration's registrar has a queue: people registered twice, a borrowed number, a doubt."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import visits
from openhealthcode import access, collection, demonstration
from openhealthcode.demonstration import duplicates
from openhealthcode.demonstration.fill import _register
from openhealthcode.identity.review import ReviewKind, Risk
from openhealthcode.trust import Keys


@pytest.fixture
async def world(pool, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    yield await visits.world(pool, keys)
    keys.close()


async def test_the_registrar_has_something_of_each_kind_and_a_second_start_adds_none(world):
    region = demonstration.generate(datetime.now(UTC).date())
    await _register(world.pool, region)
    grown_up = [each for each in region.residents if duplicates.is_grown_up(each)]
    heard = [each for each in grown_up if each.name[-1] in duplicates.HEARD_AS]
    few = [*heard[: duplicates.SECOND_ENTRIES], *grown_up[-2:]]
    for each in few:
        await collection.file_bundle(
            world.pool, world.keys, bundle=each.bundle, source=world.source
        )
    for _ in range(2):
        made = await duplicates.deliver(world.pool, world.keys, world.hospital, few)
        assert made == duplicates.SECOND_ENTRIES
    queue = await access.review_queue(world.pool, world.keys, world.hospital)
    kinds = [case.item.kind for case in queue.cases]
    assert kinds.count(ReviewKind.DUPLICATE) == duplicates.SECOND_ENTRIES
    reasons = {case.item.reason for case in queue.cases if case.item.kind is ReviewKind.SET_ASIDE}
    assert reasons == {"name-disagrees", "doubtful"}
    assert queue.cases[0].risk is Risk.MIXED_UP

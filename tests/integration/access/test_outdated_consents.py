"""Consents given ahead end by themselves when their purpose, manner or contents have changed."""

from __future__ import annotations

from pathlib import Path

import pytest

import visits
from openhealthcode import access, consent, identity
from openhealthcode.consent import (
    EDITIONS,
    ConsentKind,
    Notice,
    NoticeChange,
    NoticeEdition,
    Terms,
    changes_since,
    still_good,
)
from openhealthcode.consent.editions import editions_in
from openhealthcode.database import Pool, transaction
from openhealthcode.portal.resident import notice
from openhealthcode.standards import Phone, SensitiveCategory
from openhealthcode.trust import KeyClass, Keys
from signing_in import Phones
from visits import World

PHONE = Phone.parse("13912345678")
WORDS = (NoticeEdition("v1"), NoticeEdition("v2"))
KINDS = (*WORDS, NoticeEdition("v3", frozenset({NoticeChange.KINDS})), NoticeEdition("v4"))
MENTAL = frozenset({SensitiveCategory.MENTAL_HEALTH})


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


async def give(world, resident, version, **more):
    terms = Terms(
        kind=more.pop("kind", ConsentKind.STANDING),
        institution_id=world.hospital,
        categories=visits.EVERYTHING,
        days=30,
        **more,
    )
    told = Notice(version, "zh-CN", ("谁可以看。",))
    return await consent.give(world.pool, world.keys, resident, terms, told)


async def in_force(world, resident):
    given = await consent.consents(world.pool, world.keys, resident)
    return {one.consent_id for one in given if one.withdrawn_at is None}


async def end(world, phones, editions):
    return await access.end_outdated_consents(world.pool, world.keys, phones, editions)


async def test_what_was_consented_to_otherwise_ends_is_logged_and_told(world):
    resident, phones = await world.resident(), Phones()
    async with transaction(world.pool, resident=resident) as connection:
        await identity.bind_phone(connection, world.keys, resident, PHONE)
    visit, _ = await world.allow(resident)
    first = await give(world, resident, "v2")
    await give(world, resident, "v2", sensitive=MENTAL, added_to=first)
    await give(world, resident, "v0", kind=ConsentKind.FAMILY_DOCTOR)
    fresh = await give(world, resident, "v3")
    assert await end(world, phones, KINDS) == 3
    assert await in_force(world, resident) == {visit, fresh}
    lines = await access.own_log(world.pool, world.keys, resident)
    ended = [one for one in lines if one.action == "consent.withdraw"]
    assert {(one.agent_kind, *one.detail["changed"]) for one in ended} == {("platform", "kinds")}
    assert len(ended) == 2  # what was added ends with the first
    (message,) = phones.arrived
    assert message.phone == PHONE
    assert not any(word in message.text for word in ("医院", "王", "精神"))
    assert await end(world, phones, KINDS) == 0
    assert len(phones.arrived) == 1


async def test_better_words_end_nothing(world):
    resident = await world.resident()
    given = await give(world, resident, "v1")
    assert await end(world, Phones(), WORDS) == 0
    assert await end(world, Phones(), EDITIONS) == 0
    assert await in_force(world, resident) == {given}


async def test_a_closed_account_stops_nothing(world):
    gone, resident = await world.resident(), await world.resident(serial=4)
    for one in (gone, resident):
        await give(world, one, "v1")
    world.keys.destroy(gone, *KeyClass)
    assert await end(world, Phones(), KINDS) == 1
    assert await in_force(world, resident) == set()


def test_the_pages_tell_the_edition_in_force():
    assert EDITIONS[-1].version == notice.VERSION
    assert not any(edition.changes for edition in WORDS)


def test_what_changed_since_is_all_that_changed_later():
    both = (*KINDS, NoticeEdition("v5", frozenset({NoticeChange.MANNER})))
    assert changes_since("v1", both) == {NoticeChange.KINDS, NoticeChange.MANNER}
    assert changes_since("v3", both) == {NoticeChange.MANNER}
    assert changes_since("v5", both) == frozenset()
    assert changes_since("older than all", both) == {NoticeChange.KINDS, NoticeChange.MANNER}
    assert still_good(both) == {"v5"}
    assert still_good(WORDS) == {"v1", "v2"}


def test_a_change_the_law_does_not_name_is_none():
    with pytest.raises(ValueError, match="tone"):
        editions_in('[v9]\nchanges = ["tone"]')

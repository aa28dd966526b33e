"""Redeeming against a real database: once, bound, and only while the phone is enrolled."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from openhealthcode import healthcode
from openhealthcode.database import transaction
from openhealthcode.healthcode import ExpiredCode, SpentCode, UnknownDevice
from openhealthcode.standards import NotFound, PurposeOfUse, Scene
from openhealthcode.trust import Keys


@pytest.fixture
def keys(tmp_path):
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


@pytest.fixture
def counter():
    return {
        "practitioner_id": uuid4(),
        "institution_id": uuid4(),
        "terminal_id": uuid4(),
        "purpose": PurposeOfUse.TREATMENT,
        "scene": Scene.CONSULTATION,
    }


async def _phone(pool, resident_id):
    device_reference = healthcode.new_device_reference()
    await healthcode.enrol_device(pool, device_reference, resident_id, datetime.now(UTC))
    return device_reference


def _shown(keys, device_reference, age_seconds=0):
    shown_at = datetime.now(UTC) - timedelta(seconds=age_seconds)
    return healthcode.issue(keys, device_reference, shown_at)


async def test_a_code_leads_to_its_resident_and_is_bound_to_who_scanned_it(pool, keys, counter):
    resident_id = uuid4()
    text = _shown(keys, await _phone(pool, resident_id))
    shown = await healthcode.redeem(pool, keys, text, **counter)
    assert shown.resident_id == resident_id
    assert {name: getattr(shown, name) for name in counter} == counter
    async with transaction(pool, resident=resident_id) as connection:
        kept = await healthcode.presentation(connection, resident_id, shown.presentation_id)
    assert kept == shown


async def test_a_presentation_is_nothing_to_another_resident(pool, keys, counter):
    text = _shown(keys, await _phone(pool, uuid4()))
    shown = await healthcode.redeem(pool, keys, text, **counter)
    other = uuid4()
    async with transaction(pool, resident=other) as connection:
        with pytest.raises(NotFound):
            await healthcode.presentation(connection, other, shown.presentation_id)
        with pytest.raises(NotFound):
            await healthcode.presentation(connection, shown.resident_id, shown.presentation_id)


async def test_of_many_redeemers_at_once_exactly_one_succeeds(pool, keys, counter):
    text = _shown(keys, await _phone(pool, uuid4()))
    attempts = [healthcode.redeem(pool, keys, text, **counter) for _ in range(24)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Presentation"] + 23 * [
        "SpentCode"
    ]


async def test_a_spent_code_stays_spent(pool, keys, counter):
    text = _shown(keys, await _phone(pool, uuid4()))
    await healthcode.redeem(pool, keys, text, **counter)
    for as_scanned in (text, f" {text}\n"):
        with pytest.raises(SpentCode):
            await healthcode.redeem(pool, keys, as_scanned, **counter)


async def test_a_code_is_not_spent_when_the_transaction_around_it_fails(pool, keys, counter):
    resident_id = uuid4()
    now = datetime.now(UTC)
    text = _shown(keys, await _phone(pool, resident_id))
    opened = healthcode.open(keys, text, now)
    failing = transaction(pool, resident=resident_id, lookup=(opened.mark,))
    connection = await failing.__aenter__()
    await healthcode.spend(connection, opened, resident_id=resident_id, now=now, **counter)
    await failing.__aexit__(ZeroDivisionError, ZeroDivisionError(), None)
    assert (await healthcode.redeem(pool, keys, text, **counter)).resident_id == resident_id


async def test_a_phone_that_signed_out_shows_nothing_any_more(pool, keys, counter):
    device_reference = await _phone(pool, uuid4())
    text = _shown(keys, device_reference)
    await healthcode.retire_device(pool, device_reference)
    with pytest.raises(UnknownDevice):
        await healthcode.redeem(pool, keys, text, **counter)


async def test_a_code_of_a_phone_never_enrolled_opens_nothing(pool, keys, counter):
    with pytest.raises(UnknownDevice):
        await healthcode.redeem(pool, keys, _shown(keys, b"no phone"), **counter)


async def test_a_code_older_than_a_minute_is_refused_by_the_servers_clock(pool, keys, counter):
    text = _shown(keys, await _phone(pool, uuid4()), age_seconds=61)
    with pytest.raises(ExpiredCode):
        await healthcode.redeem(pool, keys, text, **counter)


async def test_the_purge_forgets_old_marks_and_no_fresh_ones(pool, keys, counter):
    text = _shown(keys, await _phone(pool, uuid4()))
    await healthcode.redeem(pool, keys, text, **counter)
    now = datetime.now(UTC)
    assert await healthcode.purge_spent(pool, now) == 0
    with pytest.raises(SpentCode):
        await healthcode.redeem(pool, keys, text, **counter)
    assert await healthcode.purge_spent(pool, now + timedelta(minutes=59)) == 0
    assert await healthcode.purge_spent(pool, now + timedelta(minutes=62)) == 1


async def test_without_naming_a_key_no_row_is_seen(pool, keys, counter):
    text = _shown(keys, await _phone(pool, uuid4()))
    await healthcode.redeem(pool, keys, text, **counter)
    async with transaction(pool) as connection:
        for table in ("device", "spent", "presentation"):
            assert await connection.fetchval(f"SELECT count(*) FROM healthcode.{table}") == 0


async def test_an_unconscious_arrival_is_a_presentation_for_the_emergency_alone(pool, counter):
    resident_id = uuid4()
    who = {name: counter[name] for name in ("practitioner_id", "institution_id", "terminal_id")}
    async with transaction(pool, resident=resident_id) as connection:
        arrived = await healthcode.arrive_unconscious(
            connection, resident_id, **who, now=datetime.now(UTC)
        )
        kept = await healthcode.presentation(connection, resident_id, arrived.presentation_id)
    assert kept == arrived
    assert (arrived.purpose, arrived.scene) == (PurposeOfUse.EMERGENCY, Scene.EMERGENCY)

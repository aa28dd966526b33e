"""Whom signed codes belong to, against a real database: once, revocable, unseen without a key."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from openhealthcode import healthcode
from openhealthcode.database import transaction
from openhealthcode.healthcode.digits import CodeType
from openhealthcode.healthcode.signed import layout, store
from openhealthcode.healthcode.signed.store import IssuedCode
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys, NoCodeIssuer, StatusList

ISSUER = bytes.fromhex("8a8b8c8d")


@pytest.fixture
def keys(tmp_path):
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


@pytest.fixture
def now():
    return datetime.now(UTC)


async def issued(pool, keys, now, resident_id, *, kind=CodeType.OFFLINE, count=1, days=3, **fields):
    """Codes of one resident, recorded as their issuers record them."""
    until = now + timedelta(days=days)
    if kind is CodeType.OFFLINE:
        fields = {"device_reference": healthcode.new_device_reference()} | fields
    async with transaction(pool) as connection:
        indexes = await store.draw_indexes(connection, ISSUER, count, until)
        codes = [
            IssuedCode(kind, secrets.token_bytes(16), resident_id, until, ISSUER, index, **fields)
            for index in indexes
        ]
        await store.record_codes(connection, keys, codes, now)
    return codes


async def holder(pool, keys, handle):
    async with transaction(pool) as connection:
        return await store.holder_of(connection, keys, handle)


async def revoked(pool, issuer=ISSUER):
    async with transaction(pool, task="publishing") as connection:
        return set(await store.revoked_indexes(connection, issuer))


async def test_a_handle_leads_to_its_resident_and_another_to_nobody(pool, keys, now):
    resident_id = ResidentId(uuid4())
    (code,) = await issued(pool, keys, now, resident_id)
    found = await holder(pool, keys, code.handle)
    assert (found.resident_id, found.kind, found.until) == (
        resident_id,
        CodeType.OFFLINE,
        code.until,
    )
    assert (found.index, found.issuer_key) == (code.index, ISSUER)
    assert found.device_reference == code.device_reference
    assert await holder(pool, keys, secrets.token_bytes(16)) is None


async def test_the_table_does_not_hold_the_handle_itself(pool, keys, now, owner_url):
    (code,) = await issued(pool, keys, now, uuid4())
    owner = await asyncpg.connect(owner_url)
    rows = await owner.fetch("SELECT row_to_json(c)::text AS row FROM healthcode.signed_code c")
    await owner.close()
    assert rows
    assert not [row for row in rows if code.handle.hex() in row["row"]]


async def test_without_naming_a_key_no_row_is_seen(pool, keys, now):
    (code,) = await issued(pool, keys, now, uuid4())
    for resident in (None, uuid4()):
        async with transaction(pool, resident=resident) as connection:
            for table in ("signed_code", "code_status"):
                assert await connection.fetchval(f"SELECT count(*) FROM healthcode.{table}") == 0
    async with transaction(pool, resident=code.resident_id) as connection:
        assert await connection.fetchval("SELECT count(*) FROM healthcode.signed_code") == 1


async def test_indexes_are_never_shared_and_stay_within_a_list(pool, now, monkeypatch):
    drawn = iter([5, 5, 6, 6, 5, 7, 6, 7, 8])
    monkeypatch.setattr(store, "_random_index", lambda: layout.LOWEST_INDEX + next(drawn))
    until = now + timedelta(days=1)
    taken = []
    for count in (1, 1, 2):
        async with transaction(pool) as connection:
            taken += await store.draw_indexes(connection, b"shar", count, until)
    assert [index - layout.LOWEST_INDEX for index in taken[:2]] == [5, 6]
    assert {index - layout.LOWEST_INDEX for index in taken[2:]} == {7, 8}
    StatusList.of([layout.OVER_INDEX - 1], size=layout.OVER_INDEX)
    with pytest.raises(ValueError, match="list"):
        StatusList.of([], size=layout.OVER_INDEX + 8)


async def test_a_list_that_is_all_but_full_says_so(pool, now, monkeypatch):
    monkeypatch.setattr(store, "_random_index", lambda: layout.LOWEST_INDEX)
    async with transaction(pool) as connection:
        assert await store.draw_indexes(connection, b"full", 1, now) == [layout.LOWEST_INDEX]
        with pytest.raises(NoCodeIssuer, match="full"):
            await store.draw_indexes(connection, b"full", 1, now)


async def test_drawn_indexes_lie_between_the_bounds(pool, now):
    async with transaction(pool) as connection:
        drawn = await store.draw_indexes(connection, b"wide", 500, now)
    assert len(set(drawn)) == 500
    assert all(layout.LOWEST_INDEX <= index < layout.OVER_INDEX for index in drawn)
    assert max(drawn) - min(drawn) > 5_000_000


async def test_of_many_redeemers_at_once_exactly_one_spends_it(pool, keys, now):
    (code,) = await issued(pool, keys, now, uuid4())

    async def redeem():
        async with transaction(pool) as connection:
            return await store.spend_code(connection, keys, code.handle, now)

    assert sorted(await asyncio.gather(*[redeem() for _ in range(24)])) == [False] * 23 + [True]
    assert (await holder(pool, keys, code.handle)).redeemed_at == now


async def test_a_signed_out_phone_takes_its_certificates_with_it_and_no_others(pool, keys, now):
    resident_id = ResidentId(uuid4())
    gone = await issued(pool, keys, now, resident_id, count=3)
    kept = await issued(pool, keys, now, resident_id, count=2)
    await healthcode.retire_device(pool, gone[0].device_reference)
    indexes = await revoked(pool)
    assert {code.index for code in gone} <= indexes
    assert not {code.index for code in kept} & indexes
    assert (await holder(pool, keys, gone[0].handle)).revoked_at is not None
    assert (await holder(pool, keys, kept[0].handle)).revoked_at is None
    async with transaction(pool) as connection:
        assert not await store.spend_code(connection, keys, gone[0].handle, now)
    await healthcode.retire_device(pool, healthcode.new_device_reference())


async def test_codes_are_revoked_by_kind(pool, keys, now):
    resident_id = ResidentId(uuid4())
    (phone,) = await issued(pool, keys, now, resident_id)
    (card,) = await issued(pool, keys, now, resident_id, kind=CodeType.PRINTED, card_version=4)
    async with transaction(pool, resident=resident_id) as connection:
        assert await store.revoke_codes(connection, resident_id, [CodeType.PRINTED], now) == 1
    async with transaction(pool, resident=resident_id) as connection:
        assert await store.revoke_codes(connection, resident_id, [CodeType.PRINTED], now) == 0
        (known,) = await store.codes_of(connection, resident_id, CodeType.PRINTED, now)
        assert (known.card_version, known.revoked_at) == (4, now)
    indexes = await revoked(pool)
    assert card.index in indexes
    assert phone.index not in indexes


async def test_one_code_is_revoked_once(pool, keys, now):
    (card,) = await issued(pool, keys, now, uuid4(), kind=CodeType.PRINTED, card_version=1)
    for expected in (True, False):
        async with transaction(pool) as connection:
            assert await store.revoke_code(connection, keys, card.handle, now) is expected
    assert card.index in await revoked(pool)


async def test_a_temporary_code_is_bound_once(pool, keys, now):
    (code,) = await issued(pool, keys, now, None, kind=CodeType.TEMPORARY, card_version=1)
    assert (await holder(pool, keys, code.handle)).resident_id is None
    first, second = ResidentId(uuid4()), ResidentId(uuid4())
    for resident_id, expected in ((first, True), (second, False)):
        async with transaction(pool, resident=resident_id) as connection:
            assert await store.bind_code(connection, keys, code.handle, resident_id) is expected
    assert (await holder(pool, keys, code.handle)).resident_id == first


async def test_a_short_code_has_no_index(pool, keys, now):
    resident_id = ResidentId(uuid4())
    short = IssuedCode(CodeType.SHORT, b"1" * 16, resident_id, now + timedelta(minutes=5))
    async with transaction(pool) as connection:
        await store.record_codes(connection, keys, [short], now)
    async with transaction(pool, resident=resident_id) as connection:
        assert await store.revoke_codes(connection, resident_id, [CodeType.SHORT], now) == 1
    assert (await holder(pool, keys, short.handle)).revoked_at == now


async def test_the_purge_keeps_what_late_evidence_still_needs(pool, keys, now):
    (code,) = await issued(pool, keys, now, uuid4(), days=1)
    async with transaction(pool) as connection:
        await store.revoke_code(connection, keys, code.handle, now)
    await store.purge_codes(pool, code.until + timedelta(hours=23))
    assert code.index in await revoked(pool)
    await store.purge_codes(pool, code.until + timedelta(days=89))
    assert code.index not in await revoked(pool)
    assert await holder(pool, keys, code.handle) is not None
    assert await store.purge_codes(pool, code.until + timedelta(days=91)) >= 1
    assert await holder(pool, keys, code.handle) is None


async def test_where_no_phone_was_signed_in_none_is_retired(pool):
    async with transaction(pool) as connection:
        await healthcode.retire_devices(connection, [])
        assert await connection.fetchval("SELECT count(*) FROM healthcode.device") == 0

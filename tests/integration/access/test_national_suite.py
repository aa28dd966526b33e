"""A region of the national algorithms, end to end: records, online codes, cards, codes without network."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

import visits
from clinic_desk import Phone
from openhealthcode import access, healthcode
from openhealthcode.healthcode import Scan
from openhealthcode.healthcode.digits import CodeType, decode
from openhealthcode.healthcode.signed import Purpose, offline
from openhealthcode.standards import Scene
from openhealthcode.standards.ids import TerminalId
from openhealthcode.trust import Keys, P256Signer, SignatureSuite, Suite, code_suite
from trusting import trusted_region


@pytest.fixture
async def world(pool, tmp_path):
    keys = Keys.open(tmp_path / "keys", Suite.SM4_GCM)
    yield await visits.world(pool, keys)
    keys.close()


@pytest.fixture
async def trusted(world):
    assert code_suite(world.keys.suite) is SignatureSuite.SM2_SM3
    _, listed = await trusted_region(world.pool, world.keys, code_suite(world.keys.suite))
    return listed


def scan_of(world):
    return Scan(world.wang, world.hospital, TerminalId(uuid4()), Scene.CONSULTATION)


async def test_records_are_sealed_by_sm4_and_open(world):
    resident = await world.resident()
    stored = world.keys._store.data_keys(resident)
    assert {key.suite for key in stored} == {Suite.SM4_GCM}
    record = await access.own_record(world.pool, world.keys, resident)
    assert len(record.entries) == len(visits.LIFE) + 1


async def test_the_phones_first_page_is_scanned(world):
    phone = await Phone.of(world, await world.resident())
    scan = scan_of(world)
    seen = await access.identify(
        world.pool,
        world.keys,
        phone.code(),
        practitioner_id=scan.practitioner_id,
        institution_id=scan.institution_id,
        terminal_id=scan.terminal_id,
        scene=scan.scene,
    )
    assert seen.resident_id == phone.resident


async def test_a_printed_card_is_signed_by_sm2_and_identifies(world, trusted):
    resident = await world.resident()
    card = await access.give_own_card(world.pool, world.keys, resident)
    assert decode(card.given.digits, CodeType.PRINTED)[1] == SignatureSuite.SM2_SM3
    seen = await access.identify_signed(
        world.pool, world.keys, card.given.digits, trusted, scan_of(world)
    )
    assert seen.resident_id == resident


async def test_a_code_without_network_is_certified_by_sm2_and_signed_by_the_phone(world, trusted):
    phone = await Phone.of(world, await world.resident())
    device, now = P256Signer.generate(), datetime.now(UTC)
    (certificate,) = await access.fetch_offline_codes(
        world.pool, world.keys, phone.resident, phone.device, [device.public_key], now
    )
    assert certificate[1] == SignatureSuite.SM2_SM3
    shown = offline.show(device, certificate, now, Purpose.TREAT)
    seen = await access.identify_signed(world.pool, world.keys, shown, trusted, scan_of(world))
    assert seen.resident_id == phone.resident
    with pytest.raises(healthcode.SpentCode):
        await access.identify_signed(world.pool, world.keys, shown, trusted, scan_of(world))

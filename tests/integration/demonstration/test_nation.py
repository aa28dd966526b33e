"""The demonstration's own nation: founded at the first turn, its list renewed daily, one for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from openhealthcode import audit, trust
from openhealthcode.audit import reading
from openhealthcode.database import Pool, transaction
from openhealthcode.demonstration.nation import chores, keep_listed
from openhealthcode.settings import Settings
from openhealthcode.trust import Keys, SignatureSuite, Suite, trust_list


@dataclass
class Running:
    settings: Settings
    pool: Pool
    keys: Keys


@pytest.fixture
def running(pool, tmp_path):
    made = Running(Settings(data_directory=tmp_path), pool, Keys.open(tmp_path / "keys"))
    yield made
    made.keys.close()


async def test_the_first_turn_founds_the_nation_and_codes_are_signed(running):
    (chore,) = chores(running)
    assert chore.name == "renew-trust-list"
    await chore._work()
    issuer = running.keys.code_issuer(datetime.now(UTC))
    listed = await trust.current(running.pool, running.keys)
    found = listed.issuer(880000, issuer.key_id, issuer.suite, datetime.now(UTC))
    assert not listed.is_revoked(found, 1 << 20)
    assert issuer.believed_until > datetime.now(UTC) + timedelta(days=365 * 10)
    roots = trust.roots(running.keys)
    assert (roots.needed, len(roots.keys)) == (2, 3)


async def test_the_list_is_renewed_once_a_day_with_the_same_key(running):
    await keep_listed(running)
    first = running.keys.code_issuer(datetime.now(UTC))
    await keep_listed(running)
    assert (await trust.current(running.pool, running.keys)).number == 1
    old = await trust.current(running.pool, running.keys)
    body = trust_list.body_of(
        2, datetime.now(UTC) - timedelta(days=2), list(old.issuers.values()), {}
    )
    signers = [
        trust.open_root(path, "")
        for path in sorted((running.settings.data_directory / "roots").iterdir())
    ]
    document = trust_list.assembled(body, [trust_list.signed_by(one, body) for one in signers[:2]])
    await trust.publish(running.pool, running.keys, document, trust.NATIONAL)
    await keep_listed(running)
    renewed = await trust.current(running.pool, running.keys)
    assert renewed.number == 3
    assert renewed.issuers == old.issuers
    assert running.keys.code_issuer(datetime.now(UTC)).key_id == first.key_id
    async with transaction(running.pool, resident=audit.REGION) as connection:
        told = await reading.lines(connection, running.keys, audit.REGION)
    assert [line.detail["number"] for line in told] == [3, 1]


async def test_after_a_key_was_destroyed_another_signs(running):
    await keep_listed(running)
    gone = running.keys.code_issuer(datetime.now(UTC)).key_id
    running.keys.issuers.destroy(gone)
    await keep_listed(running)
    assert running.keys.code_issuer(datetime.now(UTC)).key_id != gone
    listed = await trust.current(running.pool, running.keys)
    assert gone not in {name for _, name in listed.issuers}


async def test_a_nation_begun_and_interrupted_is_finished(running, tmp_path):
    roots = tmp_path / "roots"
    roots.mkdir()
    begun = trust.make_root(roots / "root-1.json", "", SignatureSuite.ES256)
    await keep_listed(running)
    assert (begun.suite, begun.public_key) in trust.roots(running.keys).keys.values()


async def test_a_region_of_the_national_suite_signs_by_sm2(pool, tmp_path):
    keys = Keys.open(tmp_path / "keys", Suite.SM4_GCM)
    running = Running(Settings(data_directory=tmp_path), pool, keys)
    await keep_listed(running)
    assert keys.code_issuer(datetime.now(UTC)).suite is SignatureSuite.SM2_SM3
    keys.close()

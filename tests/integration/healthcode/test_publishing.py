"""Publishing: logged whole in the region's own log; a revocation is in the next list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from os import urandom
from uuid import uuid4

import pytest

from openhealthcode import audit, healthcode, trust
from openhealthcode.audit import reading
from openhealthcode.database import transaction
from openhealthcode.healthcode.digits import CodeType
from openhealthcode.healthcode.signed import store
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Authority, Keys, UnsuitableTrustList
from trusting import Nation, issuer_of


@pytest.fixture
def keys(tmp_path):
    opened = Keys.open(tmp_path / "keys", division=880101)
    yield opened
    opened.close()


@pytest.fixture
def nation(keys):
    made = Nation.made()
    trust.admit(keys.directory, Authority(trust.NATIONAL, made.roots))
    made.issuer = issuer_of(keys, keys.issuers.make())
    return made


def now():
    return datetime.now(UTC)


async def own_log(pool, keys):
    async with transaction(pool, resident=audit.REGION) as connection:
        return await reading.lines(connection, keys, audit.REGION)


async def test_a_published_list_is_in_the_regions_own_log_whole(pool, keys, nation):
    first, second = nation.listing(nation.issuer), nation.listing(nation.issuer)
    for document in (first, second):
        await healthcode.publish_list(pool, keys, document)
    newest, oldest = await own_log(pool, keys)
    assert (newest.action, newest.agent_kind) == ("trust.publish", "platform")
    assert (oldest.detail["number"], newest.detail["number"]) == (1, 2)
    assert newest.detail["list"] == second
    assert newest.detail["digest"] == trust.sha256(second)
    assert keys.code_issuer(now()).key_id == nation.issuer.key_id


async def test_a_refused_list_leaves_neither_itself_nor_a_line(pool, keys, nation):
    await healthcode.publish_list(pool, keys, nation.listing(nation.issuer))
    with pytest.raises(UnsuitableTrustList):
        await healthcode.publish_list(pool, keys, Nation.made().listing())
    assert len(await own_log(pool, keys)) == 1
    assert (await trust.current(pool, keys)).number == 1


async def test_the_whole_log_with_the_regions_own_holds(pool, keys, nation, tmp_path):
    await healthcode.publish_list(pool, keys, nation.listing(nation.issuer))
    sequencer = audit.Sequencer(pool, tmp_path / "log", keys.checkpoint_signer("test.invalid/log"))
    await sequencer.sequence()
    sequencer.close()
    verifier = keys.checkpoint_verifier("test.invalid/log")
    report = await audit.verify(pool, tmp_path / "log", verifier, keys=keys)
    assert (report.findings, report.residents, report.events) == ((), 1, 1)


async def test_without_a_list_nothing_is_renewed(pool, keys):
    assert await healthcode.publish_revoked(pool, keys, now()) == 0


async def test_lists_of_revoked_codes_are_renewed_hourly_and_when_one_was_revoked(
    pool, keys, nation
):
    await healthcode.publish_list(pool, keys, nation.listing(nation.issuer))
    at = now()
    assert await healthcode.publish_revoked(pool, keys, at) == 1
    assert await healthcode.publish_revoked(pool, keys, at + timedelta(minutes=59)) == 0
    assert await healthcode.publish_revoked(pool, keys, at + timedelta(hours=1)) == 1
    index = await a_revoked_card(pool, keys, nation, at)
    assert await healthcode.publish_revoked(pool, keys, at + timedelta(hours=1, seconds=5)) == 1
    listed = await trust.current(pool, keys)
    assert listed.is_revoked(nation.issuer, index)
    assert not listed.is_revoked(nation.issuer, index ^ 1)
    assert await healthcode.publish_revoked(pool, keys, at + timedelta(hours=1, seconds=9)) == 0


async def test_keys_of_others_and_keys_destroyed_are_not_signed_for(pool, keys, nation, tmp_path):
    theirs = Keys.open(tmp_path / "theirs", division=880200)
    other = issuer_of(theirs, theirs.issuers.make())
    await healthcode.publish_list(pool, keys, nation.listing(nation.issuer, other))
    keys.issuers.destroy(nation.issuer.key_id)
    assert await healthcode.publish_revoked(pool, keys, now()) == 0
    theirs.close()


async def test_a_retired_key_is_signed_for_until_nobody_believes_it(pool, keys, nation):
    retired = issuer_of(
        keys,
        keys.issuers.own_keys()[0],
        signs_until=now() - timedelta(hours=1),
        believed_until=now() + timedelta(hours=1),
    )
    await healthcode.publish_list(pool, keys, nation.listing(retired))
    assert await healthcode.publish_revoked(pool, keys, now() + timedelta(hours=2)) == 0
    assert await healthcode.publish_revoked(pool, keys, now()) == 1


async def test_a_desk_takes_along_lists_roots_and_who_is_revoked(pool, keys, nation):
    await healthcode.publish_list(pool, keys, nation.listing(nation.issuer))
    await healthcode.publish_revoked(pool, keys, now())
    index = await a_revoked_card(pool, keys, nation, now())
    await healthcode.publish_revoked(pool, keys, now() + timedelta(seconds=2))
    taken = trust.read_bundle(trust.write_bundle(await trust.bundle(pool, keys)))
    listed = trust.trusted(taken, keys.authorities)
    assert listed.is_revoked(nation.issuer, index)
    assert not listed.is_revoked(nation.issuer, index ^ 1)
    assert taken.authorities.keys() == {"national"}


async def a_revoked_card(pool, keys, nation, at):
    resident_id, handle = ResidentId(uuid4()), urandom(16)
    until = at + timedelta(days=7)
    async with transaction(pool, resident=resident_id) as connection:
        (index,) = await store.draw_indexes(connection, nation.issuer.key_id, 1, until)
        card = store.IssuedCode(
            CodeType.PRINTED, handle, resident_id, until, nation.issuer.key_id, index
        )
        await store.record_codes(connection, keys, [card], at)
        await store.revoke_code(connection, keys, handle, at)
    return index

"""The list every process of an installation goes by: published, renewed, never taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from openhealthcode import trust
from openhealthcode.trust import (
    Authority,
    DestroyedKey,
    Freshness,
    Keys,
    NoCodeIssuer,
    NoTrustList,
    Roots,
    SignatureSuite,
    StatusList,
    UnknownKey,
    UnsuitableAuthority,
    UnsuitableTrustList,
    UntrustedIssuer,
)
from trusting import Nation, issuer_of, trusted_region


@pytest.fixture
def keys(tmp_path):
    opened = Keys.open(tmp_path / "keys", division=880101)
    yield opened
    opened.close()


def now():
    return datetime.now(UTC)


async def test_nothing_is_believed_before_a_list_is_published(pool, keys):
    with pytest.raises(NoTrustList):
        await trust.current(pool, keys)
    with pytest.raises(NoTrustList):
        trust.roots(keys)
    with pytest.raises(NoTrustList):
        await trust.list_document(pool)


@pytest.mark.parametrize("suite", [SignatureSuite.ES256, SignatureSuite.ED25519])
async def test_a_listed_key_signs_and_is_believed(pool, keys, suite):
    _, listed = await trusted_region(pool, keys, suite)
    issuer = keys.code_issuer(now())
    found = listed.issuer(880101, issuer.key_id, issuer.suite, now())
    found.verifier.verify(issuer.signer.sign(b"a code"), b"a code")
    assert found.believed_until == issuer.believed_until
    assert not listed.is_revoked(found, 1 << 20)
    assert listed.freshness(now(), found) is Freshness.FRESH


async def test_a_key_signs_only_once_a_list_names_it_and_only_when_it_says(pool, keys):
    nation = Nation.made()
    trust.admit(keys.directory, Authority(trust.NATIONAL, nation.roots))
    own = keys.issuers.make()
    with pytest.raises(NoCodeIssuer):
        keys.code_issuer(now())
    soon = issuer_of(keys, own, believed_from=(now() + timedelta(days=10)).replace(microsecond=0))
    await trust.publish(pool, keys, nation.listing(soon), trust.NATIONAL)
    await trust.current(pool, keys)
    with pytest.raises(NoCodeIssuer):
        keys.code_issuer(now())
    assert keys.code_issuer(now() + timedelta(days=11)).key_id == own.key_id
    with pytest.raises(NoCodeIssuer):
        keys.code_issuer(now() + timedelta(days=366))


async def test_of_two_keys_the_newer_signs_and_the_older_is_still_believed(pool, keys):
    nation, _ = await trusted_region(pool, keys)
    first = keys.code_issuer(now())
    old = keys.issuers.own_keys()[0].listed
    new = issuer_of(keys, keys.issuers.make(), believed_from=now() - timedelta(minutes=1))
    retired = replace(old, signs_until=now() + timedelta(days=10))
    await trust.publish(pool, keys, nation.listing(retired, new), trust.NATIONAL)
    listed = await trust.current(pool, keys)
    assert keys.code_issuer(now()).key_id == new.key_id
    listed.issuer(880101, first.key_id, first.suite, now())


async def test_a_compromised_key_signs_nothing_and_is_believed_by_nobody(pool, keys):
    nation, _ = await trusted_region(pool, keys)
    gone = keys.code_issuer(now())
    keys.issuers.destroy(gone.key_id)
    with pytest.raises(NoCodeIssuer):
        keys.code_issuer(now())
    await trust.publish(pool, keys, nation.listing(), trust.NATIONAL)
    listed = await trust.current(pool, keys)
    with pytest.raises(UntrustedIssuer):
        listed.issuer(880101, gone.key_id, gone.suite, now())
    with pytest.raises(DestroyedKey):
        keys.issuers.signer(gone.key_id)
    with pytest.raises(UnknownKey):
        keys.issuers.signer(b"none")
    with pytest.raises(UnknownKey):
        keys.issuers.destroy(b"none")


async def test_another_process_sees_what_was_published_and_signs_by_it(pool, keys):
    other = Keys.open(keys.directory, division=880101)
    nation, _ = await trusted_region(pool, keys)
    assert (await trust.current(pool, other)).number == nation.number
    assert other.code_issuer(now()).key_id == keys.code_issuer(now()).key_id
    other.close()


async def test_an_older_list_is_not_taken_back_though_the_database_offers_it(pool, keys):
    nation, _ = await trusted_region(pool, keys)
    older = nation.listing()
    newer = nation.listing()
    await trust.publish(pool, keys, newer, trust.NATIONAL)
    await trust.current(pool, keys)
    with pytest.raises(UnsuitableTrustList):
        await trust.publish(pool, keys, older, trust.NATIONAL)
    await trust.publish(pool, keys, newer, trust.NATIONAL)  # again changes nothing


async def test_a_database_that_forgot_the_newest_list_is_not_believed(pool, keys):
    nation, _ = await trusted_region(pool, keys)
    keys.remember_list(trust.NATIONAL, nation.number + 1)
    restarted = Keys.open(keys.directory, division=880101)
    with pytest.raises(NoTrustList):
        await trust.current(pool, restarted)
    restarted.close()


async def alter(owner_url, table, column):
    """Change one bit in the middle of each row, as whoever holds the database could."""
    owner = await asyncpg.connect(owner_url)
    try:
        await owner.execute(
            f"UPDATE trust.{table} SET {column} = set_byte({column}, length({column}) - 9,"
            f" get_byte({column}, length({column}) - 9) # 1)"
        )
    finally:
        await owner.close()


async def test_rows_altered_in_the_database_are_not_believed(pool, keys, owner_url):
    nation, _ = await trusted_region(pool, keys)
    (issuer,) = (await trust.current(pool, keys)).issuers.values()
    later = now() + timedelta(minutes=1)
    nothing = StatusList.of((), size=trust.STATUS_LIST_SIZE)
    await trust.publish_status(pool, keys, issuer, nothing, later)
    await alter(owner_url, "status_list", "cwt")
    restarted = Keys.open(keys.directory, division=880101)
    listed = await trust.current(pool, restarted)
    assert listed.is_revoked(issuer, 1 << 20), "without a list that is believed all are revoked"
    await trust.publish(pool, keys, nation.listing(issuer), trust.NATIONAL)
    await alter(owner_url, "published_list", "document")
    trust.look_again(restarted)
    assert (await trust.current(pool, restarted)).number == 1, "the one it holds goes on"
    restarted.close()
    again = Keys.open(keys.directory, division=880101)
    with pytest.raises(NoTrustList):
        await trust.current(pool, again)
    again.close()


async def test_lists_of_nobody_that_is_admitted_any_more_are_not_read(pool, keys):
    await trusted_region(pool, keys)
    neighbour = Nation.made()
    trust.admit(keys.directory, Authority("neighbour", neighbour.roots, frozenset({880200})))
    await trust.publish(pool, keys, neighbour.listing(), "neighbour")
    trust.dismiss(keys.directory, "neighbour")
    restarted = Keys.open(keys.directory, division=880101)
    assert (await trust.current(pool, restarted)).issuers
    assert (await trust.bundle(pool, restarted)).lists.keys() == {"national"}
    restarted.close()


async def test_two_lists_of_one_number_are_not_taken(pool, keys):
    nation, _ = await trusted_region(pool, keys)
    nation.number -= 1
    other = nation.listing(issuer_of(keys, keys.issuers.make()))
    with pytest.raises(UnsuitableTrustList):
        await trust.publish(pool, keys, other, trust.NATIONAL)


async def test_a_list_of_other_roots_is_refused(pool, keys):
    await trusted_region(pool, keys)
    stranger = Nation.made()
    stranger.number = 10
    with pytest.raises(UnsuitableTrustList):
        await trust.publish(pool, keys, stranger.listing(), trust.NATIONAL)
    with pytest.raises(UnsuitableAuthority):
        await trust.publish(pool, keys, stranger.listing(), "nobody")


async def test_a_revocation_is_seen_by_every_process(pool, keys):
    await trusted_region(pool, keys)
    other = Keys.open(keys.directory, division=880101)
    listed = await trust.current(pool, other)
    issuer = next(iter(listed.issuers.values()))
    assert not listed.is_revoked(issuer, 1 << 20)
    revoked = StatusList.of([1 << 20], size=trust.STATUS_LIST_SIZE)
    await trust.publish_status(pool, keys, issuer, revoked, now() + timedelta(seconds=2))
    trust.look_again(other)
    assert (await trust.current(pool, other)).is_revoked(issuer, 1 << 20)
    assert not (await trust.current(pool, other)).is_revoked(issuer, (1 << 20) + 1)
    other.close()


async def test_another_region_is_believed_for_what_it_was_admitted_for(pool, keys, tmp_path):
    await trusted_region(pool, keys)
    theirs = Keys.open(tmp_path / "theirs", division=880200)
    nation = Nation.made()
    issuer = issuer_of(theirs, theirs.issuers.make())
    intruder = issuer_of(keys, theirs.issuers.make())
    third = issuer_of(theirs, theirs.issuers.make(), region=880300)
    trust.admit(keys.directory, Authority("neighbour", nation.roots, frozenset({880200, 880101})))
    await trust.publish(pool, keys, nation.listing(issuer, intruder, third), "neighbour")
    listed = await trust.current(pool, keys)
    listed.issuer(880200, issuer.key_id, issuer.suite, now())
    for wrong in (intruder, third):
        with pytest.raises(UntrustedIssuer):
            listed.issuer(wrong.region, wrong.key_id, wrong.suite, now())
    assert listed.is_revoked(issuer, 1 << 20), "no list of revoked codes of theirs is here yet"
    nothing = StatusList.of((), size=trust.STATUS_LIST_SIZE)
    token = trust.as_jwt(theirs.issuers.signer(issuer.key_id), issuer, nothing, now())
    await trust.import_status(pool, keys, token.encode(), issuer)
    listed = await trust.current(pool, keys)
    assert not listed.is_revoked(issuer, 1 << 20)
    trust.dismiss(keys.directory, "neighbour")
    trust.look_again(keys)
    with pytest.raises(UntrustedIssuer):
        (await trust.current(pool, keys)).issuer(880200, issuer.key_id, issuer.suite, now())
    theirs.close()


async def test_what_is_known_of_an_issuer_is_as_old_as_its_list_of_revoked_codes(pool, keys):
    nation = Nation.made()
    trust.admit(keys.directory, Authority(trust.NATIONAL, nation.roots))
    issuer = issuer_of(keys, keys.issuers.make())
    await trust.publish(pool, keys, nation.listing(issuer), trust.NATIONAL)
    nothing = StatusList.of((), size=trust.STATUS_LIST_SIZE)
    await trust.publish_status(pool, keys, issuer, nothing, now() - timedelta(days=8))
    listed = await trust.current(pool, keys)
    assert listed.freshness(now()) is Freshness.FRESH
    assert listed.freshness(now(), issuer) is Freshness.MARKED
    assert listed.freshness(now() + timedelta(days=3), issuer) is Freshness.OVER


def test_only_the_national_roots_speak_for_every_region():
    roots = Nation.made().roots
    for name, regions in (("national", frozenset({880101})), ("other", None), ("../x", None)):
        with pytest.raises(UnsuitableAuthority):
            Authority(name, roots, regions)
    authority = Authority("other", roots, frozenset({880200}))
    assert trust.read_authority(trust.write_authority(authority)) == authority
    assert isinstance(authority.roots, Roots)


async def test_a_neighbour_never_speaks_for_ours_even_where_the_nation_is_silent(pool, keys):
    nation, neighbour = Nation.made(), Nation.made()
    trust.admit(keys.directory, Authority(trust.NATIONAL, nation.roots))
    trust.admit(
        keys.directory, Authority("neighbour", neighbour.roots, frozenset({880101, 880200}))
    )
    await trust.publish(pool, keys, nation.listing(), trust.NATIONAL)
    ours = issuer_of(keys, keys.issuers.make())
    theirs = issuer_of(keys, keys.issuers.make(), region=880200)
    await trust.publish(pool, keys, neighbour.listing(ours, theirs), "neighbour")
    assert (await trust.current(pool, keys)).issuers == {(880200, theirs.key_id): theirs}
    with pytest.raises(NoCodeIssuer):
        keys.code_issuer(now())


async def test_a_key_listed_under_another_region_or_no_longer_listed_signs_nothing(pool, keys):
    nation, _ = await trusted_region(pool, keys)
    (own,) = keys.issuers.own_keys()
    for listing in (nation.listing(), nation.listing(issuer_of(keys, own, region=880102))):
        await trust.publish(pool, keys, listing, trust.NATIONAL)
        await trust.current(pool, keys)
        with pytest.raises(NoCodeIssuer):
            keys.code_issuer(now())
    await trust.publish(pool, keys, nation.listing(issuer_of(keys, own)), trust.NATIONAL)
    await trust.current(pool, keys)
    assert keys.code_issuer(now()).key_id == own.key_id


async def test_a_destroyed_key_signs_nothing_though_a_list_names_it_still(pool, keys):
    nation, _ = await trusted_region(pool, keys)
    (own,) = keys.issuers.own_keys()
    keys.issuers.destroy(own.key_id)
    await trust.publish(pool, keys, nation.listing(issuer_of(keys, own)), trust.NATIONAL)
    await trust.current(pool, keys)
    with pytest.raises(NoCodeIssuer):
        keys.code_issuer(now())
    assert keys.issuers.own_keys()[0].is_destroyed

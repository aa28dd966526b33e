"""What the region's own keys make: blind indexes, chain links, sealed sessions."""

from __future__ import annotations

import hmac
from uuid import UUID

import pytest

from openhealthcode.trust import Keys, Suite, UnreadableSeal
from openhealthcode.trust.key_store import KeyStore
from openhealthcode.trust.provider import FileKeyProvider
from openhealthcode.trust.suite import derive


def test_an_index_finds_equals_within_one_purpose_only(keys):
    phone = keys.blind_index("phone", "13800000000")
    assert phone == keys.blind_index("phone", "13800000000")
    assert len(phone) == 32
    assert phone != keys.blind_index("phone", "13800000001")
    assert phone != keys.blind_index("national-id", "13800000000")


def test_under_national_algorithms_an_index_is_hmac_sm3(tmp_path):
    """Recomputed by another implementation, from the region's key as it is stored."""
    keys = Keys.open(tmp_path / "national", Suite.SM4_GCM)
    found = keys.blind_index("phone", "13800000000")
    keys.close()
    store = KeyStore(tmp_path / "national" / "keys.sqlite")
    wrapped = store.region_key("blind-index-sm3")
    assert wrapped is not None
    assert store.region_key("blind-index") is None
    provider = FileKeyProvider(tmp_path / "national" / "root")
    key = derive(provider.unwrap("region", "blind-index-sm3", wrapped), b"for phone")
    assert found == hmac.new(key, b"13800000000", "sm3").digest()
    store.close()


@pytest.mark.parametrize(
    ("first", "then"),
    [(Suite.AES_256_GCM, Suite.SM4_GCM), (Suite.SM4_GCM, Suite.AES_256_GCM)],
)
def test_who_was_indexed_is_found_after_the_suite_changed(tmp_path, first, then):
    resident = UUID(int=1)
    before = Keys.open(tmp_path / "kept", first)
    index = before.blind_index("phone", "13800000000")
    row = before.seal_comparison(resident, b"row")
    before.close()
    after = Keys.open(tmp_path / "kept", then)
    assert after.blind_index("phone", "13800000000") == index
    assert after.open_comparison(resident, row) == b"row"
    assert after.open_comparison(resident, after.seal_comparison(resident, b"new")) == b"new"
    with pytest.raises(UnreadableSeal):
        after.open_comparison(UUID(int=2), row)
    after.close()


def test_an_index_differs_between_installations(keys, tmp_path):
    other = Keys.open(tmp_path / "other")
    assert keys.blind_index("phone", "1") != other.blind_index("phone", "1")
    other.close()


def test_indexes_links_and_ids_survive_a_restart(keys, directory):
    again = Keys.open(directory)
    assert again.blind_index("phone", "1") == keys.blind_index("phone", "1")
    assert again.chain_link(bytes(32), bytes(32)) == keys.chain_link(bytes(32), bytes(32))
    assert again.seal_id(UUID(int=1), UUID(int=2)) == keys.seal_id(UUID(int=1), UUID(int=2))
    signer, other = keys.checkpoint_signer("log"), again.checkpoint_signer("log")
    assert signer.verifier_key == other.verifier_key
    again.close()


def test_a_link_depends_on_both_its_ends_and_on_the_key(keys, tmp_path):
    zero, one = bytes(32), bytes(31) + b"\1"
    other = Keys.open(tmp_path / "other")
    links = {
        keys.chain_link(zero, zero),
        keys.chain_link(zero, one),
        keys.chain_link(one, zero),
        other.chain_link(zero, zero),
    }
    assert len(links) == 4
    assert {len(link) for link in links} == {32}
    other.close()


def test_a_session_opens_with_its_own_token_only(keys):
    sealed = keys.seal_session("token-a", "王小明")
    assert "王小明".encode() not in sealed
    assert keys.open_session("token-a", sealed) == "王小明"
    with pytest.raises(UnreadableSeal):
        keys.open_session("token-b", sealed)


def test_two_sealings_of_a_session_share_no_nonce(keys):
    first, second = (keys.seal_session("token-a", "same") for _ in range(2))
    assert first[:12] != second[:12]
    assert first[12:] != second[12:]


@pytest.mark.parametrize("sealed", [b"", b"\0" * 12, b"\0" * 27, b"\0" * 28])
def test_a_made_up_session_does_not_open(keys, sealed):
    with pytest.raises(UnreadableSeal):
        keys.open_session("token-a", sealed)


def test_the_signer_s_own_verifier_reads_its_notes(keys):
    note = keys.checkpoint_signer("example.org/log").sign("example.org/log\n0\n")
    assert keys.checkpoint_verifier("example.org/log").open(note) == "example.org/log\n0\n"

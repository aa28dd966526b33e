"""Laws of the trust list and of the lists of revoked codes."""

from __future__ import annotations

import zlib
from datetime import timedelta

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.trust import (
    Ed25519Signer,
    P256Signer,
    Roots,
    SignatureSuite,
    StatusList,
    UnreadableStatusList,
    UnsuitableTrustList,
    UntrustedIssuer,
    UntrustedSignature,
    key_id,
    trust_list,
    verifier_of,
)
from openhealthcode.trust.status_list import LARGEST_BYTES
from signing import NOW, REGION, SECRET, Issuing


@pytest.fixture(scope="module")
def made():
    return Issuing.made()


@pytest.fixture(scope="module")
def published(made):
    body = made.body()
    signatures = [trust_list.signed_by(root, body) for root in made.roots]
    return body, signatures


def test_a_list_comes_back_as_it_was_written(made, published):
    body, signatures = published
    read = trust_list.read(trust_list.assembled(body, signatures[1:]), made.known_roots)
    assert (read.number, read.issued_at) == (1, NOW)
    assert read.issuers == {(REGION, key_id(made.issuer.public_key)): made.on_the_list()}


@pytest.mark.parametrize("of", [[], [0], [0, 0], [1, 1, 1]])
def test_fewer_roots_than_are_needed_make_no_list(made, published, of):
    body, signatures = published
    with pytest.raises(UnsuitableTrustList):
        trust_list.read(trust_list.assembled(body, [signatures[n] for n in of]), made.known_roots)


def test_a_stranger_among_the_signatures_neither_helps_nor_harms(made, published):
    body, signatures = published
    stranger = trust_list.signed_by(P256Signer.generate(), body)
    with pytest.raises(UnsuitableTrustList):
        trust_list.read(trust_list.assembled(body, [signatures[0], stranger]), made.known_roots)
    trust_list.read(trust_list.assembled(body, [stranger, *signatures[:2]]), made.known_roots)


def test_a_root_signs_under_its_own_name_only(made, published):
    body, signatures = published
    borrowed = (signatures[1][0], signatures[0][1])
    with pytest.raises(UnsuitableTrustList):
        trust_list.read(trust_list.assembled(body, [signatures[0], borrowed]), made.known_roots)


@given(st.data())
def test_no_changed_byte_of_a_list_is_taken(made, published, drawn):
    body, signatures = published
    data = bytearray(trust_list.assembled(body, signatures[:2]))
    data[drawn.draw(st.integers(0, len(data) - 1))] ^= drawn.draw(st.integers(1, 255))
    with pytest.raises(UnsuitableTrustList):
        trust_list.read(bytes(data), made.known_roots)


@given(st.binary(max_size=200))
def test_no_bytes_whatever_do_more_than_be_refused(made, data):
    with pytest.raises(UnsuitableTrustList):
        trust_list.read(data, made.known_roots)


def signed(made, content):
    """A list with true signatures of whatever the roots were made to sign."""
    body = content if isinstance(content, bytes) else cbor2.dumps(content, canonical=True)
    return trust_list.assembled(body, [trust_list.signed_by(r, body) for r in made.roots])


@pytest.mark.parametrize(
    "content",
    [
        b"\xff",
        {},
        {1: 1},
        [],
        {1: 1, 2: 0, 3: 0, 4: [[880101]], 5: {}},
        {1: 1, 2: 0, 3: 0, 4: [[880101, b"abcd", 1, b"\2" * 33, 0, 0, 0]], 5: {}},
        {1: 1, 2: 0, 3: 0, 4: [], 5: {b"abcd": b"no zlib"}},
        {1: 1, 2: 2**70, 3: 0, 4: [], 5: {}},
        {1: 1, 2: 2**40, 3: 0, 4: [], 5: {}},
        {1: 1, 2: 0, 3: 0, 4: [], 5: {1: b"x"}},
        {1: 1, 2: 0, 3: 0, 4: [], 5: []},
        b"\xa2\x01\x01\x01\x01",  # a key twice
        b"\xa1\x18\x01\x01",  # a number longer than it needs to be
    ],
)
def test_what_the_roots_sign_has_to_be_a_list_all_the_same(made, content):
    with pytest.raises(UnsuitableTrustList):
        trust_list.read(signed(made, content), made.known_roots)


def test_a_list_that_is_too_large_is_not_looked_at(made):
    with pytest.raises(UnsuitableTrustList):
        trust_list.read(b"\0" * ((16 << 20) + 1), made.known_roots)


def test_an_older_list_is_not_taken_back(made):
    body = made.body(number=4)
    data = trust_list.assembled(body, [trust_list.signed_by(r, body) for r in made.roots])
    for newest in (0, 4):
        assert trust_list.read(data, made.known_roots, newest=newest).number == 4
    with pytest.raises(UnsuitableTrustList):
        trust_list.read(data, made.known_roots, newest=5)


@pytest.mark.parametrize("needed", [0, 4])
def test_the_roots_needed_are_between_one_and_all(made, needed):
    with pytest.raises(ValueError, match="roots"):
        Roots.of(needed, *((root.suite, root.public_key) for root in made.roots))


def test_a_key_of_another_suite_is_another_issuer(made):
    trusted = made.trusted()
    name = key_id(made.issuer.public_key)
    trusted.issuer(REGION, name, SignatureSuite.ES256, NOW)
    with pytest.raises(UntrustedIssuer):
        trusted.issuer(REGION, name, SignatureSuite.ED25519, NOW)
    with pytest.raises(UntrustedIssuer):
        trusted.issuer(REGION, name, SignatureSuite.ES256, NOW + timedelta(days=400))


def test_without_an_issuers_list_all_its_codes_are_taken_as_revoked(made):
    trusted = made.trusted()
    issuer = made.on_the_list(key_id=b"none")
    assert trusted.is_revoked(issuer, 1 << 20)
    assert not trusted.is_revoked(made.on_the_list(), 1 << 20)


@given(st.sets(st.integers(0, 4095), max_size=40))
def test_exactly_the_revoked_are_revoked(revoked):
    listed = StatusList.unpack(StatusList.of(revoked, size=4096).pack())
    assert {index for index in range(4096) if listed.is_revoked(index)} == revoked
    assert listed.is_revoked(-1)
    assert listed.is_revoked(4096)


def test_bits_count_from_the_least_significant():
    """The example of the specification: bits 0, 3, 4, 5, 7 and 8, 9, 13, 15 are set."""
    revoked = {0, 3, 4, 5, 7, 8, 9, 13, 15}
    assert zlib.decompress(StatusList.of(revoked, size=16).pack()) == bytes([0xB9, 0xA3])


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"no zlib",
        zlib.compress(b""),
        zlib.compress(b"\0" * 9)[:-1],
        zlib.compress(b"\0" * 9) + b"\0",
        zlib.compress(b"\0" * (LARGEST_BYTES + 1)),
        zlib.compress(b"\0" * (100 << 20)),
    ],
)
def test_a_damaged_list_or_a_bomb_is_refused(packed):
    with pytest.raises(UnreadableStatusList):
        StatusList.unpack(packed)


def test_a_list_of_the_largest_size_is_read():
    assert len(StatusList.unpack(zlib.compress(b"\0" * LARGEST_BYTES))) == LARGEST_BYTES * 8


@pytest.mark.parametrize(("revoked", "size"), [([], 0), ([], 7), ([8], 8), ([-1], 8),
                                               ([], LARGEST_BYTES * 8 + 8)])  # fmt: skip
def test_no_list_is_made_that_would_be_refused(revoked, size):
    with pytest.raises(ValueError, match="list"):
        StatusList.of(revoked, size=size)


@given(st.binary(max_size=64), st.binary(min_size=1, max_size=64))
def test_a_signature_is_of_one_text_and_one_key(data, other):
    for signer in (P256Signer.derived(SECRET, b"one"), Ed25519Signer.derived(SECRET, b"one")):
        signature = signer.sign(data)
        verifier = verifier_of(signer.suite, signer.public_key)
        verifier.verify(signature, data)
        for wrong in (data + other, data[:-1] + other + b"\1"):
            with pytest.raises(UntrustedSignature):
                verifier.verify(signature, wrong)
        with pytest.raises(UntrustedSignature):
            verifier.verify(signature + b"\0", data)
        with pytest.raises(UntrustedSignature):
            verifier.verify(b"", data)


@pytest.mark.parametrize("suite", SignatureSuite)
@pytest.mark.parametrize("key", [b"", b"\0" * 33, b"\2" + b"\xff" * 32, b"\4" * 65, b"\5" * 33])
def test_what_is_no_public_key_is_refused(suite, key):
    if suite is SignatureSuite.ED25519 and key == b"\0" * 33:
        key = b"\1" * 33
    with pytest.raises(UntrustedSignature):
        verifier_of(suite, key)


def test_the_lower_of_the_two_values_is_written():
    signer = P256Signer.derived(SECRET, b"one")
    half = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551 // 2
    assert all(int.from_bytes(signer.sign(b"%d" % n)[32:]) <= half for n in range(64))

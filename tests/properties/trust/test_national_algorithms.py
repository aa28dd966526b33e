"""Ours against another's: SM2, SM3, HMAC-SM3 and SM4 of random keys and messages, both ways.

The other is gmssl, in Python from end to end; libcrypto and our plain Python know nothing of it.
"""

from __future__ import annotations

import hashlib
import hmac

import pytest
from gmssl import sm2 as their_sm2
from gmssl import sm3 as their_sm3
from hypothesis import example, given, settings
from hypothesis import strategies as st

from openhealthcode.trust import (
    SignatureSuite,
    Sm2Signer,
    UnavailableSuite,
    UntrustedSignature,
    mac_sm3,
    sm3,
    verifier_of,
)
from openhealthcode.trust.libcrypto import first_of, knows_sm2, libcrypto
from openhealthcode.trust.sm2 import Sm2PrivateKey, Sm2Verifier, identity_digest
from openhealthcode.trust.sm2_curve import A, B, G, N, P, _sum_of_multiples, decompressed

numbers = st.integers(min_value=1, max_value=N - 2)
messages = st.binary(max_size=300)
few = settings(max_examples=25, deadline=None)
unhurried = settings(deadline=None)


def written(number):
    return number.to_bytes(32)


def both(public_key):
    return [Sm2Verifier(public_key, library) for library in (libcrypto(), None)]


def refused(verifier, signature, data):
    with pytest.raises(UntrustedSignature):
        verifier.verify(signature, data)


def theirs(number, public_key):
    """The other's signer of a private key, and its point."""
    point = decompressed(public_key)
    signer = their_sm2.CryptSM2(private_key=written(number).hex(), public_key="")
    signer.public_key = (written(point.x) + written(point.y)).hex()
    return signer, written(point.x) + written(point.y)


@few
@given(numbers, messages)
@example(1, b"")
@example(N - 2, b"x")
def test_what_we_sign_all_accept(number, message):
    key = Sm2PrivateKey(number, libcrypto())
    signature = key.sign(message)
    for verifier in both(key.public_key):
        verifier.verify(signature, message)
    signer, point = theirs(number, key.public_key)
    assert signer.verify(signature.hex(), sm3(identity_digest(point) + message))


@few
@given(numbers, messages, numbers)
def test_what_another_signs_we_accept(number, message, random):
    key = Sm2PrivateKey(number, libcrypto())
    signer, point = theirs(number, key.public_key)
    signature = signer.sign(sm3(identity_digest(point) + message), written(random).hex())
    for verifier in both(key.public_key):
        verifier.verify(bytes.fromhex(signature), message)


@few
@given(numbers, messages, st.integers(min_value=0, max_value=511))
def test_a_changed_bit_is_refused_by_both(number, message, place):
    key = Sm2PrivateKey(number, libcrypto())
    signature = key.sign(message)
    changed = (int.from_bytes(signature) ^ 1 << place).to_bytes(64)
    for verifier in both(key.public_key):
        refused(verifier, changed, message)
        refused(verifier, signature, message + b"\0")
        refused(verifier, signature[:-1], message)


@few
@given(numbers, messages)
def test_a_signature_has_no_second_form(number, message):
    """Of ECDSA, n - s would verify as well; here nothing made of r and s does."""
    key = Sm2PrivateKey(number, libcrypto())
    signature = key.sign(message)
    r, s = signature[:32], signature[32:]
    other = written(N - int.from_bytes(s))
    for verifier in both(key.public_key):
        refused(verifier, r + other, message)
        refused(verifier, s + r, message)


def test_numbers_out_of_range_are_refused_by_both():
    key = Sm2PrivateKey(7, libcrypto())
    r = key.sign(b"x")[:32]
    for verifier in both(key.public_key):
        for bad in (bytes(32), written(N), b"\xff" * 32):
            refused(verifier, r + bad, b"x")
            refused(verifier, bad + r, b"x")
        refused(verifier, r + written(N - int.from_bytes(r)), b"x")  # t would be zero


def made_to_fit(public, r, s):
    """The digest that r and s sign under a key: anybody can choose so, if not the message."""
    at = _sum_of_multiples(s, G, (r + s) % N, public)
    return written((r - at.x * pow(at.z, -2, P) % P) % N)


@pytest.mark.parametrize("s", [0, 5])
def test_each_number_has_one_form(s):
    """Zero counts as nothing, and N more is not the same again, whatever the arithmetic says."""
    key = Sm2PrivateKey(7, libcrypto())
    digest = made_to_fit(decompressed(key.public_key), 11, s)
    for verifier in both(key.public_key):
        assert verifier._is_signed(digest, 11, s) is (s == 5)
        assert not verifier._is_signed(digest, 11, s + N)
        assert not verifier._is_signed(digest, 11 + N, s)


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=33, max_size=33) | st.binary(max_size=40))
def test_only_points_of_the_curve_are_public_keys(data):
    try:
        point = decompressed(data)
    except ValueError:
        with pytest.raises(UntrustedSignature):
            verifier_of(SignatureSuite.SM2_SM3, data)
        return
    assert (point.y**2 - point.x**3 - A * point.x - B) % P == 0
    verifier_of(SignatureSuite.SM2_SM3, data)


@unhurried
@given(st.integers(min_value=0, max_value=P - 1), st.booleans())
def test_of_two_roots_the_first_byte_says_which(x, is_odd):
    data = bytes([2 + is_odd]) + written(x)
    try:
        point = decompressed(data)
    except ValueError:
        return
    assert (point.x, point.y % 2) == (x, is_odd)


def test_a_sum_at_infinity_signs_nothing():
    """The key is -2 G: with r = 1 and s = -2, s G and t times the key cancel out."""
    key = Sm2PrivateKey(N - 2, libcrypto())
    for verifier in both(key.public_key):
        refused(verifier, written(1) + written(N - 2), b"x")


def test_the_opposite_of_the_base_point_is_a_key_like_others():
    opposite = bytes([2 + (G.y + 1) % 2]) + written(G.x)
    for verifier in both(opposite):
        refused(verifier, written(5) + written(6), b"x")


@unhurried
@given(messages)
def test_sm3_is_anothers_and_pythons_own(message):
    assert sm3(message).hex() == their_sm3.sm3_hash(list(message))
    assert sm3(message) == hashlib.new("sm3", message).digest()


@unhurried
@given(st.binary(max_size=64), messages)
def test_hmac_sm3_is_pythons_own(key, message):
    assert mac_sm3(key)(message) == hmac.digest(key, message, "sm3")


def test_a_derived_key_is_always_the_same_and_another_for_another_label():
    secret = bytes(range(32))
    one, again = Sm2Signer.derived(secret, b"one"), Sm2Signer.derived(secret, b"one")
    assert one.public_key == again.public_key != Sm2Signer.derived(secret, b"two").public_key
    verifier_of(SignatureSuite.SM2_SM3, again.public_key).verify(one.sign(b"x"), b"x")


class Other:
    """A libcrypto of another make, as far as it is asked here."""

    def __init__(self, says):
        self.says = says

    def public_key(self, point):
        if self.says is None:
            raise ValueError(point)
        return self

    def is_signed(self, *_):
        return self.says


def test_a_libcrypto_is_believed_once_it_judges_the_standards_example_rightly():
    assert knows_sm2(libcrypto())
    for says in (None, False, True):  # no such curve; refuses everything; accepts everything
        assert not knows_sm2(Other(says))
    with pytest.raises(ValueError, match="SM2"):
        libcrypto().public_key(bytes(64))


def test_without_a_libcrypto_that_knows_sm2_nothing_is_signed():
    assert first_of(["no-such-library.so", "libm.so.6"]) is None
    with pytest.raises(UnavailableSuite):
        Sm2PrivateKey(1, None)
    for impossible in (0, N - 1, N):
        with pytest.raises(ValueError, match="SM2"):
            Sm2PrivateKey(impossible, libcrypto())

"""Our use of each algorithm against the vectors its standard publishes."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from openhealthcode.transparency import NoteSigner, NoteVerifier, UntrustedNote
from openhealthcode.trust import totp_code
from openhealthcode.trust.suite import _Sm4Gcm, derive, mac

# golang.org/x/mod/sumdb/note, note_test.go
VERIFIER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
GO_NOTE = (
    GO_TEXT + "\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


@pytest.mark.parametrize(
    ("key", "message", "expected"),
    [
        (
            b"\x0b" * 20,
            b"Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            b"\xaa" * 20,
            b"\xdd" * 50,
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        ),
        (
            bytes(range(1, 26)),
            b"\xcd" * 50,
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        ),
    ],
)
def test_hmac_sha_256_of_rfc_4231(key, message, expected):
    assert mac(key)(message).hex() == expected
    assert mac(key)(message).hex() == expected  # the prepared pads are not used up


def test_hmac_refuses_keys_it_would_have_to_hash_first():
    with pytest.raises(ValueError, match="block"):
        mac(bytes(65))


def test_sm4_gcm_of_rfc_8998():
    cipher = _Sm4Gcm(bytes.fromhex("0123456789abcdeffedcba9876543210"))
    nonce = bytes.fromhex("00001234567800000000abcd")
    aad = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plain = bytes.fromhex(
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
        "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
    )
    sealed = bytes.fromhex(
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert cipher.encrypt(nonce, plain, aad) == sealed
    assert cipher.decrypt(nonce, sealed, aad) == plain


def test_aes_siv_of_rfc_5297():
    key = bytes.fromhex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
    aad = bytes.fromhex("101112131415161718191a1b1c1d1e1f2021222324252627")
    plain = bytes.fromhex("112233445566778899aabbccddee")
    expected = "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c"
    assert AESSIV(key).encrypt(plain, [aad]).hex() == expected


def test_deriving_is_the_expand_step_of_rfc_5869():
    extracted = HKDF.extract(hashes.SHA256(), b"salt", b"input")
    whole = HKDF(hashes.SHA256(), 42, b"salt", b"openhealthcode label").derive(b"input")
    assert derive(extracted, b"label", 42) == whole


@pytest.mark.parametrize(
    ("at", "eight_digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_totp_of_rfc_6238(at, eight_digits):
    assert totp_code(b"12345678901234567890", at) == eight_digits[2:]


def test_a_note_signed_by_the_reference_implementation_opens():
    assert NoteVerifier(VERIFIER_KEY).open(GO_NOTE) == GO_TEXT


def test_our_signature_is_the_reference_implementation_s_byte_for_byte():
    # PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz
    seed = bytes.fromhex("810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173")
    signer = NoteSigner("PeterNeumann", seed)
    assert signer.verifier_key == VERIFIER_KEY
    assert signer.sign(GO_TEXT) == GO_NOTE


def test_no_mangled_verifier_key_is_accepted():
    manglings = {VERIFIER_KEY[start:end] for start in range(70) for end in range(start, 71)}
    for position, mark in enumerate(VERIFIER_KEY):
        manglings.add(VERIFIER_KEY[:position] + chr(ord(mark) + 1) + VERIFIER_KEY[position + 1 :])
    # A key of the wrong length and one of an unknown algorithm, each with its own right key id.
    manglings.add("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==")
    manglings.add("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    for mangled in manglings - {VERIFIER_KEY}:
        with pytest.raises(UntrustedNote):
            NoteVerifier(mangled)

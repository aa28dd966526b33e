"""SM2, SM3 and HMAC-SM3 against the examples their standards print."""

from __future__ import annotations

import pytest

from openhealthcode.trust import UntrustedSignature, mac_sm3, sm2_curve, sm3
from openhealthcode.trust.libcrypto import libcrypto
from openhealthcode.trust.sm2 import Sm2PrivateKey, Sm2Verifier, identity_digest

# GB/T 32918.5-2017, annex A.2
PRIVATE = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
POINT = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
PUBLIC = b"\x03" + POINT[:32]
Z = "B2E14C5C79C6DF5B85F4FE7ED8DB7A262B9DA7E07CCB0EA9F4747B8CCDA8A4F3"
DIGEST = "F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640"
R = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
S = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
MESSAGE = b"message digest"
BY = pytest.mark.parametrize("library", [libcrypto(), None], ids=["libcrypto", "plain Python"])


def test_this_computer_has_a_libcrypto_that_knows_sm2():
    assert libcrypto() is not None


def test_the_curve_and_the_identity_are_those_of_the_standard():
    assert sm2_curve.decompressed(PUBLIC)[:2] == (
        int.from_bytes(POINT[:32]),
        int.from_bytes(POINT[32:]),
    )
    assert identity_digest(POINT).hex().upper() == Z
    assert sm3(identity_digest(POINT) + MESSAGE).hex().upper() == DIGEST


@BY
def test_the_standards_signature_is_accepted(library):
    verifier = Sm2Verifier(PUBLIC, library)
    verifier.verify(bytes.fromhex(R + S), MESSAGE)
    with pytest.raises(UntrustedSignature):
        verifier.verify(bytes.fromhex(R + S), MESSAGE + b".")


def test_the_standards_private_key_has_its_public_key():
    assert Sm2PrivateKey(PRIVATE, libcrypto()).public_key == PUBLIC


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_of_gb_t_32905(text, expected):
    assert sm3(text).hex() == expected


def test_hmac_sm3_of_gm_t_0042():
    authenticate = mac_sm3(bytes(range(1, 33)))
    text = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq" * 2
    for _ in range(2):  # the prepared pads are not used up
        assert (
            authenticate(text).hex()
            == "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a"
        )
    with pytest.raises(ValueError, match="block"):
        mac_sm3(bytes(65))

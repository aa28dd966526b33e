"""The published vectors of codes in the national algorithms, read by another's SM2, SM3 and SM4.

What is written here knows the format page; gmssl knows nothing of the program.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from gmssl import sm2, sm3, sm4

from openhealthcode.healthcode.digits import CodeType, decode, encode
from openhealthcode.healthcode.signed import ReplaySet, verify
from openhealthcode.trust import Roots, SignatureSuite, UntrustedSignature, trust_list
from openhealthcode.trust.sm4_siv import Sm4Siv

_FILE = Path(__file__).parents[3] / "docs" / "vectors" / "health-code-national.json"
_VECTORS = json.loads(_FILE.read_text("utf-8"))
_AT = datetime.fromisoformat(_VECTORS["verified_at"])
_ONE = _VECTORS["codes"]
_P = int(sm2.default_ecc_table["p"], 16)
_B = int(sm2.default_ecc_table["b"], 16)


def theirs(compressed):
    """Another's verifier of a public key."""
    x = int.from_bytes(compressed[1:])
    y = pow(x**3 - 3 * x + _B, (_P + 1) // 4, _P)
    y = y if y % 2 == compressed[0] % 2 else _P - y
    verifier = sm2.CryptSM2(private_key="", public_key="")
    verifier.public_key = f"{x:064x}{y:064x}"
    return verifier


def sm3_of(data):
    return bytes.fromhex(sm3.sm3_hash(list(data)))


def is_theirs(public_key, signature, data):
    verifier = theirs(public_key)
    table = sm2.default_ecc_table
    identity = _VECTORS["sm2_identity"].encode()
    curve = bytes.fromhex(f"{_P - 3:064x}" + table["b"] + table["g"] + verifier.public_key)
    digest = sm3_of(sm3_of((8 * len(identity)).to_bytes(2) + identity + curve) + data)
    return verifier.verify(signature.hex(), digest)


@pytest.mark.parametrize("vector", _VECTORS["online"]["codes"], ids=lambda one: one["says"])
def test_an_online_code_is_sealed_as_published(vector):
    key = bytes.fromhex(_VECTORS["online"]["day_key"])
    key_id, content = bytes.fromhex(vector["key_id"]), bytes.fromhex(vector["content"])
    sealed = bytes.fromhex(vector["sealed"])
    assert encode(CodeType.ONLINE, sealed) == vector["text"]
    assert decode(vector["text"], CodeType.ONLINE) == sealed
    assert key_id + Sm4Siv(key).encrypt(content, [key_id]) == sealed

    def padded(byte):
        return bytes(one ^ byte for one in key[:32].ljust(64, b"\0"))

    inner = sm3_of(padded(0x36) + len(key_id).to_bytes(2) + key_id + content)
    tag = sm3_of(padded(0x5C) + inner)[:16]
    cipher = sm4.CryptSM4(padding_mode=0)
    cipher.set_key(key[32:48], sm4.SM4_ENCRYPT)
    stream = bytes(cipher.one_round(cipher.sk, list(tag)))
    assert key_id + tag + bytes(a ^ b for a, b in zip(content, stream, strict=False)) == sealed
    since = datetime.fromisoformat(vector["issued_at"]) - datetime(2020, 1, 1, tzinfo=UTC)
    assert int.from_bytes(content[8:12]) == since.total_seconds()


@pytest.mark.parametrize(
    ("vector", "letter", "unsigned"), [(_ONE[0], b"B", 67), (_ONE[1], b"C", 32)], ids=["B", "C"]
)
def test_a_signed_code_is_laid_out_as_published(vector, letter, unsigned):
    kind = {b"B": CodeType.OFFLINE, b"C": CodeType.PRINTED}[letter]
    data = decode(vector["text"], kind)
    assert data.hex() == vector["bytes"]
    assert (data[1], data[5:9].hex()) == (3, vector["issuer_key_id"])
    public = bytes.fromhex(vector["issuer_public_key"])
    signature = data[unsigned : unsigned + 64]
    assert is_theirs(public, signature, b"OHC-%b-v1" % letter + data[:unsigned])
    assert not is_theirs(public, signature, b"OHC-%b-v1" % letter + data[: unsigned - 1])
    if letter == b"B":  # the phone's key is P-256 in every suite
        phone = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data[34:67])
        r, s = int.from_bytes(data[139:171]), int.from_bytes(data[171:203])
        phone.verify(
            encode_dss_signature(r, s), b"OHC-B-v1" + data[:139], ec.ECDSA(hashes.SHA256())
        )


def published_list():
    given = _VECTORS["trust_list"]
    roots = ((SignatureSuite[r["suite"]], bytes.fromhex(r["public_key"])) for r in given["roots"])
    return trust_list.read(bytes.fromhex(given["list"]), Roots.of(given["roots_needed"], *roots))


@pytest.mark.parametrize("vector", _ONE, ids=lambda one: one["says"])
def test_the_published_list_vouches_for_the_published_codes(vector):
    found = verify(vector["text"], published_list(), _AT, replays=ReplaySet())
    assert found.handle.hex() == vector["handle"]
    assert found.origin.suite == 3


def test_a_code_that_names_another_suite_than_its_issuer_is_refused():
    data = bytes.fromhex(_ONE[1]["bytes"])
    for suite in (0, 1, 2, 4, 255):
        text = encode(CodeType.PRINTED, data[:1] + bytes([suite]) + data[2:])
        with pytest.raises(Exception) as refused:
            verify(text, published_list(), _AT, replays=ReplaySet())
        assert refused.value.code in {"issuer-untrusted", "code-unreadable"}


def test_every_changed_byte_of_a_card_is_refused():
    data = bytes.fromhex(_ONE[1]["bytes"])
    trusted = published_list()
    for place in range(32, 96):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises(UntrustedSignature):
            verify(encode(CodeType.PRINTED, changed), trusted, _AT, replays=ReplaySet())

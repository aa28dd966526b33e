"""The published lists, revocations and requests, read once by the program and once from the format alone."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from openhealthcode.trust import UntrustedIssuer, read_bundle, read_status, trusted
from openhealthcode.trust.request import read_request

_FILE = Path(__file__).parents[3] / "docs" / "vectors" / "trust.json"
_VECTORS = json.loads(_FILE.read_text(encoding="utf-8"))
_AT = datetime.fromisoformat(_VECTORS["at"])
_BUNDLE = _VECTORS["bundle"]


def check(public_key, signature, data):
    """ES256 with nothing of the program's; two numbers of 32 bytes, the second not above half."""
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes.fromhex(public_key))
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    assert len(signature) == 64
    assert s <= 0x7FFFFFFF800000007FFFFFFFFFFFFFFFDE737D56D38BCF4279DCE5617E3192A8
    key.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))


def item(data, at=0):
    """One item of deterministic CBOR, as far as these lists use it: value, and where it ends."""
    kind, low = data[at] >> 5, data[at] & 31
    width = {24: 1, 25: 2, 26: 4, 27: 8}.get(low, 0)
    size = int.from_bytes(data[at + 1 : at + 1 + width]) if width else low
    at += 1 + width
    if kind == 0:
        return size, at
    if kind == 1:
        return -1 - size, at
    if kind in (2, 3):
        content = data[at : at + size]
        return (content.decode() if kind == 3 else content), at + size
    if kind == 6:
        return item(data, at)
    found = []
    for _ in range(size * (2 if kind == 5 else 1)):
        value, at = item(data, at)
        found.append(value)
    return (dict(zip(found[::2], found[1::2], strict=True)) if kind == 5 else found), at


def decoded(data):
    value, end = item(data)
    assert end == len(data)
    return value


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signers_of(document, authority):
    """The roots whose signatures over a list are good."""
    outer = decoded(document)
    roots = {
        hashlib.sha256(bytes.fromhex(one["public_key"])).digest()[:4]: one["public_key"]
        for one in authority["roots"]
    }
    for name, signature in outer[2]:
        check(roots[name], signature, b"OHC-trust-list-v1" + outer[1])
    return {name for name, _ in outer[2]}


def test_enough_roots_signed_the_lists_and_they_say_what_the_format_says():
    for authority in _BUNDLE["authorities"]:
        document = unpadded(_BUNDLE["lists"][authority["name"]])
        assert len(signers_of(document, authority)) >= authority["needed"]
    assert unpadded(_BUNDLE["lists"]["national"]).hex() == _VECTORS["list"]
    body = decoded(decoded(bytes.fromhex(_VECTORS["list"]))[1])
    assert body.keys() == {1, 2, 3, 4, 5}
    assert (body[1], body[2]) == (2, int(_AT.timestamp()))
    ((region, name, suite, public, first, signs, believed),) = body[4]
    given = _VECTORS["issuer"]
    assert (region, name.hex(), public.hex()) == (
        given["region"], given["key_id"], given["public_key"]
    )  # fmt: skip
    assert (suite, name) == (1, hashlib.sha256(public).digest()[:4])
    assert first < _AT.timestamp() < signs <= believed


def test_the_revoked_are_those_whose_bits_are_set():
    given = _VECTORS["status"]
    protected, _, payload, signature = decoded(bytes.fromhex(given["cwt"]))
    structure = b"\x84\x6aSignature1\x58" + bytes([len(protected)]) + protected + b"\x40"
    length = len(payload).to_bytes(2)
    covered = structure + b"\x59" + length + payload
    check(_VECTORS["issuer"]["public_key"], signature, covered)
    claims = decoded(payload)
    assert decoded(protected) == {1: -7, 16: "application/statuslist+cwt"}
    assert (claims[2], claims[65534]) == (given["name"], 3600)
    assert set_bits(claims[65533]["lst"]) == given["revoked"]
    head, body, mark = given["jwt"].split(".")
    check(_VECTORS["issuer"]["public_key"], unpadded(mark), f"{head}.{body}".encode())
    told = json.loads(unpadded(body))
    assert json.loads(unpadded(head))["typ"] == "statuslist+jwt"
    assert (told["sub"], told["status_list"]["bits"]) == (given["name"], 1)
    assert set_bits(unpadded(told["status_list"]["lst"])) == given["revoked"]


def set_bits(packed):
    bits = zlib.decompress(packed)
    assert len(bits) * 8 == _VECTORS["status"]["codes"]
    return [8 * place + bit for place, byte in enumerate(bits) if byte for bit in range(8)
            if byte >> bit & 1]  # fmt: skip


def test_a_request_is_signed_by_the_key_it_asks_to_list():
    content = dict(_VECTORS["request"])
    signature = bytes.fromhex(content.pop("signature"))
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    check(content["lists"]["public_key"], signature, b"OHC-issuer-request-v1" + canonical)
    with pytest.raises(InvalidSignature):
        check(content["lists"]["public_key"], signature, b"OHC-issuer-request-v2" + canonical)


def test_the_program_believes_exactly_those_the_vectors_name():
    taken = read_bundle(json.dumps(_BUNDLE).encode())
    listed = trusted(taken, taken.authorities)
    believed = {(region, bytes.fromhex(name)) for region, name in _VECTORS["believed"]}
    assert listed.issuers.keys() == believed
    for region, name in _VECTORS["not_believed"]:
        with pytest.raises(UntrustedIssuer):
            listed.issuer(region, bytes.fromhex(name), 1, _AT)
    issuer = listed.issuers[
        _VECTORS["issuer"]["region"], bytes.fromhex(_VECTORS["issuer"]["key_id"])
    ]
    for token in (bytes.fromhex(_VECTORS["status"]["cwt"]), _VECTORS["status"]["jwt"].encode()):
        revoked = read_status(token, issuer).revoked
        assert revoked.count == len(_VECTORS["status"]["revoked"])
        assert all(revoked.is_revoked(index) for index in _VECTORS["status"]["revoked"])
    for index in _VECTORS["status"]["revoked"]:
        assert listed.is_revoked(issuer, index)
        assert not listed.is_revoked(issuer, index ^ 2)


def test_the_program_reads_the_request_as_it_is_written():
    read = read_request(json.dumps(_VECTORS["request"]))
    given = _VECTORS["request"]
    assert read.lists.public_key.hex() == given["lists"]["public_key"]
    assert read.lists.believed_from == datetime.fromtimestamp(given["lists"]["believed_from"], UTC)
    assert read.retires[0].hex() == given["retires"]["key_id"]

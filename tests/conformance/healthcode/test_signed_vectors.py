"""The published vectors of the signed codes, read by a second, plainer implementation.

What is written here knows the format page and nothing of the program: bytes are cut by hand, signatures
are checked by the library directly.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from openhealthcode.healthcode import short
from openhealthcode.healthcode.signed import ReplaySet, counter, verify, verify_counter
from openhealthcode.trust import Roots, SignatureSuite, StatusList, trust_list

_FILE = Path(__file__).parents[3] / "docs" / "vectors" / "health-code-signed.json"
_VECTORS = json.loads(_FILE.read_text("utf-8"))
_AT = datetime.fromisoformat(_VECTORS["verified_at"])
_START = datetime(2020, 1, 1, tzinfo=UTC)
_SUITES = {"ES256": 1, "Ed25519": 2}


def bytes_of(text):
    """The digits of a code as bytes, by the format page."""
    body, data = text[4:], b""
    sizes = {3: 1, 5: 2, 8: 3, 10: 4, 13: 5, 15: 6, 17: 7}
    while body:
        chunk, body = body[:17], body[17:]
        data += int(chunk).to_bytes(sizes[len(chunk)], "little")
    return data


def check(suite, public_key, signature, data):
    if suite == 2:
        ed25519.Ed25519PublicKey.from_public_bytes(public_key[1:]).verify(signature, data)
        return
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    der = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    key.verify(der, data, ec.ECDSA(hashes.SHA256()))


def number(data):
    return int.from_bytes(data, "big")


def of_kind(letter):
    found = [one for one in _VECTORS["codes"] if one["says"].startswith(letter)]
    assert found
    return pytest.mark.parametrize("vector", found, ids=lambda one: one["says"])


def begins_as_said(vector, data, kind):
    assert data.hex() == vector["bytes"]
    assert data[0] == 0x10 + kind
    assert data[1] == _SUITES[vector["suite"]]
    assert number(data[2:5]) == vector["region"]
    assert data[5:9].hex() == vector["issuer_key_id"]
    return data[1], bytes.fromhex(vector["issuer_public_key"])


@of_kind("B")
def test_an_offline_code_is_laid_out_as_published(vector):
    data = bytes_of(vector["text"])
    suite, issuer = begins_as_said(vector, data, 2)
    assert data[9:25].hex() == vector["handle"]
    assert number(data[25:29]) == vector["index"]
    first = _START + timedelta(hours=number(data[29:32]))
    assert first == datetime.fromisoformat(vector["not_before"])
    assert (data[32], data[33]) == (vector["lifetime_hours"], vector["capabilities"])
    assert data[34:67].hex() == vector["device_public_key"]
    check(suite, issuer, data[67:131], b"OHC-B-v1" + data[:67])
    shown = _START + timedelta(seconds=number(data[131:135]))
    assert shown == datetime.fromisoformat(vector["shown_at"])
    assert (data[135], number(data[136:139])) == (vector["purposes"], vector["counter"])
    challenge = bytes.fromhex(vector["challenge"])
    check(1, data[34:67], data[139:203], b"OHC-B-v1" + data[:139] + challenge)


@of_kind("D")
def test_a_counters_code_is_laid_out_as_published(vector):
    data = bytes_of(vector["text"])
    suite, issuer = begins_as_said(vector, data, 4)
    assert data[9:25].hex() == vector["institution"].replace("-", "")
    assert (number(data[25:27]), data[27:35].hex()) == (vector["counter"], vector["nonce"])
    shown = _START + timedelta(seconds=number(data[36:40]))
    assert (data[35], shown) == (vector["purpose"], datetime.fromisoformat(vector["shown_at"]))
    check(suite, issuer, data[40:104], b"OHC-D-v1" + data[:40])
    assert counter.read(vector["text"]).challenge.hex() == vector["challenge"]


@pytest.mark.parametrize(("letter", "kind"), [("C", 3), ("F", 6)])
def test_a_card_is_laid_out_as_published(letter, kind):
    for vector in (one for one in _VECTORS["codes"] if one["says"].startswith(letter)):
        data = bytes_of(vector["text"])
        suite, issuer = begins_as_said(vector, data, kind)
        assert data[9:25].hex() == vector["handle"]
        assert data[25] == vector["card_version"]
        last_day = (_START + timedelta(days=number(data[26:28]))).date()
        assert last_day.isoformat() == vector["last_day"]
        assert number(data[28:32]) == vector["index"]
        check(suite, issuer, data[32:96], b"OHC-%b-v1" % letter.encode() + data[:32])


def published_list():
    given = _VECTORS["trust_list"]
    roots = ((SignatureSuite[r["suite"]], bytes.fromhex(r["public_key"])) for r in given["roots"])
    known = Roots.of(given["roots_needed"], *roots)
    return trust_list.read(bytes.fromhex(given["list"]), known)


def test_the_published_list_vouches_for_the_published_codes_of_its_issuer():
    trusted = published_list()
    assert trusted.number == _VECTORS["trust_list"]["number"]
    assert trusted.issued_at == datetime.fromisoformat(_VECTORS["trust_list"]["issued_at"])
    passed = 0
    for vector in _VECTORS["codes"]:
        if vector["suite"] != "ES256":
            continue
        if vector["says"].startswith("D"):
            verify_counter(vector["text"], trusted, _AT)
        else:
            challenge = bytes.fromhex(vector.get("challenge", ""))
            found = verify(vector["text"], trusted, _AT, replays=ReplaySet(), challenge=challenge)
            assert found.handle.hex() == vector["handle"]
        passed += 1
    assert passed == 5


@pytest.mark.parametrize("vector", _VECTORS["short"], ids=lambda one: one["number"])
def test_a_short_code_is_written_as_published(vector):
    assert short.written(int(vector["number"])) == vector["text"]
    assert int(vector["text"]) % 97 == 1
    assert short.read(vector["text"]) == vector["number"]


def test_a_status_list_is_as_in_the_specifications_example():
    given = _VECTORS["status_list"]
    listed = StatusList(bytes.fromhex(given["bits"]))
    assert [i for i in range(len(listed)) if listed.is_revoked(i)] == given["revoked"]

"""Lists of revoked codes as they travel: signed by the key they are about, or refused."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.trust import (
    Ed25519Signer,
    Issuer,
    P256Signer,
    Sm2Signer,
    StatusList,
    UnreadableStatusList,
    UntrustedSignature,
    as_cwt,
    as_jwt,
    key_id,
    read_status,
    status_name,
)
from openhealthcode.trust.signed_message import compact, open1, open_compact, sign1, strictly
from openhealthcode.trust.status_list import LARGEST_BYTES
from openhealthcode.trust.status_token import is_due

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
SECRET = bytes(range(32))
CWT = "application/statuslist+cwt"
SUITES = (P256Signer, Ed25519Signer, Sm2Signer)
SPECIFIED = bytes.fromhex(
    "d2845820a2012610781a6170706c69636174696f6e2f7374617475736c6973742b637774a1044231325850a502782168"
    "747470733a2f2f6578616d706c652e636f6d2f7374617475736c697374732f31061a648c5bea041a8898dfea19fffe19"
    "a8c019fffda2646269747301636c73744a78dadbb918000217015d584093fa4d01032b18c35e2fe1101b77fd6cc94400"
    "22caa4694450c4e4e9feab4e99d1fa6d9772ce2bf3a12e0323ded7c982c5e101a5e67f0cbc1e2b6f57ce99c279"
)
"""The example of the specification, 5.2."""


def made(kind=P256Signer, region=880101):
    signer = kind.derived(SECRET, b"issuer")
    name = key_id(signer.public_key)
    return signer, Issuer(region, name, signer.suite, signer.public_key, NOW, NOW, NOW)


@pytest.mark.parametrize("kind", SUITES)
@pytest.mark.parametrize("written", [as_cwt, as_jwt])
def test_what_was_revoked_comes_back(kind, written):
    signer, issuer = made(kind)
    token = written(signer, issuer, StatusList.of([3, 9], size=16), NOW)
    read = read_status(token if isinstance(token, bytes) else token.encode(), issuer)
    assert [index for index in range(16) if read.revoked.is_revoked(index)] == [3, 9]
    assert (read.key_id, read.issued_at, read.as_of) == (issuer.key_id, NOW, NOW)
    assert read.expires_at == NOW + timedelta(days=10)
    assert read.revoked.count == 2
    assert [is_due(read, NOW + timedelta(minutes=n)) for n in (59, 60)] == [False, True]


def test_our_tokens_have_the_shape_of_the_specifications_example():
    signer, issuer = made()
    ours = cbor2.loads(as_cwt(signer, issuer, StatusList.of([3, 9], size=16), NOW))
    theirs = strictly(SPECIFIED)
    assert (ours.tag, len(ours.value)) == (theirs.tag, len(theirs.value))
    assert ours.value[0] == theirs.value[0], "the protected header, byte for byte"
    our_claims, their_claims = (strictly(one.value[2]) for one in (ours, theirs))
    assert our_claims.keys() == their_claims.keys()
    assert our_claims[65533].keys() == their_claims[65533].keys()
    bits = StatusList.unpack(their_claims[65533]["lst"])
    assert [index for index in range(16) if bits.is_revoked(index)] == [0, 3, 4, 5, 7, 8, 9, 13, 15]


@given(st.data())
def test_no_changed_byte_is_taken(drawn):
    signer, issuer = made(Ed25519Signer)
    for token in (
        as_cwt(signer, issuer, StatusList.of([3], size=16), NOW),
        as_jwt(signer, issuer, StatusList.of([3], size=16), NOW).encode(),
    ):
        data = bytearray(token)
        data[drawn.draw(st.integers(0, len(data) - 1))] ^= drawn.draw(st.integers(1, 255))
        try:
            read = read_status(bytes(data), issuer)
        except (UntrustedSignature, UnreadableStatusList):
            continue
        # The name of the key in the open says nothing: the key is known before.
        assert (read.revoked.count, read.issued_at) == (1, NOW)


@given(st.binary(max_size=120))
def test_no_bytes_whatever_do_more_than_be_refused(data):
    _, issuer = made()
    for each in (data, b"ey" + data, b"\xd2\x84" + data):
        with pytest.raises((UntrustedSignature, UnreadableStatusList)):
            read_status(each, issuer)


def test_another_key_region_or_suite_is_not_believed():
    signer, issuer = made()
    stranger, other = made(Ed25519Signer)
    for written in (as_cwt, as_jwt):
        token = written(signer, issuer, StatusList.of([], size=8), NOW)
        data = token if isinstance(token, bytes) else token.encode()
        with pytest.raises(UntrustedSignature):
            read_status(data, other)
        with pytest.raises(UnreadableStatusList):
            read_status(data, replace(issuer, region=880102))
    assert stranger.suite is not signer.suite


CLAIMS = {2: status_name(880101, made()[1].key_id), 6: int(NOW.timestamp()),
          4: int(NOW.timestamp()) + 60, 65533: {"bits": 1, "lst": zlib.compress(b"\0")}}  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {2: "urn:other"},
        {4: 0},
        {6: 2**70, 4: 2**71},
        {65533: {"bits": 2, "lst": zlib.compress(b"\0")}},
        {65533: {"bits": 1, "lst": zlib.compress(b"\0" * (LARGEST_BYTES + 1))}},
        {65533: {"bits": 1, "lst": b"no zlib"}},
        {65533: {"bits": 1}},
        {6: "now"},
    ],
)
def test_what_is_signed_has_to_be_a_list_all_the_same(wrong):
    signer, issuer = made()
    claims = CLAIMS | wrong
    token = sign1(signer, issuer.key_id, CWT, cbor2.dumps(claims))
    with pytest.raises(UnreadableStatusList):
        read_status(token, issuer)
    listed = claims[65533]
    packed = base64.urlsafe_b64encode(listed.get("lst", b"")).decode()
    written = {"sub": claims[2], "iat": claims[6], "exp": claims[4],
               "status_list": listed | ({"lst": packed} if "lst" in listed else {})}  # fmt: skip
    jwt = compact(signer, {"typ": "statuslist+jwt"}, json.dumps(written).encode())
    with pytest.raises(UnreadableStatusList):
        read_status(jwt.encode(), issuer)


def test_a_token_that_ends_sooner_is_old_sooner():
    signer, issuer = made()
    token = sign1(signer, issuer.key_id, CWT, cbor2.dumps(CLAIMS))
    read = read_status(token, issuer)
    assert read.as_of == NOW + timedelta(seconds=60) - timedelta(days=10)


def test_signed_text_that_is_no_list_is_refused():
    signer, issuer = made()
    for payload in (b"", b"\xff", b"[]", b"[" * 50_000, json.dumps({"sub": "x"}).encode()):
        jwt = compact(signer, {"typ": "statuslist+jwt"}, payload)
        with pytest.raises(UnreadableStatusList):
            read_status(jwt.encode(), issuer)
    with pytest.raises(UnreadableStatusList):
        read_status(b"\xd2" * ((2 << 20) + 1), issuer)
    with pytest.raises(UnreadableStatusList):
        read_status("eyé".encode(), issuer)


def test_a_map_with_a_key_twice_is_no_map():
    twice = b"\xa2\x01\x26\x01\x26"
    with pytest.raises(UntrustedSignature):
        strictly(twice)
    for data in (b"", b"\xff", b"\x01\x01", b"\x81" * 5000):
        with pytest.raises(UntrustedSignature):
            strictly(data)


def test_a_message_is_of_one_kind_and_one_algorithm():
    signer, issuer = made()
    message = sign1(signer, issuer.key_id, "application/one", b"payload")
    assert open1(message, issuer, "application/one") == b"payload"
    with pytest.raises(UntrustedSignature):
        open1(message, issuer, "application/two")
    tag = cbor2.loads(message)
    for value in (
        [*tag.value[:3], b"short"],
        tag.value[:3],
        [cbor2.dumps({1: -8, 16: "application/one"}), *tag.value[1:]],
    ):
        with pytest.raises(UntrustedSignature):
            open1(cbor2.dumps(cbor2.CBORTag(18, list(value))), issuer, "application/one")
    with pytest.raises(UntrustedSignature):
        open1(cbor2.dumps(cbor2.CBORTag(17, list(tag.value))), issuer, "application/one")


def test_a_text_is_of_one_kind_and_one_algorithm():
    signer, issuer = made()
    text = compact(signer, {"typ": "one"}, b"payload")
    assert open_compact(text, issuer, "one") == b"payload"
    header, payload, signature = text.split(".")
    other = base64.urlsafe_b64encode(b'{"alg":"none","typ":"one"}').rstrip(b"=").decode()
    critical = compact(signer, {"typ": "one", "crit": ["x"]}, b"payload")
    nothing = base64.urlsafe_b64encode(b"no json").rstrip(b"=").decode()
    for wrong in (
        f"{header}.{payload}",
        f"{other}.{payload}.{signature}",
        f"{nothing}.{payload}.{signature}",
        f"{header}.{payload}.{signature}=",
        f"{header}.{payload}.{signature[:-2]}",
        f"{header}.!.{signature}",
        f"{header}.é.{signature}",
        critical,
    ):
        with pytest.raises(UntrustedSignature):
            open_compact(wrong, issuer, "one")
    with pytest.raises(UntrustedSignature):
        open_compact(text, issuer, "two")

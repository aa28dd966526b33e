"""Whatever is handed to a reader of lists, it is read or refused by name, and soon."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.trust import (
    UnsuitableAuthority,
    UnsuitableTrustList,
    read_authority,
    read_bundle,
    read_public_root,
)
from openhealthcode.trust.elsewhere import UnreadableKeyList, read_published
from openhealthcode.trust.lists import UnreadableRequest, read_request, unsigned

NOW = datetime(2026, 11, 22, tzinfo=UTC)
NAMES = st.sampled_from(
    [
        "keys",
        "certificates",
        "dsc_trust_list",
        "verificationMethod",
        "proof",
        "jws",
        "id",
        "publicKeyJwk",
        "kid",
        "kty",
        "crv",
        "x",
        "y",
        "n",
        "e",
        "x5c",
        "use",
        "certificateType",
        "country",
        "rawData",
        "exp",
        "authorities",
        "lists",
        "status",
        "region",
        "key_id",
        "token",
        "name",
        "needed",
        "roots",
        "suite",
        "public_key",
        "regions",
        "removes",
        "retires",
        "at",
        "signature",
        "believed_from",
        "signs_until",
        "believed_until",
    ]
)
SAID = st.sampled_from(
    [
        "EC",
        "P-256",
        "RSA",
        "DSC",
        "sig",
        "AQAB",
        "AA==",
        "A",
        "=",
        "é",
        "national",
        "a:trustlist:b:c:DSC#x",
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | SAID
    | st.text(max_size=8)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=24,
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=8)


@given(DOCUMENTS)
def test_no_json_whatever_does_more_than_be_refused(document):
    text = json.dumps(document)
    for read, refusal in (
        (
            lambda: read_published(text.encode(), NOW, address="https://example.invalid"),
            UnreadableKeyList,
        ),
        (lambda: read_bundle(text.encode()), UnsuitableTrustList),
        (lambda: read_authority(text), UnsuitableAuthority),
        (lambda: read_public_root(text), UnsuitableAuthority),
        (lambda: read_request(text), UnreadableRequest),
    ):
        try:
            read()
        except refusal:
            continue


@given(st.dictionaries(NAMES, VALUES, max_size=8), st.sampled_from(["keys", "certificates"]))
def test_no_key_inside_a_list_does_more_than_be_left_out(entry, name):
    for content in (
        {name: [entry]},
        {"dsc_trust_list": {"XA": {"keys": [{"kid": "AA==", **entry}]}}},
        {"verificationMethod": [{"id": "did:web:x#AA==", "publicKeyJwk": entry}], "proof": entry},
    ):
        _, found = read_published(json.dumps(content).encode(), NOW, address="https://x.invalid")
        assert len(found.keys) <= 1


@given(st.binary(max_size=300))
def test_no_bytes_whatever_do_more_than_be_refused(data):
    for read, refusal in (
        (lambda: read_published(data, NOW), UnreadableKeyList),
        (lambda: read_published(b"eyJiNjQiOmZhbHNlfQ." + data, NOW), UnreadableKeyList),
        (lambda: read_bundle(data), UnsuitableTrustList),
        (lambda: unsigned(data), UnsuitableTrustList),
    ):
        try:
            read()
        except refusal:
            continue

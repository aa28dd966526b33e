"""The published vector of RFC 9421, and every way in which a message can be another one."""

from __future__ import annotations

from base64 import b64decode, b64encode, urlsafe_b64decode

import pytest

from openhealthcode.trust import UntrustedSignature
from openhealthcode.trust.message_signature import (
    MessageProof,
    MessageSigner,
    answer_components,
    content_digest,
    request_components,
    signature_base,
    verify_message,
)

SEED = urlsafe_b64decode("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU=")
"""RFC 9421, B.1.4, the private part."""
NOW = 1_795_000_000
BODY = b'{"transType":"ec.query"}'
NONCE = "0123456789abcdef"
SIGNER = MessageSigner.of_seed("region", SEED)
ASKED = request_components("POST", "/ec", BODY)


def test_the_vector_of_the_rfc():
    components = [
        ('"date"', "Tue, 20 Apr 2021 02:07:55 GMT"),
        ('"@method"', "POST"),
        ('"@path"', "/foo"),
        ('"@authority"', "example.com"),
        ('"content-type"', "application/json"),
        ('"content-length"', "18"),
    ]
    parameters = (
        '("date" "@method" "@path" "@authority" "content-type" "content-length")'
        ';created=1618884473;keyid="test-key-ed25519"'
    )
    assert SIGNER.sign(signature_base(components, parameters)) == b64decode(
        "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
    )
    assert SIGNER.public_key == urlsafe_b64decode("JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs=")


def test_the_digest_of_rfc_9530():
    assert (
        content_digest(b'{"hello": "world"}\n')
        == "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
    )


def headers(components=ASKED, body=BODY, created=NOW, nonce=NONCE):
    signed = SIGNER.headers(components, body, created, nonce)
    return {name.lower(): value for name, value in signed.items()}


def test_what_was_signed_is_accepted_and_says_by_whom_and_when():
    proof = verify_message(SIGNER.public_key, ASKED, headers(), NOW + 60)
    assert proof == MessageProof("region", NOW, NONCE)
    assert SIGNER.key_id == "region"


def test_each_message_has_a_nonce_of_its_own():
    both = [SIGNER.headers(ASKED, BODY, NOW)["Signature-Input"] for _ in range(2)]
    assert both[0] != both[1]


@pytest.mark.parametrize(
    ("components", "more", "now"),
    [
        (request_components("GET", "/ec", BODY), {}, NOW),
        (request_components("POST", "/ec2", BODY), {}, NOW),
        (request_components("POST", "/ec", BODY + b" "), {}, NOW),
        (answer_components(200, BODY, BODY), {}, NOW),
        (ASKED, {}, NOW + 61),
        (ASKED, {}, NOW - 61),
        (ASKED, {"signature": ""}, NOW),
        (ASKED, {"signature": f"ohc=:{'A' * 86}==:"}, NOW),
        (ASKED, {"signature-input": ""}, NOW),
        (ASKED, {"signature-input": 'ohc=("@method");created=1;keyid="region"'}, NOW),
    ],
)
def test_any_other_message_is_refused(components, more, now):
    with pytest.raises(UntrustedSignature):
        verify_message(SIGNER.public_key, components, headers() | more, now)


def test_another_key_is_refused_also_one_that_is_none():
    other = MessageSigner.of_seed("region", bytes(32))
    for key in (other.public_key, b"short"):
        with pytest.raises(UntrustedSignature):
            verify_message(key, ASKED, headers(), NOW)


def test_an_answer_answers_one_question():
    answer = b'{"code":0}'
    signed = headers(answer_components(200, answer, BODY), answer)
    verify_message(SIGNER.public_key, answer_components(200, answer, BODY), signed, NOW)
    with pytest.raises(UntrustedSignature):
        verify_message(SIGNER.public_key, answer_components(200, answer, b"other"), signed, NOW)
    with pytest.raises(UntrustedSignature):
        verify_message(SIGNER.public_key, answer_components(500, answer, BODY), signed, NOW)


@pytest.mark.parametrize(
    ("covered", "algorithm"),
    [
        ('"@method" "@path"', "ed25519"),  # says that it covers less than it does
        ('"@method" "@path" "content-digest"', "ecdsa-p256-sha256"),
    ],
)
def test_a_message_says_what_it_covers_and_by_which_algorithm(covered, algorithm):
    """Signed by the right key over the right lines, and still refused for what it says of itself."""
    parameters = f'({covered});created={NOW};nonce="{NONCE}";keyid="region";alg="{algorithm}"'
    signature = b64encode(SIGNER.sign(signature_base(ASKED, parameters))).decode()
    said = {"signature-input": f"ohc={parameters}", "signature": f"ohc=:{signature}:"}
    with pytest.raises(UntrustedSignature):
        verify_message(SIGNER.public_key, ASKED, said, NOW)

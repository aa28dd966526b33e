"""Lists of keys as others publish them: read in every form, put right where they are known to be wrong."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID, ObjectIdentifier

from openhealthcode.trust import P256Signer, UntrustedSignature, jwk_of, key_of_point, sha256
from openhealthcode.trust.elsewhere import (
    Defect,
    ElsewhereKey,
    PublishedForm,
    UnreadableKeyList,
    accept,
    accepted,
    forget,
    kid_of,
    read_published,
    write_dsc_list,
)
from openhealthcode.trust.published_key import key_of_certificate

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FOR_TESTS = "1.3.6.1.4.1.1847.2021.1.1"
UNSIGNED = ("", Defect.UNSIGNED)


@dataclass
class Signer:
    """A document signer with a certificate."""

    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    der: bytes

    @classmethod
    def made(cls, key=None, days=365):
        key = key or ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "XA")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=800))
            .not_valid_after(NOW + timedelta(days=days))
            .add_extension(x509.ExtendedKeyUsage([ObjectIdentifier(FOR_TESTS)]), critical=False)
        )
        return cls(key, builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))

    @property
    def kid(self) -> bytes:
        return sha256(self.der)[:8]

    @property
    def kid_text(self) -> str:
        return base64.b64encode(self.kid).decode()

    @property
    def spki(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def jwk(self, *, x5c=True, zeros=0, padded=False):
        numbers = self.key.public_key().public_numbers()
        if isinstance(self.key, rsa.RSAPrivateKey):
            jwk = {
                "kty": "RSA",
                "n": text(bytes(zeros) + big(numbers.n)),
                "e": text(big(numbers.e)),
            }
        else:
            x, y = (bytes(zeros) + one.to_bytes(32) for one in (numbers.x, numbers.y))
            jwk = {
                "kty": "EC",
                "crv": "P-256",
                "x": text(x, padded=padded),
                "y": text(y, padded=padded),
            }
        certificate = {"x5c": [base64.b64encode(self.der).decode(), "bm90IG91cnM="]}
        return jwk | (certificate if x5c else {})

    def method(self, *, use="DSC", fragment=None, kid=True, **jwk):
        place = f"did:web:example.invalid:v2:trustlist:DCC:XXA:{use}"
        named = {"kid": self.kid_text} if kid else {}
        return {
            "id": f"{place}#{self.kid_text if fragment is None else fragment}",
            "type": "JsonWebKey2020",
            "controller": place,
            "publicKeyJwk": self.jwk(**jwk) | named,
        }


def big(number):
    return number.to_bytes((number.bit_length() + 7) // 8)


def text(data, *, padded=False):
    written = base64.urlsafe_b64encode(data).decode()
    return written if padded else written.rstrip("=")


def document(*methods, **more):
    return json.dumps(
        {"id": "did:web:example.invalid", "verificationMethod": methods} | more
    ).encode()


def read(data, **how):
    form, found = read_published(data, NOW, **how)
    return form, found.keys, list(found.defects)


@pytest.fixture
def signer():
    return Signer.made()


def test_a_did_document_is_read_as_it_should_be_written(signer):
    form, (key,), defects = read(document(signer.method()))
    assert form is PublishedForm.DID
    assert (key.name, key.kid, key.key.spki) == ("XXA", signer.kid, signer.spki)
    assert key.key.uses == {FOR_TESTS}
    assert key.key.not_after == NOW + timedelta(days=365)
    assert defects == [UNSIGNED]


@pytest.mark.parametrize(
    ("wrong", "defect"),
    [
        ({"zeros": 1}, Defect.LEADING_ZERO),
        ({"zeros": 1, "x5c": False}, Defect.LEADING_ZERO),
        ({"padded": True}, Defect.PADDING),
        ({"x5c": False}, Defect.NO_CERTIFICATE),
        ({"fragment": "AAAAAAAAAAA="}, Defect.FRAGMENT),
    ],
)
def test_what_is_known_to_be_wrong_is_put_right_and_told(signer, wrong, defect):
    _, (key,), defects = read(document(signer.method(**wrong)))
    assert (key.kid, key.key.spki) == (signer.kid, signer.spki)
    assert (signer.kid_text, defect) in defects


def test_an_escaped_name_in_the_address_is_the_same_name(signer):
    escaped = signer.kid_text.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    _, (key,), defects = read(document(signer.method(fragment=escaped)))
    assert (key.kid, defects) == (signer.kid, [UNSIGNED])
    _, (key,), defects = read(document(signer.method(fragment=escaped, kid=False)))
    assert (key.kid, defects) == (signer.kid, [UNSIGNED])


def test_the_certificate_outweighs_what_stands_beside_it(signer):
    other = Signer.made()
    method = signer.method()
    method["publicKeyJwk"] |= {"x": other.jwk()["x"], "y": other.jwk()["y"]}
    _, (key,), defects = read(document(method))
    assert key.key.spki == signer.spki
    assert (signer.kid_text, Defect.COORDINATES) in defects
    method["publicKeyJwk"]["x"] = "!"
    _, (key,), defects = read(document(method))
    assert (signer.kid_text, Defect.COORDINATES) in defects


def test_a_certificate_alone_is_enough_and_its_name_is_the_lists(signer):
    method = signer.method()
    inside = method["publicKeyJwk"]
    method["publicKeyJwk"] = {"kid": "AAAAAAAAAAA=", "x5c": inside["x5c"]}
    _, (key,), defects = read(document(method))
    assert (key.kid, key.key.spki) == (bytes(8), signer.spki)
    assert ("AAAAAAAAAAA=", Defect.KEY_ID) in defects


def test_a_key_of_rsa_is_read_with_and_without_its_sign_byte():
    signer = Signer.made(rsa.generate_private_key(65537, 2048))
    for zeros, told in ((0, False), (1, True)):
        _, (key,), defects = read(document(signer.method(x5c=False, zeros=zeros)))
        assert key.key.spki == signer.spki
        assert ((signer.kid_text, Defect.LEADING_ZERO) in defects) is told


@pytest.mark.parametrize("use", ["SCA", "TLS"])
def test_authorities_are_left_out(signer, use):
    _, keys, defects = read(document(signer.method(use=use)))
    assert (keys, defects[1:]) == ((), [(signer.kid_text, Defect.AUTHORITY)])


def test_a_document_by_reference_says_what_is_to_be_fetched():
    name = "did:web:example.invalid:v2:trustlist:DCC:XXA:DSC"
    _, keys, defects = read(document(name))
    assert (keys, defects) == ((), [UNSIGNED, (name, Defect.REFERENCE)])


def test_a_proof_in_der_is_told(signer):
    signature = signer.key.sign(b"document", ec.ECDSA(hashes.SHA256()))
    assert read(document(signer.method(), proof={"jws": f"e30..{text(signature)}"}))[2] == [
        UNSIGNED,
        ("", Defect.PROOF_FORM),
    ]
    for jws in (f"e30..{text(b'1' * 64)}", "e30..!", "e30..A"):
        assert read(document(signer.method(), proof={"jws": jws}))[2] == [UNSIGNED]


@pytest.mark.parametrize(
    "broken",
    [
        {"x5c": ["AAAA"]},
        {"x5c": ["!"]},
        {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": text(b"\1" * 33), "y": text(b"\1" * 33)},
        {"kty": "EC", "crv": "P-256", "x": 5, "y": "A"},
        {"kty": "EC", "crv": "P-256", "x": "A" * 20_000, "y": "AA"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "n": "AA", "e": "AQAB"},
        {"kty": "oct", "k": "AA"},
        {"kty": "EC", "crv": "P-256", "d": "AA"},
    ],
)
def test_what_is_no_key_is_left_out(broken):
    method = {"id": "did:web:example.invalid#AAAAAAAAAAA=", "publicKeyJwk": broken}
    _, keys, defects = read(document(method, {"id": 5}))
    assert keys == ()
    assert ("AAAAAAAAAAA=", Defect.UNSUITABLE) in defects
    assert ("?", Defect.UNSUITABLE) in defects


def test_a_certificate_that_has_ended_is_left_out():
    old = Signer.made(days=-1)
    for data in (document(old.method()), gateway(old), country(old)):
        _, keys, defects = read(data)
        assert keys == ()
        assert (old.kid_text, Defect.CERTIFICATE_OVER) in defects


def entry(signer, kind="DSC", **more):
    raw = base64.b64encode(signer.der).decode()
    return {"certificateType": kind, "country": "XA", "kid": signer.kid_text, "rawData": raw} | more


def gateway(*signers, **more):
    return json.dumps({"certificates": [entry(one, **more) for one in signers]}).encode()


def country(*signers):
    keys = [one.jwk() | {"kid": one.kid_text} for one in signers]
    content = {"dsc_trust_list": {"XA": {"eku": {}, "keys": keys}}, "exp": NOW.timestamp() + 60}
    return json.dumps(content).encode()


def test_the_gateways_list_is_read_with_and_without_its_line_of_signature(signer):
    for data in (gateway(signer), b"c2lnbmF0dXJl\n" + gateway(signer)):
        form, (key,), defects = read(data)
        assert form is PublishedForm.DSC_LIST
        assert (key.name, key.kid, key.key.spki) == ("XA", signer.kid, signer.spki)
        assert defects == [UNSIGNED]


def test_in_the_gateways_list_each_defect_is_told(signer):
    data = {
        "certificates": [
            entry(signer),
            entry(signer),
            entry(signer, kid="AAAAAAAAAAA="),
            entry(signer, kind="CSCA", kid="csca"),
            entry(signer, kid="broken", rawData="!"),
            {},
        ]
    }
    _, keys, defects = read(json.dumps(data).encode())
    assert {key.kid for key in keys} == {signer.kid, bytes(8)}
    assert defects == [
        UNSIGNED,
        (signer.kid.hex(), Defect.DUPLICATE),
        ("AAAAAAAAAAA=", Defect.KEY_ID),
        ("csca", Defect.AUTHORITY),
        ("broken", Defect.UNSUITABLE),
        ("?", Defect.UNSUITABLE),
    ]


def signed_list(of, signer, content=None, alg="ES256"):
    header = text(json.dumps({"alg": alg, "b64": False, "typ": "JOSE"}).encode())
    payload = content or {**json.loads(country(of)), "exp": int(NOW.timestamp()) + 60}
    body = f"{header}.{json.dumps(payload)}"
    r, s = decode_dss_signature(signer.key.sign(body.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{body}.{text(r.to_bytes(32) + s.to_bytes(32))}".encode()


def test_the_list_by_country_is_believed_by_its_signature(signer):
    publisher = Signer.made()
    key = key_of_certificate(publisher.der)
    data = signed_list(signer, publisher)
    form, (found,), defects = read(data, signer=key)
    assert (form, found.kid, defects) == (PublishedForm.DSC_LIST, signer.kid, [])
    assert read(data)[2] == [UNSIGNED]
    assert read(country(signer))[2] == [UNSIGNED]
    with pytest.raises(UntrustedSignature):
        read(data, signer=key_of_certificate(signer.der))
    with pytest.raises(UntrustedSignature):
        read(data.replace(b'"XA"', b'"XB"'), signer=key)
    with pytest.raises(UntrustedSignature):
        read(signed_list(signer, publisher, alg="PS256"), signer=key)


def test_our_own_list_by_country_is_one_that_others_read(signer):
    publisher, other = P256Signer.generate(), key_of_certificate(signer.der)
    written = write_dsc_list(
        publisher, "https://example.invalid", "CN", {kid_of(other): jwk_of(other)}, NOW
    )
    _, (found,), defects = read(written.encode(), signer=key_of_point(publisher.public_key))
    assert (found.name, found.kid, found.key.spki) == ("CN", sha256(other.spki)[:8], other.spki)
    assert defects == [(kid_of(other), Defect.NO_CERTIFICATE)]
    with pytest.raises(UntrustedSignature):
        read(written.encode(), signer=other)
    assert '"b64": false' in base64.urlsafe_b64decode(written.partition(".")[0] + "==").decode()


def test_a_list_by_country_that_is_over_or_says_no_end_is_refused(signer):
    countries = json.loads(country(signer))["dsc_trust_list"]
    for wrong in ({"exp": int(NOW.timestamp())}, {}):
        with pytest.raises(UnreadableKeyList):
            read(signed_list(signer, signer, {"dsc_trust_list": countries, **wrong}))


def test_in_the_list_by_country_each_defect_is_told(signer):
    keys = [signer.jwk() | {"kid": "AAAAAAAAAAA="}, {"kid": "AAAAAAAAAAE=", "kty": "oct"}, {}]
    data = {"dsc_trust_list": {"XA": {"keys": keys}, "XB": 5}}
    _, (found,), defects = read(json.dumps(data).encode())
    assert found.kid == bytes(8)
    assert defects[1:] == [
        ("AAAAAAAAAAA=", Defect.KEY_ID),
        ("AAAAAAAAAAE=", Defect.NO_CERTIFICATE),
        ("AAAAAAAAAAE=", Defect.UNSUITABLE),
        ("XA", Defect.UNSUITABLE),
        ("XB", Defect.UNSUITABLE),
    ]


def test_a_jwk_set_belongs_to_an_address(signer):
    keys = [
        signer.jwk(x5c=False) | {"kid": "one", "use": "sig"},
        signer.jwk() | {"kid": "two", "use": "enc"},
        {"kid": "three", "kty": "oct"},
    ]
    data = json.dumps({"keys": keys}).encode()
    form, (key,), defects = read(data, address="https://example.invalid/issuer/")
    assert form is PublishedForm.JWKS
    assert (key.kid, key.address) == ("one", "https://example.invalid/issuer")
    assert defects == [
        ("one", Defect.NO_CERTIFICATE),
        ("?", Defect.UNSUITABLE),
        ("three", Defect.NO_CERTIFICATE),
        ("three", Defect.UNSUITABLE),
    ]
    with pytest.raises(UnreadableKeyList):
        read(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"{}",
        b"[]",
        b"{",
        b"[" * 100_000,
        b"eyJ",
        b"eyJh.{}.AA",
        b"eyJhIjoxfQ.{}.AA",
        b"eyJiNjQiOmZhbHNlfQ.[].AA",
        b" " * ((16 << 20) + 1),
    ],
)
def test_what_is_no_list_is_refused(data):
    with pytest.raises(UnreadableKeyList):
        read(data, address="https://example.invalid")


def test_what_was_accepted_comes_back_until_it_ends_or_is_forgotten(signer, tmp_path):
    certificate = ElsewhereKey("XA", signer.kid, key_of_certificate(signer.der))
    card = ElsewhereKey("x", "one", read_published_key(signer), "https://example.invalid")
    accept(tmp_path, "europe", [certificate])
    accept(tmp_path, "cards", [card])
    found = accepted(tmp_path, NOW)
    assert [(one.name, one.kid, one.address, one.key.spki) for one in found] == [
        ("x", "one", "https://example.invalid", signer.spki),
        ("XA", signer.kid, "", signer.spki),
    ]
    assert found[1].key.uses == {FOR_TESTS}
    assert accepted(tmp_path, NOW + timedelta(days=400)) == found[:1]
    accept(tmp_path, "europe", [])
    forget(tmp_path, "cards")
    forget(tmp_path, "cards")
    assert accepted(tmp_path, NOW) == []


def read_published_key(signer):
    data = json.dumps({"keys": [signer.jwk(x5c=False) | {"kid": "one"}]}).encode()
    return read(data, address="https://example.invalid")[1][0].key


def test_a_damaged_file_stops_and_a_wild_name_is_none(tmp_path):
    with pytest.raises(UnreadableKeyList):
        accept(tmp_path, "../x", [])
    accept(tmp_path, "europe", [])
    (tmp_path / "elsewhere" / "europe.json").write_text("{}")
    with pytest.raises(UnreadableKeyList):
        accepted(tmp_path, NOW)

"""Cards and certificates that others published, the broken ones too; read where they are at hand.

Source: SMART Health Cards specification, examples 00 and 01 (CC-BY); ehn-dcc-development/
dcc-testdata (Apache-2.0). The vectors of ours, which everybody has, are checked by the same rules.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from openhealthcode.credential import (
    Form,
    Issuer,
    Issuers,
    LossReason,
    base45,
    certificate_key_id,
    read,
)
from openhealthcode.healthcode import picture
from openhealthcode.standards import HealthCodeError
from openhealthcode.trust import key_of_certificate, key_of_jwk

_SHARED = Path(__file__).resolve().parents[4] / "shared/data"
_CARDS = sorted((_SHARED / "shc").glob("example-*-d-jws.txt"))
_CERTIFICATES = sorted((_SHARED / "dcc").rglob("*.json"))
_OURS = Path(__file__).resolve().parents[3] / "docs/vectors/credentials.json"


def issuers_of(jwks: dict, address: str, name: str) -> Issuers:
    keys = [key_of_jwk(one) for one in jwks["keys"]]
    kids = [one["kid"] for one in jwks["keys"]]
    return Issuers(Issuer(name, key, kid, address) for key, kid in zip(keys, kids, strict=True))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_cards_of_the_specification():
    if not _CARDS:
        return  # ours are checked below
    jwks = json.loads((_SHARED / "shc/issuer-jwks.json").read_text())
    issuers = issuers_of(jwks, "https://spec.smarthealth.cards/examples/issuer", "HL7")
    for path in _CARDS:
        stem = str(path).removesuffix("-d-jws.txt")
        numeric = Path(f"{stem}-f-qr-code-numeric-value-0.txt").read_text().strip()
        whole = json.loads(Path(f"{stem}-b-jws-payload-expanded.json").read_text())
        for text in (path.read_text().strip(), numeric):
            found = read(text, issuers, datetime(2026, 11, 20, tzinfo=UTC))
            assert (found.form, found.issuer) == (Form.HEALTH_CARD, "HL7")
            assert found.statement.person.family == "Anyperson"
            assert found.issued_at.timestamp() == pytest.approx(whole["nbf"])
        entries = whole["vc"]["credentialSubject"]["fhirBundle"]["entry"]
        told = [one["resource"]["resourceType"] for one in entries]
        assert len(found.statement.doses) == told.count("Immunization") > 0
        assert [dose.vaccine.code for dose in found.statement.doses] == [
            one["resource"]["vaccineCode"]["coding"][0]["code"]
            for one in entries
            if one["resource"]["resourceType"] == "Immunization"
        ]


def test_the_keys_of_the_specification_are_named_by_their_thumbprints():
    if not _CARDS:
        return
    for one in json.loads((_SHARED / "shc/issuer-jwks.json").read_text())["keys"]:
        assert key_of_jwk(one).thumbprint == one["kid"]


def test_every_certificate_is_what_its_file_says():
    """Each stage that a file has and judges; what is said to fail is refused."""
    for path in _CERTIFICATES:
        _check_certificate(json.loads(path.read_text()), path)


def _check_certificate(given: dict, path: Path) -> None:
    expected, context = given["EXPECTEDRESULTS"], given["TESTCTX"]
    if "CERTIFICATE" not in context or "PREFIX" not in given:
        return
    if expected.get("EXPECTEDB45DECODE") and expected.get("EXPECTEDUNPREFIX"):
        packed = base45.decode(given["PREFIX"].removeprefix("HC1:"))
        assert packed.hex() == given["COMPRESSED"].lower(), path
    der = base64.b64decode(context["CERTIFICATE"])
    issuers = Issuers([Issuer("somebody", key_of_certificate(der), certificate_key_id(der))])
    now = moment(context["VALIDATIONCLOCK"])
    must_fail = {
        "EXPECTEDUNPREFIX", "EXPECTEDB45DECODE", "EXPECTEDCOMPRESSION", "EXPECTEDDECODE",
        "EXPECTEDVERIFY", "EXPECTEDSCHEMAVALIDATION", "EXPECTEDEXPIRATIONCHECK",
    }  # fmt: skip
    if any(expected.get(one) is False for one in must_fail):
        with pytest.raises(HealthCodeError):
            read(given["PREFIX"], issuers, now)
        return
    if not expected.get("EXPECTEDVERIFY"):
        return
    found = read(given["PREFIX"], issuers, now)
    _check_content(found, given)


def _check_content(found, given) -> None:
    stated = given.get("JSON")
    if stated is None:
        return
    assert found.statement.person.family == stated["nam"]["fn"]
    assert found.statement.person.birth_date == stated["dob"]
    doses = stated.get("v") or []
    assert [dose.day for dose in found.statement.doses] == [one["dt"] for one in doses]
    lost = {loss.element for loss in found.losses if loss.reason is LossReason.NO_PLACE}
    assert {kind for kind in ("t", "r") if stated.get(kind)} <= lost


def test_the_pictures_of_the_certificates_hold_their_texts():
    for path in _CERTIFICATES:
        given = json.loads(path.read_text())
        drawn = path.parents[2] / "png" / f"{path.stem}.png"
        if drawn.exists():
            assert picture.read(drawn.read_bytes()) == given["PREFIX"], drawn
        if given["EXPECTEDRESULTS"].get("EXPECTEDPICTUREDECODE") is False:
            with pytest.raises(HealthCodeError):
                picture.read(base64.b64decode(given["2DCODE"]))


def test_our_published_vectors():
    vectors = json.loads(_OURS.read_text())
    jwks, address, name = vectors["jwks"], vectors["address"], vectors["name"]
    keys = [key_of_jwk(one) for one in jwks["keys"]]
    issuers = issuers_of(jwks, address, name) + Issuers(
        Issuer(name, key, certificate_key_id(key.spki)) for key in keys
    )
    assert len(vectors["good"]) >= 4
    for one in vectors["good"]:
        found = read(one["text"], issuers, moment(one["now"]))
        assert found.form == one["form"]
        assert found.statement.person.name == one["person"]
        assert len(found.statement.doses) == one["doses"]
    assert len(vectors["refused"]) >= 6
    for one in vectors["refused"]:
        with pytest.raises(HealthCodeError) as refused:
            read(one["text"], issuers, moment(one["now"]))
        assert refused.value.code == one["code"], one["why"]

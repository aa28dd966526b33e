"""Everything that is no genuine card or certificate is refused, with a reason a clerk can act on."""

from __future__ import annotations

import base64
import zlib
from datetime import UTC, datetime, timedelta

import cbor2
import orjson
import pytest

from credentials import (
    ADDRESS,
    BOTH,
    NAME,
    NOW,
    RID,
    VACCINATED,
    Issuing,
    certificate_of,
)
from openhealthcode.credential import (
    Coded,
    Dose,
    EarlyCredential,
    Emergency,
    ExpiredCredential,
    Form,
    Issuer,
    Issuers,
    Item,
    LossReason,
    Part,
    RevokedCredential,
    Statement,
    TooLargeForACode,
    UnknownCredentialIssuer,
    UnreadableCredential,
    UntrustedCredential,
    base45,
    certificate_key_id,
    issue_fitting,
    numeric,
    read,
    transcode,
)
from openhealthcode.standards import HealthCodeError
from openhealthcode.trust import (
    P256Signer,
    UnreadableToken,
    read_cbor,
    sign_deflated,
    sign_token,
)

ISSUING = Issuing()
ISSUERS = ISSUING.issuers()
CARD = ISSUING.issue(Form.HEALTH_CARD, VACCINATED)
CERTIFICATE = ISSUING.issue(Form.CERTIFICATE, BOTH)


def signed_card(content: object, header: dict | None = None) -> str:
    if header is None:
        return sign_deflated(ISSUING.signer, ISSUING.key.thumbprint, orjson.dumps(content))
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packing.compress(orjson.dumps(content)) + packing.flush()
    parts = [base64.urlsafe_b64encode(one).rstrip(b"=") for one in (orjson.dumps(header), body)]
    signature = ISSUING.signer.sign(b".".join(parts))
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def content_of_a_card(**changes) -> dict:
    subject = {"fhirBundle": {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}]}}  # fmt: skip
    vc = {"type": ["https://smarthealth.cards#health-card"], "credentialSubject": subject}
    return {"iss": ADDRESS, "nbf": 1_700_000_000, "vc": vc} | changes


def signed_certificate(content: object, **header) -> str:
    payload = content if isinstance(content, bytes) else cbor2.dumps(content)
    key_id = header.get("key_id", certificate_key_id(ISSUING.key.spki))
    return certificate_of(sign_token(ISSUING.signer, key_id, payload))


def content_of_a_certificate(**changes) -> dict:
    names = {"issuer": 1, "expires": 4, "issued": 6, "content": -260}
    start = {1: NAME, 4: int(NOW.timestamp()) + 60, 6: int(NOW.timestamp()), -260: {-1: {1: 1, 2: ["王"]}}}  # fmt: skip
    return start | {names[name]: value for name, value in changes.items()}


def refused(text: str, error: type[HealthCodeError], issuers: Issuers = ISSUERS, now=NOW) -> None:
    with pytest.raises(error):
        read(text, issuers, now)


def test_what_is_genuine_is_read():
    found = read(CARD.text, ISSUERS, NOW)
    assert (found.form, found.issuer, found.rid) == (Form.HEALTH_CARD, NAME, RID)
    assert (found.statement, found.losses, found.expires_at) == (VACCINATED, (), None)
    assert read(CARD.jws, ISSUERS, NOW) == found
    found = read(CERTIFICATE.text, ISSUERS, NOW)
    assert (found.form, found.issuer, found.rid) == (Form.CERTIFICATE, NAME, "")
    assert (found.statement, found.losses) == (BOTH, ())
    assert found.expires_at == NOW + timedelta(days=90)
    assert read(signed_card(content_of_a_card()), ISSUERS, NOW).statement == Statement(
        read(signed_card(content_of_a_card()), ISSUERS, NOW).statement.person
    )
    assert read(signed_certificate(content_of_a_certificate()), ISSUERS, NOW).statement.person.name


def test_every_letter_changed_is_refused():
    """Each place of each text, with the letter after it in the alphabet and with the first one.

    A certificate is signed and then packed: the last bits of its packing may say nothing at all.
    """
    genuine, unread = read(CERTIFICATE.text, ISSUERS, NOW), 0
    for place in range(len(CARD.jws)):
        for letter in "Aa.":
            if CARD.jws[place] != letter:
                refused(CARD.jws[:place] + letter + CARD.jws[place + 1 :], HealthCodeError)
    for place in range(len(CARD.text)):
        other = "7" if CARD.text[place] != "7" else "3"
        refused(CARD.text[:place] + other + CARD.text[place + 1 :], HealthCodeError)
    for place in range(4, len(CERTIFICATE.text)):
        other = "A" if CERTIFICATE.text[place] != "A" else "B"
        altered = CERTIFICATE.text[:place] + other + CERTIFICATE.text[place + 1 :]
        try:
            assert read(altered, ISSUERS, NOW) == genuine
        except HealthCodeError:
            continue
        unread += 1
    assert unread <= 1


def test_every_byte_of_a_certificate_changed_is_refused():
    token = zlib.decompress(base45.decode(CERTIFICATE.text[4:]))
    for place in range(len(token)):
        for bit in (1, 0x80):
            altered = bytearray(token)
            altered[place] ^= bit
            refused(certificate_of(bytes(altered)), HealthCodeError)


@pytest.mark.parametrize("text", [CARD.text, CARD.jws, CERTIFICATE.text])
def test_whatever_is_cut_off_or_longer_is_refused(text):
    for end in range(0, len(text), 7):
        refused(text[:end], HealthCodeError)
    for more in ("0", "00", "A", ".", "=", "５"):
        refused(text + more, HealthCodeError)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "zip": "DEF", "kid": "k"},
        {"alg": "HS256", "zip": "DEF", "kid": "k"},
        {"alg": "ES256", "kid": "k"},
        {"alg": "ES256", "zip": "DEF", "kid": "k", "crit": ["exp"]},
        {"alg": "ES256", "zip": "DEF", "kid": 3},
        ["ES256"],
    ],
)
def test_a_card_with_another_header_is_refused(header):
    refused(signed_card(content_of_a_card(), header), UnreadableCredential)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": 3}, {"iss": f"{ADDRESS}/"},
        {"nbf": "1700000000"}, {"nbf": True}, {"nbf": -1}, {"nbf": 1e300}, {"exp": None},
        {"vc": []}, {"vc": {"type": []}},
        {"vc": {"type": ["https://smarthealth.cards#immunization"], "credentialSubject": {"fhirBundle": {}}}},
        {"vc": {"type": ["https://smarthealth.cards#health-card"], "credentialSubject": {"fhirBundle": {}}}},
        {"vc": content_of_a_card()["vc"] | {"rid": "a" * 25}}, {"vc": content_of_a_card()["vc"] | {"rid": 7}},
    ],
)  # fmt: skip
def test_a_card_of_another_form_is_refused(changes):
    refused(signed_card(content_of_a_card(**changes)), UnreadableCredential)


def test_a_card_that_is_no_object_or_no_json_is_refused():
    refused(signed_card([1]), UnreadableCredential)
    for payload in (b"{", b"\xff\xfe", bytes(2 << 20)):
        jws = sign_deflated(ISSUING.signer, ISSUING.key.thumbprint, payload)
        refused(jws, UnreadableCredential)
    refused("shc:/", UnreadableCredential)
    refused("shc:/12a4", UnreadableCredential)
    refused("shc:/9912", UnreadableCredential)
    refused("王.王.王", UnreadableCredential)


@pytest.mark.parametrize(
    "content",
    [
        b"\x80", b"\xff", b"\xa1\x01", b"\x01", cbor2.dumps(content_of_a_certificate()) + b"\x00",
        b"\xa2\x01\x61a\x01\x61b", b"\xa1\x80\x01", b"\xd8\x1c\x81\xd8\x1d\x00", b"\xc2\x58\x20" + b"\xff" * 32,
        b"\x81" * 40 + b"\x01",
        content_of_a_certificate(expires="soon"), content_of_a_certificate(issued=True),
        content_of_a_certificate(content={}), content_of_a_certificate(content={-2: {}}),
        content_of_a_certificate(content={-1: {1: 2, 2: []}}), content_of_a_certificate(content={-1: {1: 1}}),
        content_of_a_certificate(content={-1: {1: 1, 2: [], 3: 7}}),
        content_of_a_certificate(content={-1: {1: 1, 2: [], 3: [7]}}),
        content_of_a_certificate(content={-1: {1: 1, 2: [], 4: []}}),
        content_of_a_certificate(content={-1: {1: 1, 2: [], 4: {9: []}}}),
        content_of_a_certificate(content={-1: {1: 1, 2: [1, 2, 3, 4, 5, 6]}}),
        content_of_a_certificate(content={1: {"ver": "1.0.0", "nam": {}, "dob": ""}}),
        content_of_a_certificate(content={1: {"ver": "1.0.0", "nam": {"fnt": "A"}, "dob": ""}}),
        content_of_a_certificate(content={1: {"ver": "1.0.0", "nam": {"fnt": "A"}, "dob": "", "v": 3}}),
    ],
)  # fmt: skip
def test_a_certificate_of_another_form_is_refused(content):
    refused(signed_certificate(content), UnreadableCredential)


def test_a_certificate_packed_otherwise_is_refused():
    token = zlib.decompress(base45.decode(CERTIFICATE.text[4:]))
    protected, payload, signature = (cbor2.loads(token).value[place] for place in (0, 2, 3))
    named = {4: certificate_key_id(ISSUING.key.spki)}
    for message in (
        7,
        [protected, {}, payload],
        [b"\xa2\x01\x26\x01\x26", named, payload, signature],
        [cbor2.dumps({1: -8, 4: named[4]}), {}, payload, signature],
        [cbor2.dumps({1: -7, 2: [1], 4: named[4]}), {}, payload, signature],
        [cbor2.dumps({1: -7}), {}, payload, signature],
        [cbor2.dumps([]), named, payload, signature],
        [b"", named | {1: -7}, payload, signature],  # an algorithm that nobody signed
    ):
        refused(certificate_of(message), UnreadableCredential)
    bomb = "HC1:" + base45.encode(zlib.compress(bytes((1 << 20) + 1), 9))
    refused(certificate_of(token + b"\0"), UnreadableCredential)
    followed = "HC1:" + base45.encode(zlib.compress(token) + b"\0")
    raw = "HC1:" + base45.encode(token)
    for text in (
        bomb,
        followed,
        raw,
        "HC1:",
        "HC1:王王王",
        CERTIFICATE.text.replace("HC1:", "HL0:"),
    ):
        refused(text, UnreadableCredential)


def test_the_key_id_of_the_protected_header_comes_first():
    """A wrong one outside says nothing; a wrong one inside leaves nobody to believe."""
    token = cbor2.loads(zlib.decompress(base45.decode(CERTIFICATE.text[4:])))
    protected, _, payload, signature = token.value
    beside = certificate_of([protected, {4: b"elsewher"}, payload, signature])
    assert read(beside, ISSUERS, NOW).statement == BOTH
    wrong = sign_token(ISSUING.signer, b"elsewher", payload)
    inside = cbor2.loads(wrong).value
    right = {4: certificate_key_id(ISSUING.key.spki)}
    refused(certificate_of([inside[0], right, *inside[2:]]), UnknownCredentialIssuer)
    only_outside = P256Signer.generate()
    alone = Issuing(only_outside)
    unnamed = cbor2.dumps({1: -7})
    signed = only_outside.sign(cbor2.dumps(["Signature1", unnamed, b"", payload]))
    text = certificate_of([unnamed, {4: certificate_key_id(alone.key.spki)}, payload, signed])
    assert read(text, alone.issuers(), NOW).statement == BOTH


def test_of_several_keys_of_one_name_the_right_one_counts():
    other = Issuing()
    named = certificate_key_id(ISSUING.key.spki)
    both = Issuers([Issuer("wrong", other.key, named), Issuer("right", ISSUING.key, named)])
    assert read(CERTIFICATE.text, both, NOW).issuer == "right"
    refused(CERTIFICATE.text, UntrustedCredential, Issuers([Issuer("wrong", other.key, named)]))


def test_nobody_else_can_sign_for_an_issuer():
    other = Issuing()
    forged = other.issue(Form.HEALTH_CARD, VACCINATED)
    refused(forged.text, UnknownCredentialIssuer)
    listed = Issuers([Issuer(NAME, ISSUING.key, other.key.thumbprint, ADDRESS)])
    refused(forged.text, UntrustedCredential, listed)
    elsewhere = Issuers(
        [Issuer(NAME, ISSUING.key, ISSUING.key.thumbprint, "https://other.example")]
    )
    refused(CARD.text, UnknownCredentialIssuer, elsewhere)
    refused(other.issue(Form.CERTIFICATE, BOTH).text, UnknownCredentialIssuer)


def test_a_card_holds_between_its_times():
    card = ISSUING.issue(Form.HEALTH_CARD, VACCINATED, expires_at=NOW + timedelta(days=1))
    refused(card.text, EarlyCredential, now=NOW - timedelta(minutes=6))
    assert read(card.text, ISSUERS, NOW - timedelta(minutes=4))
    assert read(card.text, ISSUERS, NOW + timedelta(hours=23))
    refused(card.text, ExpiredCredential, now=NOW + timedelta(days=1))
    refused(CERTIFICATE.text, EarlyCredential, now=NOW - timedelta(minutes=6))
    refused(CERTIFICATE.text, ExpiredCredential, now=NOW + timedelta(days=90))


def test_a_card_taken_back_is_refused():
    refused(CARD.text, RevokedCredential, ISSUING.issuers(revoked={RID: None}))
    refused(CARD.text, RevokedCredential, ISSUING.issuers(revoked={RID: NOW + timedelta(days=1)}))
    assert read(CARD.text, ISSUING.issuers(revoked={RID: NOW}), NOW)
    assert read(CARD.text, ISSUING.issuers(revoked={"another": None}), NOW)


def test_a_key_signs_what_its_certificate_lets_it_sign():
    """Source: EU DCC, extended key usages: tests, vaccinations, recoveries."""
    vaccination = {
        "ver": "1.3.0",
        "nam": {"fnt": "WANG"},
        "dob": "1987",
        "v": [{"dt": "2021-03-04"}],
    }
    text = signed_certificate(content_of_a_certificate(content={1: vaccination}))
    named = certificate_key_id(ISSUING.key.spki)
    for uses, is_taken in (
        (frozenset(), True),
        (frozenset({"1.3.6.1.5.5.7.3.1"}), True),
        (frozenset({"1.3.6.1.4.1.1847.2021.1.2"}), True),
        (frozenset({"1.3.6.1.4.1.1847.2021.1.1"}), False),
    ):
        key = type(ISSUING.key)(ISSUING.key.algorithm, ISSUING.key.key, uses=uses)
        issuers = Issuers([Issuer("somebody", key, named)])
        if is_taken:
            assert read(text, issuers, NOW).statement.doses[0].day == "2021-03-04"
        else:
            refused(text, UntrustedCredential, issuers)


def test_an_older_card_in_several_codes_is_read_in_any_order():
    digits = CARD.text.removeprefix("shc:/")
    middle = len(digits) // 4 * 2
    parts = [f"shc:/1/2/{digits[:middle]}", f"shc:/2/2/{digits[middle:]}"]
    for given in (parts, parts[::-1]):
        assert read("\n".join(given), ISSUERS, NOW).statement == VACCINATED
    for wrong in (parts[:1], [parts[0], parts[0]], [*parts, parts[0]], [parts[0], CARD.text]):
        refused("\n".join(wrong), UnreadableCredential)


def _words(seed: int) -> str:
    """Words that do not pack."""
    return "".join(chr(0x4E00 + (seed * 7919 + place * 104729) % 20_000) for place in range(20))


def test_what_does_not_fit_is_left_out_and_told():
    many = tuple(Dose(Coded(text=_words(year)), day=f"20{year}") for year in range(10, 40))
    card = ISSUING.issue(Form.HEALTH_CARD, Statement(BOTH.person, many))
    assert 0 < len(card.statement.doses) < 30
    assert [dose.day for dose in card.statement.doses] == [d.day for d in many][
        -len(card.statement.doses) :
    ]
    assert {(loss.element, loss.reason) for loss in card.losses} == {("doses", LossReason.NO_ROOM)}
    assert len(card.losses) == 30 - len(card.statement.doses)
    assert read(card.text, ISSUERS, NOW).statement == card.statement
    long = tuple(Item(Coded(text=_words(number) * 2)) for number in range(40))
    told = Emergency(allergies=long[:2], problems=long, medication=long)
    certificate = ISSUING.issue(Form.CERTIFICATE, Statement(BOTH.person, emergency=told))
    assert certificate.statement.emergency.of(Part.ALLERGIES) == told.allergies
    assert {loss.element for loss in certificate.losses} >= {"emergency.problems"}
    with pytest.raises(TooLargeForACode):
        ISSUING.issue(
            Form.HEALTH_CARD,
            Statement(type(BOTH.person)(name="".join(map(chr, range(0x4E00, 0x5E00))))),
        )


def test_every_transcode_is_signed_anew_and_tells_what_was_lost():
    other = Issuing()
    checked = read(CERTIFICATE.text, ISSUERS, NOW)
    made = transcode(checked, Form.HEALTH_CARD, other.by, now=NOW, rid="another")
    refused(made.text, UnknownCredentialIssuer)
    found = read(made.text, other.issuers(), NOW)
    assert (found.rid, found.expires_at) == ("another", checked.expires_at)
    given_up = [loss for loss in made.losses if loss.reason is LossReason.NO_ROOM]
    assert found.statement == made.statement
    assert (found.statement == BOTH) == (not given_up)
    bundle = {"resourceType": "Bundle", "entry": [
        {"resource": {"resourceType": "Patient", "name": [{"family": "王"}], "address": [{}]}},
        {"resource": {"resourceType": "Observation", "status": "final", "code": {"text": "核酸"}}},
    ]}  # fmt: skip
    vc = {
        "type": ["https://smarthealth.cards#health-card"],
        "credentialSubject": {"fhirBundle": bundle},
    }
    checked = read(signed_card(content_of_a_card(vc=vc)), ISSUERS, NOW)
    made = transcode(checked, Form.CERTIFICATE, other.by, now=NOW, rid="")
    assert {loss.element for loss in made.losses} == {"Patient.address", "Observation"}
    assert made.expires_at == NOW + timedelta(days=90)


def test_no_message_of_a_refusal_repeats_what_was_scanned():
    for text in (CARD.text[:-2], CERTIFICATE.text[:-3], "HC1:王敏", "shc:/王敏"):
        with pytest.raises(HealthCodeError) as error:
            read(text, ISSUERS, NOW)
        assert "王" not in str(error.value)
        assert text[5:15] not in str(error.value)


def test_only_tags_of_dates_are_followed():
    """Each tag there is up to 70,000, and with whatever it may stand before."""
    contents = (b"\x00", b"\x61a", b"\x41a", b"\x82\x01\x02", b"\x80", b"\xa0")
    taken = set()
    for tag in (*range(300), 1004, 43_000, 55_799, 55_800, 1 << 32):
        for content in contents:
            data = cbor2.dumps(cbor2.CBORTag(tag, 0))[:-1] + content
            try:
                read_cbor(b"\x81" + data)
            except UnreadableToken:
                continue
            taken.add(tag)
    assert taken == {1}  # what stands behind 0 and 1004 is no date above
    assert read_cbor(b"\xc0\x74" + b"2021-03-04T05:06:07Z") == datetime(
        2021, 3, 4, 5, 6, 7, tzinfo=UTC
    )
    assert read_cbor(cbor2.dumps({1: 2}), is_tagged=True) == {1: 2}
    for nested in (b"\xd2\x81\xc1\x00", b"\xd8\x3d\xd2\x80"):
        assert read_cbor(nested, is_tagged=True)
    with pytest.raises(UnreadableToken):
        read_cbor(b"\xd2\x80")


def test_what_no_code_could_hold_is_refused_unread():
    for prefix in ("HC1:", "shc:/", ""):
        refused(prefix + "1" * 17_000, UnreadableCredential)


def test_digits_and_letters_of_codes():
    assert numeric.encode("-zA") == "shc:/007720"
    assert numeric.decode(["shc:/007720"]) == "-zA"
    for data, text in ((b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581")):
        assert base45.encode(data) == text  # RFC 9285, 4.3
        assert base45.decode(text) == data
    assert base45.decode("QED8WEX0") == b"ietf!"
    for text in ("A", "GGW", ":::", "::", "a", "AAAA"):
        with pytest.raises(ValueError):
            base45.decode(text)


def test_issuing_needs_an_end_only_for_certificates():
    assert CARD.expires_at is None
    assert CERTIFICATE.expires_at == NOW + timedelta(days=90)
    end = NOW + timedelta(days=3)
    made = issue_fitting(
        Form.CERTIFICATE, ISSUING.by, VACCINATED, issued_at=NOW, rid="", expires_at=end
    )
    assert made.expires_at == end

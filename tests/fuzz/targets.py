"""What is fuzzed: every parser that reads what strangers wrote, and what holds for each.

A target takes any bytes. A refusal is an expected error of the product; anything else that rises is
a finding. Where something is accepted, a law is checked on it: what was read is written again as it
was. Parsers behind a signature are reached by signing what the fuzzer made up.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qsl

import cbor2
import orjson

from openhealthcode import credential, healthcode
from openhealthcode.access.carried import verify as emergency_summary
from openhealthcode.credential import Issuer as CredentialIssuer
from openhealthcode.credential import Issuers, base45, certificate, health_card, link, numeric
from openhealthcode.fhir import negotiation
from openhealthcode.healthcode import digits, national_card, picture, router, short
from openhealthcode.healthcode.digits import CodeType
from openhealthcode.healthcode.signed import ReplaySet, counter, offline, printed, verify
from openhealthcode.record import check, describe, matches, parse, search, shapes, write_exactly
from openhealthcode.record.check import faults
from openhealthcode.sign_in.systems import scopes
from openhealthcode.standards import Certificate, CertificateKind, HealthCodeError, mrz
from openhealthcode.terminology import loaded, map_file, ucum, words_asked
from openhealthcode.terminology.concepts import About, Concept
from openhealthcode.terminology.concepts.wording import matches as matches_words
from openhealthcode.terminology.concepts.wording import words_of
from openhealthcode.terminology.loaded.read import checked
from openhealthcode.transparency import NoteSigner, NoteVerifier, checkpoint
from openhealthcode.trust import (
    Keys,
    StatusList,
    UnreadableStatusList,
    decrypt_file,
    encrypt_file,
    jwk_of,
    key_of_point,
    read_authority,
    read_bundle,
    sign_deflated,
    sign_token,
    trust_list,
)
from openhealthcode.trust.elsewhere import read_published
from openhealthcode.trust.signed_message import sign1
from openhealthcode.trust.status_token import as_cwt, as_jwt, read_status
from signing import NOW, Issuing

ADDRESS = "https://region.test"
MAPS_AS_KEYS = b"\xa1" * 200
"""Found by fuzzing: maps as keys of maps took twice as long for each one more."""


@dataclass(frozen=True)
class Target:
    """One parser.

    Args:
        run: does nothing if all is well; raises what is a finding.
        seeds: examples to begin from.
        longest: how many bytes an example may grow to.
    """

    run: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]
    longest: int = 4096


@cache
def made() -> Issuing:
    return Issuing.made()


@cache
def trusted() -> trust_list.TrustList:
    return made().trusted()


@cache
def keys() -> Keys:
    place = TemporaryDirectory()
    opened = Keys.open(Path(place.name), clock=NOW.timestamp)
    _KEPT.append(place)
    return opened


_KEPT: list[object] = []


def text(data: bytes) -> str:
    """Bytes as a scanner could hand them on; a surrogate stands for what is no UTF-8."""
    return data.decode("utf-8", "replace")


# --- health codes ---
def scanned(data: bytes) -> None:
    """Whatever is scanned has one kind; a native one is never taken for another's."""
    routed = router.route(text(data))
    assert isinstance(routed.kind, router.ScannedKind)


def code_text(data: bytes) -> None:
    """Digits of any type: what is read is written again as it was."""
    for kind in CodeType:
        if kind is CodeType.SHORT:
            continue
        with suppress(HealthCodeError):
            found = digits.decode(text(data), kind)
            assert digits.encode(kind, found) == text(data)


def short_text(data: bytes) -> None:
    """A short code has one text."""
    assert short.written(int(short.read(text(data)))) == text(data)


def online(data: bytes) -> None:
    """Nothing that was made up is ever opened."""
    healthcode.open(keys(), digits.encode(CodeType.ONLINE, data[:33]), NOW)
    raise AssertionError("an invented code was opened")


def signed_fields(data: bytes) -> None:
    """Fields of the signed codes behind good check digits."""
    for kind, read in (
        (CodeType.OFFLINE, offline.read),
        (CodeType.COUNTER, counter.read),
        (CodeType.PRINTED, printed.read),
        (CodeType.TEMPORARY, lambda given: printed.read(given, CodeType.TEMPORARY)),
    ):
        with suppress(HealthCodeError):
            read(digits.encode(kind, data))


def signed_code(data: bytes) -> None:
    """Nothing but what was issued passes the whole check."""
    verified = verify(text(data), trusted(), NOW, replays=ReplaySet())
    assert verified.evidence.encode() in _codes()


def picture_file(data: bytes) -> None:
    picture.read(data)


# --- trust ---
def trust_file(data: bytes) -> None:
    trust_list.read(data, made().known_roots)


def trust_body(data: bytes) -> None:
    """A list's body that the roots did sign."""
    signatures = [trust_list.signed_by(root, data) for root in made().roots[:2]]
    trust_list.read(trust_list.assembled(data, signatures), made().known_roots)


def trust_bundle(data: bytes) -> None:
    read_bundle(data)


def status_bits(data: bytes) -> None:
    read = StatusList.unpack(data)
    assert len(StatusList.unpack(read.pack())) == len(read)


def status_file(data: bytes) -> None:
    read_status(data, made().on_the_list())


def status_claims(data: bytes) -> None:
    """Claims of a status list that its issuer did sign."""
    issuer = made().on_the_list()
    read_status(sign1(made().issuer, issuer.key_id, "application/statuslist+cwt", data), issuer)


# --- certificates of others ---
@cache
def issuers() -> Issuers:
    key = key_of_point(made().issuer.public_key)
    kid = certificate.certificate_key_id(key.spki)
    return Issuers(
        [
            CredentialIssuer("a region", key, key.thumbprint, ADDRESS),
            CredentialIssuer("a region", key, kid),
        ]
    )


def card_text(data: bytes) -> None:
    health_card.verify(text(data), issuers(), NOW)


def card_content(data: bytes) -> None:
    """The content of a SMART Health Card whose signature is good."""
    kid = key_of_point(made().issuer.public_key).thumbprint
    health_card.verify(sign_deflated(made().issuer, kid, data), issuers(), NOW)


def card_digits(data: bytes) -> None:
    with suppress(ValueError):
        numeric.decode(text(data).split("\n"))


def certificate_text(data: bytes) -> None:
    certificate.verify(text(data), issuers(), NOW)


def certificate_message(data: bytes) -> None:
    """What lies in an HC1 code behind the compression."""
    certificate.verify("HC1:" + base45.encode(zlib.compress(data, 1)), issuers(), NOW)


def certificate_content(data: bytes) -> None:
    """The claims of an HC1 code whose signature is good."""
    name = certificate.certificate_key_id(key_of_point(made().issuer.public_key).spki)
    certificate_message(sign_token(made().issuer, name, data))


def any_credential(data: bytes) -> None:
    """Whatever a verify page is given."""
    credential.read(text(data), issuers(), NOW)


def shared_link(data: bytes) -> None:
    """A SMART Health Link: what is read is written again as the same link."""
    read = link.read(text(data))
    if len(read.address) <= link.LONGEST_ADDRESS:  # longer ones are read and not made
        assert link.read(link.write(read)) == read


def shared_file(data: bytes) -> None:
    """A sealed file behind a link: nothing that was made up is ever opened."""
    with suppress(ValueError):
        decrypt_file(bytes(32), text(data))
        raise AssertionError("an invented file was opened")


def national_card_text(data: bytes) -> None:
    """The national card's code: what is read is written again as it was."""
    assert national_card.write(national_card.read(text(data))) == text(data).upper()


def keys_of_others(data: bytes) -> None:
    """A list of issuers' keys in any of the forms others publish."""
    read_published(data, NOW, address=ADDRESS)


def authority_file(data: bytes) -> None:
    read_authority(text(data))


def base45_text(data: bytes) -> None:
    try:
        read = base45.decode(text(data))
    except ValueError:
        return
    assert base45.encode(read) == text(data)


# --- what systems and clerks send ---
def resource(data: bytes) -> None:
    """JSON of a resource: what is accepted is an object that is written, read again and described.

    What is right at a glance has no fault.
    """
    parsed = parse(data)
    assert orjson.loads(write_exactly(parsed)) == parsed
    is_faulty = not all(each.is_warning for each in faults(parsed))
    assert not (is_faulty and shapes.holds(parsed))
    check(parsed)
    describe(parsed)


_FINDING = {
    "resourceType": "Observation",
    "id": "x",
    "status": "final",
    "code": {"coding": [{"system": "urn:a", "code": "a"}], "text": "示"},
    "effectivePeriod": {"start": "2026"},
    "valueQuantity": {"value": 5, "system": "http://unitsofmeasure.org", "code": "mg"},
    "performer": [{"reference": "Patient/x"}],
}


def searching(data: bytes) -> None:
    asked = [("patient", "x"), *parse_qsl(text(data), keep_blank_values=True)]
    understood = search.read_search("Observation", asked, is_strict=False)
    matches(understood.conditions, _FINDING)


def form(data: bytes) -> None:
    negotiation.read_form(data)


def scope(data: bytes) -> None:
    scopes.parse_scopes(text(data))


def identity_document(data: bytes) -> None:
    """A certificate of every kind; what is accepted is accepted again as it was understood."""
    for kind in CertificateKind:
        with suppress(HealthCodeError):
            read = Certificate.parse(kind, text(data))
            assert Certificate.parse(kind, read.number) == read


def machine_readable(data: bytes) -> None:
    mrz.MachineReadable.parse(text(data))


def summary(data: bytes) -> None:
    """Nothing that was made up passes as a signed emergency summary."""
    emergency_summary.read_summary(text(data), NoteVerifier(note_signer().verifier_key))
    raise AssertionError("an invented summary was believed")


def log_checkpoint(data: bytes) -> None:
    checkpoint.open_checkpoint(text(data), NoteVerifier(note_signer().verifier_key))
    raise AssertionError("an invented checkpoint was believed")


def sensitive_map(data: bytes) -> None:
    map_file.read_map(text(data))


def unit_of_measure(data: bytes) -> None:
    """What is a unit is worth as much in parentheses, and comes to one over itself."""
    unit = text(data)
    worth = ucum.parse(unit)
    if len(unit) < 60 and not worth.scale:
        assert ucum.parse(f"({unit})") == worth
        assert ucum.parse(f"({unit})/({unit})").factor == 1


def words_typed(data: bytes) -> None:
    """A code is found by whatever of its own words is typed."""
    typed = text(data)
    if words := words_asked(typed):
        assert matches_words(words_of(Concept("s", typed, typed, typed)), words)


def code_table(data: bytes) -> None:
    _codes_in(data, "table.csv")


def code_system(data: bytes) -> None:
    _codes_in(data, "system.json")


def _codes_in(data: bytes, name: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        about = About(url="urn:fuzz:list", version="1", name="List", source="own")
        delivery = loaded.from_fhir(path) if name.endswith("json") else loaded.from_csv(path, about)
        assert all(row.code for row in checked(delivery.rows))


@cache
def note_signer() -> NoteSigner:
    return NoteSigner("fuzz.test", bytes(32))


# --- what to begin from ---
@cache
def _codes() -> list[bytes]:
    region = made()
    return [
        one.encode()
        for one in (
            healthcode.issue(keys(), b"a phone.", NOW),
            region.shown(),
            region.card(),
            region.card(CodeType.TEMPORARY),
            "855000000000000000000063",
            "11010519491231002X",
            "134567890123456789",
            "shc:/5676290952432060346029243740446031222959532654603460292540772804336028",
            "HC1:NCF",
            "https://region.test/",
            "shlink:/eyJ1cmwiOiJodHRwczovL3JlZ2lvbi50ZXN0LyJ9",
            f"{'0' * 64}:1",
        )
    ]


def _fields() -> list[bytes]:
    region = made()
    return [
        digits.decode(region.shown(), CodeType.OFFLINE),
        digits.decode(region.card(), CodeType.PRINTED),
    ]


def _trust_files() -> list[bytes]:
    body = made().body()
    listed = trust_list.assembled(body, [trust_list.signed_by(r, body) for r in made().roots])
    return [listed, MAPS_AS_KEYS]


def _status() -> list[bytes]:
    issuer, revoked = made().on_the_list(), StatusList.of([3], size=64)
    return [
        as_cwt(made().issuer, issuer, revoked, NOW),
        as_jwt(made().issuer, issuer, revoked, NOW).encode(),
    ]


def _cards() -> list[bytes]:
    return [sign_deflated(made().issuer, "k", orjson.dumps({"iss": ADDRESS, "nbf": 1})).encode()]


def _card_contents() -> list[bytes]:
    patient = {"resourceType": "Patient", "name": [{"text": "李试"}], "birthDate": "1959-04-18"}
    dose = {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "207"}]},
        "patient": {"reference": "resource:0"},
        "occurrenceDateTime": "2026-01-01",
    }
    entries = [
        {"fullUrl": f"resource:{number}", "resource": one}
        for number, one in enumerate((patient, dose))
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    subject = {"fhirVersion": "4.0.1", "fhirBundle": bundle}
    content = {
        "iss": ADDRESS,
        "nbf": 1_700_000_000,
        "vc": {"type": [health_card.CARD], "credentialSubject": subject},
    }
    return [orjson.dumps(content)]


def _claims() -> list[bytes]:
    european = {
        1: {
            "ver": "1.3.0",
            "nam": {"fn": "李", "fnt": "LI", "gnt": "SHI"},
            "dob": "1959-04-18",
            "v": [{"tg": "840539006", "vp": "1119349007", "mp": "x", "dn": 1, "sd": 2}],
        }
    }
    times = {1: "AT", 4: 1_900_000_000, 6: 1_700_000_000}
    own = {2: [["李试", "1959-04-18", "female"], [], {}]}
    return [cbor2.dumps({**times, -260: one}) for one in (european, own)]


def _messages() -> list[bytes]:
    return [sign_token(made().issuer, b"12345678", one) for one in _claims()]


def _certificates() -> list[bytes]:
    return [b"HC1:" + base45.encode(zlib.compress(one)).encode() for one in _messages()]


def _any_credential() -> list[bytes]:
    return [*_cards(), *_certificates(), b"shc:/5676290952432060"]


def _links() -> list[bytes]:
    one = link.Link(f"{ADDRESS}/shl/1", bytes(32), "体检", frozenset("LP"), NOW)
    return [link.write(one).encode()]


def _key_lists() -> list[bytes]:
    key = key_of_point(made().issuer.public_key)
    spki = base64.b64encode(key.spki).decode()
    jwk = {**jwk_of(key), "kid": key.thumbprint, "use": "sig"}
    method = {"id": "did:web:x#1", "type": "JsonWebKey2020", "publicKeyJwk": jwk}
    signer = {"certificateType": "DSC", "country": "AT", "kid": "AAAAAAAAAAA=", "rawData": spki}
    listed = {"AT": {"keys": [{"kid": "AAAAAAAAAAA=", "kty": "EC", "x5c": [spki]}]}}
    return [
        orjson.dumps(one)
        for one in (
            {"keys": [jwk]},
            {"certificates": [signer]},
            {"dsc_trust_list": listed},
            {"verificationMethod": [method], "proof": {}},
        )
    ]


def _resources() -> list[bytes]:
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2339-0"}]},
        "valueQuantity": {"value": 5.40, "unit": "mmol/L"},
        "effectiveDateTime": "2026-02-01T08:00:00+08:00",
    }
    return [orjson.dumps(observation), b'{"a":[{"b":1e400}]}', b'{"a":1,"a":2}', b'{"a":"\\u0000"}']


def _pictures() -> list[bytes]:
    tiny = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
    )
    return [tiny, b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"]


def _words(*words: str) -> Callable[[], list[bytes]]:
    return lambda: [word.encode() for word in words]


TARGETS: dict[str, Target] = {
    "scanned": Target(scanned, _codes),
    "code-text": Target(code_text, _codes, 600),
    "code-short": Target(short_text, lambda: [short.written(5).encode()], 64),
    "code-online": Target(online, lambda: [bytes(33)], 33),
    "code-fields": Target(signed_fields, _fields, 256),
    "code-signed": Target(signed_code, _codes, 600),
    "picture": Target(picture_file, _pictures, 8192),
    "trust-list": Target(trust_file, _trust_files),
    "trust-body": Target(trust_body, lambda: [made().body(), MAPS_AS_KEYS]),
    "trust-bundle": Target(trust_bundle, _words('{"authorities":[],"lists":{},"status":[]}')),
    "status-bits": Target(status_bits, lambda: [StatusList.of([3], size=64).pack()], 512),
    "status-token": Target(status_file, _status),
    "status-claims": Target(status_claims, lambda: [cbor2.dumps({2: "x", 65533: {"bits": 1}})]),
    "card": Target(card_text, _cards),
    "card-content": Target(card_content, _card_contents),
    "card-digits": Target(card_digits, _words("shc:/5676290952", "shc:/1/2/56\nshc:/2/2/76")),
    "certificate": Target(certificate_text, _certificates),
    "certificate-message": Target(certificate_message, _messages),
    "certificate-content": Target(certificate_content, _claims),
    "base45": Target(base45_text, _words("BB8", "%69 VD92EX0")),
    "credential": Target(any_credential, _any_credential, 8192),
    "shared-link": Target(shared_link, _links, 1024),
    "shared-file": Target(
        shared_file, lambda: [encrypt_file(bytes([1] * 32), b"{}", "x").encode()]
    ),
    "national-card": Target(
        national_card_text, _words(f"{'0a' * 32}:1", f"{'0a' * 32}:0:{'b' * 32}"), 128
    ),
    "keys-of-others": Target(keys_of_others, _key_lists, 8192),
    "authority": Target(authority_file, _words('{"name":"a","needed":1,"roots":[],"regions":[1]}')),
    "resource": Target(resource, _resources, 8192),
    "search": Target(
        searching,
        _words(
            "date=ge2026-01&code:not=http://loinc.org|2339-0&value-quantity=gt4.5||mg&_sort=-date,code"
            "&_has:Observation:focus:status=a&performer.name:contains=x&_include=Observation:focus"
        ),
    ),
    "form": Target(form, _words("a=1&b=%E6%9D%8E")),
    "scopes": Target(scope, _words("system/Observation.rs system/*.read")),
    "identity-document": Target(
        identity_document,
        _words("11010519491231002X", "110105491231002", "810000199408230021"),
        128,
    ),
    "machine-readable": Target(
        machine_readable,
        _words(
            "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
        ),
        256,
    ),
    "summary": Target(
        summary, _words("openhealthcode-emergency-summary-1\nmade 2026-11-22\n\n— a b")
    ),
    "checkpoint": Target(log_checkpoint, _words("log.test\n5\nAAAA\n\n— log.test AAAA\n")),
    "sensitive-map": Target(sensitive_map, _words("version = '1'\n")),
    "unit": Target(
        unit_of_measure, _words("mL/(min.{1.73_m2})", "10*9/L", "mm[Hg]", "[in_i'H2O]", "Cel"), 128
    ),
    "words-typed": Target(words_typed, _words("gxy I10.x00", "高血压 essential"), 128),
    "code-table": Target(
        code_table, _words('code,display,parent,status\nA,"All, of it",,active\nA1,One,A,retired\n')
    ),
    "code-system": Target(
        code_system,
        _words(
            '{"resourceType":"CodeSystem","url":"urn:x","version":"1","name":"X","content":"complete",'
            '"concept":[{"code":"a","concept":[{"code":"b","display":"B","property":[{"code":"parent",'
            '"valueCode":"c"}],"designation":[{"language":"zh","value":"乙"}]}]}]}'
        ),
    ),
}


def attempted(target: Target, data: bytes) -> None:
    """Run a target once: an expected refusal is an answer."""
    with suppress(HealthCodeError, UnreadableStatusList):
        target.run(data)


def mutations(seeds: list[bytes], count: int, random: object) -> Iterator[bytes]:
    """Seeds with bytes flipped, cut out, doubled, and joined: what needs no fuzzer to be tried."""
    for _ in range(count):
        data = bytearray(random.choice(seeds))
        for _ in range(random.randint(1, 4)):
            place = random.randrange(len(data) + 1)
            match random.randrange(5):
                case 0:
                    data[place:place] = random.randbytes(random.randint(1, 4))
                case 1:
                    del data[place : place + random.randint(1, 8)]
                case 2 if data:
                    data[place % len(data)] ^= 1 << random.randrange(8)
                case 3:
                    data[place:place] = data[: random.randint(0, 64)]
                case _:
                    data = data[:place] + random.choice(seeds)[place:]
        yield bytes(data)

"""The browser's check of a code and the program's are one: same codes, same answers, in Chromium."""

from __future__ import annotations

import random
import zlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import cbor2
import pytest
from playwright.sync_api import sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

import signing
from examples.served import served
from openhealthcode import trust
from openhealthcode.healthcode.digits import CodeType, decode, encode
from openhealthcode.healthcode.errors import ForeignCode
from openhealthcode.healthcode.signed import ReplaySet, counter, offline, verify, verify_counter
from openhealthcode.portal.layout import asset_url
from openhealthcode.portal.layout.routes import routes as layout_routes
from openhealthcode.standards import HealthCodeError
from openhealthcode.standards.ids import InstitutionId
from openhealthcode.trust import (
    Authority,
    Bundle,
    Ed25519Signer,
    Roots,
    StatusList,
    TrustList,
    key_id,
    trust_list,
)
from signing import INDEX, NOW, REGION, SECRET, Issuing

CHECK = """async ([modules, list, roots, cases]) => {
  const [format, lists, codes] = await Promise.all(modules.map((one) => import(one)));
  const known = { needed: roots.needed, keys: roots.keys.map((one) => ({ ...one, publicKey: format.unhex(one.publicKey) })) };
  let trusted;
  try { trusted = list.startsWith("{") ? await lists.readBundle(list) : await lists.readTrustList(format.unhex(list), known); } catch (error) { return error.code ?? String(error); }
  const said = [];
  for (const { text, now, challenge, used } of cases) {
    const replays = { take: async (handle) => !used.includes(handle) };
    try {
      const counter = text.startsWith("854");
      const found = counter
        ? await codes.verifyCounter(text, trusted, now)
        : await codes.verifyCode(text, trusted, now, replays, format.unhex(challenge));
      said.push(counter ? ["", found.institution, found.counter] : ["", found.handle, found.capabilities, found.isMarked, found.region]);
    } catch (error) { said.push(error.code ? [error.code, error.kind] : [String(error)]); }
  }
  return said;
}"""
AT = NOW.timestamp()
PLACE = InstitutionId(UUID(int=7))


@pytest.fixture(scope="module")
def page(chromium_path):
    async def blank(_: Request) -> Response:
        return HTMLResponse("<!DOCTYPE html><title>blank</title>")

    with (
        served(Starlette(routes=[*layout_routes(), Route("/", blank)])) as address,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(
            executable_path=chromium_path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        opened = chromium.new_page()
        opened.goto(address)
        yield opened
        chromium.close()


def published(issuing: Issuing, **changes) -> bytes:
    body = issuing.body(**changes)
    return trust_list.assembled(body, [trust_list.signed_by(r, body) for r in issuing.roots[:2]])


def in_the_browser(page, data: bytes, roots: Roots, cases, bundle: bytes = b""):
    keys = [
        {"keyId": name.hex(), "suite": int(suite), "publicKey": public.hex()}
        for name, (suite, public) in roots.keys.items()
    ]
    modules = [
        asset_url(f"layout/{name}.js") for name in ("code-format", "trust-list", "verify-code")
    ]
    return page.evaluate(
        CHECK,
        [modules, bundle.decode() or data.hex(), {"needed": roots.needed, "keys": keys}, cases],
    )


def case(text: str, at=NOW, challenge: bytes = b"", used=()):
    return {
        "text": text,
        "now": at.timestamp(),
        "challenge": challenge.hex(),
        "used": [one.hex() for one in used],
    }


def here(data: bytes, roots: Roots, cases):
    """What the program answers."""
    return judged(trust_list.read(data, roots), cases)


def judged(trusted: TrustList, cases):
    said = []
    for one in cases:
        at, text = datetime.fromtimestamp(one["now"], UTC), one["text"]
        try:
            if text.startswith("854"):
                read = verify_counter(text, trusted, at)
                said.append(["", str(read.institution_id), read.counter])
                continue
            replays = ReplaySet()
            for handle in one["used"]:
                replays.take(bytes.fromhex(handle), at + timedelta(days=1), at)
            found = verify(
                text, trusted, at, replays=replays, challenge=bytes.fromhex(one["challenge"])
            )
            said.append(
                [
                    "",
                    found.handle.hex(),
                    int(found.capabilities),
                    found.is_marked,
                    found.origin.region,
                ]
            )
        except ForeignCode as error:
            said.append([error.code, error.kind.value])
        except HealthCodeError as error:
            said.append([error.code, ""])
    return said


def agree(page, issuing, cases, **changes):
    data = published(issuing, **changes)
    told = in_the_browser(page, data, issuing.known_roots, cases)
    assert told == here(data, issuing.known_roots, cases)
    return [one[0] for one in told]


@pytest.mark.parametrize(
    "issuing", [Issuing.made(), Issuing.made(Ed25519Signer.derived(SECRET, b"ed"))], ids=["P", "Ed"]
)
def test_what_is_genuine_passes_and_every_time_and_state_is_judged_alike(page, issuing):
    challenge = b"q" * 32
    cases = [
        case(issuing.shown()),
        case(issuing.shown(challenge=challenge), challenge=challenge),
        case(issuing.shown(challenge=challenge)),
        case(issuing.shown(), used=[signing.HANDLE]),
        case(issuing.card()),
        case(issuing.card(), used=[signing.HANDLE]),
        case(issuing.card(CodeType.TEMPORARY)),
        case(issuing.card(CodeType.TEMPORARY, last_day=(NOW + timedelta(days=9)).date())),
        case(issuing.card(last_day=(NOW - timedelta(days=1)).date())),
        case(issuing.shown(not_before=signing.MIDNIGHT - timedelta(days=20))),
        case(issuing.shown(index=INDEX + 5)),
        case(issuing.shown(index=(1 << 20) + 64)),
        case(issuing.shown(region=REGION + 1)),
        *(
            case(issuing.shown(NOW + timedelta(seconds=seconds)))
            for seconds in (-120, -119, 60, 61)
        ),
        *(
            case(issuing.shown(NOW + off), NOW + off)
            for off in (timedelta(days=7), timedelta(days=8), timedelta(days=10, seconds=1))
        ),
        case(issuing.shown(NOW - timedelta(minutes=6)), NOW - timedelta(minutes=6)),
    ]
    said = agree(page, issuing, cases, revoked=[INDEX + 5])
    assert said.count("") >= 6
    assert {
        "signature-untrusted",
        "code-replayed",
        "code-lapsed",
        "code-revoked",
        "issuer-untrusted",
        "code-expired",
        "code-early",
        "trust-list-stale",
    } <= set(said)


def test_a_key_that_stopped_signing_is_judged_alike(page):
    issuing = Issuing.made()
    cases = [case(issuing.shown()), case(issuing.card())]
    agree(page, issuing, cases, signs_until=signing.MIDNIGHT)
    agree(page, issuing, cases, believed_until=NOW)
    agree(page, issuing, cases, believed_from=NOW + timedelta(seconds=1))


@pytest.mark.parametrize("kind", [CodeType.OFFLINE, CodeType.PRINTED, CodeType.COUNTER])
def test_of_all_single_byte_changes_none_passes_and_each_is_refused_for_the_same_reason(page, kind):
    issuing = Issuing.made()
    text = {
        CodeType.OFFLINE: issuing.shown(),
        CodeType.PRINTED: issuing.card(),
        CodeType.COUNTER: at_the_counter(issuing),
    }[kind]
    data, chance = decode(text, kind), random.Random(7)
    cases = []
    for place in range(len(data)):
        altered = bytearray(data)
        altered[place] ^= 1 << chance.randrange(8)
        cases.append(case(encode(kind, bytes(altered))))
    said = agree(page, issuing, cases)
    assert "" not in said


def test_splices_and_damaged_texts_are_refused_for_the_same_reason(page):
    issuing, other = Issuing.made(), Issuing.made()
    other.device = type(other.device).derived(SECRET, b"another phone")
    one, two = decode(issuing.shown(), CodeType.OFFLINE), decode(other.shown(), CodeType.OFFLINE)
    cut = offline.CERTIFICATE_BYTES
    text, chance = issuing.shown(), random.Random(11)
    cases = [case(encode(CodeType.OFFLINE, one[:cut] + two[cut:]))]
    cases += [
        case(text[:-1]),
        case(text + "0"),
        case(text[:90] + "x" + text[91:]),
        case(text[:200]),
    ]
    cases += [case(encode(kind, one)) for kind in (CodeType.PRINTED, CodeType.TEMPORARY)]
    cases += [
        case(encode(CodeType.OFFLINE, decode(issuing.card(), CodeType.PRINTED))),
        case(issuing.shown().replace("852", "856", 1)),
    ]
    for _ in range(60):
        place = chance.randrange(3, len(text))
        cases.append(case(text[:place] + str((int(text[place]) + 3) % 10) + text[place + 1 :]))
    assert "" not in agree(page, issuing, cases)
    high = one[:139] + one[139:171] + high_s(one[171:])
    assert agree(page, issuing, [case(encode(CodeType.OFFLINE, high))]) == ["signature-untrusted"]


def high_s(s: bytes) -> bytes:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    return (order - int.from_bytes(s)).to_bytes(32)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a" * 64 + ":1", "national-health-card"),
        ("131234567890123456", "wechat-payment"),
        ("2812345678901234", "alipay-payment"),
        ("6212345678901234567", "unionpay-payment"),
        ("shc:/567629", "smart-health-card"),
        ("https://ohc.example/v#shlink:/eyJ", "smart-health-link"),
        ("HC1:NCF", "covid-certificate"),
        ("https://ohc.example/", "web-address"),
        ("nothing", ""),
    ],
)
def test_what_is_no_signed_code_is_named_alike(page, text, kind):
    issuing = Issuing.made()
    agree(page, issuing, [case(text)])
    told = in_the_browser(page, published(issuing), issuing.known_roots, [case(text)])
    assert told[0][1] == kind


def test_the_lists_are_judged_alike(page):
    issuing = Issuing.made()
    good = published(issuing)
    body, roots = issuing.body(), issuing.known_roots
    once = trust_list.signed_by(issuing.roots[0], body)
    stranger = Issuing.made().issuer
    bomb = StatusList.of([], size=8)
    lists = {
        "one root, twice": trust_list.assembled(body, [once, once]),
        "a stranger": trust_list.assembled(body, [once, trust_list.signed_by(stranger, body)]),
        "cut off": good[:-1],
        "followed": good + b"\0",
        "altered": good[:60] + bytes([good[60] ^ 1]) + good[61:],
        "not canonical": cbor2.dumps({2: cbor2.loads(good)[2], 1: body}),
        "a long number": good.replace(b"\xa2\x01", b"\xa2\x18\x01", 1),
        "empty": b"",
    }
    for data in lists.values():
        with pytest.raises(HealthCodeError) as refused:
            trust_list.read(data, roots)
        assert refused.value.code == "trust-list-unsuitable"
        assert in_the_browser(page, data, roots, []) == "trust-list-unsuitable"
    for packed in (
        zlib.compress(bytes((1 << 20) + 1)),
        zlib.compress(bytes(8))[:-1],
        bomb.pack() + b"x",
        b"",
    ):
        data = with_packed(issuing, packed)
        with pytest.raises(HealthCodeError):
            trust_list.read(data, roots)
        assert in_the_browser(page, data, roots, []) == "trust-list-unsuitable"
    assert in_the_browser(page, good, roots, []) == []


def with_packed(issuing: Issuing, packed: bytes) -> bytes:
    content = cbor2.loads(issuing.body())
    content[5] = {key_id(issuing.issuer.public_key): packed}
    body = cbor2.dumps(content, canonical=True)
    return trust_list.assembled(body, [trust_list.signed_by(r, body) for r in issuing.roots[:2]])


def taken_along(issuing: Issuing, tokens, *others: tuple[Issuing, frozenset[int]]) -> Bundle:
    """The national list, those of others for their regions, and what was revoked."""
    authorities = {trust.NATIONAL: Authority(trust.NATIONAL, issuing.known_roots)}
    lists = {trust.NATIONAL: published(issuing)}
    for number, (other, regions) in enumerate(others):
        authorities[f"other-{number}"] = Authority(f"other-{number}", other.known_roots, regions)
        body = other.body(region=min(regions))
        signed = [trust_list.signed_by(root, body) for root in other.roots[:2]]
        lists[f"other-{number}"] = trust_list.assembled(body, signed)
    return Bundle(authorities, lists, tokens)


def test_what_is_taken_along_in_one_file_is_judged_alike(page):
    issuing = Issuing.made()
    other = Issuing.made(Ed25519Signer.derived(SECRET, b"other region"))
    other.roots = tuple(
        type(r).derived(SECRET, b"other root %d" % n) for n, r in enumerate(other.roots)
    )
    theirs = REGION + 100
    ours = issuing.on_the_list()
    place = (REGION, ours.key_id)
    revoked = StatusList.of([INDEX + 5], size=signing.LIST_SIZE)
    fresh = trust.as_cwt(issuing.issuer, ours, revoked, NOW)
    old = trust.as_cwt(issuing.issuer, ours, revoked, NOW - timedelta(days=8))
    over = trust.as_cwt(issuing.issuer, ours, revoked, NOW - timedelta(days=11))
    forged = trust.as_cwt(type(issuing.issuer).generate(), ours, StatusList.of([], size=8), NOW)
    cases = [
        case(issuing.shown()),
        case(issuing.shown(index=INDEX + 5)),
        case(issuing.card()),
        case(other.shown(region=theirs)),
        case(other.shown()),
    ]
    bundles = {
        "revoked by its token": taken_along(issuing, {place: fresh}),
        "an old token": taken_along(issuing, {place: old}),
        "a token that is over": taken_along(issuing, {place: over}),
        "a forged token": taken_along(issuing, {place: forged}),
        "another region": taken_along(issuing, {place: fresh}, (other, frozenset({theirs}))),
        "a region that is ours": taken_along(issuing, {}, (other, frozenset({REGION}))),
    }
    answers = {}
    for name, bundle in bundles.items():
        told = in_the_browser(page, b"", issuing.known_roots, cases, trust.write_bundle(bundle))
        assert told == judged(trust.trusted(bundle, bundle.authorities), cases), name
        answers[name] = [one[0] for one in told]
    assert answers["revoked by its token"] == ["", "code-revoked", "", *["issuer-untrusted"] * 2]
    assert answers["a token that is over"][0] == "trust-list-stale"
    assert answers["a forged token"][:3] == ["", "", ""]
    assert answers["another region"][3:] == ["", "issuer-untrusted"]
    assert answers["a region that is ours"][3:] == ["issuer-untrusted"] * 2


@pytest.mark.parametrize("text", ["{}", '{"authorities": [], "lists": {}, "status": []}', "{"])
def test_a_damaged_file_is_refused(page, text):
    told = in_the_browser(page, b"", Issuing.made().known_roots, [], text.encode())
    assert told == "trust-list-unsuitable"

    def read() -> TrustList:
        bundle = trust.read_bundle(text.encode())
        return trust.trusted(bundle, bundle.authorities)

    with pytest.raises(HealthCodeError):
        read()


def test_what_a_counter_shows_is_judged_alike(page):
    issuing = Issuing.made()
    text = at_the_counter(issuing)
    cases = [case(text, NOW + timedelta(seconds=seconds)) for seconds in (-61, -60, 0, 59, 60)]
    assert agree(page, issuing, cases) == ["code-early", "", "", "", "code-expired"]


def at_the_counter(issuing: Issuing) -> str:
    return counter.issue(
        issuing.issuer,
        region=REGION,
        institution_id=PLACE,
        counter=3,
        nonce=bytes(8),
        purpose=offline.Purpose.TREAT,
        now=NOW,
    )

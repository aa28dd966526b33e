"""What regions ask, what the roots are to sign, and what a desk takes along."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from openhealthcode import trust
from openhealthcode.trust import (
    Authority,
    Bundle,
    P256Signer,
    Roots,
    SignatureSuite,
    StatusList,
    UnreadableRoot,
    UnsuitableAuthority,
    UnsuitableTrustList,
    UntrustedIssuer,
    as_cwt,
    key_id,
    make_root,
    open_root,
    read_bundle,
    trust_list,
    trusted,
    write_bundle,
)
from openhealthcode.trust.drafting import ANNOUNCED_FOR, DraftRefused, next_body, next_issuers
from openhealthcode.trust.offline_file import without_own
from openhealthcode.trust.request import (
    IssuerRequest,
    UnreadableRequest,
    read_request,
    write_request,
)
from signing import NOW, REGION, SECRET, Issuing


@pytest.fixture
def made():
    return Issuing.made()


def another(made, label=b"another", **changes):
    signer = P256Signer.derived(SECRET, label)
    named = {"public_key": signer.public_key, "key_id": key_id(signer.public_key)}
    return signer, made.on_the_list(**named, **changes)


# ── what regions ask ──


def test_a_request_comes_back_as_it_was_written(made):
    signer, issuer = another(made)
    whole = IssuerRequest(REGION, issuer, (b"abcd", NOW), b"efgh")
    assert read_request(write_request(whole, signer)) == whole
    for part in (
        IssuerRequest(REGION, retires=(b"abcd", NOW)),
        IssuerRequest(REGION, removes=b"abcd"),
    ):
        assert read_request(write_request(part)) == part


def test_a_key_signs_its_own_request(made):
    signer, issuer = another(made)
    request = IssuerRequest(REGION, issuer)
    for wrong in (None, P256Signer.generate()):
        with pytest.raises(ValueError, match="signs the request"):
            write_request(request, wrong)
    content = json.loads(write_request(request, signer))
    for change in (
        {"signature": ""},
        {"signature": "zz"},
        {"region": REGION + 1},
        {"lists": content["lists"] | {"signs_until": content["lists"]["signs_until"] + 1}},
        {"lists": content["lists"] | {"public_key": "00"}},
        {"lists": content["lists"] | {"more": 1}},
        {"lists": content["lists"] | {"suite": 9}},
    ):
        with pytest.raises(UnreadableRequest):
            read_request(json.dumps(content | change))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"region": 880101}',
        '{"region": 0, "removes": "61626364"}',
        '{"region": true, "removes": "61626364"}',
        '{"region": 1000000, "removes": "61626364"}',
        '{"region": 880101, "removes": "6162"}',
        '{"region": 880101, "removes": "61626364", "more": 1}',
        '{"region": 880101, "removes": "61 62 63 64"}',
        '{"region": 880101, "removes": 5}',
        '{"region": 880101, "retires": {"key_id": "61626364", "at": 1e99}}',
        '{"region": 880101, "retires": {}}',
        "[" * 100_000,
    ],
)
def test_what_is_no_request_is_refused(text):
    with pytest.raises(UnreadableRequest):
        read_request(text)


def test_a_key_that_signs_no_time_at_all_is_not_asked_for(made):
    signer, issuer = another(made, signs_until=NOW - timedelta(days=31))
    with pytest.raises(UnreadableRequest):
        read_request(write_request(IssuerRequest(REGION, issuer), signer))


# ── the next list ──


def test_the_first_key_of_a_region_signs_at_once_and_the_second_is_announced(made):
    first = made.on_the_list(believed_from=NOW)
    keys = next_issuers({}, [IssuerRequest(REGION, first)], NOW)
    assert list(keys.values()) == [first]
    _, early = another(made, believed_from=NOW + ANNOUNCED_FOR - timedelta(seconds=1))
    with pytest.raises(DraftRefused):
        next_issuers(keys, [IssuerRequest(REGION, early)], NOW)
    _, announced = another(made, believed_from=NOW + ANNOUNCED_FOR)
    assert len(next_issuers(keys, [IssuerRequest(REGION, announced)], NOW)) == 2


def test_a_key_of_the_same_short_name_is_not_listed_twice(made):
    first = made.on_the_list(believed_from=NOW)
    keys = next_issuers({}, [IssuerRequest(REGION, first)], NOW)
    elsewhere = replace(first, region=REGION + 1)
    for again in (first, elsewhere):
        with pytest.raises(DraftRefused):
            next_issuers(keys, [IssuerRequest(again.region, again)], NOW)


def test_a_retired_key_goes_on_being_believed_and_never_signs_longer(made):
    first = made.on_the_list()
    keys = {(REGION, first.key_id): first}
    sooner = next_issuers(keys, [IssuerRequest(REGION, retires=(first.key_id, NOW))], NOW)
    (retired,) = sooner.values()
    assert (retired.signs_until, retired.believed_until) == (NOW, first.believed_until)
    later = IssuerRequest(REGION, retires=(first.key_id, NOW + timedelta(days=999)))
    assert next_issuers(keys, [later], NOW) == keys


def test_a_removed_key_is_left_out_and_a_region_touches_its_own_alone(made):
    first = made.on_the_list()
    keys = {(REGION, first.key_id): first}
    assert next_issuers(keys, [IssuerRequest(REGION, removes=first.key_id)], NOW) == {}
    for wrong in (
        IssuerRequest(REGION + 1, removes=first.key_id),
        IssuerRequest(REGION + 1, retires=(first.key_id, NOW)),
    ):
        with pytest.raises(DraftRefused):
            next_issuers(keys, [wrong], NOW)


def test_keys_nobody_believes_any_more_are_left_out_and_numbers_rise(made):
    last = made.trusted(number=4, believed_until=NOW)
    number, body = next_body(last, [], NOW)
    assert (number, trust_list.unsigned(body).issuers) == (5, {})
    assert next_body(None, [], NOW)[0] == 1
    with pytest.raises(UnsuitableTrustList):
        trust_list.unsigned(b"no list")


# ── roots ──


@pytest.mark.parametrize("suite", SignatureSuite)
def test_a_roots_file_opens_with_its_passphrase_alone(tmp_path, suite):
    path = tmp_path / "root.json"
    signer = make_root(path, "word", suite)
    assert open_root(path, "word").public_key == signer.public_key
    content = json.loads(path.read_text())
    public = trust.read_public_root(trust.write_public_root(suite, signer.public_key))
    assert public == (suite, signer.public_key)
    with pytest.raises(UnreadableRoot):
        open_root(path, "other")
    for change in ({"public_key": "00"}, {"suite": 9}, {"sealed": "00"}, {"salt": 5}):
        path.write_text(json.dumps(content | change))
        with pytest.raises(UnreadableRoot):
            open_root(path, "word")
    with pytest.raises(UnreadableRoot):
        open_root(tmp_path / "none", "word")


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"suite": 1, "public_key": "00"}', "[" * 100_000]
)
def test_what_is_no_public_root_is_refused(text):
    with pytest.raises(UnsuitableAuthority):
        trust.read_public_root(text)


@pytest.mark.parametrize(
    "change",
    [
        {"needed": 0},
        {"needed": 4},
        {"needed": "2"},
        {"roots": []},
        {"roots": [{"suite": 1}]},
        {"roots": [5]},
        {"regions": []},
        {"regions": ["880101"]},
        {"regions": 5},
        {"name": "../x"},
        {"name": "other"},
    ],
)
def test_what_is_no_authority_is_refused(made, change):
    content = trust.write_authority(Authority("national", made.known_roots))
    assert trust.read_authority(content) == Authority("national", made.known_roots)
    with pytest.raises(UnsuitableAuthority):
        trust.read_authority(json.dumps(json.loads(content) | change))
    for text in ("", "[]", "[" * 100_000):
        with pytest.raises(UnsuitableAuthority):
            trust.read_authority(text)


def test_an_authority_without_a_files_name_is_not_dismissed(tmp_path):
    with pytest.raises(UnsuitableAuthority):
        trust.dismiss(tmp_path, "../x")


# ── what a desk takes along ──


@pytest.fixture
def bundle(made):
    return Bundle(*bundle_parts(made))


def bundle_parts(made):
    issuer = made.on_the_list()
    body = trust_list.body_of(3, NOW, [issuer], {})
    document = trust_list.assembled(body, [trust_list.signed_by(r, body) for r in made.roots])
    token = as_cwt(made.issuer, issuer, StatusList.of([5], size=16), NOW)
    national = Authority("national", made.known_roots)
    return {"national": national}, {"national": document}, {(REGION, issuer.key_id): token}


def test_what_is_taken_along_is_believed_by_the_roots_one_knows(made, bundle):
    taken = read_bundle(write_bundle(bundle))
    assert taken == bundle
    listed = trusted(taken, taken.authorities)
    issuer = listed.issuer(REGION, key_id(made.issuer.public_key), 1, NOW)
    assert [listed.is_revoked(issuer, index) for index in (5, 6)] == [True, False]
    stranger = Roots.of(1, (made.issuer.suite, made.issuer.public_key))
    for known in ({}, {"national": Authority("national", stranger)}):
        with pytest.raises(UnsuitableTrustList):
            trusted(taken, known)
    with pytest.raises(UnsuitableTrustList):
        trusted(taken, taken.authorities, newest=4)
    with pytest.raises(UnsuitableTrustList):
        trusted(taken._replace(lists={}), taken.authorities)


def test_a_damaged_list_of_revoked_codes_revokes_all_and_a_strangers_none(bundle):
    (key,) = bundle.status
    damaged = bundle._replace(status={key: b"damaged", (REGION, b"none"): b"x"})
    listed = trusted(damaged, bundle.authorities)
    issuer = listed.issuers[key]
    assert listed.is_revoked(issuer, 6)


@pytest.mark.parametrize(("days", "oldest"), [(2, 3), (3, 3), (4, 4)])
def test_what_is_known_is_as_old_as_the_oldest_it_rests_on(made, bundle, days, oldest):
    issuer = made.on_the_list()
    told_at = NOW - timedelta(days=days)
    token = as_cwt(made.issuer, issuer, StatusList.of([], size=16), told_at)
    body = trust_list.body_of(4, NOW - timedelta(days=3), [issuer], {})
    document = trust_list.assembled(body, [trust_list.signed_by(r, body) for r in made.roots])
    taken = bundle._replace(lists={"national": document}, status={(REGION, issuer.key_id): token})
    listed = trusted(taken, bundle.authorities)
    assert listed.as_of[issuer.key_id] == NOW - timedelta(days=oldest)


def test_another_authority_speaks_for_its_regions_alone(made, bundle):
    abroad = [P256Signer.derived(SECRET, b"abroad %d" % n) for n in range(2)]
    roots = Roots.of(2, *((one.suite, one.public_key) for one in abroad))
    _, theirs = another(made, b"theirs", region=880200)
    _, beyond = another(made, b"beyond", region=880300)
    _, ours = another(made, b"ours", region=880400)
    _, named = another(made, b"named")
    shadow = replace(made.on_the_list(), region=880200)
    their_list = {theirs.key_id: StatusList.of([7], size=16)}
    body = trust_list.body_of(9, NOW, [theirs, beyond, ours, named], their_list)
    shadow_body = trust_list.body_of(9, NOW, [shadow], {})
    regions = frozenset({880200, 880400, REGION})
    authority = Authority("abroad", roots, regions)
    known = bundle.authorities | {"abroad": authority}

    def with_list(of):
        document = trust_list.assembled(of, [trust_list.signed_by(one, of) for one in abroad])
        return bundle._replace(lists=bundle.lists | {"abroad": document})

    listed = trusted(with_list(body), known, own_region=880400)
    assert listed.issuer(880200, theirs.key_id, 1, NOW) == theirs
    assert listed.is_revoked(theirs, 7)
    assert not listed.is_revoked(theirs, 8)
    for wrong in (beyond, ours, named):
        with pytest.raises(UntrustedIssuer):
            listed.issuer(wrong.region, wrong.key_id, 1, NOW)
    shadowed = trusted(with_list(shadow_body), known)
    with pytest.raises(UntrustedIssuer):
        shadowed.issuer(880200, shadow.key_id, 1, NOW)
    unsigned = bundle._replace(lists=bundle.lists | {"abroad": b"no list"})
    assert trusted(unsigned, known).issuers == trusted(bundle, known).issuers
    assert trusted(with_list(body), bundle.authorities).issuers == trusted(bundle, known).issuers


def test_desks_are_told_nobody_elses_word_about_their_own_region(made):
    roots = made.known_roots
    known = {
        "national": Authority("national", roots),
        "one": Authority("one", roots, frozenset({880200, REGION})),
        "two": Authority("two", roots, frozenset({REGION})),
    }
    told = without_own(known, REGION)
    assert told.keys() == {"national", "one"}
    assert told["one"].regions == {880200}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"[" * 100_000,
        b'{"authorities": [5], "lists": {}, "status": []}',
        b'{"authorities": [], "lists": {"national": "!"}, "status": []}',
        b'{"authorities": [], "lists": {"national": 5}, "status": []}',
        b'{"authorities": [], "lists": {}, "status": [{}]}',
        b'{"authorities": [], "lists": {}, "status": [5]}',
    ],
)
def test_what_is_no_bundle_is_refused(data):
    with pytest.raises(UnsuitableTrustList):
        read_bundle(data)


def test_a_bundle_that_is_far_too_large_is_not_looked_at():
    with pytest.raises(UnsuitableTrustList):
        read_bundle(b" " * ((64 << 20) + 1))


def test_two_keys_of_one_short_name_make_no_list(made):
    issuer = made.on_the_list()
    body = trust_list.body_of(1, NOW, [issuer, replace(issuer, region=REGION + 1)], {})
    with pytest.raises(UnsuitableTrustList):
        trust_list.unsigned(body)

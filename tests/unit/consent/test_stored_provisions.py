"""Provisions as they are stored: older ones still open, and what cannot be read only closes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import msgspec
import pytest

from openhealthcode.consent import (
    AccessRequest,
    EntryFacts,
    Manner,
    Provision,
    Rule,
    decide,
    read_provisions,
    sealing,
    shows,
)
from openhealthcode.consent.sealing import stored_provision
from openhealthcode.registry import InstitutionKind
from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene, SensitiveCategory
from openhealthcode.trust import Keys, ResidentKeys

AT = datetime(2026, 3, 1, tzinfo=UTC)
CONSENT, HOSPITAL, WANG = UUID(int=1), UUID(int=2), UUID(int=3)
EVERYTHING = Provision(
    consent_id=CONSENT,
    rule=Rule.DENY,
    purpose=PurposeOfUse.PAYMENT,
    categories=frozenset({RecordCategory.LABORATORY, RecordCategory.CLAIMS}),
    sensitive=frozenset({SensitiveCategory.MENTAL_HEALTH}),
    institution_id=HOSPITAL,
    practitioner_id=WANG,
    department="精神科",
    institution_kind=InstitutionKind.TERTIARY_HOSPITAL,
    scenes=frozenset({Scene.CONSULTATION, Scene.DISPENSING}),
    manner=Manner.KEEP,
    from_day=date(2020, 1, 1),
    until_day=date(2021, 1, 1),
    up_to_number=7,
    start_at=datetime(2026, 1, 1, tzinfo=UTC),
    end_at=datetime(2027, 1, 1, tzinfo=UTC),
)
NOTHING_SPECIAL = Provision(
    consent_id=CONSENT,
    rule=Rule.PERMIT,
    purpose=PurposeOfUse.TREATMENT,
    categories=frozenset({RecordCategory.LABORATORY}),
    start_at=datetime(2026, 1, 1, tzinfo=UTC),
    end_at=datetime(2027, 1, 1, tzinfo=UTC),
)
REQUEST = AccessRequest(HOSPITAL, WANG, PurposeOfUse.TREATMENT, AT)
GLUCOSE = EntryFacts(RecordCategory.LABORATORY, frozenset(), date(2026, 2, 1), 1)


@pytest.fixture
def keys(tmp_path) -> ResidentKeys:
    return Keys.open(tmp_path / "keys").of(UUID(int=9), create=True)


def lines(*stored: dict[str, object]) -> bytes:
    return json.dumps(stored).encode()


@pytest.mark.parametrize("provision", [EVERYTHING, NOTHING_SPECIAL])
def test_a_provision_is_read_as_it_was_written(keys, provision):
    assert list(read_provisions(lines(stored_provision(provision, keys)), keys)) == [provision]


def test_a_provision_of_the_first_form_still_opens(keys):
    token = keys.labels.token_of(RecordCategory.LABORATORY).hex()
    # Byte for byte what the first release put under its seal.
    sealed = (
        f'{{"consent_id":"{CONSENT}","rule":"permit","purpose":"TREAT",'
        f'"category_tokens":["{token}"],"sensitive_tokens":[],'
        f'"institution_id":"{HOSPITAL}","practitioner_id":"{WANG}",'
        '"from_day":null,"until_day":null,"up_to_number":12,'
        '"start_at":"2026-02-28T08:00:00Z","end_at":"2026-03-01T08:00:00Z"}'
    ).encode()
    stored = json.loads(sealed) | {"seal": keys.digest(b"provision", sealed).hex()}
    now = {"form": 1, "department": None, "institution_kind": None, "scenes": None}
    (read,) = read_provisions(lines(stored | now | {"may_keep": False}), keys)
    assert read.categories == {RecordCategory.LABORATORY}
    assert read.up_to_number == 12
    assert (read.scenes, read.department, read.institution_kind) == (None, None, None)
    assert read.manner is Manner.VIEW


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("form", 4),
        ("form", 1),
        ("purpose", "ETREAT"),
        ("department", None),
        ("institution_kind", None),
        ("scenes", None),
        ("scenes", ["consultation"]),
        ("may_keep", False),
        ("up_to_number", 99),
        ("practitioner_id", None),
        ("category_tokens", []),
        ("sensitive_tokens", []),
        ("end_at", "2028-01-01T00:00:00Z"),
        ("seal", ""),
    ],
)
@pytest.mark.parametrize("rule", list(Rule))
def test_a_provision_that_somebody_altered_only_closes(keys, rule, name, value):
    stored = stored_provision(replace(EVERYTHING, rule=rule), keys) | {name: value}
    read = list(read_provisions(lines(stored), keys))
    assert all(one.rule is Rule.DENY for one in read)
    assert bool(read) is (rule is Rule.DENY)
    decision = decide(REQUEST, [NOTHING_SPECIAL, *read])
    assert shows(decision, GLUCOSE) is (rule is Rule.PERMIT)


@pytest.mark.parametrize("rule", list(Rule))
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("form", 4),
        ("purpose", "HRESCH"),
        ("institution_kind", "space-station"),
    ],
)
def test_what_a_newer_release_wrote_opens_nothing_here_and_may_close(keys, rule, name, value):
    stored = resealed(stored_provision_of(rule, keys) | {name: value}, keys)
    decision = decide(REQUEST, [NOTHING_SPECIAL, *read_provisions(lines(stored), keys)])
    assert len(decision.permits) == 1
    assert shows(decision, GLUCOSE) is (rule is Rule.PERMIT)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("category_tokens", ["0011223344556677"]),
        ("sensitive_tokens", ["0011223344556677"]),
        ("scenes", ["teleportation"]),
    ],
)
def test_a_denial_with_an_unknown_word_closes_everything(keys, name, value):
    stored = resealed(stored_provision_of(Rule.DENY, keys) | {name: value}, keys)
    decision = decide(REQUEST, [NOTHING_SPECIAL, *read_provisions(lines(stored), keys)])
    assert not shows(decision, GLUCOSE)


def test_of_a_permission_only_the_known_words_count(keys):
    known = keys.labels.token_of(RecordCategory.LABORATORY).hex()
    stored = resealed(
        stored_provision_of(Rule.PERMIT, keys)
        | {"category_tokens": [known, "0011223344556677"], "scenes": ["teleportation"]},
        keys,
    )
    (read,) = read_provisions(lines(stored), keys)
    assert read.categories == {RecordCategory.LABORATORY}
    assert read.scenes == frozenset()
    assert not decide(REQUEST, [read]).permits


def test_a_consent_of_one_resident_opens_nothing_of_another(keys, tmp_path):
    other = Keys.open(tmp_path / "keys").of(UUID(int=10), create=True)
    assert not len(read_provisions(lines(stored_provision(NOTHING_SPECIAL, keys)), other))


def stored_provision_of(rule: Rule, keys: ResidentKeys) -> dict[str, object]:
    return stored_provision(replace(NOTHING_SPECIAL, rule=rule), keys)


def resealed(stored: dict[str, object], keys: ResidentKeys) -> dict[str, object]:
    """As a newer release, which holds the same keys, would have written it."""
    bare = msgspec.json.decode(json.dumps(stored | {"seal": ""}), type=sealing.StoredProvision)
    return stored | {"seal": sealing.seal(bare, keys).hex()}


def test_a_permission_of_nothing_is_no_permission():
    empty = replace(NOTHING_SPECIAL, categories=frozenset())
    assert not decide(REQUEST, [empty]).permits

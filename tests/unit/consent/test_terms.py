"""What a resident can allow or close ahead, and exactly what is stored of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from openhealthcode.consent import rules
from openhealthcode.consent.model import Ask, ConsentKind, Manner, Refusal, Rule, Terms, Uses
from openhealthcode.registry import InstitutionKind
from openhealthcode.standards import (
    InvalidInput,
    PurposeOfUse,
    RecordCategory,
    Scene,
    SensitiveCategory,
)

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
SOME = frozenset({RecordCategory.ALLERGIES, RecordCategory.LABORATORY})
MIND = frozenset({SensitiveCategory.MENTAL_HEALTH})
HOSPITAL, DOCTOR, CONSENT = UUID(int=1), UUID(int=2), UUID(int=3)
STANDING = Terms(
    kind=ConsentKind.STANDING, institution_id=HOSPITAL, categories=SOME, days=30
)  # fmt: skip
ASK = Ask(
    purpose=PurposeOfUse.TREATMENT,
    scene=Scene.CONSULTATION,
    categories=SOME,
    lifetime_seconds=3600,
)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"days": 1},
        {"days": 366},
        {"kind": ConsentKind.FAMILY_DOCTOR, "days": 3 * 366},
        {"uses": 1},
        {"uses": 99},
        {"department": "内科"},
        {"practitioner_id": DOCTOR},
        {"sensitive": MIND, "added_to": CONSENT},
    ],
)
def test_what_can_be_allowed_ahead(changed):
    rules.check_terms(replace(STANDING, **changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"categories": frozenset()},
        {"days": 0},
        {"days": 367},
        {"kind": ConsentKind.FAMILY_DOCTOR, "days": 3 * 366 + 1},
        {"kind": ConsentKind.VISIT},
        {"uses": 0},
        {"uses": 100},
        {"department": "内科", "practitioner_id": DOCTOR},
        {"sensitive": MIND},
        {"added_to": CONSENT},
    ],
)
def test_what_cannot(changed):
    with pytest.raises(InvalidInput):
        rules.check_terms(replace(STANDING, **changed))


def test_terms_are_stored_as_they_were_said():
    said = replace(
        STANDING,
        sensitive=MIND,
        practitioner_id=DOCTOR,
        department="内科",
        manner=Manner.KEEP,
        uses=3,
    )
    (stored,) = rules.provisions_of_terms(said, consent_id=CONSENT, at=AT)
    assert (stored.consent_id, stored.rule, stored.purpose) == (
        CONSENT,
        Rule.PERMIT,
        PurposeOfUse.TREATMENT,
    )
    assert (stored.categories, stored.sensitive) == (SOME, MIND)
    assert (stored.institution_id, stored.practitioner_id) == (HOSPITAL, DOCTOR)
    assert (stored.department, stored.manner, stored.uses) == ("内科", Manner.KEEP, Uses(3))
    assert (stored.start_at, stored.end_at) == (AT, AT + timedelta(days=30))
    assert stored.up_to_number is None
    (without,) = rules.provisions_of_terms(STANDING, consent_id=CONSENT, at=AT)
    assert without.uses is None


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(categories=SOME),
        Refusal(sensitive=MIND),
        Refusal(categories=SOME, institution_id=HOSPITAL, department="内科"),
        Refusal(categories=SOME, institution_id=HOSPITAL, practitioner_id=DOCTOR),
        Refusal(categories=SOME, institution_kind=InstitutionKind.PHARMACY),
    ],
)
def test_what_can_be_closed(refusal):
    rules.check_refusal(refusal)


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(),
        Refusal(
            categories=SOME, institution_id=HOSPITAL, institution_kind=InstitutionKind.PHARMACY
        ),
        Refusal(
            categories=SOME, institution_id=HOSPITAL, department="内科", practitioner_id=DOCTOR
        ),
        Refusal(categories=SOME, department="内科"),
        Refusal(categories=SOME, practitioner_id=DOCTOR),
    ],
)
def test_what_cannot_be_closed(refusal):
    with pytest.raises(InvalidInput):
        rules.check_refusal(refusal)


@pytest.mark.parametrize(
    ("chosen", "lasts"), [(None, 3600), (1, 1), (3600, 3600), (7200, 3600)]
)  # fmt: skip
def test_a_consent_lasts_no_longer_than_was_asked(chosen, lasts):
    assert rules.shortened(ASK, chosen) == replace(ASK, lifetime_seconds=lasts)


@pytest.mark.parametrize("chosen", [0, -1])
def test_a_consent_lasts_for_some_time(chosen):
    with pytest.raises(InvalidInput):
        rules.shortened(ASK, chosen)

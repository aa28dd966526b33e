"""Who can be appointed, on what proof and for how long; and when an appointment ends."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from openhealthcode.representation import (
    Facts,
    Power,
    Proof,
    Representation,
    RepresentationKind,
    RepresentationUnsuitable,
    Wishes,
    check,
    end_of,
    mandate,
    needs_guardian,
)
from openhealthcode.standards.ids import RepresentationId

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
ADULT, CHILD = Facts(date(1949, 12, 31)), Facts(date(2017, 5, 6))
DEAD = Facts(date(1949, 12, 31), has_died=True)
UNKNOWN = Facts(None)
GUARDIAN, HELPER, RELATIVE, ADULT_GUARDIAN = RepresentationKind
RECORD = frozenset({Power.RECORD})


@pytest.mark.parametrize(
    ("kind", "facts", "proof", "powers", "days", "is_possible"),
    [
        (GUARDIAN, CHILD, Proof.BIRTH_CERTIFICATE, (), 0, True),
        (GUARDIAN, Facts(date(2008, 11, 22)), Proof.BIRTH_CERTIFICATE, (), 0, False),
        (GUARDIAN, Facts(date(2008, 11, 23)), Proof.BIRTH_CERTIFICATE, (), 0, True),
        (GUARDIAN, UNKNOWN, Proof.BIRTH_CERTIFICATE, (), 0, False),
        (GUARDIAN, Facts(date(2017, 5, 6), has_died=True), Proof.BIRTH_CERTIFICATE, (), 0, False),
        (GUARDIAN, CHILD, Proof.BOTH_PRESENT, (), 0, False),
        (HELPER, ADULT, Proof.BOTH_PRESENT, RECORD, 30, True),
        (HELPER, UNKNOWN, Proof.BOTH_PRESENT, RECORD, 30, True),
        (HELPER, CHILD, Proof.BOTH_PRESENT, RECORD, 30, False),
        (HELPER, DEAD, Proof.BOTH_PRESENT, RECORD, 30, False),
        (HELPER, ADULT, Proof.BOTH_PRESENT, RECORD, 0, False),
        (HELPER, ADULT, Proof.BOTH_PRESENT, RECORD, 366, True),
        (HELPER, ADULT, Proof.BOTH_PRESENT, RECORD, 367, False),
        (HELPER, ADULT, Proof.BOTH_PRESENT, (), 30, False),
        (HELPER, ADULT, Proof.BOTH_PRESENT, RECORD | {Power.RIGHTS}, 30, False),
        (ADULT_GUARDIAN, ADULT, Proof.COURT_RULING, (), 366, True),
        (ADULT_GUARDIAN, ADULT, Proof.COURT_RULING, (), 367, False),
        (ADULT_GUARDIAN, ADULT, Proof.COURT_RULING, (), 0, False),
        (ADULT_GUARDIAN, ADULT, Proof.GUARDIANSHIP_DOCUMENT, (), 30, False),
        (ADULT_GUARDIAN, CHILD, Proof.COURT_RULING, (), 30, False),
        (ADULT_GUARDIAN, DEAD, Proof.COURT_RULING, (), 30, False),
        (GUARDIAN, ADULT, Proof.COURT_RULING, (), 30, False),
        (RELATIVE, DEAD, Proof.KINSHIP_DOCUMENT, (), 30, True),
        (RELATIVE, DEAD, Proof.KINSHIP_DOCUMENT, (), 91, False),
        (RELATIVE, ADULT, Proof.KINSHIP_DOCUMENT, (), 30, False),
        (RELATIVE, Facts(None, has_died=True, wishes=Wishes(relatives_may=False)), Proof.KINSHIP_DOCUMENT, (), 30,
         False),
    ],
)  # fmt: skip
def test_who_can_be_appointed(kind, facts, proof, powers, days, is_possible):
    asked = {"proof": proof, "powers": powers, "days": days, "at": AT}
    if is_possible:
        check(kind, facts, **asked)
    else:
        with pytest.raises(RepresentationUnsuitable):
            check(kind, facts, **asked)


def test_the_days_are_counted_from_tomorrow_and_end_at_midnight_in_china():
    assert end_of(HELPER, AT, 30) == datetime(2026, 12, 22, 16, tzinfo=UTC)
    assert end_of(GUARDIAN, AT, 30) is None


def appointed(kind: RepresentationKind, *powers: Power) -> Representation:
    return Representation(
        representation_id=RepresentationId(UUID(int=1)),
        kind=kind,
        name="张敏",
        masked_certificate="8801****",
        powers=frozenset(powers),
        proof=Proof.BOTH_PRESENT,
        appointed_at=AT,
        end_at=end_of(kind, AT, 30),
    )


def test_who_was_born_on_29_february_is_told_1_march():
    found = mandate(appointed(GUARDIAN), Facts(date(2012, 2, 29)), AT)
    assert found.until == date(2030, 3, 1)


def test_a_helper_is_told_the_first_day_without_it():
    found = mandate(appointed(HELPER, Power.RECORD), ADULT, AT)
    assert found.until == date(2026, 12, 23)


@pytest.mark.parametrize(
    ("facts", "kind", "is_needed"),
    [
        (CHILD, GUARDIAN, True),
        (Facts(date(2012, 11, 22)), GUARDIAN, False),
        (CHILD, HELPER, False),
        (ADULT, HELPER, False),
        (UNKNOWN, GUARDIAN, False),
        (ADULT, ADULT_GUARDIAN, True),
    ],
)
def test_whose_consent_is_the_guardians(facts, kind, is_needed):
    everybody = [appointed(kind, *Power)]
    assert needs_guardian(facts, everybody, AT) is is_needed
    assert not needs_guardian(facts, [], AT)

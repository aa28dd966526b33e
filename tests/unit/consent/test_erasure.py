"""When an attestation is due, what it must say, and what of the copies then is left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from openhealthcode.access.erasure import unattested
from openhealthcode.audit.reading import SystemRead
from openhealthcode.consent.erasure import rules
from openhealthcode.consent.erasure.model import ErasureAnswer, ErasureRequest, ErasureState
from openhealthcode.standards import InvalidInput
from openhealthcode.standards.ids import ConsentId, InstitutionId, ResidentId

ASKED = datetime(2026, 3, 1, 9, tzinfo=UTC)
CLINIC = InstitutionId(uuid4())
DAY = timedelta(days=1)


def request(
    at: datetime = ASKED, answer: ErasureAnswer | None = None, consent_id: UUID | None = None
) -> ErasureRequest:
    return ErasureRequest(
        resident_id=ResidentId(uuid4()),
        consent_id=ConsentId(consent_id or uuid4()),
        institution_id=CLINIC,
        asked_at=ASKED,
        due_at=ASKED + rules.ATTEST_WITHIN,
        at=at,
        answer=answer,
        answered_at=ASKED + DAY if answer else None,
    )


@pytest.mark.parametrize(
    ("later", "answer", "state"),
    [
        (timedelta(0), None, ErasureState.WAITING),
        (rules.ATTEST_WITHIN - timedelta(microseconds=1), None, ErasureState.WAITING),
        (rules.ATTEST_WITHIN, None, ErasureState.OVERDUE),
        (rules.ATTEST_WITHIN * 3, ErasureAnswer.ERASED, ErasureState.ERASED),
        (rules.ATTEST_WITHIN * 3, ErasureAnswer.RETAINED, ErasureState.RETAINED),
        (rules.ATTEST_WITHIN * 3, ErasureAnswer.NOTHING_KEPT, ErasureState.NOTHING_KEPT),
    ],
)
def test_where_a_request_stands(later, answer, state):
    assert rules.state_of(request(ASKED + later, answer)) is state


@pytest.mark.parametrize("before", [None, *ErasureAnswer])
@pytest.mark.parametrize("answer", list(ErasureAnswer))
def test_only_what_is_retained_is_attested_again_and_only_as_erased(before, answer):
    again = (before, answer) == (ErasureAnswer.RETAINED, ErasureAnswer.ERASED)
    assert rules.may_attest(before, answer) == (before is None or again)


def test_a_reason_is_for_retaining_alone():
    assert rules.reason_for(ErasureAnswer.RETAINED, "  病历须  依法保存 ") == "病历须 依法保存"
    for answer in (ErasureAnswer.ERASED, ErasureAnswer.NOTHING_KEPT):
        assert rules.reason_for(answer, "whatever was typed") == ""
    for text in ("", "abc", "12345", "长" * (rules.LONGEST_REASON + 1)):
        with pytest.raises(InvalidInput):
            rules.reason_for(ErasureAnswer.RETAINED, text)
    assert rules.reason_for(ErasureAnswer.RETAINED, "四个字呢")
    assert rules.reason_for(ErasureAnswer.RETAINED, "长" * rules.LONGEST_REASON)


def given(*consent_ids: UUID, at: datetime = ASKED, to: InstitutionId = CLINIC) -> SystemRead:
    return SystemRead(at, to, frozenset({uuid4()}), frozenset(consent_ids))


def test_gone_is_what_was_given_under_consents_all_of_which_were_attested_later():
    one, two = uuid4(), uuid4()
    erased = request(answer=ErasureAnswer.ERASED, consent_id=one)
    both = [erased, request(answer=ErasureAnswer.NOTHING_KEPT, consent_id=two)]
    read = given(one, two)
    assert unattested([read], []) == [read]
    assert unattested([read], [erased]) == [read]
    assert unattested([read], both) == []


@pytest.mark.parametrize("answer", [None, ErasureAnswer.RETAINED])
def test_what_is_not_attested_or_retained_is_still_there(answer):
    consent_id = uuid4()
    read = given(consent_id)
    assert unattested([read], [request(answer=answer, consent_id=consent_id)]) == [read]


def test_an_attestation_speaks_of_what_was_before_it_and_of_its_own_institution():
    consent_id = uuid4()
    erased = request(answer=ErasureAnswer.ERASED, consent_id=consent_id)
    later = given(consent_id, at=ASKED + 2 * DAY)
    same_moment = given(consent_id, at=ASKED + DAY)
    elsewhere = given(consent_id, to=InstitutionId(uuid4()))
    by_no_consent = given()
    reads = [later, same_moment, elsewhere, by_no_consent]
    assert unattested(reads, [erased]) == reads

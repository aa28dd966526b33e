"""An answer becomes the one provision that says it, no wider and no longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from openhealthcode.consent import Ask, Provision, Rule, provisions_of_an_answer
from openhealthcode.consent.rules import LONGEST_CONSENT
from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene

AT = datetime(2026, 1, 1, tzinfo=UTC)
CONSENT, HOSPITAL, WANG = (UUID(int=n) for n in (1, 2, 3))
LABORATORY, MEDICATION = RecordCategory.LABORATORY, RecordCategory.MEDICATION


def answered(*, added: bool, seconds: int = 600) -> tuple[Provision, ...]:
    ask = Ask(
        purpose=PurposeOfUse.TREATMENT,
        scene=Scene.CONSULTATION,
        categories=frozenset({LABORATORY}),
        lifetime_seconds=seconds,
    )
    return provisions_of_an_answer(
        ask,
        consent_id=CONSENT,
        institution_id=HOSPITAL,
        practitioner_id=WANG,
        allowed=frozenset({LABORATORY, MEDICATION}),
        previewed_number=7,
        with_what_is_added=added,
        at=AT,
    )


@pytest.mark.parametrize(("added", "up_to"), [(False, 7), (True, None)])
def test_it_says_who_what_why_and_how_long(added, up_to):
    assert answered(added=added) == (
        Provision(
            consent_id=CONSENT,
            rule=Rule.PERMIT,
            purpose=PurposeOfUse.TREATMENT,
            categories=frozenset({LABORATORY}),
            institution_id=HOSPITAL,
            practitioner_id=WANG,
            up_to_number=up_to,
            start_at=AT,
            end_at=AT + timedelta(seconds=600),
        ),
    )


def test_it_never_lasts_longer_than_the_longest():
    (provision,) = answered(added=False, seconds=10**7)
    assert provision.end_at == AT + LONGEST_CONSENT

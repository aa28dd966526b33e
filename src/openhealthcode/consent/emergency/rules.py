"""What an emergency opens. Pure functions: no clock, no database, no request."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from openhealthcode.consent.emergency.model import AdvanceChoice, EmergencyScope
from openhealthcode.consent.model import Provision, Rule
from openhealthcode.standards import InvalidInput, PurposeOfUse, RecordCategory
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId

OVERRIDE_LIFETIME = timedelta(hours=12)

_SHORTEST_REASON = 4
_LONGEST_REASON = 500
_MOST_URGENT, _CANNOT_WAIT, _LEAST_URGENT = 1, 3, 5

_IDENTITY = frozenset({RecordCategory.DEMOGRAPHICS})
_ESSENTIALS = _IDENTITY | {RecordCategory.ALLERGIES, RecordCategory.BLOOD_TYPE}
_ALWAYS = _ESSENTIALS | {RecordCategory.CONDITIONS, RecordCategory.DEVICES}
_SIX_MONTHS = frozenset({RecordCategory.MEDICATION, RecordCategory.LABORATORY})
_THREE_MONTHS = frozenset({RecordCategory.TRADITIONAL_MEDICINE})

EMERGENCY_CATEGORIES = _ALWAYS | _SIX_MONTHS | _THREE_MONTHS
"""What an override opens unless the resident chose otherwise, as a page says before it is used."""


def can_wait(triage_level: int) -> bool:
    """Whether care at this triage level can wait for the resident's answer.

    Source: WS/T 390-2012, which knows levels I to IV; systems with five levels end with 5.

    Raises:
        InvalidInput: there is no such level.
    """
    if not _MOST_URGENT <= triage_level <= _LEAST_URGENT:
        raise InvalidInput("a triage level is a number from 1 to 5")
    return triage_level > _CANNOT_WAIT


def reason_in_words(text: str) -> str:
    """The reason as it will be logged, without superfluous space.

    Raises:
        InvalidInput: shorter than 4 or longer than 500 characters, or no word in it.
    """
    reason = " ".join(text.split())
    if not _SHORTEST_REASON <= len(reason) <= _LONGEST_REASON:
        raise InvalidInput("an override needs a reason of 4 to 500 characters")
    if not any(character.isalpha() for character in reason):
        raise InvalidInput("an override needs a reason in words")
    return reason


def opens_more(choice: AdvanceChoice, before: AdvanceChoice) -> bool:
    """Whether an emergency opens anything under this choice that it did not open before."""
    widest_first = list(EmergencyScope)
    wider = widest_first.index(choice.scope) < widest_first.index(before.scope)
    return wider or not choice.opened <= before.opened


def provisions_of_an_override(
    choice: AdvanceChoice,
    *,
    consent_id: ConsentId,
    institution_id: InstitutionId,
    practitioner_id: PractitionerId,
    at: datetime,
    today: date,
) -> tuple[Provision, ...]:
    """What an emergency opens, for the one who broke the glass, for 12 hours.

    Closed kinds stay closed unless the resident opened them for emergencies; denials still hold.
    """
    return tuple(
        Provision(
            consent_id=consent_id,
            rule=Rule.PERMIT,
            purpose=PurposeOfUse.EMERGENCY,
            categories=categories,
            sensitive=choice.opened,
            institution_id=institution_id,
            practitioner_id=practitioner_id,
            from_day=from_day,
            start_at=at,
            end_at=at + OVERRIDE_LIFETIME,
        )
        for categories, from_day in _opened(choice.scope, today)
    )


def _opened(
    scope: EmergencyScope, today: date
) -> tuple[tuple[frozenset[RecordCategory], date | None], ...]:
    """Categories and the first day shown of them."""
    if scope is EmergencyScope.ALL:
        return ((frozenset(RecordCategory), None),)
    if scope is EmergencyScope.ESSENTIALS:
        return ((_ESSENTIALS, None),)
    if scope is EmergencyScope.NOTHING:
        return ((_IDENTITY, None),)
    return (
        (_ALWAYS, None),
        (_SIX_MONTHS, today - timedelta(days=183)),
        (_THREE_MONTHS, today - timedelta(days=92)),
    )

"""What an emergency opens. Pure functions: no clock, no database, no request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from openhealthcode.consent.emergency.model import (
    AdvanceChoice,
    CaseState,
    EmergencyScope,
    Judgement,
    OverrideCase,
    Reviewer,
)
from openhealthcode.consent.model import Provision, Rule
from openhealthcode.standards import InvalidInput, PurposeOfUse, RecordCategory
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId

OVERRIDE_LIFETIME = timedelta(hours=12)
REVIEW_WITHIN = timedelta(hours=72)

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


def narrowest(choices: Sequence[AdvanceChoice]) -> AdvanceChoice:
    """What all of these choices open: one person may have chosen under several ids."""
    if len(choices) == 1:
        return choices[0]
    widest_first = list(EmergencyScope)
    return AdvanceChoice(
        scope=max((choice.scope for choice in choices), key=widest_first.index),
        opened=frozenset.intersection(*(choice.opened for choice in choices)),
        chosen_at=max((c.chosen_at for c in choices if c.chosen_at is not None), default=None),
    )


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


def state_of(case: OverrideCase, at: datetime) -> CaseState:
    """Where a case stands at a moment of the database's clock.

    One objection settles it; it is confirmed when as many as are needed have confirmed it, however
    late; until then it is overdue from the 72nd hour on.
    """
    if Judgement.OBJECTED in case.judgements.values():
        return CaseState.OBJECTED
    if len(case.judgements) >= case.reviewers_needed:
        return CaseState.CONFIRMED
    return CaseState.OVERDUE if at >= case.due_at else CaseState.WAITING


def reviewers_needed(earlier: Iterable[OverrideCase], at: datetime) -> int:
    """How many must confirm an author's next override, given the author's earlier ones.

    Two after an override that was objected to, or that nobody confirmed in time; else one. It
    changes who reviews and never whether care may look.
    """
    doubtful = {CaseState.OBJECTED, CaseState.OVERDUE}
    return 2 if any(state_of(case, at) in doubtful for case in earlier) else 1


def may_review(case: OverrideCase, reviewer: Reviewer, at: datetime) -> bool:
    """Whether this person may judge this case now.

    Never the author, nobody twice, and nothing that is settled. An officer judges cases of the own
    institution; the supervisor those that are overdue or wait for a second reviewer.
    """
    state = state_of(case, at)
    if state in {CaseState.CONFIRMED, CaseState.OBJECTED}:
        return False
    if reviewer.practitioner_id == case.practitioner_id:
        return False
    if reviewer.practitioner_id in case.judgements:
        return False
    if reviewer.is_supervisor:
        return is_for_the_supervisor(case, at)
    return reviewer.institution_id == case.institution_id


def concerns(case: OverrideCase, reviewer: Reviewer, at: datetime) -> bool:
    """Whether this person may know of the case at all, also once it is settled."""
    if not reviewer.is_supervisor:
        return reviewer.institution_id == case.institution_id
    return (
        is_for_the_supervisor(case, at)
        or at >= case.due_at
        or reviewer.practitioner_id in case.judgements
    )


def is_for_the_supervisor(case: OverrideCase, at: datetime) -> bool:
    """Whether a case is on the supervisor's list: overdue, or confirmed once and needed twice."""
    state = state_of(case, at)
    return state is CaseState.OVERDUE or (state is CaseState.WAITING and bool(case.judgements))

"""Emergency (紧急调阅): what may be opened without an answer, and what the resident chose before.

Start with ``rules``: the triage gate, what an override opens and who reviews it are pure functions.
``break_glass`` stores and logs an override like a consent and opens its case; ``review`` judges it.
"""

from openhealthcode.consent.emergency.break_glass import break_glass
from openhealthcode.consent.emergency.choose import (
    choice_for_emergencies,
    choice_of,
    choose_for_emergencies,
)
from openhealthcode.consent.emergency.model import (
    AdvanceChoice,
    CaseState,
    EmergencyScope,
    Judgement,
    NotToReview,
    OverrideCase,
    OverrideFigures,
    Reviewer,
    TriageTooLow,
)
from openhealthcode.consent.emergency.review import (
    case_for,
    cases_to_review,
    judge_override,
    override_figures,
)
from openhealthcode.consent.emergency.rules import (
    EMERGENCY_CATEGORIES,
    OVERRIDE_LIFETIME,
    may_review,
    opens_more,
    provisions_of_an_override,
    reviewers_needed,
    state_of,
)
from openhealthcode.consent.emergency.store import author_key

__all__ = [
    "EMERGENCY_CATEGORIES",
    "OVERRIDE_LIFETIME",
    "AdvanceChoice",
    "CaseState",
    "EmergencyScope",
    "Judgement",
    "NotToReview",
    "OverrideCase",
    "OverrideFigures",
    "Reviewer",
    "TriageTooLow",
    "author_key",
    "break_glass",
    "case_for",
    "cases_to_review",
    "choice_for_emergencies",
    "choice_of",
    "choose_for_emergencies",
    "judge_override",
    "may_review",
    "opens_more",
    "override_figures",
    "provisions_of_an_override",
    "reviewers_needed",
    "state_of",
]

"""Consent (知情同意): what residents allow and refuse, and the pure function that decides.

Start with ``rules.decide``. Nothing here shows anything: ``access`` asks, shows and logs.
"""

from openhealthcode.consent.answer import Within, allow, refuse
from openhealthcode.consent.ask import (
    ask,
    propose,
    request,
    requests_waiting,
    scene_of_visit,
    topic_of,
    topic_of_consent,
    topic_of_request,
)
from openhealthcode.consent.editions import (
    EDITIONS,
    NoticeChange,
    NoticeEdition,
    changes_since,
    still_good,
)
from openhealthcode.consent.emergency import (
    EMERGENCY_CATEGORIES,
    OVERRIDE_LIFETIME,
    AdvanceChoice,
    EmergencyScope,
    TriageTooLow,
    break_glass,
    choice_for_emergencies,
    choose_for_emergencies,
    opens_more,
    provisions_of_an_override,
)
from openhealthcode.consent.errors import NothingToWithdraw, PreviewOutdated, RequestExpired
from openhealthcode.consent.explanation import Because, explain
from openhealthcode.consent.model import (
    AccessRequest,
    Answer,
    Ask,
    Consent,
    ConsentKind,
    ConsentRequest,
    Decision,
    EntryFacts,
    Manner,
    Notice,
    Previewed,
    Provision,
    Provisions,
    Refusal,
    Restriction,
    Rule,
    Terms,
    Uses,
    Verdict,
)
from openhealthcode.consent.restrict import end_visits, lift, restrict, restrictions
from openhealthcode.consent.rules import (
    LONGEST_DAYS,
    USE_LASTS,
    begins_uses,
    decide,
    is_shown,
    provisions_of_a_refusal,
    provisions_of_an_answer,
    shows,
    weigh,
)
from openhealthcode.consent.sealing import read_provisions
from openhealthcode.consent.sharing import end_shared
from openhealthcode.consent.standing import give
from openhealthcode.consent.store import consents as given_by
from openhealthcode.consent.store import note_preview, note_uses, residents_outdated
from openhealthcode.consent.store import request as stored_request
from openhealthcode.consent.store import restrictions as refused_by
from openhealthcode.consent.withdraw import consents, withdraw, withdraw_all, withdraw_within

# fmt: off
__all__ = [
    "EDITIONS",
    "EMERGENCY_CATEGORIES",
    "LONGEST_DAYS",
    "OVERRIDE_LIFETIME",
    "USE_LASTS",
    "AccessRequest",
    "AdvanceChoice",
    "Answer",
    "Ask",
    "Because",
    "Consent",
    "ConsentKind",
    "ConsentRequest",
    "Decision",
    "EmergencyScope",
    "EntryFacts",
    "Manner",
    "NothingToWithdraw",
    "Notice",
    "NoticeChange",
    "NoticeEdition",
    "PreviewOutdated",
    "Previewed",
    "Provision",
    "Provisions",
    "Refusal",
    "RequestExpired",
    "Restriction",
    "Rule",
    "Terms",
    "TriageTooLow",
    "Uses",
    "Verdict",
    "Within",
    "allow",
    "ask",
    "begins_uses",
    "break_glass",
    "changes_since",
    "choice_for_emergencies",
    "choose_for_emergencies",
    "consents",
    "decide",
    "end_shared",
    "end_visits",
    "explain",
    "give",
    "given_by",
    "is_shown",
    "lift",
    "note_preview",
    "note_uses",
    "opens_more",
    "propose",
    "provisions_of_a_refusal",
    "provisions_of_an_answer",
    "provisions_of_an_override",
    "read_provisions",
    "refuse",
    "refused_by",
    "request",
    "requests_waiting",
    "residents_outdated",
    "restrict",
    "restrictions",
    "scene_of_visit",
    "shows",
    "still_good",
    "stored_request",
    "topic_of",
    "topic_of_consent",
    "topic_of_request",
    "weigh",
    "withdraw",
    "withdraw_all",
    "withdraw_within",
]

"""Consent (知情同意): what residents allow and refuse, and the pure function that decides.

Start with ``rules.decide``. Nothing here shows anything: ``access`` asks, shows and logs.
"""

from openhealthcode.consent.answer import allow, refuse
from openhealthcode.consent.ask import (
    ask,
    request,
    requests_waiting,
    topic_of,
    topic_of_consent,
    topic_of_request,
)
from openhealthcode.consent.emergency import break_glass
from openhealthcode.consent.errors import NothingToWithdraw, PreviewOutdated, RequestExpired
from openhealthcode.consent.model import (
    AccessRequest,
    Answer,
    Ask,
    Consent,
    ConsentRequest,
    Decision,
    EntryFacts,
    Provision,
    Rule,
    Verdict,
)
from openhealthcode.consent.rules import (
    EMERGENCY_CATEGORIES,
    OVERRIDE_LIFETIME,
    decide,
    is_shown,
    provisions_of_an_answer,
    shows,
    weigh,
)
from openhealthcode.consent.store import note_preview, read_provisions
from openhealthcode.consent.store import request as stored_request
from openhealthcode.consent.withdraw import consents, withdraw

__all__ = [
    "EMERGENCY_CATEGORIES", "OVERRIDE_LIFETIME", "AccessRequest", "Answer", "Ask", "Consent",
    "ConsentRequest", "Decision", "EntryFacts", "NothingToWithdraw", "PreviewOutdated",
    "Provision", "RequestExpired", "Rule", "Verdict", "allow", "ask", "break_glass", "consents",
    "decide", "is_shown", "note_preview", "provisions_of_an_answer", "read_provisions", "refuse",
    "request", "requests_waiting", "shows", "stored_request", "topic_of", "topic_of_consent",
    "topic_of_request", "weigh", "withdraw",
]  # fmt: skip

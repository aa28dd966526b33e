"""Erasure (删除留存副本): who was allowed to keep copies is asked, after a withdrawal, to erase them.

Start with ``rules``. A withdrawal asks by itself, in its own transaction (``ask``); the institution
attests in words that stand in the resident's log (``attest``). The platform cannot see into other
people's files: it can ask, count the days, and say who has not answered.
"""

from openhealthcode.consent.erasure.ask import ask_after_withdrawal, ask_everybody
from openhealthcode.consent.erasure.attest import attest, requests_of
from openhealthcode.consent.erasure.model import (
    ErasureAnswer,
    ErasureRequest,
    ErasureState,
    NotToAttest,
)
from openhealthcode.consent.erasure.rules import ATTEST_WITHIN, LONGEST_REASON, state_of
from openhealthcode.consent.erasure.waiting import asked_of_institution, overdue_everywhere

__all__ = [
    "ATTEST_WITHIN",
    "LONGEST_REASON",
    "ErasureAnswer",
    "ErasureRequest",
    "ErasureState",
    "NotToAttest",
    "ask_after_withdrawal",
    "ask_everybody",
    "asked_of_institution",
    "attest",
    "overdue_everywhere",
    "requests_of",
    "state_of",
]

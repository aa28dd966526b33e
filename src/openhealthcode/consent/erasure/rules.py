"""When an attestation is due and what it must say. Pure functions: no clock, no database."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from openhealthcode.consent.erasure.model import ErasureAnswer, ErasureRequest, ErasureState
from openhealthcode.standards import InvalidInput

ATTEST_WITHIN: Final = timedelta(days=15)
"""Our own, as the law names no days: as long as any right of a resident may take."""
LONGEST_REASON: Final = 500
_SHORTEST_REASON: Final = 4


def state_of(request: ErasureRequest) -> ErasureState:
    """Where a request stands at the moment it was read.

    An answer that came late is an answer; what is retained by law stays so until it is erased.
    """
    if request.answer is not None:
        return ErasureState(request.answer.value)
    is_late = request.at >= request.due_at
    return ErasureState.OVERDUE if is_late else ErasureState.WAITING


def may_attest(before: ErasureAnswer | None, answer: ErasureAnswer) -> bool:
    """Whether this can be said now: once, but for what was retained and is then erased."""
    if before is None:
        return True
    return before is ErasureAnswer.RETAINED and answer is ErasureAnswer.ERASED


def reason_for(answer: ErasureAnswer, text: str) -> str:
    """The reason as it is kept, without superfluous space; needed for retaining, and only there.

    Raises:
        InvalidInput: copies are retained for no reason in words, or one of more than 500 characters.
    """
    reason = " ".join(text.split())
    if answer is not ErasureAnswer.RETAINED:
        return ""
    is_in_words = any(character.isalpha() for character in reason)
    if not (_SHORTEST_REASON <= len(reason) <= LONGEST_REASON and is_in_words):
        raise InvalidInput("retaining copies needs a reason in words, of 4 to 500 characters")
    return reason

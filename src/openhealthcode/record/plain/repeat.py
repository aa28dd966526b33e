"""Why an examination is done again, and what the resident was told about it.

Source: 医疗机构检查检验结果互认管理办法 (2022): six cases, and the duty to explain the repeat.
"""

from __future__ import annotations

from typing import Final

from openhealthcode.record.plain.concept import codes_of
from openhealthcode.record.plain.fields import Json, mappings_of, text_of
from openhealthcode.record.plain.words import Language, sentences, word

REPEAT_REASON: Final = "urn:openhealthcode:repeat-reason"
"""The code system of the six reasons, in ``ServiceRequest.reasonCode``."""

EXPLANATION: Final = "urn:openhealthcode:repeat-explanation"
"""The extension of a ServiceRequest with what the resident was told, as ``valueString``."""

LONGEST_EXPLANATION: Final = 1000
REASONS: Final = ("changed", "fast-changing", "decisive", "emergency", "assessment", "other")
"""The six reasons, by code."""


def repeat_reason_in(order: Json) -> str:
    """The coded reason of an order to do something again; empty without one."""
    reasons = (
        code
        for reason in mappings_of(order.get("reasonCode"))
        for system, code in codes_of(reason)
        if system == REPEAT_REASON and code in REASONS
    )
    return next(reasons, "")


def explanation_in(order: Json) -> str:
    """What the resident was told about doing it again."""
    said = (
        text_of(one.get("valueString"), LONGEST_EXPLANATION)
        for one in mappings_of(order.get("extension"))
        if one.get("url") == EXPLANATION
    )
    return next((text for text in said if text), "")


def reason_name(code: str, language: Language) -> str:
    """One of the six reasons in words."""
    return word(f"repeat.{code}", language)


def repeat_text(order: Json, language: Language) -> str:
    """Both in words, as far as they are there."""
    reason, said = repeat_reason_in(order), explanation_in(order)
    return sentences(
        [
            word("repeated.because", language, reason=reason_name(reason, language))
            if reason
            else "",
            word("repeated.explained", language, words=said) if said else "",
        ],
        language,
    )

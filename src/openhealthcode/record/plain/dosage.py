"""How much of a medicine, how often and how: FHIR Dosage in words.

A dose and its unit stay together; a missing unit is said to be missing, never guessed.
Source: FHIR R4 Dosage, Timing; the abbreviations of value set timing-abbreviation.
"""

from __future__ import annotations

from typing import Final

from openhealthcode.record.plain.concept import code_of, name_of
from openhealthcode.record.plain.fields import (
    Json,
    first_of,
    mapping_of,
    mappings_of,
    number_of,
    text_of,
)
from openhealthcode.record.plain.quantity import (
    number_text,
    quantity_text,
    range_text,
    time_text,
)
from openhealthcode.record.plain.words import Language, joined, listed, word, word_or

_ABBREVIATIONS: Final = {
    "QD": (1, 1, "d"), "BID": (2, 1, "d"), "TID": (3, 1, "d"), "QID": (4, 1, "d"),
    "QOD": (1, 2, "d"), "Q1H": (1, 1, "h"), "Q2H": (1, 2, "h"), "Q3H": (1, 3, "h"),
    "Q4H": (1, 4, "h"), "Q6H": (1, 6, "h"), "Q8H": (1, 8, "h"), "Q12H": (1, 12, "h"),
    "WK": (1, 1, "wk"), "QW": (1, 1, "wk"), "MO": (1, 1, "mo"),
}  # fmt: skip


def dose_text(dosage: Json, language: Language) -> str:
    """The amount of one taking, such as ``每次 80 mg``; "" when none is written."""
    amount = first_of(dosage.get("doseAndRate")) or dosage
    quantity = mapping_of(amount.get("doseQuantity") or amount.get("dose"))
    text = quantity_text(quantity, language) or range_text(amount.get("doseRange"), language)
    if not text:
        return ""
    if quantity and not (quantity.get("unit") or quantity.get("code")):
        return word("dose.without_unit", language, dose=text)
    return word("dose.each", language, dose=text)


def frequency_text(dosage: Json, language: Language) -> str:
    """How often, such as ``每日 2 次，饭后`` or ``as needed``."""
    timing = mapping_of(dosage.get("timing"))
    repeat = mapping_of(timing.get("repeat"))
    return joined(
        [
            _rhythm(repeat, language) or _abbreviated(timing.get("code"), language),
            _moments(repeat, language),
            _as_needed(dosage, language),
        ],
        language,
    )


def dosage_text(dosage: Json, language: Language) -> str:
    """A whole instruction in one line: dose, rhythm, route, or else what was written."""
    spoken = [dose_text(dosage, language), frequency_text(dosage, language)]
    if not any(spoken):
        return text_of(dosage.get("text"))
    return joined([*spoken, name_of(dosage.get("route"), language)], language)


def _rhythm(repeat: Json, language: Language) -> str:
    count = number_of(repeat.get("frequency")) or 1
    period, unit = number_of(repeat.get("period")), str(repeat.get("periodUnit", ""))
    if not period or unit not in ("h", "d", "wk", "mo", "min", "a"):
        return ""
    return _times(count, period, unit, language)


def _times(count: float, period: float, unit: str, language: Language) -> str:
    if period == 1 and (known := word_or(f"rhythm.{number_text(count)}_{unit}", language)):
        return known
    if count == 1 and (known := word_or(f"rhythm.1_per_{number_text(period)}{unit}", language)):
        return known
    number = number_text(count)
    if period == 1:
        return word("rhythm.each", language, count=number, span=word(f"time.{unit}", language))
    span = time_text(period, unit, language)
    return word("rhythm.general", language, count=number, span=span)


def _abbreviated(concept: object, language: Language) -> str:
    code = code_of(concept).upper()
    if code in _ABBREVIATIONS:
        count, period, unit = _ABBREVIATIONS[code]
        return _times(count, period, unit, language)
    return word_or(f"moment.{code}", language) or name_of(concept, language)


def _moments(repeat: Json, language: Language) -> str:
    when = repeat.get("when")
    codes = when if isinstance(when, list) else []
    words = [word_or(f"moment.{code}", language) for code in codes[:6]]
    at = repeat.get("timeOfDay")
    clock = [text_of(time)[:5] for time in at[:6]] if isinstance(at, list) else []
    return listed([*words, *clock], language)


def _as_needed(dosage: Json, language: Language) -> str:
    if dosage.get("asNeededBoolean") is True:
        return word("dose.as_needed", language)
    reason = name_of(dosage.get("asNeededCodeableConcept"), language)
    return word("dose.as_needed_for", language, reason=reason) if reason else ""


def instructions_of(resource: Json) -> list[Json]:
    """The dosages of a medication resource, whatever its type calls them."""
    for key in ("dosageInstruction", "dosage"):
        if key in resource:
            return list(mappings_of(resource[key]))
    return []

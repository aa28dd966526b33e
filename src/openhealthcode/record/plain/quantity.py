"""Numbers with their units, written as people write them and never torn apart."""

from __future__ import annotations

import re

from openhealthcode.record.exact import WrittenDecimal
from openhealthcode.record.plain.fields import Json, mapping_of, number_of, text_of
from openhealthcode.record.plain.words import Language, word, word_or

NO_BREAK = "\u00a0"
"""Stands between a number and its unit, so that no line ends there."""

_AS_REPORTED = re.compile(r"-?\d{1,9}\.\d{1,2}", re.ASCII)
_ANNOTATION = re.compile(r"\{[^}]*\}")
_POWER = re.compile(r"10\*(\d+)")
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def number_text(value: float) -> str:
    """A number without false precision: as reported up to two decimals, else rounded."""
    if isinstance(value, WrittenDecimal) and _AS_REPORTED.fullmatch(value.text):
        return value.text
    if value == int(value):
        return str(int(value))
    rounded = round(value, 2)
    if rounded != value:
        size = abs(value)
        rounded = round(value, 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3)
        if rounded == int(rounded) and size >= 1:
            return str(int(rounded))
    return f"{rounded:.4f}".rstrip("0").rstrip(".")


def unit_text(quantity: Json, language: Language) -> str:
    """A unit in print rather than in UCUM: ``10*9/L`` becomes ``×10⁹/L``."""
    unit = text_of(quantity.get("unit"), 40) or text_of(quantity.get("code"), 40)
    known = word_or(f"unit.{unit}", language, "\0")
    if known != "\0":
        return known
    unit = _ANNOTATION.sub("", unit).strip("()./ ") if "{" in unit else unit
    return _POWER.sub(lambda power: "×10" + power.group(1).translate(_SUPERSCRIPT), unit)


def quantity_text(value: object, language: Language) -> str:
    """A quantity such as ``80 mg`` or ``< 0.5 mmol/L``; nothing when there is no number."""
    quantity = mapping_of(value)
    number = number_of(quantity.get("value"))
    if number is None:
        return ""
    sign = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}.get(str(quantity.get("comparator", "")), "")
    start = f"{sign}{NO_BREAK}{number_text(number)}" if sign else number_text(number)
    unit = unit_text(quantity, language)
    if not unit:
        return start
    return f"{start}{unit}" if unit == "%" else f"{start}{NO_BREAK}{unit}"


def range_text(value: object, language: Language) -> str:
    """A range such as ``3.9–6.1 mmol/L`` or ``< 1.8 mmol/L``."""
    low, high = (mapping_of(mapping_of(value).get(end)) for end in ("low", "high"))
    low_number, high_number = number_of(low.get("value")), number_of(high.get("value"))
    unit = unit_text(high or low, language)
    if low_number is not None and high_number is not None:
        text = f"{number_text(low_number)}–{number_text(high_number)}"
    elif high_number is not None:
        text = f"<{NO_BREAK}{number_text(high_number)}"
    elif low_number is not None:
        text = f">{NO_BREAK}{number_text(low_number)}"
    else:
        return ""
    return text + (NO_BREAK + unit if unit else "")


def span_text(value: object, language: Language) -> str:
    """A length of time such as ``7 天``, from a Duration or an Age."""
    quantity = mapping_of(value)
    number = number_of(quantity.get("value"))
    if number is None:
        return ""
    code = str(quantity.get("code") or quantity.get("unit") or "")
    return time_text(number, code, language)


def time_text(number: float, code: str, language: Language) -> str:
    """A number of time units by their UCUM code (``d``, ``wk``, ``a`` ...)."""
    code = {"day": "d", "days": "d", "week": "wk", "year": "a", "years": "a"}.get(code, code)
    if f"time.{code}" not in _TIMES:
        return number_text(number)
    plural = "s" if language == "en" and number != 1 else ""
    return number_text(number) + NO_BREAK + word(f"time.{code}", language) + plural


_TIMES = frozenset(f"time.{code}" for code in ("s", "min", "h", "d", "wk", "mo", "a"))

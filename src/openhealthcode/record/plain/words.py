"""The words records are described in, and the plain names of common codes, per language.

``words.toml`` holds phrases and ``said.toml`` what is written without a code; the names of codes are
``terminology``'s. Each value is a pair (Chinese, English). All are read once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from openhealthcode.terminology.concepts import common_names

Language = Literal["zh-CN", "en"]
"""The languages the project speaks; each page and each description is in one of them."""

Pair = tuple[str, str]

_SYSTEMS: Final = {
    "http://loinc.org": "loinc",
    "http://hl7.org/fhir/sid/cvx": "cvx",
    "http://snomed.info/sct": "snomed",
    "http://hl7.org/fhir/sid/icd-10": "icd-10",
    "http://hl7.org/fhir/sid/icd-10-cm": "icd-10",
    "http://hl7.org/fhir/sid/icd-9-cm": "icd-9-cm",
    "http://www.whocc.no/atc": "atc",
}


def word(key: str, language: Language, **values: object) -> str:
    """A phrase by its dotted key, such as ``encounter.AMB``; placeholders filled."""
    pair = _words()[key]
    phrase = pair[0] if language == "zh-CN" else pair[1]
    return phrase.format_map(values) if values else phrase


def word_or(key: str, language: Language, otherwise: str = "") -> str:
    """A phrase by its key, or ``otherwise`` when the code is not one we have words for."""
    pair = _words().get(key)
    if pair is None:
        return otherwise
    return pair[0] if language == "zh-CN" else pair[1]


def known_name(system: object, code: object, language: Language) -> str:
    """The plain name of a code, or nothing.

    A national ICD-10 code (``I10.x00x002``) is named by the international one it refines.
    """
    if not isinstance(system, str) or not isinstance(code, str):
        return ""
    table = _SYSTEMS.get(system, "")
    if not table:
        return ""
    names = common_names(table)
    pair = names.get(code)
    if pair is None and table == "icd-10":
        pair = names.get(code[:5]) or names.get(code[:3])
    if pair is None:
        return ""
    return pair[0] if language == "zh-CN" else pair[1]


def known_words(text: str, language: Language) -> str:
    """What was written in Chinese without a code, for readers of English; else nothing."""
    if language == "zh-CN":
        return ""
    pair = _said().get(text)
    return pair[1] if pair else ""


def joined(parts: Iterable[str], language: Language) -> str:
    """Parts of a sentence with the language's comma; empty parts vanish."""
    return ("，" if language == "zh-CN" else ", ").join(part for part in parts if part)


def listed(parts: Iterable[str], language: Language) -> str:
    """Items of an enumeration (顿号 in Chinese); empty items vanish."""
    return ("、" if language == "zh-CN" else ", ").join(part for part in parts if part)


def sentences(parts: Iterable[str], language: Language) -> str:
    """Statements side by side; empty ones vanish."""
    return ("；" if language == "zh-CN" else "; ").join(part for part in parts if part)


@cache
def _words() -> dict[str, Pair]:
    tables = tomllib.loads(files(__package__).joinpath("words.toml").read_text("utf-8"))
    return {
        f"{section}.{key}": (pair[0], pair[1])
        for section, phrases in tables.items()
        for key, pair in phrases.items()
    }


@cache
def _said() -> dict[str, Pair]:
    table = tomllib.loads(files(__package__).joinpath("said.toml").read_text("utf-8"))
    return {words: (pair[0], pair[1]) for words, pair in table.items()}

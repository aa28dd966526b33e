"""Evidence in words, in both languages of the pages; never with a value of either person."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from openhealthcode.identity.matching.model import Evidence, Field, Level, Rule

Language = Literal["zh-CN", "en"]

_KEYS: Final = {"zh-CN": "zh", "en": "en"}
_SAYS_SOMETHING_BITS: Final = 0.5
_NOTABLE_RARITY_BITS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Explanation:
    """One field's evidence for a reader: what, how far it agrees, and what that says.

    Args:
        rarity: that the shared value is rare or common; empty when it is neither.
    """

    field: str
    level: str
    says: str
    rarity: str
    bits: float


def explain(evidence: Evidence, language: Language) -> Explanation:
    """One field's evidence in words."""
    return Explanation(
        _word("fields", evidence.field, language),
        level_in_words(evidence.field, evidence.level, language),
        _word("said", _says(evidence.bits), language),
        _rarity(evidence.rarity_bits, language),
        round(evidence.bits, 1),
    )


def level_in_words(field: Field, level: Level, language: Language) -> str:
    """How far a field agreed, in the field's own words where it has some."""
    own = _texts().get(f"{field}.levels", {}).get(level)
    return str(own[_KEYS[language]]) if own else _word("levels", level, language)


def rule_in_words(rule: Rule, language: Language) -> str:
    """Why a rule decided as it did."""
    return _word("rules", rule, language)


def _says(bits: float) -> str:
    if abs(bits) < _SAYS_SOMETHING_BITS:
        return "nothing"
    return "for" if bits > 0 else "against"


def _rarity(bits: float, language: Language) -> str:
    if abs(bits) < _NOTABLE_RARITY_BITS:
        return ""
    return _word("said", "rare" if bits > 0 else "common", language)


def _word(table: str, name: str, language: Language) -> str:
    return str(_texts()[table][name][_KEYS[language]])


@cache
def _texts() -> dict[str, Any]:
    folder = files("openhealthcode.identity.matching")
    return tomllib.loads(folder.joinpath("explain.toml").read_text("utf-8"))

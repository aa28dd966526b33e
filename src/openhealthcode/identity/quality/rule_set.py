"""The quality rules in force: read from their file once, and refused whole if one is unclear."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from openhealthcode.identity.quality.model import Effect, QualityRule, QualityRules, Words
from openhealthcode.identity.quality.rules import CHECKS, plain
from openhealthcode.standards import CertificateKind

_FIELDS: Final = frozenset({"name", "sex", "birth_date", "phone", "address"})
_TEXTS: Final = frozenset({"name", "address"})
_ALWAYS: Final = frozenset({"code", "check", "effect", "en", "zh"})
_NEEDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "placeholder": frozenset({"field", "values"}),
        "one-character": frozenset({"field", "least"}),
        "digits": frozenset({"field", "least"}),
        "reads-as-address": frozenset({"field"}),
        "reads-as-name": frozenset({"field"}),
        "newborn-name": frozenset({"most_days"}),
        "born-before": frozenset({"most_years"}),
        "birth-date-among": frozenset({"dates"}),
        "born-on-the-day": frozenset({"kinds"}),
        "shared-phone": frozenset({"most"}),
        "missing": frozenset({"field"}),
    }
)
_BOUNDS: Final = ("least", "most", "most_days", "most_years")


class QualityRulesMalformed(ValueError):
    """The quality rules contain a mistake; the message says where."""


@cache
def in_force() -> QualityRules:
    """The rules this release ships."""
    path = files("openhealthcode.identity.quality").joinpath("rules.toml")
    return read(path.read_text(encoding="utf-8"))


def read(text: str) -> QualityRules:
    """Read rules from a text.

    Raises:
        QualityRulesMalformed: an unknown check, effect, field or key, a bound that is none, a
            missing sentence, two rules of one code.
    """
    try:
        table = tomllib.loads(text)
        words = table["words"]
        rules = tuple(_rule(each) for each in table["rule"])
        read_words = Words(
            frozenset("".join(words["surnames"].split())),
            frozenset(words["compound_surnames"]),
            frozenset("".join(words["common_surnames"].split())),
            tuple(words["address_parts"]),
        )
        edition = str(table["edition"])
    except (KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise QualityRulesMalformed(f"{type(error).__name__}: {error}") from None
    if len({rule.code for rule in rules}) != len(rules):
        raise QualityRulesMalformed("two rules have one code")
    return QualityRules(edition, read_words, rules)


def _rule(table: Mapping[str, Any]) -> QualityRule:
    code, check = table["code"], table["check"]
    needs = _NEEDS.get(check, frozenset())
    if check not in CHECKS or set(table) - {"distrusts"} != _ALWAYS | needs:
        raise QualityRulesMalformed(f"{code}: no such check, or not the keys it needs")
    if table["effect"] not in set(Effect) or not (table["en"] and table["zh"]):
        raise QualityRulesMalformed(f"{code}: no such effect, or no sentence for it")
    field = table.get("field", "")
    bound = next((table[name] for name in _BOUNDS if name in table), 0)
    if not (isinstance(bound, int) and bound >= 0):
        raise QualityRulesMalformed(f"{code}: a bound is a number")
    distrusts = frozenset(table.get("distrusts", ()))
    _expect_field(code, check, field, distrusts)
    return QualityRule(
        code=code,
        check=check,
        effect=Effect(table["effect"]),
        en=table["en"],
        zh=table["zh"],
        field=field,
        bound=bound,
        values=frozenset(map(plain, table.get("values", ()))),
        dates=frozenset(map(_date, table.get("dates", ()))),
        kinds=frozenset(map(_kind, table.get("kinds", ()))),
        distrusts=distrusts,
    )


def _expect_field(code: str, check: str, field: str, distrusts: frozenset[str]) -> None:
    allowed = _FIELDS - {"name"} if check == "missing" else _TEXTS
    if (field and field not in allowed) or not distrusts <= _FIELDS - {"sex"}:
        raise QualityRulesMalformed(f"{code}: no such field")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise QualityRulesMalformed("a date is YYYY-MM-DD") from None


def _kind(text: str) -> CertificateKind:
    try:
        return CertificateKind(text)
    except ValueError:
        raise QualityRulesMalformed("no such kind of certificate") from None

"""An edition of the rules: every threshold, severity and sentence is data, and what grew weaker is told.

Pure, but for reading the shipped edition once. The code knows which rules there are and which
thresholds each takes; everything else an edition says. Start with ``shipped``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from openhealthcode.registry import PractitionerRole
from openhealthcode.standards import Scene
from openhealthcode.supervision.warning.model import EditionUnreadable, Evidence, Finding, Severity

LANGUAGES: Final = ("en", "zh")
_SLOT: Final = re.compile(r"\{([a-z]+)\}")
_BEYOND_REACH: Final = 10.0
"""So many times as lax as shipped a threshold is held to silence its rule."""

THRESHOLDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        rule: frozenset(names.split())
        for rule, names in {
            "account-disabled": "",
            "canary": "",
            "withdrawn": "least_times",
            "budget": "",
            "enumeration": "least_residents within_minutes",
            "code-misused": "least_times",
            "self": "",
            "family": "most_usual_share most_left_at_desk",
            "same-address": "most_usual_share most_left_at_desk",
            "co-worker": "most_usual_share most_left_at_desk most_unexplained_share",
            "neighbour": "most_usual_share most_left_at_desk most_unexplained_share",
            "vip": "most_left_at_desk",
            "deceased": "most_left_at_desk",
            "burst": "least_people least_departments within_hours",
            "after-hours": "most_usual_share least_known",
            "role-mismatch": "",
            "unusual-purpose": "least_known most_usual_share",
            "volume": "least_residents least_deviations",
            "spree": "least_residents least_deviations within_minutes",
            "low-and-slow": "least_residents least_deviations within_days",
            "repeated-look": "least_days within_days most_company",
            "override": "most_usual_share",
            "two-places": "within_minutes",
            "strange-terminal": "least_known",
            "copies": "least_residents",
            "group": "least_residents least_deviations least_own least_known",
        }.items()
    }
)
"""The rules there are and the thresholds each takes. ``least…`` is laxer the higher it is,
``most…`` and ``within…`` the lower."""
_ALERTS: Final = frozenset(("least_score", "within_days", "per_officer_a_day"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule as an edition has it."""

    name: str
    severity: Severity
    weight: float
    thresholds: Mapping[str, float]
    sentences: Mapping[str, str]
    source: str
    is_enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """All rules in force together (规则版本).

    Args:
        digest: SHA-256 of its text: two editions of one name are found out.
        alerts: what makes an alert of findings, and how many an officer is shown.
        strong: what explains an access by itself; ``left``: what a weak explanation
            leaves of a finding's weight.
        unexplained_share: of legitimate work, before enough of an institution is seen to know.
        counts_as: as how many accesses that assumption counts; ``department_counts_as``: as how many
            of a department what holds for its institution does.
        roles: which steps of care belong to which work.
    """

    name: str
    digest: bytes
    utc_offset_hours: float
    rules: Mapping[str, Rule]
    alerts: Mapping[str, float]
    strong: frozenset[Evidence]
    left: Mapping[Evidence, float]
    within_hours: float
    passage_hours: float
    unexplained_share: float
    counts_as: float
    department_counts_as: float
    roles: Mapping[PractitionerRole, frozenset[Scene]]

    def sentence(self, finding: Finding, language: str) -> str:
        """A finding in one sentence, ``en`` or ``zh``."""
        sentence = self.rules[finding.rule].sentences[language]
        # Not str.format: an edition's text reaches no attribute of anything.
        return _SLOT.sub(lambda slot: str(finding.said.get(slot[1], "…")), sentence)


@dataclass(frozen=True, slots=True)
class Weakened:
    """What in an edition lets more pass than another one; ``silences`` its rule altogether."""

    rule: str
    what: str
    before: float
    now: float
    silences: bool


def read_edition(text: str) -> Edition:
    """Read an edition.

    Raises:
        EditionUnreadable: a rule, threshold or sentence is missing, unknown or no number.
    """
    try:
        table = tomllib.loads(text)
        edition = _edition(table, sha256(text.encode()).digest())
    except (KeyError, TypeError, ValueError, AttributeError):
        raise EditionUnreadable from None
    return edition


@cache
def shipped() -> Edition:
    """The edition this release brings."""
    folder = files("openhealthcode.supervision.warning")
    return read_edition(folder.joinpath("edition.toml").read_text("utf-8"))


def weakened(before: Edition, now: Edition) -> tuple[Weakened, ...]:
    """Everything in which an edition warns less than another: what two persons decide and all see."""
    return tuple(_weaker_in_general(before, now)) + tuple(
        one for name in THRESHOLDS for one in _weaker(before.rules[name], now.rules[name])
    )


def silenced(edition: Edition) -> frozenset[str]:
    """The rules that practically never speak: switched off, weightless, or far laxer than shipped."""
    return frozenset(one.rule for one in weakened(shipped(), edition) if one.silences)


def _weaker_in_general(before: Edition, now: Edition) -> Iterator[Weakened]:
    for what, was in before.alerts.items():
        if what != "per_officer_a_day" and _is_laxer(what, was, now.alerts[what]):
            yield Weakened("", what, was, now.alerts[what], silences=False)
    if added := now.strong - before.strong:
        yield Weakened("", "strong", len(before.strong), len(before.strong | added), silences=False)
    for evidence, left in now.left.items():
        if left < before.left.get(evidence, 1.0):
            yield Weakened("", evidence, before.left.get(evidence, 1.0), left, silences=False)


def _weaker(before: Rule, now: Rule) -> Iterator[Weakened]:
    if before.is_enabled and not now.is_enabled:
        yield Weakened(now.name, "enabled", 1, 0, silences=True)
    for what in ("weight", "severity"):
        was, is_now = float(getattr(before, what)), float(getattr(now, what))
        if is_now < was:
            yield Weakened(now.name, what, was, is_now, silences=is_now * _BEYOND_REACH <= was)
    for what, was in before.thresholds.items():
        is_now = now.thresholds[what]
        if _is_laxer(what, was, is_now):
            least, most = sorted((was, is_now))
            yield Weakened(now.name, what, was, is_now, silences=least * _BEYOND_REACH <= most)


def _is_laxer(what: str, was: float, is_now: float) -> bool:
    return is_now > was if what.startswith("least") else is_now < was


def _edition(table: Mapping[str, Any], digest: bytes) -> Edition:
    if table["rules"].keys() != THRESHOLDS.keys() or table["alerts"].keys() != _ALERTS:
        raise EditionUnreadable
    explanations, expected = table["explanations"], table["expected"]
    return Edition(
        name=_text(table["name"]),
        digest=digest,
        utc_offset_hours=_number(table["utc_offset_hours"]),
        rules=MappingProxyType({name: _rule(name, rule) for name, rule in table["rules"].items()}),
        alerts=MappingProxyType({name: _number(value) for name, value in table["alerts"].items()}),
        strong=frozenset(map(Evidence, explanations["strong"])),
        left=MappingProxyType(
            {Evidence(name): _number(left) for name, left in explanations["left"].items()}
        ),
        within_hours=_number(explanations["within_hours"]),
        passage_hours=_number(explanations["passage_hours"]),
        unexplained_share=_number(expected["unexplained_share"]),
        counts_as=_number(expected["counts_as"]),
        department_counts_as=_number(expected["department_counts_as"]),
        roles=MappingProxyType(
            {
                PractitionerRole(role): frozenset(map(Scene, scenes))
                for role, scenes in table["roles"].items()
            }
        ),
    )


def _rule(name: str, table: Mapping[str, Any]) -> Rule:
    fixed = {"severity", "weight", "source", *LANGUAGES}
    thresholds = {key: value for key, value in table.items() if key not in fixed | {"enabled"}}
    weight = _number(table["weight"])
    if thresholds.keys() != THRESHOLDS[name] or weight > 1:
        raise EditionUnreadable
    return Rule(
        name=name,
        severity=Severity[table["severity"].upper()],
        weight=weight,
        thresholds=MappingProxyType({key: _number(value) for key, value in thresholds.items()}),
        sentences=MappingProxyType({language: _text(table[language]) for language in LANGUAGES}),
        source=_text(table["source"]),
        is_enabled=table.get("enabled", True) is True,
    )


def _number(value: object) -> float:
    """Not negative: a threshold below nothing means nothing. Neither ``nan`` nor infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise EditionUnreadable
    return float(value)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise EditionUnreadable
    return value

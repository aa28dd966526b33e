"""What is doubtful about a registration, by which rule, and what is done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from openhealthcode.standards import CertificateKind, HealthCodeError
from openhealthcode.standards.ids import InstitutionId


class RegistrationDoubtful(HealthCodeError):
    """The registration cannot be right as it stands; it waits for a registrar."""

    code = "registration-doubtful"


class Effect(StrEnum):
    """What a finding does."""

    COUNT = "count"
    """Incomplete, not wrong: counted for the institution that sent it."""
    WARN = "warn"
    """Registered, and told to whoever registers."""
    SET_ASIDE = "set-aside"
    """Not registered; kept for a registrar, and told to whoever registers."""


@dataclass(frozen=True, slots=True)
class QualityRule:
    """One rule: which check, its bounds, and what a finding does.

    Args:
        code: stable name, in answers and counts.
        check: the name of the check in ``rules``.
        field: of a registration, for checks that look at one.
        bound: how many characters, days, years or residents, as the check says.
        values: normalised texts it looks for.
        dates: dates it looks for.
        kinds: certificates it looks for.
        distrusts: fields kept as received that take no part in matching.
    """

    code: str
    check: str
    effect: Effect
    en: str
    zh: str
    field: str = ""
    bound: int = 0
    values: frozenset[str] = frozenset()
    dates: frozenset[date] = frozenset()
    kinds: frozenset[CertificateKind] = frozenset()
    distrusts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Words:
    """What surnames and addresses are made of."""

    surnames: frozenset[str]
    compound_surnames: frozenset[str]
    common_surnames: frozenset[str]
    address_parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QualityRules:
    """Every rule of one edition."""

    edition: str
    words: Words
    rules: tuple[QualityRule, ...]

    def of(self, code: str) -> QualityRule | None:
        """The rule of this code; none when another edition had it."""
        return next((rule for rule in self.rules if rule.code == code), None)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What of the moment the rules look at.

    Args:
        on: the official date (UTC+8) of the registration.
        phone_holders: how many other residents use the telephone number, as far as was counted.
    """

    on: date
    phone_holders: int = 0


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How often a rule found something in an institution's registrations."""

    code: str
    count: int
    share: float
    """Of the registrations received."""


@dataclass(frozen=True, slots=True)
class InstitutionQuality:
    """How sound an institution's registrations are."""

    institution_id: InstitutionId
    received: int
    """Different registrations; the same sent again is not counted again."""
    found: tuple[RuleCount, ...]
    """The rules that found anything, the most frequent first."""

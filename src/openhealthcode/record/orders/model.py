"""What is ordered, what it is compared with, and what is found."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from openhealthcode.terminology.interactions import Severity

Json = dict[str, Any]


class FindingKind(StrEnum):
    """What an order is told."""

    RESULT_ELSEWHERE = "result-elsewhere"
    """Another institution has a result that holds and is marked as recognised here."""
    RESULT_UNMARKED = "result-unmarked"
    """Another institution has one that is not so marked: told, and nothing follows from it."""
    SAME_MEDICINE = "same-medicine"
    SAME_CLASS = "same-class"
    INTERACTION = "interaction"
    ALLERGY = "allergy"
    NOT_COMPARED = "not-compared"
    """The medicine has no code that could be compared."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that speaks about an order.

    Args:
        known: the place, among what it was compared with, of the entry that is meant.
        says: what it means, Chinese and English, where a table says so.
        source: which source of the table.
    """

    kind: FindingKind
    severity: Severity
    known: int | None = None
    says: tuple[str, str] = ("", "")
    source: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """An entry that may be compared: shown to whoever orders by the resident's leave."""

    resource: Json = field(repr=False)
    is_own: bool
    """Filed by the institution that orders."""


@dataclass(frozen=True, slots=True)
class ExaminationOrder:
    """A test or an examination that is ordered now.

    Args:
        codes: LOINC of the order and of the reports that answer it.
        single: LOINC of results that answer it by themselves.
        days: how long a result holds.
        reason: the coded reason to do it again; empty without one.
        explanation: what the doctor told the resident about that.
    """

    codes: frozenset[str]
    single: frozenset[str]
    days: int
    reason: str = ""
    explanation: str = field(default="", repr=False)

    @property
    def is_explained(self) -> bool:
        """Whether it may be done again: a reason, and the resident was told why."""
        return bool(self.reason and self.explanation)


@dataclass(frozen=True, slots=True)
class MedicineOrder:
    """A medicine that is prescribed now.

    Args:
        atc: its ATC codes, as many as it carries.
        names: every other code and word it goes by, to know the same again.
        start: the first day.
        end: the last; None when open.
    """

    atc: frozenset[str]
    names: frozenset[str] = field(repr=False)
    start: date
    end: date | None


Order = ExaminationOrder | MedicineOrder

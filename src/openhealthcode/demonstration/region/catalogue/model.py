"""One row of each table, as the stories use it.

A ``concept`` is a finished FHIR CodeableConcept. It is shared by every entry that uses it and
must not be changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

Range = tuple[float | None, float | None]
"""Lowest and highest normal value, both included; None is open."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A disease in ICD-10; ``sensitivity`` is the v3-ActCode its source would label it with."""

    key: str
    name: str
    specialty: str
    sensitivity: str
    concept: Json


@dataclass(frozen=True, slots=True)
class Drug:
    """A generic product with its usual dose.

    Args:
        group: what an allergy excludes it by: penicillin, cephalosporin, nsaid …
        per_kg: a child's single dose per kilogram in ``unit``, 0 when the dose is fixed.
        step: children's doses are rounded to a multiple of this.
    """

    key: str
    product: str
    dose: float
    unit: str
    rhythm: str
    route: str
    group: str
    per_kg: float
    step: float
    advice: str
    concept: Json


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a drug is taken: in words and as FHIR Timing."""

    text: str
    timing: Json | None
    as_needed: bool


@dataclass(frozen=True, slots=True)
class Analyte:
    """A measured quantity with its unit and normal ranges."""

    key: str
    name: str
    unit: str
    ucum: str
    decimals: int
    male: Range
    female: Range
    child: Range
    concept: Json


@dataclass(frozen=True, slots=True)
class Panel:
    """Quantities reported together."""

    key: str
    name: str
    analytes: tuple[str, ...]
    concept: Json


@dataclass(frozen=True, slots=True)
class Finding:
    """A test whose result is a word, and the word that is normal."""

    key: str
    normal: str
    concept: Json


@dataclass(frozen=True, slots=True)
class Examination:
    """An image, a trace or an endoscopy: a report in words."""

    key: str
    name: str
    department: str
    normal: str
    categories: list[Json]
    concept: Json


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation by ICD-9-CM-3; ``device`` names what stays in the body."""

    key: str
    name: str
    device: str
    concept: Json


@dataclass(frozen=True, slots=True)
class Vaccine:
    """A vaccine; ``maker`` is a key of ``MAKERS``, invented like every maker here."""

    key: str
    name: str
    dose: float
    unit: str
    route: str
    maker: str
    shelf_months: int
    disease: str
    concept: Json


@dataclass(frozen=True, slots=True)
class Formula:
    """A pattern of Chinese medicine and the formula that answers it.

    Args:
        herbs: name and grams of one day's dose; empty when only needles are used.
        conditions: keys of diagnoses it is sought for; empty: a complaint of its own.
    """

    key: str
    disease: str
    pattern: str
    name: str
    herbs: tuple[tuple[str, int], ...]
    tongue: str
    complaint: str
    conditions: tuple[str, ...]
    sex: str
    from_age: int
    to_age: int
    needles: bool
    concept: Json

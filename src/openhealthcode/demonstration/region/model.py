"""What a synthetic region consists of: institutions, practitioners, households and residents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from openhealthcode.registry import InstitutionKind, PractitionerRole
from openhealthcode.standards import Sex


@dataclass(frozen=True, slots=True)
class SyntheticInstitution:
    """An institution that does not exist; ``credit_code`` is well-formed all the same."""

    key: str
    name: str
    name_en: str
    kind: InstitutionKind
    division: str
    credit_code: str


@dataclass(frozen=True, slots=True)
class SyntheticPractitioner:
    """A health worker who does not exist; ``institution`` is the key of one that employs them."""

    key: str
    name: str
    name_en: str
    staff_number: str
    role: PractitionerRole
    department: str
    title: str
    institution: str


@dataclass(frozen=True, slots=True)
class Relation:
    """How another resident is related: ``role`` is what that other person is to this one."""

    role: str
    resident: str


@dataclass(frozen=True, slots=True)
class SyntheticResident:
    """A person who does not exist, with a life.

    Args:
        phone: of the resident, or the one a child or an old person is reached by.
        owns_phone: whether the phone is the resident's own.
    """

    key: str
    name: str
    sex: Sex
    birth_date: date
    death_date: date | None
    national_id: str = field(repr=False)
    phone: str = field(repr=False)
    owns_phone: bool
    address: str = field(repr=False)
    household: str
    relations: tuple[Relation, ...]
    tell: Callable[[], dict[str, Any]] = field(repr=False, compare=False)

    @property
    def bundle(self) -> dict[str, Any]:
        """The whole life as a FHIR R4 transaction Bundle, the Patient first.

        Worked out anew at every reading, always the same: ten thousand lives need not be in
        memory together. Keep it if it is needed twice.
        """
        return self.tell()


@dataclass(frozen=True, slots=True)
class Household:
    """People under one roof."""

    key: str
    address: str = field(repr=False)
    residents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Region:
    """Everything there is in a synthetic region."""

    name: str
    division_code: str
    institutions: tuple[SyntheticInstitution, ...]
    practitioners: tuple[SyntheticPractitioner, ...]
    households: tuple[Household, ...]
    residents: tuple[SyntheticResident, ...]

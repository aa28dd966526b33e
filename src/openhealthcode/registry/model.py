"""What is known of an institution (医疗卫生机构), a practitioner (医疗卫生人员) and a system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from openhealthcode.standards import CreditCode, HealthCodeError
from openhealthcode.standards.ids import InstitutionId, PractitionerId, SystemId


class UnsuitableKeySet(HealthCodeError):
    """A system's key set must hold public signature keys only, each with its key id."""

    code = "key-set-unsuitable"


class InstitutionKind(StrEnum):
    """What sort of institution; after the classes of WS 218-2002, as far as they differ here."""

    TERTIARY_HOSPITAL = "tertiary-hospital"
    SECONDARY_HOSPITAL = "secondary-hospital"
    TRADITIONAL_MEDICINE_HOSPITAL = "traditional-medicine-hospital"
    MATERNAL_AND_CHILD_HOSPITAL = "maternal-and-child-hospital"
    COMMUNITY_CENTRE = "community-centre"
    TOWNSHIP_CENTRE = "township-centre"
    VILLAGE_CLINIC = "village-clinic"
    CLINIC = "clinic"
    PHARMACY = "pharmacy"
    LABORATORY = "laboratory"
    DISEASE_CONTROL = "disease-control"
    AUTHORITY = "authority"
    EXTERNAL = "external"
    """Mentioned by a record from elsewhere; nobody and nothing of it can sign in."""


class PractitionerRole(StrEnum):
    """What a health worker does; the permission to sign in comes from the account instead."""

    DOCTOR = "doctor"
    NURSE = "nurse"
    PHARMACIST = "pharmacist"
    TECHNICIAN = "technician"
    VILLAGE_DOCTOR = "village-doctor"
    PUBLIC_HEALTH = "public-health"
    REGISTRAR = "registrar"
    OFFICER = "officer"
    EXTERNAL = "external"
    """Mentioned by a record from elsewhere; can never sign in."""


@dataclass(frozen=True, slots=True)
class InstitutionEntry:
    """What is registered of an institution.

    Args:
        key: the stable name its source gives it, e.g. ``urn:oid:…|0042``.
        division_code: county (GB/T 2260), empty when abroad or unknown.
    """

    key: str
    kind: InstitutionKind
    name: str
    name_en: str = ""
    division_code: str = ""
    credit_code: CreditCode | None = None


@dataclass(frozen=True, slots=True)
class PractitionerEntry:
    """What is registered of a practitioner; ``key`` as for institutions."""

    key: str
    institution_id: InstitutionId
    name: str
    role: PractitionerRole
    name_en: str = ""
    staff_number: str = ""
    department: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class SystemEntry:
    """What is registered of an institution's system; ``scopes`` is the most it may ever ask for.

    Args:
        jwks: a JSON Web Key Set (RFC 7517) of public signature keys.
        scopes: SMART v2 system scopes, e.g. ``system/*.crus``.
    """

    key: str
    institution_id: InstitutionId
    name: str
    jwks: Mapping[str, Any] = field(repr=False)
    scopes: tuple[str, ...] = ("system/*.crus",)


@dataclass(frozen=True, slots=True)
class Institution:
    """A registered institution."""

    institution_id: InstitutionId
    kind: InstitutionKind
    name: str
    name_en: str
    division_code: str
    credit_code: CreditCode | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class Practitioner:
    """A registered practitioner; active only while the institution is, too."""

    practitioner_id: PractitionerId
    institution_id: InstitutionId
    name: str
    name_en: str
    staff_number: str
    role: PractitionerRole
    department: str
    title: str
    is_active: bool

    @property
    def may_have_account(self) -> bool:
        """Whether this person can ever sign in: active, and not merely mentioned from elsewhere."""
        return self.is_active and self.role is not PractitionerRole.EXTERNAL


@dataclass(frozen=True, slots=True)
class System:
    """A registered system; active only while its institution is, too."""

    system_id: SystemId
    institution_id: InstitutionId
    name: str
    jwks: Mapping[str, Any] = field(repr=False)
    scopes: tuple[str, ...]
    is_active: bool

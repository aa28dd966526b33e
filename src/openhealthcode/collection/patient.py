"""Read a FHIR Patient as a registration: certificates, name, sex, birth date, phone, address.

Source: FHIR R4 Patient; identifier types of HL7 v2 table 0203; OIDs of WS/T 500 documents for
Chinese certificates; our own code system for every kind (``CERTIFICATE_KIND``). Anything else in
the Patient is filed with it and means nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Final

from openhealthcode.collection.model import BundleMalformed, Resource
from openhealthcode.identity import Registration
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    CertificateMalformed,
    Phone,
    Sex,
)
from openhealthcode.standards.certificate_form import LOCAL
from openhealthcode.standards.errors import HealthCodeError

CERTIFICATE_KIND: Final = "urn:openhealthcode:certificate-kind"
"""The code system of ``Identifier.type`` by which a sender names a kind as we do."""

_BY_SYSTEM = {
    "urn:oid:2.16.156.10011.1.2": CertificateKind.HEALTH_RECORD_NUMBER,
    "urn:oid:2.16.156.10011.1.3": CertificateKind.NATIONAL_ID,
    "urn:oid:2.16.156.10011.1.11": CertificateKind.INSTITUTION_NUMBER,
    "urn:oid:2.16.156.10011.1.12": CertificateKind.INSTITUTION_NUMBER,
    "urn:oid:2.16.156.10011.1.19": CertificateKind.CARD_NUMBER,
}
_OF_EVERY_INSTITUTION = frozenset({"urn:oid:2.16.156.10011.1.11", "urn:oid:2.16.156.10011.1.12"})
"""Outpatient and inpatient numbers: every institution counts its own under the same OID."""
_OLD = "old"
"""FHIR IdentifierUse: what a sender alone says was replaced; a clerk supersedes, not a delivery."""
_MOTHER = frozenset({"MTH", "NMTH"})
"""Mother, natural mother: HL7 v3-RoleCode, as RelatedPerson.relationship has them."""
_BY_TYPE = {
    "PPN": CertificateKind.PASSPORT,
    "DL": CertificateKind.DRIVER,
    "MR": CertificateKind.INSTITUTION_NUMBER,
}

_HAN: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+")


def registration_of(patient: Resource, *, own_number: str) -> Registration:
    """What a Patient says about who this is.

    Args:
        own_number: the sender's own name for the resource, under which somebody without any
            certificate is registered.

    Raises:
        BundleMalformed: a name or date of the wrong form.
        NotANationalId, CertificateMalformed: a certificate that cannot be one.
    """
    certificates = tuple(_certificates(patient)) or (
        Certificate.parse(CertificateKind.INSTITUTION_NUMBER, own_number, issuer="fhir"),
    )
    return Registration(
        certificates=certificates,
        name=_name(patient),
        sex=_sex(patient),
        birth_date=_birth_date(patient),
        phone=_phone(patient),
        address=_address(patient),
    )


def mother_of(related: Iterable[Resource]) -> Certificate | None:
    """The certificate by which the mother is named among RelatedPerson resources, if she is.

    An ID number goes before any other. What cannot be one names nobody: it is the mother's to put
    right, and no reason to refuse the child.
    """
    found: list[Certificate] = []
    for person in related:
        codes = {
            coding.get("code")
            for relationship in _objects(person, "relationship")
            for coding in _objects(relationship, "coding")
        }
        if codes & _MOTHER:
            try:
                found += _certificates(person)
            except HealthCodeError:
                continue
    found.sort(key=lambda certificate: certificate.kind is not CertificateKind.NATIONAL_ID)
    return found[0] if found else None


def _certificates(patient: Resource) -> Iterator[Certificate]:
    """The ones in use; those that no longer are, only when there is no other."""
    identifiers = _objects(patient, "identifier")
    in_use = [identifier for identifier in identifiers if identifier.get("use") != _OLD]
    for identifier in in_use or identifiers:
        value, system = identifier.get("value"), identifier.get("system", "")
        if not isinstance(value, str) or not isinstance(system, str) or not value.strip():
            continue
        kind = _BY_SYSTEM.get(system) or _kind_by_type(identifier)
        issuer = _issuer(identifier, system) if system in _OF_EVERY_INSTITUTION else system
        if issuer or kind not in LOCAL:
            read = _certificate(kind, value, issuer)
            yield replace(read, valid_until=_last_day(identifier))


def _certificate(kind: CertificateKind, value: str, issuer: str) -> Certificate:
    """The certificate; one of a form we do not know is a number of its system, and no more."""
    try:
        return Certificate.parse(kind, value, issuer=issuer)
    except CertificateMalformed:
        if not issuer or kind in LOCAL:
            raise
    return Certificate.parse(CertificateKind.OTHER, value, issuer=issuer)


def _kind_by_type(identifier: Resource) -> CertificateKind:
    type_ = identifier.get("type")
    codings = _objects(type_, "coding") if isinstance(type_, dict) else []
    for coding in codings:
        code = str(coding.get("code"))
        if coding.get("system") == CERTIFICATE_KIND and code in set(CertificateKind):
            return CertificateKind(code)
        kind = _BY_TYPE.get(code)
        if kind is not None:
            return kind
    return CertificateKind.OTHER


def _issuer(identifier: Resource, system: str) -> str:
    """Whose number it is, when the system does not say it: the assigner, if there is one."""
    assigner = identifier.get("assigner")
    if not isinstance(assigner, dict):
        return ""
    named = assigner.get("identifier")
    texts = (
        named.get("value") if isinstance(named, dict) else None,
        assigner.get("reference"),
        assigner.get("display"),
    )
    name = next((text.strip() for text in texts if isinstance(text, str) and text.strip()), "")
    return f"{system} {name}" if name else ""


def _last_day(identifier: Resource) -> date | None:
    period = identifier.get("period")
    end = period.get("end") if isinstance(period, dict) else None
    try:
        return date.fromisoformat(end[:10]) if isinstance(end, str) else None
    except ValueError:
        return None


def _name(patient: Resource) -> str:
    names = _objects(patient, "name")
    chosen = next((n for n in names if n.get("use") == "official"), names[0] if names else None)
    if chosen is None:
        raise BundleMalformed("Patient.name is missing")
    text = chosen.get("text")
    if isinstance(text, str) and text.strip():
        return text.strip()
    given = [part for part in chosen.get("given", []) if isinstance(part, str)]
    family = chosen.get("family")
    parts = [*given, family] if isinstance(family, str) else given
    if not parts:
        raise BundleMalformed("Patient.name is empty")
    if isinstance(family, str) and _HAN.fullmatch("".join(parts)):
        return "".join([family, *given])  # the surname stands first, and no space after it
    return " ".join(parts)


def _sex(patient: Resource) -> Sex:
    gender = patient.get("gender", "unknown")
    return Sex(gender) if gender in set(Sex) else Sex.UNKNOWN


def _birth_date(patient: Resource) -> date | None:
    text = patient.get("birthDate")
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        return None  # a year or a month is no birth date to compare


def _phone(patient: Resource) -> Phone | None:
    for contact in _objects(patient, "telecom"):
        if contact.get("system") == "phone" and isinstance(contact.get("value"), str):
            try:
                return Phone.parse(contact["value"])
            except HealthCodeError:
                return None  # a foreign or broken number cannot receive a code
    return None


def _address(patient: Resource) -> str:
    for address in _objects(patient, "address"):
        text = address.get("text")
        if isinstance(text, str):
            return text
        lines = [line for line in address.get("line", []) if isinstance(line, str)]
        places = [address.get(name) for name in ("city", "state", "postalCode")]
        return ", ".join([*lines, *[place for place in places if isinstance(place, str)]])
    return ""


def _objects(value: Resource, name: str) -> list[dict[str, Any]]:
    found = value.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

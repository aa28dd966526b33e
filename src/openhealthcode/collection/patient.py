"""Read a FHIR Patient as a registration: certificates, name, sex, birth date, phone, address.

Source: FHIR R4 Patient; identifier types of HL7 v2 table 0203; OIDs of WS/T 500 documents for
Chinese certificates. Anything else in the Patient is filed with it and means nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from openhealthcode.collection.model import BundleMalformed, Resource
from openhealthcode.identity import Registration
from openhealthcode.standards import Certificate, CertificateKind, Phone, Sex
from openhealthcode.standards.errors import HealthCodeError

_BY_SYSTEM = {
    "urn:oid:2.16.156.10011.1.3": CertificateKind.NATIONAL_ID,
}
_BY_TYPE = {
    "PPN": CertificateKind.PASSPORT,
    "DL": CertificateKind.DRIVER,
    "MR": CertificateKind.INSTITUTION_NUMBER,
}


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


def _certificates(patient: Resource) -> Iterator[Certificate]:
    for identifier in _objects(patient, "identifier"):
        value, system = identifier.get("value"), identifier.get("system", "")
        if not isinstance(value, str) or not isinstance(system, str) or not value.strip():
            continue
        kind = _BY_SYSTEM.get(system)
        if kind is CertificateKind.NATIONAL_ID:
            yield Certificate.parse(kind, value)
            continue
        yield Certificate.parse(_kind_by_type(identifier), value, issuer=system)


def _kind_by_type(identifier: Resource) -> CertificateKind:
    type_ = identifier.get("type")
    codings = _objects(type_, "coding") if isinstance(type_, dict) else []
    for coding in codings:
        kind = _BY_TYPE.get(str(coding.get("code")))
        if kind is not None:
            return kind
    return CertificateKind.OTHER


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

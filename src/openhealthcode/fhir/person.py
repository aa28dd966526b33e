"""A person in a question and in its answer: what is asked becomes a registration, and back.

An answer repeats of a question what holds, in the caller's own words, and says nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from openhealthcode.access.lookups import Matched
from openhealthcode.collection import CERTIFICATE_KIND, BundleMalformed, registration_of
from openhealthcode.identity import Registration
from openhealthcode.record.check import check
from openhealthcode.standards import Certificate, CertificateKind, HealthCodeError, InvalidInput

NATIONAL_ID: Final = "urn:oid:2.16.156.10011.1.3"

_MOST_IDENTIFIERS: Final = 8
_NOBODY: Final = "nobody's own number"


@dataclass(frozen=True, slots=True)
class Asked:
    """A person as somebody described them."""

    patient: dict[str, Any] = field(repr=False)
    registration: Registration

    @property
    def identifiers(self) -> list[tuple[dict[str, Any], Certificate]]:
        """The identifiers as they were written, each with the certificate it is."""
        return [
            (identifier, certificate)
            for identifier in self.patient.get("identifier", ())
            for certificate in certificates_in({**self.patient, "identifier": [identifier]})
        ]

    def as_far_as_true(self, found: Matched) -> dict[str, Any]:
        """The Patient that answers: our id, and of the question what holds of this resident."""
        agrees = found.agrees
        known = {certificate.normalised for certificate in agrees.certificates}
        said = {
            "identifier": [
                identifier
                for identifier, certificate in self.identifiers
                if certificate.normalised in known
            ],
            "name": self.patient.get("name") if agrees.name else None,
            "telecom": [each for each in self.patient.get("telecom", ()) if agrees.phone],
            "gender": self.patient.get("gender") if agrees.sex else None,
            "birthDate": self.patient.get("birthDate") if agrees.birth_date else None,
        }
        return {"resourceType": "Patient", "id": found.public_id} | {
            name: value for name, value in said.items() if value
        }


def asked_in(patient: object, location: str) -> Asked:
    """Read the Patient of a question.

    Raises:
        InvalidInput: no Patient, or more identifiers than one person shows.
        InvalidResource: not the structure of one.
        NotANationalId, CertificateMalformed: a certificate that cannot be one.
    """
    if not isinstance(patient, dict) or patient.get("resourceType") != "Patient":
        raise InvalidInput("the question is a Patient")
    check(patient, location)
    if len(patient.get("identifier", ())) > _MOST_IDENTIFIERS:
        raise InvalidInput("at most eight identifiers")
    said = patient if "name" in patient else {**patient, "name": [{"text": "-"}]}
    try:
        registration = registration_of(said, own_number=_NOBODY)
    except BundleMalformed:
        raise InvalidInput("the name is empty") from None
    return Asked(
        patient,
        replace(
            registration,
            name=registration.name if "name" in patient else "",
            certificates=tuple(certificates_in(said)),
        ),
    )


def identifier_of(certificate: Certificate) -> dict[str, Any]:
    """A certificate as an identifier; one that was delivered comes back under its own system."""
    if certificate.is_citizen_number:
        return {"system": NATIONAL_ID, "value": certificate.number}
    kind = {"coding": [{"system": CERTIFICATE_KIND, "code": certificate.kind.value}]}
    system, _, assigner = certificate.issuer.partition(" ")
    return {
        "type": kind,
        **({"system": system} if system else {}),
        "value": certificate.number,
        **({"assigner": {"display": assigner}} if assigner else {}),
    }


def readings_of(system: str, value: str) -> tuple[Certificate, ...]:
    """Every certificate that a number of an assigning authority can be."""
    kinds = [CertificateKind.NATIONAL_ID] if system == NATIONAL_ID else list(CertificateKind)
    found = {}
    for kind in kinds:
        try:
            certificate = Certificate.parse(kind, value, issuer=system)
        except HealthCodeError:
            continue
        found[certificate.normalised] = certificate
    return tuple(found.values())


def certificates_in(patient: dict[str, Any]) -> list[Certificate]:
    """The certificates a Patient names; none when it names none."""
    if not any(str(one.get("value", "")).strip() for one in patient.get("identifier", ())):
        return []
    said = patient if "name" in patient else {**patient, "name": [{"text": "-"}]}
    return list(registration_of(said, own_number=_NOBODY).certificates)

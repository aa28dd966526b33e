"""Turn certificates, names and phones into keyed hashes, the only form they are searched in.

The keys never live in the database. Each hash of a name, birth date or sex covers the certificate
too, and each hash of a phone covers the resident: equality shows inside one identity only.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from openhealthcode.identity.model import Claim, Registration
from openhealthcode.identity.rules import normalise_name
from openhealthcode.standards import Certificate, Phone, Sex
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


def lookup_keys(keys: Keys, certificates: Iterable[Certificate]) -> list[bytes]:
    """What to open a transaction with so that these certificates can be looked up in it."""
    return [
        key(keys, certificate)
        for certificate in certificates
        if certificate.names_one_person
        for key in (identifier_key, closed_key)
    ]


def identifier_key(keys: Keys, certificate: Certificate) -> bytes:
    """The 32 bytes under which a certificate is found."""
    return keys.blind_index("identifier", certificate.normalised)


def closed_key(keys: Keys, certificate: Certificate) -> bytes:
    """The 32 bytes that say only that the holder of a certificate had the account closed."""
    return keys.blind_index("closed-certificate", certificate.normalised)


def name_key(keys: Keys, certificate: Certificate, name: str) -> bytes:
    """The 32 bytes that say which name a certificate was registered with."""
    return keys.blind_index("identifier-name", f"{certificate.normalised}|{normalise_name(name)}")


def phone_key(keys: Keys, resident_id: ResidentId, phone: Phone) -> bytes:
    """The 32 bytes that say a phone is this resident's."""
    return keys.blind_index("phone", f"{resident_id}|{phone.number}")


def claims_of(keys: Keys, registration: Registration) -> dict[bytes, tuple[Claim, Certificate]]:
    """One claim for each different certificate of a registration, by identifier key.

    What a whole household shares is kept as received and claims nothing.
    """
    claims = (
        (_claim(keys, certificate, registration), certificate)
        for certificate in registration.certificates
        if certificate.names_one_person
    )
    return {claim.identifier_key: (claim, certificate) for claim, certificate in claims}


def _claim(keys: Keys, certificate: Certificate, registration: Registration) -> Claim:
    return Claim(
        identifier_key=identifier_key(keys, certificate),
        name_key=name_key(keys, certificate, registration.name),
        birth_key=_birth_key(keys, certificate, registration.birth_date),
        sex_key=_sex_key(keys, certificate, registration.sex),
        is_national=certificate.is_citizen_number,
        valid_until=certificate.valid_until,
    )


def _birth_key(keys: Keys, certificate: Certificate, day: date | None) -> bytes | None:
    if day is None:
        return None
    return keys.blind_index("identifier-birth", f"{certificate.normalised}|{day.isoformat()}")


def _sex_key(keys: Keys, certificate: Certificate, sex: Sex) -> bytes | None:
    if sex is Sex.UNKNOWN:
        return None
    return keys.blind_index("identifier-sex", f"{certificate.normalised}|{sex}")

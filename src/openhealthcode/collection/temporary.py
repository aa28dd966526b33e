"""Somebody is received who has no document to show: a newborn, an unidentified patient, a visitor.

They are registered under a number this institution makes up, which proves nothing and finds them.
Who they turn out to be is put right by ``correct``, or merged with an entry there was.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from openhealthcode import identity
from openhealthcode.collection.feed import INSTITUTION
from openhealthcode.collection.form import Filled
from openhealthcode.collection.model import Resource, Source
from openhealthcode.collection.patient import CERTIFICATE_KIND
from openhealthcode.collection.register import register
from openhealthcode.database import Pool, transaction
from openhealthcode.identity import Likeness
from openhealthcode.standards import Certificate, CertificateKind, InvalidInput, Sex
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

_LONGEST_NAME: Final = 64
_DIGITS: Final = 14
_ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


@dataclass(frozen=True, slots=True)
class Arrived:
    """What can be said of somebody without a document.

    Args:
        name: as the ward calls them; a name nobody knows is a name like any other here.
        document: of a visitor, who has one of elsewhere; else none.
    """

    name: str = field(repr=False)
    sex: Sex
    birth_date: date | None = field(default=None, repr=False)
    document: Certificate | None = None


async def register_temporary(
    pool: Pool, keys: Keys, arrived: Arrived, source: Source
) -> Certificate:
    """Register them as the rule of registration allows; answers what they are found by.

    Raises:
        InvalidInput: without a name, or with one beyond all bounds.
        NeedsReview: the document is known under another name.
        RegistrationDoubtful: a quality rule does not let it be registered.
        AccountClosed: they had an account closed.
    """
    if not 0 < len(arrived.name) <= _LONGEST_NAME:
        raise InvalidInput("a name of up to sixty-four characters is needed")
    certificate = arrived.document or _made_up(source)
    patient: Resource = {
        "resourceType": "Patient",
        "identifier": [_as_fhir(certificate)],
        "name": [{"use": "official", "text": arrived.name}],
        "gender": arrived.sex.value,
    }
    if arrived.birth_date is None:
        patient["_birthDate"] = {"extension": [{"url": _ABSENT, "valueCode": "unknown"}]}
    else:
        patient["birthDate"] = arrived.birth_date.isoformat()
    await register(pool, keys, Filled(patient, frozenset(), {}), source)
    return certificate


async def ask_to_merge(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    documents: Sequence[Certificate],
    source: Source,
) -> None:
    """Ask a registrar whether who was received so is the one these documents are registered for."""
    said_by = identity.Source(source.institution_id)
    for other in await identity.find_all(pool, keys, documents):
        said = Likeness(other, INSTITUTION, 0.0, "", ())
        async with transaction(pool, resident=resident_id) as connection:
            await identity.suspect(connection, keys, resident_id, said, said_by)


def _made_up(source: Source) -> Certificate:
    number = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    issuer = f"urn:uuid:{source.institution_id}"
    return Certificate.parse(CertificateKind.TEMPORARY_NUMBER, number, issuer)


def _as_fhir(certificate: Certificate) -> Resource:
    coding = {"system": CERTIFICATE_KIND, "code": certificate.kind.value}
    named: Resource = {"type": {"coding": [coding]}, "value": certificate.number}
    return {**named, "system": certificate.issuer} if certificate.issuer else named

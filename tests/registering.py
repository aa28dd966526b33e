"""People for tests, and how they come in: resolved and written in one transaction."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from openhealthcode import audit, identity
from openhealthcode.database import Pool, transaction
from openhealthcode.identity import (
    Demographics,
    Known,
    New,
    RegisteredMeanwhile,
    Registration,
    Resolution,
    Review,
    Source,
    reading,
)
from openhealthcode.standards import Certificate, CertificateKind, Phone, Sex
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

NATIONAL = Certificate.parse(CertificateKind.NATIONAL_ID, "11010519491231002X")
ANOTHER_NATIONAL = Certificate.parse(CertificateKind.NATIONAL_ID, "440524188001010014")
PASSPORT = Certificate.parse(CertificateKind.PASSPORT, "X78019391X", "standardhealthrecord.org")
SOCIAL_SECURITY = Certificate.parse(CertificateKind.OTHER, "999-67-7721", "us-ssn")
DRIVER = Certificate.parse(CertificateKind.DRIVER, "S99912669", "2.16.840.1.113883.4.3.25")
RECORD_NUMBER = Certificate.parse(CertificateKind.INSTITUTION_NUMBER, "ea186cb3", "hospital-a")
LI = Registration(
    (NATIONAL,),
    "李秀英",
    Sex.FEMALE,
    date(1949, 12, 31),
    Phone.parse("13912345678"),
    "演示县幸福路 1 号",
)
AMMIE = Registration(
    (RECORD_NUMBER, SOCIAL_SECURITY, DRIVER, PASSPORT),
    "Ammie189 Huels583",
    Sex.FEMALE,
    date(1990, 5, 1),
    language="en",
)


ASSERTED = Source()


async def register(
    pool: Pool, keys: Keys, registration: Registration, source: Source = ASSERTED
) -> tuple[Resolution, ResidentId, bool]:
    """What collection does: resolve and write in one transaction, and start over when beaten."""
    while True:
        try:
            lookup = identity.lookup_keys(keys, registration.certificates)
            async with transaction(pool, lookup=lookup) as connection:
                resolution = await identity.resolve(connection, keys, registration)
                match resolution:
                    case New(like=like):
                        resident_id = ResidentId(uuid4())
                        await identity.enrol(
                            connection, keys, resident_id, registration, source, like
                        )
                        await audit.open_chain(connection, resident_id)
                        changed = True
                    case Known(resident_id):
                        changed = await identity.add_certificates(
                            connection, keys, resident_id, registration, source
                        )
                    case Review(_, residents):
                        resident_id = residents[0]
                        changed = await identity.set_aside(
                            connection, keys, resolution, registration, source
                        )
                return resolution, resident_id, changed
        except RegisteredMeanwhile:
            continue


async def demographics(pool: Pool, keys: Keys, resident_id: ResidentId) -> Demographics:
    async with transaction(pool, resident=resident_id) as connection:
        return await reading.demographics(connection, keys, resident_id)

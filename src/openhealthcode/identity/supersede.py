"""One certificate takes another's place: a number was changed, a document replaced by another kind.

The old one still finds its resident, because old papers keep arriving, and proves nothing any more.
Renewed permits need none of this: their lifelong part stays.
"""

from __future__ import annotations

from datetime import UTC, datetime

from openhealthcode.database import Connection, enter, look_up
from openhealthcode.identity import rules, store
from openhealthcode.identity.claims import claims_of, identifier_key, lookup_keys
from openhealthcode.identity.enrol import add_certificates
from openhealthcode.identity.model import (
    CertificateTaken,
    NotTheirCertificate,
    Registration,
    Source,
)
from openhealthcode.standards import Certificate
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


async def supersede(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    old: Certificate,
    registration: Registration,
    source: Source,
) -> bool:
    """Let the first certificate of a registration take an old one's place; false when it has.

    The way back is the same call with the two exchanged.

    Args:
        connection: in any transaction that may be turned to this resident.
        keys: the installation's.
        resident_id: whose certificates these are.
        old: registered with this resident, and proof until now.
        registration: what the new document says; the resident's from now on.
        source: who saw the proof of the change.

    Raises:
        RegistrationMalformed, NumberDisagrees: as ``resolve``.
        NotTheirCertificate: the old one is not registered with this resident.
        CertificateTaken: the new one is another resident's.
    """
    rules.check(registration)
    new = registration.certificates[0]
    old_key, new_key = identifier_key(keys, old), identifier_key(keys, new)
    await enter(connection, resident=resident_id)
    await look_up(connection, lookup_keys(keys, (old, *registration.certificates)))
    claims = claims_of(keys, registration)
    holders = await store.holders(connection, {old_key, *claims})
    if old_key == new_key or old_key not in holders or new_key not in claims:
        raise NotTheirCertificate
    if holders[old_key].resident_id != resident_id:
        raise NotTheirCertificate
    if any(holders[key].resident_id != resident_id for key in claims if key in holders):
        raise CertificateTaken
    at = datetime.now(UTC)
    done = await store.supersede(connection, resident_id, old_key, new_key, at)
    await store.reinstate(connection, resident_id, [new_key])
    await add_certificates(connection, keys, resident_id, registration, source)
    if claims[new_key][0].is_national:
        await store.replace_national_key(connection, resident_id, new_key)
    return done

"""Find out who a registration is about: known, new, closed, or for a person to look at."""

from __future__ import annotations

from openhealthcode.database import Connection, enter
from openhealthcode.identity import rules, store
from openhealthcode.identity.claims import claims_of, closed_key
from openhealthcode.identity.model import Closed, New, Registration, Resolution
from openhealthcode.trust import Keys


async def resolve(connection: Connection, keys: Keys, registration: Registration) -> Resolution:
    """Who this registration is about. Reads only.

    Args:
        connection: in a transaction opened with ``lookup_keys`` of the certificates; afterwards it
            is turned to the resident found, if there is exactly one.
        keys: the installation's.
        registration: what was received.

    Raises:
        RegistrationMalformed: it lacks something or holds something that cannot be.
        NumberDisagrees: the ID number is of another birth date or sex.
    """
    rules.check(registration)
    claims = claims_of(keys, registration)
    holders = await store.holders(connection, claims)
    residents = {holder.resident_id for holder in holders.values()}
    national_key = None
    if len(residents) == 1:
        (resident_id,) = residents
        await enter(connection, resident=resident_id)
        enrolled = await store.resident(connection, resident_id)
        national_key = enrolled.national_key if enrolled else None
    found = rules.decide((claim for claim, _ in claims.values()), holders, national_key)
    if isinstance(found, New) and await _is_closed(connection, keys, registration):
        return Closed()
    return found


async def reopen(connection: Connection, keys: Keys, registration: Registration) -> None:
    """Forget that the holder of these certificates had an account closed: they have come back."""
    await store.reopen(connection, _closed_keys(keys, registration))


async def _is_closed(connection: Connection, keys: Keys, registration: Registration) -> bool:
    return await store.is_any_closed(connection, _closed_keys(keys, registration))


def _closed_keys(keys: Keys, registration: Registration) -> list[bytes]:
    return [
        closed_key(keys, certificate)
        for certificate in registration.certificates
        if certificate.names_one_person
    ]

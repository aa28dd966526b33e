"""Make many residents in one transaction: what ``enrol`` does, at a tenth of the cost for each.

Only for those of whom a look-up said that nobody is registered like them, and who have nothing in
common with each other. Whoever has anything goes one by one through ``resolve``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from openhealthcode.database import Connection
from openhealthcode.identity import sealing, store
from openhealthcode.identity.claims import claims_of
from openhealthcode.identity.model import Claim, RegisteredMeanwhile, Registration, Source
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody about to become a resident under this id."""

    resident_id: ResidentId
    registration: Registration


async def enrol_many(
    connection: Connection, keys: Keys, newcomers: Sequence[Newcomer], source: Source
) -> None:
    """Make residents of whom it is certain that they are new.

    Args:
        connection: a transaction of the task ``registration``, which may add and read nothing.
        keys: the installation's; the keys of all of them become durable first.
        newcomers: at least one; no two of them share a certificate.
        source: who delivered them.

    Raises:
        RegisteredMeanwhile: one of the certificates is somebody's by now; none of them is enrolled.
    """
    at = datetime.now(UTC)
    keys.prepare(newcomer.resident_id for newcomer in newcomers)
    residents, identifiers, records = [], [], []
    for newcomer in newcomers:
        resident_id, registration = newcomer.resident_id, newcomer.registration
        claims = claims_of(keys, registration)
        residents.append((resident_id, national_key(claim for claim, _ in claims.values())))
        identifiers += [
            (resident_id, claim, sealing.seal_certificate(keys, resident_id, certificate))
            for claim, certificate in claims.values()
        ]
        sealed = sealing.seal_registration(keys, resident_id, registration, source)
        records.append((resident_id, *sealed))
    if await store.add_identifiers_of_many(connection, identifiers, source, at) < len(identifiers):
        raise RegisteredMeanwhile
    await store.add_residents(connection, residents, at)
    await store.add_records(connection, records, source, at)


def national_key(claims: Iterable[Claim]) -> bytes | None:
    """The identifier key of the ID number among these, when there is one."""
    return next((claim.identifier_key for claim in claims if claim.is_national), None)

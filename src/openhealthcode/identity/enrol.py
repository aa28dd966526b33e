"""Write down what ``resolve`` found: a new resident, more of a known one, or a case for review.

Each verb belongs into the transaction in which ``resolve`` answered, and turns it to the resident
concerned. If two registrations of one certificate race, one of them gets ``RegisteredMeanwhile``
here and starts over with ``resolve``, which then finds what the other wrote.
"""

from __future__ import annotations

from datetime import UTC, datetime

from openhealthcode.database import Connection, enter
from openhealthcode.identity import sealing, store
from openhealthcode.identity.claims import claims_of
from openhealthcode.identity.model import (
    Claim,
    RegisteredMeanwhile,
    Registration,
    Review,
    Source,
    Verification,
)
from openhealthcode.standards import Certificate
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


async def enrol(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    registration: Registration,
    source: Source,
) -> None:
    """Make a resident of whom ``resolve`` said ``New``, with all certificates given.

    The resident's keys are made before the first row refers to them.

    Raises:
        RegisteredMeanwhile: one of the certificates is somebody's by now.
    """
    at = datetime.now(UTC)
    keys.of(resident_id, create=True)
    await enter(connection, resident=resident_id)
    claims = claims_of(keys, registration)
    await store.add_resident(connection, resident_id, _national_key(claims), at)
    await _bind(connection, keys, resident_id, claims, source, at)
    record_key, sealed = sealing.seal_registration(keys, resident_id, registration, source)
    await store.add_record(connection, resident_id, record_key, sealed, source, at)


async def add_certificates(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    registration: Registration,
    source: Source,
) -> bool:
    """Add what is new about a resident whom ``resolve`` found; false when nothing was.

    Raises:
        RegisteredMeanwhile: one of the new certificates is somebody's by now.
    """
    at = datetime.now(UTC)
    await enter(connection, resident=resident_id)
    claims = claims_of(keys, registration)
    known = await store.holders(connection, claims)
    new = {key: claim for key, claim in claims.items() if key not in known}
    if source.verification is not Verification.ASSERTED:
        shown = [claim for key, (claim, _) in claims.items() if key in known]
        await store.confirm(connection, resident_id, shown, source.verification)
    if new:
        await _bind(connection, keys, resident_id, new, source, at)
    if (national_key := _national_key(new)) is not None:
        await store.set_national_key(connection, resident_id, national_key)
    record_key, sealed = sealing.seal_registration(keys, resident_id, registration, source)
    received = await store.add_record(connection, resident_id, record_key, sealed, source, at)
    return received or bool(new)


async def set_aside(
    connection: Connection, keys: Keys, review: Review, registration: Registration, source: Source
) -> bool:
    """Keep a registration that contradicts what is known; false when it waits already.

    Nothing of the residents concerned changes, and no second one is made.
    """
    first = review.residents[0]
    await enter(connection, resident=first)
    review_key, sealed = sealing.seal_registration(keys, first, registration, source)
    at = datetime.now(UTC)
    return await store.add_review_item(connection, review, review_key, sealed, source, at)


async def _bind(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    claims: dict[bytes, tuple[Claim, Certificate]],
    source: Source,
    at: datetime,
) -> None:
    identifiers = [
        (claim, sealing.seal_certificate(keys, resident_id, certificate))
        for claim, certificate in claims.values()
    ]
    added = await store.add_identifiers(connection, resident_id, identifiers, source, at)
    if added != len(identifiers):
        raise RegisteredMeanwhile


def _national_key(claims: dict[bytes, tuple[Claim, Certificate]]) -> bytes | None:
    return next((key for key, (claim, _) in claims.items() if claim.is_national), None)

"""Write down what ``resolve`` found: a new resident, more of a known one, or a case for review.

Each verb belongs into the transaction in which ``resolve`` answered, and turns it to the resident
concerned. If two registrations of one certificate race, one of them gets ``RegisteredMeanwhile``
here and starts over with ``resolve``, which then finds what the other wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from openhealthcode.database import Connection, enter
from openhealthcode.identity import matching, sealing, store
from openhealthcode.identity.claims import claims_of
from openhealthcode.identity.linking import known_apart
from openhealthcode.identity.linking.store import person
from openhealthcode.identity.model import (
    Claim,
    Likeness,
    RegisteredMeanwhile,
    Registration,
    Review,
    Source,
    Verification,
)
from openhealthcode.standards import Certificate
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

_MOST_LIKE: Final = 3
"""Of so many, the likeliest, a registrar is asked about; more would be no help."""


async def enrol(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    registration: Registration,
    source: Source,
    like: Sequence[Likeness] = (),
) -> None:
    """Make a resident of whom ``resolve`` said ``New``, with all certificates given.

    The resident's keys are made before the first row refers to them.

    Args:
        like: those who may be the same person, as ``resolve`` said; each is kept for a registrar.

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
    await matching.index(connection, keys, resident_id, registration)
    for likeness in like[:_MOST_LIKE]:
        await suspect(connection, keys, resident_id, likeness, source)


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
    if received:
        await matching.index(connection, keys, resident_id, registration)
    return received or bool(new)


async def suspect(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    likeness: Likeness,
    source: Source,
) -> bool:
    """Ask a registrar whether two residents are one person; false when it was asked or answered.

    In a transaction of the resident's. The same pair is asked once, whichever way round it came up;
    of whom somebody decided that they are two people, nothing is asked again.
    """
    other = likeness.resident_id
    if other in await person(connection, keys, resident_id):
        return False
    if other in await known_apart(connection, resident_id):
        return False
    review_key, sealed = sealing.seal_likeness(keys, resident_id, likeness)
    await enter(connection, resident=other)
    is_asked = await store.is_asked(connection, other, review_key)
    await enter(connection, resident=resident_id)
    if is_asked:
        return False
    at = datetime.now(UTC)
    return await store.add_suspicion(
        connection, resident_id, likeness, (review_key, sealed), source, at
    )


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

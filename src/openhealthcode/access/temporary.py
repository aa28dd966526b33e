"""A temporary code (临时码) for whoever has no document here, and who they turn out to be.

The code names an entry like any other, for seven days. Once it is known who this is, the entry is
put right or put before a registrar beside the one there was; the code is worthless from then on.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum, auto

from openhealthcode import audit, collection, healthcode, identity
from openhealthcode.access.cards import PrintedCard, give_within
from openhealthcode.collection import Arrived, Correction
from openhealthcode.database import Pool, transaction
from openhealthcode.healthcode import CodeType, ForeignCode, ForeignKind, signed
from openhealthcode.identity import CertificateTaken, Registration
from openhealthcode.standards import NotFound
from openhealthcode.trust import Keys, TrustList


class Bound(Enum):
    """What became of saying who somebody with a temporary code is."""

    CORRECTED = auto()
    """The entry has their name and document now."""
    TO_MERGE = auto()
    """They were registered before: a registrar decides whether the two entries are one person."""


async def receive_temporary(
    pool: Pool, keys: Keys, clerk: audit.Agent, arrived: Arrived
) -> PrintedCard:
    """Register somebody without a document of here, and give them a code for seven days.

    Raises:
        NotFound: a clerk of no institution.
        InvalidInput, NeedsReview, RegistrationDoubtful, AccountClosed: as
            ``collection.register_temporary`` says.
        Conflict: a death is registered.
        NoCodeIssuer: this region has no key on the trust list.
    """
    source = _source(clerk, has_seen_document=arrived.document is not None)
    certificate = await collection.register_temporary(pool, keys, arrived, source)
    resident_id = await identity.find(pool, keys, certificate)
    assert resident_id is not None  # noqa: S101 - registered just now
    async with transaction(pool, resident=resident_id) as connection:
        made, _ = await give_within(connection, keys, resident_id, clerk, CodeType.TEMPORARY)
    return made


async def bind_temporary(
    pool: Pool,
    keys: Keys,
    clerk: audit.Agent,
    code: str,
    trusted: TrustList,
    known: Registration,
    why: Correction,
) -> Bound:
    """Say who somebody is who was received with a temporary code; the papers are in hand.

    Args:
        code: as scanned.
        trusted: the list in force.
        known: what the papers say.
        why: as the resident reads it in the log.

    Raises:
        ForeignCode: it is no temporary code.
        UnreadableCode, LapsedCode, RevokedCode, UnknownHolder: as ``healthcode.examine`` says.
        RegistrationMalformed, NumberDisagrees: the papers cannot be.
    """
    now = datetime.now(UTC)
    shown = await healthcode.examine(pool, keys, code, trusted, now)
    if shown.verified.kind is not CodeType.TEMPORARY:
        raise ForeignCode(ForeignKind.OTHER_HEALTH_CODE)
    source = _source(clerk, has_seen_document=True)
    try:
        await collection.correct(pool, keys, shown.resident_id, known, why, source)
    except CertificateTaken:
        documents = known.certificates
        await collection.ask_to_merge(pool, keys, shown.resident_id, documents, source)
        return Bound.TO_MERGE
    async with transaction(pool, resident=shown.resident_id) as connection:
        await signed.revoke_codes(connection, shown.resident_id, (CodeType.TEMPORARY,), now)
    return Bound.CORRECTED


def _source(clerk: audit.Agent, *, has_seen_document: bool) -> collection.Source:
    if clerk.institution_id is None:
        raise NotFound
    return collection.Source(clerk, clerk.institution_id, has_seen_document=has_seen_document)

"""A clerk notes that a resident's number was changed, with the proof of it in hand."""

from __future__ import annotations

from openhealthcode import audit, identity
from openhealthcode.collection.model import Source
from openhealthcode.database import Pool, transaction
from openhealthcode.identity import Registration, Verification
from openhealthcode.standards import Certificate, Forbidden, InvalidInput
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

_LONGEST_REASON = 500


async def supersede(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    *,
    old: Certificate,
    registration: Registration,
    reason: str,
    source: Source,
) -> bool:
    """Let the first certificate of a registration take an old one's place; false when it has.

    What was delivered under the old number stays found, and later deliveries under it still arrive;
    it signs nobody in and opens nothing at a counter any more. The resident reads of it in the log.

    Args:
        resident_id: whose.
        old: proof until now.
        registration: what the new document says, the new certificate first.
        reason: what proves that both are the same person's; sealed in the log.
        source: a clerk who compared the documents with the person.

    Raises:
        Forbidden: nobody saw the documents.
        InvalidInput: no reason, or one beyond all bounds.
        NotTheirCertificate, CertificateTaken: the old one is not this resident's, the new one is
            another's.
        RegistrationMalformed, NumberDisagrees: the registration cannot be.
    """
    if not source.has_seen_document:
        raise Forbidden
    reason = reason.strip()
    if not 0 < len(reason) <= _LONGEST_REASON:
        raise InvalidInput
    origin = identity.Source(source.institution_id, Verification.SEEN)
    async with transaction(pool, resident=resident_id) as connection:
        done = await identity.supersede(connection, keys, resident_id, old, registration, origin)
        if done:
            event = audit.Event(
                action=audit.Action.CERTIFICATE_SUPERSEDE,
                agent=source.agent,
                detail={"reason": reason, "old": old.masked},
            )
            await audit.append(connection, keys, resident_id, event)
    return done

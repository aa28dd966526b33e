"""Emergency: the minimum set, without an answer, told to the resident at once."""

from __future__ import annotations

from datetime import UTC, datetime

from openhealthcode import consent, healthcode, identity
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import Certificate, NotFound
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId, TerminalId
from openhealthcode.trust import Keys


async def break_glass(
    pool: Pool,
    keys: Keys,
    presented: healthcode.Presentation,
    *,
    triage_level: int,
    reason: str,
) -> ConsentId:
    """Open the fixed minimum set to the practitioner to whom the code was presented.

    Raises:
        InvalidInput: triage level outside 1 to 3, or no reason in words.
    """
    async with transaction(pool, resident=presented.resident_id) as connection:
        return await consent.break_glass(
            connection,
            keys,
            presented.resident_id,
            practitioner_id=presented.practitioner_id,
            institution_id=presented.institution_id,
            triage_level=triage_level,
            reason=reason,
        )


async def break_glass_for(
    pool: Pool,
    keys: Keys,
    certificate: Certificate,
    *,
    practitioner_id: PractitionerId,
    institution_id: InstitutionId,
    terminal_id: TerminalId,
    triage_level: int,
    reason: str,
) -> healthcode.Presentation:
    """Open the minimum set of somebody who cannot show a code and carries a document.

    Nothing is told about a number that nobody here has; each try at one that somebody has is in
    that person's log and on that person's phone.

    Raises:
        NotFound: no resident has this certificate.
        InvalidInput: triage level outside 1 to 3, or no reason in words.
    """
    resident_id = await identity.find(pool, keys, certificate)
    if resident_id is None:
        raise NotFound
    async with transaction(pool, resident=resident_id) as connection:
        presented = await healthcode.arrive_unconscious(
            connection,
            resident_id,
            practitioner_id=practitioner_id,
            institution_id=institution_id,
            terminal_id=terminal_id,
            now=datetime.now(UTC),
        )
        await consent.break_glass(
            connection,
            keys,
            resident_id,
            practitioner_id=practitioner_id,
            institution_id=institution_id,
            triage_level=triage_level,
            reason=reason,
        )
    return presented

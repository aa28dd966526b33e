"""Emergency: the minimum set, without an answer, told to the resident at once."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Final

from openhealthcode import consent, healthcode, identity
from openhealthcode.consent import TriageTooLow
from openhealthcode.database import Pool, transaction
from openhealthcode.identity import reading as identity_reading
from openhealthcode.sign_in import MessageNotSent, Outbox, override_notice
from openhealthcode.standards import Certificate, NotFound
from openhealthcode.standards.ids import (
    ConsentId,
    InstitutionId,
    PractitionerId,
    ResidentId,
    TerminalId,
)
from openhealthcode.trust import Keys

_LOG: Final = logging.getLogger("openhealthcode.access")


async def break_glass(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    presented: healthcode.Presentation,
    *,
    triage_level: int,
    reason: str,
) -> ConsentId:
    """Open the fixed minimum set to the practitioner to whom the code was presented.

    Raises:
        TriageTooLow: level 4 or 5, which is logged.
        InvalidInput: no such triage level, or no reason in words.
    """
    async with transaction(pool, resident=presented.resident_id) as connection:
        override = await consent.break_glass(
            connection,
            keys,
            presented.resident_id,
            practitioner_id=presented.practitioner_id,
            institution_id=presented.institution_id,
            triage_level=triage_level,
            reason=reason,
        )
    if override is None:
        raise TriageTooLow
    await _tell(pool, keys, outbox, presented.resident_id)
    return override


async def break_glass_for(  # noqa: PLR0913 - who, whom, why: all of it is logged
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
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
        TriageTooLow: level 4 or 5, which is logged.
        InvalidInput: no such triage level, or no reason in words.
    """
    resident_id = await identity.find(pool, keys, certificate)
    if resident_id is None:
        raise NotFound
    async with transaction(pool, resident=resident_id) as connection:
        override = await consent.break_glass(
            connection,
            keys,
            resident_id,
            practitioner_id=practitioner_id,
            institution_id=institution_id,
            triage_level=triage_level,
            reason=reason,
        )
        if override is not None:
            presented = await healthcode.arrive_unconscious(
                connection,
                resident_id,
                practitioner_id=practitioner_id,
                institution_id=institution_id,
                terminal_id=terminal_id,
                now=datetime.now(UTC),
            )
    if override is None:
        raise TriageTooLow
    await _tell(pool, keys, outbox, resident_id)
    return presented


async def _tell(pool: Pool, keys: Keys, outbox: Outbox, resident_id: ResidentId) -> None:
    """Message every phone bound to the resident; their open pages have heard already.

    The override stands, whatever becomes of the messages: a gateway that refuses holds up no care.
    """
    async with transaction(pool, resident=resident_id) as connection:
        phones = await identity_reading.bound_phones(connection, keys, resident_id)
        language = (await identity_reading.demographics(connection, keys, resident_id)).language
    for phone in phones:
        try:
            await outbox.send(override_notice(phone, language))
        except MessageNotSent:
            _LOG.warning("an override could not be told of", extra={"facts": {"by": "message"}})

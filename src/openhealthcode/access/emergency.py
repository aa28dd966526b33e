"""Emergency: the minimum set, without an answer, told to the resident at once."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import Final

from openhealthcode import consent, healthcode, identity
from openhealthcode.consent import TriageTooLow, emergency
from openhealthcode.database import Pool, transaction
from openhealthcode.identity import reading as identity_reading
from openhealthcode.sign_in import (
    Message,
    MessageNotSent,
    Outbox,
    contact_notice,
    override_notice,
)
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
_LONGEST_WAIT_SECONDS: Final = 2.0
"""For the gateway; what is slower goes on by itself while care goes on."""
_under_way: set[asyncio.Task[None]] = set()
"""Messages still being handed over; the event loop itself forgets tasks nobody holds."""


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
    author = emergency.author_key(keys, presented.practitioner_id)
    async with transaction(pool, resident=presented.resident_id, lookup=(author,)) as connection:
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
    author = emergency.author_key(keys, practitioner_id)
    async with transaction(pool, resident=resident_id, lookup=(author,)) as connection:
        override = await consent.break_glass(
            connection,
            keys,
            resident_id,
            practitioner_id=practitioner_id,
            institution_id=institution_id,
            triage_level=triage_level,
            reason=reason,
        )
        presented = (
            None
            if override is None
            else await healthcode.arrive_unconscious(
                connection,
                resident_id,
                practitioner_id=practitioner_id,
                institution_id=institution_id,
                terminal_id=terminal_id,
                now=datetime.now(UTC),
            )
        )
    if presented is None:
        raise TriageTooLow
    await _tell(pool, keys, outbox, resident_id)
    return presented


async def _tell(pool: Pool, keys: Keys, outbox: Outbox, resident_id: ResidentId) -> None:
    """Message the resident's phones and emergency contacts; open pages have heard already.

    All messages leave at once, so that a slow one delays no other. The override stands, whatever
    becomes of them: a gateway that refuses or hangs holds up no care.
    """
    async with transaction(pool, resident=resident_id) as connection:
        phones = await identity_reading.bound_phones(connection, keys, resident_id)
        contacts = await identity_reading.emergency_contacts(connection, keys, resident_id)
        who = await identity_reading.demographics(connection, keys, resident_id)
    messages = [override_notice(phone, who.language) for phone in phones] + [
        contact_notice(one.phone, who.masked_name, who.language) for one in contacts
    ]
    sending = {asyncio.create_task(_send(outbox, message)) for message in messages}
    if sending:
        _under_way.update(sending)
        await asyncio.wait(sending, timeout=_LONGEST_WAIT_SECONDS)


async def _send(outbox: Outbox, message: Message) -> None:
    try:
        await outbox.send(message)
    except MessageNotSent:
        _LOG.warning("an override could not be told of", extra={"facts": {"by": "message"}})
    finally:
        task = asyncio.current_task()
        if task is not None:
            _under_way.discard(task)

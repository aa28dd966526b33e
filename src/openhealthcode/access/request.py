"""Ask the resident who has just shown a code for a look at the record."""

from __future__ import annotations

from openhealthcode import consent, healthcode
from openhealthcode.consent import Ask
from openhealthcode.database import Pool, transaction
from openhealthcode.standards.ids import RequestId
from openhealthcode.trust import Keys


async def request(
    pool: Pool, keys: Keys, presented: healthcode.Presentation, wanted: Ask
) -> RequestId:
    """Put a request on the resident's phone; only a presented code gives the right to ask.

    Raises:
        InvalidInput: nothing asked for, or for longer than 24 hours.
    """
    async with transaction(pool, resident=presented.resident_id) as connection:
        return await consent.ask(
            connection,
            keys,
            presented.resident_id,
            wanted,
            presentation_id=presented.presentation_id,
            practitioner_id=presented.practitioner_id,
            institution_id=presented.institution_id,
        )

"""A code that answered the counter's own may open the record at once, where its resident chose so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from openhealthcode import audit, consent, representation
from openhealthcode.access.acting import Oneself
from openhealthcode.database import Pool
from openhealthcode.healthcode import Presentation, PresentedBy
from openhealthcode.standards import PurposeOfUse
from openhealthcode.standards.ids import ConsentId
from openhealthcode.trust import Keys

_JUST_NOW: Final = timedelta(minutes=5)


async def open_by_showing(pool: Pool, keys: Keys, presented: Presentation) -> ConsentId | None:
    """The consent that showing the code was, or nothing: then the phone is asked.

    Never by a printed, short or temporary code, nor by one that answers no counter: a photograph
    of those would open a record. A child's guardian is asked.
    """
    is_answer = presented.by is PresentedBy.COUNTER
    is_care = presented.purpose is PurposeOfUse.TREATMENT
    if not (is_answer and is_care and datetime.now(UTC) - presented.presented_at <= _JUST_NOW):
        return None
    try:
        with audit.acting_as(Oneself(keys, presented.resident_id)):
            return await consent.allow_by_showing(
                pool,
                keys,
                presented.resident_id,
                presentation_id=presented.presentation_id,
                institution_id=presented.institution_id,
                scene=presented.scene,
            )
    except representation.GuardianNeeded:
        return None

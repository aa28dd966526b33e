"""Lists of requests to erase across residents: an institution's own, and what is overdue anywhere.

They name neither residents nor anything of a record.
"""

from __future__ import annotations

from typing import Final

from openhealthcode.consent.erasure import store
from openhealthcode.consent.erasure.model import ErasureRequest
from openhealthcode.database import Pool, transaction
from openhealthcode.standards.ids import InstitutionId

_MOST_LISTED: Final = 500


async def asked_of_institution(pool: Pool, institution_id: InstitutionId) -> list[ErasureRequest]:
    """What this institution still has to erase, the most urgent first, what is retained last."""
    async with transaction(pool, lookup=(institution_id.bytes,)) as connection:
        return await store.listed(connection, "asked_of_institution", institution_id, _MOST_LISTED)


async def overdue_everywhere(pool: Pool) -> list[ErasureRequest]:
    """What nobody attested in time, for the supervisor, the longest overdue first."""
    async with transaction(pool, task="supervision") as connection:
        return await store.listed(connection, "overdue_everywhere", _MOST_LISTED)

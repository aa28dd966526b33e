"""A short code at a clinic: typed as it was read aloud, or scanned as lines; names who showed it."""

from __future__ import annotations

from datetime import UTC, datetime

from openhealthcode import healthcode
from openhealthcode.access.model import Visit
from openhealthcode.access.signed import identified
from openhealthcode.database import Pool, transaction
from openhealthcode.healthcode import Scan
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


async def own_short_code(pool: Pool, keys: Keys, resident_id: ResidentId) -> str:
    """The digits a resident's phone shows to be read aloud; those before are over."""
    async with transaction(pool, resident=resident_id) as connection:
        return await healthcode.issue_short(connection, keys, resident_id, datetime.now(UTC))


async def identify_short(pool: Pool, keys: Keys, code: str, scan: Scan) -> Visit:
    """Spend a short code and say who showed it: name, sex, birth date; nothing more.

    Raises:
        UnreadableCode, UnknownHolder, RevokedCode, SpentCode, ExpiredCode: as
            ``healthcode.examine_short`` says.
        ApprovalNeeded: a child under 14, and this institution approves who sees children's records.
    """
    now = datetime.now(UTC)
    shown = await healthcode.examine_short(pool, keys, code, now)
    async with transaction(pool, resident=shown.resident_id) as connection:
        presented = await healthcode.spend_short(connection, keys, shown, scan, now)
        return await identified(connection, keys, presented)

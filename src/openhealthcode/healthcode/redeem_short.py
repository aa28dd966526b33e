"""The short code (type E): shown by a phone, read aloud or scanned as lines, redeemed once.

It carries nothing, so the region keeps the keyed hash of its digits and whose it is, for ten
minutes. ``access`` redeems as ``examine_short`` and ``spend_short``, as with every other code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.healthcode import short
from openhealthcode.healthcode import store as presentations
from openhealthcode.healthcode.digits import CodeType
from openhealthcode.healthcode.errors import ExpiredCode, RevokedCode, SpentCode, UnknownHolder
from openhealthcode.healthcode.model import Presentation, PresentedBy
from openhealthcode.healthcode.redeem_signed import Scan
from openhealthcode.healthcode.signed import store
from openhealthcode.healthcode.signed.store import IssuedCode
from openhealthcode.standards.ids import PresentationId, ResidentId
from openhealthcode.trust import Keys

SHORT_MINUTES: Final = 10
"""Long enough to be read to somebody on the telephone and typed, twice."""


@dataclass(frozen=True, slots=True)
class ShownShortCode:
    """A short code that is somebody's, and was not used."""

    digits: str = field(repr=False)
    resident_id: ResidentId


async def issue_short(
    connection: Connection, keys: Keys, resident_id: ResidentId, now: datetime
) -> str:
    """The 24 digits of a new short code, in the resident's transaction; the one before is over."""
    await store.revoke_codes(connection, resident_id, (CodeType.SHORT,), now)
    digits = short.draw()
    until = now + timedelta(minutes=SHORT_MINUTES)
    code = IssuedCode(CodeType.SHORT, digits.encode(), resident_id, until)
    await store.record_codes(connection, keys, [code], now)
    return digits


async def examine_short(pool: Pool, keys: Keys, text: str, now: datetime) -> ShownShortCode:
    """Find whose a short code is; writes nothing.

    Raises:
        UnreadableCode: not twenty-four digits with the right two at the end.
        UnknownHolder: nobody was given it, or long ago.
        RevokedCode: a newer one took its place.
        SpentCode, ExpiredCode: used already, or older than ten minutes.
    """
    digits = "".join(text.split())
    short.read(digits)
    async with transaction(pool) as connection:
        holder = await store.holder_of(connection, keys, digits.encode())
    if holder is None or holder.resident_id is None or holder.kind is not CodeType.SHORT:
        raise UnknownHolder
    if holder.revoked_at is not None:
        raise RevokedCode
    if holder.redeemed_at is not None:
        raise SpentCode(holder.resident_id)
    if holder.until <= now:
        raise ExpiredCode
    return ShownShortCode(digits, holder.resident_id)


async def spend_short(
    connection: Connection, keys: Keys, shown: ShownShortCode, scan: Scan, now: datetime
) -> Presentation:
    """Spend it inside the resident's transaction, which binds it to who scanned or typed it.

    Raises:
        SpentCode: somebody was quicker, or a newer one took its place meanwhile.
    """
    if not await store.spend_code(connection, keys, shown.digits.encode(), now):
        raise SpentCode(shown.resident_id)
    presented = Presentation(
        resident_id=shown.resident_id,
        presentation_id=PresentationId(uuid4()),
        practitioner_id=scan.practitioner_id,
        institution_id=scan.institution_id,
        terminal_id=scan.terminal_id,
        purpose=scan.purpose,
        scene=scan.scene,
        presented_at=now,
        by=PresentedBy.SHORT,
    )
    await presentations.add_presentation(connection, presented)
    return presented

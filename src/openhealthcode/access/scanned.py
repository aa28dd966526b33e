"""A scan of any code that identifies: told whose it is by the one who may tell it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from openhealthcode import trust
from openhealthcode.access.identify import identify
from openhealthcode.access.model import Visit
from openhealthcode.access.national_card import identify_by_national_card
from openhealthcode.access.replayed import tell_of_replay
from openhealthcode.access.short import identify_short
from openhealthcode.access.signed import identify_signed
from openhealthcode.database import Pool
from openhealthcode.healthcode import Routed, Scan, ScannedKind, SpentCode
from openhealthcode.trust import Keys

_SIGNED: Final = frozenset({ScannedKind.OFFLINE, ScannedKind.PRINTED, ScannedKind.TEMPORARY})


async def identify_scanned(
    pool: Pool, keys: Keys, routed: Routed, scan: Scan, *, challenges: Sequence[bytes] = ()
) -> Visit:
    """Redeem what was scanned and say who showed it: name, sex, birth date; nothing more.

    Args:
        routed: what was scanned.
        scan: who scans, where, what for.
        challenges: of the codes this counter showed of late.

    Raises:
        as ``identify``, ``identify_signed``, ``identify_short`` and ``identify_by_national_card`` say.
        NoTrustList: this installation has no list to check a signed code by.
    """
    try:
        return await _identified(pool, keys, routed, scan, challenges)
    except SpentCode as spent:
        await tell_of_replay(pool, keys, spent.resident_id, scan)
        raise


async def _identified(
    pool: Pool, keys: Keys, routed: Routed, scan: Scan, challenges: Sequence[bytes]
) -> Visit:
    if routed.kind is ScannedKind.SHORT:
        return await identify_short(pool, keys, routed.text, scan)
    if routed.kind is ScannedKind.NATIONAL_HEALTH_CARD:
        return await identify_by_national_card(pool, keys, routed.text, scan)
    if routed.kind in _SIGNED:
        trusted = await trust.current(pool, keys)
        return await identify_signed(pool, keys, routed.text, trusted, scan, challenges=challenges)
    return await identify(
        pool,
        keys,
        routed.text,
        practitioner_id=scan.practitioner_id,
        institution_id=scan.institution_id,
        terminal_id=scan.terminal_id,
        scene=scan.scene,
        purpose=scan.purpose,
    )

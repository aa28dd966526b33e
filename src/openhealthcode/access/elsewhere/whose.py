"""Whose code it is that a clinic has scanned: this region's, another's, or nobody's."""

from __future__ import annotations

from datetime import UTC, datetime

from openhealthcode import registry, trust
from openhealthcode.database import Pool
from openhealthcode.healthcode import Routed, ScannedKind, signed
from openhealthcode.registry import Region
from openhealthcode.trust import Keys


async def region_of(pool: Pool, keys: Keys, routed: Routed) -> Region | None:
    """The other region a health code names; None for one of our own, or for no health code.

    A signed code is checked here before its region is asked: what a revoked or unknown key signed,
    or what has ended, is refused with its reason.

    Raises:
        UnknownRegion: a region that is not asked here.
        NoTrustList, and what ``healthcode.signed.verify`` says: of a signed code.
    """
    if routed.region is None or not routed.is_native:
        return None
    if routed.kind is ScannedKind.ONLINE:
        is_own = routed.region == keys.region
        return None if is_own else await registry.region_of_number(pool, routed.region)
    if routed.kind is ScannedKind.COUNTER or routed.region == keys.issuers.region:
        return None
    trusted = await trust.current(pool, keys)
    signed.verify(routed.text, trusted, datetime.now(UTC), replays=signed.ReplaySet())
    return await registry.region_of_division(pool, routed.region)

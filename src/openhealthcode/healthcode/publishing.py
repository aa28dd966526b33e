"""Publishing who may sign codes, and which codes were taken back.

A trust list goes into the region's own log whole, in the transaction that publishes it: whoever
was made to believe another list than everybody else can show it. Lists of revoked codes are signed
here, by the key they are about, whenever one was revoked and at least hourly.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from openhealthcode import trust
from openhealthcode.audit import REGION, Action, Agent, AgentKind, Event, append_own
from openhealthcode.database import Pool, transaction
from openhealthcode.healthcode.signed.store import revoked_indexes
from openhealthcode.trust import Issuer, Keys, NoTrustList, StatusList, TrustList

_RENEWED_AFTER: Final = timedelta(seconds=trust.KEPT_SECONDS)
_PLATFORM: Final = Agent(AgentKind.PLATFORM, UUID(int=0))


async def publish_list(
    pool: Pool, keys: Keys, document: bytes, authority: str = trust.NATIONAL
) -> TrustList:
    """Take over a trust list for all processes, and log it.

    Raises:
        UnsuitableTrustList, UnsuitableAuthority: as ``trust.publish``.
    """
    async with transaction(pool, resident=REGION) as connection:
        read = await trust.publish(connection, keys, document, authority)
        detail = {
            "authority": authority,
            "number": read.number,
            "digest": trust.sha256(document),
            "list": document,
        }
        event = Event(action=Action.TRUST_PUBLISH, agent=_PLATFORM, detail=detail)
        await append_own(connection, keys, event)
    await trust.current(pool, keys)  # from now on the region's keys sign as this list says
    return read


async def publish_revoked(pool: Pool, keys: Keys, now: datetime) -> int:
    """Renew the lists of revoked codes of the region's own keys, where that is due; how many."""
    try:
        listed = await trust.current(pool, keys)
    except NoTrustList:
        return 0
    published = await trust.published_status(pool)
    ours = {one.key_id for one in keys.issuers.own_keys() if not one.is_destroyed}
    renewed = 0
    for issuer in listed.issuers.values():
        if issuer.key_id in ours and issuer.believed_until > now:
            before = published.get((issuer.region, issuer.key_id))
            renewed += await _renew(pool, keys, issuer, before, now)
    return renewed


async def _renew(
    pool: Pool, keys: Keys, issuer: Issuer, before: tuple[datetime, bytes] | None, now: datetime
) -> bool:
    async with transaction(pool, task="publishing") as connection:
        indexes = await revoked_indexes(connection, issuer.key_id)
    revoked = StatusList.of(indexes, size=trust.STATUS_LIST_SIZE)
    if before is not None:
        signed_at, digest = before
        if digest == revoked.digest and now - signed_at < _RENEWED_AFTER:
            return False
    await trust.publish_status(pool, keys, issuer, revoked, now)
    return True

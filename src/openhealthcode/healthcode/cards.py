"""Codes on paper: the card (打印码) and the temporary code (临时码), given out and taken back.

Whoever holds one is named by it and no more; a new one makes the one before worthless, and a handle
is never used twice. What is printed is not kept: the region keeps the keyed hash of the handle.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from openhealthcode.database import Connection
from openhealthcode.healthcode.digits import CodeType
from openhealthcode.healthcode.signed import printed, store
from openhealthcode.healthcode.signed.layout import HANDLE_BYTES
from openhealthcode.healthcode.signed.store import Holder, IssuedCode
from openhealthcode.standards import OFFICIAL_TIME, day_of
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import CodeIssuer, Keys, NoCodeIssuer

CARD_DAYS: Final = 3 * 365
_HIGHEST_VERSION: Final = 255


@dataclass(frozen=True, slots=True)
class GivenCode:
    """A code as it is printed.

    Args:
        digits: for the QR code.
        version: of the card; grows with every replacement.
        last_day: the last day on which it identifies, in China.
    """

    kind: CodeType
    digits: str = field(repr=False)
    version: int
    last_day: date


async def issue_card(
    connection: Connection, keys: Keys, resident_id: ResidentId, now: datetime
) -> GivenCode:
    """Give a resident a card, in their transaction; every card from before is taken back.

    It ends with the belief in the key it is signed with, if that is sooner than three years.

    Raises:
        NoCodeIssuer: this region has no key on the trust list.
    """
    issuer = keys.code_issuer(now)
    before = await store.codes_of(connection, resident_id, CodeType.PRINTED, now)
    version = max((one.card_version or 0 for one in before), default=0) % _HIGHEST_VERSION + 1
    await store.revoke_codes(connection, resident_id, (CodeType.PRINTED,), now)
    last_day = _last_day(issuer, now, CARD_DAYS)
    return await _issue(
        connection, keys, issuer, resident_id, CodeType.PRINTED, version, last_day, now
    )


async def issue_temporary(
    connection: Connection, keys: Keys, resident_id: ResidentId, now: datetime
) -> GivenCode:
    """Give somebody without card or phone a code for seven days; as ``issue_card``.

    Raises:
        NoCodeIssuer: this region has no key on the trust list.
    """
    issuer = keys.code_issuer(now)
    await store.revoke_codes(connection, resident_id, (CodeType.TEMPORARY,), now)
    last_day = _last_day(issuer, now, printed.TEMPORARY_DAYS)
    return await _issue(connection, keys, issuer, resident_id, CodeType.TEMPORARY, 1, last_day, now)


async def card_of(
    connection: Connection,
    resident_id: ResidentId,
    now: datetime,
    kind: CodeType = CodeType.PRINTED,
) -> Holder | None:
    """The card or temporary code of a resident that is worth something now."""
    found = await store.codes_of(connection, resident_id, kind, now)
    return next((one for one in found if one.revoked_at is None), None)


async def revoke_cards(connection: Connection, resident_id: ResidentId, now: datetime) -> int:
    """Take back what a resident carries on paper, in their transaction; answers how many."""
    kinds = (CodeType.PRINTED, CodeType.TEMPORARY)
    return await store.revoke_codes(connection, resident_id, kinds, now)


async def _issue(
    connection: Connection,
    keys: Keys,
    issuer: CodeIssuer,
    resident_id: ResidentId,
    kind: CodeType,
    version: int,
    last_day: date,
    now: datetime,
) -> GivenCode:
    until = end_of(last_day)
    handle = secrets.token_bytes(HANDLE_BYTES)
    (index,) = await store.draw_indexes(connection, issuer.key_id, 1, until)
    digits = printed.issue(
        issuer.signer,
        region=issuer.region,
        handle=handle,
        card_version=version,
        last_day=last_day,
        index=index,
        kind=kind,
    )
    code = IssuedCode(
        kind,
        handle,
        resident_id,
        until,
        issuer_key=issuer.key_id,
        index=index,
        card_version=version,
    )
    await store.record_codes(connection, keys, [code], now)
    return GivenCode(kind, digits, version, last_day)


def _last_day(issuer: CodeIssuer, now: datetime, days: int) -> date:
    """The last whole day in China within both the code's time and the key's."""
    wanted = day_of(now) + timedelta(days=days)
    over = day_of(issuer.believed_until)
    last = min(wanted, over - timedelta(days=1))
    if end_of(last) <= now:
        raise NoCodeIssuer
    return last


def last_day_before(until: datetime) -> date:
    """The last day in China of what ends at a moment."""
    return (until.astimezone(OFFICIAL_TIME) - timedelta(microseconds=1)).date()


def end_of(day: date) -> datetime:
    """The first moment after a day in China."""
    return (
        datetime.combine(day, datetime.min.time(), OFFICIAL_TIME) + timedelta(days=1)
    ).astimezone(UTC)

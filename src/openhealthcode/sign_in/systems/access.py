"""What the bearer of an access token may do, remembered for half a minute in each process.

A suspension therefore holds here within the 30 seconds of this memory and the 15 of the
registry's: less than the minute that is promised.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

from openhealthcode import registry
from openhealthcode.database import Pool, transaction
from openhealthcode.sign_in.model import SystemAccess
from openhealthcode.sign_in.systems import store
from openhealthcode.sign_in.systems.scopes import parse_scopes
from openhealthcode.sign_in.token import TokenKind, token_key
from openhealthcode.trust import Keys

_REMEMBERED_SECONDS: Final = 30.0
_MOST_REMEMBERED: Final = 10_000

# A key is a hash under the installation's own keys: no two installations share one.
_remembered: dict[bytes, tuple[float, SystemAccess]] = {}


async def access(pool: Pool, keys: Keys, token: str) -> SystemAccess | None:
    """What this token permits; None when it is unknown, expired, or its system suspended."""
    key = token_key(keys, TokenKind.ACCESS, token)
    forgotten_at, remembered = _remembered.get(key, (0.0, None))
    if remembered is not None and forgotten_at > time.monotonic():
        return remembered
    return await _read(pool, key)


async def _read(pool: Pool, key: bytes) -> SystemAccess | None:
    _remembered.pop(key, None)
    started, at = time.monotonic(), datetime.now(UTC)
    async with transaction(pool, lookup=(key,)) as connection:
        stored = await store.token(connection, key, at)
    if stored is None:
        return None
    system = await registry.system(pool, stored.system_id)
    if not system.is_active:
        return None
    permitted = SystemAccess(system.system_id, system.institution_id, parse_scopes(stored.scopes))
    left_seconds = (stored.expires_at - at).total_seconds()
    if len(_remembered) >= _MOST_REMEMBERED:
        _remembered.clear()  # rare, and cheaper than keeping an order on the hot path
    _remembered[key] = (started + min(_REMEMBERED_SECONDS, left_seconds), permitted)
    return permitted

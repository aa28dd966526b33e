"""Whose health cards and certificates are believed here: our own, and those of accepted lists."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from openhealthcode.access.carried.card import ourselves, own_issuers
from openhealthcode.credential import Issuers, issuers_elsewhere
from openhealthcode.database import Pool
from openhealthcode.trust import Keys

_FOLDER: Final = "elsewhere"


async def believed_issuers(
    pool: Pool, keys: Keys, keys_at: Path | None, *, address: str, name: str
) -> Issuers:
    """Ourselves and everybody whose published keys were accepted.

    Args:
        keys_at: the key directory, where accepted lists lie; None for ourselves alone.
        address: of this service, as our cards name it.
        name: what we are called on our certificates.
    """
    own = await own_issuers(pool, keys, address=address, name=name)
    return own if keys_at is None else own + _elsewhere(keys_at, _stamp(keys_at))


def believed_offline(keys: Keys, keys_at: Path, *, address: str, name: str) -> Issuers:
    """The same without the database: which of our own cards were revoked is not known then."""
    return ourselves(keys, address, name) + _elsewhere(keys_at, _stamp(keys_at))


@lru_cache(maxsize=2)
def _elsewhere(keys_at: Path, stamp: tuple[tuple[str, int], ...]) -> Issuers:  # noqa: ARG001 - the stamp is the cache's
    return issuers_elsewhere(keys_at, datetime.now(UTC))


def _stamp(keys_at: Path) -> tuple[tuple[str, int], ...]:
    """Changes whenever a list does, and once a day: certificates end."""
    today = ("", datetime.now(UTC).toordinal())
    files = sorted((keys_at / _FOLDER).glob("*.json"))
    return (today, *((one.name, one.stat().st_mtime_ns) for one in files))

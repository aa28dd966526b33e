"""The demonstration's nation: three roots, two of which sign, and a list that names the region.

In a real one the roots are three computers without network in three places. Here they are three
files beside the data, opened without a passphrase: nothing a demonstration signs is worth anything.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from openhealthcode import healthcode, trust
from openhealthcode.database import Pool
from openhealthcode.operations import Chore
from openhealthcode.settings import Settings
from openhealthcode.trust import (
    Authority,
    CodeSigner,
    Issuer,
    Keys,
    NoTrustList,
    Roots,
    SignatureSuite,
    TrustList,
    lists,
    make_root,
    open_root,
)

_ROOTS: Final = 3
_NEEDED: Final = 2
_RENEWED_AFTER: Final = timedelta(days=1)
_RENEW_SECONDS: Final = 60.0
_SIGNS_FOR: Final = timedelta(days=365)
_BELIEVED_FOR: Final = timedelta(days=365 * 11)


class Platform(Protocol):
    """What it needs of the running program."""

    @property
    def settings(self) -> Settings:
        """Where the data lie."""

    @property
    def pool(self) -> Pool:
        """The database."""

    @property
    def keys(self) -> Keys:
        """The region's keys."""


def chores(platform: Platform) -> tuple[Chore, ...]:
    """Keeps the nation's list young; its first turn founds the nation."""

    async def renew() -> None:
        await keep_listed(platform)

    return (Chore("renew-trust-list", _RENEW_SECONDS, renew),)


async def keep_listed(platform: Platform) -> None:
    """Have the region's key on a list of at most a day."""
    pool, keys, now = platform.pool, platform.keys, datetime.now(UTC)
    folder = platform.settings.data_directory / "roots"
    if trust.NATIONAL not in keys.authorities:
        await asyncio.to_thread(_found, folder, keys)
    try:
        listed = await trust.current(pool, keys)
    except NoTrustList:
        listed = None
    if listed is not None and now - listed.issued_at < _RENEWED_AFTER and _is_named(keys, listed):
        return
    signers = await asyncio.to_thread(_signers, folder)
    number = keys.newest_list(trust.NATIONAL) + 1
    body = lists.body_of(number, now, _issuers(keys, listed, now), {})
    document = lists.assembled(body, [lists.signed_by(one, body) for one in signers])
    await healthcode.publish_list(pool, keys, document)
    await healthcode.publish_revoked(pool, keys, now)


def _found(folder: Path, keys: Keys) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    signers = []
    for number in range(1, _ROOTS + 1):
        path = folder / f"root-{number}.json"
        if path.exists():
            signers.append(open_root(path, ""))
        else:
            signers.append(make_root(path, "", SignatureSuite.ES256))
    roots = Roots.of(_NEEDED, *((one.suite, one.public_key) for one in signers))
    trust.admit(keys.directory, Authority(trust.NATIONAL, roots))


def _signers(folder: Path) -> list[CodeSigner]:
    return [open_root(path, "") for path in sorted(folder.glob("root-*.json"))[:_NEEDED]]


def _is_named(keys: Keys, listed: TrustList) -> bool:
    """Whether the list names every key of ours that may sign."""
    ours = {(keys.issuers.region, one.key_id) for one in _usable(keys)}
    return bool(ours) and ours <= listed.issuers.keys()


def _usable(keys: Keys) -> list[trust.OwnKey]:
    return [one for one in keys.issuers.own_keys() if not one.is_destroyed]


def _issuers(keys: Keys, listed: TrustList | None, now: datetime) -> list[Issuer]:
    """The keys that were listed and are not destroyed, and a first one if there is none."""
    known = {} if listed is None else listed.issuers
    if not _usable(keys):
        keys.issuers.make(trust.code_suite(keys.suite))
    now = now.replace(microsecond=0)
    return [
        known.get(
            (keys.issuers.region, one.key_id),
            Issuer(
                keys.issuers.region,
                one.key_id,
                one.suite,
                one.public_key,
                now - timedelta(hours=24),
                now + _SIGNS_FOR,
                now + _BELIEVED_FOR,
            ),
        )
        for one in _usable(keys)
    ]

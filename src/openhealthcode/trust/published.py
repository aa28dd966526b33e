"""The trust list of this moment, as every process of an installation sees it.

Lists lie in the database, so that all processes have the same one seconds after it was published;
what makes them believed lies in the key directory: the roots, and the number of the newest list.
Each process reads a list once and asks every few seconds whether there is another.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

import asyncpg

from openhealthcode.database import Connection, Pool, load_queries
from openhealthcode.standards import NotFound
from openhealthcode.trust import trust_list
from openhealthcode.trust.authority import NATIONAL, Authority, UnsuitableAuthority
from openhealthcode.trust.combine import Admitted, combine
from openhealthcode.trust.keys import Keys
from openhealthcode.trust.model import UnsuitableTrustList, UntrustedSignature
from openhealthcode.trust.offline_file import Bundle, without_own
from openhealthcode.trust.status_list import StatusList, UnreadableStatusList
from openhealthcode.trust.status_token import StatusToken, as_cwt, as_jwt, read_status
from openhealthcode.trust.trust_list import Issuer, Roots, TrustList

_QUERIES: Final = load_queries("openhealthcode.trust")
_LOG: Final = logging.getLogger("openhealthcode.trust")
_HELD_SECONDS: Final = 5.0

Database = Pool | Connection
"""There is no row-level security here: a pool serves as well as an open transaction."""


class NoTrustList(UnsuitableTrustList):
    """No trust list was published here yet; signed codes cannot be checked."""

    code = "trust-list-missing"


@dataclass(slots=True)
class _Held:
    """What one process has read and checked."""

    checked_at: float = float("-inf")
    lists: dict[str, TrustList] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    status: dict[tuple[int, bytes], StatusToken] = field(default_factory=dict)
    seen: dict[tuple[int, bytes], datetime] = field(default_factory=dict)
    merged: TrustList | None = None


_HELD: WeakKeyDictionary[Keys, _Held] = WeakKeyDictionary()


async def current(database: Database, keys: Keys) -> TrustList:
    """The newest list at hand, with everything revoked; costs nothing between two looks.

    Raises:
        NoTrustList: none was published here.
    """
    held = _HELD.setdefault(keys, _Held())
    if monotonic() - held.checked_at >= _HELD_SECONDS:
        await _refresh(database, keys, held)
    if held.merged is None:
        raise NoTrustList
    return held.merged


def look_again(keys: Keys) -> None:
    """Have the next question ask the database: something was published in this process."""
    _HELD.setdefault(keys, _Held()).checked_at = float("-inf")


def roots(keys: Keys) -> Roots:
    """The national roots this installation was set up with.

    Raises:
        NoTrustList: it was not set up with any.
    """
    national = keys.authorities.get(NATIONAL)
    if national is None:
        raise NoTrustList
    return national.roots


async def publish(database: Database, keys: Keys, document: bytes, authority: str) -> TrustList:
    """Take a list over, for all processes; once committed, ``current`` has it.

    The caller logs it, in the same transaction.

    Raises:
        UnsuitableTrustList: damaged, not signed by enough roots of the authority, older than what
            was taken before, or another of the same number.
        UnsuitableAuthority: nobody of this name was admitted.
    """
    known = keys.authorities.get(authority)
    if known is None:
        raise UnsuitableAuthority
    read = trust_list.read(document, known.roots, newest=keys.newest_list(authority))
    now = datetime.now(UTC)
    await database.execute(_QUERIES["add_list"], authority, read.number, document, now)
    if await list_document(database, authority) != document:
        raise UnsuitableTrustList("there is a newer list, or another of the same number")
    look_again(keys)
    return read


async def publish_status(
    database: Database, keys: Keys, issuer: Issuer, revoked: StatusList, at: datetime
) -> None:
    """Sign and publish which codes of one of the region's own keys are revoked.

    Raises:
        UnknownKey, DestroyedKey: the key is not ours to sign with.
    """
    signer = keys.issuers.signer(issuer.key_id)
    at = at.replace(microsecond=0)
    cwt = as_cwt(signer, issuer, revoked, at)
    jwt = as_jwt(signer, issuer, revoked, at)
    await _put(database, issuer, at, revoked, cwt, jwt)
    look_again(keys)


async def import_status(database: Database, keys: Keys, token: bytes, issuer: Issuer) -> None:
    """Take over another region's list of revoked codes.

    Raises:
        UntrustedSignature, UnreadableStatusList: as ``read_status``.
    """
    read = read_status(token, issuer)
    is_jwt = token[:2] == b"ey"
    await _put(
        database,
        issuer,
        read.issued_at,
        read.revoked,
        b"" if is_jwt else token,
        token.decode() if is_jwt else "",
    )
    look_again(keys)


async def _put(
    database: Database, issuer: Issuer, at: datetime, revoked: StatusList, cwt: bytes, jwt: str
) -> None:
    await database.execute(
        _QUERIES["put_status"], issuer.key_id, issuer.region, at, revoked.digest, cwt, jwt
    )


async def list_document(database: Database, authority: str = NATIONAL) -> bytes:
    """The newest published list as its bytes.

    Raises:
        NoTrustList: there is none.
    """
    document: bytes | None = await database.fetchval(_QUERIES["list_document"], authority)
    if document is None:
        raise NoTrustList
    return document


async def status_document(database: Database, region: int, name: bytes) -> tuple[bytes, str]:
    """The newest list of revoked codes of a key, as CWT and as JWT.

    Raises:
        NotFound: there is none.
    """
    row = await database.fetchrow(_QUERIES["status_of"], region, name)
    if row is None:
        raise NotFound
    return row["cwt"], row["jwt"]


async def bundle(database: Database, keys: Keys) -> Bundle:
    """What a desk of this region takes along, to check codes without network."""
    told = without_own(keys.authorities, keys.issuers.region)
    lists = await database.fetch(_QUERIES["newest_lists"], [], [])
    status = await database.fetch(_QUERIES["every_status"])
    return Bundle(
        told,
        {row["authority"]: row["document"] for row in lists if row["authority"] in told},
        {(row["region"], row["key_id"]): row["cwt"] or row["jwt"].encode() for row in status},
    )


class PublishedList(NamedTuple):
    """One list there was; ``digest`` is the SHA-256 of its bytes."""

    authority: str
    number: int
    published_at: datetime
    digest: bytes


async def history(database: Database) -> list[PublishedList]:
    """The lists that were published here, the newest first; the last hundred."""
    rows = await database.fetch(_QUERIES["history"])
    return [PublishedList(*row) for row in rows]


async def published_status(
    database: Database,
) -> Mapping[tuple[int, bytes], tuple[datetime, bytes]]:
    """When each key's list was signed, and the digest of what it says."""
    rows = await database.fetch(_QUERIES["status_digests"])
    return {(row["region"], row["key_id"]): (row["issued_at"], row["digest"]) for row in rows}


async def _refresh(database: Database, keys: Keys, held: _Held) -> None:
    known = keys.authorities
    names, numbers = list(held.numbers), list(held.numbers.values())
    for row in await database.fetch(_QUERIES["newest_lists"], names, numbers):
        _take_list(keys, held, known.get(row["authority"]), row)
    for name in held.lists.keys() - known.keys():
        del held.lists[name], held.numbers[name]
    by_key = {key: one for each in held.lists.values() for key, one in each.issuers.items()}
    listed = list(by_key)
    seen = [held.seen.get(key) for key in listed]
    regions, key_ids = [region for region, _ in listed], [name for _, name in listed]
    for row in await database.fetch(_QUERIES["newer_status"], regions, key_ids, seen):
        _take_status(held, by_key[row["region"], row["key_id"]], row)
    national = held.lists.get(NATIONAL)
    held.merged = None
    if national is not None:
        admitted = [
            Admitted(each, (known[name].regions or frozenset()) - {keys.issuers.region})
            for name, each in held.lists.items()
        ]
        tokens = [(region, token) for (region, _), token in held.status.items()]
        held.merged = combine(national, admitted, tokens)
    held.checked_at = monotonic()


def _take_list(keys: Keys, held: _Held, authority: Authority | None, row: asyncpg.Record) -> None:
    if authority is None:
        return
    try:
        newest = keys.newest_list(authority.name)
        read = trust_list.read(row["document"], authority.roots, newest=newest)
    except UnsuitableTrustList:
        _LOG.error(
            "a published trust list is not believed", extra={"facts": {"number": row["number"]}}
        )
        return
    keys.remember_list(authority.name, read.number)
    if authority.name == NATIONAL:
        keys.issuers.follow(read)
    held.lists[authority.name] = read
    held.numbers[authority.name] = read.number


def _take_status(held: _Held, issuer: Issuer, row: asyncpg.Record) -> None:
    held.seen[issuer.region, issuer.key_id] = row["issued_at"]
    try:
        token = read_status(row["cwt"] or row["jwt"].encode(), issuer)
    except (UntrustedSignature, UnreadableStatusList):
        _LOG.error(
            "a list of revoked codes is not believed",
            extra={"facts": {"key": row["key_id"].hex()}},
        )
        return
    held.status[issuer.region, issuer.key_id] = token

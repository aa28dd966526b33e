"""Insurers and payment services that joined the region's code (合作机构).

How a partner joined says what a resident does to use it: nothing more than switching it on
(fusion), typing a number the partner gave them (binding), or opening the partner's own code
(switching).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg

from openhealthcode.database import load_queries
from openhealthcode.registry.store import Database
from openhealthcode.standards import CodeUse, InvalidInput, NotFound
from openhealthcode.standards.ids import PartnerId

_QUERIES = load_queries("openhealthcode.registry")
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class Joining(StrEnum):
    """How a partner joined."""

    FUSION = "fusion"
    """One code: the partner knows its customers by who they are, and is told once (融合)."""
    BINDING = "binding"
    """The partner gave its customer a number, which leads to the account once (绑定)."""
    SWITCHING = "switching"
    """The partner goes on showing its own code; ours leads there (切换)."""


@dataclass(frozen=True, slots=True)
class PartnerEntry:
    """What is registered of a partner.

    Args:
        key: the stable name the region gives it.
        use: settling or paying.
        address: where its service is reached; https, or this machine.
        public_key: with which its answers are verified, Ed25519, 32 bytes.
        voucher_prefix, voucher_length: the form of its own codes, if scanners may meet them.
    """

    key: str
    use: CodeUse
    joining: Joining
    name: str
    name_en: str
    address: str
    public_key: bytes = field(repr=False)
    voucher_prefix: str = ""
    voucher_length: int = 0


@dataclass(frozen=True, slots=True)
class Partner:
    """A registered partner."""

    partner_id: PartnerId
    use: CodeUse
    joining: Joining
    name: str
    name_en: str
    address: str
    public_key: bytes = field(repr=False)
    voucher_prefix: str = ""
    voucher_length: int = 0


async def register_partner(database: Database, entry: PartnerEntry) -> PartnerId:
    """Register a partner, or replace what is known under the same key.

    Raises:
        InvalidInput: an address that is neither https nor this machine's, or another use.
    """
    address = checked_address(entry.address)
    if entry.use.is_health:
        raise InvalidInput("a partner settles or takes payments")
    found: PartnerId = await database.fetchval(
        _QUERIES["register_partner"],
        uuid4(),
        entry.key,
        entry.use,
        entry.joining,
        entry.name,
        entry.name_en,
        address,
        entry.public_key,
        entry.voucher_prefix,
        entry.voucher_length,
        datetime.now(UTC),
    )
    return found


async def partners(database: Database) -> list[Partner]:
    """Those in service, insurers first."""
    rows = await database.fetch(_QUERIES["partners"])
    return [_partner(row) for row in rows if row["suspended_at"] is None]


async def partner(database: Database, partner_id: PartnerId) -> Partner:
    """One partner in service.

    Raises:
        NotFound: there is none with this id, or it is suspended.
    """
    for one in await partners(database):
        if one.partner_id == partner_id:
            return one
    raise NotFound


async def suspend_partner(database: Database, partner_id: PartnerId) -> None:
    """Suspend a partner: nothing is asked of it any more.

    Raises:
        NotFound: there is none with this id.
    """
    at = datetime.now(UTC)
    if await database.fetchval(_QUERIES["suspend_partner"], partner_id, at) is None:
        raise NotFound


def checked_address(address: str) -> str:
    """Where somebody else's service is reached, without a slash at its end.

    Raises:
        InvalidInput: neither https nor this machine.
    """
    parts = urlsplit(address)
    is_here = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or is_here):
        raise InvalidInput("what is not on this machine is reached by https")
    return address.rstrip("/")


def _partner(row: asyncpg.Record) -> Partner:
    return Partner(
        partner_id=PartnerId(row["partner_id"]),
        use=CodeUse(row["use"]),
        joining=Joining(row["joining"]),
        name=row["name"],
        name_en=row["name_en"],
        address=row["address"],
        public_key=row["public_key"],
        voucher_prefix=row["voucher_prefix"],
        voucher_length=row["voucher_length"],
    )

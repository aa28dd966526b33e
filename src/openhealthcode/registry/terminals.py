"""Terminals that ask for uses of a code by themselves, and what each is certified for (终端认证).

A terminal signs each question with its own key; what it may ask for is written here and nowhere in
what it sends. Once its term is over, or it is suspended, it is nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import orjson

from openhealthcode.database import load_queries
from openhealthcode.registry.model import UnsuitableKeySet
from openhealthcode.registry.store import Database
from openhealthcode.standards import CodeUse, NotFound
from openhealthcode.standards.ids import InstitutionId, TerminalId

_QUERIES = load_queries("openhealthcode.registry")
_PUBLIC_PARTS: Final = {"kty", "crv", "x", "y"}


@dataclass(frozen=True, slots=True)
class TerminalEntry:
    """What is certified of a terminal.

    Args:
        key: the stable name its owner gives it.
        jwk: its public key, EC P-256 (RFC 7517).
        roles: what it may ask for.
    """

    key: str
    institution_id: InstitutionId
    name: str
    jwk: Mapping[str, Any] = field(repr=False)
    roles: frozenset[CodeUse]
    certified_until: datetime


@dataclass(frozen=True, slots=True)
class Terminal:
    """A certified terminal; active only while its institution is, too."""

    terminal_id: TerminalId
    institution_id: InstitutionId
    name: str
    jwk: Mapping[str, Any] = field(repr=False)
    roles: frozenset[CodeUse]
    certified_until: datetime
    is_active: bool

    def is_certified(self, at: datetime) -> bool:
        """Whether it may ask for anything at a moment."""
        return self.is_active and at < self.certified_until


async def certify_terminal(database: Database, entry: TerminalEntry) -> TerminalId:
    """Certify a terminal, or replace key, roles and term of the one known under the same name.

    Raises:
        UnsuitableKeySet: its key is not the public half of a P-256 key.
    """
    jwk = entry.jwk
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256" or not set(jwk) >= _PUBLIC_PARTS:
        raise UnsuitableKeySet
    if "d" in jwk:
        raise UnsuitableKeySet
    found: TerminalId = await database.fetchval(
        _QUERIES["certify_terminal"],
        uuid4(),
        entry.key,
        entry.institution_id,
        entry.name,
        orjson.dumps({name: jwk[name] for name in sorted(_PUBLIC_PARTS)}),
        sorted(entry.roles),
        entry.certified_until,
        datetime.now(UTC),
    )
    return found


async def terminal(database: Database, terminal_id: TerminalId) -> Terminal:
    """One terminal.

    Raises:
        NotFound: there is none with this id.
    """
    rows = await database.fetch(_QUERIES["terminals"], [terminal_id])
    if not rows:
        raise NotFound
    return _terminal(rows[0])


async def terminals(database: Database, ids: list[UUID]) -> dict[UUID, Terminal]:
    """The terminals among these ids."""
    rows = await database.fetch(_QUERIES["terminals"], ids)
    return {row["terminal_id"]: _terminal(row) for row in rows}


async def suspend_terminal(database: Database, terminal_id: TerminalId) -> None:
    """Suspend a terminal: its next question is refused, here and everywhere.

    Raises:
        NotFound: there is none with this id.
    """
    at = datetime.now(UTC)
    if await database.fetchval(_QUERIES["suspend_terminal"], terminal_id, at) is None:
        raise NotFound


def _terminal(row: asyncpg.Record) -> Terminal:
    return Terminal(
        terminal_id=TerminalId(row["terminal_id"]),
        institution_id=InstitutionId(row["institution_id"]),
        name=row["name"],
        jwk=orjson.loads(row["jwk"]),
        roles=frozenset(map(CodeUse, row["roles"])),
        certified_until=row["certified_until"],
        is_active=row["suspended_at"] is None,
    )

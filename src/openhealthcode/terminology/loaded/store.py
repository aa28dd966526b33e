"""Reads and writes loaded code systems; the only module that knows their tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import asyncpg

from openhealthcode.database import Connection, Pool, load_queries
from openhealthcode.standards import Conflict
from openhealthcode.terminology.concepts import About, Concept, Content
from openhealthcode.terminology.concepts.wording import words_of
from openhealthcode.terminology.loaded.model import LoadedVersion, Row

_QUERIES = load_queries("openhealthcode.terminology.loaded")

Database = Pool | Connection
"""There is no row-level security here: a pool serves as well as an open transaction."""


async def versions(database: Database) -> list[LoadedVersion]:
    """Every version of every system that was loaded, the newest last."""
    return [_version(row) for row in await database.fetch(_QUERIES["systems"])]


async def begin(connection: Connection, about: About, at: datetime) -> int | None:
    """The number of a new version, or None if it was loaded before.

    Raises:
        Conflict: another load ended just now.
    """
    said = (about.url, about.version, about.name, about.chinese, about.english, about.source)
    try:
        number: int | None = await connection.fetchval(_QUERIES["begin"], *said, at)
    except asyncpg.UniqueViolationError:
        raise Conflict from None
    return number


async def add(connection: Connection, number: int, system: str, rows: Sequence[Row]) -> None:
    """Put a batch of concepts in.

    Raises:
        asyncpg.UniqueViolationError: a code came before.
    """
    words = [
        " ".join(sorted(words_of(Concept(system, row.code, row.chinese, row.english))))
        for row in rows
    ]
    await connection.execute(
        _QUERIES["add"],
        number,
        [row.code for row in rows],
        [row.chinese for row in rows],
        [row.english for row in rows],
        [row.is_active for row in rows],
        words,
    )
    links = [(row.code, parent) for row in rows for parent in row.parents]
    if links:
        await add_parents(connection, number, links)


async def add_parents(
    connection: Connection, number: int, links: Sequence[tuple[str, str]]
) -> None:
    """Put (code, parent) pairs in; once is enough for each."""
    await connection.execute(
        _QUERIES["add_parents"],
        number,
        [code for code, _ in links],
        [parent for _, parent in links],
    )


async def finish(connection: Connection, number: int, concepts: int) -> str | None:
    """Set how many there are; answers a parent that is no concept, if there is one."""
    await connection.execute(_QUERIES["finish"], number, concepts)
    unknown: str | None = await connection.fetchval(_QUERIES["unknown_parent"], number)
    return unknown


async def concept(database: Database, number: int, system: str, code: str) -> Concept | None:
    """One concept, or None."""
    row = await database.fetchrow(_QUERIES["concept"], number, code)
    return _concept(system, row, tuple(row["parents"])) if row else None


async def above(database: Database, number: int, code: str) -> frozenset[str]:
    """Every code that this one is a kind of."""
    rows = await database.fetch(_QUERIES["above"], number, code)
    return frozenset(row["code"] for row in rows) - {code}


async def find(
    database: Database,
    number: int,
    system: str,
    asked: Collection[str],
    below: str | None,
    most: int,
) -> list[Concept]:
    """Concepts with words that begin so."""
    query = " & ".join(f"{_quoted(word)}:*" for word in asked) or None
    if below is None and query is None:
        rows = await database.fetch(_QUERIES["all"], number, most)
    elif below is None:
        rows = await database.fetch(_QUERIES["find"], number, query, most)
    else:
        rows = await database.fetch(_QUERIES["find_below"], number, query, most, below)
    return [_concept(system, row, ()) for row in rows]


def _quoted(word: str) -> str:
    """A lexeme as a tsquery writes it."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _concept(system: str, row: asyncpg.Record, parents: tuple[str, ...]) -> Concept:
    return Concept(system, row["code"], row["chinese"], row["english"], parents, row["is_active"])


def _version(row: asyncpg.Record) -> LoadedVersion:
    about = About(
        url=row["url"],
        version=row["version"],
        name=row["name"],
        chinese=row["chinese"],
        english=row["english"],
        source=row["source"],
        content=Content.COMPLETE,
    )
    return LoadedVersion(row["number"], about, row["concepts"], row["loaded_at"])

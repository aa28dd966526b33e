"""Medicines that harm each other: the pairs this release brings, or the table a region loaded.

Codes are ATC; one stands for everything below it. A loaded table takes the place of the release's
own as a whole, so that nobody has to guess which of two sources spoke.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Final, TextIO

from openhealthcode.database import Pool, load_queries, transaction
from openhealthcode.terminology.interactions.model import (
    Interaction,
    InteractionsUnreadable,
    InteractionTable,
    Severity,
)
from openhealthcode.terminology.store import Database

_QUERIES = load_queries("openhealthcode.terminology.interactions")
_ATC: Final = re.compile(r"[A-Z](?:\d{2}(?:[A-Z](?:[A-Z](?:\d{2})?)?)?)?", re.ASCII)
_LEVELS: Final = (1, 3, 4, 5, 7)
_COLUMNS: Final = ("one", "other", "severity", "zh", "en", "source")
_AT_ONCE: Final = 5_000
_LONGEST: Final = 500


@cache
def packaged_interactions() -> tuple[str, tuple[Interaction, ...]]:
    """The edition this release brings, and its pairs."""
    text = files(__package__).joinpath("interactions.toml").read_text("utf-8")
    table = tomllib.loads(text)
    return table["edition"], tuple(
        Interaction(one, other, Severity(row["severity"]), (row["says"][0], row["says"][1]), source)
        for row in table["pair"]
        for source in (row["source"],)
        for one in row["one"]
        for other in row["other"]
    )


async def interactions_with(database: Database, codes: Iterable[str]) -> tuple[Interaction, ...]:
    """Every pair of the table in force that one of these ATC codes belongs to."""
    above = sorted({code[:level] for code in codes for level in _LEVELS if len(code) >= level})
    if not above:
        return ()
    if await database.fetchrow(_QUERIES["interaction_edition"]) is None:
        _, pairs = packaged_interactions()
        return tuple(pair for pair in pairs if pair.one in above or pair.other in above)
    return tuple(
        Interaction(
            row["one"],
            row["other"],
            Severity(row["severity"]),
            (row["says_zh"], row["says_en"]),
            row["source"],
        )
        for row in await database.fetch(_QUERIES["interactions_with"], above)
    )


async def interaction_table(database: Database) -> InteractionTable:
    """The table in force."""
    row = await database.fetchrow(_QUERIES["interaction_edition"])
    if row is None:
        edition, pairs = packaged_interactions()
        return InteractionTable(edition, len(pairs))
    return InteractionTable(row["edition"], row["pairs"], row["loaded_at"])


async def load_interactions(
    pool: Pool, file: TextIO, edition: str, at: datetime
) -> InteractionTable:
    """Put a table in the place of the one in force, whole or not at all.

    Args:
        file: CSV in UTF-8 with the columns one, other, severity, zh, en, source; read in parts.
        edition: how the source calls this edition.

    Raises:
        InteractionsUnreadable: another header, no pairs, a code that is none of ATC's, a severity
            that is not high, moderate or low, no words, or the same pair twice; says which line.
    """
    if not edition.strip() or len(edition) > _LONGEST:
        raise InteractionsUnreadable("name the edition")
    rows = _rows(file)
    count = 0
    async with transaction(pool) as connection:
        await connection.execute(_QUERIES["empty_interactions"])
        await connection.execute(_QUERIES["forget_interactions"])
        while part := list(islice(rows, _AT_ONCE)):
            await connection.execute(
                _QUERIES["add_interactions"], *map(list, zip(*part, strict=True))
            )
            count += len(part)
        if not count:
            raise InteractionsUnreadable("the file names no pair")
        await connection.execute(_QUERIES["name_interactions"], edition.strip(), count, at)
    return InteractionTable(edition.strip(), count, at)


async def drop_interactions(pool: Pool) -> InteractionTable:
    """Go back to the table that this release brings."""
    async with transaction(pool) as connection:
        await connection.execute(_QUERIES["empty_interactions"])
        await connection.execute(_QUERIES["forget_interactions"])
    return await interaction_table(pool)


def _rows(file: TextIO) -> Iterator[tuple[str, ...]]:
    reader = csv.reader(file)
    seen: set[tuple[str, str]] = set()
    try:
        if tuple(name.strip() for name in next(reader, [])) != _COLUMNS:
            raise InteractionsUnreadable(f"expected the columns {', '.join(_COLUMNS)}")
        for row in reader:
            fields = tuple(field.strip() for field in row)
            pair = _pair_of(fields, reader.line_num)
            if pair in seen:
                raise InteractionsUnreadable(f"line {reader.line_num}: this pair stands twice")
            seen.add(pair)
            yield fields
    except (csv.Error, UnicodeError):
        raise InteractionsUnreadable("the file is no CSV in UTF-8") from None


def _pair_of(fields: tuple[str, ...], line: int) -> tuple[str, str]:
    """The pair a row names, in one order, if the row is one.

    Raises:
        InteractionsUnreadable: it is not.
    """
    if len(fields) != len(_COLUMNS) or not all(fields) or max(map(len, fields)) > _LONGEST:
        raise InteractionsUnreadable(f"line {line}: a field is missing, empty or too long")
    one, other, severity, *_ = fields
    if not (_ATC.fullmatch(one) and _ATC.fullmatch(other)):
        raise InteractionsUnreadable(f"line {line}: a code is not one of ATC's")
    if severity not in set(Severity):
        raise InteractionsUnreadable(f"line {line}: severity is high, moderate or low")
    return (min(one, other), max(one, other))

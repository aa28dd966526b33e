"""Other regions (其他统筹区) whose installations this one asks and answers.

Who they are the trust list says, by their keys; here is only where they are reached and what they are
called. A region that is not here, or is suspended here, is neither asked nor answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from openhealthcode.database import load_queries
from openhealthcode.registry.partners import checked_address
from openhealthcode.registry.store import Database
from openhealthcode.standards import HealthCodeError, InvalidInput, NotFound

_QUERIES = load_queries("openhealthcode.registry")
_MOST_NUMBER = 2047


class UnknownRegion(HealthCodeError):
    """This code is of a region that this one has no agreement with; it cannot be asked."""

    code = "region-unknown"


@dataclass(frozen=True, slots=True)
class Region:
    """Another region.

    Args:
        division: its division code (GB/T 2260) as a number, as signed codes name it.
        number: its number among the issuers of online codes, 0-2047.
        address: where its installation is reached; https, or this machine.
    """

    division: int
    number: int
    name: str
    name_en: str
    address: str


async def admit_region(database: Database, region: Region) -> None:
    """Take a region up, or replace what is known of it and lift its suspension.

    Raises:
        InvalidInput: no name, no division, no such number, or not reached by https.
    """
    if not region.name or not 0 < region.division < 1_000_000:
        raise InvalidInput("a region has a name and a division code of six digits")
    if not 0 <= region.number <= _MOST_NUMBER:
        raise InvalidInput("a region's number among the issuers is 0 to 2047")
    await database.execute(
        _QUERIES["admit_region"],
        region.division,
        region.number,
        region.name,
        region.name_en,
        checked_address(region.address),
        datetime.now(UTC),
    )


async def regions(database: Database) -> list[Region]:
    """Those that are asked and answered, by division."""
    return [_region(row) for row in await database.fetch(_QUERIES["regions"])]


async def region_of_division(database: Database, division: int) -> Region:
    """The region of a signed code, or of a question.

    Raises:
        UnknownRegion: none that is asked and answered here.
    """
    return _known(await database.fetchrow(_QUERIES["region_of_division"], division))


async def region_of_number(database: Database, number: int) -> Region:
    """The region of an online code.

    Raises:
        UnknownRegion: none that is asked and answered here.
    """
    return _known(await database.fetchrow(_QUERIES["region_of_number"], number))


async def suspend_region(database: Database, division: int) -> None:
    """Neither ask nor answer a region any more.

    Raises:
        NotFound: it was not taken up, or is suspended already.
    """
    at = datetime.now(UTC)
    if await database.fetchval(_QUERIES["suspend_region"], division, at) is None:
        raise NotFound


def _known(row: asyncpg.Record | None) -> Region:
    if row is None:
        raise UnknownRegion
    return _region(row)


def _region(row: asyncpg.Record) -> Region:
    return Region(row["division"], row["number"], row["name"], row["name_en"], row["address"])

"""Keeps the rows that registrations are compared by, and finds the ones that share a key.

The only module of matching that knows the table. What it stores is sealed under the region's key,
what it searches by is hashed; both happen here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import asyncpg
import msgspec

from openhealthcode.database import Connection, load_queries
from openhealthcode.identity.linking import read_members
from openhealthcode.identity.matching.keys import HOT_KEY_CAP, blocking_keys
from openhealthcode.identity.matching.model import Block, Variant
from openhealthcode.standards import Phone, Sex
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

_QUERIES: Final = load_queries("openhealthcode.identity.matching")
COLUMNS: Final = (
    Block.NUMBER_BEGINS,
    Block.NUMBER_ENDS,
    Block.SOUND_AND_BIRTH,
    Block.NAME_AND_DAY,
    Block.PHONE,
    Block.SURNAME_AND_BIRTH,
    Block.GIVEN_AND_BIRTH,
    Block.ADDRESS_AND_YEAR,
    Block.SOUND_AND_COMMUNITY,
    Block.MOTHER,
)
"""In the order of the table; an ID number needs no column, certificates find it."""

MOST_VARIANTS: Final = 32
"""Registrations of one resident that are compared; nobody is described in more ways than this."""

_PURPOSES: Final = tuple(f"match-{block}" for block in COLUMNS)
_KEY_BYTES: Final = 8
_BY_CERTIFICATE: Final = 0
_SEXES: Final = {sex.gb_code: sex for sex in Sex}
_ROW: Final = msgspec.msgpack.Decoder(tuple[str, ...])


class Fetches(Protocol):
    """A connection, or a pool: the one statement of a look-up needs no transaction around it."""

    async def fetch(self, query: str, *parameters: object) -> list[asyncpg.Record]:
        """The rows of one statement."""


@dataclass(frozen=True, slots=True)
class Found:
    """A registered row that shares something with the one looked up.

    Args:
        resident_id: the person's id by now: the surviving one, if the entry was merged.
        shares_certificate: found by a certificate, not only by what the two have in common.
    """

    resident_id: ResidentId
    variant: Variant
    shares_certificate: bool


async def candidates(
    connection: Fetches,
    keys: Keys,
    variant: Variant,
    identifier_keys: Collection[bytes],
    *,
    holds: bool = False,
) -> list[Found]:
    """Everybody a registration must be compared with.

    Args:
        connection: any; it sees the rows of these keys for this statement alone.
        keys: the installation's.
        variant: what is looked up.
        identifier_keys: of the certificates it came with.
        holds: until the transaction ends, nobody else looks up this name with this birth date.
    """
    hashed = _hashed(keys, variant)
    held = hashed[COLUMNS.index(Block.SOUND_AND_BIRTH)] if holds else None
    rows = await connection.fetch(
        _QUERIES["candidates"], hashed, list(identifier_keys), HOT_KEY_CAP, held
    )
    return found_in(keys, rows)


def found_in(keys: Keys, rows: Sequence[asyncpg.Record]) -> list[Found]:
    """What a look-up read, without what only a key led to that too many share."""
    return [_found(keys, row, is_named) for row, is_named in _telling(rows).values()]


async def add(
    connection: Connection, keys: Keys, resident_id: ResidentId, variant: Variant
) -> None:
    """Keep a row of comparison; the transaction is the resident's."""
    await connection.execute(
        _QUERIES["add_variant"], *row_of(keys, resident_id, variant), MOST_VARIANTS
    )


async def variants(connection: Connection, keys: Keys, resident_id: ResidentId) -> list[Variant]:
    """The rows that a resident is compared by; the transaction is the resident's."""
    rows = await connection.fetch(_QUERIES["variants"], resident_id)
    return [open_row(keys, resident_id, row["sealed"]) for row in rows]


async def phone_holders(connection: Connection, keys: Keys, phones: Sequence[Phone]) -> list[int]:
    """How many residents are registered with each of these telephones, as far as the cap counts."""
    hashed = [_short(keys.blind_index(f"match-{Block.PHONE}", phone.number)) for phone in phones]
    rows = await connection.fetch(_QUERIES["phone_holders"], hashed, HOT_KEY_CAP)
    return [row["holders"] for row in rows]


async def remove(connection: Connection, resident_id: ResidentId) -> None:
    """Delete them all; the transaction is the resident's."""
    await connection.execute(_QUERIES["remove_variants"], resident_id)


def row_of(
    keys: Keys, resident_id: ResidentId, variant: Variant
) -> tuple[ResidentId, int, list[int | None], bytes]:
    """A row as it is stored: whose, its own key, the ten keys, and what is sealed."""
    plain = _packed(variant)
    own = _short(keys.blind_index("match-variant", f"{resident_id}|{plain.hex()}"))
    return resident_id, own, _hashed(keys, variant), keys.seal_comparison(resident_id, plain)


def _hashed(keys: Keys, variant: Variant) -> list[int | None]:
    texts: Mapping[Block, str] = blocking_keys(variant)
    found = map(texts.get, COLUMNS)
    return [
        None if text is None else _short(keys.blind_index(purpose, text))
        for purpose, text in zip(_PURPOSES, found, strict=True)
    ]


def _short(index: bytes) -> int:
    """Eight bytes show equality as well as thirty-two, and an index of them is a quarter as large."""
    return int.from_bytes(index[:_KEY_BYTES], "big", signed=True)


def _telling(rows: Sequence[asyncpg.Record]) -> dict[object, tuple[asyncpg.Record, bool]]:
    """Each row once, without those that only a key led to that too many share."""
    by_block: dict[int, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        by_block[row["block"]].append(row)
    telling: dict[object, tuple[asyncpg.Record, bool]] = {}
    for block, found in sorted(by_block.items()):
        if len(found) <= HOT_KEY_CAP:
            for row in found:
                own = (row["resident_id"], row["variant_key"])
                telling.setdefault(own, (row, block == _BY_CERTIFICATE))
    return telling


def _found(keys: Keys, row: asyncpg.Record, shares_certificate: bool) -> Found:  # noqa: FBT001
    resident_id = ResidentId(row["resident_id"])
    current = read_members(keys, resident_id, row["members"])[0]
    return Found(current, open_row(keys, resident_id, row["sealed"]), shares_certificate)


def _packed(variant: Variant) -> bytes:
    return msgspec.msgpack.encode(
        (
            variant.family,
            variant.given,
            variant.birth,
            variant.sex.gb_code,
            variant.number,
            variant.phone,
            variant.area,
            variant.town,
            variant.place,
            variant.road,
            variant.door,
            variant.postcode,
            variant.mother,
            "1" if variant.is_newborn else "",
        )
    )


def open_row(keys: Keys, resident_id: ResidentId, sealed: bytes) -> Variant:
    """A row of comparison as it was stored."""
    row = _ROW.decode(keys.open_comparison(resident_id, sealed))
    family, given, birth, sex, number, phone, area, town, place, road, door, postcode, *rest = row
    mother, newborn = rest
    return Variant(
        family=family,
        given=given,
        birth=birth,
        sex=_SEXES[sex],
        number=number,
        phone=phone,
        area=area,
        town=town,
        place=place,
        road=road,
        door=door,
        postcode=postcode,
        mother=mother,
        is_newborn=bool(newborn),
    )

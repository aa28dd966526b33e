"""Reads and writes the tables of collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID, uuid4

from asyncpg import Record

from openhealthcode.collection.rules import CollectionScene
from openhealthcode.collection.tally import Counted, Delivered, ElementReport, count_of, report
from openhealthcode.database import Connection, load_queries
from openhealthcode.standards.ids import InstitutionId, ResidentId

_QUERIES = load_queries("openhealthcode.collection")
_NOTHING_KEPT: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Leniency:
    """A sender whose deliveries are filed without what is beyond the rule."""

    institution_id: InstitutionId
    allowed_at: datetime
    until: datetime


async def choices(
    connection: Connection, resident_id: ResidentId, scene: CollectionScene
) -> dict[str, bool]:
    """What the resident agreed to or refused in this scene, by element."""
    rows = await connection.fetch(_QUERIES["choices"], resident_id, scene)
    return {row["element"]: row["is_agreed"] for row in rows}


async def choose(
    connection: Connection,
    resident_id: ResidentId,
    scene: CollectionScene,
    chosen: Mapping[str, bool],
    at: datetime,
) -> None:
    """Note what the resident agreed to or refused."""
    await connection.execute(
        _QUERIES["choose"], resident_id, scene, list(chosen), list(chosen.values()), at
    )


async def note_delivery(
    connection: Connection,
    institution_id: InstitutionId,
    rule: str,
    found: Mapping[str, str],
    at: datetime,
    *,
    is_refused: bool,
    kept: Mapping[str, int] = _NOTHING_KEPT,
) -> None:
    """Note which elements a delivery held, the verdict on each, and in how many entries it is kept."""
    await connection.execute(
        _QUERIES["note_delivery"],
        institution_id,
        uuid4(),
        at,
        rule,
        is_refused,
        list(found),
        list(found.values()),
        [kept.get(element, 0) for element in found],
    )


async def is_lenient(connection: Connection, institution_id: InstitutionId, at: datetime) -> bool:
    """Whether what is beyond the rule is left out of this sender's deliveries, not refused."""
    return bool(await connection.fetchval(_QUERIES["is_lenient"], institution_id, at))


async def set_lenient(
    connection: Connection,
    institution_id: InstitutionId,
    until: datetime,
    allowed_by: UUID | None,
) -> None:
    """Be lenient with a sender until then; the newest word holds."""
    await connection.execute(_QUERIES["set_lenient"], institution_id, until, allowed_by)


async def lenient_senders(connection: Connection) -> tuple[Leniency, ...]:
    """With whom the platform is lenient now, the first to end first."""
    rows = await connection.fetch(_QUERIES["lenient_senders"])
    return tuple(
        Leniency(InstitutionId(row["institution_id"]), row["allowed_at"], row["until"])
        for row in rows
    )


async def over_collection(
    connection: Connection, institution_id: InstitutionId, since: date
) -> tuple[ElementReport, ...]:
    """Every element an institution's deliveries held from the month of that day on."""
    first = since.replace(day=1)
    counted = await connection.fetch(_QUERIES["tally_of"], institution_id, first)
    rows = await connection.fetch(_QUERIES["deliveries_of"], institution_id, first)
    waiting = count_of(map(_delivered, rows))
    return report(
        [
            *((row["rule"], row["element"], row["fate"], row["count"]) for row in counted),
            *((of.rule, of.element, of.fate, times) for of, times in waiting.items()),
        ]
    )


async def reporting(connection: Connection, since: date) -> tuple[InstitutionId, ...]:
    """The institutions that delivered anything from the month of that day on."""
    rows = await connection.fetch(_QUERIES["reporting"], since.replace(day=1))
    return tuple(InstitutionId(row["institution_id"]) for row in rows)


async def count_up(connection: Connection, most: int) -> int:
    """Count waiting deliveries into the tally; how many there were."""
    rows = await connection.fetch(_QUERIES["take_deliveries"], most)
    await count(connection, count_of(map(_delivered, rows)))
    return len(rows)


async def count(connection: Connection, counted: Mapping[Counted, int]) -> None:
    """Add to the tally."""
    rows = sorted(counted.items(), key=lambda row: (row[0].institution_id.bytes, *row[0][1:]))
    if rows:
        columns = zip(*(key for key, _ in rows), strict=True)
        await connection.execute(
            _QUERIES["count"], *map(list, columns), [times for _, times in rows]
        )


def _delivered(row: Record) -> Delivered:
    return Delivered(
        InstitutionId(row["institution_id"]),
        row["delivered_at"],
        row["rule"],
        row["is_refused"],
        tuple(zip(row["elements"], row["verdicts"], row["kept"], strict=True)),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """How often one institution asked for an element, and how often residents said no."""

    institution_id: InstitutionId
    asked: int
    refused_by_residents: int


async def asked_by(
    connection: Connection, scene: CollectionScene, element: str, since: date
) -> tuple[Asked, ...]:
    """Who asked for an element in a scene from the month of that day on, the most first."""
    rows = await connection.fetch(_QUERIES["asked_by"], f"{scene}@", element, since.replace(day=1))
    return tuple(
        Asked(InstitutionId(row["institution_id"]), row["asked"], row["refused_by_residents"])
        for row in rows
    )


async def refusals(connection: Connection, scene: CollectionScene, element: str) -> int:
    """How many residents refuse an element in a scene; ``connection`` is of the task supervision."""
    return int(await connection.fetchval(_QUERIES["refusals"], scene, element))

"""Reads and writes the tables of collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from openhealthcode.collection.rules import CollectionScene
from openhealthcode.database import Connection, load_queries
from openhealthcode.standards.ids import InstitutionId, ResidentId

_QUERIES = load_queries("openhealthcode.collection")


@dataclass(frozen=True, slots=True)
class ElementReport:
    """How often an institution's deliveries held one element in one scene, and what became of it.

    Args:
        refused_by_rule: deliveries refused because of it.
        set_aside: deliveries filed without it.
        refused_by_residents: held though the resident refuses it or was never asked.
    """

    scene: str
    element: str
    asked: int
    taken: int
    refused_by_rule: int
    set_aside: int
    refused_by_residents: int


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
) -> None:
    """Note which elements a delivery held, and the verdict on each."""
    await connection.execute(
        _QUERIES["note_delivery"],
        institution_id,
        uuid4(),
        at,
        rule,
        is_refused,
        list(found),
        list(found.values()),
    )


async def is_lenient(connection: Connection, institution_id: InstitutionId, at: datetime) -> bool:
    """Whether what is beyond the rule is left out of this sender's deliveries, not refused."""
    return bool(await connection.fetchval(_QUERIES["is_lenient"], institution_id, at))


async def set_lenient(
    connection: Connection, institution_id: InstitutionId, until: datetime
) -> None:
    """Be lenient with a sender until then."""
    await connection.execute(_QUERIES["set_lenient"], institution_id, until)


async def over_collection(
    connection: Connection, institution_id: InstitutionId, since: datetime
) -> tuple[ElementReport, ...]:
    """Every element an institution's deliveries held since then."""
    rows = await connection.fetch(_QUERIES["over_collection"], institution_id, since)
    return tuple(ElementReport(**row) for row in rows)

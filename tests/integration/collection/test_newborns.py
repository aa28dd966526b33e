"""A newborn delivered with the mother's number is related to the mother, and joined with nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import visits
from openhealthcode import collection
from openhealthcode.database import Pool, transaction
from openhealthcode.identity import linking
from openhealthcode.identity.linking import RelationKind
from openhealthcode.trust import Keys
from visits import World, bundle, patient


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


async def file(world: World, sent: dict[str, Any]) -> collection.FiledBundle:
    return await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)


def newborn(serial: int) -> dict[str, Any]:
    certificate = {
        "type": {"coding": [{"system": "urn:openhealthcode:certificate-kind", "code": "08"}]},
        "value": f"A88000000{serial}",
    }
    return {
        "resourceType": "Patient",
        "identifier": [certificate],
        "name": [{"text": "李试之女"}],
        "gender": "female",
        "birthDate": (datetime.now(UTC).date() - timedelta(days=3)).isoformat(),
    }


def mother(relationship: str = "MTH", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "RelatedPerson",
        "patient": {"reference": "urn:uuid:patient"},
        "relationship": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode",
                         "code": relationship}]}
        ],
        "identifier": patient(2)["identifier"],
        **more,
    }  # fmt: skip


async def relations(world: World, resident_id) -> list[tuple[Any, RelationKind]]:
    async with transaction(world.pool, resident=resident_id) as connection:
        related = await linking.related(connection, world.keys, resident_id)
    return [(each.other, each.kind) for each in related]


async def test_a_newborn_and_the_mother_are_related_in_both_logs(world):
    of_mother = (await file(world, bundle(patient(2), key="m"))).resident_id
    filed = await file(world, bundle(newborn(1), mother(), key="n"))
    assert filed.is_new_resident
    assert await relations(world, filed.resident_id) == [(of_mother, RelationKind.MOTHER)]
    assert await relations(world, of_mother) == [(filed.resident_id, RelationKind.CHILD)]
    again = await file(world, bundle(newborn(1), mother(), key="n"))
    assert again.resident_id == filed.resident_id
    assert len(await relations(world, of_mother)) == 1


async def test_twins_of_one_ward_name_are_two_and_the_mothers(world):
    of_mother = (await file(world, bundle(patient(2), key="m"))).resident_id
    first = await file(world, bundle(newborn(1), mother(), key="n1"))
    second = await file(world, bundle(newborn(2), mother("NMTH"), key="n2"))
    assert second.is_new_resident
    assert {kind for _, kind in await relations(world, of_mother)} == {RelationKind.CHILD}
    assert {other for other, _ in await relations(world, of_mother)} == {
        first.resident_id, second.resident_id,
    }  # fmt: skip


@pytest.mark.parametrize(
    "person",
    [
        mother("FTH"),
        mother(identifier=[{"value": "77"}]),
        mother(identifier=[{"system": "urn:oid:2.16.156.10011.1.3", "value": "1234"}]),
        mother(relationship="MTH", identifier=patient(9)["identifier"]),
    ],
    ids=["a father", "nobody named", "no number", "somebody unknown"],
)
async def test_whoever_is_no_registered_mother_is_related_to_nobody(world, person):
    await file(world, bundle(patient(2), key="m"))
    filed = await file(world, bundle(newborn(1), person, key="n"))
    assert filed.is_new_resident
    assert await relations(world, filed.resident_id) == []

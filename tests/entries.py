"""Two entries of the master index that may be one person's, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import visits
from openhealthcode import collection
from openhealthcode.database import transaction
from openhealthcode.identity import review
from openhealthcode.standards.ids import ResidentId
from visits import World

PASSPORT = "http://hl7.org/fhir/sid/passport-CHN"
ADDRESS = "青海省演示州黛川县东街街道文化社区文化路12号3单元402室"


@dataclass(frozen=True)
class Pair:
    """Two residents, and the case that asks whether they are one."""

    first: ResidentId
    second: ResidentId
    case: str


def traveller(name: str = "李式", **more: Any) -> dict[str, Any]:
    """Somebody registered under a passport, whose name sounds like Li Shi's."""
    return {
        "resourceType": "Patient",
        "identifier": [
            {"type": {"coding": [{"code": "PPN"}]}, "system": PASSPORT, "value": "E12345678"}
        ],
        "name": [{"text": name}],
        "gender": "female",
        "birthDate": "1959-04-18",
        **contact(),
        **more,
    }


def contact(phone: str = "13912345678") -> dict[str, Any]:
    return {
        "telecom": [{"system": "phone", "value": phone}],
        "address": [{"text": ADDRESS}],
    }


async def file(world: World, person: dict[str, Any], *resources: dict[str, Any]) -> ResidentId:
    """Deliver a person with what belongs to them, as the hospital's system does."""
    sent = visits.bundle(person, *resources, key=uuid4().hex)
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    return filed.resident_id


async def pair(world: World, *resources: dict[str, Any]) -> Pair:
    """Li Shi, registered with the ID card and again with a passport under a name that sounds alike."""
    first = await file(world, visits.patient(2, **contact()), *visits.LIFE)
    second = await file(world, traveller(), *(resources or (visits.allergy("头孢"),)))
    assert first != second
    return Pair(first, second, await case_of(world, second))


async def case_of(world: World, resident_id: ResidentId) -> str:
    """The name of the one case kept with a resident."""
    async with transaction(world.pool, resident=resident_id) as connection:
        (item,) = await review.items_of(connection, resident_id)
    return world.keys.seal_id(resident_id, review.reference_of(item))

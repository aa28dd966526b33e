"""What is delivered again does not undo what was changed by the entry's id since."""

from __future__ import annotations

import copy
from pathlib import Path

import orjson
import pytest

import visits
from openhealthcode import access, collection
from openhealthcode.collection import Done, Which
from openhealthcode.collection.model import DeliveryOutdated
from openhealthcode.database import Pool
from openhealthcode.trust import Keys
from visits import World, bundle, glucose, patient


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


def sent_with(value: float, *, updated: str = "", person: dict | None = None) -> dict:
    result = glucose("2026-02-01", value)
    if updated:
        result["meta"] = {"lastUpdated": updated}
    return bundle(person or patient(), result)


async def file(world: World, sent: dict) -> collection.FiledBundle:
    return await collection.file_bundle(
        world.pool, world.keys, bundle=copy.deepcopy(sent), source=world.source
    )


async def change(
    world: World, filed: collection.Filed, value: float, how: str
) -> collection.FiledBundle:
    which = Which("Observation", filed.fhir_id)
    if how == "patch":
        operation = {"op": "replace", "path": "/valueQuantity/value", "value": value}
        return await collection.patch(
            world.pool, world.keys, which=which, operations=[operation], source=world.source
        )
    if how == "transaction":
        request = {"method": "PUT", "url": f"Observation/{filed.fhir_id}"}
        entry = {"resource": await changed(world, filed, value), "request": request}
        whole = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
        return await file(world, whole)
    return await collection.update(
        world.pool,
        world.keys,
        which=which,
        resource=await changed(world, filed, value),
        source=world.source,
    )


async def changed(world: World, filed: collection.Filed, value: float) -> dict:
    resident, _ = world.keys.open_id(filed.fhir_id)
    own = await access.own_record(world.pool, world.keys, resident)
    (body,) = [orjson.loads(e.body) for e in own.entries if e.entry_id == filed.entry_id]
    return body | {"valueQuantity": body["valueQuantity"] | {"value": value}}


async def value_of(world: World, filed: collection.FiledBundle) -> tuple[float, int]:
    own = await access.own_record(world.pool, world.keys, filed.resident_id)
    (body,) = [orjson.loads(e.body) for e in own.entries if e.type == "Observation"]
    return body["valueQuantity"]["value"], int(body["meta"]["versionId"])


@pytest.mark.parametrize("how", ["update", "patch", "transaction"])
async def test_an_old_bundle_does_not_undo_a_correction(world, how):
    first = await file(world, sent_with(5.0))
    await change(world, first.entries[1], 6.0, how)
    again = await file(world, sent_with(5.0))
    assert [entry.done for entry in again.entries] == [Done.UNCHANGED] * 2
    assert again.entries[1].version == 2
    assert again.event_number is None
    assert await value_of(world, first) == (6.0, 2)


async def test_every_version_before_the_correction_is_old(world):
    first = await file(world, sent_with(4.0))
    await file(world, sent_with(5.0))
    await change(world, first.entries[1], 6.0, "update")
    for value in (4.0, 5.0):
        await file(world, sent_with(value))
        assert await value_of(world, first) == (6.0, 3)


async def test_something_new_by_the_senders_name_is_the_next_version_still(world):
    first = await file(world, sent_with(5.0))
    await change(world, first.entries[1], 6.0, "update")
    await file(world, sent_with(7.0))
    assert await value_of(world, first) == (7.0, 3)
    await file(world, sent_with(5.0))  # the newest came by name: what it says now is what holds
    assert await value_of(world, first) == (5.0, 4)


async def test_without_a_correction_going_back_is_a_change_like_any_other(world):
    first = await file(world, sent_with(5.0))
    await file(world, sent_with(6.0))
    await file(world, sent_with(5.0))
    assert await value_of(world, first) == (5.0, 3)


async def test_what_was_last_updated_before_the_correction_is_refused_whole(world):
    first = await file(world, sent_with(5.0))
    await change(world, first.entries[1], 6.0, "update")
    with pytest.raises(DeliveryOutdated):
        await file(world, sent_with(5.5, updated="2026-01-01T08:00:00+08:00"))
    assert await value_of(world, first) == (6.0, 2)
    await file(world, sent_with(5.5, updated="2999-01-01T08:00:00Z"))
    assert await value_of(world, first) == (5.5, 3)


async def test_a_correction_can_be_taken_back_by_its_id(world):
    first = await file(world, sent_with(5.0))
    await change(world, first.entries[1], 6.0, "update")
    await change(world, first.entries[1], 5.0, "update")
    assert await value_of(world, first) == (5.0, 3)


async def test_an_old_address_of_the_person_refuses_nobodys_bundle(world):
    first = await file(world, sent_with(5.0))
    own = await access.own_record(world.pool, world.keys, first.resident_id)
    (body,) = [orjson.loads(e.body) for e in own.entries if e.type == "Patient"]
    moved = body | {"address": [{"text": "黛川县东街1号"}]}
    await collection.update(
        world.pool,
        world.keys,
        which=Which("Patient", first.entries[0].fhir_id),
        resource=moved,
        source=world.source,
    )
    old = patient(address=[{"text": "旧址"}], meta={"lastUpdated": "2020-01-01T00:00:00Z"})
    filed = await file(world, sent_with(8.0, person=old))
    assert [entry.done for entry in filed.entries] == [Done.UNCHANGED, Done.UPDATED]
    own = await access.own_record(world.pool, world.keys, first.resident_id)
    assert "旧址" not in b"".join(e.body for e in own.entries).decode()

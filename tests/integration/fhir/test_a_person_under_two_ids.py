"""Somebody who was merged is one person to whoever takes the record as a whole."""

from __future__ import annotations

import pytest

import visits
from merged import Index
from openhealthcode import collection
from openhealthcode.access import remembered


@pytest.fixture
async def both(world):
    """Two registrations of one person, each with entries, merged."""
    filed = []
    for serial, value in ((2, 5.0), (4, 6.0)):
        sent = visits.bundle(
            visits.patient(serial),
            visits.allergy("青霉素"),
            visits.glucose(f"2026-02-0{serial}", value),
            key=f"r{serial}",
        )
        filed.append(
            await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
        )
    await Index(world).merge(filed[0].resident_id, filed[1].resident_id)
    return filed


def found(answer):
    assert answer.status_code == 200, answer.text
    return [entry["resource"] for entry in answer.json().get("entry", ())]


def all_ids(both):
    return {entry.fhir_id for one in both for entry in one.entries}


async def test_everything_is_what_lies_under_both(client, both):
    for one in both:
        url = f"/fhir/Patient/{one.entries[0].fhir_id}/$everything"
        whole = await client.get(url)
        assert {each["id"] for each in found(whole)} == all_ids(both)
        assert whole.json()["total"] == 6
        days = [each.get("effectiveDateTime", "") for each in found(whole)]
        assert [day for day in days if day] == ["2026-02-04", "2026-02-02"]
        paged, address = [], f"{url}?_count=2"
        while address:
            page = await client.get(address)
            paged += [each["id"] for each in found(page)]
            links = {each["relation"]: each["url"] for each in page.json()["link"]}
            address = links.get("next")
        assert len(paged) == 6
        assert set(paged) == all_ids(both)


async def test_a_history_is_that_of_both(client, both):
    url = f"/fhir/Observation/_history?patient={both[0].entries[0].fhir_id}"
    told = found(await client.get(url))
    assert {each["valueQuantity"]["value"] for each in told} == {5.0, 6.0}
    alone = await client.get(f"/fhir/Observation/{both[1].entries[2].fhir_id}/_history")
    assert [each["valueQuantity"]["value"] for each in found(alone)] == [6.0]


async def test_the_latest_and_a_summary_are_those_of_both(client, both):
    patient = both[0].entries[0].fhir_id
    latest = found(await client.get(f"/fhir/Observation/$lastn?patient={patient}"))
    assert [each["valueQuantity"]["value"] for each in latest] == [6.0]
    summary = await client.get(f"/fhir/Patient/{patient}/$summary")
    values = [each["valueQuantity"]["value"] for each in found(summary) if "valueQuantity" in each]
    assert values == [6.0]


@pytest.mark.parametrize("is_known", [False, True])
async def test_a_search_finds_what_lies_under_both(client, both, is_known):
    """Also in a process that has not yet read that there are two."""
    for one in both:
        for filed in () if is_known else both:
            remembered.standing.pop(filed.resident_id, None)
        answer = await client.get(f"/fhir/Observation?patient={one.entries[0].fhir_id}")
        assert [each["effectiveDateTime"] for each in found(answer)] == ["2026-02-04", "2026-02-02"]
        assert answer.json()["total"] == 2

"""Records in bulk: to an institution what it may keep of those it names, to residents their own."""

from __future__ import annotations

import json
from importlib import import_module

import httpx
import pytest

import systems
import visits
from openhealthcode import access, collection, consent, registry
from openhealthcode.access import links
from openhealthcode.audit import reading as log
from openhealthcode.database import transaction
from openhealthcode.registry import InstitutionEntry, InstitutionKind
from openhealthcode.standards import RecordCategory

bulk = import_module("openhealthcode.access.export")
ASYNC = {"Prefer": "respond-async", "Content-Type": "application/fhir+json"}


@pytest.fixture
async def two(world):
    filed = []
    for serial in (2, 4):
        sent = visits.bundle(visits.patient(serial), *visits.LIFE, key=f"r{serial}")
        filed.append(
            await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
        )
    return filed


@pytest.fixture
async def outsider(world):
    clinic = await registry.register_institution(
        world.pool, InstitutionEntry("test|clinic", InstitutionKind.CLINIC, "诊所")
    )
    system = await systems.connect(world, clinic, "clinic")
    async with systems.calling(world, system) as calling:
        calling.institution = clinic
        yield calling


async def asked(client: httpx.AsyncClient, patients, **more):
    given = [{"name": "patient", "valueReference": {"reference": f"Patient/{p}"}} for p in patients]
    given += [{"name": name, "valueString": value} for name, value in more.items()]
    posted = {"resourceType": "Parameters", "parameter": given}
    return await client.post("/fhir/Patient/$export", json=posted, headers=ASYNC)


async def manifest_of(client, answer):
    assert (answer.status_code, answer.content) == (202, b""), answer.text
    told = await client.get(answer.headers["content-location"])
    assert told.status_code == 200, told.text
    assert told.headers["expires"].endswith(" GMT")
    return told.json()


async def fetched(client, manifest):
    found = {}
    for each in manifest["output"]:
        answer = await client.get(each["url"])
        assert answer.headers["content-type"].startswith("application/fhir+ndjson")
        lines = [json.loads(line) for line in answer.text.splitlines()]
        assert {one["resourceType"] for one in lines} == {each["type"]}
        assert len(lines) == each["count"]
        found |= {one["id"]: one for one in lines}
    return found


def ids(*filed):
    return {entry.fhir_id for one in filed for entry in one.entries}


async def lines_of(world, resident):
    async with transaction(world.pool, resident=resident) as connection:
        return await log.lines(connection, world.keys, resident, before=None, limit=50)


async def test_an_institution_gets_what_it_filed_of_those_it_names(world, client, two):
    before = [len(await lines_of(world, one.resident_id)) for one in two]
    answer = await asked(client, [one.entries[0].fhir_id for one in two])
    manifest = await manifest_of(client, answer)
    assert manifest["requiresAccessToken"] is True
    assert manifest["error"] == []
    assert set(await fetched(client, manifest)) == ids(*two)
    for one, length in zip(two, before, strict=True):
        (line, *_) = lines = await lines_of(world, one.resident_id)
        assert len(lines) == length + 1, "one look, however many files"
        assert len(line.detail["items"]) == len(one.entries)


async def test_it_gets_what_it_may_keep_and_learns_of_nobody_else(world, two, outsider):
    patients = [*(one.entries[0].fhir_id for one in two), "a", two[0].entries[0].fhir_id]
    nothing = await manifest_of(outsider, await asked(outsider, patients))
    assert nothing["output"] == []
    for manner in (consent.Manner.VIEW, consent.Manner.KEEP):
        terms = consent.Terms(
            kind=consent.ConsentKind.STANDING,
            institution_id=outsider.institution,
            categories=frozenset({RecordCategory.ALLERGIES, RecordCategory.CONDITIONS}),
            manner=manner,
            days=30,
        )
        await consent.give(world.pool, world.keys, two[0].resident_id, terms, visits.TOLD)
        found = await fetched(
            outsider, await manifest_of(outsider, await asked(outsider, patients))
        )
        texts = {one["code"]["text"] for one in found.values()}
        kept = {"青霉素", "高血压"} if manner is consent.Manner.KEEP else set()
        assert texts == kept, "to view is not to keep; the depression is closed"


async def test_an_export_is_narrowed_by_type_and_time(client, two):
    patients = [two[0].entries[0].fhir_id]
    some = await manifest_of(client, await asked(client, patients, _type="Condition,Observation"))
    assert {each["type"] for each in some["output"]} == {"Condition", "Observation"}
    later = await manifest_of(client, await asked(client, patients, _since="2100-01-01"))
    assert later["output"] == []


async def test_a_file_is_fetched_once_and_by_its_asker_alone(client, two, outsider):
    patients = [two[0].entries[0].fhir_id]
    answer = await asked(client, patients)
    status = answer.headers["content-location"]
    manifest = await manifest_of(client, answer)
    nobodys = await outsider.get("/fhir/$export-status?job=a")
    assert (await outsider.get(status)).content == nobodys.content
    assert nobodys.status_code == 404
    first, second, *_ = (each["url"] for each in manifest["output"])
    assert (await client.get(first)).status_code == 200
    assert (await client.get(first)).status_code == 404
    assert (await outsider.get(second)).status_code == 404
    for wrong in ("$export-file?name=a", "$export-file", "$export-status", "$export-status?job=ä",
                  "$export-status?job=%C3%A4"):  # fmt: skip
        assert (await client.get(f"/fhir/{wrong}")).status_code == 404


async def test_an_export_is_over_after_half_an_hour(client, two, monkeypatch):
    monkeypatch.setattr(bulk, "_LIFETIME", bulk._LIFETIME * 0)
    answer = await asked(client, [two[0].entries[0].fhir_id])
    assert (await client.get(answer.headers["content-location"])).status_code == 404


@pytest.mark.parametrize(
    ("patients", "more", "headers"),
    [
        ([], {}, ASYNC),
        (["a"] * 51, {}, ASYNC),
        (["a"], {"_type": "Basic"}, ASYNC),
        (["a"], {"_outputFormat": "application/xml"}, ASYNC),
        (["a"], {"x": "y"}, ASYNC),
        (["a"], {}, {"Content-Type": "application/fhir+json"}),
    ],
)
async def test_what_is_not_understood_is_refused(client, patients, more, headers):
    given = [{"name": "patient", "valueString": one} for one in patients]
    given += [{"name": name, "valueString": value} for name, value in more.items()]
    posted = {"resourceType": "Parameters", "parameter": given}
    answer = await client.post("/fhir/Patient/$export", json=posted, headers=headers)
    assert answer.status_code == 400


async def test_more_than_one_export_holds_is_refused(client, two, monkeypatch):
    monkeypatch.setattr(bulk, "_LARGEST_BYTES", 10)
    assert (await asked(client, [two[0].entries[0].fhir_id])).status_code == 413


async def test_residents_get_their_whole_record(world, two):
    async with systems.resident_reading(world, two[0].resident_id) as li:
        refused = await li.get("/own/fhir/Patient/$export")
        assert refused.status_code == 400
        answer = await li.get("/own/fhir/Patient/$export", headers={"Prefer": "respond-async"})
        manifest = await manifest_of(li, answer)
        async with systems.resident_reading(world, two[1].resident_id) as another:
            status = answer.headers["content-location"]
            assert (await another.get(status)).status_code == 404
        found = await fetched(li, manifest)
        assert set(found) == ids(two[0])
        assert "中度抑郁发作" in {one.get("code", {}).get("text") for one in found.values()}
    (line, *_) = await lines_of(world, two[0].resident_id)
    assert line.action == "record.copy"


async def test_what_lies_there_can_be_read_by_nobody_else(world, client, two):
    manifest = await manifest_of(client, await asked(client, [two[0].entries[0].fhir_id]))
    name = manifest["output"][0]["url"].partition("name=")[2]
    kept = await links.link_file(world.pool, name.partition(".")[2])
    assert b"resourceType" not in kept
    assert access.MOST_RESIDENTS == 50

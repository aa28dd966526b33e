"""Everything of a record, and what was ever filed of it: what may be seen, page by page, logged."""

from __future__ import annotations

from datetime import UTC, datetime

import asyncpg
import orjson
import pytest

import systems
import visits
from openhealthcode import collection, consent, registry
from openhealthcode.access import Version, remembered
from openhealthcode.registry import InstitutionEntry, InstitutionKind
from openhealthcode.standards import RecordCategory


@pytest.fixture
async def filed(world):
    values = [visits.glucose(f"2026-01-{day:02d}", float(day)) for day in range(1, 8)]
    sent = visits.bundle(visits.patient(), *visits.LIFE, *values)
    return await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)


@pytest.fixture
async def outsider(world):
    clinic = await registry.register_institution(
        world.pool, InstitutionEntry("test|clinic", InstitutionKind.CLINIC, "诊所")
    )
    system = await systems.connect(world, clinic, "clinic")
    async with systems.calling(world, system) as calling:
        calling.institution = clinic
        yield calling


async def give(world, resident, institution, *categories, **more):
    terms = consent.Terms(
        kind=consent.ConsentKind.STANDING,
        institution_id=institution,
        categories=frozenset(categories),
        manner=consent.Manner.KEEP,
        days=30,
        **more,
    )
    return await consent.give(world.pool, world.keys, resident, terms, visits.TOLD)


def everything(filed):
    return f"/fhir/Patient/{filed.entries[0].fhir_id}/$everything"


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [entry["resource"]["id"] for entry in answer.json().get("entry", ())]


def link(answer, relation):
    return next((e["url"] for e in answer.json()["link"] if e["relation"] == relation), None)


async def walked(client, url):
    """All pages, and the totals they told."""
    found, totals = [], set()
    while url:
        answer = await client.get(url)
        found += ids(answer)
        totals.add(answer.json().get("total"))
        url = link(answer, "next")
    return found, totals


async def logged(owner_url, resident):
    connection = await asyncpg.connect(owner_url)
    rows = await connection.fetch(
        "SELECT action, outcome FROM audit.event WHERE resident_id = $1 ORDER BY number", resident
    )
    await connection.close()
    return [tuple(row) for row in rows]


async def test_everything_is_everything_newest_first(client, filed):
    answer = await client.get(everything(filed))
    body = answer.json()
    assert (body["type"], body["total"]) == ("searchset", len(filed.entries))
    assert set(ids(answer)) == {entry.fhir_id for entry in filed.entries}
    days = [
        entry["resource"].get("effectiveDateTime", "")
        for entry in body["entry"]
        if entry["resource"]["resourceType"] == "Observation"
    ]
    assert days == sorted(days, reverse=True)
    first = body["entry"][0]
    resource = first["resource"]
    assert first["fullUrl"] == f"http://test/fhir/{resource['resourceType']}/{resource['id']}"
    for entry in body["entry"]:
        alone = await client.get(entry["fullUrl"])
        assert orjson.dumps(entry["resource"]) == alone.content


async def test_taking_everything_is_one_event_that_names_all(client, filed, owner_url):
    before = await logged(owner_url, filed.resident_id)
    await client.get(everything(filed))
    after = await logged(owner_url, filed.resident_id)
    assert after[len(before) :] == [("record.disclose", "done")]


async def test_pages_fit_together_while_entries_are_added(world, client, filed):
    url = everything(filed) + "?_count=4"
    first = await client.get(url)
    later = (visits.glucose("2026-01-31"), visits.glucose("2001-01-01"))
    late = visits.bundle(visits.patient(), *later, key="late")
    added = await collection.file_bundle(world.pool, world.keys, bundle=late, source=world.source)
    rest, totals = await walked(client, link(first, "next"))
    found = ids(first) + rest
    assert len(found) == len(set(found)) == len(filed.entries)
    assert set(found) == {entry.fhir_id for entry in filed.entries}
    assert totals == {len(filed.entries)}
    again, _ = await walked(client, url)
    assert set(again) - set(found) == {entry.fhir_id for entry in added.entries[1:]}


@pytest.mark.parametrize(
    ("query", "types"),
    [
        ("_type=Condition", {"Condition"}),
        ("_type=Condition,AllergyIntolerance", {"Condition", "AllergyIntolerance"}),
        ("start=2026-01-03&end=2026-01-05", {"Patient", "Observation"}),
        ("start=2014&end=2018-06", {"Patient", "Condition"}),
        ("_since=2100-01-01", set()),
    ],
)
async def test_it_is_narrowed_by_type_day_and_time_of_filing(client, filed, query, types):
    answer = await client.get(f"{everything(filed)}?{query}")
    entries = answer.json().get("entry", ())
    found = [entry["resource"] for entry in entries]
    assert {one["resourceType"] for one in found} == types
    if "2026-01-03" in query:
        assert len(found) == 1 + 3


async def test_it_may_be_posted(client, filed):
    posted = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "_type", "valueCode": "Observation"},
            {"name": "start", "valueDate": "2026-01-06"},
            {"name": "_count", "valueInteger": 1},
        ],
    }
    answer = await client.post(
        everything(filed), json=posted, headers={"Content-Type": "application/fhir+json"}
    )
    assert (answer.json()["total"], len(ids(answer))) == (3, 1)


@pytest.mark.parametrize(
    "query",
    ["x=1", "_type=Basic", "_type=", "start=tomorrow", "start=ge2026", "end=2026-02-30",
     "_since=x", "_count=0", "_count=x", "_page=AAAA",
        "_page=a&_page=b", "_summary=x", "start=2026&start=2025"],
)  # fmt: skip
async def test_what_is_not_understood_is_refused(client, filed, query):
    answer = await client.get(f"{everything(filed)}?{query}")
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"


async def test_an_institution_takes_what_is_permitted_and_learns_of_nothing_else(
    world, filed, outsider, owner_url
):
    url = everything(filed)
    nothing = await outsider.get(url)
    assert (nothing.status_code, nothing.json()["total"]) == (200, 0)
    assert "entry" not in nothing.json()
    assert (await logged(owner_url, filed.resident_id))[-1] == ("record.disclose", "refused")
    await give(world, filed.resident_id, outsider.institution, RecordCategory.CONDITIONS)
    for _ in ("after a process learnt of the consent", "with the consent known"):
        answer = await outsider.get(url)
        (one,) = answer.json()["entry"]
        assert one["resource"]["code"]["text"] == "高血压", "the depression is closed"
        assert answer.json()["total"] == 1
    remembered.standing.pop(filed.resident_id)
    assert (await outsider.get(url)).json()["total"] == 1
    for named in ("a", "x" * 64):
        absent = await outsider.get(f"/fhir/Patient/{named}/$everything")
        told = absent.json() | {"link": None}
        assert (absent.status_code, told) == (200, nothing.json() | {"link": None})


async def test_a_token_takes_no_more_than_its_types(world, hospital_system, filed):
    async with systems.calling(world, hospital_system, "system/Condition.r") as caller:
        answer = await caller.get(everything(filed))
        assert {e["resource"]["resourceType"] for e in answer.json()["entry"]} == {"Condition"}
        refused = await caller.get(everything(filed) + "?_type=Observation")
        assert refused.status_code == 403
    async with systems.calling(world, hospital_system, "system/Organization.r") as caller:
        assert (await caller.get(everything(filed))).status_code == 403


async def changed(world):
    """One glucose of the record has three versions."""
    for value in (5.0, 6.0):
        sent = visits.bundle(visits.patient(), visits.glucose("2026-02-01", value), key="again")
        done = await collection.file_bundle(
            world.pool, world.keys, bundle=sent, source=world.source
        )
    return done.entries[1]


@pytest.mark.usefixtures("filed")
async def test_the_versions_of_an_entry_are_told_latest_first(world, client):
    entry = await changed(world)
    answer = await client.get(f"/fhir/Observation/{entry.fhir_id}/_history")
    body = answer.json()
    assert (body["type"], body["total"]) == ("history", 2)
    later, first = body["entry"]
    assert later["request"] == {"method": "PUT", "url": f"Observation/{entry.fhir_id}"}
    assert first["request"] == {"method": "POST", "url": "Observation"}
    assert [e["resource"]["valueQuantity"]["value"] for e in (later, first)] == [6.0, 5.0]
    assert [e["response"]["etag"] for e in (later, first)] == ['W/"2"', 'W/"1"']
    assert first["response"]["status"] == "201 Created"
    assert first["response"]["lastModified"] == first["resource"]["meta"]["lastUpdated"]


async def test_a_history_of_a_type_is_that_of_one_resident(world, client, filed):
    await changed(world)
    patient = filed.entries[0].fhir_id
    url = f"/fhir/Observation/_history?patient=Patient/{patient}"
    answer = await client.get(url)
    observations = sum(entry.type == "Observation" for entry in filed.entries)
    assert answer.json()["total"] == observations + 2
    whole = await client.get(f"/fhir/_history?patient={patient}")
    assert whole.json()["total"] == len(filed.entries) + 2
    found, totals = await walked(client, f"{url}&_count=3")
    assert sorted(found) == sorted(ids(answer))
    assert totals == {answer.json()["total"]}
    for unnamed in ("/fhir/Observation/_history", "/fhir/_history", f"{url}&patient=a",
                    f"{url}&code=x", f"{url}&_since=x", f"{url}&_at=le2026"):  # fmt: skip
        assert (await client.get(unnamed)).status_code == 400
    assert (await client.get(f"/fhir/Basic/_history?patient={patient}")).status_code == 404
    assert (await client.get("/fhir/_history?patient=a")).json()["total"] == 0


@pytest.mark.usefixtures("filed")
async def test_a_history_may_begin_later_or_be_that_of_a_moment(world, client):
    entry = await changed(world)
    url = f"/fhir/Observation/{entry.fhir_id}/_history"
    later, first = (e["response"]["lastModified"] for e in (await client.get(url)).json()["entry"])

    async def versions(**query):
        answer = await client.get(url, params=query)
        return [e["response"]["etag"][3] for e in answer.json().get("entry", ())]

    assert await versions(_since=later) == ["2"]
    assert await versions(_since="2100-01-01") == []
    assert await versions(_at="2100") == ["2"]
    assert "2" in await versions(_at=later)
    assert await versions(_at="2001") == []
    assert "1" in await versions(_at=first)
    assert await versions(_count="1") == ["2"]
    assert await versions(_summary="count") == []


async def test_a_history_shows_what_an_entry_shows(world, client, filed, outsider, owner_url):
    entry = await changed(world)
    url = f"/fhir/Observation/{entry.fhir_id}/_history"
    patient = filed.entries[0].fhir_id
    missing = await outsider.get(url)
    absent = await outsider.get("/fhir/Observation/a/_history")
    of_another_type = await client.get(f"/fhir/Condition/{entry.fhir_id}/_history")
    assert missing.status_code == 404
    assert missing.content == absent.content == of_another_type.content
    assert (await logged(owner_url, filed.resident_id))[-2][1] == "refused"
    await give(world, filed.resident_id, outsider.institution, RecordCategory.CONDITIONS)
    answer = await outsider.get(f"/fhir/_history?patient={patient}")
    (one,) = answer.json()["entry"]
    assert one["resource"]["code"]["text"] == "高血压"


@pytest.mark.usefixtures("filed")
async def test_a_history_in_parts_says_so(world, client):
    entry = await changed(world)
    answer = await client.get(
        f"/fhir/Observation/{entry.fhir_id}/_history?_elements=status&_pretty=true"
    )
    assert b'\n  "type": "history"' in answer.content
    for one in answer.json()["entry"]:
        assert "valueQuantity" not in one["resource"]
        assert one["resource"]["meta"]["tag"][0]["code"] == "SUBSETTED"


async def test_a_history_needs_its_scopes(world, hospital_system, filed):
    patient = filed.entries[0].fhir_id
    async with systems.calling(world, hospital_system, "system/Observation.r") as caller:
        refused = [
            await caller.get(f"/fhir/Condition/{patient}/_history"),
            await caller.get(f"/fhir/Observation/_history?patient={patient}"),
            await caller.get(f"/fhir/_history?patient={patient}"),
        ]
    assert [answer.status_code for answer in refused] == [403, 403, 403]


async def test_a_deletion_is_told_to_whoever_may_see_what_was_deleted(
    world, hospital_system, filed, outsider
):
    entry = next(each for each in filed.entries if each.type == "Condition")
    url = f"/fhir/Condition/{entry.fhir_id}"
    await give(world, filed.resident_id, outsider.institution, RecordCategory.LABORATORY)
    async with systems.calling(world, hospital_system, "system/*.cruds") as caller:
        assert (await caller.delete(url)).status_code in {200, 204}
        gone = await caller.get(url)
        never = await caller.get("/fhir/Condition/a")
        assert (gone.status_code, gone.content) == (404, never.content)
        assert (await caller.get(f"{url}/_history/1")).status_code == 200
        told = (await caller.get(f"{url}/_history")).json()
        deleted, first = told["entry"]
        assert deleted["request"] == {"method": "DELETE", "url": f"Condition/{entry.fhir_id}"}
        assert deleted["response"]["status"] == "204 No Content"
        assert "resource" not in deleted
        assert first["resource"]["code"]["text"] == "高血压"
        assert entry.fhir_id not in ids(await caller.get(everything(filed)))
        of_all = await caller.get(f"/fhir/_history?patient={filed.entries[0].fhir_id}")
        assert of_all.json()["total"] == len(filed.entries) + 1
    assert (await outsider.get(f"{url}/_history")).status_code == 404
    await give(world, filed.resident_id, outsider.institution, RecordCategory.CONDITIONS)
    assert (await outsider.get(f"{url}/_history")).json()["total"] == 2


@pytest.mark.parametrize(
    "posted",
    [
        {"resourceType": "Patient"},
        {"resourceType": "Parameters", "parameter": {}},
        {"resourceType": "Parameters", "parameter": [{"name": "start"}]},
        {"resourceType": "Parameters", "parameter": ["start"]},
        {"resourceType": "Parameters", "parameter": [{"valueDate": "2026"}]},
        {"resourceType": "Parameters", "parameter": [{"name": "start", "valueBoolean": True}]},
        {"resourceType": "Parameters", "parameter": [{"name": "x", "valueString": "y"}]},
    ],
)
async def test_what_is_posted_has_to_be_parameters(client, filed, posted):
    answer = await client.post(
        everything(filed), json=posted, headers={"Content-Type": "application/fhir+json"}
    )
    assert answer.status_code in {400, 422}


async def test_everything_may_be_asked_for_in_parts(client, filed):
    answer = await client.get(everything(filed) + "?_elements=status")
    assert len(ids(answer)) == len(filed.entries)
    for each in answer.json()["entry"]:
        assert each["resource"]["meta"]["tag"][-1]["code"] == "SUBSETTED"
        assert "note" not in each["resource"]
    counted = await client.get(everything(filed) + "?_summary=count")
    assert (counted.json()["total"], "entry" in counted.json()) == (len(filed.entries), False)


def test_what_was_read_is_never_in_its_repr():
    version = Version("Patient", "id", 1, datetime.now(UTC), "李试".encode())
    assert repr(version) == "Version(Patient, version=1)"


async def test_a_page_fits_no_other_question(world, client, filed):
    url = everything(filed)
    page = link(await client.get(f"{url}?_count=4"), "next").partition("_page=")[2]
    assert (await client.get(f"{url}?_count=4&_page={page}")).status_code == 200
    other = visits.bundle(visits.patient(4), visits.glucose("2026-01-01"), key="other")
    theirs = await collection.file_bundle(world.pool, world.keys, bundle=other, source=world.source)
    patient = filed.entries[0].fhir_id
    for wrong in (
        f"{url}?_count=5&_page={page}",
        f"{everything(theirs)}?_count=4&_page={page}",
        f"/fhir/_history?patient={patient}&_count=4&_page={page}",
    ):
        assert (await client.get(wrong)).status_code == 400

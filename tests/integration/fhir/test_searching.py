"""Searching over HTTP: one resident, what is permitted, page by page, and nothing else."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

import systems
import visits
from openhealthcode import collection, registry
from openhealthcode.registry import InstitutionEntry, InstitutionKind


@pytest.fixture
async def patient_id(world):
    values = [visits.glucose(f"2026-01-{day:02d}", float(day)) for day in range(1, 26)]
    undated = visits.glucose("2026-01-01", 99.0)
    del undated["effectiveDateTime"]
    sent = visits.bundle(visits.patient(), *values, undated, visits.LIFE[1])
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    return filed.entries[0].fhir_id


def values(answer):
    return [e["resource"]["valueQuantity"]["value"] for e in answer.json().get("entry", ())]


def link(answer, relation):
    return next((e["url"] for e in answer.json()["link"] if e["relation"] == relation), None)


async def test_the_newest_come_first_and_the_total_is_told(client, patient_id):
    answer = await client.get(f"/fhir/Observation?patient={patient_id}&_sort=-date&_count=20")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/fhir+json"
    body = answer.json()
    assert (body["resourceType"], body["type"], body["total"]) == ("Bundle", "searchset", 26)
    assert values(answer) == [float(day) for day in range(25, 5, -1)]
    first = body["entry"][0]
    assert first["search"] == {"mode": "match"}
    assert first["fullUrl"] == f"http://test/fhir/Observation/{first['resource']['id']}"


async def test_pages_follow_each_other_without_gap_or_repetition(client, patient_id):
    for sort, first in (("-date", 25.0), ("date", 99.0), ("_lastUpdated", None)):
        url = f"/fhir/Observation?patient={patient_id}&_count=7&_sort={sort}"
        seen = []
        pages = 0
        while url:
            answer = await client.get(url)
            seen += values(answer)
            url = link(answer, "next")
            pages += 1
        assert pages == 4
        assert len(seen) == len(set(seen)) == 26
        assert first is None or seen[0] == first


async def test_a_page_that_is_just_full_is_the_last(client, patient_id):
    for count, has_more in ((25, True), (26, False)):
        answer = await client.get(f"/fhir/Observation?patient={patient_id}&_count={count}")
        assert len(values(answer)) == count
        assert (link(answer, "next") is not None) is has_more


async def test_a_page_belongs_to_its_question(client, patient_id):
    answer = await client.get(f"/fhir/Observation?patient={patient_id}&_count=7")
    following = link(answer, "next")
    assert patient_id in following
    page = dict(parse_qsl(urlsplit(following).query))["_page"]
    for wrong in (
        following.replace("_count=7", "_count=8"),
        following.replace("/Observation", "/Condition"),
        following + "&category=laboratory",
        following.replace(page, page[:-2] + ("AA" if page[-2:] != "AA" else "BB")),
        following.replace(page, "AAAA"),
        following.replace(page, "%C3%A4"),
        following.replace(page, "x" * 500),
        following + f"&_page={page}",
    ):
        refused = await client.get(wrong)
        assert refused.status_code == 400
        assert refused.json()["issue"][0]["details"]["coding"][0]["code"] == "search-not-understood"


async def test_conditions_narrow_what_is_found(client, patient_id):
    async def found(query):
        return values(await client.get(f"/fhir/Observation?patient={patient_id}&{query}"))

    assert await found("date=ge2026-01-24") == [25.0, 24.0]
    assert await found("date=2026-01-05") == [5.0]
    assert await found("date=gt2026-01-03&date=lt2026-01-06") == [5.0, 4.0]
    assert len(await found("category=laboratory&_count=100")) == 26
    assert len(await found("code=http://loinc.org|2345-7&_count=100")) == 26
    assert await found("code=http://loinc.org|2339-0") == []
    assert await found("category=vital-signs") == []
    assert len(await found("status=final&_count=100")) == 26
    assert await found("_lastUpdated=lt2020") == []
    assert len(await found("_lastUpdated=ge2020&_count=100")) == 26


async def test_a_page_without_entries_has_no_entry_element(client, patient_id):
    answer = await client.get(f"/fhir/Procedure?patient={patient_id}")
    assert answer.json()["total"] == 0
    assert "entry" not in answer.json()
    assert link(answer, "next") is None


async def test_search_by_post_finds_the_same(client, patient_id):
    got = await client.get(f"/fhir/Observation?patient={patient_id}&date=ge2026-01-24")
    posted = await client.post(
        "/fhir/Observation/_search", data={"patient": patient_id, "date": "ge2026-01-24"}
    )
    assert posted.json() == got.json()
    wrong = await client.post("/fhir/Observation/_search", json={"patient": patient_id})
    assert wrong.status_code == 415


async def test_entries_are_found_by_their_ids(client, patient_id):
    some = (await client.get(f"/fhir/Observation?patient={patient_id}&_count=2")).json()["entry"]
    ids = ",".join(e["resource"]["id"] for e in some)
    answer = await client.get(f"/fhir/Observation?patient={patient_id}&_id={ids},x.y")
    assert answer.json()["total"] == 2
    answer = await client.get(f"/fhir/Patient?_id={patient_id}")
    assert answer.json()["entry"][0]["resource"]["id"] == patient_id


async def test_what_another_institution_filed_is_neither_shown_nor_counted(world, patient_id):
    clinic = await registry.register_institution(
        world.pool, InstitutionEntry("test|clinic", InstitutionKind.CLINIC, "诊所")
    )
    system = await systems.connect(world, clinic, "clinic")
    async with systems.calling(world, system) as caller:
        answer = await caller.get(f"/fhir/Observation?patient={patient_id}")
        assert answer.status_code == 200
        assert answer.json()["total"] == 0
        absent = await caller.get(f"/fhir/Immunization?patient={patient_id}")
    assert answer.content.replace(b"Observation", b"Immunization") == absent.content


async def test_somebody_who_does_not_exist_has_no_entries(client):
    """As somebody of whom the caller may see nothing: a 404 would tell the two apart."""
    for unknown in ("x", "A" * 64):
        answer = await client.get(f"/fhir/Observation?patient={unknown}")
        assert (answer.status_code, answer.json()["total"]) == (200, 0)


@pytest.mark.parametrize(
    "query",
    ["", "code=2345-7", "patient={p}&code:contains=a", "patient={p}&_count=-1", "patient={p}&date=13",
     "patient={p}&_include=Observation", "patient={p}&_summary=some", "patient={p}&_sort=a,b,c,d"],
)  # fmt: skip
async def test_what_is_not_understood_is_refused_and_nothing_shown(client, patient_id, query):
    answer = await client.get(f"/fhir/Observation?{query.format(p=patient_id)}")
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"


async def test_a_parameter_that_is_not_known_is_left_out_and_said_to_be(client, patient_id):
    """Source: FHIR R4 3.1.1.3, 3.1.1.7: the self link says which parameters were followed."""
    answer = await client.get(
        f"/fhir/Observation?x=1&patient={patient_id}&date=2026-01-05&subject.y=2&_sort=z"
    )
    body = answer.json()
    assert (answer.status_code, body["total"]) == (200, 1)
    match, outcome = body["entry"]
    assert (match["search"]["mode"], outcome["search"]["mode"]) == ("match", "outcome")
    texts = [issue["diagnostics"] for issue in outcome["resource"]["issue"]]
    assert [text.split()[3] for text in texts] == ["1", "4", "5"]
    assert urlsplit(link(answer, "self")).query == f"patient={patient_id}&date=2026-01-05"
    strict = await client.get(
        f"/fhir/Observation?x=1&patient={patient_id}", headers={"Prefer": "handling=strict"}
    )
    assert strict.status_code == 400
    lenient = await client.get(
        f"/fhir/Observation?x=1&patient={patient_id}",
        headers={"Prefer": "return=minimal, handling=lenient"},
    )
    assert lenient.status_code == 200


async def test_parameters_that_contradict_each_other_find_nothing(client, patient_id):
    query = f"/fhir/Observation?patient={patient_id}&subject=Patient/somebody-else"
    answer = await client.get(query)
    body = answer.json()
    assert (answer.status_code, body["total"], len(body["entry"])) == (200, 0, 1)
    assert body["entry"][0]["search"] == {"mode": "outcome"}
    strict = await client.get(query, headers={"Prefer": "handling=strict"})
    assert strict.status_code == 400
    apart = await client.get(
        f"/fhir/Observation?patient={patient_id}&date=lt2026-01-05&date=gt2027"
    )
    assert apart.json()["total"] == 0


async def test_a_count_tells_how_many_and_shows_none(client, patient_id):
    for query in ("_summary=count", "_count=0"):
        answer = await client.get(f"/fhir/Observation?patient={patient_id}&{query}")
        assert answer.json()["total"] == 26
        assert "entry" not in answer.json()
        assert link(answer, "next") is None
    answer = await client.get(f"/fhir/Observation?patient={patient_id}&_total=none&_count=1")
    assert "total" not in answer.json()
    assert len(answer.json()["entry"]) == 1


async def test_a_part_of_each_entry_is_asked_for(client, patient_id):
    answer = await client.get(
        f"/fhir/Observation?patient={patient_id}&date=2026-01-05&_elements=valueQuantity"
    )
    (entry,) = answer.json()["entry"]
    assert "effectiveDateTime" not in entry["resource"]
    assert entry["resource"]["valueQuantity"]["value"] == 5.0
    assert entry["resource"]["meta"]["tag"][-1]["code"] == "SUBSETTED"
    assert "_elements=valueQuantity" in link(answer, "self")


async def test_the_address_of_a_resident_searches_in_that_record(client, patient_id):
    here = await client.get(f"/fhir/Patient/{patient_id}/Observation?date=ge2026-01-24")
    assert values(here) == [25.0, 24.0]
    posted = await client.post(
        f"/fhir/Patient/{patient_id}/Observation/_search", data={"date": "ge2026-01-24"}
    )
    assert values(posted) == [25.0, 24.0]
    who = await client.get(f"/fhir/Patient/{patient_id}/Patient")
    assert who.json()["total"] == 1
    nobody = await client.get(f"/fhir/Patient/{'A' * 64}/Observation")
    assert (nobody.status_code, nobody.json()["total"]) == (200, 0)
    assert (await client.get(f"/fhir/Patient/{patient_id}/Group")).status_code == 404
    wrong = await client.post(f"/fhir/Patient/{patient_id}/Observation/_search", json={})
    assert wrong.status_code == 415


@pytest.mark.parametrize("sort", ["-date", "value-quantity", "_lastUpdated"])
async def test_pages_are_of_the_record_as_it_was_when_the_first_was_asked_for(
    world, client, patient_id, sort
):
    answer = await client.get(f"/fhir/Observation?patient={patient_id}&_count=10&_sort={sort}")
    added = [visits.glucose("2026-01-10", 10.5), visits.glucose("2026-01-31", 0.5)]
    sent = visits.bundle(visits.patient(), *added, key="later")
    await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    seen, total = values(answer), answer.json()["total"]
    while following := link(answer, "next"):
        answer = await client.get(following)
        assert answer.json()["total"] == total
        seen += values(answer)
    assert len(seen) == len(set(seen)) == total
    back = await client.get(link(answer, "previous"))
    assert values(back) == seen[10:20]
    again = await client.get(link(back, "previous"))
    assert values(again) == seen[:10]
    assert link(again, "previous") is None
    assert (await client.get(link(back, "first"))).json()["total"] == total + 2


@pytest.mark.parametrize("sort", ["-date", "value-quantity"])
async def test_a_page_follows_where_the_one_before_ended_though_that_is_deleted(
    client, hospital_system, world, patient_id, sort
):
    url = f"/fhir/Observation?patient={patient_id}&_count=10&_sort={sort}"
    whole = values(await client.get(url.replace("_count=10", "_count=50")))
    first = await client.get(url)
    last = first.json()["entry"][-1]["resource"]["id"]
    async with systems.calling(world, hospital_system, "system/*.cruds") as writing:
        assert (await writing.delete(f"/fhir/Observation/{last}")).status_code == 204
    following = await client.get(link(first, "next"))
    assert following.json()["total"] == 25
    assert values(following) == whole[10:20]

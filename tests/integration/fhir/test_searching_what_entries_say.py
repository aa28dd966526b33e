"""Searching by what stands in entries, and by what they refer to: every kind of parameter, over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

import systems
import visits
from openhealthcode import access, collection, consent, registry
from openhealthcode.access import finding
from openhealthcode.registry import InstitutionEntry, InstitutionKind
from openhealthcode.standards import RecordCategory
from openhealthcode.standards.ids import EntryId

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def quantity(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def component(code: str, value: float) -> dict[str, Any]:
    return {
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "valueQuantity": quantity(value, "mm[Hg]"),
    }


VISIT = {
    "resourceType": "Encounter",
    "status": "finished",
    "class": {"system": ACT, "code": "AMB"},
    "type": [{"text": "复诊"}],
    "period": {"start": "2026-01-30T08:00:00+08:00", "end": "2026-02-02T17:00:00+08:00"},
}
PRESSURE = {
    "resourceType": "Observation",
    "status": "final",
    "identifier": [
        {
            "type": {"coding": [{"system": "urn:kinds", "code": "FILL"}]},
            "system": "urn:lab",
            "value": "p-1",
        }
    ],
    "code": {"coding": [{"system": LOINC, "code": "85354-9", "display": "Blood pressure"}]},
    "effectiveDateTime": "2026-02-01T09:30:00+08:00",
    "component": [component("8480-6", 142), component("8462-4", 88)],
    "encounter": {"reference": "urn:uuid:p-0"},
    "note": [{"text": "静坐五分钟"}],
}
GLUCOSE = {
    "resourceType": "Observation",
    "status": "amended",
    "category": [{"coding": [{"system": visits.LABORATORY, "code": "laboratory"}]}],
    "code": {"coding": [{"system": LOINC, "code": "2345-7"}], "text": "Glücose im Blut"},
    "effectivePeriod": {"start": "2026-02", "end": "2026-03"},
    "valueQuantity": quantity(6.10, "mmol/L"),
    "encounter": {"reference": "urn:uuid:p-0"},
    "meta": {"tag": [{"system": "urn:tags", "code": "night"}]},
}
WORDS = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "叙述"},
    "effectiveDateTime": "2025",
    "valueString": "未见异常",
    "device": {"reference": "https://elsewhere.example/fhir/Device/d"},
}
REPORT = {
    "resourceType": "DiagnosticReport",
    "status": "final",
    "code": {"text": "血压报告"},
    "effectiveDateTime": "2026-02-01",
    "issued": "2026-02-01T12:00:00+08:00",
    "result": [{"reference": "urn:uuid:p-1"}],
    "encounter": {"reference": "urn:uuid:p-0"},
}


@pytest.fixture
async def ids(world):
    words = {**WORDS, "performer": [{"reference": f"Practitioner/{world.wang}"}]}
    sent = visits.bundle(visits.patient(), VISIT, PRESSURE, GLUCOSE, words, REPORT)
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    names = ("patient", "visit", "pressure", "glucose", "words", "report")
    return {name: entry.fhir_id for name, entry in zip(names, filed.entries, strict=True)}


async def found(client, ids, type_, query, mode="match"):
    """The names of what a search finds, in order."""
    names = {fhir_id: name for name, fhir_id in ids.items()}
    for name, fhir_id in ids.items():
        query = query.replace("{" + name + "}", fhir_id)
    answer = await client.get(
        f"/fhir/{type_}?patient={ids['patient']}&{query}", headers={"Prefer": "handling=strict"}
    )
    assert answer.status_code == 200, answer.text
    entries = answer.json().get("entry", ())
    return [names[e["resource"]["id"]] for e in entries if e["search"]["mode"] == mode]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("code=2345-7", "glucose"),
        (f"code:not={LOINC}|2345-7", "pressure words"),
        ("code:text=glucose", "glucose"),
        ("code:text=blood", "pressure"),
        ("code:missing=true", ""),
        ("value-string:missing=false", "words"),
        ("status=http://hl7.org/fhir/observation-status|amended", "glucose"),
        ("status=http://example.org|amended", ""),
        ("status=|amended", ""),
        ("status:in=http://hl7.org/fhir/ValueSet/observation-status", "glucose pressure words"),
        ("status:not-in=http://hl7.org/fhir/ValueSet/observation-status", ""),
        (f"value-quantity=gt0.006|{UCUM}|mol/L", "glucose"),
        (f"component-value-quantity=gt18|{UCUM}|kPa", "pressure"),
        ("identifier=urn:lab|p-1", "pressure"),
        ("identifier=p-1", "pressure"),
        ("identifier:of-type=urn:kinds|FILL|p-1", "pressure"),
        ("identifier:of-type=urn:kinds|PRN|p-1", ""),
        ("_tag=urn:tags|night", "glucose"),
        ("value-string=未见", "words"),
        ("value-string:contains=异常", "words"),
        ("value-string:exact=未见", ""),
        ("value-string=glucose", ""),
        ("value-quantity=6.1", "glucose"),
        ("value-quantity=6", "glucose"),
        ("value-quantity=6.2", ""),
        (f"value-quantity=gt6|{UCUM}|mmol/L", "glucose"),
        ("value-quantity=gt6||mmol/L", "glucose"),
        (f"value-quantity=gt6|{UCUM}|mg/dL", ""),
        ("value-quantity=ap6.5", "glucose"),
        ("value-quantity=lt6.1", ""),
        ("combo-value-quantity=gt100", "pressure"),
        ("component-code-value-quantity=8480-6$gt140", "pressure"),
        ("component-code-value-quantity=8462-4$gt140", ""),
        ("component-code-value-quantity=8462-4$gt140,8480-6$142", "pressure"),
        ("code-value-quantity=2345-7$lt7", "glucose"),
        ("combo-code=8462-4", "pressure"),
        ("date=2026-02-01", "pressure"),
        ("date=2026-02-01T09:30", "pressure"),
        ("date=2026-02-01T01:30Z", "pressure"),
        ("date=2026-02", "pressure"),
        ("date=2026", "glucose pressure"),
        ("date=ge2026-03-15", "glucose"),
        ("date=sa2026-01", "glucose pressure"),
        ("date=eb2026", "words"),
        ("date=lt2026-02-01", "words"),
        ("date=ne2026", "words"),
        ("date=ap2024", "words"),
        ("encounter={visit}", "glucose pressure"),
        ("encounter=Encounter/{visit}", "glucose pressure"),
        ("encounter:Encounter={visit}", "glucose pressure"),
        ("encounter=http://test/fhir/Encounter/{visit}", "glucose pressure"),
        ("encounter:missing=true", "words"),
        ("encounter=Encounter/{pressure}", ""),
        ("encounter.class=AMB", "glucose pressure"),
        ("encounter:Encounter.type:text=复诊", "glucose pressure"),
        ("encounter.status=planned", ""),
        ("encounter._id={visit}", "glucose pressure"),
        ("performer.name=王", ""),
        ("device.status=active", ""),
        ("subject.birthdate=1959", "glucose pressure words"),
        ("patient.name=李", "glucose pressure words"),
        ("subject:Patient.gender=unknown", ""),
        ("_has:DiagnosticReport:result:status=final", "pressure"),
        ("_has:DiagnosticReport:result:encounter.class=AMB", "pressure"),
        ("_has:DiagnosticReport:result:status=partial", ""),
        ("_lastUpdated=ap2000", ""),
        ("_lastUpdated:missing=false", "glucose pressure words"),
    ],
)
async def test_observations_are_found_by(client, ids, query, expected):
    sorted_by = await found(client, ids, "Observation", f"{query}&_sort=-date")
    assert sorted(sorted_by) == expected.split()


@pytest.mark.parametrize(
    ("type_", "query", "expected"),
    [
        ("Encounter", "date=2026-02-01", ""),
        ("Encounter", "date=ge2026-02-01", "visit"),
        ("Encounter", "date=lt2026-02-01", "visit"),
        ("Encounter", "_has:Observation:encounter:code=2345-7", "visit"),
        (
            "Encounter",
            "_has:Observation:encounter:_has:DiagnosticReport:result:status=final",
            "visit",
        ),
        ("Encounter", "_has:Observation:encounter:code=1", ""),
        ("DiagnosticReport", "result.component-code=8480-6", "report"),
        ("DiagnosticReport", "result.encounter.class=IMP", ""),
        ("DiagnosticReport", "result.encounter.class=AMB", "report"),
        ("DiagnosticReport", "issued=2026-02-01", "report"),
    ],
)
async def test_other_entries_are_found_by(client, ids, type_, query, expected):
    assert await found(client, ids, type_, query) == expected.split()


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("status,-date", "glucose pressure words"),
        ("-status,-date", "pressure words glucose"),
        ("value-quantity,date", "glucose words pressure"),
        ("-value-quantity,-date", "glucose pressure words"),
        ("code,date", "glucose pressure words"),
        ("-value-string,-status,_id", "words pressure glucose"),
        ("encounter,-date", "pressure glucose words"),
    ],
)
async def test_what_is_found_is_sorted_by_several_parameters(client, ids, sort, expected):
    """What has no value comes last either way round."""
    assert await found(client, ids, "Observation", f"_sort={sort}") == expected.split()


@pytest.mark.parametrize(
    ("type_", "query", "expected"),
    [
        ("Observation", "code=2345-7&_include=Observation:encounter", "visit"),
        ("Observation", "code=2345-7&_include=Observation:encounter:EpisodeOfCare", ""),
        ("Observation", "code=2345-7&_include=Observation:subject", "patient"),
        ("Observation", "code=2345-7&_include=*", "patient visit"),
        ("Observation", "code=2345-7&_include=Observation:device", ""),
        ("Encounter", "_revinclude=Observation:encounter", "glucose pressure"),
        ("DiagnosticReport", "_include=DiagnosticReport:result", "pressure"),
        (
            "DiagnosticReport",
            "_include=DiagnosticReport:result&_include=Observation:encounter",
            "pressure",
        ),
        (
            "DiagnosticReport",
            "_include=DiagnosticReport:result&_include:iterate=Observation:encounter",
            "pressure visit",
        ),
        (
            "Observation",
            "code=85354-9&_revinclude=DiagnosticReport:result&_include:recurse=DiagnosticReport:subject",
            "patient report",
        ),
    ],
)
async def test_what_belongs_to_it_is_brought_along(client, ids, type_, query, expected):
    assert sorted(await found(client, ids, type_, query, "include")) == expected.split()


async def test_what_is_brought_along_is_not_counted_and_is_in_the_log(world, client, ids):
    answer = await client.get(
        f"/fhir/Encounter?patient={ids['patient']}&_revinclude=Observation:encounter"
    )
    assert answer.json()["total"] == 1
    assert len(answer.json()["entry"]) == 3
    resident, _ = world.keys.open_id(ids["patient"])
    line = (await access.own_log(world.pool, world.keys, resident))[0]
    shown = {world.keys.seal_id(resident, EntryId(UUID(bytes=i[0]))) for i in line.detail["items"]}
    assert shown == {ids["visit"], ids["pressure"], ids["glucose"]}


async def test_institutions_and_practitioners_are_brought_from_the_register(world, client):
    by = [
        {"reference": f"Practitioner/{world.wang}"},
        {"reference": f"Organization/{world.hospital}"},
        {"display": "已离职"},
    ]
    sent = visits.bundle(visits.patient(), {**WORDS, "performer": by})
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    where = f"/fhir/Observation?patient={filed.entries[0].fhir_id}"
    for include, types in (
        ("Observation:performer", {"Practitioner", "Organization"}),
        ("Observation:performer:Organization", {"Organization"}),
        ("Observation:encounter", set()),
    ):
        answer = await client.get(f"{where}&_include={include}&_elements=name")
        included = [e for e in answer.json()["entry"] if e["search"]["mode"] == "include"]
        assert {each["resource"]["resourceType"] for each in included} == types
        assert answer.json()["total"] == 1
    system = await systems.connect(world, world.hospital, "narrow")
    async with systems.calling(world, system, "system/Observation.rs") as caller:
        narrow = await caller.get(f"{where}&_include=Observation:performer")
    assert len(narrow.json()["entry"]) == 1


async def test_a_count_is_in_the_log_as_an_answer_that_showed_no_entry(world, client, ids):
    resident, _ = world.keys.open_id(ids["patient"])
    for query, outcome in (("code=2345-7", "done"), ("code=1", "refused")):
        await client.get(f"/fhir/Observation?patient={ids['patient']}&{query}&_summary=count")
        line = (await access.own_log(world.pool, world.keys, resident))[0]
        assert (line.outcome, line.detail["items"]) == (outcome, [])


async def test_the_residents_own_entry_is_found_by_what_refers_to_it(client, ids):
    for query, total in (
        ("_has:Observation:patient:code=2345-7", 1),
        ("_has:Observation:patient:code=1", 0),
        ("gender=female,male", 1),
        ("deceased=false", 1),
        ("deceased=true", 0),
        ("name:contains=试", 1),
    ):
        answer = await client.get(f"/fhir/Patient?_id={ids['patient']}&{query}")
        assert answer.json()["total"] == total, query


async def test_a_token_for_one_type_reaches_no_other_by_chains_or_includes(world, ids):
    system = await systems.connect(world, world.hospital)
    async with systems.calling(world, system, "system/Observation.rs") as caller:
        plain = await caller.get(
            f"/fhir/Observation?patient={ids['patient']}&_include=Observation:encounter"
        )
        chained = await caller.get(
            f"/fhir/Observation?patient={ids['patient']}&encounter.class=AMB"
        )
    assert {e["resource"]["resourceType"] for e in plain.json()["entry"]} == {"Observation"}
    assert chained.json()["total"] == 0


async def test_what_is_withheld_leads_nowhere(world, ids):
    """By chain, ``_has`` and include as by search: withheld and absent look the same."""
    clinic = await registry.register_institution(
        world.pool, InstitutionEntry("test|clinic", InstitutionKind.CLINIC, "诊所")
    )
    resident, _ = world.keys.open_id(ids["patient"])
    terms = consent.Terms(
        kind=consent.ConsentKind.STANDING,
        institution_id=clinic,
        categories=frozenset({RecordCategory.LABORATORY}),
        manner=consent.Manner.KEEP,
        days=30,
    )
    await consent.give(world.pool, world.keys, resident, terms, visits.TOLD)
    system = await systems.connect(world, clinic, "clinic")
    async with systems.calling(world, system) as caller:
        for query, total in (
            ("", 1),
            ("encounter:missing=false", 1),
            ("encounter=Encounter/{visit}", 1),
            ("encounter.class=AMB", 0),
            ("encounter.class:not=AMB", 0),
            ("patient.gender=male,female", 0),
            ("_has:DiagnosticReport:encounter:status=final", 0),
            ("_include=Observation:encounter", 1),
            ("_revinclude=DiagnosticReport:result", 1),
        ):
            asked = f"patient={ids['patient']}&{query}".replace("{visit}", ids["visit"])
            answer = await caller.get(f"/fhir/Observation?{asked}")
            assert answer.json()["total"] == total, query
            assert len(answer.json().get("entry", ())) == total, query


async def test_a_search_that_would_open_or_bring_too_much_is_refused(client, ids, monkeypatch):
    """The bounds are of what may be shown: a refusal tells nothing of what is withheld."""
    wide = f"/fhir/Encounter?patient={ids['patient']}&_revinclude=Observation:encounter"
    monkeypatch.setattr(finding, "MOST_INCLUDED", 2)
    assert (await client.get(wide)).status_code == 200
    monkeypatch.setattr(finding, "MOST_INCLUDED", 1)
    refused = await client.get(wide)
    assert (refused.status_code, refused.json()["issue"][0]["code"]) == (400, "too-costly")
    monkeypatch.setattr(finding, "MOST_INCLUDED", 2)
    monkeypatch.setattr(finding, "MOST_OPENED", 4)
    assert (await client.get(wide)).status_code == 200
    monkeypatch.setattr(finding, "MOST_OPENED", 3)
    assert (await client.get(wide)).status_code == 400
    plain = await client.get(f"/fhir/Observation?patient={ids['patient']}")
    assert plain.json()["total"] == 3

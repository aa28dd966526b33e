"""Whatever refers to something closed is closed with it, whichever of the two was filed first."""

from __future__ import annotations

from pathlib import Path

import pytest

import visits
from openhealthcode import audit, collection, registry
from openhealthcode.database import Pool, transaction
from openhealthcode.registry import InstitutionEntry, InstitutionKind
from openhealthcode.standards import RecordCategory
from openhealthcode.trust import Keys
from visits import World, glucose

VISIT_SYSTEM = "urn:oid:2.16.156.10011.1.11"
ICD_10 = "http://hl7.org/fhir/sid/icd-10"


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


def visit(number: str = "V1", department: str = "内科", **more):
    return {
        "resourceType": "Encounter",
        "identifier": [{"system": VISIT_SYSTEM, "value": number}],
        "status": "finished",
        "class": {"code": "AMB"},
        "serviceType": {"text": department},
        "period": {"start": "2026-02-01"},
        **more,
    }


def during(visit_number: str, day: str = "2026-02-01"):
    """A glucose value that names its visit by the visit's number."""
    identifier = {"system": VISIT_SYSTEM, "value": visit_number}
    return glucose(day) | {"encounter": {"identifier": identifier}}


def referring(resource, url: str, element: str = "encounter"):
    return resource | {element: {"reference": url}}


def bundle(*named, key: str = "p"):
    """A Bundle whose entries are named by the test: pairs of fullUrl and resource."""
    sent = visits.bundle(visits.patient(), *(resource for _, resource in named), key=key)
    for entry, (url, resource) in zip(sent["entry"][1:], named, strict=True):
        entry["fullUrl"] = url
        if resource["resourceType"] == "Organization":
            entry["resource"] = resource
    return sent


async def file(world: World, sent):
    return await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)


async def seen(world: World, resident) -> list[str]:
    """What a doctor with every ordinary permission sees, by type, the patient left out."""
    await world.allow(resident)
    shown = await world.look(resident)
    return sorted(e.type for e in shown.entries if e.category is not RecordCategory.DEMOGRAPHICS)


async def test_a_result_of_a_closed_visit_is_closed_with_it(world):
    filed = await file(
        world,
        bundle(
            ("urn:uuid:v", visit(department="精神科")),
            ("urn:uuid:g", referring(glucose("2026-02-01"), "urn:uuid:v")),
            ("urn:uuid:o", glucose("2026-02-02")),
        ),
    )
    assert await seen(world, filed.resident_id) == ["Observation"]


async def test_a_chain_of_references_is_followed_to_its_end(world):
    depression = visits.condition("F32.1", "中度抑郁发作", "2018-06-01")
    report = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {"text": "血糖"},
        "result": [{"reference": "urn:uuid:g"}],
    }
    diagnosed = visit(diagnosis=[{"condition": {"reference": "urn:uuid:c"}}])
    filed = await file(
        world,
        bundle(
            ("urn:uuid:r", report),
            ("urn:uuid:g", referring(glucose("2026-02-01"), "urn:uuid:v")),
            ("urn:uuid:v", diagnosed),
            ("urn:uuid:c", depression),
            ("urn:uuid:a", visits.allergy("青霉素")),
        ),
    )
    assert await seen(world, filed.resident_id) == ["AllergyIntolerance"]


async def test_what_something_closed_refers_to_stays_open(world):
    depression = visits.condition("F32.1", "中度抑郁发作", "2018-06-01")
    filed = await file(
        world,
        bundle(("urn:uuid:v", visit()), ("urn:uuid:c", referring(depression, "urn:uuid:v"))),
    )
    assert await seen(world, filed.resident_id) == ["Encounter"]


async def test_a_later_report_on_something_closed_leaves_its_visit_open(world):
    """The visit and the closed result were filed before; the report refers to both."""
    virus = glucose("2026-02-01") | {
        "code": {"coding": [{"system": "http://loinc.org", "code": "75622-1"}], "text": "HIV"}
    }
    at, result = "https://his.example/Encounter/1", "https://his.example/Observation/2"
    first = await file(
        world,
        bundle(
            (at, visit()),
            (result, referring(virus, at)),
            ("urn:uuid:g", referring(glucose("2026-02-01"), at)),
        ),
    )
    report = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {"text": "检验报告"},
        "encounter": {"reference": at},
        "result": [{"reference": result}],
    }
    await file(world, bundle(("urn:uuid:r", report), key="later"))
    assert await seen(world, first.resident_id) == ["Encounter", "Observation"]


async def test_an_entry_filed_before_its_visit_is_closed_when_the_visit_arrives(world):
    first = await file(world, bundle(("urn:uuid:g", during("V1"))))
    assert await seen(world, first.resident_id) == ["Observation"]
    await file(world, bundle(("urn:uuid:v", visit("V1", "精神科")), key="later"))
    assert await seen(world, first.resident_id) == []


async def test_an_entry_filed_after_its_closed_visit_is_closed_too(world):
    first = await file(world, bundle(("urn:uuid:v", visit("V1", "精神科"))))
    await file(world, bundle(("urn:uuid:g", during("V1")), key="later"))
    await file(world, bundle(("urn:uuid:h", during("V2")), key="another"))
    assert await seen(world, first.resident_id) == ["Observation"]


async def test_the_address_by_which_a_sender_names_a_visit_links_across_deliveries(world):
    url = "https://his.example/Encounter/1"
    later = "https://his.example/Observation/2"
    first = await file(world, bundle((later, referring(glucose("2026-02-01"), url))))
    await file(world, bundle((url, visit("V9", "精神科")), key="later"))
    assert await seen(world, first.resident_id) == []


async def test_what_was_filed_before_passes_it_on(world):
    """report → result → visit, filed in that order, one by one."""
    result = "https://his.example/Observation/2"
    report = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {"text": "血糖"},
        "result": [{"reference": result}],
    }
    first = await file(world, bundle(("https://his.example/DiagnosticReport/3", report)))
    await file(world, bundle((result, during("V1")), key="second"))
    assert await seen(world, first.resident_id) == ["DiagnosticReport", "Observation"]
    await file(world, bundle(("urn:uuid:v", visit("V1", "精神科")), key="third"))
    assert await seen(world, first.resident_id) == []


async def test_a_visit_that_turns_out_closed_closes_its_earlier_versions_and_its_results(world):
    def told(department):
        return bundle(
            ("urn:uuid:v", visit(department=department)),
            ("urn:uuid:g", referring(glucose("2026-02-01"), "urn:uuid:v")),
        )

    first = await file(world, told("内科"))
    second = await file(world, told("精神科"))
    assert [entry.done for entry in second.entries[1:]] == ["updated", "unchanged"]
    assert await seen(world, first.resident_id) == []
    labels = await labels_of(world, first.resident_id)
    assert {label for (type_, _), label in labels.items() if type_ != "Patient"} == {
        frozenset({"mental-health"})
    }
    await file(world, told("内科"))  # taken back: what was closed stays closed
    assert await seen(world, first.resident_id) == []


async def labels_of(world, resident):
    keys = world.keys.of(resident)
    async with transaction(world.pool, resident=resident) as connection:
        rows = await connection.fetch(
            "SELECT type, version, sensitivity_token FROM record.entry WHERE resident_id = $1",
            resident,
        )
    return {
        (row["type"], row["version"]): keys.labels.sensitivity(row["sensitivity_token"])
        for row in rows
    }


async def test_the_name_of_the_institution_that_files_closes_what_it_files(world):
    hospital = await registry.register_institution(
        world.pool, InstitutionEntry("t|8", InstitutionKind.SECONDARY_HOSPITAL, "市精神卫生中心")
    )
    agent = audit.Agent(audit.AgentKind.SYSTEM, hospital, hospital)
    filed = await collection.file_bundle(
        world.pool,
        world.keys,
        bundle=bundle(("urn:uuid:g", glucose("2026-02-01"))),
        source=collection.Source(agent, hospital),
    )
    assert await seen(world, filed.resident_id) == []


async def test_the_name_of_an_institution_that_is_referred_to_closes_the_referral(world):
    clinic = {
        "resourceType": "Organization",
        "identifier": [{"system": "urn:x", "value": "8"}],
        "name": "市精神卫生中心",
    }
    referral = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": {"text": "转诊"},
        "performer": [{"reference": "urn:uuid:k"}],
    }
    filed = await file(
        world,
        bundle(
            ("urn:uuid:k", clinic),
            ("urn:uuid:s", referral),
            ("urn:uuid:g", glucose("2026-02-01")),
        ),
    )
    assert await seen(world, filed.resident_id) == ["Observation"]

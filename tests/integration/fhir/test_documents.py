"""A summary and a document over HTTP: put together from what may be seen, and logged as that."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

import systems
import visits
from openhealthcode import collection, consent, registry
from openhealthcode.access import Document
from openhealthcode.audit import reading as log
from openhealthcode.database import transaction
from openhealthcode.fhir import documents
from openhealthcode.registry import InstitutionEntry, InstitutionKind
from openhealthcode.standards import RecordCategory

PROFILE = "http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips"


@pytest.fixture
async def filed(world):
    composition = {
        "resourceType": "Composition",
        "status": "final",
        "type": {"text": "出院小结"},
        "date": "2026-02-02",
        "author": [
            {"reference": f"Practitioner/{world.wang}"},
            {"display": "已离职"},
        ],
        "title": "出院小结",
        "custodian": {"reference": f"Organization/{world.hospital}"},
        "section": [
            {
                "title": "结果",
                "entry": [{"reference": "urn:uuid:p-3"}, {"reference": "urn:uuid:p-0"}],
                "text": {
                    "status": "generated",
                    "div": '<div xmlns="http://www.w3.org/1999/xhtml">血糖</div>',
                },
            }
        ],
    }
    sent = visits.bundle(visits.patient(), *visits.LIFE, composition)
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


async def allow(world, filed, caller, *categories):
    terms = consent.Terms(
        kind=consent.ConsentKind.STANDING,
        institution_id=caller.institution,
        categories=frozenset(categories),
        manner=consent.Manner.KEEP,
        days=30,
    )
    await consent.give(world.pool, world.keys, filed.resident_id, terms, visits.TOLD)


async def last_event(world, resident):
    async with transaction(world.pool, resident=resident) as connection:
        (line,) = await log.lines(connection, world.keys, resident, before=None, limit=1)
    return line


def resources(answer):
    assert answer.status_code == 200, answer.text
    return [entry["resource"] for entry in answer.json()["entry"]]


def named(filed, type_):
    return next(entry for entry in filed.entries if entry.type == type_)


async def test_a_summary_names_its_profile_and_its_sections(client, filed):
    answer = await client.get(f"/fhir/Patient/{filed.entries[0].fhir_id}/$summary")
    body = answer.json()
    assert body["meta"]["profile"] == [PROFILE]
    assert body["type"] == "document"
    composition, patient, *rest = resources(answer)
    assert composition["type"]["coding"] == [{"system": "http://loinc.org", "code": "60591-5"}]
    titles = [section["title"] for section in composition["section"]]
    assert titles[:3] == ["Allergies and intolerances", "Problems", "Medication"]
    assert patient["id"] == filed.entries[0].fhir_id
    assert {"青霉素", "高血压"} <= {one["code"].get("text") for one in rest if "code" in one}
    chinese = await client.get(
        f"/fhir/Patient/{filed.entries[0].fhir_id}/$summary", headers={"Accept-Language": "zh"}
    )
    assert resources(chinese)[0]["title"] == "国际患者摘要"


async def test_the_log_names_what_is_in_the_summary_and_nothing_else(world, client, filed):
    answer = await client.get(f"/fhir/Patient/{filed.entries[0].fhir_id}/$summary")
    told = {one["id"] for one in resources(answer) if "id" in one}
    line = await last_event(world, filed.resident_id)
    items = {bytes(item[0]) for item in line.detail["items"]}
    assert items == {one.entry_id.bytes for one in filed.entries if one.fhir_id in told}
    older = [one for one in filed.entries if one.type == "Observation"]
    assert len({one.entry_id.bytes for one in older} & items) == 1, "the latest alone is told"


async def test_a_summary_is_made_from_what_is_permitted(world, filed, outsider):
    url = f"/fhir/Patient/{filed.entries[0].fhir_id}/$summary"
    refused = await outsider.get(url)
    absent = await outsider.get("/fhir/Patient/a/$summary")
    assert (refused.status_code, refused.content) == (404, absent.content)
    await allow(world, filed, outsider, RecordCategory.ALLERGIES)
    assert (await outsider.get(url)).status_code == 404, "not even who they are"
    await allow(world, filed, outsider, RecordCategory.DEMOGRAPHICS, RecordCategory.CONDITIONS)
    text = (await outsider.get(url)).text
    assert "高血压" in text
    assert "抑郁" not in text
    assert "血糖" not in text


async def test_a_document_brings_what_it_refers_to(world, client, filed):
    composition = named(filed, "Composition")
    answer = await client.get(f"/fhir/Composition/{composition.fhir_id}/$document")
    body = answer.json()
    assert (body["type"], body["identifier"]["system"]) == ("document", "urn:ietf:rfc:3986")
    found = [(one["resourceType"], one["id"]) for one in resources(answer)]
    assert found[0] == ("Composition", composition.fhir_id)
    assert set(found[1:]) == {
        ("Patient", filed.entries[0].fhir_id),
        ("Observation", filed.entries[4].fhir_id),
        ("AllergyIntolerance", filed.entries[1].fhir_id),
        ("Practitioner", str(world.wang)),
        ("Organization", str(world.hospital)),
    }
    line = await last_event(world, filed.resident_id)
    assert len(line.detail["items"]) == 4
    for entry in body["entry"]:
        assert entry["fullUrl"].endswith(entry["resource"]["id"])


async def test_whom_the_register_does_not_know_is_left_out_of_a_document(world, client):
    keys, pool = world.keys, world.pool
    resident = await world.resident(serial=4)
    text = Document((b'{"resourceType":"Composition","id":"c"}',), datetime.now(UTC), ())
    assert "Composition" not in repr(text)
    known = [f"Practitioner/{world.wang}", f"Practitioner/{uuid4()}", "PractitionerRole/x"]
    found = [await documents._registered(pool, one) for one in known]
    assert [bool(one) for one in found] == [True, False, False]
    assert (
        await client.get(f"/fhir/Composition/{keys.seal_id(resident, resident)}/$document")
    ).status_code == 404


async def test_a_document_leaves_out_what_is_not_permitted_as_if_it_were_not_there(
    world, client, filed, outsider
):
    composition = named(filed, "Composition")
    url = f"/fhir/Composition/{composition.fhir_id}/$document"
    refused = await outsider.get(url)
    other = await client.get(f"/fhir/Composition/{filed.entries[0].fhir_id}/$document")
    assert refused.status_code == 404
    assert (
        refused.content
        == other.content
        == (await outsider.get("/fhir/Composition/a/$document")).content
    )
    await allow(world, filed, outsider, RecordCategory.DOCUMENTS, RecordCategory.ALLERGIES)
    types = {one["resourceType"] for one in resources(await outsider.get(url))}
    assert types == {"Composition", "AllergyIntolerance", "Practitioner", "Organization"}


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        ("$document?persist=true", 400),
        ("$document?_elements=title", 400),
        ("$document?x=1", 400),
        ("$document?persist=false", 200),
    ],
)
async def test_nothing_is_kept_of_a_document(client, filed, operation, status):
    url = f"/fhir/Composition/{named(filed, 'Composition').fhir_id}/{operation}"
    assert (await client.get(url)).status_code == status


@pytest.mark.parametrize(
    ("query", "status"), [(f"profile={PROFILE}", 200), ("profile=http://x", 400), ("x=1", 400)]
)
async def test_a_summary_has_one_profile(client, filed, query, status):
    url = f"/fhir/Patient/{filed.entries[0].fhir_id}/$summary?{query}"
    assert (await client.get(url)).status_code == status


async def test_both_need_their_scopes(world, hospital_system, filed):
    async with systems.calling(world, hospital_system, "system/Patient.r") as caller:
        for url in (
            f"/fhir/Patient/{filed.entries[0].fhir_id}/$summary",
            f"/fhir/Composition/{named(filed, 'Composition').fhir_id}/$document",
        ):
            assert (await caller.get(url)).status_code == 403

"""The International Patient Summary: a complete FHIR document, whatever the record holds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import visits
from openhealthcode.record import describe
from openhealthcode.record.check import check
from openhealthcode.record.patient_summary import SummaryHead, patient_summary
from openhealthcode.standards import RecordCategory

URL = "https://ohc.test/fhir"
HEAD = SummaryHead(
    document_id=UUID("6f0c5a52-0000-4000-8000-000000000001"),
    made_at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
    today=date(2026, 3, 4),
    language="zh-CN",
    fhir_url=URL,
)
PATIENT = {**visits.patient(2), "id": "p1"}
ALLERGIES, PROBLEMS, MEDICATION = "48765-2", "11450-4", "10160-0"


def entry(resource, place):
    who = "patient" if resource["resourceType"] in visits.BY_PATIENT else "subject"
    whole = {**resource, "id": f"e{place}", who: {"reference": "Patient/p1"}}
    return describe(whole).category, whole


def summary(*resources, head=HEAD):
    told = [entry(one, place) for place, one in enumerate(resources)]
    return patient_summary(PATIENT, [(RecordCategory.DEMOGRAPHICS, PATIENT), *told], head)


def sections(document):
    composition = document["entry"][0]["resource"]
    return {one["code"]["coding"][0]["code"]: one for one in composition["section"]}


def named(document, section):
    by_url = {one["fullUrl"]: one["resource"] for one in document["entry"]}
    return [by_url[one["reference"]] for one in sections(document)[section]["entry"]]


def dispense(**more):
    return {
        "resourceType": "MedicationDispense",
        "status": "completed",
        "medicationCodeableConcept": {"text": "二甲双胍"},
        "whenHandedOver": "2026-02-20",
        "daysSupply": {"value": 30, "unit": "d"},
        **more,
    }


def vaccine(day):
    return {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": {"text": "流感疫苗"},
        "occurrenceDateTime": day,
    }


def test_the_document_is_of_the_form_fhir_asks_of_documents():
    """Source: FHIR R4, bdl-9 to bdl-12; Composition's required elements."""
    document = summary(*visits.LIFE)
    assert (document["type"], document["resourceType"]) == ("document", "Bundle")
    assert document["identifier"]["value"] == f"urn:uuid:{HEAD.document_id}"
    assert document["timestamp"] == "2026-03-04T05:06:07.000+00:00"
    composition = document["entry"][0]["resource"]
    assert composition["resourceType"] == "Composition"
    for needed in ("status", "type", "subject", "date", "author", "title"):
        assert composition[needed]
    assert composition["type"]["coding"] == [{"system": "http://loinc.org", "code": "60591-5"}]


def test_every_reference_of_the_composition_leads_to_an_entry():
    document = summary(*visits.LIFE, dispense())
    urls = [one["fullUrl"] for one in document["entry"]]
    assert len(urls) == len(set(urls))
    composition = document["entry"][0]["resource"]
    named = [composition["subject"], *composition["author"]]
    named += [one for section in composition["section"] for one in section["entry"]]
    assert {one["reference"] for one in named} <= set(urls)


def test_each_entry_is_a_resource_this_service_would_take():
    document = summary(*visits.LIFE, dispense(), vaccine("2025-10-01"))
    for one in document["entry"]:
        resource = one["resource"]
        if resource["resourceType"] != "Composition":
            check({key: value for key, value in resource.items() if key != "id"}, "here")


def test_what_decides_is_in_its_section():
    document = summary(*visits.LIFE)
    assert [one["code"]["text"] for one in named(document, ALLERGIES)] == ["青霉素"]
    assert {one["code"]["text"] for one in named(document, PROBLEMS)} == {"高血压", "中度抑郁发作"}
    (latest,) = named(document, "30954-2")
    assert latest["effectiveDateTime"] == "2026-02-01"


@pytest.mark.parametrize(
    ("section", "kind", "code"),
    [
        (ALLERGIES, "AllergyIntolerance", "no-allergy-info"),
        (PROBLEMS, "Condition", "no-problem-info"),
        (MEDICATION, "MedicationStatement", "no-medication-info"),
    ],
)
def test_a_required_section_without_entries_says_that_nothing_is_known(section, kind, code):
    """Source: IPS 1.1, absent-unknown-uv-ips."""
    document = summary()
    (said,) = named(document, section)
    concept = said.get("code") or said["medicationCodeableConcept"]
    assert (said["resourceType"], concept["coding"][0]["code"]) == (kind, code)
    assert "没有这方面的信息" in sections(document)[section]["text"]["div"]


def test_sections_that_may_be_missing_are():
    assert set(sections(summary())) == {ALLERGIES, PROBLEMS, MEDICATION}


def test_somebody_who_said_that_there_is_no_allergy_is_believed():
    none = {**visits.allergy("无已知过敏"), "recordedDate": "2025-01-02"}
    (said,) = named(summary(none), ALLERGIES)
    assert said["code"]["coding"][0]["code"] == "no-known-allergies"


def test_a_dispensing_becomes_the_statement_it_makes():
    """Source: IPS 1.1, Medication Summary section: MedicationStatement or MedicationRequest."""
    (said,) = named(summary(dispense()), MEDICATION)
    assert said["resourceType"] == "MedicationStatement"
    assert said["effectiveDateTime"] == "2026-02-20"
    assert said["derivedFrom"] == [{"reference": f"{URL}/MedicationDispense/e0"}]


def test_every_dose_is_told_not_only_the_last():
    document = summary(vaccine("2024-10-01"), vaccine("2025-10-01"))
    assert len(named(document, "11369-6")) == 2


def test_the_narrative_speaks_the_language_asked_for():
    english = SummaryHead(
        document_id=HEAD.document_id, made_at=HEAD.made_at, today=HEAD.today,
        language="en", fhir_url=URL,
    )  # fmt: skip
    document = summary(*visits.LIFE, head=english)
    assert sections(document)[ALLERGIES]["title"] == "Allergies and intolerances"
    assert document["entry"][0]["resource"]["title"] == "International Patient Summary"


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_what_people_wrote_is_text_in_the_narrative_and_never_markup(words):
    text = sections(summary(visits.allergy(f"<b>x</b>{words}")))[ALLERGIES]["text"]["div"]
    tree = ET.fromstring(text)
    assert {one.tag.split("}")[1] for one in tree.iter()} == {"div", "ul", "li"}

"""What the store learns about an entry: day, category, what it betrays, and its search keys."""

from datetime import date

import pytest

from openhealthcode.record import KINDS, describe
from openhealthcode.record.language import NOT_LANGUAGE
from openhealthcode.record.structure import STRUCTURES
from openhealthcode.standards import RecordCategory, SensitiveCategory

LOINC = "http://loinc.org"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def observation(**elements):
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": "2339-0", "display": "Glucose"}]},
        **elements,
    }


def concept(system, code, **more):
    return {"coding": [{"system": system, "code": code, **more}]}


def test_every_code_is_found_with_its_system_without_it_and_by_the_system_alone():
    found = describe(observation(category=[concept(OBSERVATION_CATEGORY, "laboratory")]))
    assert found.tokens == (
        "code||2339-0",
        f"code|{LOINC}|2339-0",
        f"code|{LOINC}|",
        "category||laboratory",
        f"category|{OBSERVATION_CATEGORY}|laboratory",
        f"category|{OBSERVATION_CATEGORY}|",
        "status||final",
    )


def test_a_code_without_system_is_told_from_one_whose_system_is_not_asked_for():
    assert "code|-|K" in describe(observation(code={"coding": [{"code": "K"}]})).tokens


@pytest.mark.parametrize(
    ("elements", "day"),
    [
        ({"effectiveDateTime": "2012-10-19T23:37:54+00:00"}, date(2012, 10, 19)),
        ({"effectiveDateTime": "2012-10"}, date(2012, 10, 1)),
        ({"effectiveDateTime": "2012"}, date(2012, 1, 1)),
        ({"effectivePeriod": {"start": "2020-02-29", "end": "2020-03-01"}}, date(2020, 2, 29)),
        ({"issued": "2021-01-01T00:00:00Z"}, date(2021, 1, 1)),
        (
            {"effectivePeriod": {"end": "2020-03-01"}, "issued": "2021-01-01T00:00:00Z"},
            date(2021, 1, 1),
        ),
        ({}, None),
    ],
)
def test_the_clinical_day_is_the_one_the_author_wrote(elements, day):
    assert describe(observation(**elements)).day == day


@pytest.mark.parametrize(
    ("resource", "category"),
    [
        (observation(category=[concept(OBSERVATION_CATEGORY, "laboratory")]), "laboratory"),
        (observation(category=[concept(OBSERVATION_CATEGORY, "imaging")]), "imaging"),
        (observation(category=[concept(OBSERVATION_CATEGORY, "survey")]), "social-history"),
        (observation(code=concept(LOINC, "8302-2")), "vital-signs"),
        (observation(code=concept(LOINC, "72166-2")), "social-history"),
        (observation(valueQuantity={"value": 1}), "laboratory"),
        (observation(valueString="?"), "documents"),
        ({"resourceType": "DiagnosticReport", "category": [concept("x", "CT")]}, "imaging"),
        ({"resourceType": "DiagnosticReport", "category": [concept("x", "LAB")]}, "laboratory"),
        ({"resourceType": "DiagnosticReport", "category": [concept("x", "?")]}, "documents"),
        ({"resourceType": "ServiceRequest", "category": [concept("x", "363679005")]}, "imaging"),
        ({"resourceType": "ServiceRequest"}, "procedures"),
        ({"resourceType": "Claim"}, "claims"),
    ],
)
def test_an_entry_has_one_category_by_type_and_codes(resource, category):
    assert describe(resource).category is RecordCategory(category)


def test_what_cannot_be_told_apart_is_never_administrative():
    administrative = {
        name for name, kind in KINDS.items() if kind.category is RecordCategory.ADMINISTRATIVE
    }
    assert administrative == {
        "Practitioner", "PractitionerRole", "Organization", "Location",
        "Questionnaire", "Consent", "Provenance",
    }  # fmt: skip


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Condition", "code": concept("urn:oid:2.16.156.10011.2.3.3.14", "BNG010")},
        {"resourceType": "Procedure", "code": {"text": "针刺治疗"}},
        {
            "resourceType": "MedicationRequest",
            "medicationReference": {"reference": "#m"},
            "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": "中药饮片"}}],
        },
    ],
)
def test_traditional_medicine_is_a_category_of_its_own(resource):
    assert describe(resource).category is RecordCategory.TRADITIONAL_MEDICINE


def test_a_hospital_of_traditional_medicine_also_writes_other_entries():
    prescribed = {
        "resourceType": "MedicationRequest",
        "medicationCodeableConcept": concept("http://www.whocc.no/atc", "C08CA01"),
        "requester": {"display": "市中医医院"},
    }
    assert describe(prescribed).category is RecordCategory.MEDICATION


def test_what_betrays_is_found_however_deep_it_stands():
    claim = {
        "resourceType": "Claim",
        "item": [
            {
                "extension": [
                    {"valueCodeableConcept": concept("http://hl7.org/fhir/sid/icd-10", "B20")}
                ]
            }
        ],
    }
    assert describe(claim).sensitive == {SensitiveCategory.HIV_AND_STI}


DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'


@pytest.mark.parametrize(
    "elements",
    [
        {"text": {"status": "generated", "div": DIV.format("复诊：抑郁发作")}},
        {"text": {"status": "generated", "div": DIV.format("复诊：抑<b>郁</b>发作")}},
        {"text": {"status": "generated", "div": DIV.format("复诊：&#25233;&#x90C1;发作")}},
        {"note": [{"text": "depressive episode"}]},
        {"extension": [{"url": "https://example.org/x", "valueMarkdown": "诉*失眠症*"}]},
        {"valueString": "Beck: major depression"},
        {"contained": [{"resourceType": "Device", "id": "d", "statusReason": [{"text": "自杀"}]}]},
    ],
)
def test_a_narrative_that_betrays_closes_the_whole_entry(elements):
    assert describe(observation(**elements)).sensitive == {SensitiveCategory.MENTAL_HEALTH}


def test_words_are_read_in_every_element_that_holds_language():
    """Of every structure of FHIR, so that an element added to the check is read from its first day."""
    for structure in STRUCTURES.values():
        for name, rule in structure.rules.items():
            is_text = rule.type in {"string", "markdown", "xhtml"} and rule.codes is None
            if is_text and rule.test is not None and rule.test("抑郁 发作"):
                resource = observation(
                    extension=[{name: ["抑郁 发作"] if rule.is_list else "抑郁 发作"}]
                )
                is_read = SensitiveCategory.MENTAL_HEALTH in describe(resource).sensitive
                assert is_read is (name not in NOT_LANGUAGE), name


def test_a_persons_name_betrays_nothing():
    person = {"resourceType": "Patient", "name": [{"text": "Dr. Rape 男科"}]}
    assert describe(person).sensitive == frozenset()

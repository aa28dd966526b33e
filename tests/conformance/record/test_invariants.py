"""Every invariant of FHIR R4 that is held: an example that breaks it, and what mends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from openhealthcode.record import InvalidResource, check, national, shapes
from openhealthcode.record.check import MOST_FAULTS, Issue, faults
from openhealthcode.record.invariants import INVARIANTS
from openhealthcode.record.presence import COMPANIONS
from openhealthcode.record.structure import STRUCTURES
from openhealthcode.standards.national_id import check_character

HL7 = "http://terminology.hl7.org/CodeSystem"
UCUM = "http://unitsofmeasure.org"
X = {"text": "x"}
PATIENT = {"reference": "Patient/a"}


def coded(system, code):
    return {"coding": [{"system": f"{HL7}/{system}", "code": code}]}


ACTIVE = coded("allergyintolerance-clinical", "active")
ALLERGY = {"resourceType": "AllergyIntolerance", "patient": PATIENT}
CONDITION = {"resourceType": "Condition", "subject": PATIENT}
OBSERVATION = {"resourceType": "Observation", "status": "final", "code": X}
APPOINTMENT = {
    "resourceType": "Appointment",
    "status": "proposed",
    "participant": [{"type": [X], "status": "accepted"}],
}
TASK = {"resourceType": "Task", "status": "draft", "intent": "plan"}
CONSENT = {"resourceType": "Consent", "status": "active", "scope": X, "category": [X]}
FAMILY = {
    "resourceType": "FamilyMemberHistory",
    "status": "completed",
    "patient": PATIENT,
    "relationship": X,
}
QUESTIONNAIRE = {"resourceType": "Questionnaire", "status": "active"}
COMPOSITION = {
    "resourceType": "Composition",
    "status": "final",
    "type": X,
    "date": "2026",
    "author": [PATIENT],
    "title": "x",
}
REQUEST = {"resourceType": "MedicationRequest", "status": "active", "intent": "order",
           "medicationCodeableConcept": X, "subject": PATIENT}  # fmt: skip
DISPENSE = {"resourceType": "MedicationDispense", "status": "completed",
            "medicationCodeableConcept": X}  # fmt: skip
GIVEN = {"resourceType": "MedicationAdministration", "status": "completed", "subject": PATIENT,
         "medicationCodeableConcept": X, "effectiveDateTime": "2026"}  # fmt: skip
PLAN = {"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": PATIENT}
SHOT = {"resourceType": "Immunization", "status": "completed", "vaccineCode": X,
        "patient": PATIENT, "occurrenceDateTime": "2026"}  # fmt: skip
DUE = {"resourceType": "ImmunizationRecommendation", "patient": PATIENT, "date": "2026"}
GOAL = {"resourceType": "Goal", "lifecycleStatus": "active", "description": X, "subject": PATIENT}
ORDER = {"resourceType": "ServiceRequest", "status": "active", "intent": "order",
         "subject": PATIENT}  # fmt: skip


def told_of(resource):
    """What is told of it; the door and the glance agree with that."""
    found = faults(resource)
    is_faulty = not all(each.is_warning for each in found)
    assert not (is_faulty and shapes.holds(resource))
    if is_faulty:
        with pytest.raises(InvalidResource):
            check(resource)
    else:
        check(resource)
    return found


def value(type_, **held):
    """An extension that holds a value of any datatype."""
    return {**OBSERVATION, "extension": [{"url": "urn:x", f"value{type_}": held}]}


def timed(**repeat):
    return {**REQUEST, "dosageInstruction": [{"timing": {"repeat": repeat}}]}


def item(**more):
    return {**QUESTIONNAIRE, "item": [{"linkId": "1", "type": "string", **more}]}


def display(**more):
    return item(type="display", **more)


def contained(**more):
    inner = {"resourceType": "Device", "id": "d", **more.pop("inner", {})}
    return {**OBSERVATION, "contained": [inner], "device": {"reference": "#d"}, **more}


def with_address(use):
    return {"resourceType": "Organization", "name": "x", "address": [{"use": use, "text": "x"}]}


def with_telecom(use):
    contact = {"system": "phone", "value": "1", "use": use}
    return {"resourceType": "Organization", "name": "x", "telecom": [contact]}


def answered(**inner):
    return {"resourceType": "QuestionnaireResponse", "status": "completed",
            "item": [{"linkId": "1", **inner}]}  # fmt: skip


def group(*, actual):
    member = {"resourceType": "Group", "id": "g", "type": "person", "actual": actual,
              "member": [{"entity": PATIENT}]}  # fmt: skip
    return {**OBSERVATION, "contained": [member], "focus": [{"reference": "#g"}]}


def conditions(count, **more):
    when = {"question": "q", "operator": "exists", "answerBoolean": True}
    return item(enableWhen=[when] * count, **more)


BROKEN_AND_MENDED = [
    ("age-1", value("Age", value=5), value("Age", value=5, code="a", system=UCUM)),
    ("age-1", value("Age", value=0, code="a", system=UCUM), value("Age", value=1, code="a", system=UCUM)),
    ("age-1", value("Age", value=5, code="a", system="urn:x"), value("Age", value=5, code="a", system=UCUM)),
    ("att-1", value("Attachment", data="AAAA"), value("Attachment", data="AAAA", contentType="text/plain")),
    ("cnt-3", value("Count", value=1.5, code="1", system=UCUM), value("Count", value=2, code="1", system=UCUM)),
    ("cnt-3", value("Count", value=2, code="1", system="urn:x"), value("Count", value=2.0, code="1", system=UCUM)),
    ("cpt-2", value("ContactPoint", value="1"), value("ContactPoint", value="1", system="phone")),
    ("dis-1", value("Distance", value=1), value("Distance", value=1, code="m", system=UCUM)),
    ("dis-1", value("Distance", value=1, code="m", system="urn:x"), value("Distance", value=1, code="m", system=UCUM)),
    ("drt-1", value("Duration", code="d", system=UCUM), value("Duration", value=1, code="d", system=UCUM)),
    ("drt-1", value("Duration", value=1, code="d", system="urn:x"), value("Duration", value=1, code="d", system=UCUM)),
    ("drq-1", value("DataRequirement", type="Patient", codeFilter=[{"path": "a", "searchParam": "b"}]),
     value("DataRequirement", type="Patient", codeFilter=[{"path": "a"}])),
    ("drq-2", value("DataRequirement", type="Patient", dateFilter=[{"valueDateTime": "2026"}]),
     value("DataRequirement", type="Patient", dateFilter=[{"path": "a"}])),
    ("ele-1", {**OBSERVATION, "method": {"id": "x"}}, {**OBSERVATION, "method": {"id": "x", "text": "x"}}),
    ("exp-1", value("Expression", language="text/cql"), value("Expression", language="text/cql", expression="x")),
    ("ext-1", {**OBSERVATION, "extension": [{"url": "urn:x"}]}, {**OBSERVATION, "extension": [{"url": "urn:x", "valueCode": "x"}]}),
    ("ext-1", {**OBSERVATION, "extension": [{"url": "urn:x", "valueCode": "x", "extension": [{"url": "u", "valueCode": "x"}]}]},
     {**OBSERVATION, "extension": [{"url": "urn:x", "extension": [{"url": "u", "valueCode": "x"}]}]}),
    ("per-1", value("Period", start="2026-02", end="2026-01"), value("Period", start="2026-02", end="2026-02-01")),
    ("per-1", value("Period", start="2026-02-01T10:00:00+08:00", end="2026-02-01T01:59:59Z"),
     value("Period", start="2026-02-01T10:00:00+08:00", end="2026-02-01T02:00:60.5Z")),
    ("qty-3", value("Quantity", code="g"), value("Quantity", code="g", system=UCUM)),
    ("rat-1", value("Ratio", numerator={"value": 1}), value("Ratio", numerator={"value": 1}, denominator={"value": 2})),
    ("rng-2", value("Range", low={"value": 2}, high={"value": 1}), value("Range", low={"value": 2, "unit": "a"}, high={"value": 1, "unit": "b"})),
    ("rng-2", value("Range", low={"value": 2, "code": "g", "system": UCUM}, high={"value": 1, "code": "g", "system": UCUM}),
     value("Range", low={"value": 1}, high={"value": 1})),
    ("ref-1", {**OBSERVATION, "device": {"reference": "#d"}}, contained()),
    ("tim-1", timed(duration=1), timed(duration=1, durationUnit="d")),
    ("tim-2", timed(period=1), timed(period=1, periodUnit="d")),
    ("tim-4", timed(duration=-1, durationUnit="d"), timed(duration=0, durationUnit="d")),
    ("tim-5", timed(period=-1, periodUnit="d"), timed(period=0, periodUnit="d")),
    ("tim-6", timed(periodMax=1), timed(periodMax=1, period=1, periodUnit="d")),
    ("tim-7", timed(durationMax=1), timed(durationMax=1, duration=1, durationUnit="d")),
    ("tim-8", timed(countMax=1), timed(countMax=1, count=1)),
    ("tim-9", timed(offset=1), timed(offset=1, when=["HS"])),
    ("tim-9", timed(offset=1, when=["C"]), timed(offset=1, when=["ACM"])),
    ("tim-10", timed(timeOfDay=["08:00:00"], when=["HS"]), timed(timeOfDay=["08:00:00"])),
    ("trd-1", value("TriggerDefinition", type="data-added", data=[{"type": "Patient"}], timingDate="2026"),
     value("TriggerDefinition", type="data-added", data=[{"type": "Patient"}])),
    ("trd-2", value("TriggerDefinition", type="periodic", timingDate="2026", condition={"language": "text/cql", "expression": "x"}),
     value("TriggerDefinition", type="periodic", timingDate="2026")),
    ("trd-3", value("TriggerDefinition", type="named-event"), value("TriggerDefinition", type="named-event", name="x")),
    ("trd-3", value("TriggerDefinition", type="periodic"), value("TriggerDefinition", type="periodic", timingDate="2026")),
    ("trd-3", value("TriggerDefinition", type="data-added"), value("TriggerDefinition", type="data-added", data=[{"type": "Patient"}])),
    ("ait-1", ALLERGY, {**ALLERGY, "clinicalStatus": ACTIVE}),
    ("ait-1", ALLERGY, {**ALLERGY, "verificationStatus": coded("allergyintolerance-verification", "entered-in-error")}),
    ("ait-2", {**ALLERGY, "clinicalStatus": ACTIVE, "verificationStatus": coded("allergyintolerance-verification", "entered-in-error")},
     {**ALLERGY, "clinicalStatus": ACTIVE, "verificationStatus": coded("allergyintolerance-verification", "confirmed")}),
    ("app-1", {**APPOINTMENT, "participant": [{"status": "accepted"}]}, APPOINTMENT),
    ("app-2", {**APPOINTMENT, "start": "2026-01-01T00:00:00Z"}, {**APPOINTMENT, "start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"}),
    ("app-3", {**APPOINTMENT, "status": "booked"}, {**APPOINTMENT, "status": "waitlist"}),
    ("app-4", {**APPOINTMENT, "cancelationReason": X}, {**APPOINTMENT, "status": "cancelled", "cancelationReason": X}),
    ("cmp-1", {**COMPOSITION, "section": [{"title": "x"}]}, {**COMPOSITION, "section": [{"entry": [PATIENT]}]}),
    ("cmp-2", {**COMPOSITION, "section": [{"entry": [PATIENT], "emptyReason": X}]}, {**COMPOSITION, "section": [{"entry": [PATIENT]}]}),
    ("con-1", {**CONDITION, "stage": [{"type": X}]}, {**CONDITION, "stage": [{"summary": X}]}),
    ("con-2", {**CONDITION, "evidence": [{"id": "x", "extension": [{"url": "u", "valueCode": "x"}]}]}, {**CONDITION, "evidence": [{"code": [X]}]}),
    ("con-3", {**CONDITION, "category": [coded("condition-category", "problem-list-item")]},
     {**CONDITION, "category": [coded("condition-category", "problem-list-item")], "clinicalStatus": coded("condition-clinical", "active")}),
    ("con-4", {**CONDITION, "abatementString": "x"}, {**CONDITION, "abatementString": "x", "clinicalStatus": coded("condition-clinical", "resolved")}),
    ("con-4", {**CONDITION, "abatementAge": {"value": 5, "code": "a", "system": UCUM}, "clinicalStatus": coded("condition-clinical", "active")}, CONDITION),
    ("con-5", {**CONDITION, "clinicalStatus": coded("condition-clinical", "active"), "verificationStatus": coded("condition-ver-status", "entered-in-error")},
     {**CONDITION, "verificationStatus": coded("condition-ver-status", "entered-in-error")}),
    ("cpl-3", {**PLAN, "activity": [{"reference": {"reference": "Task/a"}, "detail": {"status": "scheduled"}}]}, {**PLAN, "activity": [{"detail": {"status": "scheduled"}}]}),
    ("ctm-1", {"resourceType": "CareTeam", "participant": [{"member": PATIENT, "onBehalfOf": {"reference": "Organization/o"}}]},
     {"resourceType": "CareTeam", "participant": [{"member": {"reference": "Practitioner/p"}, "onBehalfOf": {"reference": "Organization/o"}}]}),
    ("dom-2", contained(inner={"contained": [{"resourceType": "Device", "id": "e"}]}), contained()),
    ("dom-3", {**OBSERVATION, "contained": [{"resourceType": "Device", "id": "d"}]}, contained()),
    ("dom-3", {**OBSERVATION, "contained": [{"resourceType": "Device", "id": "d"}]},
     {**OBSERVATION, "contained": [{"resourceType": "Specimen", "id": "s", "parent": [{"reference": "#"}]}]}),
    ("dom-4", contained(inner={"meta": {"versionId": "1"}}), contained(inner={"meta": {"tag": [{"code": "x"}]}})),
    ("dom-5", contained(inner={"meta": {"security": [{"code": "x"}]}}), contained(inner={"meta": {"tag": [{"code": "x"}]}})),
    ("fhs-1", {**FAMILY, "ageString": "x", "bornString": "x"}, {**FAMILY, "ageString": "x"}),
    ("fhs-2", {**FAMILY, "estimatedAge": True}, {**FAMILY, "estimatedAge": True, "ageString": "x"}),
    ("gol-1", {**GOAL, "target": [{"detailString": "x"}]}, {**GOAL, "target": [{"detailString": "x", "measure": X}]}),
    ("grp-1", group(actual=False), group(actual=True)),
    ("imm-1", {**SHOT, "education": [{"publicationDate": "2026"}]}, {**SHOT, "education": [{"documentType": "x"}]}),
    ("imr-1", {**DUE, "recommendation": [{"forecastStatus": X}]}, {**DUE, "recommendation": [{"forecastStatus": X, "targetDisease": X}]}),
    ("inv-1", {**TASK, "authoredOn": "2026-02", "lastModified": "2026-01"}, {**TASK, "authoredOn": "2026-02", "lastModified": "2026"}),
    ("mad-1", {**GIVEN, "dosage": {"text": "x"}}, {**GIVEN, "dosage": {"dose": {"value": 1}}}),
    ("mad-1", {**GIVEN, "dosage": {"text": "x"}}, {**GIVEN, "dosage": {"rateQuantity": {"value": 1}}}),
    ("mdd-1", {**DISPENSE, "whenPrepared": "2026-02-02", "whenHandedOver": "2026-02-01"}, {**DISPENSE, "whenPrepared": "2026-02-02", "whenHandedOver": "2026-02-02"}),
    ("nor-1", {"resourceType": "NutritionOrder", "status": "active", "intent": "order", "patient": PATIENT, "dateTime": "2026"},
     {"resourceType": "NutritionOrder", "status": "active", "intent": "order", "patient": PATIENT, "dateTime": "2026", "supplement": [{"productName": "x"}]}),
    ("obs-3", {**OBSERVATION, "referenceRange": [{"type": X}]}, {**OBSERVATION, "referenceRange": [{"text": "x"}]}),
    ("obs-6", {**OBSERVATION, "valueString": "x", "dataAbsentReason": X}, {**OBSERVATION, "dataAbsentReason": X}),
    ("obs-7", {**OBSERVATION, "code": {"coding": [{"code": "a"}]}, "valueString": "x", "component": [{"code": {"coding": [{"code": "a"}]}}]},
     {**OBSERVATION, "code": {"coding": [{"code": "a"}]}, "component": [{"code": {"coding": [{"code": "a"}]}}]}),
    ("org-1", {"resourceType": "Organization", "active": True}, {"resourceType": "Organization", "name": "x"}),
    ("org-2", with_address("home"), with_address("work")),
    ("org-3", with_telecom("home"), with_telecom("work")),
    ("pat-1", {"resourceType": "Patient", "contact": [{"gender": "male"}]}, {"resourceType": "Patient", "contact": [{"name": {"text": "x"}}]}),
    ("ppc-1", CONSENT, {**CONSENT, "policyRule": X}),
    ("prr-1", {**ORDER, "orderDetail": [X]}, {**ORDER, "orderDetail": [X], "code": X}),
    ("qrs-1", answered(item=[{"linkId": "2"}], answer=[{"valueString": "x"}]), answered(answer=[{"valueString": "x"}])),
    ("que-1", item(type="group"), item(type="group", item=[{"linkId": "2", "type": "display"}])),
    ("que-1", display(item=[{"linkId": "2", "type": "display"}]), display()),
    ("que-2", item(item=[{"linkId": "1", "type": "string"}]), item(item=[{"linkId": "2", "type": "string"}])),
    ("que-3", display(code=[{"code": "x"}]), item(code=[{"code": "x"}])),
    ("que-4", item(answerOption=[{"valueString": "x"}], answerValueSet="urn:x"), item(answerValueSet="urn:x")),
    ("que-5", item(type="boolean", answerValueSet="urn:x"), item(type="choice", answerValueSet="urn:x")),
    ("que-5", item(type="boolean", answerOption=[{"valueString": "x"}]), item(answerOption=[{"valueString": "x"}])),
    ("que-6", display(required=True), item(required=True)),
    ("que-6", display(repeats=True), item(repeats=True)),
    ("que-7", item(enableWhen=[{"question": "q", "operator": "exists", "answerString": "x"}]), conditions(1)),
    ("que-8", display(initial=[{"valueString": "x"}]), item(initial=[{"valueString": "x"}])),
    ("que-9", display(readOnly=True), item(readOnly=True)),
    ("que-10", item(type="date", maxLength=5), item(maxLength=5)),
    ("que-11", item(answerOption=[{"valueString": "x"}], initial=[{"valueString": "x"}]), item(answerOption=[{"valueString": "x"}])),
    ("que-12", conditions(3), conditions(3, enableBehavior="all")),
    ("que-13", item(initial=[{"valueString": "x"}] * 2), item(initial=[{"valueString": "x"}] * 2, repeats=True)),
]  # fmt: skip
SAID_OTHERWISE = {"dom-2", "dom-3", "dom-4", "dom-5", "ele-1", "ref-1"}
"""Those that need to know of the whole resource; txt-1 and txt-2 are types of content."""


@pytest.mark.parametrize(("key", "broken", "mended"), BROKEN_AND_MENDED)
def test_an_invariant_is_told_where_it_is_broken_and_not_where_it_is_kept(key, broken, mended):
    told = [each.rule for each in told_of(broken)]
    assert any(key in rule.rpartition("(")[2].rstrip(")").split(", ") for rule in told), told
    assert [each.rule for each in told_of(mended) if each.issue is not Issue.BUSINESS_RULE] == []


def test_every_invariant_that_is_held_is_tried():
    named = {each.key for several in COMPANIONS.values() for each in several}
    decided = {each.key for each in INVARIANTS}
    assert {key for key, *_ in BROKEN_AND_MENDED} == named | decided | SAID_OTHERWISE


def test_invariants_are_of_structures_and_elements_that_exist():
    for name, several in COMPANIONS.items():
        known = {*STRUCTURES[name].rules, *STRUCTURES[name].bases.values()}
        for each in several:
            assert {each.element, *(other.lstrip("-") for other in each.others)} <= {*known, ""}
    for invariant in INVARIANTS:
        for name in invariant.structures:
            known = {*STRUCTURES[name].rules, *STRUCTURES[name].bases.values()}
            assert invariant.needs <= known


@pytest.mark.parametrize(
    "broken",
    [
        {**OBSERVATION, "code": "2339-0"},  # complex values are objects
        {name: value for name, value in OBSERVATION.items() if name != "status"},
        {**OBSERVATION, "valueString": "x", "valueInteger": 1},
        {**OBSERVATION, "category": []},
        {**OBSERVATION, "method": {}},
        {**OBSERVATION, "effectiveDateTime": "2021-02-30"},
    ],
    ids=["not-an-object", "no-status", "two-values", "empty-list", "empty-object", "no-such-day"],
)
def test_what_a_schema_lets_through_is_refused(broken):
    """Five things that a check by the published JSON schema does not see."""
    assert len([each for each in told_of(broken) if not each.is_warning]) == 1


@pytest.mark.parametrize(
    ("broken", "location"),
    [
        ({**OBSERVATION, "subject": {"reference": "Encounter/e"}}, "Observation.subject"),
        ({**OBSERVATION, "subject": {"reference": "http://x.example/f/Encounter/e"}}, "Observation.subject"),
        ({**OBSERVATION, "subject": {"reference": "Patient/p", "type": "Group"}}, "Observation.subject.type"),
        ({**OBSERVATION, "subject": {"type": "Encounter", "display": "x"}}, "Observation.subject"),
        (contained(device={"display": "x"}, specimen={"reference": "#d"}), "Observation.specimen"),
    ],
)  # fmt: skip
def test_a_reference_leads_to_a_type_that_may_stand_there(broken, location):
    assert [each.location for each in told_of(broken)] == [location]


def test_a_reference_that_does_not_say_its_type_may_lead_anywhere():
    for text in ("urn:uuid:018f428e-34f6-4707-8009-5ad742f901e7", "https://x.example/some/thing"):
        assert told_of({**OBSERVATION, "subject": {"reference": text}}) == ()


ID_NUMBER = "urn:oid:2.16.156.10011.1.3"
KIND = "urn:openhealthcode:certificate-kind"


def person(**more):
    return {"resourceType": "Patient", **more}


def numbered(system, text, **more):
    return person(identifier=[{"system": system, "value": text}], **more)


def certified(kind, text):
    type_ = {"coding": [{"system": KIND, "code": kind}]}
    return person(identifier=[{"type": type_, "value": text}])


def of_code(system, code):
    return {**OBSERVATION, "valueCodeableConcept": {"coding": [{"system": system, "code": code}]}}


def lives_in(code):
    division = {"url": "urn:openhealthcode:division-code", "valueCode": code}
    return person(address=[{"extension": [division], "text": "x"}])


def called(number):
    return person(telecom=[{"system": "phone", "use": "mobile", "value": number}])


NOWHERE = "500999194912310" + "02"
NOWHERE += check_character(NOWHERE)
INVENTED = "880102195904180" + "02"
INVENTED += check_character(INVENTED)
_CHINA = "urn:oid:2.16.156.10011.2.3"
NATIONAL = [
    ("cn-id-number", numbered(ID_NUMBER, "110105194912310021"), numbered(ID_NUMBER, "11010519491231002X")),
    ("cn-id-division", numbered(ID_NUMBER, NOWHERE), numbered(ID_NUMBER, INVENTED)),
    ("cn-record-number", numbered("urn:oid:2.16.156.10011.1.2", "123"), numbered("urn:oid:2.16.156.10011.1.2", "88010200100100001")),
    ("cn-certificate", certified("06", "1"), certified("06", "H0123456700")),
    ("cn-number-agrees", numbered(ID_NUMBER, "11010519491231002X", birthDate="1949-12-30"), numbered(ID_NUMBER, "11010519491231002X", birthDate="1949-12")),
    ("cn-number-agrees", numbered(ID_NUMBER, "11010519491231002X", gender="male"), numbered(ID_NUMBER, "11010519491231002X", gender="unknown")),
    ("cn-sex", of_code(f"{_CHINA}.3.4", "3"), of_code(f"{_CHINA}.3.4", "9")),
    ("cn-ethnic-group", of_code(f"{_CHINA}.3.3", "57"), of_code(f"{_CHINA}.3.3", "01")),
    ("cn-marital-status", of_code(f"{_CHINA}.3.5", "77"), of_code(f"{_CHINA}.3.5", "10")),
    ("cn-employment", of_code(f"{_CHINA}.3.13", "0"), of_code(f"{_CHINA}.3.13", "11")),
    ("cn-family-relation", of_code(f"{_CHINA}.3.8", "999"), of_code(f"{_CHINA}.3.8", "51")),
    ("cn-blood-group", of_code(f"{_CHINA}.1.85", "A"), of_code(f"{_CHINA}.1.85", "1")),
    ("cn-rh-factor", of_code(f"{_CHINA}.1.250", "+"), of_code(f"{_CHINA}.1.250", "1")),
    ("cn-certificate-kind", of_code("urn:openhealthcode:cv02.01.101", "50"), of_code("urn:openhealthcode:cv02.01.101", "01")),
    ("cn-division", lives_in("11010"), lives_in("110105")),
    ("cn-division", lives_in("110103"), lives_in("880102")),
    ("cn-phone", called("13800000000"), called("13912345678")),
    ("cn-phone", called("12"), person(telecom=[{"system": "phone", "use": "home", "value": "12"}])),
]  # fmt: skip


@pytest.mark.parametrize(("key", "broken", "kept"), NATIONAL)
def test_a_rule_of_our_own_is_told_with_its_severity(key, broken, kept):
    told = [each for each in told_of(broken) if f"({key})" in each.rule]
    assert len(told) == 1
    assert told[0].issue is Issue.BUSINESS_RULE
    assert told[0].is_warning is (key != "cn-sex")
    assert told_of(kept) == ()


def test_every_rule_of_our_own_is_tried():
    assert {key for key, *_ in NATIONAL} == {rule.key for rule in national.RULES}


def test_the_bound_is_the_same_for_both_kinds():
    both = {**called("13800000000"), "photo": [{"data": "AAAA"}] * (MOST_FAULTS + 5)}
    told = told_of(both)
    assert len(told) == MOST_FAULTS + 1
    assert told[-1].is_warning


def test_every_rule_of_our_own_is_documented_with_its_severity():
    page = (Path(__file__).parents[3] / "docs" / "chinese-profile.md").read_text(encoding="utf-8")
    rows = {row.split("`")[1]: row for row in page.splitlines() if row.startswith("| `cn-")}
    assert rows.keys() == {rule.key for rule in national.RULES}
    for rule in national.RULES:
        severity = rows[rule.key].split(" | ")[3].partition(":")[0]
        assert severity == ("warning" if rule.is_warning else "error")
        assert rule.system in rows[rule.key] or rule.key in {"cn-id-division", "cn-number-agrees"}

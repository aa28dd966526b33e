"""Whatever breaks a rule is told with its place and without its value; a glance never says too much."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import sentinels
import visits
from any_resources import resources, spoilt
from openhealthcode.record import KINDS, InvalidResource, check, national, shapes
from openhealthcode.record.check import MOST_FAULTS, Issue, faults
from openhealthcode.record.primitives import LONGEST_STRING
from openhealthcode.record.structure import STRUCTURES, Structure

MARKER = "Zx7-planted-marker"
LABORATORY = {
    "resourceType": "Observation",
    "id": "blood-count",
    "meta": {"lastUpdated": "2026-05-11T02:11:09.120Z", "profile": ["http://example.org/p"]},
    "text": {
        "status": "generated",
        "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>血常规</p></div>',
    },
    "contained": [{"resourceType": "Specimen", "id": "tube", "receivedTime": "2026-05-11"}],
    "identifier": [
        {"use": "official", "system": "urn:x", "period": {"start": "2026", "end": "2027"}}
    ],
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "58410-2", "userSelected": True}]},
    "subject": {"reference": "Patient/a", "type": "Patient"},
    "effectivePeriod": {"start": "2026-05-11T09:40:00+08:00", "end": "2026-05-11T09:41:00+08:00"},
    "issued": "2026-05-11T10:11:09.120+08:00",
    "performer": [{"reference": "Practitioner/p"}, {"display": "检验科"}],
    "specimen": {"reference": "#tube"},
    "component": [
        {
            "code": {"text": "血红蛋白"},
            "valueQuantity": {
                "value": 136.0,
                "comparator": "<",
                "unit": "g/L",
                "system": "http://unitsofmeasure.org",
                "code": "g/L",
            },
            "referenceRange": [{"low": {"value": 115}, "high": {"value": 150.5}}],
        }
    ],
}
PRESCRIPTION = {
    "resourceType": "MedicationRequest",
    "status": "active",
    "intent": "order",
    "medicationCodeableConcept": {"text": "二甲双胍"},
    "subject": {"reference": "Patient/a"},
    "authoredOn": "2026-02-28",
    "dosageInstruction": [
        {
            "sequence": 1,
            "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
            "doseAndRate": [{"doseQuantity": {"value": 0.5, "unit": "g"}}],
        }
    ],
    "dispenseRequest": {"numberOfRepeatsAllowed": 0, "expectedSupplyDuration": {"value": 30}},
}
DOCUMENT = {
    "resourceType": "DocumentReference",
    "status": "current",
    "content": [
        {
            "attachment": {
                "contentType": "application/pdf",
                "language": "zh-CN",
                "data": "JVBERi0=",
                "url": "https://example.org/x",
                "size": 5,
            }
        }
    ],
}
VALID: list[dict[str, Any]] = [
    LABORATORY,
    PRESCRIPTION,
    DOCUMENT,
    visits.patient(),
    *(
        {**each, "subject": {"reference": "Patient/a"}}
        for each in visits.LIFE
        if each["resourceType"] == "Observation"
    ),
    *(sentinels.minimal(type_) for type_ in KINDS),
]
WRONG: dict[str, list[Any]] = {
    "date": ["2021-02-30", "2026-13", "0000", "x"],
    "dateTime": ["2021-02-30", "2026-01-01T10:00:00", "2026-02-30T10:00:00Z"],
    "instant": ["2026-01-01", "2026-02-30T10:00:00Z"],
    "time": ["24:00:00"],
    "boolean": ["true", 1],
    "integer": [1.5, "1", True, 2**31],
    "positiveInt": [0, -1],
    "unsignedInt": [-1, 1.5],
    "decimal": ["1", True, 1e30],
    "code": [f" {MARKER}", f"{MARKER}  x", ""],
    "id": [f"{MARKER}/x", "x" * 65],
    "uri": [f"{MARKER} x", ""],
    "url": [f"{MARKER} x", ""],
    "canonical": [f"{MARKER} x"],
    "string": ["", " ", 5],
    "base64Binary": ["A", "***"],
    "reference": [f"{MARKER}://x", "Patient/a b"],
    "xhtml": [f"<p>{MARKER}</p>", "<div><script>x</script></div>", "<div> </div>"],
}


def nodes(value, structure: Structure, at: str, found):
    """Every element below: its holder, name, rule, and path as a fault would say it."""
    for name, inner in value.items():
        rule = structure.rules.get(name)
        if rule is None:
            continue
        found.append((value, name, rule, f"{at}.{name}"))
        for place, one in enumerate(inner if rule.is_list else [inner]):
            below = rule.structure
            if below is None and rule.test is None:
                below = STRUCTURES[one["resourceType"]]
            if below is not None:
                nodes(
                    one, below, f"{at}.{name}[{place}]" if rule.is_list else f"{at}.{name}", found
                )
    return found


@st.composite
def mutated(draw):
    """A valid resource in which one element was made wrong, and where that must be told."""
    resource = copy.deepcopy(draw(st.sampled_from(VALID)))
    type_ = resource["resourceType"]
    holder, name, rule, path = draw(st.sampled_from(nodes(resource, STRUCTURES[type_], type_, [])))
    if name == "resourceType":
        holder[MARKER] = MARKER
        return resource, path.rpartition(".")[0]
    choices = [[], {}, None]
    if rule.is_list:
        choices += [{"a": MARKER}, MARKER]
    elif rule.structure is not None:
        choices += [MARKER, [holder[name]], 5, {MARKER: MARKER}]
    else:
        choices += [{"a": MARKER}, [holder[name]], *WRONG.get(rule.type, [])]
        choices += [MARKER] if rule.codes is not None else []
    wrong = draw(st.sampled_from(choices))
    holder[name] = wrong
    return resource, path


@given(mutated())
def test_what_breaks_a_rule_is_refused_with_its_place_and_without_its_value(made):
    resource, path = made
    found = faults(resource)
    assert path in {each.location for each in found if not each.is_warning}
    with pytest.raises(InvalidResource) as refused:
        check(resource)
    assert MARKER not in str(refused.value)
    assert not any(MARKER in f"{each.location} {each.rule}" for each in found)


@given(st.sampled_from(VALID), st.data())
def test_what_is_required_is_missed(valid, data):
    resource = copy.deepcopy(valid)
    type_ = resource["resourceType"]
    required = [
        (holder, name, path)
        for holder, name, _, path in nodes(resource, STRUCTURES[type_], type_, [])
        if name != "resourceType" and name in _required_of(path, type_)
    ]
    if required:
        holder, name, path = data.draw(st.sampled_from(required))
        del holder[name]
        places = {each.location for each in faults(resource)}
        assert path.rpartition(".")[0] in places or not holder
        assert places


def _required_of(path, type_):
    """The required elements beside the last of a path."""
    structure = STRUCTURES[type_]
    for part in path.split(".")[1:-1]:
        rule = structure.rules[part.partition("[")[0]]
        if rule.structure is None:
            return ()
        structure = rule.structure
    return structure.required


@pytest.mark.parametrize("resource", VALID, ids=lambda each: each["resourceType"])
def test_valid_resources_are_valid(resource):
    check(resource)
    assert [each for each in faults(resource) if not each.is_warning] == []


@pytest.mark.parametrize("type_", KINDS)
def test_the_least_a_type_may_say_is_right_at_a_glance(type_):
    assert shapes.holds(sentinels.minimal(type_))


@given(resources() | spoilt() | mutated().map(lambda made: made[0]))
def test_what_is_right_at_a_glance_has_no_fault(resource):
    assume(resource["resourceType"] in list(KINDS))
    found = [each for each in faults(resource) if not each.is_warning]
    assert not (shapes.holds(resource) and found)
    assert len(found) <= MOST_FAULTS
    if found:
        with pytest.raises(InvalidResource) as refused:
            check(resource)
        assert refused.value.location == found[0].location
    else:
        check(resource)


def test_shapes_made_to_fill_memory_are_forgotten_and_judged_alike():
    address = {
        "use": "home",
        "text": "x",
        "city": "x",
        "district": "x",
        "state": "x",
        "line": ["x"],
    }
    for turn in range(300):
        names = [*address][turn % 6 :] + [*address][: turn % 6]
        names.insert(turn % 5, names.pop())
        patient = {"resourceType": "Patient", "address": [{name: address[name] for name in names}]}
        extra = {f"_{name}": {"id": "i"} for name in ("birthDate", "gender", "active")[: turn % 4]}
        assert shapes.holds(patient | {"gender": "male", "birthDate": "1960-01-01"} | extra) or (
            "_active" in extra
        )
        check(patient)


def test_warnings_never_hide_an_error():
    phone = {"system": "phone", "use": "mobile", "value": "13800000000"}
    patient = visits.patient() | {"telecom": [phone] * 150, "photo": []}
    with pytest.raises(InvalidResource, match=r"Patient\.photo"):
        check(patient)
    found = faults(patient)
    assert found[0].location == "Patient.photo"
    assert sum(each.is_warning for each in found) == MOST_FAULTS
    assert {each.issue for each in found[1:]} == {Issue.BUSINESS_RULE}
    assert all(rule.source for rule in national.RULES)


def test_no_more_is_told_than_can_be_read():
    observation = {**VALID[0], "note": [{}] * 5000}
    assert len(faults(observation)) == MOST_FAULTS


@pytest.mark.parametrize("element", ["valueString", "valueMarkdown", "valueCode", "valueUri"])
def test_a_string_longer_than_any_is_refused_and_a_document_is_not(element):
    extension = {"url": "urn:x", element: "x" * (LONGEST_STRING + 1)}
    with pytest.raises(InvalidResource, match=rf"extension\[0\]\.{element}: "):
        check(VALID[0] | {"extension": [extension]})
    attachment = {"contentType": "application/pdf", "data": "JVBE" * LONGEST_STRING}
    check(DOCUMENT | {"content": [{"attachment": attachment}]})

"""A part of a resource: what stays, what says that it is a part, and that nothing else changes."""

from __future__ import annotations

import pytest

from openhealthcode.record import (
    KINDS,
    Form,
    Part,
    SearchNotUnderstood,
    part_of,
    read_exactly,
    read_part,
    write_exactly,
)
from openhealthcode.record.check import Issue, faults
from openhealthcode.record.subset import SUBSETTED
from sentinels import minimal

TAGGED = {"tag": [SUBSETTED]}
OBSERVATION = {
    "resourceType": "Observation",
    "id": "o1",
    "meta": {"versionId": "3", "tag": [{"system": "urn:x", "code": "kept"}]},
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">血压</div>'},
    "modifierExtension": [{"url": "urn:x", "valueBoolean": True}],
    "identifier": [{"value": "1"}],
    "status": "final",
    "_status": {"id": "s"},
    "category": [{"text": "化验"}],
    "code": {"text": "血压"},
    "effectiveDateTime": "2026-02-01",
    "valueQuantity": {"value": 1.5},
    "note": [{"text": "复查"}],
    "referenceRange": [{"text": "正常"}],
    "component": [
        {"code": {"text": "收缩压"}, "valueInteger": 120, "interpretation": [{"text": "高"}]}
    ],
}
ALWAYS = {"resourceType", "id", "meta", "modifierExtension", "status", "_status", "code"}


@pytest.mark.parametrize(
    ("part", "names"),
    [
        (Part(Form.NARRATIVE), ALWAYS | {"text"}),
        (Part(Form.DATA), OBSERVATION.keys() - {"text"}),
        (Part(Form.SUMMARY), OBSERVATION.keys() - {"text", "category", "note", "referenceRange"}),
        (Part(elements=frozenset({"note"})), ALWAYS | {"note"}),
        (Part(elements=frozenset({"value"})), ALWAYS | {"valueQuantity"}),
        (Part(elements=frozenset({"valueQuantity"})), ALWAYS | {"valueQuantity"}),
        (Part(elements=frozenset({"effective", "text"})), ALWAYS | {"effectiveDateTime", "text"}),
        (Part(elements=frozenset({"nothingKnown", "reference", "va"})), ALWAYS),
    ],
)
def test_a_part_keeps_what_is_asked_for_and_what_has_to_stay(part, names):
    found = part_of(OBSERVATION, part)
    assert found.keys() == names
    assert found["meta"]["tag"] == [{"system": "urn:x", "code": "kept"}, SUBSETTED]
    assert found["meta"]["versionId"] == "3"
    assert part_of(found, part) == found


def test_the_whole_is_the_resource_itself():
    assert part_of(OBSERVATION, Part()) is OBSERVATION
    assert "SUBSETTED" not in str(OBSERVATION)


def test_a_summary_looks_into_the_elements():
    (component,) = part_of(OBSERVATION, Part(Form.SUMMARY))["component"]
    assert component == {"code": {"text": "收缩压"}, "valueInteger": 120}


def test_the_bytes_of_a_document_are_not_in_its_summary():
    attachment = {"contentType": "application/pdf", "data": "AAAA", "title": "出院小结"}
    document = minimal("DocumentReference") | {"content": [{"attachment": attachment}]}
    (content,) = part_of(document, Part(Form.SUMMARY))["content"]
    assert content["attachment"] == {"contentType": "application/pdf", "title": "出院小结"}


def test_what_would_be_empty_stays_whole():
    document = minimal("DocumentReference") | {"content": [{"attachment": {"data": "AAAA"}}]}
    assert part_of(document, Part(Form.SUMMARY))["content"] == document["content"]


def test_of_a_type_nobody_knows_only_what_every_resource_has_stays():
    found = part_of({"resourceType": "Basic", "id": "b", "code": {}}, Part(Form.SUMMARY))
    assert found == {"resourceType": "Basic", "id": "b", "meta": TAGGED}


@pytest.mark.parametrize("type_", KINDS)
@pytest.mark.parametrize("form", [Form.SUMMARY, Form.NARRATIVE, Form.DATA])
def test_a_part_of_a_valid_resource_is_valid(type_, form):
    found = part_of(minimal(type_), Part(form))
    assert {each.issue for each in faults(found)} <= {Issue.INVARIANT}  # what it needs is left out
    assert found["meta"] == TAGGED


def test_decimals_stay_as_they_were_written():
    body = b'{"resourceType":"Observation","valueQuantity":{"value":120.50}}'
    found = write_exactly(part_of(read_exactly(body), Part(elements=frozenset({"value"}))))
    assert b'"value":120.50' in found


def test_the_part_is_taken_out_of_the_parameters():
    asked = [("code", "a"), ("_elements", "status,code"), ("_elements", "note")]
    assert read_part(asked) == (
        Part(elements=frozenset({"status", "code", "note"})),
        [("code", "a")],
    )
    assert read_part([("_summary", "true")]) == (Part(Form.SUMMARY), [])
    assert read_part([("_summary", "false"), ("_elements", "id")])[0].elements == {"id"}
    assert read_part([])[0].is_whole


@pytest.mark.parametrize(
    "asked",
    [
        [("_summary", "all")],
        [("_summary", "")],
        [("_elements", "")],
        [("_elements", "a,,b")],
        [("_elements", "a.b")],
        [("_elements", ",".join("a" * 101))],
        [("_summary", "true"), ("_elements", "code")],
    ],
)
def test_what_names_no_part_is_refused(asked):
    with pytest.raises(SearchNotUnderstood):
        read_part(asked)

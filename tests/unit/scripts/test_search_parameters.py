"""How the definitions HL7 publishes become lines of the table: on small definitions of the same form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import search_parameters

GENDER = "http://hl7.org/fhir/ValueSet/administrative-gender"
OBSERVATION = {
    "Observation": [],
    "Observation.status": ["code"],
    "Observation.code": ["CodeableConcept"],
    "Observation.subject": ["Reference"],
    "Observation.effective[x]": ["dateTime", "Period"],
    "Observation.value[x]": ["Quantity", "CodeableConcept"],
    "Observation.contact": ["ContactPoint"],
    "Observation.component": ["BackboneElement"],
    "Observation.component.value[x]": ["Quantity"],
    "Observation.component.part": "#Observation.component",
}


def definition(code, type_, expression, **more):
    return {
        "url": f"http://hl7.org/fhir/SearchParameter/{code}",
        "id": code,
        "xpathUsage": "normal",
        "code": code,
        "base": ["Observation"],
        "type": type_,
        "expression": expression,
        **more,
    }


@pytest.fixture
def written(tmp_path: Path):
    """The lines about Observation that some definitions come to."""

    def element(path, types):
        if isinstance(types, str):
            return {"path": path, "contentReference": types}
        bound = {"binding": {"valueSet": f"{GENDER}|4.0.1"}} if types == ["code"] else {}
        return {"path": path, "type": [{"code": each} for each in types], **bound}

    elements = [element(path, types) for path, types in OBSERVATION.items()]
    value_set = {"url": GENDER, "compose": {"include": [{"system": "urn:gender"}]}}
    files = {
        "StructureDefinition-Observation.json": {"snapshot": {"element": elements}},
        "StructureDefinition-narrow.json": {"derivation": "constraint"},
        "ValueSet-gender.json": value_set,
    }

    def lines(*definitions):
        for number, each in enumerate(definitions):
            files[f"SearchParameter-{number}.json"] = each
        for name, content in files.items():
            (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
        paragraph = search_parameters.table(tmp_path).partition("\nObservation\n")[2]
        return [line.strip() for line in paragraph.partition("\n\n")[0].splitlines()]

    return lines


@pytest.mark.parametrize(
    ("type_", "expression", "more", "line"),
    [
        ("token", "Observation.code", {}, "x token code"),
        ("token", "Observation.status", {}, "x token status=urn:gender"),
        ("string", "Observation.status", {}, "x string status"),
        ("date", "Observation.effective", {}, "x date effectiveDateTime effectivePeriod"),
        ("quantity", "(Observation.value as Quantity)", {}, "x quantity valueQuantity"),
        ("quantity", "Observation.value.ofType(Quantity)", {}, "x quantity valueQuantity"),
        ("quantity", "Observation.value.as(Quantity)", {}, "x quantity valueQuantity"),
        (
            "string",
            "(Observation.value as CodeableConcept).text | Patient.name",
            {},
            "x string valueCodeableConcept.text",
        ),
        ("token", "Observation.contact.where(system='phone')", {}, "x token contact[phone]"),
        (
            "quantity",
            "Observation.component.part.value",
            {},
            "x quantity component.part.valueQuantity",
        ),
        (
            "reference",
            "Observation.subject.where(resolve() is Patient)",
            {"target": ["Patient", "Group"]},
            "x reference subject[Patient] > Group Patient",
        ),
        (
            "token",
            "Observation.value.exists() and Observation.value != false",
            {},
            "x token valueQuantity? valueCodeableConcept?",
        ),
        (
            "composite",
            "Observation | Observation.component",
            {"component": [{"expression": "value.as(Quantity)"}]},
            "x composite @ @component quantity:valueQuantity",
        ),
    ],
)
def test_an_expression_becomes_the_names_it_comes_to(written, type_, expression, more, line):
    assert written(definition("x", type_, expression, **more)) == [line]


def test_what_is_not_of_the_standard_itself_is_left_out(written):
    found = written(
        definition("a", "token", "Observation.code"),
        definition("example-b", "token", "Observation.code"),
        definition("c", "token", "Observation.code", xpathUsage="phonetic"),
        definition("d", "token", "Observation.code", url="http://example.org/d"),
        definition("e", "token", "Observation.extension('http://example.org').value"),
        definition("f", "token", "Patient.name"),
    )
    assert found == ["a token code"]

"""What the definitions of FHIR come to, on one small definition of our own."""

from __future__ import annotations

import json
import re

import pytest

import fhir_definitions as definitions
from openhealthcode.record.structure import STRUCTURES


def element(path, low, high, *types, **more):
    owner = more.pop("of", path)
    return {"path": path, "min": low, "max": high, "base": {"path": owner},
            **({"type": list(types)} if types else {}), **more}  # fmt: skip


def reference(*targets):
    base = "http://hl7.org/fhir/StructureDefinition/"
    return {"code": "Reference", "targetProfile": [base + target for target in targets]}


SIMPLE = "http://hl7.org/fhir/StructureDefinition/SimpleQuantity"
ELEMENTS = [
    element("Odd", 0, "*"),
    element("Odd.id", 0, "1", {"code": "id"}, of="Resource.id"),
    element("Odd.status", 1, "1", {"code": "code"},
            binding={"strength": "required", "valueSet": "http://x.example/ValueSet/odd|4.0.1"}),
    element("Odd.kind", 0, "1", {"code": "code"},
            binding={"strength": "preferred", "valueSet": "http://x.example/ValueSet/kind"}),
    element("Odd.value[x]", 0, "1", {"code": "string"}, {"code": "Quantity", "profile": [SIMPLE]}),
    element("Odd.about", 1, "*", reference("Patient", "Group")),
    element("Odd.any", 0, "1", reference("Resource")),
    element("Odd.gone", 0, "0", {"code": "string"}),
    element("Odd.part", 0, "*", {"code": "BackboneElement"}),
    element("Odd.part.text", 0, "1", {"code": "string"}),
    element("Odd.part.part", 0, "*", contentReference="#Odd.part"),
]  # fmt: skip


@pytest.fixture
def package(tmp_path):
    definition = {"kind": "resource", "type": "Odd", "snapshot": {"element": ELEMENTS}}
    (tmp_path / "StructureDefinition-Odd.json").write_text(json.dumps(definition))
    return tmp_path


def test_a_definition_comes_to_one_structure_for_each_of_its_parts(package):
    assert list(definitions.structures_in(package, "Odd")) == [
        (
            "Odd",
            "DomainResource",
            [
                "about+Reference(Group|Patient)",
                "any:Reference",
                "kind:code",
                "part*OddPart",
                "status!code=odd",
                "value[x]:SimpleQuantity,string",
            ],
        ),
        ("OddPart", "BackboneElement", ["part*OddPart", "text:string"]),
    ]


def test_what_is_not_the_known_package_is_not_unpacked(tmp_path, monkeypatch):
    other = tmp_path / "hl7.fhir.r4.examples" / "-"
    other.mkdir(parents=True)
    (other / "hl7.fhir.r4.examples-4.0.1.tgz").write_bytes(b"something else")
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", f"file://{tmp_path}/")
    monkeypatch.setattr(definitions, "UNPACKED", tmp_path / "unpacked")
    with pytest.raises(definitions.WrongPackage):
        definitions.fetch()
    assert not (tmp_path / "unpacked").exists()


def test_what_the_script_wrote_is_what_the_program_reads():
    """Each structure of the file is known, with as many elements as it says."""
    text = (definitions.RECORD / "elements.txt").read_text(encoding="utf-8")
    names = [line.split()[0] for line in text.splitlines() if re.match(r"\w", line)]
    assert names == [name for name in STRUCTURES if name != "Element"]
    assert len(names) == len(set(names)) > 200
    observation = STRUCTURES["Observation"]
    assert observation.required == ["resourceType", "code", "status"]
    assert observation.rules["subject"].targets == {"Patient", "Group", "Device", "Location"}
    assert observation.bases["valueQuantity"] == "value"
    dose = STRUCTURES["DosageDoseAndRate"].rules["rateQuantity"]
    assert "comparator" not in STRUCTURES[dose.type].rules

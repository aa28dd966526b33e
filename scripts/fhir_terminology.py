"""Derive HL7's code systems and value sets from the published package of FHIR R4.

    python scripts/fhir_terminology.py FOLDER

FOLDER is `package/` of the npm package `hl7.fhir.r4.examples` 4.0.1 (CC0), unpacked. Taken are the
value sets that elements of the record's types are bound to, and the code systems these draw from.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
TERMINOLOGY: Final = ROOT / "src" / "openhealthcode" / "terminology"
SYSTEMS: Final = TERMINOLOGY / "concepts" / "tables" / "hl7.txt"
VALUE_SETS: Final = TERMINOLOGY / "value_sets" / "hl7.txt"

TYPES: Final = [
    "Account",
    "Address",
    "AllergyIntolerance",
    "Annotation",
    "Appointment",
    "Attachment",
    "AuditEvent",
    "Basic",
    "BodyStructure",
    "Bundle",
    "CarePlan",
    "CareTeam",
    "Claim",
    "ClinicalImpression",
    "CodeableConcept",
    "Coding",
    "Communication",
    "CommunicationRequest",
    "Composition",
    "Condition",
    "Consent",
    "ContactPoint",
    "Coverage",
    "DetectedIssue",
    "Device",
    "DeviceRequest",
    "DeviceUseStatement",
    "DiagnosticReport",
    "DocumentManifest",
    "DocumentReference",
    "Dosage",
    "Encounter",
    "EpisodeOfCare",
    "ExplanationOfBenefit",
    "FamilyMemberHistory",
    "Flag",
    "Goal",
    "Group",
    "HealthcareService",
    "HumanName",
    "Identifier",
    "ImagingStudy",
    "Immunization",
    "ImmunizationEvaluation",
    "ImmunizationRecommendation",
    "List",
    "Location",
    "Media",
    "Medication",
    "MedicationAdministration",
    "MedicationDispense",
    "MedicationRequest",
    "MedicationStatement",
    "Meta",
    "Narrative",
    "NutritionOrder",
    "Observation",
    "OperationOutcome",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "Provenance",
    "Quantity",
    "Questionnaire",
    "QuestionnaireResponse",
    "RelatedPerson",
    "RequestGroup",
    "RiskAssessment",
    "ServiceRequest",
    "Signature",
    "Specimen",
    "SupplyDelivery",
    "Task",
    "Timing",
    "VisionPrescription",
]
LEFT_OUT: Final = (
    "/ex-", "DICOM", "dicom.nema.org", "USPrivacyLaw", "v3-Race", "v3-RoleCode|", "|2.7",
    "contractsignertypecodes", "consentpolicycodes", "FDI-surface", "USCLS",
)  # fmt: skip
"""Examples, and what is somebody else's or one country's."""
LARGEST: Final = 1_200
OTHERS: Final = ("http://loinc.org", "http://snomed.info/sct", "http://unitsofmeasure.org")
"""Systems that are not HL7's: value sets name their codes, the codes themselves are not here."""

SYSTEMS_HEADER: Final = """\
# HL7's code systems that value sets of the record's resources draw from, made by
# scripts/fhir_terminology.py; Chinese names lie in hl7.zh-CN.toml.
# Source: npm package hl7.fhir.r4.examples 4.0.1 (HL7 International, CC0 1.0).
"""
VALUE_SETS_HEADER: Final = """\
# Value sets that elements of the record's resources are bound to, made by
# scripts/fhir_terminology.py. @ begins one; "+" a system: all of it, or the codes that follow after
# tabs, or those for which the rule after "?" holds; "+ &" another value set; "-" is taken out.
# Source: npm package hl7.fhir.r4.examples 4.0.1 (HL7 International, CC0 1.0).
"""

Resource = dict[str, Any]


def main() -> None:
    """Write both files."""
    folder = Path(sys.argv[1])
    value_sets = by_url(folder, "ValueSet")
    code_systems = {
        url: system
        for url, system in by_url(folder, "CodeSystem").items()
        if system["content"] == "complete"
        and not any(part in url for part in LEFT_OUT)
        and sum(1 for _ in concepts(system.get("concept", []))) <= LARGEST
    }
    kept = {
        url: value_sets[url]
        for url in sorted(bound(folder, value_sets))
        if not any(part in url for part in LEFT_OUT)
    }
    while lacking := [url for url, one in kept.items() if not is_held(one, code_systems, kept)]:
        for url in lacking:
            del kept[url]
    used = sorted(
        {one["system"] for each in kept.values() for one in parts(each) if "system" in one}
    )
    SYSTEMS.write_text(
        SYSTEMS_HEADER
        + "".join(system_text(code_systems[url]) for url in used if url in code_systems),
        "utf-8",
    )
    VALUE_SETS.parent.mkdir(exist_ok=True)
    VALUE_SETS.write_text(VALUE_SETS_HEADER + "".join(map(value_set_text, kept.values())), "utf-8")


def by_url(folder: Path, type_: str) -> dict[str, Resource]:
    """Every definition of a type by its canonical URL."""
    found = {}
    for file in sorted(folder.glob(f"{type_}-*.json")):
        resource = json.loads(file.read_text("utf-8"))
        if "url" in resource:
            found[resource["url"]] = resource
    return found


def bound(folder: Path, value_sets: dict[str, Resource]) -> set[str]:
    """The value sets of all bindings of the record's types, and those they are made of."""
    found: set[str] = set()
    for type_ in TYPES:
        file = folder / f"StructureDefinition-{type_}.json"
        definition = json.loads(file.read_text("utf-8"))
        for element in definition["snapshot"]["element"]:
            url = element.get("binding", {}).get("valueSet", "").partition("|")[0]
            waiting = [url]
            while waiting:
                one = waiting.pop()
                if one in value_sets and one not in found:
                    found.add(one)
                    waiting += [
                        u for part in parts(value_sets[one]) for u in part.get("valueSet", [])
                    ]
    return found


def parts(value_set: Resource) -> list[Resource]:
    """What a value set includes and excludes."""
    compose = value_set.get("compose", {})
    return [*compose.get("include", []), *compose.get("exclude", [])]


def is_held(
    value_set: Resource, code_systems: dict[str, Resource], value_sets: dict[str, Resource]
) -> bool:
    """Whether every part of it can be told from what is here, or from an operator's tables."""
    return bool(parts(value_set)) and all(
        part.get("system", "") in {"", *code_systems, *OTHERS}
        and all(url in value_sets for url in part.get("valueSet", []))
        and all(one["op"] in {"is-a", "=", "descendent-of"} for one in part.get("filter", []))
        for part in parts(value_set)
    )


def system_text(system: Resource) -> str:
    """A code system as our tables write it."""
    aliases = [
        one["value"] for one in system.get("identifier", []) if one["value"].startswith("urn:oid:")
    ]
    lines = [
        "",
        f"@ {system['url']}",
        f"version {system.get('version', '4.0.1')}",
        f"name {system['name'].replace(' ', '')}",
        f"title {flat(system.get('title') or system['name'])}",
        "source HL7 FHIR R4 4.0.1",
        *([f"aliases {' '.join(aliases)}"] if aliases else []),
        "-",
        *(
            f"{' ' * level}{'' if is_active(one) else '!'}{one['code']}\t\t{flat(one.get('display', ''))}"
            for level, one in concepts(system.get("concept", []))
        ),
    ]
    return "\n".join(lines) + "\n"


def concepts(listed: Iterable[Resource], level: int = 0) -> Iterator[tuple[int, Resource]]:
    """All concepts of a tree, each with its depth; a code that lies in two places counts once."""
    for one in listed:
        yield level, one
        yield from concepts(one.get("concept", []), level + 1)


def is_active(concept: Resource) -> bool:
    """Whether a code is still to be used."""
    return not any(
        one["code"] in {"status", "inactive"}
        and (one.get("valueCode") in {"retired", "R"} or one.get("valueBoolean") is True)
        for one in concept.get("property", [])
    )


def value_set_text(value_set: Resource) -> str:
    """A value set as one block."""
    title = flat(value_set.get("title") or value_set["name"])
    lines = ["", f"@ {value_set['url']}", f"version {value_set.get('version', '4.0.1')}"]
    lines += [f"name {value_set['name'].replace(' ', '')}", f"title {title}"]
    lines += [
        line for one in value_set["compose"].get("include", []) for line in part_text("+", one)
    ]
    lines += [
        line for one in value_set["compose"].get("exclude", []) for line in part_text("-", one)
    ]
    return "\n".join(lines) + "\n"


def part_text(sign: str, part: Resource) -> Iterator[str]:
    """One part of a composition as lines."""
    yield from (f"{sign} & {url}" for url in part.get("valueSet", []))
    if "system" in part:
        line = f"{sign} {part['system']}"
        if "concept" in part:
            line += "".join(f"\t{one['code']}" for one in part["concept"])
        for one in part.get("filter", []):
            line += f"\t? {one['property']} {one['op']} {one['value']}"
        yield line


def flat(text: object) -> str:
    """On one line, without tabs."""
    return " ".join(str(text).split())


if __name__ == "__main__":
    main()

"""Hold what the project knows of FHIR R4 against HL7's own definitions and examples.

``make conformance`` fetches the package ``hl7.fhir.r4.examples`` (19 MB, CC0) into ``build/`` and
says: whether ``elements.txt`` and ``codes.toml`` are what the definitions come to; which of their
invariants are held; what becomes of each example of a type that is filed here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import fhir_definitions as definitions
from openhealthcode.record import KINDS, parse
from openhealthcode.record.check import Fault, faults
from openhealthcode.record.invariants import INVARIANTS
from openhealthcode.record.presence import COMPANIONS

IN_CODE: Final = frozenset({"dom-2", "dom-3", "dom-4", "dom-5", "ele-1", "ref-1", "txt-1", "txt-2"})
NOT_HELD: Final = {
    "dom-6": "good practice: a narrative should be there",
    "ppc-2": "asks for a code system called 'something'",
    "ppc-3": "as ppc-2",
    "ppc-4": "as ppc-2",
    "ppc-5": "as ppc-2",
    "que-0": "good practice: a name that programs can use",
    "sqty-1": "held as structure: a SimpleQuantity has no comparator",
}
"""Invariants of these types that are not looked at, and why."""
AT_ODDS: Final = {
    "Bundle-ussg-fht.json[0]": "contains a ValueSet, which is not taken here",
    "MedicationRequest-medrx0301.json": "a dispenser who is no Organization",
    "Observation-clinical-gender.json": "an Encounter as performer",
    "Observation-decimal.json": "numbers of 10^18 and more are not taken here",
    "Questionnaire-gcs.json": "contains ValueSets",
    "Questionnaire-qs1.json": "items without linkId",
    "Questionnaire-zika-virus-exposure-assessment.json": "a narrative that says nothing (txt-2)",
}
"""Examples that are refused, and why."""


def main() -> None:
    """Say all, and fail if anything is not as it is known to be."""
    package = definitions.fetch()
    wrong = [*_derived(package), *_invariants(package), *_examples(package)]
    for each in wrong:
        print(f"NOT AS KNOWN {each}")
    sys.exit(bool(wrong))


def _derived(package: Path) -> Iterator[str]:
    for name, text in (
        ("elements.txt", definitions.elements_text(package)),
        ("codes.toml", definitions.codes_text(package)),
    ):
        if (definitions.RECORD / name).read_text(encoding="utf-8") != text:
            yield f"{name} differs from the definitions: run scripts/fhir_definitions.py"
    print("elements.txt and codes.toml held against the definitions")


def _invariants(package: Path) -> Iterator[str]:
    """Every invariant of the types here is held or has its reason, in its own severity."""
    held = {each.key: each.is_warning for several in COMPANIONS.values() for each in several}
    held |= {each.key: each.is_warning for each in INVARIANTS} | dict.fromkeys(IN_CODE, False)
    defined = dict(_defined(package))
    for key, is_warning in defined.items():
        if key not in held and key not in NOT_HELD:
            yield f"invariant {key} is neither held nor given a reason"
        elif held.get(key, is_warning) is not is_warning:
            yield f"invariant {key} has another severity"
    yield from (
        f"invariant {key} is not in the definitions" for key in held.keys() - defined.keys()
    )
    print(f"{len(held)} of {len(defined)} invariants held; not held:")
    for key, reason in NOT_HELD.items():
        print(f"  {key}: {reason}")


def _defined(package: Path) -> Iterator[tuple[str, bool]]:
    for name in (*KINDS, *definitions.CONTAINED, *definitions.DATATYPES):
        for element in definitions.read(package, "StructureDefinition", name)["snapshot"][
            "element"
        ]:
            for each in element.get("constraint", ()):
                yield each["key"], each["severity"] == "warning"


def _examples(package: Path) -> Iterator[str]:
    taken = refused = warned = 0
    for name, resource in _resources(package):
        found = faults(resource)
        errors = [each for each in found if not each.is_warning]
        taken += not errors
        warned += bool(found) and not errors
        refused += bool(errors)
        if bool(errors) is not (name in AT_ODDS):
            yield f"{name}: {_told(errors)}"
    print(
        f"examples of the {len(KINDS)} types: {taken} taken ({warned} with a warning), {refused} refused"
    )
    for name, reason in AT_ODDS.items():
        print(f"  refused {name}: {reason}")


def _resources(package: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every example of a type that is filed here, those inside Bundles included."""
    for path in sorted(package.glob("*.json")):
        if path.name.partition("-")[0] in {*KINDS, "Bundle"}:
            found = parse(path.read_bytes(), largest_bytes=100_000_000)
            entries = found.get("entry", []) if found.get("resourceType") == "Bundle" else None
            if entries is None:
                yield path.name, found
            else:
                for place, entry in enumerate(entries):
                    inner = entry.get("resource", {})
                    if inner.get("resourceType") in KINDS:
                        yield f"{path.name}[{place}]", inner


def _told(errors: list[Fault]) -> str:
    return (
        "; ".join(f"{re.sub(r'[0-9]+', 'n', e.location)} {e.rule}" for e in errors[:3]) or "taken"
    )


if __name__ == "__main__":
    main()

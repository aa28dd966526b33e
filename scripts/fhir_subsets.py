"""Write ``record/subsets.txt`` from the StructureDefinitions of FHIR R4: what a summary keeps.

Usage: python scripts/fhir_subsets.py FOLDER, where FOLDER holds the unpacked files of the package
``hl7.fhir.r4.examples`` 4.0.1.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from openhealthcode.record import KINDS

_TARGET: Final = Path(__file__).parents[1] / "src/openhealthcode/record/subsets.txt"
_BESIDE: Final = ("AuditEvent", "CodeSystem", "ConceptMap", "NamingSystem", "ValueSet")
_IN_PART: Final = ("Attachment", "Signature")
_EVERYWHERE: Final = ("id", "meta", "implicitRules", "modifierExtension")
_HEAD: Final = """\
# Which elements of each resource type stay when only a part is asked for; made by
# scripts/fhir_subsets.py. Marks: "!" mandatory, "?" changes what the rest means, "*" in the summary.
# "[x]" is a choice of types. What every resource keeps (id, meta, implicitRules, modifierExtension) is not repeated, and an
# element without a line for what is inside it stays whole.
# Source: the definitions of HL7 FHIR R4 (4.0.1), which HL7 dedicates to the public domain (CC0).
"""


def _elements(folder: Path, type_: str) -> list[dict[str, Any]]:
    text = (folder / f"StructureDefinition-{type_}.json").read_text(encoding="utf-8")
    elements: list[dict[str, Any]] = json.loads(text)["snapshot"]["element"]
    return elements[1:]


def _marked(folder: Path, type_: str) -> Iterator[str]:
    elements = _elements(folder, type_)
    in_summary = {e["path"] for e in elements if e.get("isSummary")} - {
        e["path"] for e in elements if e["path"].rpartition(".")[2] in _EVERYWHERE
    }
    for element in elements:
        path = element["path"]
        name = path.partition(".")[2]
        if name.rpartition(".")[2] in _EVERYWHERE:
            continue
        has_summary = path in in_summary or any(p.startswith(f"{path}.") for p in in_summary)
        marks = "!" * bool(element["min"]) + "?" * bool(element.get("isModifier"))
        marks += "*" * has_summary
        if marks:
            yield name + marks
        code = element.get("type", [{}])[0].get("code")
        if has_summary and code in _IN_PART:
            for inner in _elements(folder, code):
                if inner.get("isSummary"):
                    yield f"{name}.{inner['path'].partition('.')[2]}*"


def main() -> None:
    """Write the file anew."""
    folder = Path(sys.argv[1])
    parts = [_HEAD]
    for type_ in (*KINDS, *_BESIDE):
        line = " ".join(dict.fromkeys(_marked(folder, type_)))
        parts.append(
            f"{type_}\n"
            + textwrap.fill(
                line,
                100,
                initial_indent="  ",
                subsequent_indent="  ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
    _TARGET.write_text("\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

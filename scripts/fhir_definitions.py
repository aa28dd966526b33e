"""Derive the rules of a resource's structure from HL7's own definitions of FHIR R4 (4.0.1).

``python scripts/fhir_definitions.py`` fetches the package ``hl7.fhir.r4.examples`` (19 MB, CC0),
checks that it is the one known here, and writes ``record/elements.txt`` and ``record/codes.toml``
anew. Nothing else is taken over; which types there are is said below.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import tarfile
import textwrap
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from openhealthcode.record import KINDS

ROOT: Final = Path(__file__).resolve().parent.parent
RECORD: Final = ROOT / "src" / "openhealthcode" / "record"
UNPACKED: Final = ROOT / "build" / "hl7.fhir.r4.examples-4.0.1"
_NAME: Final = "hl7.fhir.r4.examples/-/hl7.fhir.r4.examples-4.0.1.tgz"
_SHA512: Final = (
    "DXBdIZOeQaSKIgCU7w6HOC7sw/6BzylmipLkBW4f//pT+Bc94x+8LImwTdvaNThPJoOzpBzvxAzNqjeu3X/zLw=="
)
_REGISTRY: Final = "https://registry.npmjs.org/"
_DEFINITION: Final = "http://hl7.org/fhir/StructureDefinition/"

CONTAINED: Final = ("Group", "Medication", "Substance")
"""Types that are not filed, but may be contained in one that is."""
DATATYPES: Final = (
    *("Address", "Age", "Annotation", "Attachment", "CodeableConcept", "Coding", "ContactDetail"),
    *("ContactPoint", "Contributor", "Count", "DataRequirement", "Distance", "Dosage", "Duration"),
    *("Expression", "Extension", "HumanName", "Identifier", "Meta", "Money", "Narrative"),
    *("ParameterDefinition", "Period", "Quantity", "SimpleQuantity", "Range", "Ratio", "Reference"),
    *("RelatedArtifact", "SampledData", "Signature", "Timing", "TriggerDefinition", "UsageContext"),
)
_MARKS: Final = {("0", "1"): ":", ("1", "1"): "!", ("0", "*"): "*", ("1", "*"): "+"}
_OPEN: Final = 40
"""A choice of more types than this is one of any type that an extension may carry."""

_ELEMENTS_HEAD: Final = """\
# The structure of the FHIR resources this release files, and of the datatypes they use.
#
# One type a paragraph: its name and what it inherits from, then its own elements as name, mark and
# type. Marks: ":" at most once, "!" exactly once, "*" any number, "+" at least once. "name[x]" is a
# choice of the types listed ("any" for every datatype an extension may carry). In brackets: the
# types a reference may lead to, where not any. After "=": the value set of codes.toml that the
# definition requires. Made by scripts/fhir_definitions.py; do not edit.
# Source: the definitions of HL7 FHIR R4 (4.0.1), which HL7 dedicates to the public domain (CC0).
"""
_CODES_HEAD: Final = """\
# The value sets that FHIR R4 (4.0.1) binds as required: no other value is valid where
# elements.txt names them. A code system is named where codings, not bare codes, are bound.
# Made by scripts/fhir_definitions.py from the published expansions; do not edit.
"""


class WrongPackage(Exception):
    """What was fetched is not the package known here."""


def fetch() -> Path:
    """The unpacked package, fetched unless it lies there already."""
    if not (UNPACKED / "package.json").exists():
        registry = os.environ.get("NPM_CONFIG_REGISTRY", _REGISTRY)
        with urllib.request.urlopen(registry + _NAME, timeout=300) as answer:  # noqa: S310 - https by default
            packed = answer.read()
        if base64.b64encode(hashlib.sha512(packed).digest()).decode() != _SHA512:
            raise WrongPackage
        _unpack(packed)
    return UNPACKED


def _unpack(packed: bytes) -> None:
    UNPACKED.mkdir(parents=True, exist_ok=True)
    archive = UNPACKED / "package.tgz"
    archive.write_bytes(packed)
    with tarfile.open(archive) as files:
        for member in files.getmembers():
            found = files.extractfile(member)
            if found is not None and re.fullmatch(r"package/[\w.\-]+\.json", member.name):
                (UNPACKED / Path(member.name).name).write_bytes(found.read())
    archive.unlink()


def read(package: Path, type_: str, name: str) -> dict[str, Any]:
    """One definition of the package."""
    found: dict[str, Any] = json.loads((package / f"{type_}-{name}.json").read_bytes())
    return found


def elements_text(package: Path) -> str:
    """What ``elements.txt`` has to be."""
    lines = [_ELEMENTS_HEAD.rstrip("\n"), ""]
    for name in (*KINDS, *CONTAINED, *DATATYPES):
        for structure, inherits, elements in structures_in(package, name):
            lines.append(f"{structure} {inherits}")
            lines += textwrap.wrap(
                " ".join(elements), 100, initial_indent="  ", subsequent_indent="  ",
                break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip
    return "\n".join(lines) + "\n"


def structures_in(package: Path, name: str) -> Iterator[tuple[str, str, list[str]]]:
    """A type's own structure and those of its parts, in the order of their definition."""
    definition = read(package, "StructureDefinition", name)
    elements = definition["snapshot"]["element"]
    base = "DomainResource" if definition["kind"] == "resource" else "Element"
    if definition["type"] in {"Timing", "Dosage"}:
        base = "BackboneElement"
    for path, inherits in _parts(elements, base):
        own = [e for e in elements if e["path"].rpartition(".")[0] == path]
        is_inherited = {e["path"] for e in own if e["base"]["path"].partition(".")[0] in _BASES}
        described = sorted(
            (_element(e) for e in own if e["path"] not in is_inherited and e["max"] != "0"),
            key=lambda text: re.split(r"[\[:!*+]", text)[0],
        )
        yield _structure(path if name != "SimpleQuantity" else name), inherits, described


_BASES: Final = {"Resource", "DomainResource", "Element", "BackboneElement"}


def _parts(elements: list[dict[str, Any]], base: str) -> Iterator[tuple[str, str]]:
    for element in elements:
        types = {each["code"] for each in element.get("type", ())}
        if "." not in element["path"]:
            yield element["path"], base
        elif types & {"BackboneElement", "Element"}:
            yield element["path"], types.pop()


def _structure(path: str) -> str:
    return "".join(part[0].upper() + part[1:] for part in path.lstrip("#").split("."))


def _element(element: dict[str, Any]) -> str:
    name = element["path"].rpartition(".")[2]
    mark = _MARKS[(str(min(element["min"], 1)), element["max"])]
    types = element.get("type", [])
    if element["path"] == "Reference.reference":  # its form has a test of its own
        return "reference:reference"
    if "contentReference" in element:
        return f"{name}{mark}{_structure(element['contentReference'])}"
    if {each["code"] for each in types} & {"BackboneElement", "Element"}:
        return f"{name}{mark}{_structure(element['path'])}"
    if len(types) > _OPEN:
        return f"{name}{mark}any"
    return f"{name}{mark}{','.join(sorted(map(_type, types)))}{_bound(element)}"


def _type(described: dict[str, Any]) -> str:
    code = str(described["code"])
    if code.startswith("http:"):  # of the element id and of Extension.url, which FHIRPath types
        code = next(
            str(e["valueUrl"]) for e in described["extension"] if e["url"].endswith("fhir-type")
        )
    profiles = [url.removeprefix(_DEFINITION) for url in described.get("profile", ())]
    if profiles in (["SimpleQuantity"], ["MoneyQuantity"]):
        return "SimpleQuantity"
    targets = sorted(url.removeprefix(_DEFINITION) for url in described.get("targetProfile", ()))
    if code != "Reference" or not targets or targets == ["Resource"]:
        return code
    return f"Reference({'|'.join(targets)})"


def _bound(element: dict[str, Any]) -> str:
    binding = element.get("binding", {})
    return f"={_value_set(binding)}" if binding.get("strength") == "required" else ""


def _value_set(binding: dict[str, Any]) -> str:
    url: str = binding["valueSet"].partition("|")[0]
    return url.rpartition("/")[2]


def codes_text(package: Path) -> str:
    """What ``codes.toml`` has to be, for the value sets that ``elements.txt`` names."""
    text = elements_text(package)
    expansions = {
        each["resource"].get("url", "").rpartition("/")[2]: each["resource"]
        for each in read(package, "Bundle", "valueset-expansions")["entry"]
    }
    bare = set(re.findall(r"[:!*+]code=(\S+)", text))
    lines = [_CODES_HEAD]
    for name in sorted(set(re.findall(r"=([\w\-]+)", text))):
        by_system: dict[str, list[str]] = {}
        for system, code in _codes(expansions[name]["expansion"].get("contains", ())):
            by_system.setdefault("" if name in bare else system, []).append(code)
        for system, codes in by_system.items():
            lines.append(f"[[{name}]]")
            lines += [f'system = "{system}"'] if system else []
            wrapped = textwrap.wrap(" ".join(dict.fromkeys(codes)), 92, break_on_hyphens=False)
            lines.append('codes = "' + " \\\n  ".join(wrapped) + '"\n' if len(wrapped) == 1 else
                         'codes = """\n' + "\n".join(wrapped) + '"""\n')  # fmt: skip
    return "\n".join(lines)


def _codes(contains: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for each in contains:
        if "code" in each and not each.get("abstract"):
            yield each["system"], each["code"]
        yield from _codes(each.get("contains", []))


def main() -> None:
    """Write both files."""
    package = fetch()
    (RECORD / "elements.txt").write_text(elements_text(package), encoding="utf-8")
    (RECORD / "codes.toml").write_text(codes_text(package), encoding="utf-8")


if __name__ == "__main__":
    main()

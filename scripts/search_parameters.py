"""Write ``record/search_parameters.txt`` from the definitions HL7 publishes.

Usage: ``python scripts/search_parameters.py FOLDER`` with the unpacked npm package
``hl7.fhir.r4.examples`` 4.0.1, which HL7 dedicates to the public domain (CC0). The FHIRPath of each
definition is read once, here, and written down as the JSON names it comes to: what remains at run
time is to follow names.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from openhealthcode.record import KINDS

_TABLE: Final = Path("src/openhealthcode/record/search_parameters.txt")
_OFFICIAL: Final = "http://hl7.org/fhir/SearchParameter/"
_HEADER: Final = """\
# By what the resource types of this release are searched: one type a paragraph, one parameter a
# line, as name, search type and where its values stand in the JSON. "[Patient]" keeps references to
# that type, "[phone]" contact points of that kind; "=URI" is the system a bare code is of; "?" asks
# whether it is there at all. A composite says by "@" what holds its parts together. After ">" stand
# the types a reference may lead to, where R4 does not allow any.
# Written by scripts/search_parameters.py from the SearchParameters of HL7 FHIR R4 (4.0.1), which
# HL7 dedicates to the public domain (CC0). Parameters of extensions, of position and of words
# anywhere in a resource are not in it.
"""
_OF_EVERY_TYPE: Final = """\

Resource
  _lastUpdated date meta.lastUpdated
  _profile uri meta.profile
  _security token meta.security
  _source uri meta.source
  _tag token meta.tag
"""
_AS: Final = re.compile(
    r"^\(?(?P<path>[\w.]+)(?: as |\.as\(|\.ofType\()(?P<type>\w+)\)(?P<rest>.*)$"
)
_OF_KIND: Final = re.compile(r"^(?P<path>[\w.]+)\.where\(system='(?P<kind>\w+)'\)$")
_OF_TYPE: Final = re.compile(r"^(?P<path>[\w.]+)\.where\(resolve\(\) is (?P<type>\w+)\)$")
_WHETHER: Final = re.compile(r"^(?P<path>[\w.]+)\.exists\(\) and .*$")
_ANY_TARGET: Final = 40
"""A reference to more types than this may lead anywhere."""

_Definition = dict[str, Any]


class _Elements:
    """The elements of the published structures: their types, and the systems of their codes."""

    def __init__(self, folder: Path) -> None:
        self._by_path: dict[str, _Definition] = {}
        self._systems: dict[str, str] = {}
        for file in sorted(folder.glob("StructureDefinition-*.json")):
            structure = json.loads(file.read_text(encoding="utf-8"))
            if structure.get("derivation") != "constraint":
                for element in structure.get("snapshot", {}).get("element", ()):
                    self._by_path.setdefault(element["path"], element)
        for file in sorted(folder.glob("ValueSet-*.json")):
            value_set = json.loads(file.read_text(encoding="utf-8"))
            included = value_set.get("compose", {}).get("include", ())
            systems = {each.get("system") for each in included}
            if len(systems) == 1 and (system := systems.pop()):
                self._systems[value_set["url"]] = system

    def json_paths(self, path: str, as_type: str = "") -> list[tuple[str, str, str]]:
        """The JSON names of a path, each choice spelt out, with the type found and its element."""
        type_, *names = path.split(".")
        found = [("", type_, type_)]
        for name in names:
            found = [
                (f"{before}.{each}".lstrip("."), inner, f"{holder}.{name}")
                for before, holder, _ in found
                for each, inner in self._named(holder, name)
            ]
        return [
            each for each in found if not as_type or each[1].rsplit(".", 1)[-1].lower() == as_type
        ]

    def _named(self, holder: str, name: str) -> list[tuple[str, str]]:
        """An element by its name: its names in JSON and what holds its own elements."""
        path = f"{holder}.{name}"
        if path in self._by_path:
            element = self._by_path[path]
            if "contentReference" in element:
                return [(name, element["contentReference"].removeprefix("#"))]
            code = element["type"][0]["code"]
            return [(name, path if code in {"BackboneElement", "Element"} else code)]
        choice = self._by_path[f"{path}[x]"]
        return [(name + t["code"][0].upper() + t["code"][1:], t["code"]) for t in choice["type"]]

    def system_of(self, path: str) -> str:
        """The one system of a bare code, by its binding; empty if there is none or several."""
        binding = self._by_path.get(path, {}).get("binding", {})
        return self._systems.get(binding.get("valueSet", "").partition("|")[0], "")


def table(folder: Path) -> str:
    """The whole file."""
    elements = _Elements(folder)
    definitions = list(_definitions(folder))
    paragraphs = [_HEADER, _OF_EVERY_TYPE]
    for type_ in KINDS:
        lines = sorted(filter(None, (_line(type_, each, elements) for each in definitions)))
        paragraphs.append("\n".join(["", type_, *lines, ""]))
    return "".join(paragraphs)


def _definitions(folder: Path) -> Iterator[_Definition]:
    """R4's own definitions, not the examples of definitions that the package holds too."""
    for file in sorted(folder.glob("SearchParameter-*.json")):
        definition = json.loads(file.read_text(encoding="utf-8"))
        is_own = definition["url"] == _OFFICIAL + definition["id"]
        if (
            is_own
            and definition.get("xpathUsage") == "normal"
            and "example" not in definition["id"]
        ):
            yield definition


def _line(type_: str, definition: _Definition, elements: _Elements) -> str:
    if type_ not in definition.get("base", ()):
        return ""
    own = list(_own(type_, definition.get("expression", "")))
    if definition["type"] == "composite":
        found = _composite(type_, definition, own, elements)
    else:
        found = [path for each in own for path in _paths(each, definition, elements)]
    if not found:
        return ""
    line = f"  {definition['code']} {definition['type']} {' '.join(found)}"
    targets = definition.get("target", ())
    if definition["type"] == "reference" and targets and len(targets) <= _ANY_TARGET:
        line += f" > {' '.join(sorted(targets))}"
    return line


def _own(type_: str, expression: str) -> Iterator[str]:
    """The alternatives of an expression that are about this type."""
    for part in map(str.strip, re.split(r"\s\|\s", expression)):
        if re.match(rf"\(?{type_}(?:\.|$)", part) and ".extension(" not in part:
            yield part


def _paths(expression: str, definition: _Definition, elements: _Elements) -> Iterator[str]:
    if whether := _WHETHER.match(expression):
        paths = elements.json_paths(whether["path"])
        yield from (f"{path}?" for path, *_ in paths)
    elif kind := _OF_KIND.match(expression):
        yield from (f"{path}[{kind['kind']}]" for path, *_ in elements.json_paths(kind["path"]))
    elif of := _OF_TYPE.match(expression):
        yield from (f"{path}[{of['type']}]" for path, *_ in elements.json_paths(of["path"]))
    elif chosen := _AS.match(expression):
        found = elements.json_paths(chosen["path"], chosen["type"].lower())
        yield from (path + chosen["rest"] for path, *_ in found)
    elif re.fullmatch(r"[\w.]+", expression):
        for path, leaf, element in elements.json_paths(expression):
            system = elements.system_of(element) if leaf == "code" else ""
            of_system = f"={system}" if system and definition["type"] == "token" else ""
            yield path + of_system


def _composite(
    type_: str, definition: _Definition, own: Iterable[str], elements: _Elements
) -> list[str]:
    holders = [f"@{each.removeprefix(type_).lstrip('.')}" for each in own]
    parts = []
    for component in definition["component"]:
        named, kinds = [], set()
        for each in component["expression"].split("|"):
            chosen = re.match(r"(\w+)(?:\.as\((\w+)\))?$", each.strip())
            if chosen is None:
                raise ValueError(definition["code"])
            base = f"{type_}.{holders[0][1:]}.".replace("..", ".") + chosen[1]
            for path, leaf, _ in elements.json_paths(base, (chosen[2] or "").lower()):
                named.append(path.rsplit(".", 1)[-1])
                kinds.add(leaf)
        parts.append(f"{_search_type(kinds)}:{'|'.join(named)}")
    return [*holders, *parts]


def _search_type(leaves: set[str]) -> str:
    kinds = {"Reference": "reference", "Quantity": "quantity", "Range": "quantity"}
    kinds |= {"dateTime": "date", "Period": "date", "string": "string"}
    (kind,) = {kinds.get(leaf, "token") for leaf in leaves}
    return kind


if __name__ == "__main__":
    _TABLE.write_text(table(Path(sys.argv[1])), encoding="utf-8")

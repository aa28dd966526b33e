"""By what each resource type is searched, read once from ``search_parameters.txt``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from openhealthcode.record.kinds import KINDS
from openhealthcode.record.model import Parameter, Path

_TABLE: Final = files("openhealthcode.record").joinpath("search_parameters.txt")
_PATH: Final = re.compile(r"([\w.]+)(\?)?(?:\[(\w+)\])?(?:=(\S+))?")
_OF_EVERY_TYPE: Final = "Resource"


def _read() -> dict[str, dict[str, Parameter]]:
    types: dict[str, dict[str, Parameter]] = {}
    found: dict[str, Parameter] = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            parameter = _parameter(line)
            found[parameter.name] = parameter
        elif line and not line.startswith("#"):
            found = types[line] = dict(types.get(_OF_EVERY_TYPE, {}))
    return types


def _parameter(line: str) -> Parameter:
    said, _, targets = line.partition(">")
    name, type_, *places = said.split()
    if type_ == "composite":
        return _composite(name, places)
    paths = tuple(_path(place) for place in places)
    leads_to = frozenset(targets.split()) if targets else frozenset(KINDS)
    return Parameter(name, type_, paths, leads_to if type_ == "reference" else frozenset())


def _composite(name: str, places: list[str]) -> Parameter:
    holders = tuple(Path(_names(each[1:])) for each in places if each.startswith("@"))
    parts = []
    for each in places:
        if not each.startswith("@"):
            type_, _, names = each.partition(":")
            paths = tuple(_path(one) for one in names.split("|"))
            parts.append(Parameter(names, type_, paths))
    return Parameter(name, "composite", holders, parts=tuple(parts))


def _path(text: str) -> Path:
    found = _PATH.fullmatch(text)
    if found is None:
        raise ValueError("a line of the search parameters cannot be read")
    return Path(_names(found[1]), found[3] or "", found[4] or "", found[2] is not None)


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(dotted.split(".")) if dotted else ()


PARAMETERS: Final[Mapping[str, Mapping[str, Parameter]]] = MappingProxyType(_read())
"""Resource type → name → parameter; ``Resource`` for those of every type."""

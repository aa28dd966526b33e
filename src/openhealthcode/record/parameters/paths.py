"""What stands at the places a search parameter names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from openhealthcode.record.model import Parameter, Path, Resource, Value

_LITERAL: Final = re.compile(
    r"(?P<base>.*/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64})(?:/_history/[^/]+)?"
)


def values_at(resource: Resource, parameter: Parameter) -> Iterator[tuple[Value, Path]]:
    """Every value of a parameter in a resource, with the place it was found at."""
    is_whether = False
    for path in parameter.paths:
        found = _at(resource, path.names)
        if path.is_whether:
            is_whether = is_whether or any(value is not False for value in found)
            continue
        for value in found:
            if not path.of or _is_of(value, path.of):
                yield value, path
    if parameter.paths and parameter.paths[0].is_whether:
        yield is_whether, parameter.paths[0]


def held_at(resource: Resource, path: Path) -> Iterator[Resource]:
    """The objects at a path; the resource itself at an empty one."""
    return (each for each in _at(resource, path.names) if isinstance(each, dict))


def literal(reference: object) -> tuple[str, str] | None:
    """The type and id a literal reference to this server names; None for any other."""
    if not isinstance(reference, str):
        return None
    found = _LITERAL.fullmatch(reference)
    return None if found is None or found["base"] else (found["type"], found["id"])


def _at(value: Value, names: tuple[str, ...]) -> Iterator[Value]:
    for place, name in enumerate(names):
        if isinstance(value, list):
            for each in value:
                yield from _at(each, names[place:])
            return
        if not isinstance(value, dict):
            return
        value = value.get(name)
    if isinstance(value, list):
        yield from (each for each in value if each is not None)
    elif value is not None:
        yield value


def _is_of(value: Value, kind: str) -> bool:
    """Whether a reference leads to this type, or a contact point is of this kind."""
    if not isinstance(value, dict):
        return False
    if kind[0].islower():
        return value.get("system") == kind
    named = literal(value.get("reference"))
    return value.get("type") == kind if named is None else named[0] == kind

"""Marks in JSON: in which order the members of an object come, and how the server's instants end.

One member of each object is the pivot, every other comes before or after it: one bit each. The
order among those before, and among those after, stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from openhealthcode.trust.marks.admissible import JSON

MEMBERS: Final = "members"
INSTANTS: Final = "instants"
_DEEPEST: Final = 32
_ENDINGS: Final = ("+00:00", "Z")

Variant = Callable[[bytes], int]
"""Which of two ways of writing a file shows at a place."""


def marked(resource: dict[str, Any], variant: Variant) -> dict[str, Any]:
    """A resource with the same members and values, in the order a file's bits say.

    Args:
        resource: one FHIR resource with its id.
        variant: of the file it goes into.
    """
    return _members(resource, _name(resource), variant, 0)


def shown(resource: dict[str, Any]) -> Iterator[tuple[str, bytes, int]]:
    """Every place in a resource and the way it is written: kind, place, variant."""
    yield from _shown(resource, _name(resource), 0)


def _name(resource: dict[str, Any]) -> str:
    return f"{resource.get('resourceType')}/{resource.get('id')}"


def _marked(value: object, path: str, variant: Variant, depth: int) -> object:
    if depth > _DEEPEST:
        return value
    if isinstance(value, dict):
        return _members(value, path, variant, depth)
    if isinstance(value, list):
        return [
            _marked(one, f"{path}#{place}", variant, depth + 1) for place, one in enumerate(value)
        ]
    return _instant(value, path, variant)


def _members(value: dict[str, Any], path: str, variant: Variant, depth: int) -> dict[str, Any]:
    first, pivot, others = _parts(value)
    after = {key for key in others if variant(_place(path, key))}
    order = [*first, *(key for key in others if key not in after), *pivot]
    order += [key for key in others if key in after]
    return {
        key: value[key]
        if key in JSON.untouched
        else _marked(value[key], f"{path}:{key}", variant, depth + 1)
        for key in order
    }


def _shown(value: object, path: str, depth: int) -> Iterator[tuple[str, bytes, int]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for place, one in enumerate(value):
            yield from _shown(one, f"{path}#{place}", depth + 1)
    elif isinstance(value, dict):
        yield from _shown_order(value, path)
        for key, below in value.items():
            if key not in JSON.untouched:
                yield from _shown(below, f"{path}:{key}", depth + 1)
    elif isinstance(value, str) and _is_instant(path):
        for way, ending in enumerate(_ENDINGS):
            if value.endswith(ending):
                yield INSTANTS, _encoded(path), way


def _shown_order(value: dict[str, Any], path: str) -> Iterator[tuple[str, bytes, int]]:
    _, pivot, others = _parts(value)
    carrying = set(others)
    of = path.rpartition(":")[2].partition("#")[0] if ":" in path else ""
    is_after = False
    for key in value:
        if key in pivot:
            is_after = True
        elif key in carrying:
            yield f"{MEMBERS} {of}.{key}", _place(path, key), int(is_after)


def _parts(value: dict[str, Any]) -> tuple[list[str], list[str], list[str]]:
    """What stays in front, the pivot, and the members that carry a bit."""
    first = [key for key in ("resourceType",) if key in value]
    rest = [key for key in value if key not in first]
    if not rest:
        return first, [], []
    pivot = "id" if "id" in value else min(rest)
    return first, [pivot], [key for key in rest if key != pivot]


def _instant(value: object, path: str, variant: Variant) -> object:
    if not (isinstance(value, str) and _is_instant(path) and value.endswith(_ENDINGS)):
        return value
    return value.removesuffix("Z").removesuffix("+00:00") + _ENDINGS[variant(_encoded(path))]


def _is_instant(path: str) -> bool:
    return path.rpartition(":")[2] in JSON.instants


def _place(path: str, key: str) -> bytes:
    return _encoded(f"{path}|{key}")


def _encoded(path: str) -> bytes:
    return path.encode(errors="replace")  # a found file may hold half a character

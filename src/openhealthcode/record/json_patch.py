"""Apply a JSON Patch to a resource: every operation in its order, or none of them.

Strict: a pointer that leads nowhere, an index with a leading zero, an operation without what it
needs fails the whole patch; so does what would grow or nest beyond what a body may. What a failure says is which operation and why, never a value.

Source: RFC 6902 (JSON Patch), RFC 6901 (JSON Pointer); FHIR R4, 3.1.0.6 (patch).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Final

from openhealthcode.record.model import Resource
from openhealthcode.record.parse import DEEPEST
from openhealthcode.standards import HealthCodeError

MOST_OPERATIONS: Final = 500
_MOST_COPIED: Final = 20_000
_PIECE: Final = 64
"""Characters of a text that weigh as much as a value."""
_INDEX: Final = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)
_ESCAPE: Final = re.compile(r"~(?![01])")


class PatchMalformed(HealthCodeError):
    """The patch is not a JSON Patch as RFC 6902 describes it."""

    code = "patch-malformed"


class PatchFailed(HealthCodeError):
    """The patch cannot be applied to what is there; nothing of it was done."""

    code = "patch-failed"


class _Broken(Exception):
    """Why one operation cannot be done."""


Json = Any


class _Copies:
    """How much a patch may still copy: copies of copies would grow without end."""

    def __init__(self) -> None:
        self._left = _MOST_COPIED

    def take(self, value: Json) -> Json:
        """A copy of a value, as long as there is room for it."""
        self._left -= _measured(value)[0]
        if self._left < 0:
            raise _Broken("the patch copies too much")
        return deepcopy(value)


def patch(resource: Resource, operations: object) -> Resource:
    """A copy of a resource with these operations done to it.

    Args:
        resource: left as it is.
        operations: the parsed patch.

    Raises:
        PatchMalformed: not a list of operations, an unknown operation, or one without its parts.
        PatchFailed: a path that leads nowhere, or a test that does not hold.
    """
    if not isinstance(operations, list) or len(operations) > MOST_OPERATIONS:
        raise PatchMalformed(f"expected a list of at most {MOST_OPERATIONS} operations")
    patched: Json = deepcopy(resource)
    copies = _Copies()
    for place, operation in enumerate(operations):
        done, arguments = _read(operation, place)
        try:
            if done is _copy:
                arguments["copies"] = copies
            patched = done(patched, **arguments)
        except _Broken as broken:
            raise PatchFailed(f"operation {place}: {broken}") from None
    if not isinstance(patched, dict):
        raise PatchFailed("what is left is no resource")
    return patched


def _read(operation: object, place: int) -> tuple[Callable[..., Json], dict[str, Json]]:
    """What an operation does, and with what."""
    if not isinstance(operation, dict):
        raise PatchMalformed(f"operation {place}: expected an object")
    known = _OPERATIONS.get(operation["op"]) if isinstance(operation.get("op"), str) else None
    if known is None:
        raise PatchMalformed(f"operation {place}: expected one of {', '.join(_OPERATIONS)}")
    done, needed = known
    arguments: dict[str, Json] = {}
    for name in ("path", *needed):
        if name not in operation:
            raise PatchMalformed(f"operation {place}: {name} is missing")
        given = operation[name]
        arguments[_ARGUMENT[name]] = deepcopy(given) if name == "value" else _pointer(given, place)
    return done, arguments


def _pointer(text: object, place: int) -> tuple[str, ...]:
    """The steps of a JSON Pointer; none leads to the whole."""
    if not isinstance(text, str) or (text and not text.startswith("/")) or _ESCAPE.search(text):
        raise PatchMalformed(f"operation {place}: a path is a JSON Pointer (RFC 6901)")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:])


def _add(document: Json, *, path: tuple[str, ...], value: Json) -> Json:
    _check_depth(path, value)
    if not path:
        return value
    holder, last = _holder(document, path), path[-1]
    if isinstance(holder, list):
        place = len(holder) if last == "-" else _index(last)
        if place > len(holder):
            raise _Broken("the place is beyond the end of the list")
        holder.insert(place, value)
    else:
        holder[last] = value
    return document


def _remove(document: Json, *, path: tuple[str, ...]) -> Json:
    return _taken(document, path)[0]


def _replace(document: Json, *, path: tuple[str, ...], value: Json) -> Json:
    _check_depth(path, value)
    if not path:
        return value
    holder = _holder(document, path)
    holder[_existing(holder, path[-1])] = value
    return document


def _move(document: Json, *, path: tuple[str, ...], origin: tuple[str, ...]) -> Json:
    if path == origin:
        _at(document, origin)
        return document
    if path[: len(origin)] == origin:
        raise _Broken("nothing is moved into itself")
    rest, value = _taken(document, origin)
    return _add(rest, path=path, value=value)


def _copy(
    document: Json, *, path: tuple[str, ...], origin: tuple[str, ...], copies: _Copies
) -> Json:
    return _add(document, path=path, value=copies.take(_at(document, origin)))


def _test(document: Json, *, path: tuple[str, ...], value: Json) -> Json:
    if not is_equal(_at(document, path), value):
        raise _Broken("the test does not hold")
    return document


_ARGUMENT: Final = {"path": "path", "value": "value", "from": "origin"}
_OPERATIONS: Final[Mapping[str, tuple[Callable[..., Json], tuple[str, ...]]]] = {
    "add": (_add, ("value",)),
    "copy": (_copy, ("from",)),
    "move": (_move, ("from",)),
    "remove": (_remove, ()),
    "replace": (_replace, ("value",)),
    "test": (_test, ("value",)),
}


def is_equal(one: Json, other: Json) -> bool:
    """Whether two JSON values are the same: numbers by their value, and true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_equal(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_equal, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def _check_depth(path: tuple[str, ...], value: Json) -> None:
    if len(path) + _measured(value)[1] > DEEPEST:
        raise _Broken("what is left is nested too deep")


def _measured(value: Json) -> tuple[int, int]:
    """The weight of a value, in values and pieces of text, and how deep it is nested."""
    weight, depth, level = 0, 0, [value]
    while level:
        below: list[Json] = []
        for each in level:
            weight += 1 + (len(each) // _PIECE if isinstance(each, str) else 0)
            if isinstance(each, dict):
                below += each.values()
            elif isinstance(each, list):
                below += each
        depth, level = depth + 1, below
    return weight, depth


def _taken(document: Json, path: tuple[str, ...]) -> tuple[Json, Json]:
    """The document without what stands at a path, and that."""
    if not path:
        return None, document
    holder = _holder(document, path)
    return document, holder.pop(_existing(holder, path[-1]))


def _holder(document: Json, path: tuple[str, ...]) -> Json:
    """The object or list in which the last step of a path is taken."""
    holder = _at(document, path[:-1])
    if not isinstance(holder, dict | list):
        raise _Broken("the path leads into a value that holds nothing")
    return holder


def _at(document: Json, path: tuple[str, ...]) -> Json:
    for step in path:
        if not isinstance(document, dict | list):
            raise _Broken("the path leads into a value that holds nothing")
        place: Any = _existing(document, step)
        document = document[place]
    return document


def _existing(holder: Json, step: str) -> str | int:
    """The name or place of something that is there."""
    if isinstance(holder, dict):
        if step not in holder:
            raise _Broken("the path leads nowhere")
        return step
    place = _index(step)
    if place >= len(holder):
        raise _Broken("the place is beyond the end of the list")
    return place


def _index(step: str) -> int:
    if not _INDEX.fullmatch(step):
        raise _Broken("a place in a list is a number without leading zeros")
    return int(step)

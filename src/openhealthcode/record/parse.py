"""Parse JSON that strangers sent: bounded before it is parsed, unambiguous afterwards.

Whatever arrives, the answer is an object or one error with a stable code; no input crashes the
parser, takes memory beyond a small multiple of its size, or is read differently by two readers.

Source: RFC 8259; FHIR R4, 2.6.2: property names are unique, no element is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import orjson

from openhealthcode.record.model import Resource
from openhealthcode.standards import HealthCodeError, TooLarge

LARGEST_BODY_BYTES: Final = 10_000_000
DEEPEST: Final = 40
"""Levels of nesting; a Bundle of resources with nested extensions needs about fifteen."""

_BYTES_PER_CONTAINER: Final = 25
_BYTES_PER_VALUE: Final = 6
"""Real resources are far less dense; denser ones are made to take memory."""

_ODD_BACKSLASH: Final = rb"(?<!\\)(?:\\\\)*+\\"
_CONTROL: Final = re.compile(_ODD_BACKSLASH + rb"(?:[bf]|u00(?:0[0-8bcefBCEF]|1[0-9a-fA-F]|7[fF]))")
_CONTAINERS: Final = (dict, list)
_SUSPECTS: Final = (rb"\b", rb"\f", rb"\u00")
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"\s*+(:?)', re.DOTALL)


class MalformedJson(HealthCodeError):
    """The body is not JSON as RFC 8259 and FHIR require it."""

    code = "json-malformed"


def parse(body: bytes, *, largest_bytes: int = LARGEST_BODY_BYTES) -> Resource:
    """Read one JSON object.

    Args:
        body: what was sent.
        largest_bytes: how much is accepted; objects and values are bounded in proportion.

    Raises:
        TooLarge: more bytes, objects or values than this service accepts.
        MalformedJson: not JSON, not an object, too deep, a name twice in one object, a number too
            large for a double, or a control character in a string.
    """
    _check_bounds(body, largest_bytes)
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        # The parser's own message may quote what it read.
        raise MalformedJson("the body is not valid JSON in UTF-8, or is nested too deep") from None
    if not isinstance(parsed, dict):
        raise MalformedJson("the body is not a JSON object")
    if _members(parsed) != _STRING.findall(body).count(b":"):
        raise MalformedJson("a name occurs twice in the same object")
    return parsed


def _check_bounds(body: bytes, largest_bytes: int) -> None:
    containers = body.count(b"{") + body.count(b"[")
    if (
        len(body) > largest_bytes
        or containers > largest_bytes // _BYTES_PER_CONTAINER
        or body.count(b",") > largest_bytes // _BYTES_PER_VALUE
    ):
        raise TooLarge
    if any(escape in body for escape in _SUSPECTS) and _CONTROL.search(body):
        raise MalformedJson("a string contains control characters")


def _members(parsed: Resource) -> int:
    """How many name-value pairs there are at all levels.

    Raises:
        MalformedJson: nested deeper than ``DEEPEST``.
    """
    members = 0
    level: list[dict[str, object] | list[object]] = [parsed]
    for _ in range(DEEPEST):
        if not level:
            return members
        below: list[dict[str, object] | list[object]] = []
        for each in level:
            values: Iterable[object] = each
            if isinstance(each, dict):
                members += len(each)
                values = each.values()
            below += [v for v in values if isinstance(v, _CONTAINERS)]
        level = below
    raise MalformedJson("the body is nested too deep")

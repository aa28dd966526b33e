"""Parse JSON that strangers sent: bounded before it is parsed, unambiguous afterwards.

Whatever arrives, the answer is an object or one error with a stable code; no input crashes the
parser, takes memory beyond a small multiple of its size, or is read differently by two readers.

Source: RFC 8259; FHIR R4, 2.6.2: property names are unique, no element is empty.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

import orjson

from openhealthcode.record.exact import read_exactly
from openhealthcode.record.model import Resource
from openhealthcode.standards import HealthCodeError, TooLarge

LARGEST_BODY_BYTES: Final = 10_000_000
DEEPEST: Final = 40
"""Levels of nesting; a Bundle of resources with nested extensions needs about fifteen."""

_BYTES_PER_CONTAINER: Final = 30
_BYTES_PER_VALUE: Final = 20
"""The densest of HL7's examples have 38 and 33; denser bodies are made to take memory."""
_SPLIT_AT_ONCE_BYTES: Final = 1_000_000

_ODD_BACKSLASH: Final = rb"(?<!\\)(?:\\\\)*+\\"
_CONTROL: Final = re.compile(_ODD_BACKSLASH + rb"(?:[bf]|u00(?:0[0-8bcefBCEF]|1[0-9a-fA-F]|7[fF]))")
_NO_QUANTITY: Final = 1e18
"""Whole numbers from here on are read as doubles alone; the check of the structure refuses them."""
_BACKSLASH: Final = b"\\"
_SUSPECTS: Final = (rb"\b", rb"\f", rb"\u00")
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"\s*+(:?)', re.DOTALL)


class MalformedJson(HealthCodeError):
    """The body is not JSON as RFC 8259 and FHIR require it."""

    code = "json-malformed"


def parse(body: bytes, *, largest_bytes: int = LARGEST_BODY_BYTES) -> Resource:
    """Read one JSON object; its numbers stay as they were written.

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
    members, decimals = _survey(parsed)
    if members != _names(body):
        raise MalformedJson("a name occurs twice in the same object")
    if decimals and all(abs(one) < _NO_QUANTITY for one in decimals):
        return read_exactly(body)
    return parsed


def _check_bounds(body: bytes, largest_bytes: int) -> None:
    size, most = len(body), largest_bytes // _BYTES_PER_CONTAINER
    # A body shorter than the number of them that is accepted cannot hold more.
    if size > largest_bytes or (
        size > most
        and (
            body.count(b"{") + body.count(b"[") > most
            or body.count(b",") > largest_bytes // _BYTES_PER_VALUE
        )
    ):
        raise TooLarge
    if _BACKSLASH in body and any(e in body for e in _SUSPECTS) and _CONTROL.search(body):
        raise MalformedJson("a string contains control characters")


def _names(body: bytes) -> int:
    """How many names of members are written in it, each time they are: a colon follows each."""
    if len(body) > _SPLIT_AT_ONCE_BYTES:  # slower, and takes no memory
        return sum(string[1] == b":" for string in _STRING.finditer(body))
    if _BACKSLASH in body:
        return _STRING.findall(body).count(b":")
    return b"".join(body.split(b'"')[::2]).count(b":")


def _survey(parsed: Resource) -> tuple[int, list[float]]:
    """How many name-value pairs there are at all levels, and the numbers read as doubles.

    Raises:
        MalformedJson: nested deeper than ``DEEPEST``.
    """
    members, decimals = 0, list[float]()
    level: list[dict[str, object] | list[object]] = [parsed]
    for _ in range(DEEPEST):
        if not level:
            return members, decimals
        below: list[dict[str, object] | list[object]] = []
        for each in level:
            values: Collection[object] = each
            if isinstance(each, dict):
                members += len(each)
                values = each.values()
            for value in values:
                kind = value.__class__
                if kind is dict or kind is list:
                    below.append(value)  # type: ignore[arg-type] # one of the two
                elif kind is float:
                    decimals.append(value)  # type: ignore[arg-type] # as above
        level = below
    raise MalformedJson("the body is nested too deep")

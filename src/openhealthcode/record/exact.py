"""Numbers as they were written: 120.50 stays 120.50, from the sender's bytes to every reader's.

A double says the same of 120.5 and 120.50, a laboratory does not. What a double would write
differently therefore carries its own text along; to everything that computes it is a float.

Source: HL7 FHIR R4 (4.0.1), 2.24.0.1: the precision of a decimal has meaning and is kept.
"""

from __future__ import annotations

from typing import Any, Final, Self

import msgspec
import orjson

from openhealthcode.record.model import Resource

LONGEST_DECIMAL: Final = 40
"""Characters; FHIR asks for eighteen digits, and no quantity needs more than twice as many."""


class WrittenDecimal(float):
    """A number that its double would write differently."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        """The number this text writes."""
        made = super().__new__(cls, text)
        made.text = str(text)
        return made


def _read_number(text: str) -> float:
    number = float(text)
    return number if repr(number) == text else WrittenDecimal(text)


_DECODER: Final = msgspec.json.Decoder(dict[str, Any], float_hook=_read_number)


def read_exactly(body: bytes) -> Resource:
    """Read JSON that was checked before, with its numbers as they are written."""
    return _DECODER.decode(body)


def write_exactly(resource: object, *, is_sorted: bool = False) -> bytes:
    """Write JSON with its numbers as they were read."""
    options = orjson.OPT_SORT_KEYS if is_sorted else None
    return orjson.dumps(resource, default=_as_written, option=options)


def _as_written(value: object) -> orjson.Fragment:
    if isinstance(value, WrittenDecimal):
        return orjson.Fragment(value.text)
    raise TypeError

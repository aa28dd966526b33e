"""What FHIR's primitive types look like in JSON.

Source: HL7 FHIR R4 (4.0.1), 2.24.0.1 (primitive types) and 2.6.2 (JSON representation).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from types import MappingProxyType
from typing import Final

LONGEST_STRING: Final = 1_048_576
"""FHIR's own limit of a string, in characters."""

_NUMBERS: Final = (int, float)
_DATE: Final = r"(?!0000)\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?"
_DAY: Final = r"(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_CLOCK: Final = r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?"
_ZONE: Final = r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))"
_ID: Final = r"[A-Za-z0-9\-.]{1,64}"


def _matches(pattern: str) -> Callable[[object], bool]:
    full_match = re.compile(pattern, re.ASCII).fullmatch
    return lambda value: isinstance(value, str) and full_match(value) is not None


def _is_string(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_STRING and not value.isspace()


def _is_boolean(value: object) -> bool:
    return value is True or value is False


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not _is_boolean(value) and -(2**31) <= value < 2**31


def _is_decimal(value: object) -> bool:
    """Eighteen digits before the point, as FHIR's own pattern; longer ones are never meant."""
    return isinstance(value, _NUMBERS) and not _is_boolean(value) and -1e18 < value < 1e18


def _exists(matches: Callable[[object], bool]) -> Callable[[object], bool]:
    """Narrow a pattern of dates to days that exist."""

    def is_one(value: object) -> bool:
        if not matches(value):
            return False
        text = str(value)
        if len(text) < 10 or text[8:10] < "29":  # every month has these days
            return True
        try:
            date.fromisoformat(text[:10])
        except ValueError:
            return False
        return True

    return is_one


PRIMITIVES: Final = MappingProxyType(
    {
        "string": _is_string,
        "boolean": _is_boolean,
        "integer": _is_integer,
        "decimal": _is_decimal,
        "id": _matches(_ID),
        "date": _exists(_matches(_DATE)),
        "dateTime": _exists(_matches(rf"{_DATE}|{_DAY}T{_CLOCK}{_ZONE}")),
        "instant": _exists(_matches(rf"{_DAY}T{_CLOCK}{_ZONE}")),
        "time": _matches(_CLOCK),
        "reference": _matches(
            r"#[A-Za-z0-9\-.]{0,64}"
            rf"|urn:(?:uuid|oid):{_ID}"
            rf"|(?:https?://[^\s?#]{{1,1000}}/)?[A-Z][A-Za-z]{{1,63}}/{_ID}(?:/_history/{_ID})?"
            r"|[A-Z][A-Za-z]{1,63}\?identifier=[^\s&]{1,1000}"
        ),
    }
)
"""Type → test. Codes, URIs and markdown are tested as strings."""

"""Reading FHIR JSON that may be incomplete, wrongly shaped or hostile, without failing.

What was filed years ago by somebody else's software must still be readable: a missing or
misshapen field reads as empty. Text becomes inert here: no control characters, no characters
that reverse or hide their neighbours, no endless strings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

LONGEST_TEXT = 400
"""Characters kept of one piece of text; a summary is not the place for a novel."""

# Controls, zero-width and direction-changing characters, lone surrogates, Unicode's
# non-characters; the no-break spaces are kept because doses are written with them.
_UNFIT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufe00-\ufe0f\ufeff\ufff0-\uffff]"
)
_SPACES = re.compile(r"[ \t\r\n\u3000]{2,}")
_EMPTY: Json = {}


def text_of(value: object, longest: int = LONGEST_TEXT) -> str:
    """A string fit to be shown, or nothing."""
    if not isinstance(value, str) or not value:
        return ""
    if len(value) > longest * 4:
        value = value[: longest * 4]
    if not value.isprintable():
        value = _UNFIT.sub(_replacement, value)
    value = _SPACES.sub(" ", value).strip()
    return value if len(value) <= longest else value[: longest - 1].rstrip() + "…"


def mapping_of(value: object) -> Json:
    """A JSON object, or an empty one."""
    return value if isinstance(value, dict) else _EMPTY


def first_of(value: object) -> Json:
    """The first JSON object of a list, or the object itself where a sender forgot the list."""
    return next(mappings_of(value), _EMPTY)


def mappings_of(value: object) -> Iterator[Json]:
    """Every JSON object of a list."""
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                yield item


def number_of(value: object) -> float | None:
    """A finite number; true and false are not numbers here."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = value if isinstance(value, float) else float(value)
    except OverflowError:
        return None
    return number if abs(number) < 1e15 else None  # also false for NaN and infinity


def choice_of(resource: Json, stem: str) -> tuple[str, object]:
    """A FHIR choice element ``stem[x]``: the name it goes by and its value.

    Returns:
        ("", None) when the resource has none.
    """
    size = len(stem)
    for key, value in resource.items():
        if len(key) > size and key.startswith(stem) and key[size].isupper():
            return key, value
    return "", None


def _replacement(match: re.Match[str]) -> str:
    return " " if match.group() in "\t\n\r\x0b\x0c\u2028\u2029" else ""

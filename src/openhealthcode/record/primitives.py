"""What FHIR's primitive types look like in JSON.

Source: HL7 FHIR R4 (4.0.1), 2.24.0.1 (primitive types) and 2.6.2 (JSON representation); 2.4.0.2,
txt-1 and txt-2 for narratives. Published patterns that would take long on text made to that end
are written so that they cannot.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from types import MappingProxyType
from typing import Final

from openhealthcode.record.exact import LONGEST_DECIMAL, WrittenDecimal

LONGEST_STRING: Final = 1_048_576
"""FHIR's own limit of a string, in characters."""

_NUMBERS: Final = (int, float)
_DATE: Final = r"(?!0000)\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?"
_DAY: Final = r"(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
CLOCK: Final = r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?"
ZONE: Final = r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))"
ID: Final = r"[A-Za-z0-9\-.]{1,64}"

_TAGS: Final = (
    "td tr p div span b br a table th i li ul em h[1-6] strong small big tt dfn q var abbr acronym "
    "cite blockquote hr address bdo kbd sub sup ol dl dt dd pre caption colgroup col thead tfoot "
    "tbody code samp img map area"
).replace(" ", "|")
_LEADS_TO: Final = (
    r"(?i:https?|mailto|tel|urn|cid):|(?i:data:image/(?:png|jpeg|gif)[;,])|[^\"':&?/#]*+[\"'?/#]"
)
"""Addresses that run nothing when they are followed; without a scheme, no entity may hide one."""
_ATTRIBUTES: Final = (
    (
        "title style class id lang xml:lang xmlns(?::[a-z]+)? dir accesskey tabindex span width height "
        "align valign char charoff abbr axis headers scope rowspan colspan border cellpadding "
        "cellspacing frame rules summary name alt longdesc usemap charset type hreflang rel rev shape "
        "coords nohref cite"
    ).replace(" ", "|")
    + r"|(?:href|src)(?=\s*+=\s*+[\"']\s*+(?:"
    + _LEADS_TO
    + "))"
)
_TAG: Final = (
    rf"</?(?:{_TAGS})"
    rf"(?>(?:\s++(?:{_ATTRIBUTES})\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+')){{0,100}})\s*+/?>"
)
_BASE64: Final = re.compile(r"\s*+(?:[0-9A-Za-z+/]\s*+)++(?:=\s*+){0,2}").fullmatch
_PLAIN_TAG: Final = r"</?(?:t[dr]|table|tbody|thead|th|p|div|span|li|[uo]l|b|i)>"
"""What most tags look like, tried first."""
_COMMENT: Final = r"<!--[^-]*+(?>(?:-[^-]++){0,10000})-->"
_NARRATIVE_BEGINS: Final = re.compile(r"\s*+(?=<div[\s>])")
_PIECES: Final = re.compile(
    rf"(?>(?:[^<]*+(?:{_PLAIN_TAG}|{_TAG}|{_COMMENT})){{1,1000}})", re.DOTALL
)
"""Some of the tags and comments, with the text before each. Groups that can fail half-way are repeated in
atomic groups, or look ahead first: Python before 3.11.5, Debian's too, goes on from where ``(?:...)*+`` failed (python/cpython
issue 106052). An atomic group keeps 240 bytes for each turn while it is tried, hence not all at once."""
_SAYS_SOMETHING: Final = re.compile(r">[^<]*[^\s<]|<img\b")


def _matches(pattern: str) -> Callable[[object], bool]:
    full_match = re.compile(pattern, re.ASCII).fullmatch
    return lambda value: isinstance(value, str) and full_match(value) is not None


def _is_string(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_STRING and not value.isspace()


def _is_text(pattern: str) -> Callable[[object], bool]:
    """A string that also matches a pattern."""
    full_match = re.compile(pattern).fullmatch
    return lambda value: (
        isinstance(value, str) and len(value) <= LONGEST_STRING and full_match(value) is not None
    )


def _is_boolean(value: object) -> bool:
    return value is True or value is False


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not _is_boolean(value) and -(2**31) <= value < 2**31


def _is_decimal(value: object) -> bool:
    """Eighteen digits before the point, as FHIR's own pattern; longer ones are never meant."""
    if isinstance(value, WrittenDecimal) and len(value.text) > LONGEST_DECIMAL:
        return False
    return isinstance(value, _NUMBERS) and not _is_boolean(value) and -1e18 < value < 1e18


def _is_unsigned(value: object) -> bool:
    return isinstance(value, int) and not _is_boolean(value) and 0 <= value < 2**31


def _is_positive(value: object) -> bool:
    return isinstance(value, int) and not _is_boolean(value) and 0 < value < 2**31


def _is_base64(value: object) -> bool:
    """As long as the parser takes a body: documents and pictures are larger than any string."""
    return (
        isinstance(value, str)
        and _BASE64(value) is not None
        and len("".join(value.split())) % 4 == 0
    )


def _is_narrative(value: object) -> bool:
    """A ``div`` of the elements and attributes of plain text, tables and pictures, nothing active.

    Whether its elements are nested as they should be is not looked at.
    """
    return (
        isinstance(value, str)
        and len(value) <= LONGEST_STRING
        and _is_tags_and_text(value)
        and value.rstrip().endswith("</div>")
        and _SAYS_SOMETHING.search(value) is not None
    )


def _is_tags_and_text(value: str) -> bool:
    piece = _NARRATIVE_BEGINS.match(value)
    end = -1
    while piece is not None:
        end = piece.end()
        piece = _PIECES.match(value, end)
    return end >= 0 and not value[end:].strip()


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
        "markdown": _is_string,
        "xhtml": _is_narrative,
        "boolean": _is_boolean,
        "integer": _is_integer,
        "unsignedInt": _is_unsigned,
        "positiveInt": _is_positive,
        "decimal": _is_decimal,
        "base64Binary": _is_base64,
        "code": _is_text(r"\S++(?:(?=\s\S)\s\S++)*+"),
        "uri": _is_text(r"\S++"),
        "url": _is_text(r"\S++"),
        "canonical": _is_text(r"\S++"),
        "oid": _matches(r"urn:oid:[0-2](?:\.(?:0|[1-9]\d{0,200})){1,128}"),
        "uuid": _matches(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        "id": _matches(ID),
        "date": _exists(_matches(_DATE)),
        "dateTime": _exists(_matches(rf"{_DATE}|{_DAY}T{CLOCK}{ZONE}")),
        "instant": _exists(_matches(rf"{_DAY}T{CLOCK}{ZONE}")),
        "time": _matches(CLOCK),
        "reference": _matches(
            r"#[A-Za-z0-9\-.]{0,64}"
            rf"|urn:(?:uuid|oid):{ID}"
            rf"|[A-Z][A-Za-z]{{1,63}}/{ID}(?:/_history/{ID})?|https?://[^\s?#]{{1,1000}}"
            r"|[A-Z][A-Za-z]{1,63}\?identifier=[^\s&]{1,1000}"
        ),
    }
)
"""Type → test."""

is_media_type: Final = _is_text(
    r"[\w!#$&^.+\-]++/[\w!#$&^.+\-*]++(?>(?:\s*+;\s*+[^\s;][^;]*+){0,100})"
)
"""Source: BCP 13, to which FHIR binds types of contents: the form, not a list."""

"""What a found file shows: which form it has, which places of it are written how, whose ids are in it.

Nothing here believes a word of it: it is read in bounded passes, and what cannot be read shows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import orjson

from openhealthcode.access.handing_over import copy_numbers
from openhealthcode.healthcode import picture
from openhealthcode.standards import HealthCodeError, TooLarge
from openhealthcode.supervision.tracing.picture import is_picture
from openhealthcode.trust.marks import (
    MarkCode,
    Votes,
    read_table,
    shown_by_resources,
)

LARGEST_BYTES: Final = 64_000_000
_ENCODINGS: Final = ("utf-8-sig", "gb18030")
_PDF: Final = b"%PDF-"
_DEEPEST: Final = 8
_MOST_RESOURCES: Final = 200_000
_ID: Final = re.compile(r"(?<![A-Za-z0-9.-])[A-Za-z0-9.-]{64}(?![A-Za-z0-9.-])")


class Form(StrEnum):
    """What a found file is."""

    TABLE = "table"
    RESOURCES = "resources"
    TEXT = "text"
    PDF = "pdf"
    PICTURE = "picture"


@dataclass(slots=True)
class Found:
    """What a found file shows.

    Args:
        votes: the marks that were read.
        ids: what looks like ids of ours, once each, in their order.
        numbers: ID numbers of people who may not exist.
        labels: names of files it bears in plain sight.
    """

    form: Form
    votes: Votes
    ids: list[str] = field(default_factory=list, repr=False)
    numbers: set[str] = field(default_factory=set, repr=False)
    labels: set[bytes] = field(default_factory=set)


def read_found(content: bytes, code: MarkCode) -> Found:
    """Read a found file, whatever it is.

    Raises:
        TooLarge: more than is looked at.
    """
    if len(content) > LARGEST_BYTES:
        raise TooLarge
    if is_picture(content):
        return _of_picture(content, code)
    text = _text(content)
    resources = list(_resources(content, text))
    found = _of_resources(resources, text, code) if resources else _of_table(text, code)
    found.labels = _labels(text)
    if content.startswith(_PDF):
        found.form = Form.PDF
    return found


def _of_picture(content: bytes, code: MarkCode) -> Found:
    """A picture of paper: the number of the copy is a code at the foot of each page."""
    found = Found(Form.PICTURE, Votes(code))
    with suppress(HealthCodeError):
        found.labels = _labels(picture.read(content))
    return found


def _labels(text: str) -> set[bytes]:
    return {name.bytes for name in copy_numbers(text)}


def _text(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode(errors="replace")


def _of_resources(resources: list[dict[str, Any]], text: str, code: MarkCode) -> Found:
    found = Found(Form.RESOURCES, Votes(code))
    for kind, place, variant in shown_by_resources(code, resources):
        found.votes.cast(kind, place, variant)
    found.ids = _ids(text)
    return found


def _of_table(text: str, code: MarkCode) -> Found:
    table = read_table(text, code)
    found = Found(Form.TABLE if table.rows else Form.TEXT, Votes(code), numbers=table.numbers)
    for kind, place, variant in table.places:
        found.votes.cast(kind, place, variant)
    found.ids = list(dict.fromkeys(table.ids)) or _ids(text)
    return found


def _ids(text: str) -> list[str]:
    return list(dict.fromkeys(_ID.findall(text)))


def _resources(content: bytes, text: str) -> Iterator[dict[str, Any]]:
    """Every resource with an id: of a Bundle, a list, a file of a resource a line."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        return
    whole = _json(text)
    told = [whole] if whole is not None else map(_json, text.splitlines())
    left = _MOST_RESOURCES
    for one in told:
        for resource in _inside(one, 0):
            yield resource
            left -= 1
            if not left:
                return


def _json(text: str) -> object:
    try:
        return orjson.loads(text.encode(errors="replace").removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return None


def _inside(value: object, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            yield from _inside(one, depth + 1)
    elif isinstance(value, dict):
        if isinstance(value.get("id"), str) and value.get("resourceType", "Bundle") != "Bundle":
            yield value
        else:
            for one in value.values():
                yield from _inside(one, depth + 1)

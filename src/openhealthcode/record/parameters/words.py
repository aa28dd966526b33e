"""Words as a search compares them: without case, without accents, any form of the same character.

Source: FHIR R4, 3.1.1.4.7 (string).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

from openhealthcode.record.model import Value

_PARTS: Final = (
    "text", "family", "given", "prefix", "suffix",
    "line", "city", "district", "state", "postalCode", "country",
)  # fmt: skip


def folded(text: str) -> str:
    """A text without case and accents."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(c for c in apart if not unicodedata.combining(c)).casefold()


def words_in(value: Value) -> Iterator[str]:
    """The texts of a string, name or address; of a Chinese name also its two parts together."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in _PARTS:
            inner = value.get(part, ())
            yield from (each for each in ([inner] if isinstance(inner, str) else inner) if each)
        family, given = value.get("family"), value.get("given")
        if family and given:
            yield family + "".join(each for each in given if each)

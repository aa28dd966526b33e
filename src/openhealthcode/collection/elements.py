"""The data elements rules speak of: WS 363 (卫生信息数据元目录) on one side, FHIR R4 on the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from openhealthcode.collection.model import Resource

_SELECTOR: Final = re.compile(
    r"(?P<type>[A-Z][A-Za-z]+)(?P<path>(?:\.[a-zA-Z]+)*)(?:\?(?P<key>code|category|url)=(?P<value>\S+))?"
)


class Input(StrEnum):
    """How a form asks for an element."""

    TEXT = "text"
    SEX = "sex"
    DATE = "date"
    CERTIFICATE = "certificate"
    PHONE = "phone"
    LANGUAGE = "language"


class BadSelector(ValueError):
    """A place in FHIR that is not written as the catalogue writes them."""


@dataclass(frozen=True, slots=True)
class Selector:
    """Where in FHIR an element stands: a type, an element of it, or what a code makes of it.

    Args:
        path: element names below the type; empty when the whole resource is meant.
        key: ``code``, ``category`` or ``url`` when a code, category or extension decides.
        value: ``system|code``, a category, or the extension's address.
    """

    type: str
    path: tuple[str, ...]
    key: str
    value: str

    @classmethod
    def parse(cls, text: str) -> Selector:
        """Read ``Type.element`` or ``Type?code=system|code``.

        Raises:
            BadSelector: it is neither.
        """
        found = _SELECTOR.fullmatch(text)
        if found is None:
            raise BadSelector(text)
        path = tuple(found["path"].split(".")[1:])
        key = found["key"] or ""
        if (key == "url") != (path == ("extension",)) or (key in {"code", "category"} and path):
            raise BadSelector(text)
        return cls(found["type"], path, key, found["value"] or "")

    def __str__(self) -> str:
        """As it was written."""
        asked = f"?{self.key}={self.value}" if self.key else ""
        return ".".join([self.type, *self.path]) + asked

    def describes(self, resource: Resource) -> bool:
        """Whether a resource, or a component of one, is this element by its type and codes."""
        if self.path:
            return False
        return not self.key or self.value in set(_codes(resource.get(self.key), self.key))


def _codes(concepts: object, key: str) -> Iterator[str]:
    for concept in concepts if isinstance(concepts, list) else (concepts,):
        codings = concept.get("coding") if isinstance(concept, dict) else None
        for coding in codings if isinstance(codings, list) else ():
            if isinstance(coding, dict):
                code = str(coding.get("code"))
                yield code if key == "category" else f"{coding.get('system')}|{code}"


@dataclass(frozen=True, slots=True)
class Element:
    """One data element (数据元).

    Args:
        de: numbers of WS 363 with their official names.
        words: an Observation that calls itself so is this element, whatever its code.
        is_over_collection: closed in every scene that does not name it with a reason.
        input: how a form asks for it; ``None`` when only systems deliver it.
        unverified: places among ``fhir`` whose code was not read in a source.
    """

    id: str
    zh: str
    en: str
    fhir: tuple[Selector, ...]
    de: Mapping[str, str]
    words: tuple[str, ...]
    is_over_collection: bool
    input: Input | None
    unverified: frozenset[str]

    def is_said_by(self, text: str) -> bool:
        """Whether what an Observation calls itself is this element in words."""
        return any(_says(text, word) for word in self.words)


def _says(text: str, word: str) -> bool:
    if word.isascii():
        return re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) is not None
    return word in text

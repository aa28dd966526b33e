"""Read off an entry what it is: day, category, what it betrays, and the keys it is found by.

Pure and total over structurally valid resources: the same resource always has the same
description, whoever files it and whenever.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from datetime import date
from html import unescape
from typing import Any, Final

from openhealthcode.record.kinds import KINDS, Kind
from openhealthcode.record.model import Description, Resource
from openhealthcode.record.placing import category_of
from openhealthcode.terminology import sensitive_categories

_NOT_LANGUAGE: Final = frozenset(
    """
    resourceType id system code reference status value unit url uri use version versionId data
    lastUpdated contentType language hash uid linkId intent priority mode kind type category
    comparator currency gender family given prefix suffix line city district postalCode country
    profile start end authoredOn issued recorded recordedDate date created sent received when
    birthDate implicitRules questionnaire instantiatesUri instantiatesCanonical path operator
    criticality lifecycleStatus docStatus durationUnit periodUnit dayOfWeek daysOfWeek serialNumber
    lotNumber deviceIdentifier distinctIdentifier carrierHRF carrierAIDC effectiveDateTime
    performedDateTime onsetDateTime occurrenceDateTime valueDateTime valueCode valueUri valueUrl
    valueOid valueUuid valueCanonical valueDate valueInstant valueTime valueId valueBase64Binary
    whenHandedOver whenPrepared started
    """.split()  # noqa: SIM905 - a list of words reads better as one
)
"""Elements that hold no words of a language. Every other string is read, also of elements to come."""
_READABLE: Final = ("text/", "application/xml", "application/json", "application/xhtml")
_TAG: Final = re.compile(r"<[^>]*>")
_PERSONS: Final = frozenset({"Patient", "RelatedPerson", "Practitioner", "PractitionerRole"})
"""Their names and addresses are words, but say nothing about health."""
UNNAMED_SYSTEM: Final = "-"
"""Stands for the missing system in a search key; no URI is a single hyphen."""


def describe(resource: Resource) -> Description:
    """Describe a resource that ``check`` has passed."""
    kind = KINDS[resource["resourceType"]]
    codings: list[tuple[str, str]] = []
    texts: list[str] = []
    if resource["resourceType"] not in _PERSONS:
        _gather(resource, codings, texts)
    return Description(
        type=resource["resourceType"],
        day=_day(resource, kind),
        category=category_of(resource, kind.category),
        sensitive=sensitive_categories(set(codings), set(texts)),
        tokens=tuple(dict.fromkeys(_tokens(resource, kind))),
    )


def _gather(value: Resource, codings: list[tuple[str, str]], texts: list[str]) -> None:
    """Collect every coding and every piece of language, however deep, extensions included."""
    code = value.get("code")
    if code.__class__ is str:
        codings.append((value.get("system", ""), code))
    for name, inner in value.items():
        for each in inner if inner.__class__ is list else (inner,):
            if each.__class__ is dict:
                _gather(each, codings, texts)
            elif each.__class__ is str and name not in _NOT_LANGUAGE:
                texts.append(_without_markup(each) if "<" in each or "&" in each else each)
    if "data" in value and value.get("contentType", "").startswith(_READABLE):
        texts.append(_without_markup(_decoded(value["data"])))


def _without_markup(text: str) -> str:
    """What a reader sees of a narrative: a word may be cut in two by a tag, or spelt in numbers."""
    return unescape(_TAG.sub("", text))


def _decoded(data: object) -> str:
    """The words of an attachment that is text; one that is not is not looked into."""
    try:
        return b64decode(str(data)).decode(errors="replace")
    except ValueError:
        return ""


def _day(resource: Resource, kind: Kind) -> date | None:
    for path in kind.days:
        for found in _at(resource, path):
            if isinstance(found, str):
                return first_day(found)
    return None


def first_day(text: str) -> date:
    """The day a FHIR date or dateTime begins, as written; a year or month begins on its first."""
    return date.fromisoformat((text[:10] + "-01-01")[:10])


def _tokens(resource: Resource, kind: Kind) -> Iterator[str]:
    for parameter, path in kind.codes:
        for found in _at(resource, path):
            yield from _keys(parameter, found)


def _keys(parameter: str, value: object) -> Iterator[str]:
    """Keys of a code or concept: with its system, without it, and the system alone."""
    if isinstance(value, str):
        yield f"{parameter}||{value}"
    elif isinstance(value, dict):
        for coding in value.get("coding", (value,)):
            code, system = coding.get("code"), coding.get("system")
            if code is not None:
                yield f"{parameter}||{code}"
                yield f"{parameter}|{system or UNNAMED_SYSTEM}|{code}"
            if system is not None:
                yield f"{parameter}|{system}|"


def _at(value: object, path: str) -> Iterator[Any]:
    """What stands at a dotted path, every element of a list by itself."""
    name, _, rest = path.partition(".")
    if isinstance(value, dict) and name in value:
        inner = value[name]
        for each in inner if isinstance(inner, list) else (inner,):
            if rest:
                yield from _at(each, rest)
            else:
                yield each

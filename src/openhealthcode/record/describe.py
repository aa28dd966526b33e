"""Read off an entry what it is: day, category, what it betrays, and the keys it is found by.

Pure and total over structurally valid resources: the same resource always has the same
description, whoever files it and whenever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from openhealthcode.record.kinds import KINDS, Kind
from openhealthcode.record.language import language_of
from openhealthcode.record.model import Description, Resource
from openhealthcode.record.placing import category_of
from openhealthcode.standards import SensitiveCategory
from openhealthcode.terminology import SensitiveMap, packaged_map

_PERSONS: Final = frozenset({"Patient", "RelatedPerson", "Practitioner", "PractitionerRole"})
"""Their names and addresses are words, but say nothing about health."""
_ORGANIZATION: Final = "Organization/"
_SENDS_NOBODY: Final[Mapping[str, frozenset[str]]] = {
    "ServiceRequest": frozenset({"draft", "revoked", "entered-in-error"}),
    "Appointment": frozenset({"proposed", "cancelled", "entered-in-error"}),
}
"""In which states an order or appointment sends its resident nowhere."""
UNNAMED_SYSTEM: Final = "-"
"""Stands for the missing system in a search key; no URI is a single hyphen."""


def describe(resource: Resource, by: SensitiveMap | None = None) -> Description:
    """Describe a resource that ``check`` has passed.

    Args:
        resource: as it was sent.
        by: the edition of the sensitive map in force; by itself the one this release brings.
    """
    kind = KINDS[resource["resourceType"]]
    return Description(
        type=resource["resourceType"],
        day=_day(resource, kind),
        category=category_of(resource, kind.category),
        sensitive=betrayed_by(resource, by or packaged_map()),
        tokens=tuple(dict.fromkeys(_tokens(resource, kind))),
    )


def betrayed_by(resource: Resource, by: SensitiveMap) -> frozenset[SensitiveCategory]:
    """What an entry betrays by itself; one that cannot be read to its end may betray anything."""
    if resource["resourceType"] in _PERSONS:
        return frozenset()
    said = language_of(resource)
    betrayed = by.categories(said.codings, said.texts)
    return betrayed if said.is_whole else betrayed | {SensitiveCategory.UNREAD}


def referred_to(resource: Resource, owner: str) -> tuple[str, ...]:
    """Search keys of the institutions an order or appointment sends its resident to.

    Args:
        resource: with references already turned into ours.
        owner: whose entry it is; an appointment is with the institution that filed it.
    """
    type_ = resource["resourceType"]
    if resource.get("status") in _SENDS_NOBODY.get(type_, ()):
        return ()
    if type_ == "Appointment":
        return (referral_key(owner),)
    if type_ != "ServiceRequest":
        return ()
    found = (one for one in _at(resource, "performer.reference") if isinstance(one, str))
    named = (one.removeprefix(_ORGANIZATION) for one in found if one.startswith(_ORGANIZATION))
    return tuple(dict.fromkeys(map(referral_key, named)))


def referral_key(institution_id: str) -> str:
    """The search key of being sent to an institution; no search of FHIR has this name."""
    return f"referred-to||{institution_id}"


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

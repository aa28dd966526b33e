"""What an entry is called and what it refers to: what is closed closes whatever refers to it.

A result that names its visit, a report that names its findings or a claim that names its diagnosis
would show, by a reference that leads nowhere, that there is something closed. Bodies are sealed as
they were filed, so nothing can be taken out of them when they are shown; instead an entry carries
the closed kinds of everything it refers to, and of what that refers to. It holds from either side:
an entry filed before the visit it names is found when the visit arrives.

Names are kept as tokens among an entry's search keys. The first bit of an entry's own name is 0; a
reference to that name is its complement. So one is found from the other without opening anything,
and what an entry is called is never taken for what it refers to: closing a result does not close
the visit it names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from openhealthcode.record.model import Resource
from openhealthcode.standards import SensitiveCategory
from openhealthcode.trust import ResidentKeys

_BEARERS: Final = ("Patient/", "Practitioner/", "PractitionerRole/", "Organization/", "#")
"""Of whom or by whom an entry is says nothing by the reference alone."""
_UNNAMED: Final = frozenset({"Patient", "RelatedPerson", "Practitioner", "PractitionerRole"})
_NAME: Final = 0x7F
_EVERY_BIT: Final = bytes(255 - each for each in range(256))


@dataclass(frozen=True, slots=True)
class Links:
    """The names an entry goes by, and the names it refers to."""

    names: frozenset[str]
    references: frozenset[str]


def links_of(resource: Resource, *known_as: str) -> Links:
    """The links of a resource whose references are ours.

    Args:
        resource: as it will be sealed.
        known_as: our own name of the entry, and the address its sender knows it by.
    """
    names = {name for name in known_as if name}
    if resource["resourceType"] not in _UNNAMED:
        own = resource.get("identifier", [])
        names.update(map(_identified, own if isinstance(own, list) else [own]))
    references = {
        found
        for name, value in resource.items()
        if name != "identifier"
        for found in _references(value)
        if not found.startswith(_BEARERS)
    }
    return Links(frozenset(names - {""}), frozenset(references - {""}))


def _references(value: object) -> Iterator[str]:
    """Every reference, however deep: literal ones, and logical ones by a single identifier."""
    if isinstance(value, list):
        for each in value:
            yield from _references(each)
    elif isinstance(value, dict):
        reference, identifier = value.get("reference"), value.get("identifier")
        if isinstance(reference, str):
            yield reference
        if isinstance(identifier, dict):
            yield _identified(identifier)
        for inner in value.values():
            if isinstance(inner, dict | list):
                yield from _references(inner)


def _identified(identifier: dict[str, Any]) -> str:
    value = identifier.get("value")
    return f"{identifier.get('system', '')}|{value}" if value else ""


def token_of_name(keys: ResidentKeys, name: str) -> bytes:
    """What an entry of this resident that goes by this name carries: 8 bytes, the first bit 0."""
    first, *rest = keys.token(f"link|{name}")
    return bytes([first & _NAME, *rest])


def reference_to(name_token: bytes) -> bytes:
    """The token of a reference to what goes by this token, and the other way round."""
    return name_token.translate(_EVERY_BIT)


@dataclass(frozen=True, slots=True)
class Linked:
    """An entry among others: its links as tokens, and the closed kinds it carries."""

    names: frozenset[bytes]
    references: frozenset[bytes]
    sensitive: frozenset[SensitiveCategory]

    @classmethod
    def as_filed(
        cls, tokens: Iterable[bytes], sensitive: frozenset[SensitiveCategory] = frozenset()
    ) -> Linked:
        """An entry filed before, from all its search keys: those of other kinds match nothing."""
        tokens = frozenset(tokens)
        names = frozenset(token for token in tokens if token[0] <= _NAME)
        return cls(names, tokens - names, sensitive)


def spread(entries: Sequence[Linked]) -> list[frozenset[SensitiveCategory]]:
    """For each entry its own closed kinds and those of everything it refers to, however far."""
    carried = [entry.sensitive for entry in entries]
    referring = _referring(entries)
    changed = [place for place, kinds in enumerate(carried) if kinds]
    while changed:
        place = changed.pop()
        for other in referring[place]:
            if not carried[place] <= carried[other]:
                carried[other] |= carried[place]
                changed.append(other)
    return carried


def _referring(entries: Sequence[Linked]) -> list[list[int]]:
    """For each entry the places of those that refer to it."""
    by_reference: dict[bytes, list[int]] = {}
    for place, entry in enumerate(entries):
        for reference in entry.references:
            by_reference.setdefault(reference, []).append(place)
    return [
        [place for name in entry.names for place in by_reference.get(reference_to(name), ())]
        for entry in entries
    ]

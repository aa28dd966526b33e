"""Turn the sender's references into this server's own, or refuse the whole Bundle.

Source: FHIR R4 3.1.0.11.2, resolving references in a transaction; conditional references by
``identifier`` only, to institutions and practitioners.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, urlsplit

from openhealthcode.collection.model import Resource

_REGISTERED = ("Organization?", "Practitioner?", "Organization/", "Practitioner/")
_OF_REGISTRY = re.compile(
    r"(?:Organization|Practitioner)/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
_AS_IT_IS = ("#", "https://", "http://")
_RESTFUL = re.compile(r"(https?://.+/)[A-Z][A-Za-z]{1,40}/[A-Za-z0-9\-.]{1,64}", re.DOTALL)


def registry_references(resource: Resource) -> list[str]:
    """Every reference to the registry, by an identifier or by an id of ours."""
    return [text for text in all_references(resource) if text.startswith(_REGISTERED)]


def condition_of(reference: str) -> tuple[str, str] | None:
    """Type and ``system|value`` key of a conditional reference; None if it is of another kind."""
    parts = urlsplit(reference)
    values = parse_qs(parts.query).get("identifier", [])
    return (parts.path, values[0]) if len(values) == 1 else None


def is_ours(reference: str) -> bool:
    """Whether a reference to the registry has the form of one of ours."""
    return _OF_REGISTRY.fullmatch(reference) is not None


class References(dict[str, str]):
    """The sender's reference → ours; what it does not know is noted, and left as it is."""

    def __init__(self, *known: Mapping[str, str]) -> None:
        super().__init__()
        for each in known:
            self.update(each)
        self.unknown: set[str] = set()
        """References to neither the Bundle nor another server: perhaps to what was filed before."""

    def __missing__(self, reference: str) -> str:
        if not reference.startswith(_AS_IT_IS):
            self.unknown.add(reference)
        return reference


class Named(dict[str, str]):
    """The sender's names of a Bundle's entries → the types they are of; others stay as they are."""

    def __missing__(self, reference: str) -> str:
        return reference


def beside(full_url: str, reference: str) -> str:
    """What a relative reference means in an entry that goes by an address of a FHIR server.

    Returns:
        the reference with the root of that address before it; empty if the address has none.

    Source: FHIR R4, 2.36.4.1 (resolving references in Bundles).
    """
    found = _RESTFUL.fullmatch(full_url)
    return f"{found[1]}{reference}" if found else ""


def resolve(resource: Resource, known: Mapping[str, str]) -> Resource:
    """A copy in which every reference is one of ours, or the same object if there was none.

    Args:
        known: the sender's reference → ours; usually ``References``, which notes what it lacks.
    """
    return {name: _resolved(value, known, name) for name, value in resource.items()}


def _resolved(value: object, known: Mapping[str, str], name: str) -> object:
    if value.__class__ is dict:
        return {inner: _resolved(v, known, inner) for inner, v in value.items()}
    if value.__class__ is list:
        return [_resolved(each, known, name) for each in value]
    if name == "reference" and value.__class__ is str:
        return known[value]
    return value


def all_references(value: object) -> Iterator[str]:
    """Every literal reference in a resource, however deep."""
    if isinstance(value, dict):
        reference = value.get("reference")
        if isinstance(reference, str):
            yield reference
        for inner in value.values():
            if isinstance(inner, dict | list):
                yield from all_references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from all_references(inner)

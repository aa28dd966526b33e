"""Turn the sender's references into this server's own, or refuse the whole Bundle.

Source: FHIR R4 3.1.0.11.2, resolving references in a transaction; conditional references by
``identifier`` only, to institutions and practitioners.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, urlsplit

from openhealthcode.collection.model import BrokenReference, Resource

_REGISTERED = ("Organization?", "Practitioner?")


def conditional_references(resource: Resource) -> Iterator[tuple[str, str, str]]:
    """Each conditional reference to the registry: its text, type, and ``system|value`` key."""
    for reference in all_references(resource):
        if reference.startswith(_REGISTERED):
            parts = urlsplit(reference)
            values = parse_qs(parts.query).get("identifier", [])
            if len(values) == 1:
                yield reference, parts.path, values[0]


def resolve(resource: Resource, known: Mapping[str, str]) -> Resource:
    """A copy in which every reference is one of ours, or the same object if there was none.

    Args:
        known: the sender's reference → ours.

    Raises:
        BrokenReference: a ``urn:``, conditional or relative reference to something unknown.
    """
    return {name: _resolved(value, known, name) for name, value in resource.items()}


def _resolved(value: object, known: Mapping[str, str], name: str) -> object:
    if value.__class__ is dict:
        return {inner: _resolved(v, known, inner) for inner, v in value.items()}
    if value.__class__ is list:
        return [_resolved(each, known, name) for each in value]
    if name == "reference" and value.__class__ is str:
        return known.get(value) or _as_it_is(value)
    return value


def _as_it_is(reference: str) -> str:
    """A reference that needs no resolving: contained, or to another server."""
    if reference.startswith(("#", "https://", "http://")):
        return reference
    raise BrokenReference


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

"""Whose entry it is, when an operator loads a register on behalf of many institutions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

from openhealthcode.collection.model import Resource
from openhealthcode.standards.ids import InstitutionId

_PREFIX = "Organization/"
_PROVIDERS = ("serviceProvider", "performer", "custodian", "managingOrganization", "author")


def provider_of(
    resource: Resource, encounters: Mapping[str, InstitutionId]
) -> InstitutionId | None:
    """The institution an entry itself names, or its encounter does.

    Args:
        resource: with references already turned into ours.
        encounters: our reference of each encounter of the Bundle → its institution.
    """
    for reference in _named(resource):
        if reference.startswith(_PREFIX):
            return InstitutionId(UUID(reference.removeprefix(_PREFIX)))
    visit = resource.get("encounter")
    named = visit.get("reference") if isinstance(visit, dict) else None
    return encounters.get(named) if isinstance(named, str) else None


def _named(resource: Resource) -> Iterator[str]:
    for name in _PROVIDERS:
        value = resource.get(name)
        for each in value if isinstance(value, list) else (value,):
            yield from _reference(each)


def _reference(value: object) -> Iterator[str]:
    """A reference, directly or as the ``actor`` of a performer."""
    if isinstance(value, dict):
        reference = value.get("reference")
        if isinstance(reference, str):
            yield reference
        yield from _reference(value.get("actor"))

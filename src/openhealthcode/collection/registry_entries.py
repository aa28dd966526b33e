"""Institutions and practitioners a Bundle mentions: find them, or note them as external."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from openhealthcode import registry
from openhealthcode.collection.model import BrokenReference, Delivery, Parcel, Resource
from openhealthcode.collection.references import condition_of, is_ours, registry_references
from openhealthcode.database import Pool
from openhealthcode.registry import (
    InstitutionEntry,
    InstitutionKind,
    PractitionerEntry,
    PractitionerRole,
)
from openhealthcode.standards.ids import InstitutionId, PractitionerId

_LONGEST_NAME = 200
_INSTITUTION = "Organization/"


async def references_to_registry(
    pool: Pool, parcel: Parcel, sender: InstitutionId
) -> dict[str, str]:
    """The sender's references to institutions and practitioners → ours.

    Those delivered in the Bundle are registered as external, unless they are registered already;
    those referred to by identifier must be registered. What was read here names them by our ids.

    Raises:
        BrokenReference: a conditional reference finds nobody.
    """
    known: dict[str, str] = {}
    for delivery in parcel.of_type("Organization"):
        found = await registry.register_institution(
            pool,
            InstitutionEntry(
                _key(delivery), InstitutionKind.EXTERNAL, _organisation_name(delivery.resource)
            ),
        )
        known[delivery.full_url] = f"Organization/{found}"
    for delivery in parcel.of_type("Practitioner"):
        person = await registry.register_practitioner(
            pool,
            PractitionerEntry(
                _key(delivery), sender, _person_name(delivery.resource), PractitionerRole.EXTERNAL
            ),
        )
        known[delivery.full_url] = f"Practitioner/{person}"
    meant = {text for each in parcel.deliveries for text in registry_references(each.resource)}
    for text in meant - known.keys():
        named = condition_of(text)
        if named is not None:
            known[text] = await _registered(pool, *named)
    ours = [text for text in meant - known.keys() if is_ours(text)]
    return known | {text: text for text in await _there(pool, ours)}


async def _there(pool: Pool, references: Collection[str]) -> list[str]:
    """Those of our own references to the registry that lead to somebody."""
    ids = {text: UUID(text.partition("/")[2]) for text in references}
    institutions = [InstitutionId(i) for text, i in ids.items() if text.startswith(_INSTITUTION)]
    persons = [PractitionerId(i) for text, i in ids.items() if not text.startswith(_INSTITUTION)]
    there: set[UUID] = set()
    if institutions:
        there |= set(await registry.institutions(pool, institutions))
    if persons:
        there |= set(await registry.practitioners(pool, persons))
    return [text for text, id_ in ids.items() if id_ in there]


async def _registered(pool: Pool, type_: str, key: str) -> str:
    found = (
        await registry.institution_by_key(pool, key)
        if type_ == "Organization"
        else await registry.practitioner_by_key(pool, key)
    )
    if found is None:
        raise BrokenReference
    return f"{type_}/{found}"


def _key(delivery: Delivery) -> str:
    """The stable name of a delivered institution or person: its first identifier, else its URL."""
    for identifier in delivery.resource.get("identifier", ()):
        if identifier.get("value"):
            return f"{identifier.get('system', '')}|{identifier['value']}"
    return delivery.full_url


def _organisation_name(resource: Resource) -> str:
    name = resource.get("name")
    return name[:_LONGEST_NAME] if isinstance(name, str) and name else "-"


def _person_name(resource: Resource) -> str:
    for name in resource.get("name", ()):
        if name.get("text"):
            return str(name["text"])[:_LONGEST_NAME]
        parts = [*name.get("prefix", ()), *name.get("given", ()), name.get("family", "")]
        return " ".join(part for part in parts if isinstance(part, str) and part)[:_LONGEST_NAME]
    return "-"

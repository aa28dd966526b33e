"""Institutions and practitioners as resources, so that references to them lead somewhere.

Both are public within the region: residents read the same names in their log.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import orjson

from openhealthcode import registry
from openhealthcode.database import Pool
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import InstitutionId, PractitionerId

TYPES: Final = frozenset({"Organization", "Practitioner"})


async def read(pool: Pool, type_: str, text: str, version: int | None) -> bytes:
    """One of them by the id that references carry.

    Raises:
        NotFound: there is none; versions of them are not kept.
    """
    try:
        id_ = UUID(text)
    except ValueError:
        raise NotFound from None
    if str(id_) != text or version is not None:
        raise NotFound
    if type_ == "Organization":
        return orjson.dumps(_organization(await registry.institution(pool, InstitutionId(id_))))
    return orjson.dumps(_practitioner(await registry.practitioner(pool, PractitionerId(id_))))


def _organization(found: registry.Institution) -> dict[str, Any]:
    return {
        "resourceType": "Organization",
        "id": str(found.institution_id),
        "active": found.is_active,
        "type": [{"text": found.kind.value}],
        "name": found.name,
        **({"alias": [found.name_en]} if found.name_en else {}),
    }


def _practitioner(found: registry.Practitioner) -> dict[str, Any]:
    return {
        "resourceType": "Practitioner",
        "id": str(found.practitioner_id),
        "active": found.is_active,
        "name": [{"text": found.name}],
    }

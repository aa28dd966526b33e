"""Register institutions, practitioners and systems; registering again finds the same entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from openhealthcode.registry import store
from openhealthcode.registry.entries import forget_all
from openhealthcode.registry.model import (
    InstitutionEntry,
    PractitionerEntry,
    SystemEntry,
    UnsuitableKeySet,
)
from openhealthcode.registry.store import Database
from openhealthcode.standards.ids import InstitutionId, PractitionerId, SystemId

_PRIVATE_PARTS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MOST_KEYS: Final = 8
_KEY_TYPES: Final = frozenset({"EC", "RSA"})


async def register_institution(database: Database, entry: InstitutionEntry) -> InstitutionId:
    """Register an institution, or update what is known of it under the same key.

    An entry of kind ``EXTERNAL`` (somebody else's record mentions it) never overwrites one that
    is registered here.
    """
    institution_id = await store.add_institution(database, entry, datetime.now(UTC))
    forget_all()
    return institution_id


async def register_practitioner(database: Database, entry: PractitionerEntry) -> PractitionerId:
    """Register a practitioner, or update what is known under the same key; as for institutions."""
    practitioner_id = await store.add_practitioner(database, entry, datetime.now(UTC))
    forget_all()
    return practitioner_id


async def register_system(database: Database, entry: SystemEntry) -> SystemId:
    """Register an institution's system; registering again replaces its keys and scopes.

    Raises:
        UnsuitableKeySet: no key, too many, an unknown type, a private one, or one without ``kid``.
    """
    _check_keys(entry.jwks)
    system_id = await store.add_system(database, entry, datetime.now(UTC))
    forget_all()
    return system_id


def _check_keys(jwks: Mapping[str, Any]) -> None:
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not 0 < len(keys) <= _MOST_KEYS:
        raise UnsuitableKeySet
    for key in keys:
        if (
            not isinstance(key, dict)
            or key.get("kty") not in _KEY_TYPES
            or not isinstance(key.get("kid"), str)
            or _PRIVATE_PARTS & key.keys()
        ):
            raise UnsuitableKeySet

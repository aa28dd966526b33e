"""Read the registry; what was read is kept for some seconds in each process.

A suspension made in another process is therefore seen after ``LONGEST_STALENESS_SECONDS`` at the
latest; the process that suspends forgets what it kept at once.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, Generic, TypeVar
from uuid import UUID

from openhealthcode.database import Pool
from openhealthcode.registry import store
from openhealthcode.registry.model import Institution, Practitioner, System
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import InstitutionId, PractitionerId, SystemId

LONGEST_STALENESS_SECONDS: Final = 15.0
_MOST_KEPT: Final = 20_000

_Entry = TypeVar("_Entry")


class _Kept(Generic[_Entry]):
    """Entries by pool and id, each with the moment from which it must be read again."""

    def __init__(
        self,
        read: Callable[[Pool, list[UUID]], Awaitable[list[_Entry]]],
        id_of: Callable[[_Entry], UUID],
    ) -> None:
        self._read = read
        self._id_of = id_of
        self._kept: dict[tuple[Pool, UUID], tuple[float, _Entry]] = {}

    async def among(self, pool: Pool, ids: Iterable[UUID]) -> dict[UUID, _Entry]:
        """The entries of these ids, by id; unknown ids are left out."""
        now = time.monotonic()
        found: dict[UUID, _Entry] = {}
        missing: list[UUID] = []
        for entry_id in ids:
            stale_at, entry = self._kept.get((pool, entry_id), (0.0, None))
            if entry is not None and stale_at > now:
                found[entry_id] = entry
            else:
                missing.append(entry_id)
        if missing:
            for entry in await self._read(pool, missing):
                found[self._id_of(entry)] = entry
                self._keep((pool, self._id_of(entry)), now + LONGEST_STALENESS_SECONDS, entry)
        return found

    def forget(self) -> None:
        """Read everything again from here on."""
        self._kept.clear()

    def _keep(self, key: tuple[Pool, UUID], stale_at: float, entry: _Entry) -> None:
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()  # rare, and cheaper than keeping an order on the hot path
        self._kept[key] = (stale_at, entry)


_institutions = _Kept(store.institutions, lambda entry: entry.institution_id)
_practitioners = _Kept(store.practitioners, lambda entry: entry.practitioner_id)
_systems = _Kept(store.systems, lambda entry: entry.system_id)


async def institution(pool: Pool, institution_id: InstitutionId) -> Institution:
    """One institution.

    Raises:
        NotFound: there is none with this id.
    """
    return _one(await _institutions.among(pool, [institution_id]))


async def institutions(
    pool: Pool, ids: Iterable[InstitutionId]
) -> dict[InstitutionId, Institution]:
    """Many institutions in at most one query, by id; unknown ids are left out."""
    found = await _institutions.among(pool, ids)
    return {InstitutionId(entry_id): entry for entry_id, entry in found.items()}


async def practitioner(pool: Pool, practitioner_id: PractitionerId) -> Practitioner:
    """One practitioner.

    Raises:
        NotFound: there is none with this id.
    """
    return _one(await _practitioners.among(pool, [practitioner_id]))


async def practitioners(
    pool: Pool, ids: Iterable[PractitionerId]
) -> dict[PractitionerId, Practitioner]:
    """Many practitioners in at most one query, by id; unknown ids are left out."""
    found = await _practitioners.among(pool, ids)
    return {PractitionerId(entry_id): entry for entry_id, entry in found.items()}


async def system(pool: Pool, system_id: SystemId) -> System:
    """One system.

    Raises:
        NotFound: there is none with this id.
    """
    return _one(await _systems.among(pool, [system_id]))


def forget_all() -> None:
    """Read every entry again: something was registered or suspended in this process."""
    for kept in (_institutions, _practitioners, _systems):
        kept.forget()


def _one(found: dict[UUID, _Entry]) -> _Entry:
    if not found:
        raise NotFound
    return next(iter(found.values()))

"""A system takes the latest observations of each kind, of those it may see.

Source: FHIR R4, Observation/$lastn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from openhealthcode.access.everything import opened
from openhealthcode.access.looking import Look
from openhealthcode.access.whole import InRecord, Rows, Wanted, look_as_system
from openhealthcode.database import Pool
from openhealthcode.record import Condition, Resource, SortKey, parameters, read_exactly
from openhealthcode.record.reading import Entry, opener
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import EntryId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey, UnreadableId

_TYPE: Final = "Observation"
_LATEST_FIRST: Final = (SortKey(parameters.PARAMETERS[_TYPE]["date"], is_descending=True),)


@dataclass(frozen=True, slots=True)
class Latest:
    """The observations kept of each kind, the latest kind and of each the latest first."""

    entries: tuple[Entry, ...] = field(repr=False)
    at: datetime | None


async def latest(
    pool: Pool,
    keys: Keys,
    *,
    system: SystemAccess,
    patient: str,
    conditions: tuple[Condition, ...],
    of_each: int,
) -> Latest:
    """The latest observations of each code that meet some conditions.

    Who does not exist has none; the same is said of one of whom this system may see none.

    Args:
        patient: the FHIR id of the resident.
        conditions: of the observation by itself.
        of_each: how many of each code.
    """
    chosen = _Latest(keys, conditions, of_each)
    try:
        resident_id, _ = keys.open_id(patient)
        seen = await look_as_system(
            pool,
            keys,
            system=system,
            resident_id=resident_id,
            asked=InRecord(Wanted(frozenset({_TYPE}))),
            keep=chosen.keep,
        )
    except (UnreadableId, NotFound, UnknownKey, DestroyedKey):
        return Latest((), None)
    entries = {entry.entry_id: entry for entry in opened(keys, seen)}
    return Latest(tuple(entries[one] for one in chosen.order), seen.look.at)


class _Latest:
    """Groups what may be shown by code and keeps the latest of each group."""

    def __init__(self, keys: Keys, conditions: tuple[Condition, ...], of_each: int) -> None:
        self._keys, self._conditions, self._of_each = keys, conditions, of_each
        self.order: tuple[EntryId, ...] = ()

    def keep(self, _look: Look, found: Rows) -> Rows:
        """The latest of each code."""
        fitting = dict(self._fitting(found))
        placed = [
            (parameters.place_in(resource, _LATEST_FIRST), entry_id.int)
            for entry_id, resource in fitting.items()
        ]
        by_number = {entry_id.int: entry_id for entry_id in fitting}
        groups: dict[str, list[EntryId]] = {}
        for _, number in parameters.arranged(placed, (True,)):
            entry_id = by_number[number]
            group = _group_of(groups, _kinds_of(fitting[entry_id]))
            if len(group) < self._of_each:
                group.append(entry_id)
        # A group is known by each of its codes.
        self.order = tuple(dict.fromkeys(one for group in groups.values() for one in group))
        kept = frozenset(self.order)
        return {one: [r for r in rows if r["entry_id"] in kept] for one, rows in found.items()}

    def _fitting(self, found: Rows) -> Iterator[tuple[EntryId, Resource]]:
        for one, rows in found.items():
            open_body = opener(self._keys.of(one))
            for row in rows:
                resource = read_exactly(open_body(row["entry_id"], row["version"], row["body"]))
                if parameters.matches(self._conditions, resource):
                    yield EntryId(row["entry_id"]), resource


def _group_of(groups: dict[str, list[EntryId]], kinds: list[str]) -> list[EntryId]:
    """The group that one of these codes names, or a new one; every code of it names it from now on."""
    group = next((groups[kind] for kind in kinds if kind in groups), [])
    for kind in kinds:
        groups.setdefault(kind, group)
    return group


def _kinds_of(resource: Resource) -> list[str]:
    """The codes of an observation, or its words if it has none."""
    code = resource.get("code", {})
    codings = [
        f"{one.get('system', '')}|{one['code']}" for one in code.get("coding", ()) if "code" in one
    ]
    return codings or [code.get("text", "")]

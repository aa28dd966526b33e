"""What is filed carries the closed kinds of whatever it refers to, whichever of the two came first.

An entry once closed stays closed in all its versions: a later version that betrays less would else
stand beside an earlier one that cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from openhealthcode import registry
from openhealthcode.collection.model import Resource
from openhealthcode.collection.references import all_references
from openhealthcode.database import Connection, Pool
from openhealthcode.record import writing as record
from openhealthcode.record.links import Linked, Links, reference_to, spread, token_of_name
from openhealthcode.standards import SensitiveCategory
from openhealthcode.standards.ids import EntryId, InstitutionId, PractitionerId, ResidentId
from openhealthcode.terminology import SensitiveMap
from openhealthcode.trust import ResidentKeys

Kinds = frozenset[SensitiveCategory]
_NONE: Kinds = frozenset()


@dataclass(frozen=True, slots=True)
class Arriving:
    """An entry about to be filed: what it betrays by itself, and how it is linked."""

    entry_id: EntryId
    links: Links
    sensitive: Kinds
    before: record.FiledBefore | None

    def linked(self, keys: ResidentKeys) -> Linked:
        """The same in tokens; what an earlier version carried is carried on."""
        earlier = self.before.sensitive if self.before else _NONE
        return Linked(
            frozenset(token_of_name(keys, name) for name in self.links.names),
            frozenset(reference_to(token_of_name(keys, name)) for name in self.links.references),
            self.sensitive | earlier,
        )


@dataclass(slots=True)
class _Known:
    """The entries looked at so far: those arriving, then those found to be linked with them."""

    entries: list[Linked]
    ids: list[EntryId]
    asked: set[bytes] = field(default_factory=set)

    def to_ask(self, arriving: int, carried: Sequence[Kinds]) -> set[bytes]:
        """Names that those arriving refer to, and references to what is closed."""
        here = {name for entry in self.entries[:arriving] for name in entry.names}
        names = {
            name
            for entry in self.entries[:arriving]
            for reference in entry.references
            if (name := reference_to(reference)) not in here
        }
        closed = {
            reference_to(name)
            for entry, kinds in zip(self.entries, carried, strict=True)
            if kinds
            for name in entry.names
        }
        wanted = (names | closed) - self.asked
        self.asked |= wanted
        return wanted


async def close(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    arriving: Sequence[Arriving],
) -> list[tuple[Kinds, frozenset[bytes]]]:
    """Close what refers to something closed, among what arrives and what was filed before.

    Returns:
        For each arriving entry the kinds it carries and the tokens of its links.
    """
    known = _Known([one.linked(keys) for one in arriving], [one.entry_id for one in arriving])
    carried = spread(known.entries)
    while wanted := known.to_ask(len(arriving), carried):
        for found in await record.linked_before(connection, keys, resident_id, wanted):
            if found.entry_id not in known.ids:
                known.ids.append(found.entry_id)
                known.entries.append(Linked.as_filed(found.tokens, found.sensitive))
        carried = spread(known.entries)
    widened = _widened(arriving, known, carried)
    if widened:
        await record.close(connection, keys, resident_id, widened)
    return [
        (kinds, entry.names | entry.references)
        for kinds, entry in zip(carried, known.entries[: len(arriving)], strict=False)
    ]


def alone(keys: ResidentKeys, arriving: Arriving) -> tuple[Kinds, frozenset[bytes]] | None:
    """As ``close`` for one new entry that nothing filed before can be linked with; None if it can.

    It refers to nothing. If it is closed, others may refer to it only by a name its sender gave it:
    ours was made just now.
    """
    entry = arriving.linked(keys)
    if entry.references or (entry.sensitive and len(entry.names) > 1):
        return None
    return entry.sensitive, entry.names


def _widened(
    arriving: Sequence[Arriving], known: _Known, carried: Sequence[Kinds]
) -> Mapping[EntryId, Kinds]:
    """What was filed before and carries more from now on."""
    earlier: list[Kinds | None] = [one.before.sensitive if one.before else None for one in arriving]
    earlier += [entry.sensitive for entry in known.entries[len(arriving) :]]
    return {
        entry_id: kinds
        for entry_id, kinds, before in zip(known.ids, carried, earlier, strict=True)
        if before is not None and kinds != before
    }


async def names_of(
    pool: Pool, references: Iterable[str], source: InstitutionId
) -> Mapping[str, tuple[str, ...]]:
    """What institutions, titles and departments are called, by our reference to them.

    Args:
        pool: the registry's.
        references: ours, to institutions and practitioners.
        source: the institution that delivers.
    """
    parts = [reference.partition("/") for reference in {*references, f"Organization/{source}"}]
    institutions = [InstitutionId(UUID(id_)) for type_, _, id_ in parts if type_ == "Organization"]
    persons = [PractitionerId(UUID(id_)) for type_, _, id_ in parts if type_ == "Practitioner"]
    return {
        f"Organization/{key}": (found.name, found.name_en)
        for key, found in (await registry.institutions(pool, institutions)).items()
    } | {
        f"Practitioner/{key}": (found.title, found.department)
        for key, found in (await registry.practitioners(pool, persons)).items()
    }


def telling_names(names: Mapping[str, Iterable[str]], by: SensitiveMap) -> dict[str, Kinds]:
    """Those whose name alone betrays, and what."""
    told = {reference: by.categories([], called) for reference, called in names.items()}
    return {reference: kinds for reference, kinds in told.items() if kinds}


def told_by_names(resource: Resource, owner: InstitutionId, telling: Mapping[str, Kinds]) -> Kinds:
    """What the institutions and practitioners an entry names betray; none of a person's own data."""
    if not telling or resource["resourceType"] == "Patient":
        return _NONE
    named = {f"Organization/{owner}", *all_references(resource)} & telling.keys()
    return frozenset[SensitiveCategory]().union(*(telling[reference] for reference in named))

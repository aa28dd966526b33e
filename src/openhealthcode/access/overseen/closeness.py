"""What connects who looked with whom: by keyed comparisons of what the master index knows of both.

An address is compared as a keyed hash of what is left of it once spelling is: the whole for living
together, up to street or village for being neighbours. Nothing that was compared leaves.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from openhealthcode import identity, registry, representation
from openhealthcode.access.acting import representative_key
from openhealthcode.audit import UnknownChain
from openhealthcode.database import Pool, load_queries, transaction
from openhealthcode.identity import linking
from openhealthcode.identity import reading as identity_reading
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import InstitutionId, PractitionerId, ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey, UnreadableSeal

_QUERIES: Final = load_queries("openhealthcode.access.overseen")
_REMEMBERED_SECONDS: Final = 600.0
_MOST_REMEMBERED: Final = 20_000
_SHORTEST_ADDRESS: Final = 6
_STREET: Final = re.compile(
    r"^.*(?:村|路|街|巷|弄|小区|社区|里|胡同|road|street|lane|avenue|village)"
)


@dataclass(frozen=True, slots=True)
class Closeness:
    """What may be compared of a resident; hashes and ids, kept for minutes."""

    person: frozenset[ResidentId]
    """All ids of theirs."""
    family: frozenset[ResidentId] = field(default_factory=frozenset, repr=False)
    address: bytes = field(default=b"", repr=False)
    street: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Staff:
    """Who of the staff is which resident, as far as one stretch of the log needs it."""

    resident_of: Mapping[PractitionerId, ResidentId]
    institutions_of: Mapping[ResidentId, frozenset[InstitutionId]]


async def staff_among(
    pool: Pool, practitioners: Collection[PractitionerId], residents: Collection[ResidentId]
) -> Staff:
    """Who of these practitioners is a resident here, and which of these residents is staff where."""
    async with transaction(pool, task="supervision") as connection:
        rows = await connection.fetch(
            _QUERIES["staff_persons"], list(practitioners), list(residents)
        )
    pairs = [(PractitionerId(r["practitioner_id"]), ResidentId(r["resident_id"])) for r in rows]
    known = await registry.practitioners(pool, {who for who, _ in pairs})
    where: dict[ResidentId, set[InstitutionId]] = {}
    for who, resident_id in pairs:
        if who in known:
            where.setdefault(resident_id, set()).add(known[who].institution_id)
    return Staff(dict(pairs), {one: frozenset(at) for one, at in where.items()})


async def relations(
    pool: Pool,
    keys: Keys,
    staff: Staff,
    practitioner_id: PractitionerId,
    institution_id: InstitutionId,
    resident_id: ResidentId,
) -> frozenset[str]:
    """What connects a practitioner with a resident, in words."""
    found = set()
    looker = staff.resident_of.get(practitioner_id)
    if looker is not None:
        one = await closeness(pool, keys, looker, of_staff=True)
        other = await closeness(pool, keys, resident_id)
        if resident_id in one.person:
            return frozenset({"self"})
        if not one.family.isdisjoint(other.person):
            found.add("family")
        if one.address and one.address == other.address:
            found.add("same-address")
        elif one.street and one.street == other.street:
            found.add("neighbour")
    if institution_id in staff.institutions_of.get(resident_id, ()):
        found.add("co-worker")
    return frozenset(found)


async def canaries(pool: Pool, keys: Keys, residents: Iterable[ResidentId]) -> set[ResidentId]:
    """Which of these do not exist."""
    marks = {identity.canary_marks(keys, (), [one])[0]: one for one in residents}
    if not marks:
        return set()
    rows = await pool.fetch(_QUERIES["canaries"], list(marks))
    return {marks[row["canary_key"]] for row in rows}


async def closeness(
    pool: Pool, keys: Keys, resident_id: ResidentId, *, of_staff: bool = False
) -> Closeness:
    """What may be compared of a resident; of one whose account is closed nothing but the id.

    Args:
        of_staff: also who their family is.
    """
    known = _remembered.get((resident_id, of_staff))
    if known is not None and known[0] > time.monotonic():
        return known[1]
    try:
        read = await _read(pool, keys, resident_id, of_staff=of_staff)
    except (NotFound, UnknownChain, UnknownKey, DestroyedKey, UnreadableSeal):
        read = Closeness(frozenset({resident_id}))
    _remembered[(resident_id, of_staff)] = (time.monotonic() + _REMEMBERED_SECONDS, read)
    if len(_remembered) > _MOST_REMEMBERED:
        _remembered.popitem(last=False)
    return read


_remembered: OrderedDict[tuple[UUID, bool], tuple[float, Closeness]] = OrderedDict()


async def _read(pool: Pool, keys: Keys, resident_id: ResidentId, *, of_staff: bool) -> Closeness:
    async with transaction(pool, resident=resident_id) as connection:
        who = await identity_reading.demographics(connection, keys, resident_id)
        person = frozenset(await linking.ids_of(connection, keys, resident_id))
        related = await linking.related(connection, keys, resident_id) if of_staff else ()
    family = {one.other for one in related}
    if of_staff and who.certificates:
        held = [representative_key(keys, each, who.name) for each in who.certificates]
        async with transaction(pool, lookup=held) as connection:
            family |= {one for one, _ in await representation.held_by(connection, held)}
    address, street = _parts(who.address)
    return Closeness(
        person=person or frozenset({resident_id}),
        family=frozenset(family) - person,
        address=_hashed(keys, address),
        street=_hashed(keys, street),
    )


def _hashed(keys: Keys, text: str) -> bytes:
    return keys.blind_index("closeness", text) if text else b""


def _parts(address: str) -> tuple[str, str]:
    """An address without what only spelling adds, and the same up to street or village."""
    folded = unicodedata.normalize("NFKC", address).casefold()
    text = "".join(character for character in folded if character.isalnum())
    if len(text) < _SHORTEST_ADDRESS:
        return "", ""  # a county alone connects nobody
    street = _STREET.match(text)
    return text, street[0] if street and len(street[0]) >= _SHORTEST_ADDRESS else ""

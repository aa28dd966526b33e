"""Make many residents in one transaction: what ``resolve`` and ``enrol`` do, at a tenth of the cost.

Only those are made of whom it is certain that nobody is registered like them: no certificate of
theirs is known, and nobody, registered or among the others, comes near enough to be asked about.
Whoever is left goes alone through ``resolve``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import compress

from openhealthcode.database import Connection, look_up
from openhealthcode.identity import matching, sealing, store
from openhealthcode.identity.claims import claims_of, closed_key, identifier_key
from openhealthcode.identity.matching import Nobody, Variant, many
from openhealthcode.identity.matching.store import Found, row_of
from openhealthcode.identity.model import Claim, RegisteredMeanwhile, Registration, Source
from openhealthcode.identity.quality import QualityRule
from openhealthcode.identity.quality.rules import trusted
from openhealthcode.standards import Certificate
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who may become a resident under this id."""

    resident_id: ResidentId
    registration: Registration
    variant: Variant
    """As it is compared."""

    @classmethod
    def of(
        cls,
        resident_id: ResidentId,
        registration: Registration,
        found: Collection[QualityRule],
    ) -> Newcomer:
        """Somebody whose registration was checked, with what the quality rules found in it."""
        return cls(resident_id, registration, matching.variant_of(trusted(registration, found)))


Claims = dict[bytes, tuple[Claim, Certificate]]


@dataclass(frozen=True, slots=True)
class _Place:
    """A newcomer with what is looked up of it."""

    newcomer: Newcomer
    claims: Claims
    mother: ResidentId | None


async def enrol_new(
    connection: Connection, keys: Keys, newcomers: Sequence[Newcomer], source: Source
) -> dict[ResidentId, ResidentId | None]:
    """Make residents of those who are certainly new, and tell who that is, each with the mother.

    Args:
        connection: a transaction of the task ``registration``, in which nothing else was done; it
            may add what makes residents, and read what it looks up.
        keys: the installation's; the keys of those who are made become durable first.
        newcomers: checked registrations; none of them may be another of them, nor its mother.
        source: who delivered them.

    Raises:
        RegisteredMeanwhile: one of the certificates became somebody's; nobody is made.
    """
    places = await _unknown(connection, keys, newcomers)
    rows = [row_of(keys, one.newcomer.resident_id, one.newcomer.variant) for one in places]
    candidates = await many.candidates_of_many(connection, keys, rows)
    unlike = [
        not resembles(one.newcomer, found) for one, found in zip(places, candidates, strict=True)
    ]
    made = list(compress(places, unlike))
    if made:
        await look_up(connection, ())  # from here on it only adds
        await _enrol(connection, keys, made, source)
        await many.add_many(connection, list(compress(rows, unlike)))
    return {one.newcomer.resident_id: one.mother for one in made}


def resembles(newcomer: Newcomer, found: Sequence[Found]) -> bool:
    """Whether any of these comes near enough to be linked, or to be asked about."""
    subject = newcomer.variant
    return not isinstance(matching.decide(subject, matching.scored(subject, found)), Nobody)


async def _unknown(
    connection: Connection, keys: Keys, newcomers: Sequence[Newcomer]
) -> list[_Place]:
    """Those of whom no certificate is registered, nor its holder's account closed."""
    named: list[bytes] = []
    closing: list[list[bytes]] = []
    claims = [claims_of(keys, newcomer.registration) for newcomer in newcomers]
    mothers = [_mother_key(keys, newcomer) for newcomer in newcomers]
    for own in claims:
        closing.append([closed_key(keys, certificate) for _, certificate in own.values()])
        named += own
    sought = [*named, *filter(None, mothers)]
    closed_keys = [key for each in closing for key in each]
    await look_up(connection, [*sought, *closed_keys])
    held = await store.holders(connection, sought)
    closed = await store.closed_among(connection, closed_keys)
    return [
        _Place(newcomer, own, held[mother].resident_id if mother in held else None)
        for newcomer, own, own_closed, mother in zip(
            newcomers, claims, closing, mothers, strict=True
        )
        if held.keys().isdisjoint(own) and closed.isdisjoint(own_closed)
    ]


def _mother_key(keys: Keys, newcomer: Newcomer) -> bytes | None:
    mother = newcomer.registration.mother
    return None if mother is None else identifier_key(keys, mother)


async def _enrol(
    connection: Connection,
    keys: Keys,
    made: Sequence[_Place],
    source: Source,
) -> None:
    at = datetime.now(UTC)
    resident_ids = [one.newcomer.resident_id for one in made]
    keys.hold(await asyncio.to_thread(keys.prepare, resident_ids))  # others go on meanwhile
    identifiers = [
        (resident_id, claim, sealing.seal_certificate(keys, resident_id, shown))
        for resident_id, one in zip(resident_ids, made, strict=True)
        for claim, shown in one.claims.values()
    ]
    if await store.add_identifiers_of_many(connection, identifiers, source, at) < len(identifiers):
        raise RegisteredMeanwhile
    residents = [
        (resident_id, _national_key(one.claims))
        for resident_id, one in zip(resident_ids, made, strict=True)
    ]
    await store.add_residents(connection, residents, at)
    records = [
        (
            resident_id,
            *sealing.seal_registration(keys, resident_id, one.newcomer.registration, source),
        )
        for resident_id, one in zip(resident_ids, made, strict=True)
    ]
    await store.add_records(connection, records, source, at)


def _national_key(claims: Claims) -> bytes | None:
    return next((key for key, (claim, _) in claims.items() if claim.is_national), None)

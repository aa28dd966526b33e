"""Make many residents in one transaction: what ``resolve`` and ``enrol`` do, at a tenth of the cost.

Only those are made of whom it is certain that nobody is registered like them: no certificate of
theirs is known, and nobody, registered or among the others, comes near enough to be asked about.
Whoever is left goes alone through ``resolve``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import compress

from openhealthcode.database import Connection, look_up
from openhealthcode.identity import matching, sealing, store
from openhealthcode.identity.claims import claims_of, closed_key, lookup_keys
from openhealthcode.identity.matching import Block, Nobody, Variant, blocking_keys, many
from openhealthcode.identity.matching.store import Found, row_of
from openhealthcode.identity.model import Claim, RegisteredMeanwhile, Registration, Source
from openhealthcode.identity.quality import QualityRule
from openhealthcode.identity.quality.rules import trusted
from openhealthcode.standards import Certificate
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

Near = Callable[["Newcomer"], Iterable[Found]]
"""Others who are not registered yet and share a key with somebody."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who may become a resident under this id."""

    resident_id: ResidentId
    registration: Registration
    variant: Variant
    """As it is compared."""
    shared: frozenset[tuple[Block, str]]
    """The keys by which it is looked up, in plain."""
    certificates: frozenset[str]
    """In the form in which they are found again."""

    @classmethod
    def of(
        cls,
        resident_id: ResidentId,
        registration: Registration,
        found: Collection[QualityRule],
    ) -> Newcomer:
        """Somebody whose registration was checked, with what the quality rules found in it."""
        variant = matching.variant_of(trusted(registration, found))
        return cls(
            resident_id,
            registration,
            variant,
            frozenset(blocking_keys(variant).items()),
            frozenset(certificate.normalised for certificate in registration.certificates),
        )


Claims = dict[bytes, tuple[Claim, Certificate]]


async def enrol_new(
    connection: Connection,
    keys: Keys,
    newcomers: Sequence[Newcomer],
    source: Source,
    near: Near,
) -> list[Newcomer]:
    """Make residents of those who are certainly new, and tell who that is.

    Args:
        connection: a transaction of the task ``registration``, in which nothing else was done; it
            may add what makes residents, and read what it looks up.
        keys: the installation's; the keys of those who are made become durable first.
        newcomers: checked registrations; no two of them share a certificate.
        source: who delivered them.
        near: whoever else is about to be registered.

    Raises:
        RegisteredMeanwhile: one of the certificates became somebody's; nobody is made.
    """
    claims = [claims_of(keys, newcomer.registration) for newcomer in newcomers]
    unknown = await _unknown(connection, keys, newcomers, claims)
    newcomers, claims = list(compress(newcomers, unknown)), list(compress(claims, unknown))
    rows = [row_of(keys, newcomer.resident_id, newcomer.variant) for newcomer in newcomers]
    candidates = await many.candidates_of_many(connection, keys, rows)
    unlike = [
        _is_unlike(newcomer, (*found, *near(newcomer)))
        for newcomer, found in zip(newcomers, candidates, strict=True)
    ]
    newcomers, claims = list(compress(newcomers, unlike)), list(compress(claims, unlike))
    if newcomers:
        await look_up(connection, ())  # from here on it only adds
        await _enrol(connection, keys, newcomers, claims, source)
        await many.add_many(connection, list(compress(rows, unlike)))
    return newcomers


async def _unknown(
    connection: Connection, keys: Keys, newcomers: Sequence[Newcomer], claims: Sequence[Claims]
) -> list[bool]:
    """For each whether none of the certificates is registered, nor its holder's account closed."""
    closed_keys = [
        [closed_key(keys, certificate) for _, certificate in own.values()] for own in claims
    ]
    certificates = (c for newcomer in newcomers for c in newcomer.registration.certificates)
    await look_up(connection, lookup_keys(keys, certificates))
    held = await store.holders(connection, [key for own in claims for key in own])
    closed = await store.closed_among(connection, [key for own in closed_keys for key in own])
    return [
        held.keys().isdisjoint(own) and closed.isdisjoint(own_closed)
        for own, own_closed in zip(claims, closed_keys, strict=True)
    ]


def _is_unlike(newcomer: Newcomer, found: Sequence[Found]) -> bool:
    subject = newcomer.variant
    return isinstance(matching.decide(subject, matching.scored(subject, found)), Nobody)


async def _enrol(
    connection: Connection,
    keys: Keys,
    newcomers: Sequence[Newcomer],
    claims: Sequence[Claims],
    source: Source,
) -> None:
    at = datetime.now(UTC)
    resident_ids = [newcomer.resident_id for newcomer in newcomers]
    keys.hold(await asyncio.to_thread(keys.prepare, resident_ids))  # others go on meanwhile
    identifiers = [
        (newcomer.resident_id, claim, sealing.seal_certificate(keys, newcomer.resident_id, shown))
        for newcomer, own in zip(newcomers, claims, strict=True)
        for claim, shown in own.values()
    ]
    if await store.add_identifiers_of_many(connection, identifiers, source, at) < len(identifiers):
        raise RegisteredMeanwhile
    residents = [
        (newcomer.resident_id, _national_key(own))
        for newcomer, own in zip(newcomers, claims, strict=True)
    ]
    await store.add_residents(connection, residents, at)
    records = [
        (
            one.resident_id,
            *sealing.seal_registration(keys, one.resident_id, one.registration, source),
        )
        for one in newcomers
    ]
    await store.add_records(connection, records, source, at)


def _national_key(claims: Claims) -> bytes | None:
    return next((key for key, (claim, _) in claims.items() if claim.is_national), None)

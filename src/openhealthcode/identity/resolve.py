"""Find out who a registration is about: known, new, closed, or for a person to look at."""

from __future__ import annotations

from dataclasses import replace

from openhealthcode.database import Connection, enter, look_up
from openhealthcode.identity import matching, rules, store
from openhealthcode.identity.claims import claims_of, closed_key, identifier_key, lookup_keys
from openhealthcode.identity.linking import current_id
from openhealthcode.identity.matching import Doubt, Link, Rule
from openhealthcode.identity.model import (
    Closed,
    Holder,
    Known,
    New,
    Registration,
    Resolution,
    Review,
    ReviewReason,
)
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


async def resolve(connection: Connection, keys: Keys, registration: Registration) -> Resolution:
    """Who this registration is about. Reads only.

    Args:
        connection: in a transaction opened with ``lookup_keys`` of the certificates; afterwards it
            is turned to the resident found, if there is exactly one.
        keys: the installation's.
        registration: what was received.

    Raises:
        RegistrationMalformed: it lacks something or holds something that cannot be.
        NumberDisagrees: the ID number is of another birth date or sex.
    """
    rules.check(registration)
    claims = {key: claim for key, (claim, _) in claims_of(keys, registration).items()}
    holders = await _of_persons(connection, keys, await store.holders(connection, claims))
    residents = {holder.resident_id for holder in holders.values()}
    national_key = None
    if len(residents) == 1:
        (resident_id,) = residents
        await enter(connection, resident=resident_id)
        national_key = await _national_key(connection, resident_id)
    found = rules.decide(claims.values(), holders, national_key)
    if isinstance(found, New):
        if await _is_closed(connection, keys, registration):
            return Closed()
        return await _by_likeness(connection, keys, registration)
    if isinstance(found, Review) and found.reason is ReviewReason.NAME_DISAGREES:
        near = rules.with_registered_names(claims, holders)
        if near and await _is_name_near(connection, keys, found.residents[0], registration):
            return rules.decide(near, holders, national_key)
    return found


async def _of_persons(
    connection: Connection, keys: Keys, holders: dict[bytes, Holder]
) -> dict[bytes, Holder]:
    """The holders, those that were merged under their surviving id if several are named.

    What names one id only is that id's, merged or not, so that undoing the merge separates it too.
    """
    if len({holder.resident_id for holder in holders.values()}) < 2:
        return holders
    current = {}
    for resident_id in {holder.resident_id for holder in holders.values()}:
        current[resident_id] = await current_id(connection, keys, resident_id)
    return {
        key: replace(holder, resident_id=current[holder.resident_id])
        for key, holder in holders.items()
    }


async def _by_likeness(
    connection: Connection, keys: Keys, registration: Registration
) -> Known | New:
    """Nobody has these certificates: whoever is surely meant all the same, or a new resident.

    Held until the transaction ends: of two who register one person at one moment, the second finds
    what the first wrote.
    """
    subject = matching.comparable(registration)
    candidates = await matching.ranked(connection, keys, registration, subject, holds=True)
    decision = matching.decide(subject, candidates)
    if isinstance(decision, Link) and not subject.number:
        await enter(connection, resident=decision.resident_id)
        return Known(decision.resident_id)
    if isinstance(decision, Link):
        await enter(connection, resident=decision.resident_id)
        if await _national_key(connection, decision.resident_id) is None:
            return Known(decision.resident_id)
        likely = tuple(c for c in candidates if c.resident_id == decision.resident_id)
        decision = Doubt(Rule.D3, likely[:1])
    return New(
        like=matching.likenesses(subject, decision) if isinstance(decision, Doubt) else (),
        mother=await _mother(connection, keys, registration),
    )


async def _is_name_near(
    connection: Connection, keys: Keys, resident_id: ResidentId, registration: Registration
) -> bool:
    """Whether the resident was registered with a name that may be the same (rule D1)."""
    subject = matching.variant_of(registration)
    known = await matching.variants(connection, keys, resident_id)
    return any(matching.name_agrees(subject, variant) for variant in known)


async def _mother(
    connection: Connection, keys: Keys, registration: Registration
) -> ResidentId | None:
    if registration.mother is None:
        return None
    key = identifier_key(keys, registration.mother)
    await look_up(connection, (*lookup_keys(keys, registration.certificates), key))
    holder = (await store.holders(connection, (key,))).get(key)
    return None if holder is None else holder.resident_id


async def _national_key(connection: Connection, resident_id: ResidentId) -> bytes | None:
    enrolled = await store.resident(connection, resident_id)
    return enrolled.national_key if enrolled else None


async def reopen(connection: Connection, keys: Keys, registration: Registration) -> None:
    """Forget that the holder of these certificates had an account closed: they have come back."""
    await store.reopen(connection, _closed_keys(keys, registration))


async def _is_closed(connection: Connection, keys: Keys, registration: Registration) -> bool:
    return await store.is_any_closed(connection, _closed_keys(keys, registration))


def _closed_keys(keys: Keys, registration: Registration) -> list[bytes]:
    return [
        closed_key(keys, certificate)
        for certificate in registration.certificates
        if certificate.names_one_person
    ]

"""Set a PIN: on the phone the first time, then with the one before; at a counter card in hand.

Whoever is made to change the PIN and enters the second one as the one before, changes the second:
everything looks done, and the true one stays.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from functools import partial

from openhealthcode import audit
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.sign_in.hashing import hashed, matches
from openhealthcode.sign_in.model import BindingProof, Role, StaffSession
from openhealthcode.sign_in.pin import store
from openhealthcode.sign_in.pin.check import check, match_of, peppered
from openhealthcode.sign_in.pin.model import NoPin, PinMatch, PinStanding, PinUnsuitable
from openhealthcode.sign_in.pin.rules import digits_of, is_suitable
from openhealthcode.sign_in.pin.store import Hashes
from openhealthcode.standards import Conflict, Forbidden, PurposeOfUse
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

Within = Callable[[Connection, audit.Appended], Awaitable[None]]
"""What else is done in the transaction that sets a PIN, under the event that logs it."""
Noting = Callable[[PinMatch, Connection, audit.Appended], Awaitable[None]]
"""The same, told which PIN was entered as the one before."""


async def standing(pool: Pool, resident_id: ResidentId) -> PinStanding | None:
    """Whether there is a PIN and it can be entered; never whether there is a second."""
    async with transaction(pool, resident=resident_id) as connection:
        return await store.standing(connection, resident_id)


async def choose(pool: Pool, keys: Keys, resident_id: ResidentId, typed: str) -> None:
    """Set the first PIN, on a phone that has just been verified.

    Raises:
        PinUnsuitable: not six digits, or too easy to guess.
        Conflict: there is one already; it is changed by whoever knows it, or at a counter.
    """
    digits = _suitable(typed)
    hashes = Hashes(await _hashed(keys, resident_id, digits), await _nobodys())
    await _keep(pool, keys, resident_id, hashes, None, _own(resident_id))


async def change(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    before: str,
    typed: str,
    noting: Noting | None = None,
) -> PinMatch:
    """Replace the PIN that was entered as the one before.

    Raises:
        WrongPin, PinLocked, PinOver, NoPin: as ``check`` says of the one before.
        PinUnsuitable: not six digits, too easy to guess, or the other one of the two.
    """
    digits = _suitable(typed)
    match = await check(pool, keys, resident_id, before, _own(resident_id))
    found = await _stored(pool, keys, resident_id)
    fresh = await _hashed(keys, resident_id, digits)
    taken = await match_of(keys, resident_id, digits, found.hashes)
    if taken not in (None, match):
        raise PinUnsuitable
    if match is PinMatch.OWN:
        hashes = Hashes(fresh, found.hashes.second)
    else:
        hashes = Hashes(found.hashes.own, fresh)
    within = partial(noting, match) if noting else None
    await _keep(pool, keys, resident_id, hashes, found, _own(resident_id), within=within)
    return match


async def choose_second(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    before: str,
    typed: str | None,
    noting: Noting | None = None,
) -> PinMatch:
    """Set, replace or, with ``None``, drop the second PIN. Entered under duress it changes nothing.

    Raises:
        WrongPin, PinLocked, PinOver, NoPin: as ``check`` says of the PIN itself.
        PinUnsuitable: not six digits, too easy to guess, or the PIN itself.
    """
    digits = None if typed is None else _suitable(typed)
    match = await check(pool, keys, resident_id, before, _own(resident_id))
    found = await _stored(pool, keys, resident_id)
    fresh = await _nobodys() if digits is None else await _hashed(keys, resident_id, digits)
    taken = await match_of(keys, resident_id, digits or "", found.hashes)
    if taken is match:
        raise PinUnsuitable
    hashes = Hashes(found.hashes.own, fresh) if match is PinMatch.OWN else found.hashes
    within = partial(noting, match) if noting else None
    await _keep(pool, keys, resident_id, hashes, found, _own(resident_id), within=within)
    return match


async def set_at_counter(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    typed: str,
    clerk: StaffSession,
    proof: BindingProof,
    within: Within | None = None,
) -> None:
    """Set a PIN for whoever forgot it or has no phone; the second one stays unless it is the same.

    Raises:
        Forbidden: the session is no registrar's.
        PinUnsuitable: not six digits, or too easy to guess.
    """
    if Role.REGISTRAR not in clerk.roles:
        raise Forbidden
    digits = _suitable(typed)
    async with transaction(pool, resident=resident_id) as connection:
        found = await store.stored(connection, keys, resident_id)
    second = found.hashes.second if found else await _nobodys()
    if await matches(peppered(keys, resident_id, digits), second):
        second = await _nobodys()
    fresh = await _hashed(keys, resident_id, digits)
    agent = audit.Agent(audit.AgentKind.PRACTITIONER, clerk.practitioner_id, clerk.institution_id)
    await _keep(pool, keys, resident_id, Hashes(fresh, second), found, agent, proof, within)


async def _stored(pool: Pool, keys: Keys, resident_id: ResidentId) -> store.Stored:
    async with transaction(pool, resident=resident_id) as connection:
        found = await store.stored(connection, keys, resident_id)
    if found is None:
        raise NoPin
    return found


async def _keep(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    hashes: Hashes,
    before: store.Stored | None,
    agent: audit.Agent,
    proof: BindingProof | None = None,
    within: Within | None = None,
) -> None:
    event = audit.Event(
        action=audit.Action.PIN_SET,
        agent=agent,
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={"proof": proof.value} if proof else {},
    )
    expected = before.version if before else None
    async with transaction(pool, resident=resident_id) as connection:
        if not await store.keep(connection, keys, resident_id, hashes, expected):
            raise Conflict("a PIN was set meanwhile")
        logged = await audit.append(connection, keys, resident_id, event)
        if within is not None:
            await within(connection, logged)


def _suitable(typed: str) -> str:
    digits = digits_of(typed)
    if digits is None or not is_suitable(digits):
        raise PinUnsuitable
    return digits


async def _hashed(keys: Keys, resident_id: ResidentId, digits: str) -> str:
    return await hashed(peppered(keys, resident_id, digits))


async def _nobodys() -> str:
    """A hash that no digits have, of the same length as any."""
    return await hashed(secrets.token_hex(32))


def _own(resident_id: ResidentId) -> audit.Agent:
    return audit.Agent(audit.AgentKind.RESIDENT, resident_id)

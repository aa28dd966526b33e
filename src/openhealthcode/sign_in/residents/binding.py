"""Bind a phone to a record at a counter: a number on the phone, a card in the clerk's hand.

The phone gets six digits for fifteen minutes. A clerk types them, compares the card with the
person and with the masked name of the record, and completes. For a person who is not registered,
or under a wrong name, there is a number too, which no clerk can complete.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from openhealthcode import audit, identity, representation
from openhealthcode.database import Pool, announce, enter, transaction
from openhealthcode.sign_in import limits
from openhealthcode.sign_in.model import (
    BindingProof,
    BindingUnknown,
    NeedsBinding,
    PendingBinding,
    Role,
    SignedIn,
    StaffSession,
    Subject,
)
from openhealthcode.sign_in.residents import store
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.sign_in.token import TokenKind, token_key
from openhealthcode.standards import Conflict, Forbidden, PurposeOfUse, TooManyAttempts
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

_LIFETIME: Final = timedelta(minutes=15)
_DIGITS: Final = 6
_TRIES_FOR_A_FREE_NUMBER: Final = 32


class _Waiting(msgspec.Struct, frozen=True):
    """What is sealed on the phone's side: who it is about, and the number to show again."""

    subject: Subject
    number: str


async def offer_binding(
    pool: Pool, keys: Keys, attempt_token: str, subject: Subject
) -> NeedsBinding:
    """Give the phone a number to show at the counter."""
    attempt_key = token_key(keys, TokenKind.ATTEMPT, attempt_token)
    expires_at = datetime.now(UTC) + _LIFETIME
    about = msgspec.json.encode(subject).decode()
    for _ in range(_TRIES_FOR_A_FREE_NUMBER):
        number = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
        number_key = _number_key(keys, number)
        waiting = msgspec.json.encode(_Waiting(subject, number)).decode()
        sealed = (
            keys.seal_session(attempt_token, waiting),
            keys.seal_session(_counter_token(number), about),
        )
        async with transaction(pool, lookup=(attempt_key, number_key)) as connection:
            if await store.add_binding(connection, attempt_key, number_key, expires_at, sealed):
                return NeedsBinding(number, expires_at, _topic(attempt_key))
    raise Conflict("all numbers are taken at this moment; try again")


async def await_binding(
    pool: Pool, keys: Keys, attempt_token: str
) -> SignedIn | NeedsBinding | None:
    """What became of a number: a session, exactly once, when a clerk completed it; None when over.

    Called again after each announcement of its topic, and by a page that polls.
    """
    attempt_key = token_key(keys, TokenKind.ATTEMPT, attempt_token)
    at = datetime.now(UTC)
    async with transaction(pool, lookup=(attempt_key,)) as connection:
        found = await store.binding_of_attempt(connection, attempt_key, at)
        if found is None:
            return None
        text = keys.open_session(attempt_token, found.sealed)
        waiting = msgspec.json.decode(text, type=_Waiting)
        if found.completed_for is None:
            return NeedsBinding(waiting.number, found.expires_at, _topic(attempt_key))
        if not await store.spend_binding(connection, attempt_key, at):
            return None
        await enter(connection, resident=found.completed_for)
        return await begin_session(connection, keys, found.completed_for, waiting.subject)


async def lookup_binding(
    pool: Pool, keys: Keys, number: str, clerk: StaffSession
) -> PendingBinding:
    """Whose record a phone at the counter wants to be bound to.

    Raises:
        Forbidden: the session is no registrar's.
        TooManyAttempts: a clerk who tries numbers.
        BindingUnknown: no such number, over, or not agreeing with the register.
    """
    pending, _ = await _pending(pool, keys, number, clerk)
    return pending


async def complete_binding(
    pool: Pool, keys: Keys, number: str, clerk: StaffSession, proof: BindingProof
) -> ResidentId:
    """Bind the phone, log who saw what proof, and wake the phone.

    Raises:
        Forbidden: the session is no registrar's.
        TooManyAttempts: a clerk who tries numbers.
        BindingUnknown: as for the look-up; or another clerk was faster.
    """
    pending, claimed = await _pending(pool, keys, number, clerk)
    resident_id = pending.resident_id
    number_key = _number_key(keys, number)
    at = datetime.now(UTC)
    async with transaction(pool, resident=resident_id, lookup=(number_key,)) as connection:
        attempt_key = await store.complete_binding(
            connection, number_key, resident_id, clerk.practitioner_id, at
        )
        if attempt_key is None:
            raise BindingUnknown
        await identity.bind_phone(
            connection, keys, resident_id, claimed.phone, clerk.practitioner_id
        )
        await audit.append(connection, keys, resident_id, _bound(clerk, proof, claimed))
        await announce(connection, _topic(attempt_key))
    return resident_id


async def _pending(
    pool: Pool, keys: Keys, number: str, clerk: StaffSession
) -> tuple[PendingBinding, Subject]:
    if Role.REGISTRAR not in clerk.roles:
        raise Forbidden
    counted = keys.blind_index("numbers per clerk", str(clerk.practitioner_id))
    if not await limits.take(pool, counted, limits.NUMBERS_PER_CLERK, datetime.now(UTC)):
        raise TooManyAttempts
    number_key = _number_key(keys, number)
    async with transaction(pool, lookup=(number_key,)) as connection:
        found = await store.binding_of_number(connection, number_key, datetime.now(UTC))
    if found is None:
        raise BindingUnknown
    text = keys.open_session(_counter_token(number), found.sealed)
    claimed = msgspec.json.decode(text, type=Subject)
    resident_id = await identity.find_named(pool, keys, claimed.certificate, claimed.name)
    if resident_id is None or await _has_died(pool, keys, resident_id):
        raise BindingUnknown
    return PendingBinding(resident_id, claimed.phone.masked, found.expires_at), claimed


async def _has_died(pool: Pool, keys: Keys, resident_id: ResidentId) -> bool:
    """Whether a death is registered: nobody signs in as a person who has died."""
    async with transaction(pool, resident=resident_id) as connection:
        return await representation.died(connection, keys.of(resident_id), resident_id) is not None


def _bound(clerk: StaffSession, proof: BindingProof, claimed: Subject) -> audit.Event:
    return audit.Event(
        action=audit.Action.PHONE_BIND,
        agent=audit.Agent(
            audit.AgentKind.PRACTITIONER, clerk.practitioner_id, clerk.institution_id
        ),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={"proof": proof.value, "phone": claimed.phone.masked},
    )


def _number_key(keys: Keys, number: str) -> bytes:
    digits = number if len(number) == _DIGITS and number.isascii() and number.isdigit() else "-"
    return keys.blind_index("binding number", digits)


def _counter_token(number: str) -> str:
    return f"binding number {number}"


def _topic(attempt_key: bytes) -> str:
    return f"binding-{attempt_key[:16].hex()}"

"""Passkeys of residents: made inside a freshly verified session, then enough to sign in and to verify.

A passkey belongs to the telephone number its session was begun with: unbound, changed or reported
lost, the number takes its passkeys with it. Nobody types anything, so nothing can be probed; what
a device keeps names the resident to nobody but its user.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

import msgspec

from openhealthcode import audit, identity
from openhealthcode.database import Pool, transaction
from openhealthcode.sign_in import passkey as passkeys
from openhealthcode.sign_in.challenge import new_challenge, spend_challenge
from openhealthcode.sign_in.model import PasskeyRefused, ResidentSession, SignedIn, SignedOut
from openhealthcode.sign_in.passkey import LONGEST_LABEL, Holder, RelyingParty
from openhealthcode.sign_in.residents import store
from openhealthcode.sign_in.residents.sessions import (
    Shown,
    begin_session_of,
    phone_key,
    session,
    signed_in,
)
from openhealthcode.sign_in.residents.store import StoredPasskey
from openhealthcode.sign_in.token import TokenKind, token_key
from openhealthcode.standards import Phone, PurposeOfUse
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import KeyClass, Keys, UnknownKey, identity_aad

MOST_PASSKEYS: Final = 10
_SIGN_IN: Final = "resident's passkey sign-in"
_METHOD: Final = "passkey"


class _Sealed(msgspec.Struct, frozen=True):
    """What is kept of the session a passkey was made in, under the resident's own key."""

    name: str
    phone: str
    label: str


@dataclass(frozen=True, slots=True)
class PasskeySummary:
    """A passkey as its resident knows it."""

    passkey_id: UUID
    label: str = field(repr=False)
    added_at: datetime


async def begin_passkey(
    pool: Pool, keys: Keys, site: RelyingParty, session: ResidentSession
) -> str:
    """What the browser needs to make a passkey for whoever is signed in, as JSON."""
    known = await _known(pool, session.resident_id)
    handle = keys.blind_index("handle of passkeys", str(session.resident_id))
    holder = Holder(handle, session.name, session.name)
    challenge = new_challenge(keys, _for_registering(session))
    return passkeys.to_make(site, holder, challenge, (one.credential_id for one in known))


async def add_passkey(
    pool: Pool, keys: Keys, site: RelyingParty, session: ResidentSession, answer: str, label: str
) -> None:
    """Keep the passkey the browser made; logged.

    Raises:
        PasskeyRefused: the session was not verified lately, the answer is not good, late or
            repeated, the passkey is known already, or there are too many.
    """
    now = datetime.now(UTC)
    credential, challenge = passkeys.read_made(answer)
    is_asked_for = await spend_challenge(pool, keys, _for_registering(session), challenge)
    if not is_asked_for or not session.is_fresh(now):
        raise PasskeyRefused
    made = passkeys.check_made(site, credential, challenge)
    key = _credential_key(keys, made.credential_id)
    kept = _Sealed(session.name, session.phone.number, label[:LONGEST_LABEL])
    resident_id = session.resident_id
    passkey = StoredPasskey(
        passkey_id=uuid4(),
        resident_id=resident_id,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        sealed=keys.of(resident_id).seal(
            KeyClass.IDENTITY, identity_aad(resident_id, "passkey"), msgspec.json.encode(kept)
        ),
        added_at=now,
    )
    of_phone = phone_key(keys, resident_id, session.phone)
    async with transaction(pool, resident=resident_id, lookup=(key,)) as connection:
        await audit.append(connection, keys, resident_id, _changed(resident_id, is_added=True))
        held = await store.passkeys_of(connection, resident_id)
        is_known = await store.passkey(connection, key) is not None
        if is_known or len(held) >= MOST_PASSKEYS:
            raise PasskeyRefused
        await store.add_passkey(connection, key, of_phone, passkey)


async def passkeys_of(pool: Pool, keys: Keys, resident_id: ResidentId) -> list[PasskeySummary]:
    """A resident's passkeys, the latest first."""
    known = await _known(pool, resident_id)
    return [PasskeySummary(one.passkey_id, _opened(keys, one).label, one.added_at) for one in known]


async def has_passkey(pool: Pool, resident_id: ResidentId) -> bool:
    """Whether a resident can answer with a passkey."""
    return bool(await _known(pool, resident_id))


async def remove_passkey(pool: Pool, keys: Keys, resident_id: ResidentId, passkey_id: UUID) -> None:
    """Take a passkey away, logged; one that is not there is as good."""
    async with transaction(pool, resident=resident_id) as connection:
        if await store.remove_passkey(connection, resident_id, passkey_id):
            event = _changed(resident_id, is_added=False)
            await audit.append(connection, keys, resident_id, event)


def begin_passkey_sign_in(keys: Keys, site: RelyingParty) -> str:
    """What the browser needs to sign in with any passkey it has for this site, as JSON."""
    return passkeys.to_answer(site, new_challenge(keys, _SIGN_IN))


async def finish_passkey_sign_in(
    pool: Pool, keys: Keys, site: RelyingParty, answer: str
) -> SignedIn:
    """Begin a session for whose passkey answered, as freshly verified as by a code.

    Raises:
        PasskeyRefused: unknown passkey, an answer that is not good, late or repeated, or the
            telephone it was made with is not bound any more.
    """
    passkey = await _answered(pool, keys, site, answer, _SIGN_IN)
    try:
        kept = _opened(keys, passkey)
    except UnknownKey:
        raise PasskeyRefused from None
    phone, resident_id = Phone(kept.phone), passkey.resident_id
    async with transaction(pool, resident=resident_id) as connection:
        if not await identity.phone_is_bound(connection, keys, resident_id, phone):
            raise PasskeyRefused
        shown = Shown(kept.name, kept.phone)
        return await begin_session_of(connection, keys, resident_id, shown, _METHOD)


async def begin_passkey_check(
    pool: Pool, keys: Keys, site: RelyingParty, resident_id: ResidentId
) -> str:
    """What the browser needs for a fresh proof by one of the resident's own passkeys, as JSON.

    Raises:
        PasskeyRefused: there is none.
    """
    known = await _known(pool, resident_id)
    if not known:
        raise PasskeyRefused
    allowed = (one.credential_id for one in known)
    return passkeys.to_answer(site, new_challenge(keys, _for_checking(resident_id)), allowed)


async def check_passkey(
    pool: Pool, keys: Keys, site: RelyingParty, resident_id: ResidentId, answer: str
) -> None:
    """Accept a fresh proof that this resident answers.

    Raises:
        PasskeyRefused: somebody else's passkey, or an answer that is not good, late or repeated.
    """
    passkey = await _answered(pool, keys, site, answer, _for_checking(resident_id))
    if passkey.resident_id != resident_id:
        raise PasskeyRefused


async def verify_by_passkey(
    pool: Pool, keys: Keys, site: RelyingParty, token: str, answer: str
) -> ResidentSession:
    """Accept a passkey's answer where a code would do; the session is now freshly verified.

    Raises:
        SignedOut: the token opens no session.
        PasskeyRefused: as ``check_passkey``.
    """
    current = await session(pool, keys, token)
    if current is None:
        raise SignedOut
    resident_id, at = current.resident_id, datetime.now(UTC)
    await check_passkey(pool, keys, site, resident_id, answer)
    session_key = token_key(keys, TokenKind.RESIDENT, token)
    async with transaction(pool, resident=resident_id, lookup=(session_key,)) as connection:
        if not await store.verify_session(connection, session_key, at):
            raise SignedOut
        event = signed_in(resident_id, _METHOD, again=True)
        await audit.append(connection, keys, resident_id, event)
    return replace(current, verified_at=at)


async def _answered(
    pool: Pool, keys: Keys, site: RelyingParty, answer: str, purpose: str
) -> StoredPasskey:
    """The passkey that answered, once its answer is judged and its challenge spent."""
    credential, challenge = passkeys.read_answer(answer)
    key = _credential_key(keys, credential.raw_id)
    async with transaction(pool, lookup=(key,)) as connection:
        passkey = await store.passkey(connection, key)
    is_asked_for = await spend_challenge(pool, keys, purpose, challenge)
    if passkey is None or not is_asked_for:
        raise PasskeyRefused
    count = passkeys.check_answer(
        site, credential, challenge, passkey.public_key, passkey.sign_count
    )
    async with transaction(pool, lookup=(key,)) as connection:
        await store.count_signature(connection, key, count)
    return passkey


async def _known(pool: Pool, resident_id: ResidentId) -> list[StoredPasskey]:
    async with transaction(pool, resident=resident_id) as connection:
        return await store.passkeys_of(connection, resident_id)


def _opened(keys: Keys, passkey: StoredPasskey) -> _Sealed:
    aad = identity_aad(passkey.resident_id, "passkey")
    plain = keys.of(passkey.resident_id).open(KeyClass.IDENTITY, aad, passkey.sealed)
    return msgspec.json.decode(plain, type=_Sealed)


def _changed(resident_id: ResidentId, *, is_added: bool) -> audit.Event:
    return audit.Event(
        action=audit.Action.PASSKEY_ADD if is_added else audit.Action.PASSKEY_REMOVE,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
    )


def _credential_key(keys: Keys, credential_id: bytes) -> bytes:
    return keys.blind_index("passkey", credential_id.hex())


def _for_registering(session: ResidentSession) -> str:
    return f"passkey of {session.resident_id} in {session.session_id}"


def _for_checking(resident_id: ResidentId) -> str:
    return f"passkey check of {resident_id}"


__all__ = [
    "MOST_PASSKEYS",
    "PasskeySummary",
    "add_passkey",
    "begin_passkey",
    "begin_passkey_check",
    "begin_passkey_sign_in",
    "check_passkey",
    "finish_passkey_sign_in",
    "has_passkey",
    "passkeys_of",
    "remove_passkey",
    "verify_by_passkey",
]

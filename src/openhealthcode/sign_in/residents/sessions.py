"""A resident's sessions: thirty days on one phone, listed and ended by the resident."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import msgspec

from openhealthcode import audit, identity
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.sign_in.model import ResidentSession, SessionSummary, SignedIn, Subject
from openhealthcode.sign_in.residents import store
from openhealthcode.sign_in.residents.store import StoredSession
from openhealthcode.sign_in.token import TokenKind, new_token, token_key
from openhealthcode.standards import Phone, PurposeOfUse
from openhealthcode.standards.ids import DeviceReference, ResidentId
from openhealthcode.trust import Keys

_LIFETIME: Final = timedelta(days=30)
_DEVICE_REFERENCE_BYTES: Final = 8


class Shown(msgspec.Struct, frozen=True):
    """What is sealed under the session's token, for the page's own heading and for fresh codes."""

    name: str
    phone: str


async def begin_session(
    connection: Connection, keys: Keys, resident_id: ResidentId, subject: Subject
) -> SignedIn:
    """Begin a session in the resident's transaction, and log it there."""
    shown = Shown(subject.name, subject.phone.number)
    return await begin_session_of(connection, keys, resident_id, shown, "sms-code")


async def begin_session_of(
    connection: Connection, keys: Keys, resident_id: ResidentId, shown: Shown, method: str
) -> SignedIn:
    """As ``begin_session``, given what the session's pages show and how it was proved."""
    token, at = new_token(), datetime.now(UTC)
    stored = StoredSession(
        session_id=uuid4(),
        resident_id=resident_id,
        device_reference=DeviceReference(secrets.token_bytes(_DEVICE_REFERENCE_BYTES)),
        sealed=keys.seal_session(token, msgspec.json.encode(shown).decode()),
        started_at=at,
        verified_at=at,
        expires_at=at + _LIFETIME,
    )
    session_key = token_key(keys, TokenKind.RESIDENT, token)
    of_phone = phone_key(keys, resident_id, Phone(shown.phone))
    await store.add_session(connection, session_key, of_phone, stored)
    await audit.append(connection, keys, resident_id, signed_in(resident_id, method))
    return SignedIn(token, _session(keys, token, stored))


async def session(pool: Pool, keys: Keys, token: str) -> ResidentSession | None:
    """The live session this token opens."""
    session_key = token_key(keys, TokenKind.RESIDENT, token)
    async with transaction(pool, lookup=(session_key,)) as connection:
        stored = await store.session(connection, session_key, datetime.now(UTC))
    return None if stored is None else _session(keys, token, stored)


async def sessions_of(pool: Pool, resident_id: ResidentId) -> list[SessionSummary]:
    """A resident's live sessions, the latest first."""
    async with transaction(pool, resident=resident_id) as connection:
        return await store.sessions_of(connection, resident_id, datetime.now(UTC))


async def end_session(
    pool: Pool, resident_id: ResidentId, session_id: UUID
) -> DeviceReference | None:
    """End one of a resident's sessions; answers the phone's reference, whose codes end with it."""
    async with transaction(pool, resident=resident_id) as connection:
        return await store.end_session(connection, resident_id, session_id, datetime.now(UTC))


async def end_sessions(
    connection: Connection, resident_id: ResidentId, at: datetime
) -> list[DeviceReference]:
    """End all of a resident's sessions in the caller's transaction; answers as ``end_session``.

    No passkey signs them in again.
    """
    await store.remove_passkeys_of_resident(connection, resident_id)
    return await store.end_sessions_of_resident(connection, resident_id, at)


async def sign_out(pool: Pool, keys: Keys, token: str) -> DeviceReference | None:
    """End the session this token opens; answers as ``end_session``."""
    session_key = token_key(keys, TokenKind.RESIDENT, token)
    async with transaction(pool, lookup=(session_key,)) as connection:
        return await store.end_session_of_token(connection, session_key, datetime.now(UTC))


async def unbind_phone(
    pool: Pool, keys: Keys, resident_id: ResidentId, phone: Phone, agent: audit.Agent
) -> list[DeviceReference]:
    """Unbind a lost phone and end its sessions, logged; answers the references that end with it."""
    async with transaction(pool, resident=resident_id) as connection:
        if await identity.unbind(connection, keys, resident_id, phone):
            unbound = audit.Event(
                action=audit.Action.PHONE_UNBIND,
                agent=agent,
                purpose=PurposeOfUse.RESIDENT_REQUEST,
                detail={"phone": phone.masked},
            )
            await audit.append(connection, keys, resident_id, unbound)
        return await end_sessions_of(connection, keys, resident_id, phone, datetime.now(UTC))


async def end_sessions_of(
    connection: Connection, keys: Keys, resident_id: ResidentId, phone: Phone, at: datetime
) -> list[DeviceReference]:
    """End the sessions begun with one phone in the caller's transaction; answers as ``end_session``.

    Passkeys made in them are taken away.
    """
    key = phone_key(keys, resident_id, phone)
    await store.remove_passkeys_of_phone(connection, resident_id, key)
    return await store.end_sessions_of_phone(connection, resident_id, key, at)


def signed_in(
    resident_id: ResidentId, method: str = "sms-code", *, again: bool = False
) -> audit.Event:
    """The event of a fresh proof: signing in, or verifying in a session."""
    return audit.Event(
        action=audit.Action.RESIDENT_SIGN_IN,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={"method": method, "again": again},
    )


def phone_key(keys: Keys, resident_id: ResidentId, phone: Phone) -> bytes:
    """What a resident's sessions and passkeys of one phone are found by."""
    return keys.blind_index("phone of session", f"{resident_id}|{phone.number}")


def _session(keys: Keys, token: str, stored: StoredSession) -> ResidentSession:
    shown = msgspec.json.decode(keys.open_session(token, stored.sealed), type=Shown)
    return ResidentSession(
        session_id=stored.session_id,
        resident_id=stored.resident_id,
        device_reference=stored.device_reference,
        name=shown.name,
        phone=Phone(shown.phone),
        started_at=stored.started_at,
        verified_at=stored.verified_at,
        expires_at=stored.expires_at,
    )

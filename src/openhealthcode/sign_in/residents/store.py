"""Reads and writes codes, bindings and sessions of residents; sees hashes and sealed text only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from openhealthcode.database import Connection, load_queries
from openhealthcode.sign_in.model import SessionSummary
from openhealthcode.sign_in.outbox import CodePurpose
from openhealthcode.standards.ids import DeviceReference, PractitionerId, ResidentId

_QUERIES = load_queries("openhealthcode.sign_in.residents")
_MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A live session as it lies in the table."""

    session_id: UUID
    resident_id: ResidentId
    device_reference: DeviceReference = field(repr=False)
    sealed: bytes = field(repr=False)
    started_at: datetime
    verified_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StoredBinding:
    """A binding that still waits, for the clerk or for the phone to come and get its session."""

    expires_at: datetime
    sealed: bytes = field(repr=False)
    completed_for: ResidentId | None = None


@dataclass(frozen=True, slots=True)
class StoredPasskey:
    """A passkey's public part as it lies in the table; name, phone and label are sealed."""

    passkey_id: UUID
    resident_id: ResidentId
    credential_id: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    sign_count: int
    sealed: bytes = field(repr=False)
    added_at: datetime


async def add_code(
    connection: Connection,
    attempt_key: bytes,
    code_hash: bytes,
    purpose: CodePurpose,
    expires_at: datetime,
    sealed: bytes,
) -> None:
    """Keep a code's hash until it expires."""
    await connection.execute(
        _QUERIES["add_code"], attempt_key, code_hash, purpose, expires_at, sealed
    )


async def sealed_of_attempt(
    connection: Connection, attempt_key: bytes, purpose: CodePurpose
) -> bytes | None:
    """What was sealed when the code was sent."""
    sealed: bytes | None = await connection.fetchval(
        _QUERIES["sealed_of_attempt"], attempt_key, purpose
    )
    return sealed


async def try_code(
    connection: Connection, attempt_key: bytes, code_hash: bytes, at: datetime
) -> bool | None:
    """Count a try and spend the code if it is right; None when there is nothing to try any more."""
    is_right: bool | None = await connection.fetchval(
        _QUERIES["try_code"], attempt_key, code_hash, at, _MOST_TRIES
    )
    return is_right


async def add_binding(
    connection: Connection,
    attempt_key: bytes,
    number_key: bytes,
    expires_at: datetime,
    sealed: tuple[bytes, bytes],
) -> bool:
    """Keep a binding, sealed for the phone and for the counter; false when the number is taken."""
    added = await connection.fetchval(
        _QUERIES["add_binding"], attempt_key, number_key, expires_at, *sealed
    )
    return added is not None


async def binding_of_number(
    connection: Connection, number_key: bytes, at: datetime
) -> StoredBinding | None:
    """The binding a clerk may complete under this number, sealed for the counter."""
    row = await connection.fetchrow(_QUERIES["binding_of_number"], number_key, at)
    return None if row is None else StoredBinding(row["expires_at"], row["counter_sealed"])


async def complete_binding(
    connection: Connection,
    number_key: bytes,
    resident_id: ResidentId,
    clerk: PractitionerId,
    at: datetime,
) -> bytes | None:
    """Complete a binding once; answers the attempt that waits for it."""
    attempt_key: bytes | None = await connection.fetchval(
        _QUERIES["complete_binding"], number_key, at, clerk, resident_id
    )
    return attempt_key


async def binding_of_attempt(
    connection: Connection, attempt_key: bytes, at: datetime
) -> StoredBinding | None:
    """The binding a phone waits for, sealed for the phone."""
    row = await connection.fetchrow(_QUERIES["binding_of_attempt"], attempt_key, at)
    if row is None:
        return None
    return StoredBinding(row["expires_at"], row["sealed"], row["completed_for"])


async def spend_binding(connection: Connection, attempt_key: bytes, at: datetime) -> bool:
    """Turn a completed binding into the right to one session."""
    return await connection.fetchval(_QUERIES["spend_binding"], attempt_key, at) is not None


async def add_session(
    connection: Connection, session_key: bytes, phone_key: bytes, session: StoredSession
) -> None:
    """Begin a session."""
    await connection.execute(
        _QUERIES["add_session"],
        session_key,
        session.resident_id,
        session.session_id,
        session.device_reference,
        phone_key,
        session.sealed,
        session.started_at,
        session.expires_at,
    )


async def session(connection: Connection, session_key: bytes, at: datetime) -> StoredSession | None:
    """A live session by its token's key."""
    row = await connection.fetchrow(_QUERIES["session"], session_key, at)
    return None if row is None else StoredSession(**row)


async def verify_session(connection: Connection, session_key: bytes, at: datetime) -> bool:
    """Note that the resident has just entered a fresh code."""
    return await connection.fetchval(_QUERIES["verify_session"], session_key, at) is not None


async def sessions_of(
    connection: Connection, resident_id: ResidentId, at: datetime
) -> list[SessionSummary]:
    """A resident's live sessions, the latest first."""
    rows = await connection.fetch(_QUERIES["sessions_of_resident"], resident_id, at)
    return [SessionSummary(**row) for row in rows]


async def end_session_of_token(
    connection: Connection, session_key: bytes, at: datetime
) -> DeviceReference | None:
    """End the session a token opens."""
    reference: DeviceReference | None = await connection.fetchval(
        _QUERIES["end_session_of_token"], session_key, at
    )
    return reference


async def end_session(
    connection: Connection, resident_id: ResidentId, session_id: UUID, at: datetime
) -> DeviceReference | None:
    """End one of a resident's sessions."""
    reference: DeviceReference | None = await connection.fetchval(
        _QUERIES["end_session"], resident_id, session_id, at
    )
    return reference


async def end_sessions_of_phone(
    connection: Connection, resident_id: ResidentId, phone_key: bytes, at: datetime
) -> list[DeviceReference]:
    """End every session that was begun with a phone."""
    rows = await connection.fetch(_QUERIES["end_sessions_of_phone"], resident_id, phone_key, at)
    return [DeviceReference(row["device_reference"]) for row in rows]


async def end_sessions_of_resident(
    connection: Connection, resident_id: ResidentId, at: datetime
) -> list[DeviceReference]:
    """End every session of a resident."""
    rows = await connection.fetch(_QUERIES["end_sessions_of_resident"], resident_id, at)
    return [DeviceReference(row["device_reference"]) for row in rows]


async def add_passkey(
    connection: Connection, credential_key: bytes, phone_key: bytes, passkey: StoredPasskey
) -> None:
    """Keep a passkey."""
    await connection.execute(
        _QUERIES["add_passkey"],
        credential_key,
        passkey.resident_id,
        passkey.passkey_id,
        passkey.credential_id,
        passkey.public_key,
        passkey.sign_count,
        phone_key,
        passkey.sealed,
        passkey.added_at,
    )


async def passkey(connection: Connection, credential_key: bytes) -> StoredPasskey | None:
    """A passkey by the key of its credential, which the transaction names."""
    row = await connection.fetchrow(_QUERIES["passkey"], credential_key)
    return None if row is None else StoredPasskey(**row)


async def passkeys_of(connection: Connection, resident_id: ResidentId) -> list[StoredPasskey]:
    """A resident's passkeys, the latest first."""
    rows = await connection.fetch(_QUERIES["passkeys_of"], resident_id)
    return [StoredPasskey(**row) for row in rows]


async def count_signature(connection: Connection, credential_key: bytes, sign_count: int) -> None:
    """Note how often a device has signed; the transaction names the key."""
    await connection.execute(_QUERIES["count_signature"], credential_key, sign_count)


async def remove_passkey(connection: Connection, resident_id: ResidentId, passkey_id: UUID) -> bool:
    """Take one passkey away; false if it is not there."""
    done = await connection.execute(_QUERIES["remove_passkey"], resident_id, passkey_id)
    return done == "DELETE 1"


async def remove_passkeys_of_phone(
    connection: Connection, resident_id: ResidentId, phone_key: bytes
) -> None:
    """Take away the passkeys made in sessions of one phone."""
    await connection.execute(_QUERIES["remove_passkeys_of_phone"], resident_id, phone_key)


async def remove_passkeys_of_resident(connection: Connection, resident_id: ResidentId) -> None:
    """Take away every passkey of a resident."""
    await connection.execute(_QUERIES["remove_passkeys_of_resident"], resident_id)

"""Reads and writes accounts, sessions and passkeys of staff."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg

from openhealthcode.database import Connection, Pool, load_queries
from openhealthcode.sign_in.model import Audience, Role
from openhealthcode.sign_in.staff.rules import locks
from openhealthcode.standards.ids import InstitutionId, PractitionerId, TerminalId

_QUERIES = load_queries("openhealthcode.sign_in.staff")

Database = Pool | Connection


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it lies in the table."""

    practitioner_id: PractitionerId
    staff_number: str
    password_hash: str = field(repr=False)
    totp_sealed: bytes = field(repr=False)
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A live session as it lies in the table, with the account's present roles."""

    session_id: UUID
    practitioner_id: PractitionerId
    started_at: datetime
    seen_at: datetime
    expires_at: datetime
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Passkey:
    """A registered passkey's public part."""

    practitioner_id: PractitionerId
    public_key: bytes
    sign_count: int


async def claim_try(database: Database, subject: bytes, at: datetime) -> bool:
    """Count a try as failed, in advance; false while the subject is locked."""
    return await database.fetchval(_QUERIES["claim_try"], subject, at, locks(at)) is not None


async def forget_failures(database: Database, subject: bytes) -> None:
    """The try was good: begin counting anew."""
    await database.execute(_QUERIES["forget_failures"], subject)


async def account_of_number(database: Database, staff_number: str) -> Account | None:
    """The account with this staff number."""
    return _account(await database.fetchrow(_QUERIES["account_of_number"], staff_number))


async def account(database: Database, practitioner_id: PractitionerId) -> Account | None:
    """A practitioner's account."""
    return _account(await database.fetchrow(_QUERIES["account"], practitioner_id))


async def spend_step(database: Database, practitioner_id: PractitionerId, step: int) -> bool:
    """Accept a step of the authenticator once; false for this step and those before it."""
    return await database.fetchval(_QUERIES["spend_step"], practitioner_id, step) is not None


async def an_administrator_exists(connection: Connection) -> bool:
    """Whether there is an administrator; until the transaction ends nobody else makes the first."""
    await connection.execute(_QUERIES["administrators_lock"])
    return bool(await connection.fetchval(_QUERIES["an_administrator_exists"]))


async def add_account(connection: Database, account: Account, at: datetime) -> bool:
    """Make an account; false when the practitioner or the number has one."""
    added = await connection.fetchval(
        _QUERIES["add_account"],
        account.practitioner_id,
        account.staff_number,
        account.password_hash,
        account.totp_sealed,
        sorted(account.roles),
        at,
    )
    return added is not None


async def renew_account(
    database: Database,
    practitioner_id: PractitionerId,
    secrets: tuple[str, bytes],
    roles: Collection[Role],
    at: datetime,
) -> bool:
    """Replace password hash, sealed authenticator secret and roles; ends every session."""
    found = await database.fetchval(
        _QUERIES["renew_account"], practitioner_id, *secrets, sorted(roles), at
    )
    return found is not None


async def set_password(
    database: Database, practitioner_id: PractitionerId, password_hash: str
) -> None:
    """Replace a password's hash."""
    await database.execute(_QUERIES["set_password"], practitioner_id, password_hash)


async def accounts(database: Database) -> list[PractitionerId]:
    """Whose accounts there are."""
    rows = await database.fetch(_QUERIES["accounts"])
    return [PractitionerId(row["practitioner_id"]) for row in rows]


async def holders(database: Database, role: Role) -> list[PractitionerId]:
    """Whose accounts have a role."""
    rows = await database.fetch(_QUERIES["holders"], role.value)
    return [PractitionerId(row["practitioner_id"]) for row in rows]


async def end_sessions(database: Database, practitioner_id: PractitionerId, at: datetime) -> None:
    """End every session begun before this moment."""
    await database.execute(_QUERIES["end_sessions"], practitioner_id, at)


async def add_session(
    connection: Connection,
    session_key: bytes,
    session: StoredSession,
    place: tuple[Audience, TerminalId],
    method: str,
) -> None:
    """Begin a session for one audience's pages at one terminal."""
    await connection.execute(
        _QUERIES["add_session"],
        session_key,
        session.session_id,
        session.practitioner_id,
        place[0],
        method,
        place[1],
        session.started_at,
        session.expires_at,
    )


async def note_workstation(
    connection: Connection, workstation: bytes, institution_id: InstitutionId, at: datetime
) -> None:
    """Count that somebody of this institution signed in at this browser."""
    await connection.execute(_QUERIES["note_workstation"], workstation, institution_id, at)


async def sign_ins_at(
    connection: Connection, workstations: Collection[bytes]
) -> dict[bytes, dict[InstitutionId, int]]:
    """How often whose staff signed in at each of these browsers."""
    found: dict[bytes, dict[InstitutionId, int]] = {}
    for row in await connection.fetch(_QUERIES["workstations"], list(workstations)):
        counts = found.setdefault(row["workstation"], {})
        counts[InstitutionId(row["institution_id"])] = row["sign_ins"]
    return found


async def session(
    connection: Connection,
    session_key: bytes,
    place: tuple[Audience, TerminalId],
    at: datetime,
    seen_after: datetime,
) -> StoredSession | None:
    """A live session, if it is used for the audience and at the terminal it was begun for."""
    row = await connection.fetchrow(_QUERIES["session"], session_key, *place, at, seen_after)
    if row is None:
        return None
    return StoredSession(**{**row, "roles": frozenset(map(Role, row["roles"]))})


async def touch_session(connection: Connection, session_key: bytes, at: datetime) -> None:
    """Note that a session is in use."""
    await connection.execute(_QUERIES["touch_session"], session_key, at)


async def end_session(connection: Connection, session_key: bytes, at: datetime) -> None:
    """End a session; an unknown one is no error."""
    await connection.execute(_QUERIES["end_session"], session_key, at)


async def add_passkey(
    database: Database, credential_id: bytes, passkey: Passkey, label: str, at: datetime
) -> bool:
    """Keep a passkey's public part; false when it is known already."""
    added = await database.fetchval(
        _QUERIES["add_passkey"],
        credential_id,
        passkey.practitioner_id,
        passkey.public_key,
        passkey.sign_count,
        label,
        at,
    )
    return added is not None


async def passkey(database: Database, credential_id: bytes) -> Passkey | None:
    """A passkey by its credential id."""
    row = await database.fetchrow(_QUERIES["passkey"], credential_id)
    return None if row is None else Passkey(**row)


async def passkeys_of(database: Database, practitioner_id: PractitionerId) -> list[bytes]:
    """The credential ids of a practitioner's passkeys."""
    rows = await database.fetch(_QUERIES["passkeys_of"], practitioner_id)
    return [row["credential_id"] for row in rows]


async def count_signature(database: Database, credential_id: bytes, sign_count: int) -> None:
    """Note how often an authenticator says it has signed."""
    await database.execute(_QUERIES["count_signature"], credential_id, sign_count)


def _account(row: asyncpg.Record | None) -> Account | None:
    if row is None:
        return None
    return Account(**{**row, "roles": frozenset(map(Role, row["roles"]))})

"""Sessions of staff: twelve hours, thirty idle minutes, one terminal, one audience."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from openhealthcode import audit, registry
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.sign_in.model import (
    Audience,
    Role,
    SignInRefused,
    StaffSession,
    StaffSignedIn,
)
from openhealthcode.sign_in.staff import store
from openhealthcode.sign_in.staff.store import StoredSession
from openhealthcode.sign_in.token import TokenKind, new_token, token_key
from openhealthcode.standards import Forbidden
from openhealthcode.standards.ids import InstitutionId, PractitionerId, TerminalId
from openhealthcode.trust import Keys

_LIFETIME: Final = timedelta(hours=12)
_IDLE: Final = timedelta(minutes=30)
_NOTED_EVERY: Final = timedelta(minutes=1)


async def begin_session(
    pool: Pool,
    keys: Keys,
    practitioner_id: PractitionerId,
    roles: Collection[Role],
    place: tuple[Audience, TerminalId],
    method: str,
) -> StaffSignedIn:
    """Begin a session for somebody who has just proved who they are.

    Raises:
        SignInRefused: the practitioner or the institution is suspended.
        Forbidden: the account has no role for these pages.
    """
    practitioner = await registry.practitioner(pool, practitioner_id)
    if not practitioner.may_have_account:
        raise SignInRefused
    if place[0].role not in roles:
        raise Forbidden
    token, at = new_token(), datetime.now(UTC)
    stored = StoredSession(uuid4(), practitioner_id, at, at, at + _LIFETIME, frozenset(roles))
    session_key = token_key(keys, TokenKind.STAFF, token)
    async with transaction(pool, lookup=(session_key,)) as connection:
        await store.add_session(connection, session_key, stored, place, method)
        number = audit.workstation_of(place[1])
        await store.note_workstation(connection, number, practitioner.institution_id, at)
    return StaffSignedIn(token, _session(stored, practitioner.institution_id, place))


async def session(
    pool: Pool,
    keys: Keys,
    token: str,
    audience: Audience,
    terminal_id: TerminalId,
    *,
    is_use: bool = True,
) -> StaffSession | None:
    """The live session this token opens for these pages at this terminal.

    Args:
        is_use: somebody is at work; what a page fetches by itself all day keeps no session alive.
    """
    session_key = token_key(keys, TokenKind.STAFF, token)
    place, at = (audience, terminal_id), datetime.now(UTC)
    async with transaction(pool, lookup=(session_key,)) as connection:
        stored = await store.session(connection, session_key, place, at, at - _IDLE)
        if stored is not None and is_use and stored.seen_at < at - _NOTED_EVERY:
            await store.touch_session(connection, session_key, at)
    if stored is None or audience.role not in stored.roles:
        return None
    practitioner = await registry.practitioner(pool, stored.practitioner_id)
    if not practitioner.may_have_account:
        return None
    return _session(stored, practitioner.institution_id, place)


async def sign_out(pool: Pool, keys: Keys, token: str) -> None:
    """End the session this token opens; an unknown token is no error."""
    session_key = token_key(keys, TokenKind.STAFF, token)
    async with transaction(pool, lookup=(session_key,)) as connection:
        await store.end_session(connection, session_key, datetime.now(UTC))


async def end_all_sessions(database: Pool | Connection, practitioner_id: PractitionerId) -> None:
    """End every session of a practitioner, wherever it is open."""
    await store.end_sessions(database, practitioner_id, datetime.now(UTC))


def _session(
    stored: StoredSession,
    institution_id: InstitutionId,
    place: tuple[Audience, TerminalId],
) -> StaffSession:
    audience, terminal_id = place
    return StaffSession(
        session_id=stored.session_id,
        practitioner_id=stored.practitioner_id,
        institution_id=institution_id,
        audience=audience,
        roles=stored.roles,
        terminal_id=terminal_id,
        started_at=stored.started_at,
        expires_at=stored.expires_at,
    )

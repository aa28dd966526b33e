"""Hand a group over in portions: each time its export is asked about, the next one is put together.

Nothing runs by itself and nothing waits in memory: how far an export got lies sealed in the database,
so that any process goes on with it and a portion that was interrupted is done again. Approval, system
and consent are looked at anew for every portion.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from openhealthcode.access.export import MOST_RESIDENTS, Export, ExportedFile, export
from openhealthcode.access.groups.approve import members_of
from openhealthcode.access.handing_over import Form
from openhealthcode.access.whole import Wanted
from openhealthcode.database import Pool, load_queries, transaction
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import Keys, UnreadableSeal, sha256

_QUERIES: Final = load_queries("openhealthcode.access.groups")
_LIFETIME: Final = timedelta(minutes=30)
_LEASE: Final = timedelta(minutes=2)
"""A portion that takes longer is taken for interrupted; a request may not take that long."""
_SECRET_BYTES: Final = 16
_READ: Final = "r"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries of the group's records are wanted, and how the files are written."""

    wanted: Wanted
    form: Form = Form.LINES


@dataclass(frozen=True, slots=True)
class GoingOn:
    """How far an export got."""

    done: int
    size: int


class _State(msgspec.Struct, frozen=True):
    """What lies sealed of an export under way."""

    members: tuple[bytes, ...]
    types: frozenset[str]
    since: datetime | None
    form: Form
    made_at: datetime
    done: int = 0
    expires_at: datetime | None = None
    files: tuple[tuple[str, int, str], ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every portion was put together."""
        return self.done >= len(self.members)


async def begin_group_export(
    pool: Pool, keys: Keys, *, system: SystemAccess, group_id: UUID, asked: Asked
) -> str:
    """Begin an export of a group; nobody's record is looked at yet.

    Returns:
        what the same system asks on by.

    Raises:
        NotFound: no such group, none of this institution's, ended or over.
    """
    members = await members_of(pool, keys, group_id, system.institution_id)
    now = datetime.now(UTC)
    state = _State(
        tuple(resident.bytes for resident in members),
        asked.wanted.types,
        asked.wanted.since,
        asked.form,
        now,
    )
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    sealed = _sealed(keys, system, secret, state)
    async with transaction(pool, resident=group_id) as connection:
        await connection.execute(_QUERIES["forget_jobs"], group_id, now)
        await connection.execute(
            _QUERIES["begin_job"], group_id, _mark(secret), sealed, now, now + _LIFETIME
        )
    return secret


async def go_on(
    pool: Pool, keys: Keys, *, system: SystemAccess, group_id: UUID, job: str
) -> Export | GoingOn:
    """Put the next portion together, unless somebody is at it; the whole once there is no more.

    Raises:
        NotFound: no such export, over, another system's, or the group is not approved any more.
        TooLarge: a portion holds more than an export may.
    """
    allowed = await members_of(pool, keys, group_id, system.institution_id)
    now = datetime.now(UTC)
    lease = now + _LEASE
    async with transaction(pool, resident=group_id) as connection:
        leased = await connection.fetchval(_QUERIES["lease_job"], group_id, _mark(job), now, lease)
        there = leased or await connection.fetchval(_QUERIES["job"], group_id, _mark(job), now)
        state = _opened(keys, system, job, there)  # another system's lease ends with its failure
    if not state.is_whole and leased is not None:
        state = await _next_portion(pool, keys, system, state, frozenset(allowed))
        sealed = _sealed(keys, system, job, state)
        async with transaction(pool, resident=group_id) as connection:
            await connection.fetchval(
                _QUERIES["note_portion"], group_id, _mark(job), lease, sealed, datetime.now(UTC)
            )
    if not state.is_whole:
        return GoingOn(state.done, len(state.members))
    files = tuple(ExportedFile(*one) for one in state.files)
    return Export(state.made_at, state.expires_at or now, files)


async def _next_portion(
    pool: Pool,
    keys: Keys,
    system: SystemAccess,
    state: _State,
    allowed: frozenset[ResidentId],
) -> _State:
    portion = state.members[state.done : state.done + MOST_RESIDENTS]
    residents = [ResidentId(UUID(bytes=one)) for one in portion]
    types = frozenset(type_ for type_ in state.types if system.permits(type_, _READ))
    made = await export(
        pool,
        keys,
        system=system,
        patients=_named(keys, [one for one in residents if one in allowed]),
        wanted=Wanted(types, since=state.since),
        form=state.form,
    )
    first_over = min(state.expires_at or made.expires_at, made.expires_at)
    return msgspec.structs.replace(
        state,
        done=state.done + len(portion),
        expires_at=first_over,
        files=(*state.files, *((one.type, one.count, one.name) for one in made.files)),
    )


def _named(keys: Keys, residents: Sequence[ResidentId]) -> list[str]:
    return [keys.seal_id(one, EntryId(one)) for one in residents]


def _sealed(keys: Keys, system: SystemAccess, secret: str, state: _State) -> bytes:
    return keys.seal_session(_token(system, secret), msgspec.json.encode(state).decode())


def _opened(keys: Keys, system: SystemAccess, secret: str, sealed: bytes | None) -> _State:
    if sealed is None:
        raise NotFound
    try:
        return msgspec.json.decode(keys.open_session(_token(system, secret), sealed), type=_State)
    except UnreadableSeal:
        raise NotFound from None


def _token(system: SystemAccess, secret: str) -> str:
    return f"group export of {system.system_id}: {secret}"


def _mark(secret: str) -> bytes:
    return sha256(secret.encode())

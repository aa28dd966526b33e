"""Add one event to a resident's log, inside the caller's transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from openhealthcode.audit import store
from openhealthcode.audit.acting import attributed
from openhealthcode.audit.model import Appended, ChainMoved, Event, Writing
from openhealthcode.audit.seal import next_link
from openhealthcode.database import Connection
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

T = TypeVar("T")

_TRIES: Final = 5
_PAUSE_SECONDS: Final = 0.005


async def append_at_once(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    event: Event,
    *,
    changes_consent: bool = False,
    only_at: int | None = None,
) -> Appended:
    """As ``append``, for whoever already holds another chain: waits for nobody for long.

    Two who each hold the one chain and wait for the other would wait for ever.

    Args:
        only_at: the version of what the resident allows that this rests on, if on one.

    Raises:
        UnknownChain: as ``append`` says.
        ChainMoved: somebody goes on holding this chain, or the version is another one.
    """
    for tried in range(1, _TRIES + 1):
        state, at = await store.chain(connection, resident_id)
        if only_at not in (None, state.consent_version):
            break
        sealed = next_link(keys, keys.of(resident_id), resident_id, state, event, at)
        writing = Writing(sealed, state.consent_version, changes_consent)
        if all(await store.write(connection, [writing])):
            return Appended(state.next_number, at)
        await asyncio.sleep(tried * _PAUSE_SECONDS)
    raise ChainMoved


async def until_free(attempt: Callable[[], Awaitable[T]]) -> T:
    """Do in a transaction of its own what concerns several chains, over again if one moved.

    Raises:
        ChainMoved: still so at the fifth time.
    """
    for tried in range(1, _TRIES):
        try:
            return await attempt()
        except ChainMoved:
            await asyncio.sleep(tried * _PAUSE_SECONDS)
    return await attempt()


async def append(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    event: Event,
    *,
    changes_consent: bool = False,
) -> Appended:
    """Log what this transaction does; it commits with the transaction or not at all.

    Args:
        connection: a transaction of this resident.
        keys: the installation's.
        resident_id: whose log; its chain was opened and its keys made at registration.
        event: what happens.
        changes_consent: the transaction also changes what the resident allows.

    Raises:
        UnknownChain: the resident is not registered, or not this transaction's.
        RepresentationOver: somebody acts for the resident who may not do this.
    """
    state, at = await store.hold(connection, resident_id)
    event = await attributed(connection, resident_id, event, at)
    sealed = next_link(keys, keys.of(resident_id), resident_id, state, event, at)
    writing = Writing(sealed, state.consent_version, changes_consent)
    if not all(await store.write(connection, [writing])):
        raise ChainMoved  # somebody moved a row that this transaction holds
    return Appended(state.next_number, at)

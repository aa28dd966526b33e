"""Open the logs of many new residents at once, each with its first event."""

from __future__ import annotations

from collections.abc import Sequence

from openhealthcode.audit import store
from openhealthcode.audit.model import ChainState, Event
from openhealthcode.audit.seal import next_link
from openhealthcode.database import Connection
from openhealthcode.standards.ids import ResidentId
from openhealthcode.transparency import EMPTY_CHAIN
from openhealthcode.trust import Keys

_FIRST = ChainState(next_number=1, head=EMPTY_CHAIN, consent_version=0)


async def begin(
    connection: Connection, keys: Keys, events: Sequence[tuple[ResidentId, Event]]
) -> None:
    """Begin a chain for each, and log what makes them a resident; all of it or none.

    Args:
        connection: a transaction of the task ``registration``, which may add and read nothing.
        keys: the installation's; the residents' keys exist.
        events: one for each new resident. A chain that exists already is an error and rises.
    """
    at = await store.now(connection)
    sealed = [
        next_link(keys, keys.of(resident_id), resident_id, _FIRST, event, at)
        for resident_id, event in events
    ]
    await store.begin(connection, sealed)

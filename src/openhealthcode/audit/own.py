"""The region's own log: what the installation does that concerns everybody and no one resident.

A chain like a resident's, of nobody: numbered, linked, in the same public tree, checked by the same
``ohc verify``. Who rewrites it is found out like who rewrites a resident's.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from openhealthcode.audit import store
from openhealthcode.audit.append import append
from openhealthcode.audit.model import Appended, Event
from openhealthcode.database import Connection
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

REGION: Final = ResidentId(UUID("0e510000-0000-4000-8000-000000000001"))
"""Whose chain it is: an id no resident can be given, those are random."""


async def append_own(connection: Connection, keys: Keys, event: Event) -> Appended:
    """Log what the region itself does; it commits with the transaction or not at all.

    Args:
        connection: a transaction whose resident is ``REGION``.
        keys: the installation's; the region's log gets its own at the first event.
        event: what happens.
    """
    keys.of(REGION, create=True)
    await store.open_chain(connection, REGION)
    return await append(connection, keys, REGION, event)

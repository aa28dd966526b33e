"""Whoever acts for a resident is named in every event that would name the resident.

Who acts is the context of a request, not a parameter: a verb that forgot to hand it on would log a
guardian's act as the child's own. Here, where events are written, none can.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Final, Protocol

from openhealthcode.audit.model import AgentKind, Event
from openhealthcode.database import Connection
from openhealthcode.standards.ids import ResidentId


class Acting(Protocol):
    """Somebody who acts for a resident during a request."""

    @property
    def resident_id(self) -> ResidentId:
        """For whom."""

    @property
    def is_oneself(self) -> bool:
        """Whether it is the resident after all, on whose acts something is checked."""

    async def sign(self, connection: Connection, event: Event, at: datetime) -> Event:
        """The event with both persons, if this may be done now; called while the chain is held.

        Raises:
            RepresentationOver: it may not.
        """


_ACTING: Final[ContextVar[Acting | None]] = ContextVar("acting", default=None)


@contextmanager
def acting_as(acting: Acting) -> Iterator[None]:
    """Until the end of the block, the acts of this resident are those of a representative."""
    before = _ACTING.set(acting)
    try:
        yield
    finally:
        _ACTING.reset(before)


def acting_for(resident_id: ResidentId) -> Acting | None:
    """Who acts for this resident here and now; ``None``: the resident."""
    acting = _ACTING.get()
    return acting if acting is not None and acting.resident_id == resident_id else None


def is_represented(resident_id: ResidentId) -> bool:
    """Whether somebody else acts for this resident here and now."""
    acting = acting_for(resident_id)
    return acting is not None and not acting.is_oneself


async def attributed(
    connection: Connection, resident_id: ResidentId, event: Event, at: datetime
) -> Event:
    """The event by whoever really acts; what staff or systems do stays as it is.

    Args:
        connection: the resident's transaction; it holds the chain.
        resident_id: whose chain.
        event: as the verb made it.
        at: the database's time.

    Raises:
        RepresentationOver: the representative may not do this, or no longer.
    """
    if event.agent.kind is not AgentKind.RESIDENT:
        return event
    acting = acting_for(resident_id)
    return event if acting is None else await acting.sign(connection, event, at)

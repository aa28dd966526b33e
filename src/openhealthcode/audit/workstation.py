"""At which browser the staff sat is noted in every event of theirs, by a short number.

As with whoever acts for a resident, it is the context of a request: here, where events are made ready,
no verb can forget it. The number is the first half of the terminal's id, which itself says nothing of
the browser or of who sits there; it tells the early warning that two looks came from one place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from openhealthcode.audit.model import AgentKind, Event
from openhealthcode.standards.ids import TerminalId

WORKSTATION: Final = "workstation"
"""The key in an event's detail."""
_BYTES: Final = 8
_NUMBER: Final[ContextVar[bytes]] = ContextVar("workstation", default=b"")


def workstation_of(terminal_id: TerminalId) -> bytes:
    """The number under which a browser of the staff stands in the log."""
    return terminal_id.bytes[:_BYTES]


@contextmanager
def at_workstation(terminal_id: TerminalId) -> Iterator[None]:
    """Until the end of the block, what practitioners do is done at this browser."""
    before = _NUMBER.set(workstation_of(terminal_id))
    try:
        yield
    finally:
        _NUMBER.reset(before)


def told(event: Event) -> Mapping[str, object]:
    """What an event says, and of a practitioner's also where they sat."""
    number = _NUMBER.get()
    if not number or event.agent.kind is not AgentKind.PRACTITIONER:
        return event.detail
    return {**event.detail, WORKSTATION: number}

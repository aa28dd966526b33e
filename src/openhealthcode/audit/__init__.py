"""The access log: who did what to whose record, numbered, linked and provable.

Start with ``append``: one event in the caller's own transaction. ``sequence`` brings events into
the public tree, ``verify`` checks everything, ``reading`` (for ``access`` only) shows a resident
the log. ``README.md`` says what each tampering shows up as.
"""

from openhealthcode.audit.append import append
from openhealthcode.audit.model import (
    Action,
    Agent,
    AgentKind,
    Appended,
    ChainMoved,
    ChainState,
    Event,
    Outcome,
    SealedEvent,
    UnknownChain,
)
from openhealthcode.audit.seal import next_link
from openhealthcode.audit.store import chain, hold, open_chain, write

__all__ = [
    "Action",
    "Agent",
    "AgentKind",
    "Appended",
    "ChainMoved",
    "ChainState",
    "Event",
    "Outcome",
    "SealedEvent",
    "UnknownChain",
    "append",
    "chain",
    "hold",
    "next_link",
    "open_chain",
    "write",
]

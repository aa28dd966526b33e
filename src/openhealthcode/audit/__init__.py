"""The access log: who did what to whose record, numbered, linked and provable.

Start with ``append``: one event in the caller's own transaction. ``Sequencer`` brings events into
the public tree, ``verify`` checks everything, ``reading`` (for ``access`` only) shows a resident
the log. ``README.md`` says what each tampering shows up as.
"""

from openhealthcode.audit.append import append
from openhealthcode.audit.finding import CrossCheck, Finding, FindingKind, Report
from openhealthcode.audit.model import (
    Action,
    Agent,
    AgentKind,
    Appended,
    ChainMoved,
    ChainState,
    Event,
    LogDamaged,
    LogRolledBack,
    Outcome,
    SealedEvent,
    UnknownChain,
    Writing,
)
from openhealthcode.audit.seal import next_link
from openhealthcode.audit.sequence import Sequencer
from openhealthcode.audit.store import (
    chain,
    chains_to_destroy,
    close_chain,
    commitment_of,
    hold,
    leaf_of,
    note_destruction,
    open_chain,
    write,
)
from openhealthcode.audit.verify import verify

# fmt: off
__all__ = [
    "Action",
    "Agent",
    "AgentKind",
    "Appended",
    "ChainMoved",
    "ChainState",
    "CrossCheck",
    "Event",
    "Finding",
    "FindingKind",
    "LogDamaged",
    "LogRolledBack",
    "Outcome",
    "Report",
    "SealedEvent",
    "Sequencer",
    "UnknownChain",
    "Writing",
    "append",
    "chain",
    "chains_to_destroy",
    "close_chain",
    "commitment_of",
    "hold",
    "leaf_of",
    "next_link",
    "note_destruction",
    "open_chain",
    "verify",
    "write",
]

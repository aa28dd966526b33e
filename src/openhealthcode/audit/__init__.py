"""The access log: who did what to whose record, numbered, linked and provable.

Start with ``append``: one event in the caller's own transaction. ``Sequencer`` brings events into
the public tree, ``verify`` checks everything, ``receipt`` is what a resident keeps of it, ``reading``
(for ``access`` only) shows a resident the log. ``README.md`` says what each tampering shows up as.
"""

from openhealthcode.audit.acting import (
    Acting,
    acting_as,
    acting_for,
    attributed,
    is_represented,
)
from openhealthcode.audit.append import append, append_at_once, until_free
from openhealthcode.audit.begin import begin
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
from openhealthcode.audit.receipt import (
    CheckedReceipt,
    ReceiptEvent,
    ReceiptItem,
    ReceiptRefused,
    Statement,
    check_receipt,
    receipt_name,
    seal_receipt,
    statement_json,
)
from openhealthcode.audit.seal import next_link
from openhealthcode.audit.sequence import Sequencer
from openhealthcode.audit.store import (
    chain,
    chains_after,
    chains_to_destroy,
    close_chain,
    commitment_of,
    hold,
    leaf_of,
    mark_linked,
    note_destruction,
    open_chain,
    write,
)
from openhealthcode.audit.verify import verify

# fmt: off
__all__ = [
    "Acting",
    "Action",
    "Agent",
    "AgentKind",
    "Appended",
    "ChainMoved",
    "ChainState",
    "CheckedReceipt",
    "CrossCheck",
    "Event",
    "Finding",
    "FindingKind",
    "LogDamaged",
    "LogRolledBack",
    "Outcome",
    "ReceiptEvent",
    "ReceiptItem",
    "ReceiptRefused",
    "Report",
    "SealedEvent",
    "Sequencer",
    "Statement",
    "UnknownChain",
    "Writing",
    "acting_as",
    "acting_for",
    "append",
    "append_at_once",
    "attributed",
    "begin",
    "chain",
    "chains_after",
    "chains_to_destroy",
    "check_receipt",
    "close_chain",
    "commitment_of",
    "hold",
    "is_represented",
    "leaf_of",
    "mark_linked",
    "next_link",
    "note_destruction",
    "open_chain",
    "receipt_name",
    "seal_receipt",
    "statement_json",
    "until_free",
    "verify",
    "write",
]

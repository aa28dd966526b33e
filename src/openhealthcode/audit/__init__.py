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
from openhealthcode.audit.finding import CrossCheck, Report
from openhealthcode.audit.gap import Gap, find_gap, gaps, record_gap, refuse_gap
from openhealthcode.audit.map_list import prove_maps
from openhealthcode.audit.mapping import Mapper
from openhealthcode.audit.model import (
    Action,
    Agent,
    AgentKind,
    Appended,
    ChainMoved,
    ChainState,
    Event,
    EventsLost,
    LogRolledBack,
    Outcome,
    SealedEvent,
    UnknownChain,
    Writing,
)
from openhealthcode.audit.own import REGION, append_own
from openhealthcode.audit.seal import next_link
from openhealthcode.audit.sequence import Sequencer
from openhealthcode.audit.store import (
    chain,
    chains,
    chains_after,
    chains_to_destroy,
    close_chain,
    commitment_of,
    hold,
    leaf_of,
    mark_linked,
    note_added,
    note_destruction,
    open_chain,
    write,
)
from openhealthcode.audit.verify import verify
from openhealthcode.audit.workstation import WORKSTATION, at_workstation, workstation_of
from openhealthcode.transparency import (
    CheckedReceipt,
    Finding,
    FindingKind,
    LogDamaged,
    ReceiptEvent,
    ReceiptItem,
    ReceiptRefused,
    Statement,
    check_receipt,
    receipt_name,
    seal_receipt,
    statement_json,
)

# fmt: off
__all__ = [
    "REGION",
    "WORKSTATION",
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
    "EventsLost",
    "Finding",
    "FindingKind",
    "Gap",
    "LogDamaged",
    "LogRolledBack",
    "Mapper",
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
    "append_own",
    "at_workstation",
    "attributed",
    "begin",
    "chain",
    "chains",
    "chains_after",
    "chains_to_destroy",
    "check_receipt",
    "close_chain",
    "commitment_of",
    "find_gap",
    "gaps",
    "hold",
    "is_represented",
    "leaf_of",
    "mark_linked",
    "next_link",
    "note_added",
    "note_destruction",
    "open_chain",
    "prove_maps",
    "receipt_name",
    "record_gap",
    "refuse_gap",
    "seal_receipt",
    "statement_json",
    "until_free",
    "verify",
    "workstation_of",
    "write",
]

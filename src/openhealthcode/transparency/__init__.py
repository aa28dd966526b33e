"""The public log as anybody reads and checks it: without our database, keys or service.

Start with ``history``: what a resident checks of their own log. ``tiles`` are the log's files,
``checkpoint`` its signed head, ``cosignature`` and ``policy`` say who else saw that head, ``proof``
shows that an event is in it. Imports nothing of this program but ``standards``.

Source: c2sp.org (tlog-tiles, tlog-checkpoint, signed-note, tlog-cosignature, tlog-policy, tlog-proof).
"""

from openhealthcode.transparency.checkpoint import Checkpoint, open_checkpoint
from openhealthcode.transparency.cosignature import CosignatureVerifier, Cosigner
from openhealthcode.transparency.finding import Finding, FindingKind
from openhealthcode.transparency.frontier import Frontier, Tile
from openhealthcode.transparency.history import (
    CheckedHistory,
    History,
    HistoryEvent,
    HistoryRefused,
    check_history,
    seal_history,
    with_place,
)
from openhealthcode.transparency.history_map import (
    MAP_IS_DUE_AFTER,
    HistoryMap,
)
from openhealthcode.transparency.keyed_map import (
    EARLIEST_DAY,
    EMPTY_SUBTREE,
    MapStatement,
    days_asked,
    is_mapped,
    map_index,
    map_leaf,
    map_node,
    map_path,
    map_root,
    marker,
    read_statement,
)
from openhealthcode.transparency.leaf import (
    EMPTY_CHAIN,
    Columns,
    canonical,
    commitment,
    is_what_it_committed_to,
)
from openhealthcode.transparency.map_check import (
    CheckedMaps,
    PlacedMap,
    check_maps,
    list_maps,
    read_maps,
)
from openhealthcode.transparency.merkle import (
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
)
from openhealthcode.transparency.model import LogDamaged, UntrustedNote
from openhealthcode.transparency.note import NoteSigner, NoteVerifier
from openhealthcode.transparency.policy import (
    NotWitnessed,
    Policy,
    UnreadablePolicy,
    Witness,
    read_policy,
)
from openhealthcode.transparency.proof import Proof, read_proof, write_proof
from openhealthcode.transparency.receipt import (
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
from openhealthcode.transparency.source import LogUnreachable, PublishedLog
from openhealthcode.transparency.tiles import LogFolder
from openhealthcode.transparency.tree_check import CheckedTree, check_tree
from openhealthcode.transparency.witness import (
    LARGEST_REQUEST,
    Answer,
    Refusal,
    WitnessState,
    write_request,
)

__all__ = [
    "EARLIEST_DAY",
    "EMPTY_CHAIN",
    "EMPTY_SUBTREE",
    "LARGEST_REQUEST",
    "MAP_IS_DUE_AFTER",
    "Answer",
    "CheckedHistory",
    "CheckedMaps",
    "CheckedReceipt",
    "CheckedTree",
    "Checkpoint",
    "Columns",
    "CosignatureVerifier",
    "Cosigner",
    "Finding",
    "FindingKind",
    "Frontier",
    "History",
    "HistoryEvent",
    "HistoryMap",
    "HistoryRefused",
    "LogDamaged",
    "LogFolder",
    "LogUnreachable",
    "MapStatement",
    "NotWitnessed",
    "NoteSigner",
    "NoteVerifier",
    "PlacedMap",
    "Policy",
    "Proof",
    "PublishedLog",
    "ReceiptEvent",
    "ReceiptItem",
    "ReceiptRefused",
    "Refusal",
    "Statement",
    "Tile",
    "UnreadablePolicy",
    "UntrustedNote",
    "Witness",
    "WitnessState",
    "canonical",
    "check_history",
    "check_maps",
    "check_receipt",
    "check_tree",
    "commitment",
    "consistency_proof",
    "days_asked",
    "inclusion_proof",
    "is_consistent",
    "is_included",
    "is_mapped",
    "is_what_it_committed_to",
    "leaf_hash",
    "list_maps",
    "map_index",
    "map_leaf",
    "map_node",
    "map_path",
    "map_root",
    "marker",
    "open_checkpoint",
    "read_maps",
    "read_policy",
    "read_proof",
    "read_statement",
    "receipt_name",
    "seal_history",
    "seal_receipt",
    "statement_json",
    "with_place",
    "write_proof",
    "write_request",
]

"""A receipt: a page its holder reads, and all that is needed to check it without asking us.

The file is HTML. Everything but its last line is the page, which holds, as JSON nobody sees, the
events of the log it tells of. The last line holds a signed note over all that is above it and, for
each event, the proof that the public tree has it. So nobody can change a word, nor take the event
back: the commitment is computed anew from the event and leads to a signed head of the tree.

Source: c2sp.org/signed-note, c2sp.org/tlog-proof; own layout, ``docs/receipt-format.md``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from openhealthcode.standards import HealthCodeError
from openhealthcode.transparency import leaf as rules
from openhealthcode.transparency.checkpoint import Checkpoint, open_checkpoint
from openhealthcode.transparency.merkle import sha256
from openhealthcode.transparency.model import UntrustedNote
from openhealthcode.transparency.note import NoteSigner, NoteVerifier
from openhealthcode.transparency.proof import read_proof

FORMAT: Final = "openhealthcode-receipt-1"
LARGEST_BYTES: Final = 8 * 1024 * 1024
_EVENTS = re.compile(rb'<script type="application/json" id="receipt-events">([^<]*)</script>')
_PROOF_OPENS: Final = b'\n<script type="application/json" id="receipt-proof">'
_PROOF = re.compile(re.escape(_PROOF_OPENS) + rb"([^<]*)</script>\n")
_INERT: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


class ReceiptRefused(HealthCodeError):
    """This is not a receipt of this installation, or it was altered."""

    code = "receipt-refused"


class ReceiptItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry an event names: which, in which version, and the keyed digest of its content."""

    entry: UUID
    version: int
    digest: bytes


class ReceiptEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event as the log holds it, with the salt of its commitment.

    ``detail`` is as sealed; ``items`` is what it says about entries, opened for the holder.
    """

    resident: UUID
    number: int
    at: datetime
    action: str
    outcome: str
    purpose: str | None
    scene: str | None
    agent_kind: str
    agent: UUID
    institution: UUID | None
    detail: bytes
    salt: bytes
    items: tuple[ReceiptItem, ...] = ()

    @property
    def commitment(self) -> bytes:
        """What stands for the event in the public tree."""
        texts = (self.action, self.outcome, self.purpose, self.scene, self.agent_kind)
        event = rules.canonical(
            self.resident, self.number, self.at, texts, self.agent, self.institution, self.detail
        )
        return rules.commitment(self.salt, event)


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a receipt says to programs: of which log, when it was made, the events it tells of."""

    log: str
    made_at: datetime
    events: tuple[ReceiptEvent, ...]
    format: Literal["openhealthcode-receipt-1"] = FORMAT


class _Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    note: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckedReceipt:
    """A receipt that holds.

    Args:
        heads: the signed head each event was found under; none for one that had no leaf yet.
    """

    statement: Statement
    heads: tuple[Checkpoint | None, ...]

    @property
    def is_in_the_tree(self) -> bool:
        """Whether every event was in the public tree when the receipt was made."""
        return bool(self.heads) and None not in self.heads


def receipt_name(log: str) -> str:
    """The name under which receipts of a log are signed; another key than that of its heads."""
    return f"{log}/receipts"


def statement_json(statement: Statement) -> str:
    """The statement for the page; inert inside the script element it stands in."""
    return msgspec.json.encode(statement).decode().translate(_INERT)


def seal_receipt(page: bytes, proofs: Sequence[str], signer: NoteSigner, log: str) -> bytes:
    """The finished file.

    Args:
        page: complete HTML with ``statement_json`` in a script of the id ``receipt-events``.
        proofs: one for each event of the statement, empty while it has no leaf.
        signer: of the name ``receipt_name(log)``.
        log: the log's name.
    """
    page = page.rstrip(b"\n")
    proof = _Proof(signer.sign(_signed_text(page, log)), tuple(proofs))
    line = msgspec.json.encode(proof).decode().translate(_INERT).encode()
    return b"".join((page, _PROOF_OPENS, line, b"</script>\n"))


def check_receipt(data: bytes, receipts: NoteVerifier, log: NoteVerifier) -> CheckedReceipt:
    """Check a receipt with two public keys and nothing else.

    Args:
        data: the file, unchanged.
        receipts: the key receipts are signed with.
        log: the key the tree's heads are signed with.

    Raises:
        ReceiptRefused: altered, of another installation, or not a receipt.
    """
    page, proof = _apart(data)
    if receipts.name != receipt_name(log.name):
        raise ReceiptRefused("the two keys are not of one installation")
    try:
        if receipts.open(proof.note) != _signed_text(page, log.name):
            raise ReceiptRefused("the page is not the one that was signed")
    except UntrustedNote:
        raise ReceiptRefused("it was not signed with this key") from None
    statement = _statement(page)
    if statement.log != log.name or len(proof.events) != len(statement.events):
        raise ReceiptRefused("the page and its proofs do not belong together")
    heads = tuple(
        _head(event, tree_proof, log) if tree_proof else None
        for event, tree_proof in zip(statement.events, proof.events, strict=True)
    )
    return CheckedReceipt(statement, heads)


def _signed_text(page: bytes, log: str) -> str:
    return f"{FORMAT}\n{log}\n{sha256(page).hex()}\n"


def _apart(data: bytes) -> tuple[bytes, _Proof]:
    """The page and the last line; nothing can stand after or inside the proof to be read."""
    if len(data) > LARGEST_BYTES:
        raise ReceiptRefused("it is larger than any receipt")
    start = data.rfind(_PROOF_OPENS)
    found = _PROOF.fullmatch(data, start) if start >= 0 else None
    if found is None:
        raise ReceiptRefused("it does not end as a receipt does")
    try:
        return data[:start], msgspec.json.decode(found[1], type=_Proof)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ReceiptRefused("its proof cannot be read") from None


def _statement(page: bytes) -> Statement:
    found = _EVENTS.findall(page)
    if len(found) != 1:
        raise ReceiptRefused("it does not say which events it tells of")
    try:
        return msgspec.json.decode(found[0], type=Statement)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ReceiptRefused("what it says cannot be read") from None


def _head(event: ReceiptEvent, proof: str, log: NoteVerifier) -> Checkpoint:
    try:
        read = read_proof(proof)
        checkpoint = open_checkpoint(read.note, log)
        entry = event.commitment
    except (UntrustedNote, ValueError, OverflowError):
        raise ReceiptRefused("a proof cannot be read or is of another log") from None
    if not read.leads_to(entry, checkpoint):
        raise ReceiptRefused("an event is not in the tree it is said to be in")
    return checkpoint

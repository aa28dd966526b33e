"""One resident's own log as a file, and its check: nothing missing, altered, or said otherwise.

The file holds every event with the salt of its commitment, its place in the public tree and the path
to one signed head, a signed note of how many events there were, and how many the daily maps count.
Whoever has it and the published keys needs nothing else: no database, no network, no word of ours.

Source: own layout, ``docs/history-format.md``; c2sp.org/tlog-checkpoint, tlog-cosignature.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from openhealthcode.standards import HealthCodeError
from openhealthcode.transparency.checkpoint import Checkpoint, open_checkpoint
from openhealthcode.transparency.finding import Finding, FindingKind
from openhealthcode.transparency.history_map import (
    Counted,
    HistoryMap,
    MapsSay,
    hold_against_maps,
)
from openhealthcode.transparency.keyed_map import Gaps
from openhealthcode.transparency.leaf import canonical, commitment
from openhealthcode.transparency.merkle import is_included, leaf_hash
from openhealthcode.transparency.model import UntrustedNote
from openhealthcode.transparency.note import NoteSigner, NoteVerifier
from openhealthcode.transparency.policy import Policy
from openhealthcode.transparency.receipt import receipt_name

FORMAT: Final = "openhealthcode-history-2"
_WITHOUT_MAPS: Final = "openhealthcode-history-1"
LARGEST_BYTES: Final = 64 * 1024 * 1024
_GRACE: Final = timedelta(seconds=60)
_FRESH: Final = timedelta(days=1)
"""How old a head may be that a history of now rests on."""
_CLOCK: Final = timedelta(minutes=15)
"""How far back a computer's clock may be set between two events without anybody's intent."""


class HistoryRefused(HealthCodeError):
    """This is not a history of this log, or what it says was altered as a whole."""

    code = "history-refused"


class HistoryEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event as the log holds it, and where the tree proves it.

    ``leaf`` is None, and ``path`` empty, for the seconds until it has its place.
    """

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
    leaf: int | None = None
    path: tuple[bytes, ...] = ()

    def commitment(self, resident: UUID) -> bytes:
        """What stands for it in the tree."""
        texts = (self.action, self.outcome, self.purpose, self.scene, self.agent_kind)
        event = canonical(
            resident, self.number, self.at, texts, self.agent, self.institution, self.detail
        )
        return commitment(self.salt, event)


class History(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A resident's whole log at a moment, oldest event first.

    ``checkpoint`` is a signed head; ``note`` is signed by the receipts' key over ``_statement``;
    ``gaps`` are leaves whose events a restore lost, as was recorded for everybody.
    """

    log: str
    resident: UUID
    made_at: datetime
    checkpoint: str
    events: tuple[HistoryEvent, ...]
    maps: tuple[HistoryMap, ...] = ()
    gaps: Gaps = ()
    note: str = ""
    format: Literal["openhealthcode-history-2", "openhealthcode-history-1"] = FORMAT


@dataclass(frozen=True, slots=True)
class CheckedHistory:
    """What a history was checked for.

    Args:
        head: the signed head all proofs lead to.
        waiting: the newest events, that had no place in the tree yet.
        findings: what is wrong; none means that it holds.
        mapped: the newest day whose map was held against it; None for a log younger than two days.
        lost: how many events a restore lost, as was recorded for everybody.
    """

    history: History
    head: Checkpoint
    waiting: int
    findings: tuple[Finding, ...]
    mapped: date | None = None
    lost: int = 0


def with_place(event: HistoryEvent, leaf: int, path: Sequence[bytes]) -> HistoryEvent:
    """The event with its place in the tree and the path from there to the head."""
    return msgspec.structs.replace(event, leaf=leaf, path=tuple(path))


def seal_history(history: History, signer: NoteSigner) -> bytes:
    """The file.

    Args:
        signer: of the name ``receipt_name(history.log)``.
    """
    note = signer.sign(_statement(history))
    return msgspec.json.encode(msgspec.structs.replace(history, note=note))


def read_history(data: bytes) -> History:
    """What a file says; nothing of it is believed yet.

    Raises:
        HistoryRefused: not a history.
    """
    if len(data) > LARGEST_BYTES:
        raise HistoryRefused
    try:
        return msgspec.json.decode(data, type=History)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise HistoryRefused from None


def check_history(
    data: bytes,
    log: NoteVerifier,
    receipts: NoteVerifier,
    policy: Policy | None = None,
    kept: Sequence[bytes] = (),
) -> CheckedHistory:
    """Check a history with public keys and nothing else.

    Args:
        data: the file, unchanged.
        log: the key the tree's heads are signed with.
        receipts: the key receipts are signed with.
        policy: also how many witnesses must have seen the head.
        kept: histories of the same resident from before: what tells of a tail cut off since.

    Raises:
        HistoryRefused: of another log or another key, or not a history.
    """
    history = read_history(data)
    if (history.log, receipts.name) != (log.name, receipt_name(log.name)):
        raise HistoryRefused
    try:
        head = open_checkpoint(history.checkpoint, log)
        if receipts.open(history.note) != _statement(history):
            raise HistoryRefused
        maps = _mapped(history, head)
    except (UntrustedNote, ValueError, OverflowError):
        raise HistoryRefused from None
    findings = [
        *_witnessed(history, policy),
        *_contiguous(history),
        *_included(history, head),
        *maps.findings,
        *(found for one in kept for found in _continued(history, one)),
    ]
    waiting = sum(event.leaf is None for event in history.events)
    return CheckedHistory(history, head, waiting, tuple(findings), maps.newest, maps.lost)


def _statement(history: History) -> str:
    """What the operator signs: of whom, when, with which event the log then ended, what was lost."""
    last = history.events[-1] if history.events else None
    number = last.number if last else 0
    ends = last.commitment(history.resident).hex() if last else "-"
    moment = history.made_at.isoformat()
    said = f"{history.format}\n{history.log}\n{history.resident}\n{moment}\n{number}\n{ends}\n"
    if history.format == _WITHOUT_MAPS:
        return said
    lost = " ".join(f"{first}-{end}" for first, end in history.gaps)
    return f"{said}{lost or '-'}\n"


def _witnessed(history: History, policy: Policy | None) -> Iterator[Finding]:
    if policy is None:
        return
    try:
        policy.check(history.checkpoint)
    except UntrustedNote as refusal:
        yield Finding(FindingKind.CHECKPOINT, str(refusal), history.resident)
        return
    seen = [one.verifier.seen_at(history.checkpoint) for one in policy.witnesses]
    latest = max((at for at in seen if at is not None), default=None)
    if latest is not None and latest < (history.made_at - _FRESH).timestamp():
        sentence = "The witnesses saw this head long before; what came since may be kept back."
        yield Finding(FindingKind.CHECKPOINT, sentence, history.resident)


def _mapped(history: History, head: Checkpoint) -> MapsSay:
    """What the daily maps say of it; a file from before there were maps is good for comparing only."""
    if history.format == _WITHOUT_MAPS:
        sentence = (
            "This file is from before there were daily maps: whether its end is whole is open."
        )
        return MapsSay((Finding(FindingKind.MAP, sentence, history.resident),))
    if not history.events:
        return MapsSay(())
    first = history.events[0]
    own = Counted(
        log=history.log,
        resident=history.resident,
        salt=first.salt,
        began_at=first.at,
        made_at=history.made_at,
        leaves=tuple(event.leaf for event in history.events),
    )
    return hold_against_maps(own, history.maps, history.gaps, head)


def _contiguous(history: History) -> Iterator[Finding]:
    """Numbers from one on without a gap, and times that do not run backwards."""
    expected, latest = 1, None
    for event in history.events:
        if event.number != expected:
            sentence = f"After number {expected - 1} comes {event.number}."
            yield Finding(FindingKind.MISSING, sentence, history.resident, expected)
        if latest is not None and event.at < latest - _CLOCK:
            sentence = "This event says that it happened before the one it follows."
            yield Finding(FindingKind.ALTERED, sentence, history.resident, event.number)
        expected, latest = event.number + 1, max(event.at, latest or event.at)


def _included(history: History, head: Checkpoint) -> Iterator[Finding]:
    """Each event where the file says, no place twice; only the newest may still wait."""
    places: set[int] = set()
    is_waiting_over = False
    for event in reversed(history.events):
        if event.leaf is None:
            if is_waiting_over or event.at < history.made_at - _GRACE:
                sentence = "This event should have been in the tree by then."
                yield Finding(FindingKind.NOT_IN_TREE, sentence, history.resident, event.number)
            continue
        is_waiting_over = True
        if event.leaf in places or not _is_there(history.resident, event, head):
            sentence = f"Leaf {event.leaf} of the tree proves another event than this."
            yield Finding(FindingKind.WRONG_LEAF, sentence, history.resident, event.number)
        else:
            places.add(event.leaf)


def _is_there(resident: UUID, event: HistoryEvent, head: Checkpoint) -> bool:
    try:
        leaf = leaf_hash(event.commitment(resident))
    except (ValueError, OverflowError):
        return False  # such an event was never written
    return is_included(leaf, event.leaf or 0, head.size, event.path, head.root)


def _continued(history: History, earlier: bytes) -> Iterator[Finding]:
    """Whether this history begins with the one that was kept."""
    kept = read_history(earlier)
    if kept.resident != history.resident:
        raise HistoryRefused("a history that was kept is somebody else's")
    now = {event.number: event.commitment(history.resident) for event in history.events}
    for event in kept.events:
        if now.get(event.number) != event.commitment(kept.resident):
            sentence = "This event was in the log when a copy was kept, and is not there any more."
            yield Finding(FindingKind.REWRITTEN, sentence, history.resident, event.number)

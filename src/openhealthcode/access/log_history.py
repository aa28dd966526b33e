"""The resident's whole own log as one file, which anybody can check without us."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

import msgspec

from openhealthcode import audit
from openhealthcode.access.acting import acting_now
from openhealthcode.audit import Sequencer
from openhealthcode.audit import reading as log
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import NotFound, PurposeOfUse
from openhealthcode.standards.ids import ResidentId
from openhealthcode.transparency import (
    Checkpoint,
    History,
    HistoryEvent,
    LogFolder,
    NoteVerifier,
    inclusion_proof,
    open_checkpoint,
    receipt_name,
    seal_history,
    with_place,
)
from openhealthcode.trust import Keys

_MAY_WAIT: Final = timedelta(seconds=30)

Placed = list[tuple[HistoryEvent, int | None]]


async def own_history(
    pool: Pool, keys: Keys, sequencer: Sequencer, resident_id: ResidentId
) -> bytes:
    """Every event of the own log with its proof, signed; taking it is the last of them.

    Only for the resident: what somebody acts for, and what not, would show in what is left out.

    Raises:
        NotFound: somebody acts for the resident, or the log has no head yet.
    """
    if acting_now(resident_id) is not None:
        raise NotFound
    async with transaction(pool, resident=resident_id) as connection:
        appended = await audit.append(connection, keys, resident_id, _event(resident_id))
        events = await log.whole(connection, resident_id)
    gaps = await audit.gaps(pool)
    taken = History(
        log=sequencer.log,
        resident=resident_id,
        made_at=appended.at,
        checkpoint="",
        events=(),
        gaps=gaps,
    )
    return await asyncio.to_thread(_file, keys, sequencer, taken, events)


def _file(keys: Keys, sequencer: Sequencer, taken: History, events: Placed) -> bytes:
    verifier = NoteVerifier(sequencer.verifier_key)
    note, head = _head(sequencer, verifier, events, taken.made_at)
    first, _ = events[0]
    history = msgspec.structs.replace(
        taken,
        checkpoint=note,
        events=tuple(_placed(sequencer.files, head, events)),
        maps=audit.prove_maps(sequencer.files, head, taken.resident, first.salt),
    )
    return seal_history(history, keys.receipt_signer(receipt_name(sequencer.log)))


def _head(
    sequencer: Sequencer, verifier: NoteVerifier, events: Placed, at: datetime
) -> tuple[str, Checkpoint]:
    """The head that witnesses saw; while they are away, the newest there is."""
    newest = sequencer.files.checkpoint()
    if newest is None:
        raise NotFound
    needed = [leaf for event, leaf in events if leaf is not None and event.at < at - _MAY_WAIT]
    published = sequencer.published()
    if published is not None:
        head = open_checkpoint(published, verifier)
        if head.size > max(needed, default=-1):
            return published, head
    return newest, open_checkpoint(newest, verifier)


def _placed(folder: LogFolder, head: Checkpoint, events: Placed) -> list[HistoryEvent]:
    subtree = folder.subtrees(head.size)
    return [
        with_place(event, leaf, inclusion_proof(leaf, head.size, subtree))
        if leaf is not None and leaf < head.size
        else event
        for event, leaf in events
    ]


def _event(resident_id: ResidentId) -> audit.Event:
    return audit.Event(
        action=audit.Action.LOG_OWN_VIEW,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
    )

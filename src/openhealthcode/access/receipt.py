"""Receipts of the own log, for residents to keep: events, what they saw, and what proves both.

Three steps, because a page stands between them: ``own_receipt`` takes the events out of the log
(and logs that it did), whoever shows pages makes one of them, ``seal_page`` signs it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from openhealthcode import audit
from openhealthcode.access import looking
from openhealthcode.access.acting import acting_now
from openhealthcode.audit import ReceiptEvent, Sequencer, Statement
from openhealthcode.audit import reading as log
from openhealthcode.database import Connection, Pool, load_queries, transaction
from openhealthcode.record.reading import Entry
from openhealthcode.standards import NotFound, PurposeOfUse
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

_QUERIES = load_queries("openhealthcode.access", "receipt.sql")
_TRIES: Final = 20
_BETWEEN_TRIES_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Receipt:
    """Events of a resident's log with what proves them, before they are a page.

    Args:
        lines: as the log reads, in order.
        entries: what the events name, in the versions they name.
        statement: for programs; ``statement_json`` of it belongs into the page.
        proofs: one for each event; empty for one that has no leaf yet.
    """

    lines: tuple[log.LogLine, ...]
    entries: tuple[Entry, ...] = field(repr=False)
    statement: Statement = field(repr=False)
    proofs: tuple[str, ...] = field(repr=False)

    @property
    def json(self) -> str:
        """The statement as the page holds it."""
        return audit.statement_json(self.statement)


async def own_receipt(
    pool: Pool, keys: Keys, sequencer: Sequencer, resident_id: ResidentId, numbers: Sequence[int]
) -> Receipt:
    """Take events out of the own log, with the entries they name; logged like every view of it.

    Waits the second or so until the events have their places in the tree. Only for the resident:
    an event cannot be proven in part, so whoever acts for them could see that there is more than
    their mandate covers.

    Raises:
        NotFound: the log has not all of these events, or somebody acts for the resident.
    """
    if acting_now(resident_id) is not None:
        raise NotFound
    async with transaction(pool, resident=resident_id) as connection:
        await audit.hold(connection, resident_id)
        found = await log.numbered(connection, keys, resident_id, numbers)
        if [line.number for line, _ in found] != sorted(set(numbers)):
            raise NotFound
        labels = keys.of(resident_id).labels
        named = await rows_named(connection, resident_id, [event for _, event in found])
        rows = [row for row in named if labels.category(row["category_token"]) is not None]
        await audit.append(connection, keys, resident_id, _event(resident_id, numbers, rows))
    entries = looking.open_rows(keys.of(resident_id), rows)
    proofs = await _proofs(pool, sequencer, resident_id, [line.number for line, _ in found])
    return _receipt(sequencer, found, entries, proofs)


async def receipt_of_closing(
    pool: Pool, keys: Keys, sequencer: Sequencer, resident_id: ResidentId, number: int
) -> Receipt:
    """The receipt of a closed account, whose log can no longer say that one was taken."""
    async with transaction(pool, resident=resident_id) as connection:
        found = await log.numbered(connection, keys, resident_id, (number,))
    proofs = await _proofs(pool, sequencer, resident_id, (number,))
    return _receipt(sequencer, found, (), proofs)


def seal_page(keys: Keys, receipt: Receipt, page: bytes) -> bytes:
    """The finished file: the page, signed, with its proofs; anybody can check it.

    Args:
        page: complete HTML that holds ``receipt.json`` in a script of the id ``receipt-events``.
    """
    name = receipt.statement.log
    signer = keys.receipt_signer(audit.receipt_name(name))
    return audit.seal_receipt(page, receipt.proofs, signer, name)


def published_keys(keys: Keys, sequencer: Sequencer) -> tuple[str, str]:
    """What receipts are checked with: the log's public key, and that of its receipts."""
    signer = keys.receipt_signer(audit.receipt_name(sequencer.log))
    return sequencer.verifier_key, signer.verifier_key


def _receipt(
    sequencer: Sequencer,
    found: Sequence[tuple[log.LogLine, ReceiptEvent]],
    entries: tuple[Entry, ...],
    proofs: Sequence[str],
) -> Receipt:
    events = tuple(event for _, event in found)
    statement = Statement(log=sequencer.log, made_at=datetime.now(UTC), events=events)
    return Receipt(tuple(line for line, _ in found), entries, statement, tuple(proofs))


async def rows_named(
    connection: Connection, resident_id: ResidentId, events: Sequence[ReceiptEvent]
) -> list[looking.Row]:
    """The entries the events name, each in the version named, sealed."""
    wanted = {(item.entry, item.version) for event in events for item in event.items}
    if not wanted:
        return []
    ids, versions = zip(*sorted(wanted), strict=True)
    return await connection.fetch(_QUERIES["named"], resident_id, ids, versions)


async def _proofs(
    pool: Pool, sequencer: Sequencer, resident_id: ResidentId, numbers: Sequence[int]
) -> list[str]:
    """The proof of each event, as soon as all have one, or those there are after some seconds.

    While witnesses are away, what only the log itself has signed has to do.
    """
    leaves: list[int | None] = []
    proofs: list[str | None] = []
    for _ in range(_TRIES):
        async with transaction(pool, resident=resident_id) as connection:
            leaves = [await audit.leaf_of(connection, resident_id, one) for one in numbers]
        proofs = [
            None if leaf is None else sequencer.prove(leaf, witnessed=True) for leaf in leaves
        ]
        if None not in proofs:
            break
        await asyncio.sleep(_BETWEEN_TRIES_SECONDS)
    return [
        proof or (leaf is not None and sequencer.prove(leaf)) or ""
        for proof, leaf in zip(proofs, leaves, strict=True)
    ]


def _event(
    resident_id: ResidentId, numbers: Sequence[int], rows: Sequence[looking.Row]
) -> audit.Event:
    return audit.Event(
        action=audit.Action.LOG_OWN_VIEW,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={
            "receipt": sorted(set(numbers)),
            **({"items": looking.items(rows)} if rows else {}),
        },
    )

"""Check the whole log: database, files and signed head against each other.

The service may go on meanwhile. The head is read before and after the database's snapshot is
taken: the earlier one says which leaves must have their events, the later one holds every leaf
that the snapshot can name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from openhealthcode.audit import store
from openhealthcode.audit.chain_check import ChainCheck
from openhealthcode.audit.finding import CrossCheck, Report
from openhealthcode.audit.map_list import MAPS, MapList, rows_of
from openhealthcode.audit.map_verify import MapCheck
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.transparency import (
    Finding,
    FindingKind,
    LogFolder,
    NoteVerifier,
    PlacedMap,
    UntrustedNote,
    check_maps,
    check_tree,
    list_maps,
    open_checkpoint,
)
from openhealthcode.trust import Keys


async def verify(
    pool: Pool,
    folder: Path,
    verifier: NoteVerifier,
    *,
    keys: Keys | None = None,
    kept: Sequence[str] = (),
    cross_checks: Sequence[CrossCheck] = (),
    grace_seconds: float = 60,
) -> Report:
    """Check everything; takes about 20 microseconds and 100 bytes of memory an event.

    Args:
        pool: the database.
        folder: the log's files.
        verifier: the log's public key; take it from where it was published, not from the server.
        keys: the installation's, to check links and details too; an outside auditor has none.
        kept: signed heads kept elsewhere; without them a log and a database that were rolled back
            together look whole.
        cross_checks: rules of other domains.
        grace_seconds: how long an event may wait for its leaf.
    """
    files = LogFolder(folder)
    promised = _size(files.checkpoint(), verifier)
    async with transaction(pool, task="verification") as connection:
        moment = await store.see_one_moment(connection)
        tree = await asyncio.to_thread(check_tree, files, files.checkpoint(), verifier, kept)
        check = ChainCheck(tree.commitments, keys, findings=tree.findings)
        gaps = await store.gaps(connection)
        listed = await _listed(connection, MapList(folder))
        maps = await asyncio.to_thread(check_maps, verifier.name, tree.commitments, listed)
        with MapCheck(MapList(folder), maps, gaps, moment) as counted:
            async for row in store.every_event(connection):
                check.follow(row)
                counted.follow(row)
            check.end_chain()
            counted.finish()
        check.findings += [*maps.findings, *counted.findings]
        check.pass_over(maps.leaves)
        for chain in await store.chains_without_events(connection):
            sentence = f"The chain goes on with {chain['next_number']}, but no event is left."
            check.findings.append(
                Finding(FindingKind.CHAIN_STATE, sentence, chain["resident_id"], 1)
            )
        for leaf in await store.leaves_without_events(connection):
            if leaf["resident_id"] == MAPS and leaf["leaf_index"] in maps.leaves:
                continue
            check.note_lost_leaf(leaf["resident_id"], leaf["number"], leaf["leaf_index"])
        waiting = await store.every_pending(connection)
        check.finish(promised, waiting, moment, timedelta(seconds=grace_seconds), gaps)
        for cross_check in cross_checks:
            check.findings += await _found_by(cross_check, connection)
    return Report(
        residents=check.residents,
        events=check.events,
        leaves=len(tree.commitments),
        closed=check.closed,
        lost=check.lost,
        findings=tuple(check.findings),
    )


async def _listed(connection: Connection, maps: MapList) -> str | None:
    """The list of daily maps, with one that has its place and is not listed yet."""
    listed = maps.text()
    unplaced = maps.unplaced()
    if unplaced is None:
        return listed
    leaf = await store.leaf_of(connection, MAPS, rows_of(unplaced)[-1].number)
    newer = list_maps([PlacedMap(leaf, unplaced.text)]) if leaf is not None else ""
    return (listed or "") + ("" if newer in (listed or "") else newer)


def _size(note: str | None, verifier: NoteVerifier) -> int:
    try:
        return open_checkpoint(note, verifier).size if note is not None else 0
    except UntrustedNote:
        return 0  # told when the tree is checked


async def _found_by(rule: CrossCheck, connection: Connection) -> list[Finding]:
    rows = await connection.fetch(rule.statement)
    return [
        Finding(FindingKind.UNLOGGED, rule.sentence, row["resident_id"], row["number"])
        for row in rows
    ]

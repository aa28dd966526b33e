"""How two reviewers replace the map by an edition of their own: one writes, another approves.

An approved edition is in force for the next thing filed, in every process; ``collection.relabel``
then goes through what was filed before.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from openhealthcode.database import Pool
from openhealthcode.standards import Conflict, InvalidInput, NotFound
from openhealthcode.terminology import store
from openhealthcode.terminology.map_file import read_map, write_map
from openhealthcode.terminology.model import (
    EditionMoved,
    EditionRecord,
    EditionState,
    MapAltered,
    MapReviewer,
    MapRow,
)
from openhealthcode.terminology.sensitive import SensitiveMap, packaged_map
from openhealthcode.terminology.store import Approved, Database
from openhealthcode.trust import Keys

LONGEST_REASON: Final = 1_000
_SHORTEST_REASON: Final = 4
_COMPILED: OrderedDict[bytes, SensitiveMap] = OrderedDict()
"""Editions made ready, by their seal; two, so that a change is no storm."""
_MOST_COMPILED: Final = 2


async def in_force(database: Database, keys: Keys) -> SensitiveMap:
    """The map that holds now.

    Asked inside the transaction that files, it is never older than what another process approved
    before. One small row; the text only when it has changed.

    Raises:
        MapAltered: the newest approved edition is not what two persons approved.
    """
    known = next(reversed(_COMPILED), b"")
    found = await store.newest_approved(database, known)
    if found is None:
        _COMPILED.clear()  # what another database approved is nothing here
        return packaged_map()
    compiled = _COMPILED.get(found.seal)
    if compiled is None or found.document is not None:
        compiled = _compiled(keys, found)
        _COMPILED[found.seal] = compiled
        _COMPILED.move_to_end(found.seal)
        while len(_COMPILED) > _MOST_COMPILED:
            _COMPILED.popitem(last=False)
    return compiled


def last_known() -> tuple[bytes, SensitiveMap]:
    """The map that held when this process asked last, and its seal; empty is the release's own.

    What is read by it counts only if the database confirms the seal while the chain is held.
    """
    seal = next(reversed(_COMPILED), b"")
    return seal, _COMPILED[seal] if seal else packaged_map()


def _compiled(keys: Keys, found: Approved) -> SensitiveMap:
    document = found.document or ""
    if _seal(keys, found.number, document, found.author, found.decider) != found.seal:
        raise MapAltered
    edition, rows = read_map(document)
    named = replace(
        edition,
        version=f"{found.base.partition('+')[0]}+{found.number}",
        date=found.decided_at.date(),
        reviewers=(found.author.name, found.decider.name),
    )
    return SensitiveMap(named, rows)


def _seal(
    keys: Keys, number: int, document: str, author: MapReviewer, decider: MapReviewer
) -> bytes:
    parts = (
        str(number),
        sha256(document.encode()).hexdigest(),
        str(author.practitioner_id),
        author.name,
        str(decider.practitioner_id),
        decider.name,
    )
    return keys.blind_index("sensitive-map", "\n".join(parts))


async def editions(pool: Pool) -> list[EditionRecord]:
    """Every edition reviewers worked on, the newest first."""
    return await store.editions(pool)


async def edition_numbered(pool: Pool, number: int) -> EditionRecord:
    """One of them.

    Raises:
        NotFound: there is none of this number.
    """
    for each in await store.editions(pool):
        if each.number == number:
            return each
    raise NotFound


async def begin(pool: Pool, keys: Keys, author: MapReviewer) -> int:
    """Start a draft from the edition in force.

    Raises:
        Conflict: somebody is working on one.
    """
    now = await in_force(pool, keys)
    document = write_map(now.edition, now.rows)
    number = await store.begin(pool, now.edition.version, document, author, datetime.now(UTC))
    if number is None:
        raise Conflict
    return number


async def revise(
    pool: Pool, draft: EditionRecord, author: MapReviewer, rows: Sequence[MapRow]
) -> None:
    """Give a draft these rows.

    Raises:
        MapUnreadable: a row could never match.
        EditionMoved: it is no draft of this author's, or was changed meanwhile.
    """
    edition, _ = read_map(draft.document)
    document = write_map(edition, rows)
    read_map(document)
    if not await store.revise(pool, draft.number, author, document, draft.document):
        raise EditionMoved


async def propose(pool: Pool, draft: EditionRecord, author: MapReviewer, reason: str) -> None:
    """Hand a draft to somebody else, with the reason for what it changes.

    Raises:
        InvalidInput: no reason in words.
        EditionMoved: as for ``revise``.
    """
    reason = reason.strip()
    if not _SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise InvalidInput("the change needs a reason in words")
    if not await store.propose(
        pool, draft.number, author, reason, datetime.now(UTC), draft.document
    ):
        raise EditionMoved


async def give_up(pool: Pool, number: int, author: MapReviewer) -> None:
    """Take one's own draft or proposal back.

    Raises:
        EditionMoved: it is not this author's, or was decided.
    """
    if not await store.give_up(pool, number, author):
        raise EditionMoved


async def decide(
    pool: Pool,
    keys: Keys,
    proposal: EditionRecord,
    decider: MapReviewer,
    *,
    is_approved: bool,
) -> None:
    """Approve or refuse what another wrote; approved, it is in force from this moment on.

    Raises:
        EditionMoved: not proposed any more, changed since it was seen, or the decider's own.
    """
    if proposal.state is not EditionState.PROPOSED:
        raise EditionMoved
    read_map(proposal.document)
    seal = (
        _seal(keys, proposal.number, proposal.document, proposal.author, decider)
        if is_approved
        else None
    )
    if not await store.decide(
        pool, proposal.number, decider, datetime.now(UTC), seal, proposal.document
    ):
        raise EditionMoved

"""The engine of every look: read in one snapshot, choose, log, commit; only then decrypt.

The order is the promise. An event is written before anything is opened, and it is written only if
neither the chain nor the consents have moved since they were read; otherwise all is done again.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from itertools import pairwise
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from openhealthcode import audit, consent
from openhealthcode.access.model import Selection
from openhealthcode.consent import AccessRequest, Decision, Provisions, Verdict
from openhealthcode.database import Connection, Pool, load_queries, transaction
from openhealthcode.record.reading import Entry, opener
from openhealthcode.standards import NotFound, RecordCategory
from openhealthcode.standards.ids import ConsentId, ResidentId
from openhealthcode.trust import Keys, Labels, ResidentKeys

_QUERIES = load_queries("openhealthcode.access")
_REMEMBERED_RESIDENTS: Final = 20_000

Row = asyncpg.Record


@dataclass(frozen=True, slots=True)
class Look:
    """One snapshot: the chain before the event, what the resident has said, sealed entries."""

    state: audit.ChainState
    at: datetime
    provisions: Provisions
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Choice:
    """What one look shows, by whose leave and until when, and the event that says so."""

    rows: list[Row]
    event: audit.Event
    until: datetime | None = None
    consent_ids: frozenset[ConsentId] = frozenset()
    uses: Uses | None = None


class Uses(NamedTuple):
    """The consents for a number of visits of which a look begins one, and whose visit it is."""

    consent_ids: frozenset[ConsentId]
    used_by: UUID


class _Item(NamedTuple):
    """One of the looks that are read together: whose, what is known of the consents, what else."""

    resident_id: ResidentId
    known_version: int
    parameters: tuple[object, ...]


async def look(
    pool: Pool, keys: ResidentKeys, resident_id: ResidentId, selection: Selection
) -> Look:
    """Read the chain, the provisions and the selected entries in one snapshot.

    Raises:
        NotFound: there is no such resident.
    """
    known = _standing.get(resident_id, _NOTHING_SAID)
    item = _Item(resident_id, known[0], selection.parameters(keys.labels))
    rows = await pool.together(_READ_TOGETHER[selection.statement], item)
    return _seen(rows, known, keys, resident_id)


async def look_within(
    connection: Connection, keys: ResidentKeys, resident_id: ResidentId, selection: Selection
) -> Look:
    """As ``look``, inside the caller's transaction, by itself."""
    known = _standing.get(resident_id, _NOTHING_SAID)
    item = _Item(resident_id, known[0], selection.parameters(keys.labels))
    together = _READ_TOGETHER.get(selection.statement)
    if together is not None:
        (rows,) = await together(connection, [item])
    else:
        statement = _QUERIES[selection.statement]
        found = await connection.fetch(statement, resident_id, known[0], *item.parameters)
        rows = _apart(found, [item])[0]
    return _seen(rows, known, keys, resident_id)


def _seen(
    rows: list[Row],
    known: tuple[int, Provisions],
    keys: ResidentKeys,
    resident_id: ResidentId,
) -> Look:
    if not rows:
        raise NotFound
    chain = rows.pop(0)
    state = audit.ChainState(chain["filed_number"], chain["digest"], chain["version"])
    version, provisions = known
    if version != state.consent_version:
        provisions = consent.read_provisions(chain["body"] or b"[]", keys)
        _remember(resident_id, state.consent_version, provisions)
    return Look(state, chain["filed_at"], provisions, rows)


async def _read_together(
    statement: str, connection: Connection, items: Sequence[_Item]
) -> list[list[Row]]:
    residents = [item.resident_id for item in items]
    versions = [item.known_version for item in items]
    columns = map(list, zip(*(item.parameters for item in items), strict=True))
    return _apart(await connection.fetch(_QUERIES[statement], residents, versions, *columns), items)


def _apart(rows: list[Row], items: Sequence[_Item]) -> list[list[Row]]:
    """The rows of each look, its chain's row first; none for a resident there is not."""
    starts = [place for place, row in enumerate(rows) if row["type"] is None]
    groups = deque(pairwise([*starts, len(rows)]))
    apart = []
    for item in items:
        if groups and rows[groups[0][0]]["entry_id"] == item.resident_id:
            start, end = groups.popleft()
            apart.append(rows[start:end])
        else:
            apart.append([])
    return apart


_READ_TOGETHER: Final = {
    name: partial(_read_together, name) for name in ("read_categories", "read_entry")
}


async def choose_and_log(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    selection: Selection,
    choose: Callable[[Look], Choice],
) -> tuple[Look, Choice]:
    """Look, let ``choose`` say what is shown, and log exactly that, durably.

    The first try is two statements without a lock: one reads, the other writes the event if chain
    and consents are still as they were read, which makes both as good as one transaction. Looks
    that wait for either go together. If somebody wrote in between or holds the chain, the second
    try holds it, so that it is also the last. A look that begins a use of a consent holds it too.

    Raises:
        NotFound: there is no such resident.
    """
    resident_keys = keys.of(resident_id)
    seen = await look(pool, resident_keys, resident_id, selection)
    choice = choose(seen)
    if choice.uses is None:
        writing = _writing(keys, resident_keys, resident_id, seen, choice)
        if await pool.together(audit.write, writing):
            return seen, choice
    async with transaction(pool, resident=resident_id) as held:
        return await choose_and_log_within(held, keys, resident_id, selection, choose)


async def choose_and_log_within(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    selection: Selection,
    choose: Callable[[Look], Choice],
) -> tuple[Look, Choice]:
    """As ``choose_and_log``, inside the caller's transaction, which holds the chain from here on."""
    await audit.hold(connection, resident_id)
    resident_keys = keys.of(resident_id)
    seen = await look_within(connection, resident_keys, resident_id, selection)
    choice = choose(seen)
    event = await audit.attributed(connection, resident_id, choice.event, seen.at)
    if event is not choice.event:
        choice = replace(choice, event=event)
    writing = _writing(keys, resident_keys, resident_id, seen, choice)
    if not all(await audit.write(connection, [writing])):
        raise audit.ChainMoved  # somebody moved a row that this transaction holds
    if choice.uses is not None:
        logged = audit.Appended(seen.state.next_number, seen.at)
        await consent.note_uses(connection, resident_id, *choice.uses, logged)
    return seen, choice


def _writing(
    keys: Keys, resident_keys: ResidentKeys, resident_id: ResidentId, seen: Look, choice: Choice
) -> audit.Writing:
    """The event of a choice, to be written if chain and consents still are as they were seen."""
    sealed = audit.next_link(keys, resident_keys, resident_id, seen.state, choice.event, seen.at)
    return audit.Writing(sealed, seen.state.consent_version, choice.uses is not None)


def uses_begun(decision: Decision, request: AccessRequest) -> Uses | None:
    """The uses a look begins: none, unless a permission it rests on is for a number of visits."""
    begun = consent.begins_uses(decision, request)
    return Uses(begun, request.used_by) if begun and request.used_by else None


def permitted(rows: Sequence[Row], decision: Decision, labels: Labels) -> list[Row]:
    """The entries a decision shows, in their order; each pair of tokens is weighed once."""
    verdicts: dict[tuple[bytes, bytes], Verdict] = {}
    shown = []
    for row in rows:
        tokens = (row["category_token"], row["sensitivity_token"])
        verdict = verdicts.get(tokens)
        if verdict is None:
            category, sensitive = labels.category(tokens[0]), labels.sensitivity(tokens[1])
            verdict = verdicts[tokens] = consent.weigh(decision, category, sensitive)
        number = row["filed_number"]
        if number <= verdict.shown_up_to or consent.is_shown(
            verdict, _clinical_day(row["day"]), number
        ):
            shown.append(row)
    return shown


def _clinical_day(day: date) -> date | None:
    """The day of an entry; ``-infinity`` in the database stands for none."""
    return None if day == date.min else day


def items(rows: Sequence[Row]) -> list[tuple[bytes, int, bytes]]:
    """How an event names what was shown: entry, version, digest of the content."""
    return [(row["entry_id"].bytes, row["version"], row["digest"]) for row in rows]


def open_rows(
    keys: ResidentKeys, rows: Sequence[Row], bodies: Mapping[UUID, bytes] | None = None
) -> tuple[Entry, ...]:
    """Decrypt what was chosen; call only after the event has been committed.

    Args:
        bodies: the sealed bodies by entry, where the rows came without them.
    """
    categories: dict[bytes, RecordCategory] = {}
    open_body = opener(keys)
    entries = []
    for row in rows:
        entry_id, version, type_, day, token, _, institution_id, _, _, _, body = row
        category = categories.get(token)
        if category is None:
            category = categories[token] = _known(keys.labels.category(token))
        sealed = body if bodies is None else bodies[entry_id]
        opened = open_body(entry_id, version, sealed)
        day = _clinical_day(day)
        entries.append(Entry(entry_id, version, type_, day, category, institution_id, opened))
    return tuple(entries)


def _known(category: RecordCategory | None) -> RecordCategory:
    if category is None:
        raise ValueError("an entry of unknown category is never opened")
    return category


_NOTHING_SAID: tuple[int, Provisions] = (-1, Provisions())
_standing: OrderedDict[UUID, tuple[int, Provisions]] = OrderedDict()
"""Provisions by resident with the consent version they belong to. Never stale: the version is read
with every look, and an event is only written while it is still the one that was read."""


def known_provisions(resident_id: ResidentId) -> tuple[int, Provisions]:
    """What the resident has said as last read here, and which version of it; -1 when never read."""
    return _standing.get(resident_id, _NOTHING_SAID)


def _remember(resident_id: ResidentId, version: int, provisions: Provisions) -> None:
    _standing[resident_id] = (version, provisions)
    _standing.move_to_end(resident_id)
    if len(_standing) > _REMEMBERED_RESIDENTS:
        _standing.popitem(last=False)

"""The engine of every look: read in one snapshot, choose, log, commit; only then decrypt.

The order is the promise. An event is written before anything is opened, and it is written only if
neither the chain nor the consents have moved since they were read; otherwise all is done again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from itertools import pairwise
from typing import Final, NamedTuple, cast
from uuid import UUID

import asyncpg

from openhealthcode import audit, consent
from openhealthcode.access import remembered
from openhealthcode.access.model import Selection
from openhealthcode.access.remembered import Known
from openhealthcode.consent import AccessRequest, Decision, Extent, Provisions, Verdict
from openhealthcode.database import Connection, Pool, enter, load_queries, transaction
from openhealthcode.identity import linking
from openhealthcode.record.reading import Entry, opener
from openhealthcode.standards import NotFound, RecordCategory
from openhealthcode.standards.ids import ConsentId, InstitutionId, ResidentId
from openhealthcode.trust import DestroyedKey, Keys, Labels, ResidentKeys, UnknownKey

_QUERIES = load_queries("openhealthcode.access")
_NOTHING_FILED: Final = 0
_TRIES: Final = 2

Row = asyncpg.Record


@dataclass(frozen=True, slots=True)
class Look:
    """One snapshot: the chain before the event, what the resident has said, sealed entries.

    ``others`` are the same person's other ids; nearly always there are none. ``first`` is the row
    that came before the entries, with what else the statement says of them.
    """

    state: audit.ChainState
    at: datetime
    provisions: Provisions
    rows: list[Row]
    others: tuple[ResidentId, ...] = ()
    first: Row | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What one look shows, by whose leave and until when, and the event that says so.

    ``elsewhere`` is what was logged under the same person's other ids.
    """

    rows: list[Row]
    event: audit.Event
    until: datetime | None = None
    consent_ids: frozenset[ConsentId] = frozenset()
    uses: Uses | None = None
    elsewhere: tuple[Elsewhere, ...] = ()


Choices = dict[ResidentId, Choice]
"""What one look shows under each id of the person, the one that was named first."""


class Elsewhere(NamedTuple):
    """The event of a look under another id of the person, and the consents it was decided by."""

    resident_id: ResidentId
    number: int
    consent_version: int


class Uses(NamedTuple):
    """The consents for a number of visits of which a look begins one, and whose visit it is."""

    consent_ids: frozenset[ConsentId]
    used_by: UUID


class _Item(NamedTuple):
    """One of the looks that are read together: whose, what is known of the consents, what else."""

    resident_id: ResidentId
    known_version: int
    parameters: tuple[object, ...]


async def look(pool: Pool, keys: Keys, resident_id: ResidentId, selection: Selection) -> Look:
    """Read the chain, the provisions and the selected entries in one snapshot.

    Raises:
        NotFound: there is no such resident.
    """
    known = remembered.known(resident_id)
    item = _Item(resident_id, known[0], selection.parameters(keys.of(resident_id).labels))
    rows = await pool.together(_READ_TOGETHER[selection.statement], item)
    return _seen(rows, known, keys, resident_id)


async def look_within(
    connection: Connection, keys: Keys, resident_id: ResidentId, selection: Selection
) -> Look:
    """As ``look``, inside the caller's transaction, by itself."""
    known = remembered.known(resident_id)
    item = _Item(resident_id, known[0], selection.parameters(keys.of(resident_id).labels))
    together = _READ_TOGETHER.get(selection.statement)
    if together is not None:
        (rows,) = await together(connection, [item])
    else:
        statement = _QUERIES[selection.statement]
        found = await connection.fetch(statement, resident_id, known[0], *item.parameters)
        rows = _apart(found, [item])[0]
    return _seen(rows, known, keys, resident_id)


def _seen(rows: list[Row], known: Known, keys: Keys, resident_id: ResidentId) -> Look:
    if not rows:
        raise NotFound
    chain = rows.pop(0)
    state = audit.ChainState(chain["filed_number"], chain["digest"], chain["version"])
    if known.version != state.consent_version:
        known = Known(
            state.consent_version,
            consent.read_provisions(chain["body"] or b"[]", keys.of(resident_id)),
            _others(keys, resident_id, chain["category_token"]),
        )
        remembered.remember(resident_id, known)
    return Look(state, chain["filed_at"], known.provisions, rows, known.others, chain)


def _others(keys: Keys, resident_id: ResidentId, members: bytes | None) -> tuple[ResidentId, ...]:
    """Under which other ids the person is kept."""
    if members is None:
        return ()
    person = linking.read_members(keys, resident_id, members)
    return tuple(one for one in person if one != resident_id)


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
    name: partial(_read_together, name) for name in ("read_categories", "read_entry", "read_page")
}


async def choose_and_log(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    selection: Selection,
    choose: Callable[[Look], Choice],
) -> tuple[Look, Choice]:
    """Look, let ``choose`` say what is shown, and log exactly that, durably.

    A try is two statements without a lock: one reads, the other writes the event if chain and
    consents are still as they were read, which makes both as good as one transaction. Looks that
    wait for either go together; looks of this process at one resident go one after the other. If
    somebody elsewhere wrote in between or holds the chain, the last try holds it. A look that
    begins a use of a consent holds it too.

    Raises:
        NotFound: there is no such resident.
    """
    async with remembered.turn(resident_id):
        for _ in range(_TRIES):
            seen = await look(pool, keys, resident_id, selection)
            if seen.others:
                return await _of_a_person(pool, keys, resident_id, selection, choose)
            choice = choose(seen)
            if choice.uses is not None:
                break
            writing = _writing(keys, keys.of(resident_id), resident_id, seen, choice)
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
    together: Callable[[Choices], Choices] = dict,
) -> tuple[Look, Choice]:
    """As ``choose_and_log``, inside the caller's transaction, which holds the chain from here on.

    Args:
        together: what becomes of the choices under all ids of the person before they are logged.
    """
    await audit.hold(connection, resident_id)
    looks = await _looks_at(connection, keys, resident_id, selection)
    seen = looks[resident_id]
    choices = together({one: _chosen(keys, resident_id, one, looks, choose) for one in looks})
    for one, choice in choices.items():
        if len(looks) > 1:
            await enter(connection, resident=one)
        choices[one] = await _write(connection, keys, one, looks[one], choice)
    if len(looks) > 1:
        await enter(connection, resident=resident_id)
        return seen, _as_one(keys, resident_id, looks, choices)
    return seen, choices[resident_id]


async def choose_within(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    selection: Selection,
    choose: Callable[[Look], Choice],
) -> Choices:
    """As ``choose_and_log_within``, and nothing is logged: for who tells nothing of what is chosen."""
    looks = await _looks_at(connection, keys, resident_id, selection)
    return {one: _chosen(keys, resident_id, one, looks, choose) for one in looks}


async def _looks_at(
    connection: Connection, keys: Keys, resident_id: ResidentId, selection: Selection
) -> dict[ResidentId, Look]:
    """One look at each id of a person, the named one first; the transaction stays turned to it."""
    seen = await look_within(connection, keys, resident_id, selection)
    looks = {resident_id: seen}
    if seen.others and not audit.is_represented(resident_id):
        looks |= await _looks_elsewhere(connection, keys, seen.others, selection)
        await enter(connection, resident=resident_id)
    return looks


async def _write(
    connection: Connection, keys: Keys, resident_id: ResidentId, seen: Look, choice: Choice
) -> Choice:
    """Log a choice by whoever really acts, in a transaction turned to the resident."""
    event = await audit.attributed(connection, resident_id, choice.event, seen.at)
    if event is not choice.event:
        choice = replace(choice, event=event)
    writing = _writing(keys, keys.of(resident_id), resident_id, seen, choice)
    if not all(await audit.write(connection, [writing])):
        raise audit.ChainMoved  # a row of another id that somebody else moves at this moment
    if choice.uses is not None:
        logged = audit.Appended(seen.state.next_number, seen.at)
        await consent.note_uses(connection, resident_id, *choice.uses, logged)
    return choice


async def _of_a_person(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    selection: Selection,
    choose: Callable[[Look], Choice],
) -> tuple[Look, Choice]:
    """As ``choose_and_log``, of somebody whose entries are kept under several ids."""

    async def once() -> tuple[Look, Choice]:
        async with transaction(pool, resident=resident_id) as held:
            return await choose_and_log_within(held, keys, resident_id, selection, choose)

    return await audit.until_free(once)


async def _looks_elsewhere(
    connection: Connection, keys: Keys, others: Iterable[ResidentId], selection: Selection
) -> dict[ResidentId, Look]:
    """Look under the person's other ids, as each stands now.

    Only the first chain is held: of the others each event is written if the chain is still as it
    was read, so that nobody waits in a circle. All of it commits or nothing does.
    """
    looks = {}
    for other in others:
        await enter(connection, resident=other)
        try:
            looks[other] = await look_within(connection, keys, other, selection.under(other))
        except (NotFound, UnknownKey, DestroyedKey):
            continue  # that account was closed
    return looks


def _chosen(
    keys: Keys,
    resident_id: ResidentId,
    one: ResidentId,
    looks: Mapping[ResidentId, Look],
    choose: Callable[[Look], Choice],
) -> Choice:
    """What is shown under one id of the person: by its own permissions, by the refusals of all."""
    if len(looks) == 1:
        return choose(looks[one])
    seen = replace(looks[one], provisions=_said_by_all(one, looks))
    if one == resident_id:
        return choose(seen)
    labels = keys.of(resident_id).labels
    return _elsewhere(choose, seen, keys.of(one).labels, labels, resident_id)


def _said_by_all(resident_id: ResidentId, looks: Mapping[ResidentId, Look]) -> Provisions:
    """What was said under one id, and what was refused under the person's others."""
    own = looks[resident_id].provisions
    refused = [
        one if one.up_to_number == _NOTHING_FILED else replace(one, up_to_number=None)
        for other, seen in looks.items()
        if other != resident_id
        for one in seen.provisions
        if one.rule is consent.Rule.DENY
    ]
    return Provisions([*own, *refused])


def _elsewhere(
    choose: Callable[[Look], Choice],
    seen: Look,
    theirs: Labels,
    labels: Labels,
    resident_id: ResidentId,
) -> Choice:
    """What is shown under another id, chosen as under the one that was named.

    ``choose`` reads labels under the key of the resident it was made for: the rows are given to it
    so labelled. The event says through which id the person was reached.
    """
    known = {row["entry_id"]: row for row in seen.rows}
    choice = choose(replace(seen, rows=[_relabelled(row, theirs, labels) for row in seen.rows]))
    event = replace(choice.event, detail={**choice.event.detail, "through": resident_id.bytes})
    return replace(choice, rows=[known[row["entry_id"]] for row in choice.rows], event=event)


def _relabelled(row: Row, theirs: Labels, labels: Labels) -> Row:
    category = theirs.category(row["category_token"])
    sensitive = theirs.sensitivity(row["sensitivity_token"])
    columns = {
        **row,
        "category_token": labels.token_of(category) if category else b"",
        "sensitivity_token": labels.sensitivity_token(sensitive),
    }
    return cast("Row", columns)


def _as_one(
    keys: Keys,
    resident_id: ResidentId,
    looks: Mapping[ResidentId, Look],
    choices: Mapping[ResidentId, Choice],
) -> Choice:
    """What was shown of a person, whichever id it is kept under."""
    own = choices[resident_id]
    until = [choice.until for choice in choices.values() if choice.until is not None]
    return replace(
        own,
        rows=PersonRows((one, keys.of(one), choice.rows) for one, choice in choices.items()),
        until=max(until, default=None),
        consent_ids=frozenset().union(*(choice.consent_ids for choice in choices.values())),
        elsewhere=tuple(
            Elsewhere(one, seen.state.next_number, seen.state.consent_version)
            for one, seen in looks.items()
            if one != resident_id
        ),
    )


class PersonRows(list[Row]):
    """Chosen rows of one person, and under which id and whose keys each lies; for ``open_rows``."""

    def __init__(self, groups: Iterable[tuple[ResidentId, ResidentKeys, list[Row]]]) -> None:
        self.groups = tuple(groups)
        super().__init__(row for *_, rows in self.groups for row in rows)


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


def within(
    rows: Sequence[Row], reach: Extent, labels: Labels, own: InstitutionId | None
) -> list[Row]:
    """As ``permitted``, by a decision that is told by kinds of entries; and an institution's own."""
    verdicts: dict[tuple[bytes, bytes], bool] = {}
    shown = []
    for row in rows:
        tokens = (row["category_token"], row["sensitivity_token"])
        is_shown = verdicts.get(tokens)
        if is_shown is None:
            category, sensitive = labels.category(tokens[0]), labels.sensitivity(tokens[1])
            is_shown = category in reach.categories and sensitive <= reach.sensitive
            verdicts[tokens] = is_shown
        if (is_shown and row["filed_number"] <= reach.up_to_number) or row["institution_id"] == own:
            shown.append(row)
    return shown


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
    if isinstance(rows, PersonRows):
        entries = [e for _, owner, group in rows.groups for e in open_rows(owner, group, bodies)]
        return tuple(sorted(entries, key=_newest, reverse=True))
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


def _newest(entry: Entry) -> tuple[date, UUID]:
    """How the database orders entries, newest first when reversed."""
    return entry.day or date.min, entry.entry_id


def _known(category: RecordCategory | None) -> RecordCategory:
    if category is None:
        raise ValueError("an entry of unknown category is never opened")
    return category

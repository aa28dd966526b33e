"""How the rules change: one supervisor writes an edition, another approves it, everybody sees both.

Each proposal and decision is an event of the region's own log. An edition that was put into the
database in any other way has no seal and is not taken for one; the shipped rules then hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Final
from uuid import UUID

from asyncpg import Record

from openhealthcode import audit
from openhealthcode.audit import REGION, Action
from openhealthcode.database import Connection, Pool, load_queries, transaction
from openhealthcode.standards import Conflict
from openhealthcode.supervision.cases import Office, Person
from openhealthcode.supervision.cases.model import checked_words
from openhealthcode.supervision.warning import (
    Edition,
    EditionUnreadable,
    Weakened,
    read_edition,
    shipped,
    silenced,
    weakened,
)
from openhealthcode.trust import Keys

_QUERIES: Final = load_queries("openhealthcode.supervision.alerts")
_TASK: Final = "supervision"
LONGEST_DOCUMENT: Final = 100_000


class EditionMoved(Conflict):
    """Another edition of the rules is being decided, or this one was, or it is your own."""

    code = "rules-edition-moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionRow:
    """An edition of the rules with who wrote and who approved it."""

    number: int
    document: str
    reason: str
    author_id: UUID
    proposed_at: datetime
    state: str
    decider_id: UUID | None
    decided_at: datetime | None


async def in_force(connection: Connection, keys: Keys) -> Edition:
    """The edition that holds now; the shipped one until two persons approved another."""
    return _held(keys, await connection.fetchrow(_QUERIES["newest_edition"]))


async def in_force_at(connection: Connection, keys: Keys, at: datetime) -> Edition:
    """The edition that held at a moment gone by."""
    return _held(keys, await connection.fetchrow(_QUERIES["edition_at"], at))


def _held(keys: Keys, row: Record | None) -> Edition:
    if row is None or row["seal"] != _seal(keys, row, row["decider_id"]):
        return shipped()
    try:
        return _read(row["document"])
    except EditionUnreadable:  # written by a newer release
        return shipped()


async def edition_in_force(pool: Pool, keys: Keys) -> Edition:
    """As ``in_force``, in a transaction of its own."""
    async with transaction(pool, task=_TASK) as connection:
        return await in_force(connection, keys)


async def silenced_rules(pool: Pool, keys: Keys) -> tuple[str, ...]:
    """The rules that practically never speak in the edition in force; the dashboard shows them."""
    return tuple(sorted(silenced(await edition_in_force(pool, keys))))


def shipped_text() -> str:
    """The shipped edition as it is written, to begin another from."""
    return files("openhealthcode.supervision.warning").joinpath("edition.toml").read_text("utf-8")


def weaker_than_before(rows: Sequence[EditionRow], row: EditionRow) -> tuple[Weakened, ...]:
    """In what an edition warns less than the one that was in force when it was proposed.

    Args:
        rows: every edition, the newest first.
        row: one of them.
    """
    older = (one for one in rows if one.number < row.number and one.state == "approved")
    previous = next(older, None)
    try:
        was = shipped() if previous is None else _read(previous.document)
        return weakened(was, _read(row.document))
    except EditionUnreadable:  # of a release with other rules
        return ()


async def editions(pool: Pool) -> list[EditionRow]:
    """Every edition that was proposed, the newest first."""
    async with transaction(pool, task=_TASK) as connection:
        rows = await connection.fetch(_QUERIES["editions"])
    return [EditionRow(**{name: row[name] for name in EditionRow.__slots__}) for row in rows]


async def propose(pool: Pool, keys: Keys, author: Person, document: str, reason: str) -> int:
    """Propose an edition; nothing changes until somebody else approves it.

    Raises:
        EditionUnreadable: no edition.
        WordsUnsuitable: no reason in words.
        EditionMoved: another is being decided, or this is no supervisor.
    """
    if author.office is not Office.SUPERVISOR:
        raise EditionMoved
    if len(document) > LONGEST_DOCUMENT:
        raise EditionUnreadable
    read_edition(document)
    words = checked_words(reason)
    async with transaction(pool, resident=REGION, task=_TASK) as connection:
        detail = {"digest": sha256(document.encode()).digest(), "reason": words}
        logged = await _log(connection, keys, author, Action.RULES_PROPOSE, detail)
        number = await connection.fetchval(
            _QUERIES["propose_edition"], document, words, author.practitioner_id, logged
        )
        if number is None:
            raise EditionMoved
    return int(number)


async def decide(
    pool: Pool, keys: Keys, number: int, decider: Person, *, is_approved: bool
) -> None:
    """Approve or refuse what another wrote; approved, it is in force for the next access judged.

    Raises:
        EditionMoved: it is not proposed any more, or the decider's own, or this is no supervisor.
    """
    if decider.office is not Office.SUPERVISOR:
        raise EditionMoved
    async with transaction(pool, resident=REGION, task=_TASK) as connection:
        detail = {"edition": number, "approved": is_approved}
        logged = await _log(connection, keys, decider, Action.RULES_DECIDE, detail)
        row = await _proposed(connection, number)
        if row["author_id"] == decider.practitioner_id:
            raise EditionMoved
        await connection.execute(
            _QUERIES["decide_edition"],
            number,
            "approved" if is_approved else "refused",
            decider.practitioner_id,
            logged,
            _seal(keys, row, decider.practitioner_id) if is_approved else None,
        )


async def give_up(pool: Pool, keys: Keys, number: int, author: Person) -> None:
    """Take one's own proposal back.

    Raises:
        EditionMoved: it is not this author's, or was decided.
    """
    async with transaction(pool, resident=REGION, task=_TASK) as connection:
        detail = {"edition": number, "given_up": True}
        logged = await _log(connection, keys, author, Action.RULES_DECIDE, detail)
        row = await _proposed(connection, number)
        if row["author_id"] != author.practitioner_id:
            raise EditionMoved
        await connection.execute(_QUERIES["decide_edition"], number, "given-up", None, logged, None)


async def _proposed(connection: Connection, number: int) -> Record:
    for row in await connection.fetch(_QUERIES["editions"]):
        if row["number"] == number and row["state"] == "proposed":
            return row
    raise EditionMoved


async def _log(
    connection: Connection, keys: Keys, who: Person, action: Action, detail: Mapping[str, object]
) -> datetime:
    agent = audit.Agent(audit.AgentKind.PRACTITIONER, who.practitioner_id, who.institution_id)
    event = audit.Event(action=action, agent=agent, detail=detail)
    return (await audit.append_own(connection, keys, event)).at


def _seal(keys: Keys, row: Record, decider_id: UUID) -> bytes:
    digest = sha256(row["document"].encode()).hexdigest()
    text = f"{row['number']}|{digest}|{row['author_id']}|{decider_id}"
    return keys.blind_index("warning-edition", text)


@lru_cache(maxsize=4)
def _read(document: str) -> Edition:
    return read_edition(document)

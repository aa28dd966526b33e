"""A clinician's own receipt of what one of their looks showed: which entries, in which versions.

It names nothing that was not shown, opens nothing again, and outlives the consent: what somebody was
shown stays true. So it holds days and kinds of entries and no content, not even while the consent is
in force, nor the numbers by which institutions could tell that two residents are one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from openhealthcode import audit, identity
from openhealthcode.access.asking import asking
from openhealthcode.access.budgets import ReaderKind
from openhealthcode.access.children import admission
from openhealthcode.access.disclose import EVERYTHING, choose_permitted
from openhealthcode.access.looking import Choice, Look, Row, choose_within
from openhealthcode.access.receipt import Receipt, rows_named
from openhealthcode.audit import ReceiptEvent, Sequencer, Statement
from openhealthcode.audit import reading as log
from openhealthcode.database import Connection, Pool, enter, transaction
from openhealthcode.identity import reading as identity_reading
from openhealthcode.standards import NotFound, PurposeOfUse, RecordCategory, Scene
from openhealthcode.standards.ids import InstitutionId, PractitionerId, ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey

_LOOKS: Final = frozenset({audit.Action.RECORD_DISCLOSE})
_LOOKED_BACK: Final = 1_000
_AT_ONCE: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One entry that was shown.

    Args:
        day: of the entry; none where it has none.
        digest: keyed; equal only for the very content that was shown.
    """

    category: RecordCategory
    day: date | None
    institution_id: InstitutionId | None
    version: int
    digest: str


@dataclass(frozen=True, slots=True)
class ShownLook:
    """A look as its clinician keeps it.

    Args:
        commitment: what stands for the event in the public log.
        masked_name: whose record it was, in part.
        destroyed: entries that were shown and are no longer there.
    """

    line: log.LogLine
    commitment: str
    masked_name: str = field(repr=False)
    entries: tuple[ShownEntry, ...] = field(repr=False)
    destroyed: int
    receipt: Receipt = field(repr=False)


async def look_shown(
    pool: Pool,
    keys: Keys,
    sequencer: Sequencer,
    resident_id: ResidentId,
    *,
    practitioner_id: PractitionerId,
    institution_id: InstitutionId,
    number: int,
) -> ShownLook:
    """What one look of this clinician showed, for a receipt; logged.

    Raises:
        NotFound: the log has no such look of this clinician at this institution.
    """
    agent = audit.Agent(audit.AgentKind.PRACTITIONER, practitioner_id, institution_id)
    async with transaction(pool, resident=resident_id) as connection:
        await audit.hold(connection, resident_id)
        found = await log.numbered(connection, keys, resident_id, (number,))
        if not found or not _is_own(found[0][0], agent):
            raise NotFound
        ((line, event),) = found
        rows = await rows_named(connection, resident_id, [event])
        shown = _shown(keys, resident_id, rows)
        named = len(event.items)
        for other, also in await _elsewhere(connection, keys, resident_id, line):
            rows = await rows_named(connection, other, [also])
            shown += _shown(keys, other, rows)
            named += len(also.items)
        await enter(connection, resident=resident_id)
        who = await identity_reading.demographics(connection, keys, resident_id)
        kept = audit.Event(
            action=audit.Action.RECEIPT_KEEP, agent=agent, detail={"receipt": [number]}
        )
        await audit.append(connection, keys, resident_id, kept)
    statement = Statement(log=sequencer.log, made_at=datetime.now(UTC), events=())
    entries = tuple(shown)
    return ShownLook(
        line,
        event.commitment.hex(),
        who.masked_name,
        entries,
        named - len(entries),
        Receipt((line,), (), statement, ()),
    )


async def is_still_shown(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    *,
    practitioner_id: PractitionerId,
    institution_id: InstitutionId,
    number: int,
) -> bool:
    """Whether a look of this clinician would show again whatever it showed, as things stand now.

    For a page that is open still. Nothing is logged: the answer says no more than the look did. No
    is also the answer about a look there is not, and about somebody else's.
    """
    agent = audit.Agent(audit.AgentKind.PRACTITIONER, practitioner_id, institution_id)
    labels = keys.of(resident_id).labels
    who = await asking(pool, institution_id, practitioner_id)
    admitted = await admission(
        pool, keys, resident_id, institution_id, practitioner_id, ReaderKind.PRACTITIONER
    )
    async with transaction(pool, resident=resident_id) as connection:
        found = await log.numbered(connection, keys, resident_id, (number,))
        if not found or not _is_own(found[0][0], agent):
            return False
        ((line, event),) = found
        purpose = PurposeOfUse(str(line.purpose))  # every such event has one
        scene = Scene(line.scene) if line.scene else None
        items = [*event.items]
        for _, also in await _elsewhere(connection, keys, resident_id, line):
            items += also.items
        await enter(connection, resident=resident_id)

        def choose(seen: Look) -> Choice:
            request = who.request(purpose, seen.at, scene)
            return choose_permitted(seen, request, labels, agent, admitted._replace(lease=None))

        choices = await choose_within(connection, keys, resident_id, EVERYTHING, choose)
    permitted = {row["entry_id"] for choice in choices.values() for row in choice.rows}
    return all(item.entry in permitted for item in items)


async def _elsewhere(
    connection: Connection, keys: Keys, resident_id: ResidentId, line: log.LogLine
) -> list[tuple[ResidentId, ReceiptEvent]]:
    """The events of the same look under the person's other ids, where entries were merged.

    The transaction is left at any of them.
    """
    found = []
    for other in await identity.ids_of(connection, keys, resident_id):
        if other == resident_id:
            continue
        await enter(connection, resident=other)
        try:
            lines = await log.lines(connection, keys, other, limit=_LOOKED_BACK)
        except (NotFound, UnknownKey, DestroyedKey):
            continue  # that account was closed
        same = [one for one in lines if _is_of_one_look(one, line, resident_id)]
        if same:
            nearest = min(same, key=lambda one: abs(one.at - line.at))
            ((_, event),) = await log.numbered(connection, keys, other, (nearest.number,))
            found.append((other, event))
    return found


def _is_of_one_look(one: log.LogLine, line: log.LogLine, resident_id: ResidentId) -> bool:
    """Whether both were logged by one look: reached through this id, by the same, at once."""
    return (
        (one.agent_id, one.action, one.purpose) == (line.agent_id, line.action, line.purpose)
        and one.detail.get("through") == resident_id.bytes
        and abs(one.at - line.at) < _AT_ONCE
    )


def _is_own(line: log.LogLine, agent: audit.Agent) -> bool:
    return (line.agent_id, line.institution_id) == (
        agent.id,
        agent.institution_id,
    ) and line.action in _LOOKS


def _shown(keys: Keys, resident_id: ResidentId, rows: list[Row]) -> list[ShownEntry]:
    labels = keys.of(resident_id).labels
    return [
        ShownEntry(
            category,
            None if row["day"] == date.min else row["day"],
            # Who last wrote down the person is not told: it may be the one place that betrays.
            None if row["type"] == "Patient" else row["institution_id"],
            row["version"],
            row["digest"].hex(),
        )
        for row in rows
        if (category := labels.category(row["category_token"])) is not None
    ]

"""One decision, as the supervisor reads it: who asked, why, and because of what it was so decided.

The resident hands over a reference to one line of the own log, for a complaint; without one there
is nothing to find. The supervisor sees nothing of the record and not whose it is; the log tells the
resident that it was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from openhealthcode import audit
from openhealthcode.audit import reading as log
from openhealthcode.audit.reading import LogLine
from openhealthcode.consent import Because
from openhealthcode.consent.emergency import Reviewer
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey, UnreadableId

_DECISIONS: Final = frozenset({audit.Action.RECORD_DISCLOSE, audit.Action.BREAK_GLASS})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminedDecision:
    """A look and what decided it.

    Args:
        line: of the resident's log.
        because: why it was so decided; None in lines of a release that did not say.
        entries: how many entries were shown.
    """

    line: LogLine
    because: Because | None
    entries: int


def reference_of(keys: Keys, resident_id: ResidentId, number: int) -> str:
    """What names one line of a resident's log to the supervisor, and to nobody else anything."""
    return keys.seal_id(resident_id, EntryId(UUID(int=number)))


async def examine_decision(
    pool: Pool, keys: Keys, reference: str, reviewer: Reviewer
) -> ExaminedDecision:
    """Show the supervisor one decision; logged.

    Raises:
        NotFound: the reference names no look, or a resident who is no longer there.
    """
    try:
        resident_id, number = keys.open_id(reference)
        keys.of(resident_id)
    except (UnreadableId, UnknownKey, DestroyedKey):
        raise NotFound from None
    if not reviewer.is_supervisor or number.int >= 2**63:
        raise NotFound
    async with transaction(pool, resident=resident_id) as connection:
        found = await log.numbered(connection, keys, resident_id, (number.int,))
        if not found or found[0][0].action not in _DECISIONS:
            raise NotFound
        line, _ = found[0]
        event = audit.Event(
            action=audit.Action.DECISION_EXAMINE,
            agent=audit.Agent(
                audit.AgentKind.PRACTITIONER, reviewer.practitioner_id, reviewer.institution_id
            ),
            detail={"number": line.number},
        )
        await audit.append(connection, keys, resident_id, event)
    said = str(line.detail.get("because", ""))
    return ExaminedDecision(
        line=line,
        because=Because(said) if said in set(Because) else None,
        entries=len(line.detail.get("items", ())),
    )

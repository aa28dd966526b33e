"""What a line of the log says of who it was; that its resident asked; and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from openhealthcode import audit
from openhealthcode.access import notices
from openhealthcode.access.decision import reference_of
from openhealthcode.access.own import own_line
from openhealthcode.audit import REGION, Action, AgentKind, Outcome
from openhealthcode.database import Connection, enter
from openhealthcode.sign_in import report_notice
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import PractitionerId, ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey, UnreadableId

_NO_LOOK = frozenset({Action.RECORD_FILE.value, Action.RECORD_DELETE.value})


@dataclass(frozen=True, slots=True)
class LookToReport:
    """A line of the log that names a person.

    Args:
        leaf: its place in the public tree, once it has one.
        mark: the resident as supervision knows them.
        reference: the resident and the line, for ``access`` alone to open.
    """

    number: int
    at: datetime
    practitioner_id: PractitionerId
    action: str
    is_refused: bool
    purpose: str
    scene: str
    because: str
    entries: int
    leaf: int | None
    mark: bytes = field(repr=False)
    reference: str = field(repr=False)


async def look_to_report(
    connection: Connection, keys: Keys, resident_id: ResidentId, number: int
) -> LookToReport:
    """What a line says of who it was; the resident's own steps and machines are nobody to know.

    Raises:
        NotFound: the log has no such line, or none that names a person.
    """
    line = await own_line(connection, keys, resident_id, number)
    if line is None or line.agent_kind != AgentKind.PRACTITIONER or line.action in _NO_LOOK:
        raise NotFound
    return LookToReport(
        number,
        line.at,
        PractitionerId(line.agent_id),
        line.action,
        line.outcome == Outcome.REFUSED,
        line.purpose or "",
        line.scene or "",
        str(line.detail.get("because", "")),
        len(line.detail.get("items", ())),
        line.leaf_index,
        mark_of(keys, resident_id),
        reference_of(keys, resident_id, number),
    )


async def note_report(
    connection: Connection, keys: Keys, resident_id: ResidentId, looked: LookToReport
) -> None:
    """Log that the resident does not know who that is; by whoever acts for them, if somebody does."""
    await _append(connection, keys, resident_id, Action.LOOK_REPORT, {"line": looked.number})


async def note_contest(
    connection: Connection, keys: Keys, resident_id: ResidentId, number: int
) -> None:
    """Log that the resident does not accept the answer."""
    await _append(connection, keys, resident_id, Action.LOOK_CONTEST, {"line": number})


async def tell_of_report(
    connection: Connection, keys: Keys, reference: str, told: Mapping[str, object]
) -> None:
    """Write what came of a report into the resident's log, and owe their phones a message.

    The transaction is turned to the resident. Who has closed the account is told nothing.
    """
    try:
        resident_id, line = keys.open_id(reference)
        keys.of(resident_id)
        await enter(connection, resident=resident_id)
        event = audit.Event(
            action=Action.LOOK_ANSWER,
            agent=audit.Agent(AgentKind.PLATFORM, REGION),
            detail={"line": line.int, **told},
        )
        logged = await audit.append(connection, keys, resident_id, event)
        await notices.owe(connection, keys, resident_id, logged, report_notice)
    except (UnreadableId, UnknownKey, DestroyedKey, NotFound):
        return


def mark_of(keys: Keys, resident_id: ResidentId) -> bytes:
    """The resident as supervision knows them: keyed, and nothing to be opened."""
    return keys.blind_index("supervision", str(resident_id))


def line_of(keys: Keys, reference: str) -> int:
    """Which line of their log a resident's own reference names."""
    return keys.open_id(reference)[1].int


async def _append(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    action: Action,
    detail: Mapping[str, object],
) -> None:
    event = audit.Event(
        action=action, agent=audit.Agent(AgentKind.RESIDENT, resident_id), detail=detail
    )
    await audit.append(connection, keys, resident_id, event)

"""What a resident's answer covers, entry by entry, as the log says: preview and answer together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from openhealthcode import audit
from openhealthcode.access import looking
from openhealthcode.access.looking import Row
from openhealthcode.audit import reading as log
from openhealthcode.audit.reading import LogLine
from openhealthcode.consent import ConsentRequest
from openhealthcode.database import Connection, Pool, load_queries, transaction
from openhealthcode.record.reading import Entry
from openhealthcode.standards import PurposeOfUse, RecordCategory
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

_QUERIES = load_queries("openhealthcode.access", "receipt.sql")
_ANSWERS = (audit.Action.CONSENT_GRANT, audit.Action.CONSENT_REFUSE)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer and what the asking person sees from then on.

    Args:
        entries: in the versions that were previewed, newest first: those of what was allowed, and
            those that this person saw already by other consents.
        allowed: the categories left switched on; empty for a refusal.
        with_what_is_added: also what is filed while the consent lasts.
        number: the event that logs the answer; 0 if the log has none.
    """

    entries: tuple[Entry, ...] = field(repr=False)
    allowed: frozenset[RecordCategory]
    with_what_is_added: bool
    number: int


async def answered(
    pool: Pool, keys: Keys, resident_id: ResidentId, asked: ConsentRequest
) -> Answered:
    """Read an answer out of the own log, with the entries it covers; logged as an own view."""
    async with transaction(pool, resident=resident_id) as connection:
        answers = await log.of_actions(connection, keys, resident_id, _ANSWERS)
        answer = next((one for one in answers if _is_to(one, asked)), None)
        detail = answer.detail if answer else {}
        allowed = frozenset(map(RecordCategory, detail.get("allowed", ())))
        rows: list[Row] = []
        if allowed:
            rows = await _covered(connection, keys, resident_id, asked, allowed)
            await audit.append(connection, keys, resident_id, _event(resident_id, rows))
    return Answered(
        looking.open_rows(keys.of(resident_id), rows),
        allowed,
        bool(detail.get("added")),
        answer.number if answer else 0,
    )


def _is_to(line: LogLine, asked: ConsentRequest) -> bool:
    return bool(line.detail.get("request") == asked.request_id.bytes)


async def _covered(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    asked: ConsentRequest,
    allowed: frozenset[RecordCategory],
) -> list[Row]:
    number = asked.previewed_number or 0
    previews = await log.numbered(connection, keys, resident_id, (number,))
    if not previews:
        return []
    ((preview, _),) = previews
    items: list[Any] = list(preview.detail.get("items", ()))
    already = {UUID(bytes=one) for one in preview.detail.get("already", ())}
    ids, versions = [UUID(bytes=item[0]) for item in items], [item[1] for item in items]
    found = await connection.fetch(_QUERIES["named"], resident_id, ids, versions)
    labels = keys.of(resident_id).labels
    return [
        row
        for row in found
        if row["entry_id"] in already or labels.category(row["category_token"]) in allowed
    ]


def _event(resident_id: ResidentId, rows: list[Row]) -> audit.Event:
    return audit.Event(
        action=audit.Action.RECORD_OWN_VIEW,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={"items": looking.items(rows)},
    )

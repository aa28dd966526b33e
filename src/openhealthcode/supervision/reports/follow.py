"""Residents are told what came of their reports: the answer, what followed, and that it is late."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from openhealthcode.access import reporting
from openhealthcode.database import Pool, load_queries, transaction
from openhealthcode.supervision.cases import CaseRead, State, cases_numbered
from openhealthcode.supervision.reports.model import told_key
from openhealthcode.trust import Keys

_QUERIES: Final = load_queries("openhealthcode.supervision.reports")
_TASK: Final = "supervision"
_AT_ONCE: Final = 500


async def follow_reports(pool: Pool, keys: Keys) -> int:
    """Tell what is new; how many were told. Run every few seconds by every process.

    What is told is noted in the transaction that tells it: of several processes one does.
    """
    async with transaction(pool, task=_TASK) as connection:
        rows = await connection.fetch(_QUERIES["to_follow"], _AT_ONCE)
        told = {row["case_id"]: row["told"] for row in rows}
        found = await cases_numbered(connection, keys, list(told))
    count = 0
    for read in found:
        case_id, key = read.case.case_id, told_key(read)
        is_over = read.stands.state is State.CLOSED
        if key != told[case_id] or is_over:
            count += await _tell(pool, keys, read, told[case_id], key)
    return count


async def _tell(pool: Pool, keys: Keys, read: CaseRead, before: str, key: str) -> bool:
    """Whether this process told something new."""
    is_over = read.stands.state is State.CLOSED
    async with transaction(pool, task=_TASK) as connection:
        row = read.case.case_id, before, key, is_over
        is_ours = await connection.fetchval(_QUERIES["note_told"], *row)
        if not is_ours or key in {before, ""}:
            return False
        await reporting.tell_of_report(
            connection, keys, read.case.about.resident_reference, _detail(read, key)
        )
    return True


def _detail(read: CaseRead, key: str) -> dict[str, object]:
    """What the resident's log says of it."""
    case_id: UUID = read.case.case_id
    if key == "late":
        return {"case": case_id.bytes, "late": True}
    verdict, sanction = key.removeprefix("appeal|").split("|")
    told = {"case": case_id.bytes, "verdict": verdict, "sanction": sanction}
    return told | ({"appeal": True} if key.startswith("appeal|") else {})

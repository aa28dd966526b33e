"""Overrides under review: what a reviewer is shown of a case, and how it is judged; all logged.

A reviewer sees who broke the glass, when, why and how much was looked at; nothing of the record,
and not whose it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from openhealthcode import audit
from openhealthcode.audit import reading as log
from openhealthcode.consent import emergency
from openhealthcode.consent.emergency import CaseState, Judgement, OverrideCase, Reviewer
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.standards.ids import ConsentId, ResidentId
from openhealthcode.trust import Keys

_LINES: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminedOverride:
    """One case as a reviewer reads it."""

    case: OverrideCase
    state: CaseState
    at: datetime
    triage_level: int
    reason: str = field(repr=False)
    looks: int
    """How often the author opened the record under this override."""
    entries: int
    """How many different entries were shown."""


async def examine_override(
    pool: Pool, keys: Keys, resident_id: ResidentId, consent_id: ConsentId, reviewer: Reviewer
) -> ExaminedOverride:
    """Show a case to somebody who may judge it; the resident's log says so.

    Raises:
        NotFound: no such case, or none of this reviewer's.
        NotToReview: it is settled, or this reviewer has judged it or is its author.
    """
    async with transaction(pool, resident=resident_id) as connection:
        case, why, at = await emergency.case_for(
            connection, keys, resident_id, consent_id, reviewer
        )
        looks, entries = await _used(connection, keys, case)
        agent = audit.Agent(
            audit.AgentKind.PRACTITIONER, reviewer.practitioner_id, reviewer.institution_id
        )
        event = audit.Event(
            action=audit.Action.OVERRIDE_EXAMINE,
            agent=agent,
            detail={"override": consent_id.bytes},
        )
        await audit.append(connection, keys, resident_id, event)
    return ExaminedOverride(
        case=case,
        state=emergency.state_of(case, at),
        at=at,
        triage_level=why.triage_level,
        reason=why.reason,
        looks=looks,
        entries=entries,
    )


async def judge_override(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    consent_id: ConsentId,
    *,
    reviewer: Reviewer,
    judgement: Judgement,
    reason: str,
) -> None:
    """Confirm an override or object to it, with a reason the resident reads.

    Raises:
        InvalidInput: no reason in words.
        NotFound, NotToReview: as for ``examine_override``.
    """
    async with transaction(pool, resident=resident_id) as connection:
        await emergency.judge_override(
            connection,
            keys,
            resident_id,
            consent_id,
            reviewer=reviewer,
            judgement=judgement,
            reason=reason,
        )


async def _used(connection: Connection, keys: Keys, case: OverrideCase) -> tuple[int, int]:
    lines = await log.lines(connection, keys, case.resident_id, before=None, limit=_LINES)
    looks = [
        line
        for line in lines
        if line.action == audit.Action.RECORD_DISCLOSE
        and case.consent_id.bytes in line.detail.get("consents", ())
    ]
    shown = {item[0] for line in looks for item in line.detail.get("items", ())}
    return len(looks), len(shown)

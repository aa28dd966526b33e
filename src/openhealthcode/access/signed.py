"""Signed codes at a clinic: told whose it is at once, or when a desk without network hands them in.

As with the code on the phone's first page, showing one identifies; what more it opens, the resident
decides, on the phone or by what they chose ahead (``showing``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from openhealthcode import audit, healthcode, representation
from openhealthcode.access.model import Visit
from openhealthcode.access.showing import open_by_showing
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.healthcode import Presentation, Scan, ShownCode
from openhealthcode.identity import reading as identity
from openhealthcode.standards import InvalidInput
from openhealthcode.trust import Keys, TrustList

_AHEAD: Final = timedelta(minutes=5)
"""How far the clock of a desk without network may be ahead."""
_LONGEST: Final = timedelta(days=healthcode.LONGEST_OFFLINE_DAYS)


class HandedIn(StrEnum):
    """What became of a scan that was handed in later."""

    IDENTIFIED = "identified"
    REVOKED = "revoked"
    """It had been taken back when it was accepted: its resident hears of it, nobody is named."""
    APPROVAL_NEEDED = "approval-needed"
    """A child, and the practitioner has no approval: noted, nobody is named."""


@dataclass(frozen=True, slots=True)
class HandedInScan:
    """The answer to a desk.

    Args:
        is_doubled: the code was accepted somewhere else too; was it this person?
        visit: who it was, if the desk may hear it.
    """

    state: HandedIn
    is_doubled: bool
    visit: Visit | None


async def identify_signed(
    pool: Pool,
    keys: Keys,
    code: str,
    trusted: TrustList,
    scan: Scan,
    *,
    challenges: Sequence[bytes] = (),
) -> Visit:
    """Redeem a signed code and say who showed it: name, sex, birth date; nothing more.

    Args:
        trusted: the list in force.
        scan: who scans, where, what for.
        challenges: of the codes this counter showed of late.

    Raises:
        as ``healthcode.examine`` and ``healthcode.spend_signed`` say.
        ApprovalNeeded: a child under 14, and this institution approves who sees children's records.
    """
    now = datetime.now(UTC)
    shown = await healthcode.examine(pool, keys, code, trusted, now, challenges=challenges)
    async with transaction(pool, resident=shown.resident_id) as connection:
        presented = await healthcode.spend_signed(connection, keys, shown, scan, now)
        visit = await identified(connection, keys, presented)
    opened = await open_by_showing(pool, keys, presented)
    return replace(visit, is_open=opened is not None)


async def hand_in(
    pool: Pool, keys: Keys, code: str, accepted_at: datetime, trusted: TrustList, scan: Scan
) -> HandedInScan:
    """Take what a desk without network accepted, say whose it was, and log it for its resident.

    The digits, which the phone signed, stay in the resident's log as evidence. A desk whose answer was
    lost on its way is told again, and that is logged again.

    Raises:
        InvalidInput: accepted in the future, or longer ago than is taken.
        as ``healthcode.examine_evidence`` says.
    """
    now = datetime.now(UTC)
    if not now - _LONGEST <= accepted_at <= now + _AHEAD:
        raise InvalidInput("accepted at another time than can be handed in now")
    shown = await healthcode.examine_evidence(pool, keys, code, trusted, accepted_at)
    async with transaction(pool, resident=shown.resident_id) as connection:
        taken = await healthcode.take_evidence(connection, keys, shown, scan, accepted_at, now)
        detail: dict[str, object] = {
            "accepted": int(accepted_at.timestamp()),
            "evidence": shown.verified.evidence,
            **({"doubled": True} if taken.is_doubled else {}),
            **({} if taken.is_new else {"again": True}),
        }
        if taken.presentation is None:
            await _log_refusal(connection, keys, shown, scan, detail)
            return HandedInScan(HandedIn.REVOKED, taken.is_doubled, None)
        try:
            visit = await identified(connection, keys, taken.presentation, detail)
        except representation.ApprovalNeeded:
            await _log(connection, keys, taken.presentation, detail)
            return HandedInScan(HandedIn.APPROVAL_NEEDED, taken.is_doubled, None)
    return HandedInScan(HandedIn.IDENTIFIED, taken.is_doubled, visit)


async def identified(
    connection: Connection,
    keys: Keys,
    presented: Presentation,
    detail: dict[str, object] | None = None,
) -> Visit:
    """Say who made a presentation, in its transaction, and log that it was said."""
    who = await identity.demographics(connection, keys, presented.resident_id)
    approval = await representation.approval_for(
        connection,
        who.birth_date,
        presented.presented_at,
        presented.institution_id,
        presented.practitioner_id,
    )
    more = {"approval": approval.bytes} if approval else {}
    await _log(connection, keys, presented, {**(detail or {}), **more})
    return Visit(presented.resident_id, presented.presentation_id, who)


async def _log(
    connection: Connection, keys: Keys, presented: Presentation, detail: dict[str, object]
) -> None:
    event = audit.Event(
        action=audit.Action.RESIDENT_IDENTIFY,
        agent=audit.Agent(
            audit.AgentKind.PRACTITIONER, presented.practitioner_id, presented.institution_id
        ),
        purpose=presented.purpose,
        scene=presented.scene,
        detail={
            "presentation": presented.presentation_id.bytes,
            "by": presented.by.value,
            **detail,
        },
    )
    await audit.append(connection, keys, presented.resident_id, event)


async def _log_refusal(
    connection: Connection, keys: Keys, shown: ShownCode, scan: Scan, detail: dict[str, object]
) -> None:
    """The resident reads that a code they had taken back was shown somewhere."""
    event = audit.Event(
        action=audit.Action.RESIDENT_IDENTIFY,
        agent=audit.Agent(audit.AgentKind.PRACTITIONER, scan.practitioner_id, scan.institution_id),
        outcome=audit.Outcome.REFUSED,
        purpose=scan.purpose,
        scene=scan.scene,
        detail={"by": shown.by.value, **detail},
    )
    await audit.append(connection, keys, shown.resident_id, event)

"""Staff who may see records of children under 14: approved, for a time, by their institution.

An institution turns this on for itself. From then on nobody there is told anything of a child, not
even the name, without an approval in force; each time is in the child's log with the approval's id.
Emergencies by document wait for nobody.

Source: Regulation on the protection of minors online, art. 36.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from openhealthcode.database import Connection, Pool, load_queries
from openhealthcode.representation.model import RepresentationUnsuitable
from openhealthcode.representation.rules import CONSENTS_ALONE_AT, age_on
from openhealthcode.standards import Forbidden, NotFound, day_of
from openhealthcode.standards.ids import InstitutionId, PractitionerId

_QUERIES: Final = load_queries("openhealthcode.representation")
LONGEST_APPROVAL_DAYS: Final = 366
LONGEST_REASON: Final = 200


class ApprovalNeeded(Forbidden):
    """Your institution has not approved that you see records of children under 14."""

    code = "approval-needed"


@dataclass(frozen=True, slots=True)
class Approver:
    """Whoever answers at an institution for what its staff sees."""

    practitioner_id: PractitionerId
    institution_id: InstitutionId


@dataclass(frozen=True, slots=True)
class Approval:
    """One member of staff, or a system of the institution, approved by another, and why."""

    approval_id: UUID
    practitioner_id: UUID
    """Or the system's id."""
    approved_by: PractitionerId
    reason: str = field(repr=False)
    approved_at: datetime
    end_at: datetime


async def approvals(pool: Pool, institution_id: InstitutionId) -> tuple[bool, list[Approval]]:
    """Whether an institution asks for approvals, and those in force, the latest first."""
    is_required = await pool.fetchval(_QUERIES["approval_rule"], institution_id)
    rows = await pool.fetch(_QUERIES["approvals"], institution_id)
    return bool(is_required), [Approval(**row) for row in rows]


async def asks_for_approval(pool: Pool, institution_id: InstitutionId) -> bool:
    """Whether an institution lets its staff and systems see children's records on approval only."""
    return bool(await pool.fetchval(_QUERIES["approval_rule"], institution_id))


async def require_approvals(pool: Pool, approver: Approver, *, is_required: bool) -> None:
    """Ask for approvals from now on, or no longer; what was decided before stays on record."""
    await pool.execute(
        _QUERIES["set_approval_rule"],
        approver.institution_id,
        is_required,
        approver.practitioner_id,
    )


async def approve(
    pool: Pool, approver: Approver, practitioner_id: UUID, *, days: int, reason: str
) -> UUID:
    """Approve a member or a system of the approver's own institution; whoever calls has seen which.

    Raises:
        RepresentationUnsuitable: nobody approves themselves, without a reason or without an end.
    """
    is_possible = 0 < days <= LONGEST_APPROVAL_DAYS and 0 < len(reason) <= LONGEST_REASON
    if practitioner_id == approver.practitioner_id or not is_possible:
        raise RepresentationUnsuitable
    approval_id = uuid4()
    await pool.execute(
        _QUERIES["add_approval"],
        approver.institution_id,
        approval_id,
        practitioner_id,
        approver.practitioner_id,
        reason,
        days,
    )
    return approval_id


async def end_approval(pool: Pool, approver: Approver, approval_id: UUID) -> None:
    """Take an approval back.

    Raises:
        NotFound: none of this institution's, or over.
    """
    ended = await pool.fetchval(
        _QUERIES["end_approval"],
        approver.institution_id,
        approval_id,
        approver.practitioner_id,
    )
    if ended is None:
        raise NotFound


async def approval_for(
    connection: Connection,
    born: date | None,
    at: datetime,
    institution_id: InstitutionId,
    practitioner_id: UUID,
) -> UUID | None:
    """The approval under which somebody sees this person; ``None``: none is needed.

    Raises:
        ApprovalNeeded: of a child under 14, where the institution asks for one.
    """
    if born is None or age_on(born, day_of(at)) >= CONSENTS_ALONE_AT:
        return None
    if not await connection.fetchval(_QUERIES["approval_rule"], institution_id):
        return None
    found: UUID | None = await connection.fetchval(
        _QUERIES["approval_of"], institution_id, practitioner_id
    )
    if found is None:
        raise ApprovalNeeded
    return found

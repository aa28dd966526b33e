"""Who is let in to a look at all: to a child's record where approvals are asked for, and how often.

Asked at every look and not only at the scan: a consent given ahead of visits, or a system that reads
by itself, needs the approval as well. Emergencies wait for nobody.
"""

from __future__ import annotations

from datetime import datetime
from time import monotonic
from typing import Final, NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary

from openhealthcode import audit, representation
from openhealthcode.access import budgets
from openhealthcode.access.budgets import Reader, ReaderKind
from openhealthcode.consent import AccessRequest, Decision
from openhealthcode.database import Pool, transaction
from openhealthcode.identity import reading as identity
from openhealthcode.representation import ApprovalNeeded
from openhealthcode.standards import PurposeOfUse
from openhealthcode.standards.ids import InstitutionId, ResidentId
from openhealthcode.trust import Keys

LONGEST_STALENESS_SECONDS: Final = 5.0
"""After so long at the latest an institution's rule holds in every process."""


class Admission(NamedTuple):
    """Under which approval somebody sees this resident, or that they lack the one it takes.

    ``lease`` is what their reading of this resident today is taken from.
    """

    approval_id: UUID | None = None
    is_missing: bool = False
    lease: budgets.Lease | None = None

    def weighed(self, decision: Decision, request: AccessRequest) -> Decision:
        """The decision as it stands, or nothing where an approval is missing."""
        return Decision(()) if self.withholds(request) else decision

    def withholds(self, request: AccessRequest) -> bool:
        """Whether an approval is missing for this request."""
        return self.is_missing and request.purpose is not PurposeOfUse.EMERGENCY

    def is_held(self, at: datetime) -> bool:
        """Whether a look needs to take nothing more from the day's reading."""
        return self.lease is None or self.lease.is_held(at)

    def taken(self, decision: Decision, request: AccessRequest) -> None:
        """Take a look that shows something from the day's reading.

        Raises:
            LeaseNeeded: it has to be reserved first.
        """
        if self.lease is not None:
            self.lease.take(decision, request)

    def told(self) -> dict[str, object]:
        """What the event says of it."""
        return {"approval": self.approval_id.bytes} if self.approval_id else {}


NOT_ASKED: Final = Admission()


async def admission(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    institution_id: InstitutionId,
    actor_id: UUID,
    kind: ReaderKind = ReaderKind.SYSTEM,
) -> Admission:
    """What a practitioner or a system is admitted to; costs nothing where no approval is asked for.

    Raises:
        NotFound: there is no such resident.
    """
    lease = budgets.lease(pool, Reader(kind, actor_id, institution_id), resident_id)
    if not await _is_asked_for(pool, institution_id):
        return Admission(lease=lease)
    async with transaction(pool, resident=resident_id) as connection:
        _, at = await audit.chain(connection, resident_id)
        who = await identity.demographics(connection, keys, resident_id)
        try:
            return Admission(
                await representation.approval_for(
                    connection, who.birth_date, at, institution_id, actor_id
                ),
                lease=lease,
            )
        except ApprovalNeeded:
            return Admission(is_missing=True)


_rules: WeakKeyDictionary[Pool, dict[InstitutionId, tuple[float, bool]]] = WeakKeyDictionary()


async def _is_asked_for(pool: Pool, institution_id: InstitutionId) -> bool:
    """Whether an institution asks for approvals, as read some seconds ago at the most."""
    rules = _rules.setdefault(pool, {})
    stale_at, is_required = rules.get(institution_id, (0.0, False))
    if stale_at > monotonic():
        return is_required
    is_required = await representation.asks_for_approval(pool, institution_id)
    rules[institution_id] = (monotonic() + LONGEST_STALENESS_SECONDS, is_required)
    return is_required

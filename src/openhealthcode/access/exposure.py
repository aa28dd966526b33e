"""How much is held about a resident, and how much of it others could see now.

A figure to bring down: it falls with every consent that is taken back. Nothing is opened for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from openhealthcode import consent
from openhealthcode.access import looking
from openhealthcode.access.acting import acting_now, seen_through
from openhealthcode.access.disclose import EVERYTHING
from openhealthcode.access.looking import Look
from openhealthcode.consent import AccessRequest, Provision, Rule
from openhealthcode.database import Pool, transaction
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys, Labels


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is held, and what stands open.

    Args:
        entries: how many are held.
        institutions: how many filed them.
        permissions: consents and overrides in force.
        open_entries: how many entries at least one of those lets somebody see, whoever filed them.
    """

    entries: int
    institutions: int
    permissions: int
    open_entries: int


async def exposure(pool: Pool, keys: Keys, resident_id: ResidentId) -> Exposure:
    """Count what is held and what stands open at this moment.

    Raises:
        NotFound: there is no such resident.
    """
    resident_keys = keys.of(resident_id)
    seen = await looking.look(pool, keys, resident_id, EVERYTHING)
    if acting_now(resident_id) is not None:
        async with transaction(pool, resident=resident_id) as connection:
            through = await seen_through(connection, keys, resident_id)
        seen = replace(seen, rows=through(seen.rows))
    permits = [
        one
        for one in seen.provisions
        if one.rule is Rule.PERMIT and one.start_at <= seen.at < one.end_at
    ]
    shown: set[UUID] = set()
    for permit in permits:
        shown |= _opened(seen, permit, resident_keys.labels)
    return Exposure(
        entries=len(seen.rows),
        institutions=len({row["institution_id"] for row in seen.rows}),
        permissions=len({permit.consent_id for permit in permits}),
        open_entries=len(shown),
    )


def _opened(seen: Look, permit: Provision, labels: Labels) -> set[UUID]:
    """What the recipient a permission names could see, all that was said being weighed."""
    request = AccessRequest(
        institution_id=permit.institution_id,
        practitioner_id=permit.practitioner_id,
        purpose=permit.purpose,
        at=seen.at,
        department=permit.department,
        institution_kind=permit.institution_kind,
        scene=min(permit.scenes) if permit.scenes else None,
    )
    decision = consent.decide(request, seen.provisions)
    return {row["entry_id"] for row in looking.permitted(seen.rows, decision, labels)}

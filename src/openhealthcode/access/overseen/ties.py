"""Which of the staff are which residents: the personnel list, without which nobody is a relative.

Kept as the resident's own row and told to nobody: supervision learns of an access that it is one's
own record or a relative's, and not whose.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from openhealthcode import audit, identity, registry
from openhealthcode.audit import REGION, Action
from openhealthcode.database import Pool, load_queries, transaction
from openhealthcode.standards import Certificate, NotFound
from openhealthcode.standards.ids import PractitionerId
from openhealthcode.trust import Keys

_QUERIES: Final = load_queries("openhealthcode.access.overseen")


async def tie_staff(
    pool: Pool, keys: Keys, practitioner_id: PractitionerId, certificate: Certificate
) -> bool:
    """Note that a practitioner is the resident of this certificate; that resident's log says so.

    Returns:
        whether it was not known before.

    Raises:
        NotFound: there is no such practitioner, or the certificate is nobody's here.
    """
    await registry.practitioner(pool, practitioner_id)
    resident_id = await identity.find(pool, keys, certificate)
    if resident_id is None:
        raise NotFound
    async with transaction(pool, resident=resident_id) as connection:
        is_new = await connection.fetchval(
            _QUERIES["tie_staff"], resident_id, practitioner_id, datetime.now(UTC)
        )
        if not is_new:
            return False
        event = audit.Event(
            action=Action.STAFF_TIE,
            agent=audit.Agent(audit.AgentKind.PLATFORM, REGION),
            detail={"practitioner": practitioner_id.bytes},
        )
        await audit.append(connection, keys, resident_id, event)
    return True

"""At a counter: the clerk compares the card in hand with the one who is to be bound to a phone."""

from __future__ import annotations

from dataclasses import dataclass, field

from openhealthcode import audit
from openhealthcode.database import Pool, transaction
from openhealthcode.identity import reading as identity
from openhealthcode.standards.ids import InstitutionId, PractitionerId, ResidentId
from openhealthcode.trust import Keys


@dataclass(frozen=True, slots=True)
class CounterIdentity:
    """As little as a comparison needs: a masked name and masked certificate numbers."""

    masked_name: str = field(repr=False)
    masked_certificates: tuple[str, ...] = field(repr=False)


async def counter_identity(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    *,
    clerk_id: PractitionerId,
    institution_id: InstitutionId,
) -> CounterIdentity:
    """Whom a binding number stands for, masked, for the clerk it was told to; logged.

    Raises:
        NotFound: there is no such resident.
    """
    async with transaction(pool, resident=resident_id) as connection:
        who = await identity.demographics(connection, keys, resident_id)
        await audit.append(
            connection,
            keys,
            resident_id,
            audit.Event(
                action=audit.Action.RESIDENT_IDENTIFY,
                agent=audit.Agent(audit.AgentKind.PRACTITIONER, clerk_id, institution_id),
                detail={"counter": True},
            ),
        )
    return CounterIdentity(
        who.masked_name, tuple(certificate.masked for certificate in who.certificates)
    )

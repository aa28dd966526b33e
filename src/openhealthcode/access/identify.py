"""A scan: redeem the shown code, and tell who showed it.

Showing the code identifies; what more it opens, the resident decides on the phone.
"""

from __future__ import annotations

from datetime import UTC, datetime

from openhealthcode import audit, healthcode, representation
from openhealthcode.access.model import Visit
from openhealthcode.database import Pool, transaction
from openhealthcode.identity import reading as identity
from openhealthcode.standards import NotFound, PurposeOfUse, Scene
from openhealthcode.standards.ids import (
    InstitutionId,
    PractitionerId,
    PresentationId,
    ResidentId,
    TerminalId,
)
from openhealthcode.trust import Keys


async def identify(
    pool: Pool,
    keys: Keys,
    code: str,
    *,
    practitioner_id: PractitionerId,
    institution_id: InstitutionId,
    terminal_id: TerminalId,
    scene: Scene,
    purpose: PurposeOfUse = PurposeOfUse.TREATMENT,
) -> Visit:
    """Spend a scanned code and say who showed it: name, sex, birth date; nothing more.

    Raises:
        UnreadableCode, ForeignCode, UntrustedCode, ExpiredCode, SpentCode, UnknownDevice: each
            with the sentence the counter needs.
        ApprovalNeeded: a child under 14, and this institution approves who sees children's records.
    """
    now = datetime.now(UTC)
    opened = healthcode.open(keys, code, now)
    resident_id = await healthcode.shown_by(pool, opened)
    async with transaction(pool, resident=resident_id, lookup=(opened.mark,)) as connection:
        presented = await healthcode.spend(
            connection,
            opened,
            resident_id=resident_id,
            practitioner_id=practitioner_id,
            institution_id=institution_id,
            terminal_id=terminal_id,
            purpose=purpose,
            scene=scene,
            now=now,
        )
        who = await identity.demographics(connection, keys, resident_id)
        approval = await representation.approval_for(
            connection, who.birth_date, now, institution_id, practitioner_id
        )
        await audit.append(
            connection,
            keys,
            resident_id,
            audit.Event(
                action=audit.Action.RESIDENT_IDENTIFY,
                agent=audit.Agent(audit.AgentKind.PRACTITIONER, practitioner_id, institution_id),
                purpose=purpose,
                scene=scene,
                detail={
                    "presentation": presented.presentation_id.bytes,
                    **({"approval": approval.bytes} if approval else {}),
                },
            ),
        )
    return Visit(resident_id, presented.presentation_id, who)


async def presented_to(
    pool: Pool,
    resident_id: ResidentId,
    presentation_id: PresentationId,
    *,
    practitioner_id: PractitionerId,
    terminal_id: TerminalId,
) -> healthcode.Presentation:
    """The presentation behind a page of the clinic, for whom and where it was made only.

    Raises:
        NotFound: made to somebody else, at another terminal, or never.
    """
    async with transaction(pool, resident=resident_id) as connection:
        presented = await healthcode.presentation(connection, resident_id, presentation_id)
    if (presented.practitioner_id, presented.terminal_id) != (practitioner_id, terminal_id):
        raise NotFound
    return presented

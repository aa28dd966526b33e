"""Redeeming: a shown code becomes a presentation to one practitioner, exactly once.

``access`` redeems as ``open``, ``shown_by`` and ``spend``, so that its log event stands in the same
transaction; ``redeem`` is the same in one call.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.healthcode import code, store
from openhealthcode.healthcode.device import shown_by
from openhealthcode.healthcode.errors import SpentCode
from openhealthcode.healthcode.model import Presentation
from openhealthcode.standards import NotFound, PurposeOfUse, Scene
from openhealthcode.standards.ids import (
    InstitutionId,
    PractitionerId,
    PresentationId,
    ResidentId,
    TerminalId,
)
from openhealthcode.trust import Keys, OpenedCode

_KEPT = timedelta(hours=1)


async def redeem(
    pool: Pool,
    keys: Keys,
    text: str,
    *,
    practitioner_id: PractitionerId,
    institution_id: InstitutionId,
    terminal_id: TerminalId,
    purpose: PurposeOfUse,
    scene: Scene,
) -> Presentation:
    """Open a scanned code, find whose phone it is, and spend it.

    Raises:
        UnreadableCode, ForeignCode, UntrustedCode, ExpiredCode: as ``open`` says.
        UnknownDevice: the phone is no longer signed in.
        SpentCode: somebody, perhaps the same scanner, was quicker.
    """
    now = datetime.now(UTC)
    opened = code.open(keys, text, now)
    resident_id = await shown_by(pool, opened)
    async with transaction(pool, resident=resident_id, lookup=(opened.mark,)) as connection:
        return await spend(
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


async def spend(  # noqa: PLR0913 - one row, all of it said by the caller
    connection: Connection,
    opened: OpenedCode,
    *,
    resident_id: ResidentId,
    practitioner_id: PractitionerId,
    institution_id: InstitutionId,
    terminal_id: TerminalId,
    purpose: PurposeOfUse,
    scene: Scene,
    now: datetime,
) -> Presentation:
    """Spend an opened code inside the caller's transaction, which binds it to who scanned it.

    Args:
        connection: in a transaction opened with ``resident=resident_id, lookup=(opened.mark,)``.

    Raises:
        SpentCode: the code was redeemed before; nothing is written.
    """
    if not await store.spend(connection, opened):
        raise SpentCode(resident_id)
    presentation = Presentation(
        resident_id=resident_id,
        presentation_id=PresentationId(uuid4()),
        practitioner_id=practitioner_id,
        institution_id=institution_id,
        terminal_id=terminal_id,
        purpose=purpose,
        scene=scene,
        presented_at=now,
    )
    await store.add_presentation(connection, presentation)
    return presentation


async def presentation(
    connection: Connection, resident_id: ResidentId, presentation_id: PresentationId
) -> Presentation:
    """The presentation a visit rests on.

    Raises:
        NotFound: this resident never made it.
    """
    found = await store.presentation(connection, resident_id, presentation_id)
    if found is None:
        raise NotFound
    return found


async def purge_spent(pool: Pool, now: datetime) -> int:
    """Forget spent codes an hour after they could last have been redeemed; answers how many."""
    async with transaction(pool, task="purging") as connection:
        return await store.purge_spent(connection, now - _KEPT)

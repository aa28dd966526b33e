"""Residents who show no code: with their card in hand, or unconscious with a document on them."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from openhealthcode.database import Connection
from openhealthcode.healthcode import store
from openhealthcode.healthcode.model import Presentation, PresentedBy
from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.standards.ids import (
    InstitutionId,
    PractitionerId,
    PresentationId,
    ResidentId,
    TerminalId,
)


async def arrive_unconscious(
    connection: Connection,
    resident_id: ResidentId,
    *,
    practitioner_id: PractitionerId,
    institution_id: InstitutionId,
    terminal_id: TerminalId,
    now: datetime,
) -> Presentation:
    """Note a presentation that rests on no code and is good for an emergency only."""
    presentation = Presentation(
        resident_id=resident_id,
        presentation_id=PresentationId(uuid4()),
        practitioner_id=practitioner_id,
        institution_id=institution_id,
        terminal_id=terminal_id,
        purpose=PurposeOfUse.EMERGENCY,
        scene=Scene.EMERGENCY,
        presented_at=now,
        by=PresentedBy.DOCUMENT,
    )
    await store.add_presentation(connection, presentation)
    return presentation


async def arrive_with_card(
    connection: Connection,
    resident_id: ResidentId,
    *,
    practitioner_id: PractitionerId,
    institution_id: InstitutionId,
    terminal_id: TerminalId,
    scene: Scene,
    now: datetime,
) -> Presentation:
    """Note a presentation that rests on a card compared with the person; it identifies only."""
    presentation = Presentation(
        resident_id=resident_id,
        presentation_id=PresentationId(uuid4()),
        practitioner_id=practitioner_id,
        institution_id=institution_id,
        terminal_id=terminal_id,
        purpose=PurposeOfUse.TREATMENT,
        scene=scene,
        presented_at=now,
        by=PresentedBy.CARD,
    )
    await store.add_presentation(connection, presentation)
    return presentation

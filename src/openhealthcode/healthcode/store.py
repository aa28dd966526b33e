"""Reads and writes the three tables of this domain; the only module that knows them."""

from __future__ import annotations

from datetime import datetime, timedelta

from openhealthcode.database import Connection, load_queries
from openhealthcode.healthcode.model import LIFETIME_SECONDS, Presentation, PresentedBy
from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.standards.ids import (
    DeviceReference,
    InstitutionId,
    PractitionerId,
    PresentationId,
    ResidentId,
    TerminalId,
)
from openhealthcode.trust import OpenedCode

_QUERIES = load_queries("openhealthcode.healthcode")


async def add_device(
    connection: Connection,
    device_reference: DeviceReference,
    resident_id: ResidentId,
    enrolled_at: datetime,
) -> None:
    await connection.execute(_QUERIES["enrol_device"], device_reference, resident_id, enrolled_at)


async def remove_device(connection: Connection, device_reference: DeviceReference) -> None:
    await connection.execute(_QUERIES["retire_device"], device_reference)


async def resident_of_device(
    connection: Connection, device_reference: DeviceReference
) -> ResidentId | None:
    resident_id = await connection.fetchval(_QUERIES["resident_of_device"], device_reference)
    return None if resident_id is None else ResidentId(resident_id)


async def hold_device(
    connection: Connection, device_reference: DeviceReference
) -> ResidentId | None:
    """Whose phone it is; until the transaction ends, it is not retired."""
    resident_id = await connection.fetchval(_QUERIES["hold_device"], device_reference)
    return None if resident_id is None else ResidentId(resident_id)


async def spend(connection: Connection, opened: OpenedCode) -> bool:
    """Note a code as used; false if it was used before."""
    expires_at = opened.issued_at + timedelta(seconds=LIFETIME_SECONDS)
    done = await connection.execute(_QUERIES["spend"], opened.mark, expires_at)
    return done == "INSERT 0 1"


async def add_presentation(connection: Connection, presentation: Presentation) -> None:
    await connection.execute(
        _QUERIES["add_presentation"],
        presentation.resident_id,
        presentation.presentation_id,
        presentation.practitioner_id,
        presentation.institution_id,
        presentation.terminal_id,
        presentation.purpose,
        presentation.scene,
        presentation.presented_at,
        presentation.by,
    )


async def presentation(
    connection: Connection, resident_id: ResidentId, presentation_id: PresentationId
) -> Presentation | None:
    row = await connection.fetchrow(_QUERIES["presentation"], resident_id, presentation_id)
    if row is None:
        return None
    return Presentation(
        resident_id=resident_id,
        presentation_id=presentation_id,
        practitioner_id=PractitionerId(row["practitioner_id"]),
        institution_id=InstitutionId(row["institution_id"]),
        terminal_id=TerminalId(row["terminal_id"]),
        purpose=PurposeOfUse(row["purpose"]),
        scene=Scene(row["scene"]),
        presented_at=row["presented_at"],
        by=PresentedBy(row["presented_by"]),
    )


async def was_presented_to(
    connection: Connection,
    resident_id: ResidentId,
    practitioner_id: PractitionerId,
    since: datetime,
) -> bool:
    """Whether the resident was known to this practitioner by some code or card since a moment."""
    found = await connection.fetchval(
        _QUERIES["was_presented_to"], resident_id, practitioner_id, since
    )
    return bool(found)


async def purge_spent(connection: Connection, before: datetime) -> int:
    """Forget the marks of codes that expired before then; answers how many."""
    done = await connection.execute(_QUERIES["purge_spent"], before)
    return int(done.removeprefix("DELETE "))

"""Which phone a code comes from: a random reference that lives as long as the phone is signed in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from secrets import token_bytes

from openhealthcode.database import Connection, Pool, look_up, transaction
from openhealthcode.healthcode import store
from openhealthcode.healthcode.errors import UnknownDevice
from openhealthcode.healthcode.signed.store import revoke_codes_of_devices
from openhealthcode.standards.ids import DeviceReference, ResidentId
from openhealthcode.trust import OpenedCode


def new_device_reference() -> DeviceReference:
    """Eight random bytes that name a phone and say nothing about it."""
    return DeviceReference(token_bytes(8))


async def enrol_device(
    pool: Pool, device_reference: DeviceReference, resident_id: ResidentId, now: datetime
) -> None:
    """Let a phone that has just signed in show codes for this resident."""
    async with transaction(pool, lookup=(device_reference,)) as connection:
        await store.add_device(connection, device_reference, resident_id, now)


async def retire_device(pool: Pool, device_reference: DeviceReference) -> None:
    """Make every code of a phone worthless from the next scan on; unknown phones are no error."""
    async with transaction(pool) as connection:
        await retire_devices(connection, [device_reference])


async def retire_devices(
    connection: Connection, device_references: Collection[DeviceReference]
) -> None:
    """As ``retire_device`` for several, in the caller's transaction, whose look-ups are replaced.

    Their offline certificates are revoked with them: a desk without network learns of it with the
    next list.
    """
    if not device_references:
        return
    await look_up(connection, device_references)
    for device_reference in device_references:
        await store.remove_device(connection, device_reference)
    await revoke_codes_of_devices(connection, device_references, datetime.now(UTC))


async def shown_by(pool: Pool, opened: OpenedCode) -> ResidentId:
    """Whose phone showed an opened code.

    Raises:
        UnknownDevice: that phone has signed out, or was reported lost, since.
    """
    device_reference = DeviceReference(opened.device_reference)
    async with transaction(pool, lookup=(device_reference,)) as connection:
        resident_id = await store.resident_of_device(connection, device_reference)
    if resident_id is None:
        raise UnknownDevice
    return resident_id

"""A phone fetches certificates for the days without network; who fetched how many is in the log.

Nothing of the record leaves with them. What a certificate may be used for follows from what the
resident chose for emergencies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from openhealthcode import audit
from openhealthcode.consent import EmergencyScope, emergency
from openhealthcode.database import Pool, look_up, transaction
from openhealthcode.healthcode import CodeType, signed
from openhealthcode.healthcode.signed import Capability
from openhealthcode.standards import PurposeOfUse
from openhealthcode.standards.ids import DeviceReference, ResidentId
from openhealthcode.trust import Keys

_OFFLINE: Final = CodeType.OFFLINE


@dataclass(frozen=True, slots=True)
class CodesHeld:
    """What the region gave a resident's phones and did not take back.

    Args:
        here: how many of them on this phone; some may have been shown since.
        elsewhere: how many on the resident's other phones.
        until: when the last of this phone lapses.
    """

    here: int
    elsewhere: int
    until: datetime | None


async def fetch_offline_codes(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    device_reference: DeviceReference,
    device_keys: Sequence[bytes],
    now: datetime,
) -> list[bytes]:
    """Certify keys that a signed-in phone has made; logged.

    Raises:
        UnknownDevice, InvalidInput, TooManyAttempts, NoCodeIssuer: as ``signed.issue_certificates``.
    """
    event = audit.Event(
        action=audit.Action.CODE_CERTIFY,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={"count": len(device_keys)},
    )
    async with transaction(pool, resident=resident_id) as connection:
        await audit.append(connection, keys, resident_id, event)
        chosen = await emergency.choice_of(connection, keys, resident_id)
        return await signed.issue_certificates(
            connection,
            keys,
            (resident_id, device_reference),
            device_keys,
            _capabilities(chosen.scope),
            now,
        )


async def offline_codes_held(
    pool: Pool, resident_id: ResidentId, device_reference: DeviceReference, now: datetime
) -> CodesHeld:
    """How many certificates a resident's phones were given that still count."""
    async with transaction(pool, resident=resident_id) as connection:
        issued = await signed.codes_of(connection, resident_id, _OFFLINE, now)
    live = [one for one in issued if one.revoked_at is None and one.redeemed_at is None]
    here = [one.until for one in live if one.device_reference == device_reference]
    return CodesHeld(len(here), len(live) - len(here), max(here, default=None))


async def revoke_offline_codes(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    device_reference: DeviceReference,
    now: datetime,
) -> int:
    """Take back what a phone was given, at its resident's wish; logged; how many."""
    event = audit.Event(
        action=audit.Action.CODE_TAKE_BACK,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
    )
    async with transaction(pool, resident=resident_id) as connection:
        await audit.append(connection, keys, resident_id, event)
        await look_up(connection, [device_reference])
        return await signed.revoke_codes_of_devices(connection, [device_reference], now)


def _capabilities(scope: EmergencyScope) -> Capability:
    if scope is EmergencyScope.NOTHING:
        return Capability.IDENTIFY
    return Capability.IDENTIFY | Capability.EMERGENCY_SUMMARY

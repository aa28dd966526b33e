"""The region gives a phone one-time certificates for keys the phone made, ahead of need.

Each is for one key, shown once. What ties a phone's certificates together is known here alone: in
what it is given, handles and indices are random and the day is that of every phone in the region.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final

from openhealthcode.database import Connection, look_up
from openhealthcode.healthcode import store as devices
from openhealthcode.healthcode.digits import CodeType
from openhealthcode.healthcode.errors import UnknownDevice
from openhealthcode.healthcode.signed import offline, store
from openhealthcode.healthcode.signed.layout import HANDLE_BYTES
from openhealthcode.healthcode.signed.offline import Capability
from openhealthcode.healthcode.signed.store import IssuedCode
from openhealthcode.standards import InvalidInput, TooManyAttempts
from openhealthcode.standards.ids import DeviceReference, ResidentId
from openhealthcode.trust import Keys, NoCodeIssuer, SignatureSuite, UntrustedSignature, verifier_of

MOST_AT_ONCE: Final = 24
MOST_A_DAY: Final = 60
"""For one phone: three times what it keeps."""
LONGEST_HOURS: Final = 240

_A_DAY: Final = timedelta(days=1)


async def issue_certificates(
    connection: Connection,
    keys: Keys,
    holder: tuple[ResidentId, DeviceReference],
    device_keys: Sequence[bytes],
    capabilities: Capability,
    now: datetime,
) -> list[bytes]:
    """Certify a phone's keys, in the resident's transaction, whose look-ups are replaced.

    A phone that is signing out at this moment either gets nothing, or what it gets is revoked.

    Args:
        holder: whose phone, and its reference.
        device_keys: compressed points of P-256.
        capabilities: what the certificates may be used for.

    Returns:
        131 bytes for each key, in their order.

    Raises:
        UnknownDevice: the phone has signed out.
        InvalidInput: what was sent are no keys, or more than a phone asks for at once.
        TooManyAttempts: more than a phone uses in a day.
        NoCodeIssuer: the region has no key that signs codes today.
    """
    _check_keys(device_keys)
    issuer = keys.code_issuer(now)
    not_before = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    hours = min(LONGEST_HOURS, (issuer.believed_until - not_before) // timedelta(hours=1))
    until = not_before + timedelta(hours=hours)
    if until <= now:
        raise NoCodeIssuer
    await _hold(connection, holder, len(device_keys), now)
    resident_id, device = holder
    indexes = await store.draw_indexes(connection, issuer.key_id, len(device_keys), until)
    handles = [secrets.token_bytes(HANDLE_BYTES) for _ in indexes]
    codes = [
        IssuedCode(CodeType.OFFLINE, handle, resident_id, until, issuer.key_id, index, device)
        for handle, index in zip(handles, indexes, strict=True)
    ]
    await store.record_codes(connection, keys, codes, now)
    return [
        offline.certify(
            issuer.signer,
            region=issuer.region,
            handle=handle,
            index=index,
            not_before=not_before,
            lifetime_hours=hours,
            capabilities=capabilities,
            device_key=device_key,
        )
        for handle, index, device_key in zip(handles, indexes, device_keys, strict=True)
    ]


async def _hold(
    connection: Connection,
    holder: tuple[ResidentId, DeviceReference],
    wanted: int,
    now: datetime,
) -> None:
    """Keep the phone from signing out until this is committed.

    Raises:
        UnknownDevice: it has signed out.
        TooManyAttempts: more than a phone uses in a day.
    """
    resident_id, device = holder
    await look_up(connection, [device])
    if await devices.hold_device(connection, device) != resident_id:
        raise UnknownDevice
    if await store.issued_to_device(connection, device, now - _A_DAY) + wanted > MOST_A_DAY:
        raise TooManyAttempts


def _check_keys(device_keys: Sequence[bytes]) -> None:
    if not 0 < len(device_keys) <= MOST_AT_ONCE or len(set(device_keys)) != len(device_keys):
        raise InvalidInput("a phone sends one to twenty-four different keys at once")
    for one in device_keys:
        try:
            verifier_of(SignatureSuite.ES256, one)
        except UntrustedSignature:
            raise InvalidInput("what was sent is no key of P-256") from None

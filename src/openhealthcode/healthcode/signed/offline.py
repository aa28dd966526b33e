"""The code that works without network (type B): an issuer's certificate, used once, and a signature.

The phone keeps some twenty certificates, each with a key of its own that cannot be taken out of it.
To show a code it signs the moment with the key of one and never uses that one again. 203 bytes,
big-endian, the certificate first:

    1  version 1 and type 2      1  suite of the issuer        3  region, GB/T 2260
    4  issuer's key id          16  one-time handle            4  index of status
    3  not before: hours since 2020-01-01 UTC, a multiple of 24
    1  lifetime, hours           1  capabilities              33  the phone's key, P-256
    64 issuer's signature over "OHC-B-v1" and all before it
    4  moment of showing: seconds since 2020-01-01 UTC
    1  purposes                  3  counter
    64 the phone's signature over "OHC-B-v1", all before it, and the counter's challenge if any

Nothing in it is about the person; what a handle stands for only the region knows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntFlag
from struct import Struct
from typing import Final

from openhealthcode.healthcode.digits import CodeType, encode
from openhealthcode.healthcode.errors import UnreadableCode
from openhealthcode.healthcode.signed.layout import (
    SIGNATURE_BYTES,
    Origin,
    check_origin,
    covered,
    fields_of,
    mark_of,
)
from openhealthcode.standards import InvalidInput
from openhealthcode.trust import CODE_EPOCH, CodeSigner, code_seconds, key_id

CERTIFICATE_BYTES: Final = 131
CODE_BYTES: Final = 203

_CERTIFICATE = Struct(">BB3s4s16sI3sBB33s")
_SHOWING = Struct(">IB3s")
_LONGEST_HOURS: Final = 240
_UNSIGNED: Final = CERTIFICATE_BYTES - SIGNATURE_BYTES
_SHOWN: Final = CODE_BYTES - SIGNATURE_BYTES


class Capability(IntFlag):
    """What a certificate may be used for."""

    IDENTIFY = 1
    EMERGENCY_SUMMARY = 2
    SETTLE = 4
    PAY = 8


class Purpose(IntFlag):
    """What the resident shows the code for."""

    TREAT = 1
    SETTLE = 2
    PAY = 4
    EMERGENCY = 8


@dataclass(frozen=True, slots=True)
class Certificate:
    """One of the phone's one-time certificates (一次性凭证)."""

    origin: Origin
    handle: bytes = field(repr=False)
    index: int
    not_before: datetime
    lifetime_hours: int
    capabilities: Capability
    device_key: bytes = field(repr=False)
    data: bytes = field(repr=False)
    """All 131 bytes, as signed."""

    @property
    def not_after(self) -> datetime:
        """The first moment at which it is worth nothing."""
        return self.not_before + timedelta(hours=self.lifetime_hours)


@dataclass(frozen=True, slots=True)
class OfflineCode:
    """A certificate shown at a moment; not yet believed."""

    certificate: Certificate
    shown_at: datetime
    purposes: Purpose
    counter: int
    data: bytes = field(repr=False)

    @property
    def signature(self) -> bytes:
        """The phone's."""
        return self.data[_SHOWN:]

    def signed(self, challenge: bytes) -> bytes:
        """What the phone signed; ``challenge`` is empty unless the counter gave one."""
        return covered(CodeType.OFFLINE, self.data[:_SHOWN] + challenge)


def certify(
    issuer: CodeSigner,
    *,
    region: int,
    handle: bytes,
    index: int,
    not_before: datetime,
    lifetime_hours: int,
    capabilities: Capability,
    device_key: bytes,
) -> bytes:
    """The 131 bytes a phone is given for one of its keys.

    Args:
        issuer: the region's key.
        region: division code of GB/T 2260, as a number.
        handle: sixteen random bytes, never used before.
        index: random, from 2^20 on.
        not_before: midnight UTC, so that a day's certificates cannot be told apart by it.
        lifetime_hours: up to ten days.
        capabilities: what it may be used for.
        device_key: compressed point.

    Raises:
        InvalidInput: a field that the format does not hold.
    """
    hours, rest = divmod(code_seconds(not_before), 3600)
    if rest or hours % 24 or not 0 < lifetime_hours <= _LONGEST_HOURS:
        raise InvalidInput("a certificate begins at midnight UTC and lasts up to ten days")
    fields = _CERTIFICATE.pack(
        mark_of(CodeType.OFFLINE),
        issuer.suite,
        region.to_bytes(3),
        key_id(issuer.public_key),
        handle,
        index,
        hours.to_bytes(3),
        lifetime_hours,
        capabilities,
        device_key,
    )
    return fields + issuer.sign(covered(CodeType.OFFLINE, fields))


def show(
    device: CodeSigner,
    certificate: bytes,
    now: datetime,
    purposes: Purpose,
    *,
    counter: int = 0,
    challenge: bytes = b"",
) -> str:
    """What the phone does to show a code; here for tests and for clients in Python."""
    shown = certificate + _SHOWING.pack(code_seconds(now), purposes, counter.to_bytes(3))
    signature = device.sign(covered(CodeType.OFFLINE, shown + challenge))
    return encode(CodeType.OFFLINE, shown + signature)


def read(text: str) -> OfflineCode:
    """Take a code apart; whether it is genuine and of now is for ``verify`` to say.

    Raises:
        UnreadableCode: damaged, cut off, or with a field no issuer and no phone writes.
    """
    data = fields_of(text, CodeType.OFFLINE, CODE_BYTES)
    certificate = read_certificate(data[:CERTIFICATE_BYTES])
    seconds, purposes, counter = _SHOWING.unpack_from(data, CERTIFICATE_BYTES)
    if not 0 < purposes < 16:
        raise UnreadableCode
    return OfflineCode(
        certificate, _moment(seconds), Purpose(purposes), int.from_bytes(counter), data
    )


def read_certificate(data: bytes) -> Certificate:
    """Take a certificate apart.

    Raises:
        UnreadableCode: as ``read``.
    """
    if len(data) != CERTIFICATE_BYTES:
        raise UnreadableCode
    mark, suite, region, issuer_key, handle, index, first, hours, capabilities, device_key = (
        _CERTIFICATE.unpack_from(data)
    )
    first_hour = int.from_bytes(first)
    number = int.from_bytes(region)
    check_origin(number, index)
    if (
        mark != mark_of(CodeType.OFFLINE)
        or first_hour % 24
        or not 0 < hours <= _LONGEST_HOURS
        or not 0 < capabilities < 16
        or device_key[0] not in (2, 3)
    ):
        raise UnreadableCode
    return Certificate(
        Origin(number, issuer_key, suite),
        handle,
        index,
        _moment(first_hour * 3600),
        hours,
        Capability(capabilities),
        device_key,
        data,
    )


def certified(certificate: Certificate) -> tuple[bytes, bytes]:
    """The issuer's signature, and what it is over."""
    data = certificate.data
    return data[_UNSIGNED:], covered(CodeType.OFFLINE, data[:_UNSIGNED])


def _moment(seconds: int) -> datetime:
    return CODE_EPOCH + timedelta(seconds=seconds)

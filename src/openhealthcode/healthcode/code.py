"""The code on the phone's first page (type A, online): sealed by the server, for a minute, once.

The 33 bytes inside the 85 digits, big-endian:

    2   key number; changes every day, and names region and suite
    16  synthetic initialisation vector of AES-SIV, which is also the authentication
    15  sealed: device reference 8, seconds since 2020-01-01 UTC 4, nonce 2, purpose hint 1

It says nothing to anybody but the region's own server, and drawing it writes nothing anywhere.

Source: AES-SIV RFC 5297; the digits as in ``digits``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from openhealthcode.healthcode.digits import CodeType, decode_online, encode
from openhealthcode.healthcode.errors import (
    ExpiredCode,
    ForeignCode,
    ForeignKind,
    UnreadableCode,
    UntrustedCode,
)
from openhealthcode.healthcode.model import LIFETIME_SECONDS
from openhealthcode.healthcode.router import refusal, route, tidy
from openhealthcode.standards.ids import DeviceReference
from openhealthcode.trust import CODE_EPOCH, Keys, OpenedCode, code_region, code_seconds

TEXT_DIGITS: Final = 85

_EPOCH_SECONDS: Final = CODE_EPOCH.timestamp()
_LONGEST_SCAN: Final = 4096


def issue(
    keys: Keys, device_reference: DeviceReference, now: datetime, *, purpose_hint: int = 0
) -> str:
    """Make the code that a phone shows for the next minute."""
    sealed = keys.seal_code(device_reference, code_seconds(now), purpose_hint)
    return encode(CodeType.ONLINE, sealed)


def open(keys: Keys, text: str, now: datetime) -> OpenedCode:  # noqa: A001 - what one does to a code
    """Read a scanned code without asking the database.

    White space and the full-width digits of an input method are forgiven, nothing else is.

    Raises:
        UnreadableCode: damaged, cut off, or nothing that is known here.
        ForeignCode: a code of another kind; it says which.
        UntrustedCode: not sealed here, or altered; ``ForeignCode`` if it names another region.
        ExpiredCode: genuine, but not of this minute.
    """
    digits = text if len(text) == TEXT_DIGITS and text.isascii() else _tidied(text)
    if len(digits) != TEXT_DIGITS:
        raise refusal(route(text))
    try:
        sealed = decode_online(digits)
    except UnreadableCode:
        raise refusal(route(text)) from None
    try:
        opened = keys.open_code(sealed)
    except UntrustedCode:
        if code_region(sealed) != keys.region:
            raise ForeignCode(ForeignKind.OTHER_REGION) from None
        raise
    if not 0 <= now.timestamp() - _EPOCH_SECONDS - opened.seconds < LIFETIME_SECONDS:
        raise ExpiredCode
    return opened


def _tidied(text: str) -> str:
    if len(text) > _LONGEST_SCAN:
        raise UnreadableCode
    return tidy(text)

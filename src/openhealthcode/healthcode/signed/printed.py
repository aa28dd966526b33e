"""The code on paper (type C) and the temporary one (type F): a signed pointer, never an authority.

Shown, it identifies and no more; a consent needs the PIN, a compared face, or a helper who is named.
A temporary code is for newborns, unidentified people and foreigners on the day: seven days at the
most, bound to the person later, and its handle is never used again. 96 bytes, big-endian:

    1  version 1 and type 3 or 6   1  suite of the issuer    3  region, GB/T 2260
    4  issuer's key id            16  handle                 1  version of the card
    2  last day: days since 2020-01-01                       4  index of status
    64 issuer's signature over "OHC-C-v1" or "OHC-F-v1" and all before it
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from struct import Struct
from typing import Final

from openhealthcode.healthcode.digits import CodeType, encode
from openhealthcode.healthcode.signed.layout import (
    SIGNATURE_BYTES,
    Origin,
    check_origin,
    covered,
    day_number,
    day_of,
    fields_of,
    mark_of,
)
from openhealthcode.trust import CodeSigner, key_id

CODE_BYTES: Final = 96
TEMPORARY_DAYS: Final = 7

_CARD = Struct(">BB3s4s16sBHI")
_UNSIGNED: Final = CODE_BYTES - SIGNATURE_BYTES


@dataclass(frozen=True, slots=True)
class PrintedCode:
    """What is read off a card; not yet believed."""

    kind: CodeType
    origin: Origin
    handle: bytes = field(repr=False)
    card_version: int
    last_day: date
    index: int
    data: bytes = field(repr=False)

    @property
    def signature(self) -> bytes:
        """The issuer's."""
        return self.data[_UNSIGNED:]

    @property
    def signed(self) -> bytes:
        """What the issuer signed."""
        return covered(self.kind, self.data[:_UNSIGNED])


def issue(
    issuer: CodeSigner,
    *,
    region: int,
    handle: bytes,
    card_version: int,
    last_day: date,
    index: int,
    kind: CodeType = CodeType.PRINTED,
) -> str:
    """The 238 digits to print.

    Args:
        issuer: the region's key.
        region: division code of GB/T 2260, as a number.
        handle: sixteen random bytes, never used before.
        card_version: grows with every replacement, so that an old card is told from the new one.
        last_day: the last day on which it identifies, in China.
        index: random, from 2^20 on.
        kind: ``PRINTED`` or ``TEMPORARY``.
    """
    fields = _CARD.pack(
        mark_of(kind),
        issuer.suite,
        region.to_bytes(3),
        key_id(issuer.public_key),
        handle,
        card_version,
        day_number(last_day),
        index,
    )
    return encode(kind, fields + issuer.sign(covered(kind, fields)))


def read(text: str, kind: CodeType = CodeType.PRINTED) -> PrintedCode:
    """Take a card's code apart; whether it is genuine is for ``verify`` to say.

    Raises:
        UnreadableCode: damaged, cut off, or with a field no issuer writes.
    """
    data = fields_of(text, kind, CODE_BYTES)
    _, suite, region, issuer_key, handle, version, day, index = _CARD.unpack_from(data)
    number = int.from_bytes(region)
    check_origin(number, index)
    return PrintedCode(
        kind, Origin(number, issuer_key, suite), handle, version, day_of(day), index, data
    )

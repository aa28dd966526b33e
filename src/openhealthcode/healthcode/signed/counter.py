"""The code a counter shows and the phone scans (type D); the phone answers it with one of type B.

The answer is bound to the challenge, so that nothing can be replayed or relayed: what the phone
signs for this counter is worth nothing at another. 104 bytes, big-endian:

    1  version 1 and type 4      1  suite of the issuer     3  region, GB/T 2260
    4  issuer's key id          16  institution             2  number of the counter
    8  nonce                     1  purpose                 4  shown at: seconds since 2020-01-01 UTC
    64 issuer's signature over "OHC-D-v1" and all before it

Good for sixty seconds. The challenge is the SHA-256 of all 104 bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from struct import Struct
from typing import Final
from uuid import UUID

from openhealthcode.healthcode.digits import CodeType, encode
from openhealthcode.healthcode.errors import UnreadableCode
from openhealthcode.healthcode.signed.layout import (
    HIGHEST_REGION,
    SIGNATURE_BYTES,
    Origin,
    covered,
    fields_of,
    mark_of,
)
from openhealthcode.healthcode.signed.offline import Purpose
from openhealthcode.standards.ids import InstitutionId
from openhealthcode.trust import CODE_EPOCH, CodeSigner, code_seconds, key_id, sha256

CODE_BYTES: Final = 104

_COUNTER = Struct(">BB3s4s16sH8sBI")
_UNSIGNED: Final = CODE_BYTES - SIGNATURE_BYTES


@dataclass(frozen=True, slots=True)
class CounterCode:
    """What a phone reads off a counter; not yet believed."""

    origin: Origin
    institution_id: InstitutionId
    counter: int
    purpose: Purpose
    shown_at: datetime
    data: bytes = field(repr=False)

    @property
    def challenge(self) -> bytes:
        """What the phone's answer is bound to."""
        return sha256(self.data)

    @property
    def signature(self) -> bytes:
        """The issuer's."""
        return self.data[_UNSIGNED:]

    @property
    def signed(self) -> bytes:
        """What the issuer signed."""
        return covered(CodeType.COUNTER, self.data[:_UNSIGNED])


def issue(
    issuer: CodeSigner,
    *,
    region: int,
    institution_id: InstitutionId,
    counter: int,
    nonce: bytes,
    purpose: Purpose,
    now: datetime,
) -> str:
    """The 257 digits a counter shows for a minute.

    Args:
        nonce: eight random bytes.
    """
    fields = _COUNTER.pack(
        mark_of(CodeType.COUNTER),
        issuer.suite,
        region.to_bytes(3),
        key_id(issuer.public_key),
        institution_id.bytes,
        counter,
        nonce,
        purpose,
        code_seconds(now),
    )
    return encode(CodeType.COUNTER, fields + issuer.sign(covered(CodeType.COUNTER, fields)))


def read(text: str) -> CounterCode:
    """Take a counter's code apart.

    Raises:
        UnreadableCode: damaged, cut off, or with a field no counter writes.
    """
    data = fields_of(text, CodeType.COUNTER, CODE_BYTES)
    _, suite, region, issuer_key, institution, counter, _, purpose, seconds = _COUNTER.unpack_from(
        data
    )
    number = int.from_bytes(region)
    if number > HIGHEST_REGION or purpose not in tuple(Purpose):
        raise UnreadableCode
    return CounterCode(
        Origin(number, issuer_key, suite),
        InstitutionId(UUID(bytes=institution)),
        counter,
        Purpose(purpose),
        CODE_EPOCH + timedelta(seconds=seconds),
        data,
    )

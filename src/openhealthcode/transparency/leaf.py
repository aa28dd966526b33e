"""What an event commits to, and how it follows the one before. Pure: bytes in, bytes out."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Any, Final, Protocol
from uuid import UUID

from openhealthcode.transparency.merkle import sha256

EMPTY_CHAIN: Final = bytes(32)
"""The link before a resident's first event."""

_VERSION: Final = b"OHC-event-1"
_NUMBERS = Struct(">16sQq")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_ABSENT: Final = b"\x00"
_ID: Final = b"\x10"


class Columns(Protocol):
    """A stored event, its columns by name."""

    def __getitem__(self, name: str, /) -> Any:  # noqa: ANN401 - each column has its own type
        """The value of one column."""


def canonical(
    resident_id: UUID,
    number: int,
    recorded_at: datetime,
    texts: tuple[str, str, str | None, str | None, str],
    agent_id: UUID,
    institution_id: UUID | None,
    detail: bytes,
) -> bytes:
    """The one byte string that an event is; two different events never share it.

    Layout, big-endian: ``OHC-event-1``; resident 16; number 8; microseconds since 1970 UTC 8; five
    texts (action, outcome, purpose, scene, kind of agent) and two ids (agent, institution), each
    with its length in one byte, 0 where absent; the sealed detail to the end.

    Args:
        texts: action, outcome, purpose, scene, kind of agent.
        recorded_at: aware; the database's clock.
        detail: as sealed, so that the log can be checked without reading it.
    """
    microseconds = (recorded_at - _EPOCH) // _MICROSECOND
    parts = [_VERSION, _NUMBERS.pack(resident_id.bytes, number, microseconds)]
    for text in texts:
        encoded = text.encode() if text else b""
        parts += (len(encoded).to_bytes(), encoded)
    parts += (_ID, agent_id.bytes)
    parts += (_ABSENT,) if institution_id is None else (_ID, institution_id.bytes)
    parts.append(detail)
    return b"".join(parts)


def commitment(salt: bytes, event: bytes) -> bytes:
    """What the public tree holds: SHA-256 over salt and canonical event.

    It says nothing to who does not have both; once the salt is destroyed it belongs to nobody.
    """
    return sha256(salt + event)


def is_what_it_committed_to(resident_id: UUID, row: Columns) -> bool:
    """Whether a stored event still is what was written.

    A row that no event could ever have been (an endless text, a time at infinity) is not.
    """
    texts = (row["action"], row["outcome"], row["purpose"], row["scene"], row["agent_kind"])
    try:
        event = canonical(
            resident_id,
            row["number"],
            row["recorded_at"],
            texts,
            row["agent_id"],
            row["institution_id"],
            row["detail"],
        )
    except (OverflowError, struct.error, TypeError):
        return False
    return bool(commitment(row["salt"], event) == row["commitment"])

"""Open entries that a decision has let through. Guarded: only ``access`` imports this module."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from openhealthcode.standards import RecordCategory
from openhealthcode.standards.ids import EntryId, InstitutionId
from openhealthcode.trust import KeyClass, ResidentKeys


class Entry(NamedTuple):
    """An entry that may be shown; ``body`` is its FHIR R4 JSON, complete with id and meta."""

    entry_id: EntryId
    version: int
    type: str
    day: date | None
    category: RecordCategory
    institution_id: InstitutionId
    """Who filed it."""
    filed_at: datetime
    body: bytes

    def __repr__(self) -> str:
        return f"Entry({self.entry_id}, version={self.version})"


def open_body(keys: ResidentKeys, entry_id: UUID, version: int, sealed: bytes) -> bytes:
    """Decrypt one version's body.

    Raises:
        UnreadableSeal: the body was altered, moved or rolled back in the database.
        DestroyedKey: the resident had the record destroyed.
    """
    return keys.open(KeyClass.RECORD, keys.record_place(entry_id, version), sealed)

"""Open entries that a decision has let through. Guarded: only ``access`` imports this module."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple
from uuid import UUID

from openhealthcode.record.origin import Origin, origin_aad
from openhealthcode.standards import RecordCategory
from openhealthcode.standards.ids import EntryId, InstitutionId, ResidentId
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
    body: bytes

    def __repr__(self) -> str:
        return f"Entry({self.entry_id}, version={self.version})"


def opener(keys: ResidentKeys) -> Callable[[UUID, int, bytes], bytes]:
    """What decrypts this resident's bodies, given entry, version and sealed body.

    Raises:
        UnreadableSeal: by what is returned: the body was altered, moved or rolled back.
        DestroyedKey: the resident had the record destroyed.
    """
    return keys.record_opener()


def open_origin(
    keys: ResidentKeys, resident_id: ResidentId, filed_number: int, sealed: bytes
) -> Origin:
    """Where a version comes from, given the event that filed it and its column ``origin``.

    Raises:
        UnreadableSeal, DestroyedKey: as ``opener`` says.
    """
    place = origin_aad(resident_id, filed_number)
    return Origin.unpacked(keys.open(KeyClass.RECORD, place, sealed))

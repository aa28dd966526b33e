"""Trace a found file: which files that left it comes from, and who was shown what stands in it.

Logged whatever comes of it: in the region's own log what was found, in the log of everybody who
stands in the file that it was read.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

from openhealthcode import audit
from openhealthcode.access.handing_over import HandedOver, Onlooker, handed_over, who_saw
from openhealthcode.database import Pool, transaction
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.supervision.tracing.found import Form, Found, read_found
from openhealthcode.supervision.tracing.trace import Register, Source, Traced, trace_found
from openhealthcode.supervision.tracing.whose_screen import ScreenOrigin, whose_screen
from openhealthcode.trust import Keys, UnreadableId, sha256


@dataclass(frozen=True, slots=True)
class Origin:
    """A file that left, from which the found one comes, and what says so."""

    file: HandedOver
    source: Source


@dataclass(frozen=True, slots=True)
class Investigation:
    """What is known about where a found file comes from.

    Args:
        digest: SHA-256 of the file, as the region's log has it.
        origins: surest first; none where the file does not say.
        marks: how many of the 512 marks it shows.
        weighed: how many files that left it was held against.
        entries: how many entries of residents stand in it, and of how many the log was read.
        onlookers: who was shown the most of those, first.
        screen: whose screen it is a picture of; None where it says nothing of that.
    """

    form: Form
    digest: bytes
    origins: tuple[Origin, ...]
    marks: int
    weighed: int
    entries: int
    entries_read: int
    onlookers: tuple[Onlooker, ...]
    screen: ScreenOrigin | None = None

    @property
    def is_ours(self) -> bool:
        """Whether anything in it was ever ours."""
        return bool(self.origins or self.onlookers or self.screen)


async def investigate(pool: Pool, keys: Keys, content: bytes, tracer: audit.Agent) -> Investigation:
    """Trace a found file.

    Args:
        tracer: the region's supervisor, or the operator at the machine.

    Raises:
        TooLarge: more than is looked at.
    """
    files = {one.mark_id.bytes: one for one in await handed_over(pool)}
    found, traced, entries = await asyncio.to_thread(_trace, keys, content, frozenset(files))
    is_picture = found.form is Form.PICTURE
    screen = await whose_screen(pool, keys, content) if is_picture else None
    onlookers, read = await who_saw(pool, keys, entries, tracer)
    told = Investigation(
        form=found.form,
        digest=sha256(content),
        origins=tuple(Origin(files[one.mark_id], one) for one in traced.sources),
        marks=traced.marks,
        weighed=len(files),
        entries=len(entries),
        entries_read=read,
        onlookers=tuple(onlookers),
        screen=screen,
    )
    async with transaction(pool, resident=audit.REGION) as connection:
        await audit.append_own(connection, keys, _event(told, tracer))
    return told


def _trace(
    keys: Keys, content: bytes, mark_ids: frozenset[bytes]
) -> tuple[Found, Traced, list[tuple[ResidentId, EntryId]]]:
    """All that takes long with a large file, its ids one by one too: others wait for none of it."""
    found = read_found(content, keys.marks)

    def opened(text: str) -> tuple[UUID, UUID] | None:
        try:
            return keys.open_id(text)
        except UnreadableId:
            return None

    traced = trace_found(found, Register(keys.marks, mark_ids), opened)
    return found, traced, _entries(keys, found, mark_ids)


def _entries(
    keys: Keys, found: Found, mark_ids: frozenset[bytes]
) -> list[tuple[ResidentId, EntryId]]:
    """What stands in it of residents; people who do not exist are none."""
    entries: list[tuple[ResidentId, EntryId]] = []
    for text in found.ids:
        try:
            resident_id, entry_id = keys.open_id(text)
        except UnreadableId:
            continue
        if entry_id.bytes not in mark_ids:
            entries.append((resident_id, entry_id))
    return entries


def _event(told: Investigation, tracer: audit.Agent) -> audit.Event:
    detail: dict[str, object] = {
        "digest": told.digest,
        "form": told.form.value,
        "entries": told.entries,
        "files": [one.file.mark_id.bytes for one in told.origins],
    }
    if told.screen is not None:
        detail["screen"] = told.screen.screen.account.bytes
    return audit.Event(action=audit.Action.LEAK_TRACE, agent=tracer, detail=detail)

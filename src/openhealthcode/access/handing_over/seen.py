"""Who was shown what stands in a found file, as the log has it: with or without marks.

Only the region's supervisor asks, or the operator at the machine; the log of each resident whose
entries were in the file says that it was asked, and nothing of a record is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from openhealthcode import audit
from openhealthcode.audit import reading as log
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import EntryId, InstitutionId, ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey

MOST_RESIDENTS_TRACED: Final = 100
"""Of whose logs are read for one file; more tell nothing that these do not."""
_MOST_ONLOOKERS: Final = 20
_PAGE: Final = 500
_MOST_LINES: Final = 20_000
_SHOWN: Final = frozenset(
    {audit.Action.RECORD_DISCLOSE, audit.Action.BREAK_GLASS, audit.Action.RECORD_COPY,
     audit.Action.RECORD_OWN_VIEW, audit.Action.RECORD_PREVIEW, audit.Action.LINK_OPEN}
)  # fmt: skip


@dataclass(slots=True)
class Onlooker:
    """Somebody who was shown some of it.

    Args:
        agent_id: None for residents and whoever acts for them.
        shown: how many of the entries.
        files: names of files it was handed over in.
    """

    agent_kind: audit.AgentKind
    agent_id: UUID | None
    institution_id: InstitutionId | None
    shown: int
    first_at: datetime
    latest_at: datetime
    files: frozenset[UUID]


@dataclass(slots=True)
class _Seen:
    entries: set[bytes]
    first_at: datetime
    latest_at: datetime
    files: set[UUID]


_Who = tuple[str, UUID, UUID | None]


async def who_saw(
    pool: Pool, keys: Keys, found: Iterable[tuple[ResidentId, EntryId]], tracer: audit.Agent
) -> tuple[list[Onlooker], int]:
    """Who was shown the most of some entries, first; and of how many entries the log was read.

    Args:
        found: whose entry, and which, as the ids in the file say.
        tracer: who asks; stands in each log that is read.
    """
    wanted: dict[ResidentId, set[bytes]] = {}
    for resident_id, entry_id in found:
        wanted.setdefault(resident_id, set()).add(entry_id.bytes)
    seen: dict[_Who, _Seen] = {}
    entries = 0
    for resident_id in _spread(list(wanted)):
        entries += await _read(pool, keys, resident_id, wanted[resident_id], tracer, seen)
    ranked = sorted(seen.items(), key=lambda one: (-len(one[1].entries), one[1].latest_at))
    return [_onlooker(who, one) for who, one in ranked[:_MOST_ONLOOKERS]], entries


def _spread(residents: list[ResidentId]) -> list[ResidentId]:
    """All of them, or as many as are read, from all over the file."""
    step = max(1, -(-len(residents) // MOST_RESIDENTS_TRACED))
    return residents[::step]


async def _read(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    wanted: set[bytes],
    tracer: audit.Agent,
    seen: dict[_Who, _Seen],
) -> int:
    """Add what one resident's log says; how many of the entries can be in it."""
    try:
        keys.of(resident_id)
        async with transaction(pool, resident=resident_id) as connection:
            before: int | None = None
            for _ in range(_MOST_LINES // _PAGE):
                lines = await log.lines(connection, keys, resident_id, before=before, limit=_PAGE)
                for line in lines:
                    _count(line, wanted, seen)
                if len(lines) < _PAGE:
                    break
                before = lines[-1].number
            event = audit.Event(action=audit.Action.LEAK_TRACE, agent=tracer)
            await audit.append(connection, keys, resident_id, event)
    except (NotFound, UnknownKey, DestroyedKey):
        return 0  # nobody's id, or of somebody who left
    return len(wanted)


def _count(line: log.LogLine, wanted: set[bytes], seen: dict[_Who, _Seen]) -> None:
    if line.action not in _SHOWN or line.outcome != audit.Outcome.DONE:
        return
    shown = {item[0] for item in line.detail.get("items", ())} & wanted
    if not shown:
        return
    who = (line.agent_kind, line.agent_id, line.institution_id)
    one = seen.setdefault(who, _Seen(set(), line.at, line.at, set()))
    one.entries |= shown
    one.first_at, one.latest_at = min(one.first_at, line.at), max(one.latest_at, line.at)
    name = line.detail.get("file")
    if isinstance(name, bytes):
        one.files.add(UUID(bytes=name))


def _onlooker(who: _Who, seen: _Seen) -> Onlooker:
    kind, agent_id, institution_id = who
    is_staff = kind in (audit.AgentKind.PRACTITIONER, audit.AgentKind.SYSTEM)
    return Onlooker(
        audit.AgentKind(kind),
        agent_id if is_staff else None,
        None if institution_id is None else InstitutionId(institution_id),
        len(seen.entries),
        seen.first_at,
        seen.latest_at,
        frozenset(seen.files),
    )

"""How an entry came about: what was registered by whom, and what was decided; for the counter.

Shown to a clerk who holds the card, and logged. Of a merge it tells the registrar when, by whom and
why; the other entry's registrations are shown too, since both are this person's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from openhealthcode import audit
from openhealthcode.access.representatives import Named, find_at_counter
from openhealthcode.audit import reading as log
from openhealthcode.database import Connection, Pool, enter, transaction
from openhealthcode.identity import linking
from openhealthcode.identity import reading as identity_reading
from openhealthcode.identity.linking import Merge, RelationKind
from openhealthcode.identity.reading import Received
from openhealthcode.standards import PurposeOfUse
from openhealthcode.standards.ids import InstitutionId, PractitionerId, ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey

_ACTIONS: Final = (
    audit.Action.PHONE_BIND,
    audit.Action.PHONE_UNBIND,
    audit.Action.CODE_REISSUE,
    audit.Action.CARD_ISSUE,
    audit.Action.CARD_TAKE_BACK,
    audit.Action.PIN_SET,
    audit.Action.IDENTITY_COMPARE,
    audit.Action.IDENTITY_DISMISS,
    audit.Action.RESIDENT_MERGE,
    audit.Action.RESIDENT_UNMERGE,
    audit.Action.RESIDENT_KEEP_APART,
    audit.Action.RESIDENT_RELATE,
    audit.Action.DEATH_REGISTER,
    audit.Action.DEATH_TAKE_BACK,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEvent:
    """One thing that happened to an entry, as its log has it; who did it, by id.

    Args:
        entry: which of the person's entries, counted from 1, the surviving one first.
        kind: the log's action, or ``registration``.
        received: what was registered.
        reason: of a merge or its undoing, in the registrar's words.
        phone: masked.
    """

    at: datetime
    entry: int
    kind: str
    clerk_id: PractitionerId | None
    institution_id: InstitutionId | None
    received: Received | None = field(default=None, repr=False)
    reason: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class IdentityHistory:
    """The history of one person's entries, the latest first."""

    masked_name: str = field(repr=False)
    entries: int
    events: tuple[HistoryEvent, ...]
    relations: tuple[RelationKind, ...]


async def identity_history(
    pool: Pool, keys: Keys, clerk: audit.Agent, named: Named
) -> IdentityHistory:
    """How the entry of somebody came about whose card the clerk holds; logged.

    Raises:
        NotFound: nobody is registered with this card and name.
        TooManyAttempts: this clerk asks for more people than come to a counter.
    """
    resident_id = await find_at_counter(pool, keys, clerk, named)
    async with transaction(pool, resident=resident_id) as connection:
        decided = await linking.history(connection, keys, resident_id)
        merges = {merge.merge_id.bytes: merge for merge in decided.merges}
        events: list[HistoryEvent] = []
        for place, one in enumerate(decided.person, start=1):
            await enter(connection, resident=one)
            events += await _events(connection, keys, one, place, merges)
        for one in sorted(decided.person):
            await enter(connection, resident=one)
            await _note(connection, keys, one, clerk)
        await enter(connection, resident=resident_id)
        who = await identity_reading.demographics(connection, keys, resident_id)
    return IdentityHistory(
        who.masked_name,
        len(decided.person),
        tuple(sorted(events, key=lambda event: event.at, reverse=True)),
        tuple(dict.fromkeys(related.kind for related in decided.related)),
    )


async def _events(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    place: int,
    merges: dict[bytes, Merge],
) -> list[HistoryEvent]:
    try:
        received = await identity_reading.received(connection, keys, resident_id)
    except (DestroyedKey, UnknownKey):
        return []  # an entry whose account was closed
    lines = await log.of_actions(connection, keys, resident_id, _ACTIONS)
    return [
        *(
            HistoryEvent(
                at=one.at,
                entry=place,
                kind="registration",
                clerk_id=None,
                institution_id=one.source.institution_id,
                received=one,
            )
            for one in received
        ),
        *(_event(line, place, merges) for line in lines),
    ]


def _event(line: log.LogLine, place: int, merges: dict[bytes, Merge]) -> HistoryEvent:
    merge = merges.get(line.detail.get("merge", b""))
    decided = None
    if merge is not None:
        is_undone = line.action == audit.Action.RESIDENT_UNMERGE
        decided = merge.undone if is_undone else merge.decided
    is_clerk = line.agent_kind == audit.AgentKind.PRACTITIONER
    return HistoryEvent(
        at=line.at,
        entry=place,
        kind=line.action,
        clerk_id=PractitionerId(line.agent_id) if is_clerk else None,
        institution_id=InstitutionId(line.institution_id) if line.institution_id else None,
        reason=decided.reason if decided else "",
        phone=str(line.detail.get("phone", "")),
    )


async def _note(
    connection: Connection, keys: Keys, resident_id: ResidentId, clerk: audit.Agent
) -> None:
    """Log that it was shown; an entry whose account was closed has no log any more."""
    event = audit.Event(
        action=audit.Action.IDENTITY_READ, agent=clerk, purpose=PurposeOfUse.RESIDENT_REQUEST
    )
    try:
        await audit.append(connection, keys, resident_id, event)
    except audit.UnknownChain:
        return

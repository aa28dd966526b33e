"""The resident, or whoever acts for them, chooses what they are told."""

from __future__ import annotations

from typing import Final

import msgspec

from openhealthcode import audit
from openhealthcode.access.acting import acting_now
from openhealthcode.access.telling.model import NoticeChoice, Told
from openhealthcode.database import Connection, Pool, load_queries, transaction
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import KeyClass, Keys, UnreadableSeal, identity_aad

_QUERIES: Final = load_queries("openhealthcode.access.telling")
_DECODER: Final = msgspec.json.Decoder(NoticeChoice)


async def choose_notices(
    pool: Pool, keys: Keys, resident_id: ResidentId, choice: NoticeChoice
) -> None:
    """Keep the choice; a representative who chooses for somebody is told as well from then on."""
    async with transaction(pool, resident=resident_id) as connection:
        before = await _choice(connection, keys, resident_id)
        acting = acting_now(resident_id)
        told = before.told
        if acting is not None:
            mine = Told(acting.representation_id, acting.representative_id)
            told = (*(one for one in told if one != mine), mine)
        logged = await audit.append(
            connection,
            keys,
            resident_id,
            audit.Event(
                action=audit.Action.NOTICES_CHOOSE,
                agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
                detail={"about": choice.about.value},
            ),
        )
        kept = NoticeChoice(choice.about, choice.quiet_from, choice.quiet_until, told)
        sealed = keys.of(resident_id).seal(
            KeyClass.IDENTITY, _place(resident_id, logged.number), msgspec.json.encode(kept)
        )
        await connection.execute(_QUERIES["choose"], resident_id, logged.number, logged.at, sealed)


async def notice_choice(pool: Pool, keys: Keys, resident_id: ResidentId) -> NoticeChoice:
    """What this resident chose, or what holds for everybody."""
    async with transaction(pool, resident=resident_id) as connection:
        return await _choice(connection, keys, resident_id)


async def choice_within(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> NoticeChoice:
    """As ``notice_choice``, in a transaction of the resident's."""
    return await _choice(connection, keys, resident_id)


async def _choice(connection: Connection, keys: Keys, resident_id: ResidentId) -> NoticeChoice:
    """The newest choice; one that was altered tells everything."""
    row = await connection.fetchrow(_QUERIES["choice"], resident_id)
    if row is None:
        return NoticeChoice()
    try:
        place = _place(resident_id, row["event_number"])
        return _DECODER.decode(keys.of(resident_id).open(KeyClass.IDENTITY, place, row["sealed"]))
    except (UnreadableSeal, msgspec.ValidationError):
        return NoticeChoice()


def _place(resident_id: ResidentId, number: int) -> bytes:
    return identity_aad(resident_id, f"notice-choice|{number}")

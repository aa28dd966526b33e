"""Consents whose notice was outdated by a change of substance end, and their residents are asked.

Once an edition of the notice says another purpose, manner or other kinds, consents given ahead of
visits under older ones end by themselves; each end is in the resident's log with what changed.

Source: PIPL art. 14.
"""

from __future__ import annotations

import logging
from typing import Final
from uuid import UUID

from openhealthcode import audit, consent
from openhealthcode.access import notices
from openhealthcode.consent import EDITIONS, NoticeEdition, changes_since, still_good
from openhealthcode.database import Connection, Pool, announce, transaction
from openhealthcode.sign_in import Outbox, outdated_notice
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey, UnreadableSeal

_LOG: Final = logging.getLogger("openhealthcode.access")
_PLATFORM: Final = UUID(int=0)
_AT_ONCE: Final = 200


async def end_outdated(
    pool: Pool, keys: Keys, outbox: Outbox, editions: tuple[NoticeEdition, ...] = EDITIONS
) -> int:
    """End what is outdated, resident by resident, and tell their phones; how many consents ended.

    Asks the database nothing as long as no edition changed anything of substance.
    """
    if not any(edition.changes for edition in editions):
        return 0
    good = still_good(editions)
    ended = 0
    while True:
        async with transaction(pool, task="retention") as connection:
            found = await consent.residents_outdated(connection, good, _AT_ONCE)
        ended_now = 0
        for resident_id in found:
            ended_now += await _end_of(pool, keys, outbox, resident_id, editions)
        ended += ended_now
        if not ended_now:
            return ended


async def _end_of(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    resident_id: ResidentId,
    editions: tuple[NoticeEdition, ...],
) -> int:
    """End those of one resident, all or none; nobody is told twice."""
    try:
        async with transaction(pool, resident=resident_id) as connection:
            ended, owed = await _end(connection, keys, resident_id, editions)
    except (NotFound, UnknownKey, DestroyedKey):  # the account is closed: nothing is in force
        return 0
    except UnreadableSeal:  # what was told was altered; the others do not wait for this resident
        _LOG.error("a notice that was altered", extra={"facts": {"chore": "end-outdated"}})
        return 0
    await notices.hand_over(pool, outbox, owed)
    return ended


async def _end(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    editions: tuple[NoticeEdition, ...],
) -> tuple[int, list[notices.Notice]]:
    _, at = await audit.hold(connection, resident_id)
    given = await consent.given_by(connection, keys.of(resident_id), resident_id)
    outdated = {
        one.consent_id: changes
        for one in given
        if one.kind is not consent.ConsentKind.VISIT
        and one.notice is not None
        and one.withdrawn_at is None
        and at < one.end_at
        and (changes := changes_since(one.notice.version, editions))
    }
    platform = audit.Agent(audit.AgentKind.PLATFORM, _PLATFORM)
    added = {one.consent_id: one.added_to for one in given}
    for consent_id, changes in outdated.items():
        if added[consent_id] not in outdated:  # else it ends with what it was added to
            await consent.withdraw_within(
                connection, keys, resident_id, consent_id, platform, changed=sorted(changes)
            )
    if not outdated:
        return 0, []
    await announce(connection, consent.topic_of(keys, resident_id))
    state, at = await audit.chain(connection, resident_id)
    logged = audit.Appended(state.next_number - 1, at)
    owed = await notices.owe(connection, keys, resident_id, logged, outdated_notice)
    return len(outdated), owed

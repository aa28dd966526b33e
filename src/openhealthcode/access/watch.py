"""The region's watch: a second PIN was entered, and whoever is on duty hears of it by themselves.

Run every few seconds by every process, over every line that answers in person leave, whatever they
say: neither the clinic's request nor the tables tell that somebody was alarmed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from time import monotonic
from typing import Final
from weakref import WeakKeyDictionary

from openhealthcode.consent import presence
from openhealthcode.consent.presence import Noted
from openhealthcode.database import Pool, announce, transaction
from openhealthcode.sign_in import MessageNotSent, Outbox, StaffSession, duty_notice
from openhealthcode.standards import Phone
from openhealthcode.trust import Keys

_LOG: Final = logging.getLogger("openhealthcode.access")
_REMEMBERED_SECONDS: Final = 5.0


async def watch_presences(
    pool: Pool, keys: Keys, outbox: Outbox, duty_phones: Sequence[Phone]
) -> int:
    """Go through what came in: alarm the region's open pages and those on duty; how many lines.

    At least once: what could not be told to anybody on duty is told again half a minute later.
    """
    found = [
        one.noted
        for one in await presence.unwatched(pool, keys)
        if await presence.take_up(pool, one)
    ]
    if any(one.is_under_duress for one in found):
        async with transaction(pool) as connection:
            await announce(connection, topic_of_alarms(keys))
        if duty_phones and not await _tell(outbox, duty_phones):
            return 0
    for one in found:
        await presence.settle(pool, one)
    return len(found)


async def alarms(
    pool: Pool, keys: Keys, supervisor: StaffSession, *, is_fresh: bool = False
) -> int:
    """How many answers under duress of the last three days nobody of the region has looked into.

    Remembered for seconds, since every page of the region asks; not those of one's own institution.

    Args:
        is_fresh: as it is now, whatever is remembered.
    """
    known = _remembered.get(pool)
    if is_fresh or known is None or known[0] < monotonic():
        found = [one for one in await presence.to_look_into(pool, keys) if one.is_under_duress]
        known = _remembered[pool] = (monotonic() + _REMEMBERED_SECONDS, found)
    return sum(one.institution_id != supervisor.institution_id for one in known[1])


def topic_of_alarms(keys: Keys) -> str:
    """The opaque name under which the region's open pages hear of an alarm."""
    return keys.blind_index("announcement", "region alarms").hex()


async def _tell(outbox: Outbox, duty_phones: Sequence[Phone]) -> bool:
    """Whether anybody on duty was told."""
    is_told = False
    for phone in duty_phones:
        try:
            await outbox.send(duty_notice(phone))
            is_told = True
        except MessageNotSent:
            _LOG.error("somebody on duty was not told; tried again", extra={"facts": {}})
    return is_told


_remembered: WeakKeyDictionary[Pool, tuple[float, list[Noted]]] = WeakKeyDictionary()


def forget_alarms(pool: Pool) -> None:
    """Somebody looked into one: count anew here."""
    _remembered.pop(pool, None)

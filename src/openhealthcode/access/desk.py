"""At any counter, for somebody without a phone: who looked, who may look now, and taking it back.

The clerk holds the card and prints or does what the person asks for. It stands in the log as what it
is: shown to, or done by, this clerk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from openhealthcode import audit, consent, identity
from openhealthcode.access.representatives import Named
from openhealthcode.audit import reading as log
from openhealthcode.consent import Consent
from openhealthcode.database import Pool, transaction
from openhealthcode.identity import reading as identity_reading
from openhealthcode.sign_in import limits
from openhealthcode.standards import NotFound, PurposeOfUse, TooManyAttempts
from openhealthcode.standards.ids import ConsentId, ResidentId
from openhealthcode.trust import Keys, UnreadableId

_LINES: Final = 100


@dataclass(frozen=True, slots=True)
class ShownAtCounter:
    """A resident's log and what is in force, for the person at the counter.

    Args:
        standing: each consent in force, under the name by which it can be taken back.
    """

    masked_name: str = field(repr=False)
    lines: tuple[log.LogLine, ...]
    standing: tuple[tuple[str, Consent], ...]


async def show_at_counter(
    pool: Pool, keys: Keys, clerk: audit.Agent, named: Named
) -> ShownAtCounter:
    """Show the newest lines of somebody's log to them, by the clerk who holds their card; logged.

    Raises:
        NotFound: nobody is registered with this card and name.
        TooManyAttempts: this clerk asks for more people than come to a counter.
    """
    counted = keys.blind_index("logs per clerk", str(clerk.id))
    if not await limits.take(pool, counted, limits.NUMBERS_PER_CLERK, datetime.now(UTC)):
        raise TooManyAttempts
    resident_id = await identity.find_named(pool, keys, named.certificate, named.name)
    if resident_id is None:
        raise NotFound
    event = audit.Event(
        action=audit.Action.LOG_SHOW, agent=clerk, purpose=PurposeOfUse.RESIDENT_REQUEST
    )
    async with transaction(pool, resident=resident_id) as connection:
        lines = await log.lines(connection, keys, resident_id, limit=_LINES)
        logged = await audit.append(connection, keys, resident_id, event)
        who = await identity_reading.demographics(connection, keys, resident_id)
    given = await consent.consents(pool, keys, resident_id)
    return ShownAtCounter(
        who.masked_name, tuple(lines), _standing(keys, resident_id, given, logged.at)
    )


async def withdraw_at_counter(pool: Pool, keys: Keys, clerk: audit.Agent, public_id: str) -> None:
    """Take back, for the person at the counter, a consent that ``show_at_counter`` named.

    Raises:
        NotFound: it is none of those.
        NothingToWithdraw: it was taken back before.
    """
    try:
        resident_id, consent_id = keys.open_id(public_id)
    except UnreadableId:
        raise NotFound from None
    await consent.withdraw(pool, keys, resident_id, ConsentId(consent_id), by=clerk)


def _standing(
    keys: Keys, resident_id: ResidentId, given: Sequence[Consent], at: datetime
) -> tuple[tuple[str, Consent], ...]:
    return tuple(
        (keys.seal_id(resident_id, one.consent_id), one)
        for one in given
        if one.withdrawn_at is None and at < one.end_at
    )

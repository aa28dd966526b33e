"""What every registration passes: is it examined, told, set aside if it must be, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.identity.model import Registration
from openhealthcode.identity.quality import rules, store
from openhealthcode.identity.quality.model import (
    InstitutionQuality,
    Occasion,
    QualityRule,
    RuleCount,
)
from openhealthcode.identity.quality.rule_set import in_force
from openhealthcode.standards import day_of
from openhealthcode.standards.ids import InstitutionId, ResidentId
from openhealthcode.trust import Keys

_COUNTED_AT_ONCE: Final = 500


def examine(
    registration: Registration, at: datetime, *, phone_holders: int = 0
) -> tuple[QualityRule, ...]:
    """The rules in force that find something doubtful in a registration.

    Args:
        registration: as received.
        at: when.
        phone_holders: how many other residents use its telephone number, as far as was counted.
    """
    occasion = Occasion(day_of(at), phone_holders)
    return rules.examine(registration, occasion, in_force())


def is_much_used(phone_holders: int) -> bool:
    """Whether any rule minds that so many other residents use one telephone number."""
    return any(
        rule.check == rules.SHARED_PHONE and phone_holders > rule.bound for rule in in_force().rules
    )


def trusted(registration: Registration, at: datetime, *, phone_holders: int = 0) -> Registration:
    """The registration as matching may use it; placeholders and the like left out."""
    return rules.trusted(registration, examine(registration, at, phone_holders=phone_holders))


def holder_of(keys: Keys, registration: Registration) -> ResidentId:
    """Whose name a doubtful registration of nobody known waits under.

    No resident: an id that is always the same for the same first certificate, so that sending it
    again keeps it once. Its keys exist for this alone.
    """
    token = keys.blind_index("doubtful-registration", registration.certificates[0].normalised)
    holder = ResidentId(UUID(bytes=token[:16], version=4))
    keys.of(holder, create=True)
    return holder


async def note(
    connection: Connection,
    institution_id: InstitutionId,
    found: Collection[QualityRule],
    at: datetime,
) -> None:
    """Count a registration and what was found in it, once it is kept or set aside.

    In the same transaction; waits for no other registration.
    """
    await store.note(connection, institution_id, [rule.code for rule in found], at)


async def note_many(
    connection: Connection,
    institution_id: InstitutionId,
    received: int,
    found: Mapping[str, int],
    at: datetime,
) -> None:
    """Count many registrations of one institution at once.

    Args:
        connection: a transaction that ends soon: it holds the institution's counters.
        received: how many there were.
        found: how many of them each rule found something in, by its code.
    """
    month = at.astimezone(UTC).date().replace(day=1)
    counts = {store.RECEIVED: received, **found}
    await store.count(
        connection,
        {store.Counted(institution_id, month, rule): n for rule, n in counts.items() if n > 0},
    )


async def count_up(pool: Pool) -> int:
    """Count what was noted in the last minutes by month, and keep no note by itself."""
    counted = 0
    while True:
        async with transaction(pool) as connection:
            found = await store.count_up(connection, _COUNTED_AT_ONCE)
        counted += found
        if found < _COUNTED_AT_ONCE:
            return counted


async def report(
    pool: Pool, since: date, institution_id: InstitutionId | None = None
) -> tuple[InstitutionQuality, ...]:
    """How sound the registrations of each institution are, from the month of that day on.

    Args:
        since: any day of the first month.
        institution_id: only this one.

    Returns:
        The institutions that sent any, the one with the largest share of doubtful ones first.
    """
    async with transaction(pool) as connection:
        found = await store.tally(connection, since.replace(day=1), institution_id)
    reports = [_quality(of, counts) for of, counts in found.items()]
    return tuple(sorted(reports, key=lambda one: (-_worst(one), one.institution_id.bytes)))


def _quality(institution_id: InstitutionId, counts: Counter[str]) -> InstitutionQuality:
    received = counts[store.RECEIVED]
    return InstitutionQuality(
        institution_id,
        received,
        tuple(
            RuleCount(rule, count, count / max(received, 1))
            for rule, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
            if rule != store.RECEIVED
        ),
    )


def _worst(one: InstitutionQuality) -> float:
    return max((rule.share for rule in one.found), default=0.0)

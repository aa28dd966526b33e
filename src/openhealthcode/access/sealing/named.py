"""Records of named persons sealed by order, and who was shown them before; each in its resident's log.

Whoever orders names people by what they know, a certificate, or by a case of supervision; whose
record it is leaves this module with nothing. The seal itself is a denial (``consent.seal``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from openhealthcode import audit, identity
from openhealthcode.access import notices
from openhealthcode.consent import seal as sealing
from openhealthcode.consent.seal import SealOrder
from openhealthcode.database import Connection, Pool, load_queries, transaction
from openhealthcode.sign_in import Outbox, seal_notice, unseal_notice
from openhealthcode.standards import Certificate, NotFound
from openhealthcode.standards.ids import InstitutionId, ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey

_QUERIES: Final = load_queries("openhealthcode.access", "sealing.sql")
_PLATFORM: Final = audit.Agent(audit.AgentKind.PLATFORM, UUID(int=0))
MOST_SEALED: Final = 500
"""Of one order at once; with more, it is asked for again and goes on where it stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What an order did: how many were named, and how many records it seals now."""

    named: int
    sealed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAccess:
    """Somebody who was shown some of several records, counted; whose, it does not say.

    Args:
        agent_id: of a practitioner or a system; of what a resident made (a link), the link's.
        looks: how often something was shown.
        refused: how often nothing was.
        residents: how many different people.
    """

    agent_kind: audit.AgentKind
    agent_id: UUID
    institution_id: InstitutionId | None
    looks: int
    refused: int
    residents: int
    first_at: datetime
    last_at: datetime


async def seal_named(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    order: SealOrder,
    certificates: Sequence[Certificate],
) -> Sealed:
    """Seal the records of whoever has these certificates, as one order, and tell their phones.

    It holds on the next request, whatever any process remembers. Doing it again does what is left.

    Raises:
        InvalidInput: the order has no reason in words, or no end within a year.
    """
    named = await identity.find_all(pool, keys, certificates)
    sealed = await seal_residents(pool, keys, outbox, order, named)
    return Sealed(named=len(set(certificates)), sealed=sealed)


async def seal_residents(
    pool: Pool, keys: Keys, outbox: Outbox, order: SealOrder, residents: Iterable[ResidentId]
) -> int:
    """As ``seal_named`` of people known already; how many of them the order seals now.

    Files that were prepared before and nobody has fetched are thrown away, whosever they are: what
    is in them cannot be told any more. Whoever wanted one asks again.
    """
    sealed = 0
    for resident_id in residents:
        person = await _person(pool, keys, resident_id)
        done = [await _seal(pool, keys, outbox, order, one) for one in person]
        sealed += any(done)
    async with transaction(pool, task="purging") as connection:
        await connection.execute(_QUERIES["discard_files"])
    return sealed


async def unseal(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    order_id: UUID,
    *,
    lifted_by: audit.Agent = _PLATFORM,
    asked_by: audit.Agent | None = None,
) -> int:
    """Lift whatever an order still seals; how many records that were.

    Args:
        lifted_by: who confirms it; the program itself when the order's time is over.
        asked_by: who asked for it before.
    """
    async with transaction(pool, task="supervision") as connection:
        residents = await sealing.residents_sealed(connection, order_id)
    lifted = 0
    for resident_id in residents:
        lifted += await _unseal(pool, keys, outbox, resident_id, order_id, lifted_by, asked_by)
    return lifted


async def sealed_by(pool: Pool, order_id: UUID) -> int:
    """How many records an order sealed, lifted or not."""
    async with transaction(pool, task="supervision") as connection:
        return len(await sealing.residents_sealed(connection, order_id))


async def past_accesses(
    pool: Pool, keys: Keys, order_id: UUID, examiner: audit.Agent, since: datetime
) -> list[PastAccess]:
    """Who else was shown records an order sealed, since a moment, the most looks first.

    Each of these residents reads in the log that a supervisor asked. Of an order for very many
    people, those of ``MOST_SEALED`` of them.
    """
    async with transaction(pool, task="supervision") as connection:
        residents = (await sealing.residents_sealed(connection, order_id))[:MOST_SEALED]
    tallied = _Tally()
    for resident_id in residents:
        try:
            async with transaction(pool, resident=resident_id) as connection:
                event = audit.Event(
                    action=audit.Action.LOG_EXAMINE,
                    agent=examiner,
                    detail={"order": order_id.bytes, "since": since.isoformat()},
                )
                await audit.append(connection, keys, resident_id, event)
                for row in await connection.fetch(_QUERIES["shown_since"], resident_id, since):
                    tallied.add(resident_id, row)
        except (NotFound, UnknownKey, DestroyedKey):
            continue  # that account was closed
    return tallied.told()


class _Tally:
    """Looks of several people's logs, by who looked."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, UUID, UUID | None], list[tuple[ResidentId, bool, datetime]]]
        self._found = {}

    def add(self, resident_id: ResidentId, row: asyncpg.Record) -> None:
        """One look."""
        key = (row["agent_kind"], row["agent_id"], row["institution_id"])
        look = (resident_id, row["outcome"] == audit.Outcome.DONE, row["recorded_at"])
        self._found.setdefault(key, []).append(look)

    def told(self) -> list[PastAccess]:
        """Who looked most, first."""
        told = [
            PastAccess(
                agent_kind=audit.AgentKind(kind),
                agent_id=agent_id,
                institution_id=InstitutionId(institution_id) if institution_id else None,
                looks=sum(is_done for _, is_done, _ in looks),
                refused=sum(not is_done for _, is_done, _ in looks),
                residents=len({resident_id for resident_id, _, _ in looks}),
                first_at=min(at for *_, at in looks),
                last_at=max(at for *_, at in looks),
            )
            for (kind, agent_id, institution_id), looks in self._found.items()
        ]
        return sorted(told, key=lambda one: (-one.looks, one.first_at, one.agent_id))


async def _person(pool: Pool, keys: Keys, resident_id: ResidentId) -> tuple[ResidentId, ...]:
    """Every id of the person, where entries were merged."""
    async with transaction(pool, resident=resident_id) as connection:
        return tuple(await identity.ids_of(connection, keys, resident_id))


async def _seal(
    pool: Pool, keys: Keys, outbox: Outbox, order: SealOrder, resident_id: ResidentId
) -> bool:
    """Whether the order seals this record now; its phones are told the first time."""

    async def once() -> list[notices.Notice]:
        async with transaction(pool, resident=resident_id) as connection:
            logged = await sealing.seal(connection, keys, resident_id, order)
            if logged is None:
                return []
            return await notices.owe(connection, keys, resident_id, logged, seal_notice)

    try:
        owed = await audit.until_free(once)
    except (NotFound, UnknownKey, DestroyedKey):
        return False  # the account is closed: there is nothing to seal
    await notices.hand_over(pool, outbox, owed)
    return True


async def _unseal(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    resident_id: ResidentId,
    order_id: UUID,
    lifted_by: audit.Agent,
    asked_by: audit.Agent | None,
) -> bool:
    async def once() -> list[notices.Notice] | None:
        async with transaction(pool, resident=resident_id) as connection:
            return await _lift(connection, keys, resident_id, order_id, lifted_by, asked_by)

    try:
        owed = await audit.until_free(once)
    except (NotFound, UnknownKey, DestroyedKey):
        return False
    if owed is None:
        return False
    await notices.hand_over(pool, outbox, owed)
    return True


async def _lift(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    order_id: UUID,
    lifted_by: audit.Agent,
    asked_by: audit.Agent | None,
) -> list[notices.Notice] | None:
    logged = await sealing.unseal(connection, keys, resident_id, order_id, lifted_by, asked_by)
    if logged is None:
        return None
    return await notices.owe(connection, keys, resident_id, logged, unseal_notice)

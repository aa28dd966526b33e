"""A lease on reading of one resident for one day: what is held costs a look nothing but a look-up.

Unexplained reading is reserved in the database before the look, in a transaction of its own and by
name: several processes that read of the same resident hold one lease together, a crash loses none, and
however many processes there are, none gives out one too many. Explained reading is counted in memory
and told the database every few seconds; it never stops anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from openhealthcode import audit, registry
from openhealthcode.access.budgets.limits import limits_of
from openhealthcode.access.budgets.model import Basis, BudgetSpent, Reader, ReaderKind
from openhealthcode.consent import AccessRequest, Because, Decision
from openhealthcode.database import Pool, load_queries, transaction
from openhealthcode.standards import OFFICIAL_TIME, PurposeOfUse, day_of
from openhealthcode.standards.ids import PractitionerId, ResidentId
from openhealthcode.trust import Keys

_QUERIES: Final = load_queries("openhealthcode.access.budgets")
_Arguments = ParamSpec("_Arguments")
_Shown = TypeVar("_Shown")
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_FRESH: Final = timedelta(days=1)
_MOST_HELD: Final = 200_000
"""Leases one process remembers; what is forgotten is asked for again, and is still held."""


@dataclass(slots=True)
class _Held:
    """What one process holds on one day."""

    until: datetime = _NEVER
    leases: set[tuple[UUID, UUID]] = field(default_factory=set)
    explained: dict[tuple[date, Reader], int] = field(default_factory=dict)
    """Residents read of with a reason since the database was last told."""

    def turn_to(self, at: datetime) -> None:
        """Forget yesterday."""
        begin = datetime.combine(day_of(at), datetime.min.time(), OFFICIAL_TIME)
        self.until = begin + timedelta(days=1)
        self.leases.clear()


_held: WeakKeyDictionary[Pool, _Held] = WeakKeyDictionary()


class LeaseNeeded(Exception):
    """Nothing explains this reading so far, and it is not reserved."""

    def __init__(self, lease: Lease, request: AccessRequest, decision: Decision) -> None:
        super().__init__()
        self.lease, self.request, self.decision = lease, request, decision


@dataclass(frozen=True, slots=True)
class Lease:
    """One reader's reading of one resident."""

    reader: Reader
    resident_id: ResidentId
    held: _Held = field(repr=False)

    def take(self, decision: Decision, request: AccessRequest) -> None:
        """Let a look that shows something pass.

        Raises:
            LeaseNeeded: it has to be reserved first.
        """
        if self.is_held(request.at):
            return
        if basis_of(decision, request) is None:
            raise LeaseNeeded(self, request, decision)
        self.note_explained(request.at)

    def is_held(self, at: datetime) -> bool:
        """Whether this process knows that it may go on."""
        held = self.held
        if at >= held.until or len(held.leases) > _MOST_HELD:
            held.turn_to(at)
        return (self.reader.reader_id, self.resident_id) in held.leases

    def note_explained(self, at: datetime) -> None:
        """Hold it, and count it among what has a reason."""
        self.held.leases.add((self.reader.reader_id, self.resident_id))
        key = (day_of(at), self.reader)
        self.held.explained[key] = self.held.explained.get(key, 0) + 1


def lease(pool: Pool, reader: Reader, resident_id: ResidentId) -> Lease:
    """What a look of this reader at this resident takes from."""
    held = _held.get(pool)
    if held is None:
        held = _held[pool] = _Held()
    return Lease(reader, resident_id, held)


def basis_of(decision: Decision, request: AccessRequest) -> Basis | None:
    """The reason that the decision itself tells: an override, or a word of the resident's of today."""
    if request.purpose is PurposeOfUse.EMERGENCY:
        return Basis.OVERRIDE
    since = request.at - _FRESH
    if any(permit.start_at > since for permit in decision.permits):
        return Basis.CONSENT
    return None


def leasing(
    look: Callable[Concatenate[Pool, Keys, _Arguments], Coroutine[Any, Any, _Shown]],
) -> Callable[Concatenate[Pool, Keys, _Arguments], Coroutine[Any, Any, _Shown]]:
    """Let a verb that looks reserve what nothing explains, or refuse, logged.

    Raises:
        BudgetSpent: the reader has read of too many today.
    """

    @wraps(look)
    async def looked(
        pool: Pool, keys: Keys, /, *args: _Arguments.args, **kwargs: _Arguments.kwargs
    ) -> _Shown:
        while True:
            try:
                return await look(pool, keys, *args, **kwargs)
            except LeaseNeeded as needed:
                if not await _reserve(pool, keys, needed):
                    await _log_refusal(pool, keys, needed)
                    raise BudgetSpent from None

    return looked


async def _reserve(pool: Pool, keys: Keys, needed: LeaseNeeded) -> bool:
    """Find what explains the reading, else reserve it; whether the look may be made."""
    lease, at = needed.lease, needed.request.at
    if await _explained_by(pool, needed) is not None:
        lease.note_explained(at)
        return True
    reader, on_day = lease.reader, day_of(at)
    mark = keys.blind_index("reading-budget", f"{on_day}|{lease.resident_id}")
    stop_at = limits_of(reader.kind, await _role(pool, reader)).stop_at
    is_leased = bool(
        await pool.fetchval(_QUERIES["reserve"], *reader_columns(reader), on_day, mark, stop_at, at)
    )
    if is_leased:
        lease.held.leases.add((reader.reader_id, lease.resident_id))
    return is_leased


async def _explained_by(pool: Pool, needed: LeaseNeeded) -> Basis | None:
    """The reason that lies in the database."""
    reader, resident_id = needed.lease.reader, needed.lease.resident_id
    by_person = reader.reader_id if reader.kind is ReaderKind.PRACTITIONER else None
    async with transaction(pool, resident=resident_id) as connection:
        found = await connection.fetchval(
            _QUERIES["basis"],
            resident_id,
            by_person,
            reader.institution_id,
            list(needed.decision.consent_ids),
        )
    return Basis(found) if found is not None else None


async def _role(pool: Pool, reader: Reader) -> registry.PractitionerRole | None:
    if reader.kind is not ReaderKind.PRACTITIONER:
        return None
    practitioner_id = PractitionerId(reader.reader_id)
    known = await registry.practitioners(pool, (practitioner_id,))
    return known[practitioner_id].role if practitioner_id in known else None


async def _log_refusal(pool: Pool, keys: Keys, needed: LeaseNeeded) -> None:
    """The resident reads that somebody was stopped."""
    request, resident_id = needed.request, needed.lease.resident_id
    event = audit.Event(
        action=audit.Action.RECORD_DISCLOSE,
        agent=needed.lease.reader.agent,
        outcome=audit.Outcome.REFUSED,
        purpose=request.purpose,
        scene=request.scene,
        detail={"items": [], "consents": [], "because": Because.BUDGET_SPENT.value},
    )
    async with transaction(pool, resident=resident_id) as connection:
        await audit.append(connection, keys, resident_id, event)


def reader_columns(reader: Reader) -> tuple[UUID, str, UUID]:
    """As the tables name a reader."""
    return reader.reader_id, reader.kind.value, reader.institution_id


async def count_explained(pool: Pool) -> int:
    """Tell the database what was read with a reason since; how many readers. Run every few seconds."""
    held = _held.get(pool)
    if held is None:
        return 0
    counted, held.explained = held.explained, {}
    for (on_day, reader), residents in counted.items():
        warn_at = limits_of(reader.kind, await _role(pool, reader)).warn_at
        await pool.execute(
            _QUERIES["count_explained"],
            *reader_columns(reader),
            on_day,
            residents,
            warn_at,
            datetime.now(UTC),
        )
    return len(counted)

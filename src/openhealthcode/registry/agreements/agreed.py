"""Sharing agreements between handlers (共享协议) as every transfer asks them: in memory, by party.

An institution whose systems read, a partner or another region is a *party*. What was signed for it
is read again every few seconds; a transfer costs a look into a dictionary. Who proposes, signs and
suspends agreements is ``supervision``'s.

Source: PIPL 20-23, 38; Network Data Security Regulation 12 (provided to other handlers by contract,
with purpose, kinds, manner and protection agreed, and records kept three years).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from time import monotonic
from typing import Final
from uuid import UUID
from weakref import WeakKeyDictionary

import asyncpg

from openhealthcode.database import Pool, load_queries
from openhealthcode.registry.store import Database
from openhealthcode.standards import Forbidden, PurposeOfUse, RecordCategory
from openhealthcode.standards.ids import InstitutionId, PartnerId

_QUERIES: Final = load_queries("openhealthcode.registry")
STALE_SECONDS: Final = 5.0
"""After so long at the latest a signature or a suspension holds in every process."""


class TransferNotAgreed(Forbidden):
    """No sharing agreement in force covers this transfer; ask the region's supervisor."""

    code = "transfer-not-agreed"


class Channel(StrEnum):
    """By which way data leave for a party."""

    READ = "read"
    """An institution's system reads over FHIR."""
    EXPORT = "export"
    """The same, in files."""
    PARTNER = "partner"
    """An insurer or a payment service is told of a customer."""
    REGION = "region"
    """Another region's clinic is shown a record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One edition of what two handlers agreed; an edition never changes, a new one replaces it.

    Args:
        party: as ``party_of_institution`` and its like name it.
        categories: the elements that may be handed over, as categories of record.
        impact_assessment: where the assessment lies, and what it came to.
        sub_processors: whom else the party lets handle it.
    """

    agreement_id: UUID
    party: str
    title: str
    purposes: frozenset[PurposeOfUse]
    categories: frozenset[RecordCategory]
    channels: frozenset[Channel]
    legal_basis: str
    impact_assessment: str
    sub_processors: tuple[str, ...]
    starts_on: date
    ends_on: date
    proposed_by: UUID
    proposed_at: datetime
    signed_by: UUID | None = None
    signed_at: datetime | None = None
    suspended_by: UUID | None = None
    suspended_at: datetime | None = None

    def is_in_force(self, on_day: date) -> bool:
        """Whether it was signed, not suspended, and its term has begun and not ended."""
        return (
            self.signed_at is not None
            and self.suspended_at is None
            and self.starts_on <= on_day < self.ends_on
        )


@dataclass(frozen=True, slots=True)
class Volume:
    """How often something left for a party by one way, and when last."""

    times: int
    last_at: datetime


@dataclass(slots=True)
class _Known:
    """What one process remembers of the agreements of one database."""

    is_required: bool = False
    stale_at: float = 0.0
    by_party: Mapping[str, Sequence[Agreement]] = field(default_factory=dict)
    counted: Counter[tuple[str, Channel]] = field(default_factory=Counter)


_known: WeakKeyDictionary[Pool, _Known] = WeakKeyDictionary()


def party_of_institution(institution_id: InstitutionId) -> str:
    """An institution, for its systems."""
    return f"institution:{institution_id}"


def party_of_partner(partner_id: PartnerId) -> str:
    """An insurer or a payment service."""
    return f"partner:{partner_id}"


def party_of_region(division: int) -> str:
    """Another region."""
    return f"region:{division:06d}"


def require_agreements(pool: Pool, *, is_required: bool) -> None:
    """Whether a party for which nothing was ever signed is refused, in this process from now on."""
    _of(pool).is_required = is_required


async def agreed_categories(
    pool: Pool, party: str, purpose: PurposeOfUse, channel: Channel
) -> frozenset[RecordCategory] | None:
    """What may leave for a party, and count that something does; ``None``: whatever consent allows.

    Of several agreements in force each adds. For whom none was ever signed nothing limits, unless
    agreements are required.

    Raises:
        TransferNotAgreed: what was signed does not cover this, is over or suspended.
    """
    agreed = await _agreed(pool, party, purpose, channel)
    _of(pool).counted[party, channel] += 1
    return agreed


async def is_agreed(pool: Pool, party: str, purpose: PurposeOfUse, channel: Channel) -> bool:
    """As ``agreed_categories``, as an answer; nothing is counted."""
    try:
        await _agreed(pool, party, purpose, channel)
    except TransferNotAgreed:
        return False
    return True


def forget_agreements(pool: Pool) -> None:
    """Read them anew at the next transfer, in this process."""
    _of(pool).stale_at = 0.0


async def count_transfers(pool: Pool) -> None:
    """Add what left since the last time to the table; a chore of every process.

    Counts of the last seconds are lost with a process that dies; the log has every transfer.
    """
    known = _of(pool)
    counted, known.counted = known.counted, Counter()
    at = datetime.now(UTC)
    for (party, channel), times in counted.items():
        await pool.execute(_QUERIES["count_transfer"], party, channel, at.date(), times, at)


async def volumes(database: Database, since: date) -> dict[tuple[str, Channel], Volume]:
    """How often what left for whom since a day."""
    rows = await database.fetch(_QUERIES["volumes"], since)
    return {
        (row["party"], Channel(row["channel"])): Volume(row["times"], row["last_at"])
        for row in rows
    }


async def agreements(database: Database) -> list[Agreement]:
    """Every edition, the newest first."""
    return [_agreement(row) for row in await database.fetch(_QUERIES["agreements"])]


async def propose_agreement(database: Database, one: Agreement) -> None:
    """Keep an edition that nobody has signed yet."""
    await database.execute(
        _QUERIES["propose_agreement"],
        one.agreement_id,
        one.party,
        one.title,
        sorted(one.purposes),
        sorted(one.categories),
        sorted(one.channels),
        one.legal_basis,
        one.impact_assessment,
        list(one.sub_processors),
        one.starts_on,
        one.ends_on,
        one.proposed_by,
        one.proposed_at,
    )


async def sign_agreement(database: Database, agreement_id: UUID, by: UUID, at: datetime) -> bool:
    """Whether somebody else than who proposed it signed it now."""
    found = await database.fetchval(_QUERIES["sign_agreement"], agreement_id, by, at)
    return found is not None


async def suspend_agreement(database: Database, agreement_id: UUID, by: UUID, at: datetime) -> bool:
    """Whether it was suspended now; it stays so, a new edition takes its place."""
    found = await database.fetchval(_QUERIES["suspend_agreement"], agreement_id, by, at)
    return found is not None


async def _agreed(
    pool: Pool, party: str, purpose: PurposeOfUse, channel: Channel
) -> frozenset[RecordCategory] | None:
    known = _of(pool)
    if known.stale_at <= monotonic():
        await _refresh(pool, known)
    signed = known.by_party.get(party)
    if signed is None:
        if known.is_required:
            raise TransferNotAgreed
        return None
    today = datetime.now(UTC).date()
    covering = [
        one
        for one in signed
        if one.is_in_force(today) and purpose in one.purposes and channel in one.channels
    ]
    if not covering:
        raise TransferNotAgreed
    return frozenset[RecordCategory]().union(*(one.categories for one in covering))


def _of(pool: Pool) -> _Known:
    return _known.setdefault(pool, _Known())


async def _refresh(pool: Pool, known: _Known) -> None:
    by_party: dict[str, list[Agreement]] = {}
    for one in await agreements(pool):
        if one.signed_at is not None:
            by_party.setdefault(one.party, []).append(one)
    known.by_party, known.stale_at = by_party, monotonic() + STALE_SECONDS


def _agreement(row: asyncpg.Record) -> Agreement:
    return Agreement(
        agreement_id=row["agreement_id"],
        party=row["party"],
        title=row["title"],
        purposes=frozenset(map(PurposeOfUse, row["purposes"])),
        categories=frozenset(map(RecordCategory, row["categories"])),
        channels=frozenset(map(Channel, row["channels"])),
        legal_basis=row["legal_basis"],
        impact_assessment=row["impact_assessment"],
        sub_processors=tuple(row["sub_processors"]),
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        proposed_by=row["proposed_by"],
        proposed_at=row["proposed_at"],
        signed_by=row["signed_by"],
        signed_at=row["signed_at"],
        suspended_by=row["suspended_by"],
        suspended_at=row["suspended_at"],
    )

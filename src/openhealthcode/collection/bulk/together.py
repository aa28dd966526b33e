"""Register those rows of a batch together of whom it is certain that nobody is like them."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

from openhealthcode import audit, identity
from openhealthcode.collection.bulk.alone import event_of, patient_id
from openhealthcode.collection.bulk.model import Row, RowOutcome, RowResult
from openhealthcode.collection.model import Source
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.identity import Newcomer, Registration, matching, quality
from openhealthcode.identity.matching import Found
from openhealthcode.identity.quality import QualityRule
from openhealthcode.standards import Conflict, HealthCodeError
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A row that may be made a resident together with others."""

    number: int
    newcomer: Newcomer
    found: tuple[QualityRule, ...]


class _Index:
    """Who of a batch shares which key, in the order of the rows."""

    def __init__(self, newcomers: Sequence[Newcomer]) -> None:
        self._by_key: dict[tuple[str, str], list[tuple[int, Found]]] = defaultdict(list)
        self._places = {newcomer.resident_id: place for place, newcomer in enumerate(newcomers)}
        self.certificates = {name for newcomer in newcomers for name in newcomer.certificates}
        for place, newcomer in enumerate(newcomers):
            found = Found(newcomer.resident_id, newcomer.variant, shares_certificate=False)
            for key in newcomer.shared:
                self._by_key[key].append((place, found))

    def near(self, newcomer: Newcomer) -> Iterable[Found]:
        """Those with a key in common; of the newcomer's own batch only the ones before."""
        before = self._places.get(newcomer.resident_id, len(self._places))
        return {
            found.resident_id: found
            for key in newcomer.shared
            for place, found in self._by_key.get(key, ())
            if place < before
        }.values()


class InFlight:
    """The last batches, which another that runs at the same time cannot see in the database."""

    def __init__(self, batches: int) -> None:
        self._indexes: deque[_Index] = deque(maxlen=batches)

    def shares_certificate(self, newcomer: Newcomer) -> bool:
        """Whether one of the last batches holds a certificate of this newcomer's."""
        return any(
            not index.certificates.isdisjoint(newcomer.certificates) for index in self._indexes
        )

    def begin(self, newcomers: Sequence[Newcomer]) -> identity.Near:
        """Let later batches see this one; answers who of it and those before is near somebody."""
        self._indexes.append(_Index(newcomers))
        seen = tuple(self._indexes)
        return lambda newcomer: [found for index in seen for found in index.near(newcomer)]


async def register_together(
    pool: Pool, keys: Keys, batch: Sequence[Row], source: Source, in_flight: InFlight
) -> dict[int, RowResult]:
    """Make residents of those rows that are certainly new; the others are left to go alone."""
    now = datetime.now(UTC)
    candidates = _candidates(batch, in_flight, now)
    near = in_flight.begin([candidate.newcomer for candidate in candidates])
    if not candidates:
        return {}
    try:
        async with transaction(pool, task="registration") as connection:
            made = await identity.enrol_new(
                connection, keys, [each.newcomer for each in candidates], source.identity, near
            )
            residents = {newcomer.resident_id for newcomer in made}
            enrolled = [each for each in candidates if each.newcomer.resident_id in residents]
            if enrolled:
                enrolled = await _with_shared_phones(connection, keys, enrolled, now)
                event = event_of(source, is_new=True)
                await audit.begin(connection, keys, [(id_, event) for id_ in residents])
                codes = Counter(rule.code for each in enrolled for rule in each.found)
                await quality.note_many(
                    connection, source.institution_id, len(enrolled), codes, now
                )
    except Conflict:  # somebody registered one of them meanwhile: each finds out alone
        return {}
    return {each.number: _result(keys, each) for each in enrolled}


def _candidates(batch: Sequence[Row], in_flight: InFlight, now: datetime) -> list[_Candidate]:
    candidates: list[_Candidate] = []
    certificates: set[str] = set()
    for row in batch:
        registration = row.registration
        if registration is None or not _is_sound(registration):
            continue
        found = quality.examine(registration, now)
        newcomer = Newcomer.of(ResidentId(uuid4()), registration, found)
        is_apart = certificates.isdisjoint(
            newcomer.certificates
        ) and not in_flight.shares_certificate(newcomer)
        certificates |= newcomer.certificates
        if is_apart and not quality.is_set_aside(found) and not _is_newborn(newcomer):
            candidates.append(_Candidate(row.number, newcomer, found))
    return candidates


async def _with_shared_phones(
    connection: Connection, keys: Keys, enrolled: Sequence[_Candidate], now: datetime
) -> list[_Candidate]:
    """The same, with what the quality rules find in a telephone that many use."""
    phones = [each.newcomer.registration.phone for each in enrolled]
    said = [phone for phone in phones if phone is not None]
    holders = iter(await matching.phone_holders(connection, keys, said))
    return [
        each
        if phone is None or not quality.is_much_used(others := next(holders) - 1)
        else replace(
            each,
            found=quality.examine(each.newcomer.registration, now, phone_holders=others),
        )
        for each, phone in zip(enrolled, phones, strict=True)
    ]


def _is_sound(registration: Registration) -> bool:
    try:
        identity.check(registration)
    except HealthCodeError:
        return False
    return True


def _is_newborn(newcomer: Newcomer) -> bool:
    """Whether a mother must be found first."""
    return newcomer.variant.is_newborn or newcomer.registration.mother is not None


def _result(keys: Keys, enrolled: _Candidate) -> RowResult:
    newcomer = enrolled.newcomer
    return RowResult(
        enrolled.number,
        RowOutcome.NEW,
        patient_id(keys, newcomer.resident_id),
        ", ".join(quality.told(enrolled.found)),
    )

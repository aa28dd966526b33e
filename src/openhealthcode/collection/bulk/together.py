"""Register those rows of a batch together of whom it is certain that nobody is like them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from openhealthcode import audit, identity
from openhealthcode.collection.bulk.alone import event_of, patient_id
from openhealthcode.collection.bulk.model import Candidate, RowOutcome, RowResult
from openhealthcode.collection.model import Source
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.identity import linking, matching, quality
from openhealthcode.identity.linking import RelationKind
from openhealthcode.standards import HealthCodeError
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


async def register_together(
    pool: Pool, keys: Keys, candidates: Sequence[Candidate], source: Source
) -> list[RowResult]:
    """Make residents of those who are certainly new; whoever is left out goes alone.

    Args:
        pool: the database.
        keys: the installation's.
        candidates: none of them may be another of them, nor its mother.
        source: who delivers.
    """
    if not candidates:
        return []
    try:
        return await _register(pool, keys, candidates, source)
    except HealthCodeError:  # of one of them, perhaps registered meanwhile: each finds out alone
        return []


async def _register(
    pool: Pool, keys: Keys, candidates: Sequence[Candidate], source: Source
) -> list[RowResult]:
    now = datetime.now(UTC)
    newcomers = [each.newcomer for each in candidates]
    async with transaction(pool, task="registration") as connection:
        made = await identity.enrol_new(connection, keys, newcomers, source.identity)
        enrolled = [each for each in candidates if each.newcomer.resident_id in made]
        if enrolled:
            enrolled = await _with_shared_phones(connection, keys, enrolled, now)
            event = event_of(source, is_new=True)
            await audit.begin(connection, keys, [(id_, event) for id_ in made])
            codes = Counter(rule.code for each in enrolled for rule in each.found)
            await quality.note_many(connection, source.institution_id, len(enrolled), codes, now)
            await _relate(connection, keys, made, source)
    return [_result(keys, each) for each in enrolled]


async def _relate(
    connection: Connection,
    keys: Keys,
    made: Mapping[ResidentId, ResidentId | None],
    source: Source,
) -> None:
    """Relate children to their mothers; in one order, so that two batches never block each other."""
    born = [(mother, child) for child, mother in made.items() if mother is not None]
    for mother, child in sorted(born):
        await linking.relate(connection, keys, child, mother, RelationKind.MOTHER, source.agent)


async def _with_shared_phones(
    connection: Connection, keys: Keys, enrolled: Sequence[Candidate], now: datetime
) -> list[Candidate]:
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


def _result(keys: Keys, enrolled: Candidate) -> RowResult:
    return RowResult(
        enrolled.number,
        RowOutcome.NEW,
        patient_id(keys, enrolled.newcomer.resident_id),
        ", ".join(quality.told(enrolled.found)),
    )

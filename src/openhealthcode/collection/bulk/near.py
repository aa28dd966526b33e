"""Who of a file resembles whom, as long as the database does not say: the rows that are under way.

What a load comes to is what registering its rows one after the other would come to. Rows that are
under way do not see each other in the database, so they are compared here, in the order of the file:
a row that comes near one before it waits until that one is written, and goes alone.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from openhealthcode import identity
from openhealthcode.collection.bulk.model import Candidate, Row, RowResult
from openhealthcode.identity import Newcomer, matching, quality
from openhealthcode.identity.matching import Block, Found
from openhealthcode.standards import HealthCodeError
from openhealthcode.standards.ids import ResidentId


@dataclass(frozen=True, slots=True)
class _Sought:
    """A row with what others find it by, worked out once."""

    candidate: Candidate
    keys: tuple[tuple[str, str], ...]
    """Pairs of plain text: a member of an enumeration takes longer to find in a dictionary."""
    named: frozenset[str]
    """Its certificates, in the form in which they are found again."""
    mother: frozenset[str]

    @classmethod
    def of(cls, candidate: Candidate) -> _Sought:
        registration = candidate.newcomer.registration
        keys: dict[Block, str] = matching.blocking_keys(candidate.newcomer.variant)
        mother = registration.mother
        return cls(
            candidate,
            tuple((block.value, text) for block, text in keys.items()),
            frozenset(certificate.normalised for certificate in registration.certificates),
            frozenset() if mother is None else frozenset((mother.normalised,)),
        )


@dataclass(slots=True)
class Turn:
    """One batch under way.

    Args:
        refused: rows that are no registration.
        together: rows that may be made residents together.
        waits_for: earlier batches with somebody whom a row that goes alone resembles.
    """

    refused: list[RowResult] = field(default_factory=list)
    together: list[Candidate] = field(default_factory=list)
    waits_for: list[Turn] = field(default_factory=list)
    _is_written: asyncio.Event = field(default_factory=asyncio.Event)
    _by_key: dict[tuple[str, str], list[Found]] = field(default_factory=lambda: defaultdict(list))
    _named: set[str] = field(default_factory=set)

    def add(self, sought: _Sought, like: Sequence[Turn]) -> None:
        """Place the next row, and let later ones see it.

        Args:
            like: the batches, this one among them, that hold somebody who may be the same person.
        """
        if not like and _goes_together(sought.candidate):
            self.together.append(sought.candidate)
        self.waits_for += [turn for turn in like if turn is not self]
        newcomer = sought.candidate.newcomer
        found = Found(newcomer.resident_id, newcomer.variant, shares_certificate=False)
        for key in sought.keys:
            self._by_key[key].append(found)
        self._named |= sought.named

    def holds_like(self, sought: _Sought) -> bool:
        """Whether one of these rows may be this person, or be their mother."""
        if not self._named.isdisjoint(sought.named) or not self._named.isdisjoint(sought.mother):
            return True
        near = [found for key in sought.keys for found in self._by_key.get(key, ())]
        if not near:
            return False
        each = {found.resident_id: found for found in near}
        return identity.resembles(sought.candidate.newcomer, tuple(each.values()))

    async def until_earlier_are_written(self) -> None:
        """Wait until those whom the rest of the batch resembles are in the database."""
        for earlier in self.waits_for:
            await earlier._is_written.wait()  # noqa: SLF001 - another of this class

    def end(self) -> None:
        """Let those who wait for this batch go on."""
        self._is_written.set()


class InFlight:
    """The batches that were begun and are not written yet."""

    def __init__(self) -> None:
        self._turns: list[Turn] = []

    def begin(self, batch: Sequence[Row], now: datetime) -> Turn:
        """Tell which rows of the next batch go together, and let later rows see them all."""
        turn = Turn()
        self._turns.append(turn)
        for row in batch:
            candidate = _candidate(row, now)
            if isinstance(candidate, RowResult):
                turn.refused.append(candidate)
                continue
            sought = _Sought.of(candidate)
            turn.add(sought, [one for one in self._turns if one.holds_like(sought)])
        return turn

    def end(self, turn: Turn) -> None:
        """A batch is written: from now on the database tells of it."""
        self._turns.remove(turn)
        turn.end()


def _candidate(row: Row, now: datetime) -> Candidate | RowResult:
    registration = row.registration
    if registration is None:
        return RowResult.refusing(row.number, row.error_code, row.error)
    try:
        identity.check(registration)
    except HealthCodeError as error:
        return RowResult.refusing(row.number, error.code, str(error))
    found = quality.examine(registration, now)
    return Candidate(row.number, Newcomer.of(ResidentId(uuid4()), registration, found), found)


def _goes_together(candidate: Candidate) -> bool:
    """Not what waits for a registrar, nor a ward's name, which is nobody's yet."""
    return not quality.is_set_aside(candidate.found) and not candidate.newcomer.variant.is_newborn

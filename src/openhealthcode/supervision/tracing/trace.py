"""Which of the files that were handed over a found one comes from, or that it cannot be said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from openhealthcode.supervision.tracing.found import Found
from openhealthcode.trust.marks import CANARIES, CanaryBook, MarkCode, accuse

_FEWEST_MARKS: Final = 24
"""Fewer bits could not name one of any number of recipients; the bound says so too."""


class Because(StrEnum):
    """What names a source."""

    CANARY = "canary"
    """Somebody is in the file who stands in that one alone and does not exist."""
    MARKS = "marks"
    """How the file is written agrees with that one."""
    LABEL = "label"
    """The file bears that one's name."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file that was handed over, from which the found one comes, wholly or in part.

    Args:
        agreements: weighted marks that agree, of ``possible``; 0 where a canary or label says it.
        chance: that an innocent recipient is named; of a label and a canary not of one's own making.
    """

    mark_id: bytes
    because: Because
    agreements: int = 0
    possible: int = 0
    chance: float = 0.0


@dataclass(frozen=True, slots=True)
class Traced:
    """What a found file says about where it comes from.

    Args:
        sources: surest first; none where it cannot be said.
        marks: how many of the 512 bits were read.
    """

    sources: tuple[Source, ...]
    marks: int


class Register:
    """Every file that was handed over, as far as tracing needs it: its bits, and who stands in it alone."""

    def __init__(self, code: MarkCode, mark_ids: Iterable[bytes]) -> None:
        self.words = {mark_id: code.word(mark_id) for mark_id in mark_ids}
        self.canaries = CanaryBook(code, self.words)


def trace_found(
    found: Found,
    register: Register,
    open_id: Callable[[str], tuple[UUID, UUID] | None],
) -> Traced:
    """Name the files a found one comes from.

    Args:
        register: of all that was handed over.
        open_id: whose entry an id names, and which; nothing if it is none of ours.
    """
    book = register.canaries
    opened = [pair for text in found.ids if (pair := open_id(text)) is not None]
    people: set[UUID | str] = {*found.numbers, *(resident_id for resident_id, _ in opened)}
    for position, bit in book.bits(people):
        found.votes.cast_bit(CANARIES, position, bit)
    owners = {owner for pair in opened if (owner := book.owner(*pair)) is not None}
    if not owners and found.numbers:
        owners = book.owners(people)
    labelled = found.labels & register.words.keys()
    named = {mark_id: Source(mark_id, Because.LABEL) for mark_id in sorted(labelled)}
    for mark_id in sorted(owners - labelled):
        named[mark_id] = Source(mark_id, Because.CANARY)
    reading = found.votes.reading()
    if reading.marks >= _FEWEST_MARKS:
        for one in accuse(reading, register.words):
            told = Source(one.mark_id, Because.MARKS, one.agreements, one.possible, one.chance)
            named.setdefault(one.mark_id, told)
    return Traced(tuple(named.values()), reading.marks)

"""A check-list and its answers: plain values."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """How an item is answered."""

    TEST = "test"
    DOCUMENT = "document"
    NOT_APPLICABLE = "not-applicable"
    """There is nothing here it could be about; the words say what there is not."""
    NOT_ANSWERED = "not-answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One requirement by its number, and what answers it.

    Args:
        where: tests as ``path::name``, or documents.
    """

    id: str
    answer: Answer
    words: str = ""
    where: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """One standard: which text was read, how much of it is looked at, item by item."""

    name: str
    title: str
    source: str
    scope: str
    items: tuple[Item, ...]

    @property
    def counts(self) -> Counter[Answer]:
        """How many items are answered in which way."""
        return Counter(item.answer for item in self.items)

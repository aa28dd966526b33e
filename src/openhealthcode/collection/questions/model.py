"""A question about a rule, its clock and its answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from openhealthcode.standards import InvalidInput

ANSWER_WITHIN: Final = timedelta(days=15)
LONGEST_QUESTION: Final = 300
LONGEST_ANSWER: Final = 2000
_A_PERSONS_NUMBER: Final = re.compile(r"\d(?:[\s-]?\d){10}")
"""Eleven digits and more: a telephone, an ID number, a card."""


class QuestionUnsuitable(InvalidInput):
    """A question is a few sentences without anybody's number in it."""

    code = "question-unsuitable"


class QuestionState(StrEnum):
    """Where a question stands."""

    WAITING = "waiting"
    OVERDUE = "overdue"
    ANSWERED = "answered"
    SET_ASIDE = "set-aside"


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked about a rule, and what became of it.

    Args:
        element: empty when the rule as a whole is meant.
        asked: the words as they were sent; for whoever answers, and nobody else.
        published: the words as published; ``None`` until answered, or when set aside.
        answer: the answer, or why it was set aside.
    """

    question_id: UUID
    scene: str
    element: str
    asked: str = field(repr=False)
    asked_at: datetime
    due_at: datetime
    answered_at: datetime | None
    published: str | None
    answer: str | None

    def state(self, now: datetime) -> QuestionState:
        """Where it stands at this moment."""
        if self.answered_at is None:
            return QuestionState.OVERDUE if self.due_at <= now else QuestionState.WAITING
        return QuestionState.SET_ASIDE if self.published is None else QuestionState.ANSWERED

    def days_left(self, now: datetime) -> int:
        """Whole days until it must be answered, the one that has begun included; 0 when overdue."""
        return max(0, -((now - self.due_at) // timedelta(days=1)))


@dataclass(frozen=True, slots=True)
class Clock:
    """How the platform keeps to its 15 days, for everybody to see.

    Args:
        answered: published answers.
        in_time: those of them within the 15 days.
    """

    waiting: int
    overdue: int
    answered: int
    in_time: int
    set_aside: int
    next_due_at: datetime | None


def checked(words: str, longest: int) -> str:
    """The words, in one piece and without control characters.

    Raises:
        QuestionUnsuitable: empty, too long, or with what looks like a person's number.
    """
    text = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    if not 0 < len(text) <= longest or _A_PERSONS_NUMBER.search(text):
        raise QuestionUnsuitable
    return text

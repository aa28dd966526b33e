"""A supervisor answers: question and answer are published together, and stay as they are."""

from __future__ import annotations

from uuid import UUID

from openhealthcode.collection.questions import store
from openhealthcode.collection.questions.model import LONGEST_ANSWER, LONGEST_QUESTION, checked
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import Conflict
from openhealthcode.standards.ids import PractitionerId


async def publish(
    pool: Pool, question_id: UUID, *, by: PractitionerId, question: str, answer: str
) -> None:
    """Publish an answer beside the question, whose words may have lost what was personal.

    Raises:
        QuestionUnsuitable: either is empty, too long, or holds a person's number.
        Conflict: there is no such question, or it has been answered.
    """
    words, text = checked(question, LONGEST_QUESTION), checked(answer, LONGEST_ANSWER)
    async with transaction(pool) as connection:
        if not await store.answer(connection, question_id, by, words, text):
            raise Conflict


async def set_aside(pool: Pool, question_id: UUID, *, by: PractitionerId, reason: str) -> None:
    """Publish nothing of a question that is none, and say why to whoever asked; it is counted.

    Raises:
        As ``publish``.
    """
    text = checked(reason, LONGEST_ANSWER)
    async with transaction(pool) as connection:
        if not await store.answer(connection, question_id, by, None, text):
            raise Conflict

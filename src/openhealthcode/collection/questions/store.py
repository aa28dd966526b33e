"""Reads and writes questions; the only module that knows their table."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from openhealthcode.collection.questions.model import ANSWER_WITHIN, Clock, Question
from openhealthcode.database import Connection, load_queries

_QUERIES = load_queries("openhealthcode.collection.questions")


async def ask(
    connection: Connection, question_id: UUID, scene: str, element: str, words: str
) -> None:
    """Add a question; its clock starts."""
    await connection.execute(_QUERIES["ask"], question_id, scene, element, words, ANSWER_WITHIN)


async def answer(
    connection: Connection, question_id: UUID, by: UUID, published: str | None, text: str
) -> bool:
    """Answer a question that was not; whether it was there to be answered."""
    row = await connection.fetchval(_QUERIES["answer"], question_id, by, published, text)
    return row is not None


async def question(connection: Connection, question_id: UUID) -> Question | None:
    """One question."""
    row = await connection.fetchrow(_QUERIES["question"], question_id)
    return None if row is None else _question(row)


async def waiting(connection: Connection) -> list[Question]:
    """The questions nobody answered yet, the next due first."""
    return [_question(row) for row in await connection.fetch(_QUERIES["waiting"])]


async def published(
    connection: Connection, scene: str | None, element: str | None, most: int
) -> list[Question]:
    """Answered questions of a rule and element, or of all."""
    rows = await connection.fetch(_QUERIES["published"], scene, element, most)
    return [_question(row) for row in rows]


async def clock(connection: Connection) -> Clock:
    """How many questions stand where."""
    (row,) = await connection.fetch(_QUERIES["clock"])
    return Clock(**row)


def _question(row: Record) -> Question:
    return Question(
        question_id=row["question_id"],
        scene=row["scene"],
        element=row["element"],
        asked=row["words"],
        asked_at=row["asked_at"],
        due_at=row["due_at"],
        answered_at=row["answered_at"],
        published=row["question"],
        answer=row["answer"],
    )

"""What everybody, and whoever answers, may see of the questions."""

from __future__ import annotations

from uuid import UUID

from openhealthcode.collection.questions import store
from openhealthcode.collection.questions.model import Clock, Question
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import NotFound

_MOST = 100


async def question(pool: Pool, question_id: UUID) -> Question:
    """One question by its number.

    Raises:
        NotFound: there is none.
    """
    async with transaction(pool) as connection:
        found = await store.question(connection, question_id)
    if found is None:
        raise NotFound
    return found


async def waiting(pool: Pool) -> list[Question]:
    """The questions nobody answered yet, the next due first."""
    async with transaction(pool) as connection:
        return await store.waiting(connection)


async def published(
    pool: Pool, scene: str | None = None, element: str | None = None
) -> list[Question]:
    """Questions with their answers, the newest first; of one rule and element, or of all."""
    async with transaction(pool) as connection:
        return await store.published(connection, scene, element, _MOST)


async def clock(pool: Pool) -> Clock:
    """How the platform keeps to its 15 days."""
    async with transaction(pool) as connection:
        return await store.clock(connection)

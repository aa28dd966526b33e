"""Anybody asks about a rule; who it was is not kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from openhealthcode.collection.questions import store
from openhealthcode.collection.questions.model import LONGEST_QUESTION, checked
from openhealthcode.collection.rule_set import RULES
from openhealthcode.database import Pool, transaction
from openhealthcode.sign_in import limits
from openhealthcode.sign_in.limits import Limit
from openhealthcode.standards import NotFound, TooManyAttempts
from openhealthcode.trust import Keys

PER_CALLER: Final = (Limit(3, timedelta(hours=1)), Limit(10, timedelta(days=1)))
PER_HOUR: Final = 100
"""From everybody together; far more than people ask, and few enough to read."""


async def ask(pool: Pool, keys: Keys, *, scene: str, element: str, words: str, caller: str) -> UUID:
    """Ask; the answer is due in 15 days by the database's clock.

    Args:
        element: one of the catalogue, or empty for the rule as a whole.
        caller: from where; kept as a keyed hash, to count, for a day.

    Returns:
        the number under which the question is found again.

    Raises:
        UnknownScene, NotFound: there is no such rule or element.
        QuestionUnsuitable: empty, too long, or with a person's number in it.
        TooManyAttempts: too many questions from there, or from everybody.
    """
    RULES.of(scene)
    if element and element not in RULES.catalogue:
        raise NotFound
    text = checked(words, LONGEST_QUESTION)
    question_id, now = uuid4(), datetime.now(UTC)
    async with transaction(pool) as connection:
        counted = keys.blind_index("questions per caller", caller)
        if not await limits.take(connection, counted, PER_CALLER, now):
            raise TooManyAttempts
        if not await limits.take_of_hour(connection, "question", PER_HOUR, now):
            raise TooManyAttempts
        await store.ask(connection, question_id, scene, element, text)
    return question_id

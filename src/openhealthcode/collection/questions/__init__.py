"""What the public asks about the collection rules, and what is answered within 15 days (公众提问).

Start with ``ask``: anybody may, without saying who they are. ``answer`` publishes question and
answer together, or sets the question aside and says why; the clock is public either way.
"""

from openhealthcode.collection.questions.answer import publish, set_aside
from openhealthcode.collection.questions.ask import ask
from openhealthcode.collection.questions.model import (
    ANSWER_WITHIN,
    LONGEST_ANSWER,
    LONGEST_QUESTION,
    Clock,
    Question,
    QuestionState,
    QuestionUnsuitable,
)
from openhealthcode.collection.questions.read import clock, published, question, waiting

__all__ = [
    "ANSWER_WITHIN",
    "LONGEST_ANSWER",
    "LONGEST_QUESTION",
    "Clock",
    "Question",
    "QuestionState",
    "QuestionUnsuitable",
    "ask",
    "clock",
    "publish",
    "published",
    "question",
    "set_aside",
    "waiting",
]

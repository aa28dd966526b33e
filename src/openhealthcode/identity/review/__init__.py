"""What of the master index waits for a registrar, and how it was answered (人工复核).

``waiting`` is the queue, by risk; ``add_answer`` keeps an answer in the transaction of what follows
from it. Who somebody is, is ``access``'s to show. Start with ``rules``.
"""

from openhealthcode.identity.review.model import (
    Answer,
    Answered,
    AnsweredAlready,
    Backlog,
    ReviewItem,
    ReviewKind,
    Risk,
)
from openhealthcode.identity.review.rules import (
    EVERYBODYS_AFTER,
    is_of_one_who_may_have_changed,
    may_take_up,
    risk_of,
)
from openhealthcode.identity.review.store import (
    add_answer,
    answers,
    is_settled,
    item,
    items_of,
    latest_answers,
    reference_of,
    waiting,
)

__all__ = [
    "EVERYBODYS_AFTER",
    "Answer",
    "Answered",
    "AnsweredAlready",
    "Backlog",
    "ReviewItem",
    "ReviewKind",
    "Risk",
    "add_answer",
    "answers",
    "is_of_one_who_may_have_changed",
    "is_settled",
    "item",
    "items_of",
    "latest_answers",
    "may_take_up",
    "reference_of",
    "risk_of",
    "waiting",
]

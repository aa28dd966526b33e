"""Cases of the master index before a registrar: what waits, side by side, decided, taken back.

Names are shown here and nowhere else, to whoever compares, and every comparison stands in the log of
everybody it concerned, without naming the others. Start with ``compare``.
"""

from openhealthcode.access.duplicates.compare import ComparedCase, ComparedEntry, compare_case
from openhealthcode.access.duplicates.decide import (
    DismissReason,
    NumbersDiffer,
    accept_case,
    dismiss_case,
    keep_case_apart,
    merge_case,
    take_back_answer,
)
from openhealthcode.access.duplicates.history import (
    HistoryEvent,
    IdentityHistory,
    identity_history,
)
from openhealthcode.access.duplicates.queue import (
    AnsweredCase,
    QueuedCase,
    ReviewQueue,
    review_queue,
)

__all__ = [
    "AnsweredCase",
    "ComparedCase",
    "ComparedEntry",
    "DismissReason",
    "HistoryEvent",
    "IdentityHistory",
    "NumbersDiffer",
    "QueuedCase",
    "ReviewQueue",
    "accept_case",
    "compare_case",
    "dismiss_case",
    "identity_history",
    "keep_case_apart",
    "merge_case",
    "review_queue",
    "take_back_answer",
]

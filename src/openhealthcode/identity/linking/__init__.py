"""Linking: which entries of the index are one person, which are not, and how persons relate.

A merge moves no rows. ``persons`` is what follows from the merges that hold; undoing one leaves
what there would be without it. Start with ``rules``; ``decide`` writes, in the caller's transaction
(``collection.merge``, ``unmerge``, ``not_same``, ``relate``).
"""

from openhealthcode.identity.linking.decide import (
    Done,
    History,
    history,
    merge,
    not_same,
    relate,
    related,
    unmerge,
    withdraw_not_same,
)
from openhealthcode.identity.linking.model import (
    AlreadyOnePerson,
    Decided,
    KnownApart,
    Merge,
    NotMerged,
    Related,
    RelationKind,
    Suggestion,
    TooManyMerged,
)
from openhealthcode.identity.linking.person import Held, current_id, hold_all, ids_of
from openhealthcode.identity.linking.rules import Person, persons
from openhealthcode.identity.linking.store import not_same as known_apart
from openhealthcode.identity.linking.store import read_members

# fmt: off
__all__ = [
    "AlreadyOnePerson", "Decided", "Done", "Held", "History", "KnownApart", "Merge", "NotMerged", "Person",
    "Related", "RelationKind", "Suggestion", "TooManyMerged", "current_id", "history", "hold_all", "ids_of",
    "known_apart", "merge", "not_same", "persons", "read_members", "relate", "related", "unmerge",
    "withdraw_not_same",
]

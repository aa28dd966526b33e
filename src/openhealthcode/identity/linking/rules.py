"""Pure decisions about merges: who is one person, and what may be merged.

The state follows from the merges that hold and from nothing else. Undoing one, in whatever order,
therefore leaves exactly what there would be if it had never been made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from openhealthcode.identity.linking.model import (
    LONGEST_REASON,
    MOST_IDS,
    AlreadyOnePerson,
    KnownApart,
    Merge,
    TooManyMerged,
)
from openhealthcode.standards import InvalidInput
from openhealthcode.standards.ids import ResidentId

Person = tuple[ResidentId, ...]
"""All ids of one person, the surviving one first."""


def persons(merges: Iterable[Merge]) -> dict[ResidentId, Person]:
    """Everybody who is merged, by each of their ids.

    Replays the merges that hold in the order in which they were decided: the survivor's person
    takes in the other's. Those that hold never close a circle, since ``check_merge`` refuses what
    is one person already, and leaving one out closes none.
    """
    found: dict[ResidentId, Person] = {}
    holding = (merge for merge in merges if merge.holds)
    for merge in sorted(holding, key=lambda each: (each.decided.at, each.merge_id.int)):
        survivor = found.get(merge.survivor, (merge.survivor,))
        other = found.get(merge.other, (merge.other,))
        person = tuple(dict.fromkeys((*survivor, *other)))
        found |= dict.fromkeys(person, person)
    return found


def person_of(resident_id: ResidentId, merges: Iterable[Merge]) -> Person:
    """All ids of one person; alone if nothing was merged."""
    return persons(merges).get(resident_id, (resident_id,))


def check_merge(survivor: Person, other: Person, apart: Collection[frozenset[ResidentId]]) -> None:
    """Refuse a merge that cannot be, whoever asks for it.

    Args:
        survivor: all ids of the one person.
        other: all ids of the other.
        apart: the pairs of which somebody decided that they are two people.

    Raises:
        AlreadyOnePerson: they are, or somebody is merged with themselves.
        KnownApart: it contradicts an earlier decision about any of their ids.
        TooManyMerged: nobody has so many entries.
    """
    if set(survivor) & set(other):
        raise AlreadyOnePerson
    if any(frozenset({left, right}) in apart for left in survivor for right in other):
        raise KnownApart
    if len(survivor) + len(other) > MOST_IDS:
        raise TooManyMerged


def check_apart(left: Person, right: Person) -> None:
    """Refuse to hold apart what is one person: the merge is undone first.

    Raises:
        AlreadyOnePerson: they are.
    """
    if set(left) & set(right):
        raise AlreadyOnePerson


def changed(
    before: Mapping[ResidentId, Person], after: Mapping[ResidentId, Person]
) -> dict[ResidentId, Person]:
    """Whose person is another one than before, and who that is now."""
    ids = sorted({*before, *after})
    return {
        one: after.get(one, (one,))
        for one in ids
        if after.get(one, (one,)) != before.get(one, (one,))
    }


def in_words(reason: str) -> str:
    """The reason as it is kept.

    Raises:
        InvalidInput: there is none, or it is longer than 500 characters.
    """
    kept = " ".join(reason.split())
    if not 0 < len(kept) <= LONGEST_REASON:
        raise InvalidInput("a reason of at most 500 characters is needed")
    return kept

"""Which entries are one person, after whatever was decided in whatever order.

This file is also part of a page of the manual.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from openhealthcode.identity.linking import Decided, Merge, persons
from openhealthcode.standards.ids import MergeId, PractitionerId, ResidentId

title = "Who is one person"
title_zh = "哪些登记是同一个人"

CASES = [
    # sentence, what was decided (A<B: B is merged into A; undo n: the n-th is undone), who is who
    ("Nothing decided, nobody is merged", "", ""),
    ("The id that is merged into survives", "A<B", "A B"),
    ("Whoever was merged comes along", "A<B C<A", "C A B"),
    ("An id that was merged stands for its person", "A<B B<C", "A B C"),
    ("Undone, each is alone again", "A<B undo1", ""),
    ("Of several, whichever was undone", "A<B A<C undo1", "A C"),
    ("also the one that carried the others", "A<B C<A D<C undo2", "A B, D C"),
    ("The rest is as if it had never been made", "A<B C<B D<A undo2", "D A B"),
    ("What was undone can be decided again, the other way round", "A<B undo1 B<A", "B A"),
    ("Two pairs stay two persons", "A<B C<D", "A B, C D"),
]


@pytest.mark.parametrize(("sentence", "decided", "expected"), CASES)
def test_who_is_one_person(sentence, decided, expected):
    found = {" ".join(map(_name, person)) for person in persons(_merges(decided)).values()}
    assert found == {each for each in expected.split(", ") if each}, sentence


def as_told(place: int, sentence: str, decided: str, expected: str) -> str:
    """A case as the manual tells it."""
    said = decided or "nothing"
    return f"{place}. {sentence}: `{said}` → {f'`{expected}`' if expected else 'each alone'}.\n"


def _merges(text: str) -> list[Merge]:
    merges: list[Merge] = []
    for minute, word in enumerate(text.split()):
        if word.startswith("undo"):
            place = int(word.removeprefix("undo")) - 1
            merges[place] = replace(merges[place], undone=_decided(minute))
        else:
            survivor, other = (ResidentId(UUID(int=ord(letter))) for letter in word.split("<"))
            merge_id = MergeId(UUID(int=1000 + minute))
            merges.append(Merge(merge_id, survivor, other, _decided(minute)))
    return merges


def _decided(minute: int) -> Decided:
    at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=minute)
    return Decided(clerk_id=PractitionerId(UUID(int=99)), institution_id=None, at=at)


def _name(resident_id: ResidentId) -> str:
    return chr(resident_id.int)

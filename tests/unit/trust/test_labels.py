"""Categories stand in tables as tokens that only the resident's own key translates."""

from __future__ import annotations

import re
from itertools import combinations
from uuid import UUID

import pytest

from openhealthcode.standards import RecordCategory, SensitiveCategory
from openhealthcode.trust import Labels

EVERY_KIND = frozenset(SensitiveCategory)


@pytest.fixture
def labels(keys):
    return keys.of(UUID(int=1), create=True).labels


def test_every_category_and_kind_comes_back(labels):
    for category in RecordCategory:
        assert labels.category(labels.token_of(category)) is category
    assert labels.categories_of(map(labels.token_of, RecordCategory)) == frozenset(RecordCategory)
    assert labels.kinds_of(map(labels.token_of, SensitiveCategory)) == EVERY_KIND


def test_a_category_is_never_taken_for_a_kind(labels):
    assert not labels.kinds_of(map(labels.token_of, RecordCategory))
    assert not labels.categories_of(map(labels.token_of, SensitiveCategory))
    for kind in SensitiveCategory:
        assert labels.category(labels.token_of(kind)) is None
        assert labels.sensitivity(labels.token_of(kind)) == EVERY_KIND


def test_one_or_two_kinds_come_back_more_count_as_all(labels):
    for size in range(len(EVERY_KIND) + 1):
        for chosen in map(frozenset, combinations(SensitiveCategory, size)):
            read = labels.sensitivity(labels.sensitivity_token(chosen))
            assert read == (chosen if size <= 2 else EVERY_KIND)


@pytest.mark.parametrize("token", [b"", b"\0" * 7, b"\0" * 8, b"\0" * 16])
def test_what_no_release_wrote_stays_closed(labels, token):
    assert labels.category(token) is None
    assert labels.sensitivity(token) == EVERY_KIND
    assert not labels.kinds_of([token])


def test_a_token_across_the_border_of_two_is_none_of_them(labels):
    allergies = labels.token_of(RecordCategory.ALLERGIES)
    conditions = labels.token_of(RecordCategory.CONDITIONS)
    assert labels.category(allergies[4:] + conditions[:4]) is None


def test_a_token_that_also_occurs_across_a_border_is_still_found():
    # Every token is the same eight bytes of one value, so that it occurs at every position.
    labels = Labels(lambda _: b"\x07" * 8)
    assert labels.category(b"\x07" * 8) is next(iter(RecordCategory))
    shifted = Labels(
        lambda name: b"\x01" * 8 if name.startswith("category|") else b"\x01" * 4 + b"\x02" * 4
    )
    assert shifted.kinds_of([b"\x01" * 4 + b"\x02" * 4]) == {next(iter(SensitiveCategory))}


def test_two_residents_share_no_token(keys):
    ours = keys.of(UUID(int=1), create=True).labels
    theirs = keys.of(UUID(int=2), create=True).labels
    for category in RecordCategory:
        assert ours.category(theirs.token_of(category)) is None


@pytest.mark.parametrize("kinds", [frozenset(), frozenset(list(EVERY_KIND)[:3]), EVERY_KIND])
@pytest.mark.parametrize("categories", [(), (RecordCategory.LABORATORY,), tuple(RecordCategory)])
def test_tokens_are_written_as_the_database_reads_them(labels, categories, kinds):
    written = labels.texts(categories, kinds)
    read = [
        [bytes.fromhex(digits) for digits in re.findall(r'"\\\\x(\w+)"', one)] for one in written
    ]
    assert read[0] == [labels.token_of(one) for one in categories]
    assert read[1] == [token for carried, token in labels.sensitivities() if carried <= kinds]
    assert all(re.fullmatch(r'\{("\\\\x\w{16}"(,(?!\})|(?=\})))*\}', one) for one in written)

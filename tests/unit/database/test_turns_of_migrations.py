"""Which migrations may be applied while the release before is at work, and which wait."""

from __future__ import annotations

import pytest

from openhealthcode.database.migrate import Missing, NotInTurn, missing_of, newest
from openhealthcode.database.releases import name_of

ALL = (
    "0001_first_before.sql",
    "0002_more_before.sql",
    "0003_less_after.sql",
    "0004_again_before.sql",
    "0005_again_after.sql",
    "0006_last_after.sql",
)


@pytest.mark.parametrize(
    ("applied", "before", "after"),
    [
        (6, (), ()),
        (5, (), ALL[5:]),
        (4, (), ALL[4:]),
        (3, ALL[3:4], ALL[4:]),
    ],
)
def test_what_adds_goes_before_and_what_takes_away_after(applied, before, after):
    assert missing_of(ALL, ALL[:applied]) == Missing(before, after)


@pytest.mark.parametrize("applied", [0, 1, 2])
def test_two_releases_at_once_are_refused_under_load(applied):
    with pytest.raises(NotInTurn):
        missing_of(ALL, ALL[:applied])


def test_the_order_they_are_named_in_says_nothing():
    assert missing_of(reversed(ALL), set(ALL[:3])) == Missing(ALL[3:4], ALL[4:])


def test_a_release_is_named_by_its_newest_migration():
    assert newest().isdecimal()
    assert name_of("0007") == "openhealthcode 0007"

"""What a consent for a number of visits opens, and when it is used up.

This file is also a page of the manual (``docs/manual/consent.md`` is made from it).
"""

from __future__ import annotations

import pytest

from openhealthcode.consent import begins_uses, decide, shows
from spec import tables

title = "For how many visits"
title_zh = "可以用几次"

GLUCOSE = """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """
CASES = [
    (
        "A consent for one visit opens once",
        """
        rule   | what       | who      | visits
        -------+------------+----------+-------
        permit | laboratory | hospital | 1
        """,
        "hospital/wang  TREAT  2026-03-01",
        GLUCOSE,
        "glucose",
    ),
    (
        "A visit lasts four hours, in which the same person looks as often as needed",
        """
        rule   | what       | who      | visits | been
        -------+------------+----------+--------+----------------------
        permit | laboratory | hospital | 1      | wang@2026-03-01T08:00
        """,
        "hospital/wang  TREAT  2026-03-01T11:59",
        GLUCOSE,
        "glucose",
    ),
    (
        "After four hours it was a visit, and it is used up",
        """
        rule   | what       | who      | visits | been
        -------+------------+----------+--------+----------------------
        permit | laboratory | hospital | 1      | wang@2026-03-01T08:00
        """,
        "hospital/wang  TREAT  2026-03-01T12:00",
        GLUCOSE,
        "",
    ),
    (
        "A colleague's look is a visit of its own",
        """
        rule   | what       | who      | visits | been
        -------+------------+----------+--------+----------------------
        permit | laboratory | hospital | 1      | wang@2026-03-01T08:00
        """,
        "hospital/zhao  TREAT  2026-03-01T09:00",
        GLUCOSE,
        "",
    ),
    (
        "Of three visits two are left",
        """
        rule   | what       | who      | visits | been
        -------+------------+----------+--------+----------------------
        permit | laboratory | hospital | 3      | wang@2026-02-01T08:00
        """,
        "hospital/zhao  TREAT  2026-03-01T09:00",
        GLUCOSE,
        "glucose",
    ),
    (
        "A system's look is its institution's visit",
        """
        rule   | what       | who      | manner | visits | been
        -------+------------+----------+--------+--------+--------------------------
        permit | laboratory | hospital | keep   | 1      | hospital@2026-03-01T08:00
        """,
        "hospital  TREAT  2026-03-01T09:00  keep",
        GLUCOSE,
        "glucose",
    ),
    (
        "Another consent that is not used up still opens",
        """
        rule   | what       | who           | visits | been
        -------+------------+---------------+--------+----------------------
        permit | laboratory | hospital      | 1      | wang@2026-02-01T08:00
        permit | laboratory | hospital/wang |        |
        """,
        "hospital/wang  TREAT  2026-03-01T09:00",
        GLUCOSE,
        "glucose",
    ),
]


@pytest.mark.parametrize(
    ("said", "asks", "record", "sees"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_for_how_many_visits(said: str, asks: str, record: str, sees: str):
    decision = decide(tables.request(asks), tables.provisions(said))
    seen = {name for name, entry in tables.entries(record).items() if shows(decision, entry)}
    assert seen == set(sees.split())


def test_only_a_look_that_is_no_part_of_a_visit_begins_one():
    said = tables.provisions(CASES[1][1])
    during = tables.request("hospital/wang  TREAT  2026-03-01T11:59")
    assert not begins_uses(decide(during, said), during)
    fresh, first = tables.provisions(CASES[0][1]), tables.request(CASES[0][2])
    assert begins_uses(decide(first, fresh), first) == {fresh[0].consent_id}


def test_a_consent_without_a_number_counts_nothing():
    said = tables.provisions(
        """
        rule   | what       | who
        -------+------------+---------
        permit | laboratory | hospital
        """
    )
    request = tables.request("hospital/wang  TREAT  2026-03-01")
    assert not begins_uses(decide(request, said), request)

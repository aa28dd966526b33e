"""What a practitioner sees, for each thing a resident may have said.

This file is also a page of the manual (``docs/manual/consent.md`` is made from it).
"""

from __future__ import annotations

import pytest

from openhealthcode.consent import decide, shows
from spec import tables

title = "What is shown after a scan"
title_zh = "扫码之后能看到什么"

CASES = [
    (
        "Silence is refusal",
        "",
        "hospital/wang  TREAT  2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "A permission covers only the categories it names",
        """
        rule   | what       | who
        -------+------------+--------------
        permit | laboratory | hospital/wang
        """,
        "hospital/wang  TREAT  2026-03-01",
        """
        entry   | what           | day
        --------+----------------+-----------
        glucose | laboratory     | 2026-02-01
        mother  | family-history | 2026-02-01
        """,
        "glucose",
    ),
    (
        "A permission for one practitioner is no permission for a colleague",
        """
        rule   | what       | who
        -------+------------+--------------
        permit | laboratory | hospital/wang
        """,
        "hospital/zhao  TREAT  2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "A practitioner who moves to another institution loses what was allowed at the first",
        """
        rule   | what       | who
        -------+------------+--------------
        permit | laboratory | hospital/wang
        """,
        "clinic/wang  TREAT  2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "A permission for treatment is none for payment",
        """
        rule   | what   | who
        -------+--------+--------------
        permit | claims | hospital/wang
        """,
        "hospital/wang  HPAYMT  2026-03-01",
        """
        entry   | what   | day
        --------+--------+-----------
        invoice | claims | 2026-02-01
        """,
        "",
    ),
    (
        "One refusal outweighs a general permission",
        """
        rule   | what           | who
        -------+----------------+---------
        permit | family-history |
        deny   | family-history | hospital
        """,
        "hospital/wang  TREAT  2026-03-01",
        """
        entry  | what           | day
        -------+----------------+-----------
        mother | family-history | 2026-02-01
        """,
        "",
    ),
    (
        "A permission begins when it says and has ended at the moment it ends",
        """
        rule   | what          | from       | until
        -------+---------------+------------+-----------
        permit | laboratory    | 2026-01-01 | 2026-03-01
        permit | immunisations | 2026-03-01 | 2026-04-01
        """,
        "hospital/wang  TREAT  2026-03-01",
        """
        entry   | what          | day
        --------+---------------+-----------
        glucose | laboratory    | 2026-02-01
        measles | immunisations | 2026-02-01
        """,
        "measles",
    ),
    (
        "Days limit a permission: the first counts, the last does not, an unknown day is outside",
        """
        rule   | what       | days from  | days until
        -------+------------+------------+-----------
        permit | laboratory | 2026-01-01 | 2026-02-01
        """,
        "hospital/wang  TREAT  2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        before  | laboratory | 2025-12-31
        first   | laboratory | 2026-01-01
        last    | laboratory | 2026-02-01
        unknown | laboratory |
        """,
        "first",
    ),
    (
        "Days limit a refusal too, but an unknown day is inside",
        """
        rule   | what       | days from  | days until
        -------+------------+------------+-----------
        permit | laboratory |            |
        deny   | laboratory | 2026-01-01 | 2026-02-01
        """,
        "hospital/wang  TREAT  2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        before  | laboratory | 2025-12-31
        first   | laboratory | 2026-01-01
        unknown | laboratory |
        """,
        "before",
    ),
    (
        "What was filed after the preview is not covered by its permission",
        """
        rule   | what       | who           | up to
        -------+------------+---------------+------
        permit | laboratory | hospital/wang | 7
        """,
        "hospital/wang  TREAT  2026-03-01",
        """
        entry   | what       | day        | filed by
        --------+------------+------------+---------
        seen    | laboratory | 2026-02-01 | 7
        unseen  | laboratory | 2026-02-01 | 8
        """,
        "seen",
    ),
    (
        "Closed kinds stay closed under a general permission",
        """
        rule   | what
        -------+---------------------
        permit | conditions medication
        """,
        "hospital/wang  TREAT  2026-03-01",
        """
        entry          | what       | closed kinds  | day
        ---------------+------------+---------------+-----------
        hypertension   | conditions |               | 2014-02-01
        depression     | conditions | mental-health | 2019-02-01
        antidepressant | medication | mental-health | 2019-02-01
        """,
        "hypertension",
    ),
    (
        "An entry with two closed kinds needs both opened",
        """
        rule   | what       | closed kinds
        -------+------------+--------------
        permit | conditions | mental-health
        """,
        "hospital/wang  TREAT  2026-03-01",
        """
        entry      | what       | closed kinds                | day
        -----------+------------+-----------------------------+-----------
        depression | conditions | mental-health               | 2019-02-01
        both       | conditions | mental-health substance-use | 2019-02-01
        """,
        "depression",
    ),
    (
        "Refusing a closed kind hides it in every category",
        """
        rule   | what                  | closed kinds
        -------+-----------------------+--------------
        permit | conditions medication | mental-health
        deny   |                       | mental-health
        """,
        "hospital/wang  TREAT  2026-03-01",
        """
        entry          | what       | closed kinds  | day
        ---------------+------------+---------------+-----------
        depression     | conditions | mental-health | 2019-02-01
        antidepressant | medication | mental-health | 2019-02-01
        hypertension   | conditions |               | 2014-02-01
        """,
        "hypertension",
    ),
    (
        "An entry of a kind this release does not know is never shown",
        """
        rule   | what
        -------+--------------------------
        permit | laboratory administrative
        """,
        "hospital/wang  TREAT  2026-03-01",
        """
        entry   | what | day
        --------+------+-----------
        strange | ?    | 2026-02-01
        """,
        "",
    ),
]


@pytest.mark.parametrize(
    ("said", "asks", "record", "sees"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_what_is_shown(said: str, asks: str, record: str, sees: str):
    decision = decide(tables.request(asks), tables.provisions(said))
    shown = {name for name, facts in tables.entries(record).items() if shows(decision, facts)}
    assert shown == set(sees.split())

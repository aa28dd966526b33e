"""Why something was shown or not, in the sentence the resident reads.

This file is also a page of the manual (``docs/manual/consent.md`` is made from it).
"""

from __future__ import annotations

from textwrap import dedent

import pytest

from openhealthcode.consent import Because, Provisions, decide, explain
from openhealthcode.portal.layout import Language
from openhealthcode.portal.layout.messages import catalogue
from spec import tables

title = "Why, in one sentence"
title_zh = "一句话说明为什么"

CASES = [
    (
        """
        rule   | what       | who
        -------+------------+--------------
        permit | laboratory | hospital/wang
        permit | laboratory | hospital
        """,
        "hospital/wang  TREAT  2026-03-01",
        "practitioner-allowed",
    ),
    (
        """
        rule   | what       | who      | department
        -------+------------+----------+-----------
        permit | laboratory | hospital | cardiology
        permit | laboratory | hospital |
        """,
        "hospital/wang  TREAT  2026-03-01  department:cardiology",
        "department-allowed",
    ),
    (
        """
        rule   | what       | who
        -------+------------+---------
        permit | laboratory | hospital
        """,
        "hospital/wang  TREAT  2026-03-01",
        "institution-allowed",
    ),
    (
        """
        rule   | what       | kind of institution
        -------+------------+--------------------
        permit | laboratory | village-clinic
        """,
        "clinic/li  TREAT  2026-03-01  kind:village-clinic",
        "kind-allowed",
    ),
    (
        """
        rule   | what       | who
        -------+------------+----
        permit | laboratory |
        """,
        "hospital/wang  TREAT  2026-03-01",
        "anyone-allowed",
    ),
    (
        """
        rule   | what       | who           | why
        -------+------------+---------------+-------
        permit | laboratory | hospital/wang | ETREAT
        """,
        "hospital/wang  ETREAT  2026-03-01",
        "emergency",
    ),
    (
        """
        rule   | what       | who
        -------+------------+---------
        deny   | laboratory | hospital
        """,
        "hospital/wang  TREAT  2026-03-01",
        "closed",
    ),
    (
        """
        rule   | what       | who      | by order
        -------+------------+----------+---------
        permit | laboratory | hospital |
        deny   | laboratory |          | yes
        """,
        "hospital/wang  TREAT  2026-03-01",
        "sealed",
    ),
    (
        """
        rule   | what       | who      | manner
        -------+------------+----------+-------
        permit | laboratory | hospital | view
        """,
        "hospital  TREAT  2026-03-01  keep",
        "only-to-look",
    ),
    (
        """
        rule   | what       | who      | visits | been
        -------+------------+----------+--------+----------------
        permit | laboratory | hospital | 1      | zhao@2026-02-01
        """,
        "hospital/wang  TREAT  2026-03-01",
        "used-up",
    ),
    (
        """
        rule   | what       | who      | scenes
        -------+------------+----------+-----------
        permit | laboratory | hospital | dispensing
        """,
        "hospital/wang  TREAT  2026-03-01  scene:registration",
        "other-scene",
    ),
    (
        """
        rule   | what   | who
        -------+--------+---------
        permit | claims | hospital
        """,
        "hospital/wang  HPAYMT  2026-03-01",
        "other-purpose",
    ),
    (
        """
        rule   | what       | who
        -------+------------+--------------
        permit | laboratory | hospital/wang
        """,
        "hospital/zhao  TREAT  2026-03-01",
        "other-recipient",
    ),
    (
        """
        rule   | what       | who      | until
        -------+------------+----------+-----------
        permit | laboratory | hospital | 2026-02-01
        """,
        "hospital/wang  TREAT  2026-03-01",
        "nothing-in-force",
    ),
]
SAID_BY_ACCESS = {"filed-itself", "approval-missing", "budget-spent"}


def as_told(place: int, said: str, asks: str, because: str) -> str:
    """A case as the manual tells it."""
    chinese = catalogue(Language.CHINESE).plain(f"consent.because.resident.{because}")
    english = catalogue(Language.ENGLISH).plain(f"consent.because.resident.{because}")
    supervisor = catalogue(Language.ENGLISH).plain(f"consent.because.supervisor.{because}")
    return (
        f"### {place}. {english}\n\n"
        f"The resident has said:\n\n```text\n{dedent(said).strip()}\n```\n\n"
        f"`{' '.join(asks.split())}` is answered; the resident reads: {chinese}\n"
        f"The supervisor reads: {supervisor}\n"
    )


@pytest.mark.parametrize(("said", "asks", "because"), CASES, ids=[case[2] for case in CASES])
def test_why(said: str, asks: str, because: str):
    provisions, request = Provisions(tables.provisions(said)), tables.request(asks)
    assert explain(request, decide(request, provisions), provisions) == because


def test_every_reason_has_its_case_and_its_sentences():
    assert {case[2] for case in CASES} | SAID_BY_ACCESS == set(Because)
    for language in Language:
        for reader in ("resident", "supervisor"):
            for because in Because:
                assert catalogue(language).plain(f"consent.because.{reader}.{because}")

"""Whom a permission or a refusal means: who asks, why, at which step of care, and to do what.

This file is also a page of the manual (``docs/manual/consent.md`` is made from it).
"""

from __future__ import annotations

import pytest

from openhealthcode.consent import Provisions, decide, shows
from spec import tables

title = "Who is meant, for what, at which step of care"
title_zh = "对谁、为何、在哪个环节"

CASES = [
    (
        "A permission for a person of any institution goes with the person",
        """
        rule   | what       | who
        -------+------------+------
        permit | laboratory | /wang
        """,
        "clinic/wang TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "glucose",
    ),
    (
        "A permission for an institution is for everybody who works there",
        """
        rule   | what       | who
        -------+------------+---------
        permit | laboratory | hospital
        """,
        "hospital/zhao TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "glucose",
    ),
    (
        "A permission for an institution is for nobody elsewhere",
        """
        rule   | what       | who
        -------+------------+---------
        permit | laboratory | hospital
        """,
        "clinic/zhao TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "A permission for a department is for everybody in it",
        """
        rule   | what       | who      | department
        -------+------------+----------+-----------
        permit | laboratory | hospital | cardiology
        """,
        "hospital/zhao TREAT 2026-03-01 department:cardiology",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "glucose",
    ),
    (
        "A permission for a department is for no other department of the hospital",
        """
        rule   | what       | who      | department
        -------+------------+----------+-----------
        permit | laboratory | hospital | cardiology
        """,
        "hospital/zhao TREAT 2026-03-01 department:surgery",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "A department of the same name in another hospital is another department",
        """
        rule   | what       | who      | department
        -------+------------+----------+-----------
        permit | laboratory | hospital | cardiology
        """,
        "clinic/wang TREAT 2026-03-01 department:cardiology",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "Whose department nobody knows is in none that was allowed",
        """
        rule   | what       | who      | department
        -------+------------+----------+-----------
        permit | laboratory | hospital | cardiology
        """,
        "hospital/zhao TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "Whose department nobody knows may be in the one that was refused",
        """
        rule   | what       | who      | department
        -------+------------+----------+-----------
        permit | laboratory | hospital |
        deny   | laboratory | hospital | cardiology
        """,
        "hospital/zhao TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "Refusing one department leaves the others",
        """
        rule   | what       | who      | department
        -------+------------+----------+-----------
        permit | laboratory | hospital |
        deny   | laboratory | hospital | cardiology
        """,
        "hospital/zhao TREAT 2026-03-01 department:surgery",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "glucose",
    ),
    (
        "A permission for a kind of institution is for every one of that kind",
        """
        rule   | what       | kind of institution
        -------+------------+--------------------
        permit | laboratory | village-clinic
        """,
        "anywhere/zhao TREAT 2026-03-01 kind:village-clinic",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "glucose",
    ),
    (
        "A permission for a kind of institution is for no other kind",
        """
        rule   | what       | kind of institution
        -------+------------+--------------------
        permit | laboratory | village-clinic
        """,
        "anywhere/zhao TREAT 2026-03-01 kind:pharmacy",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "Of what kind nobody knows is of none that was allowed",
        """
        rule   | what       | kind of institution
        -------+------------+--------------------
        permit | laboratory | village-clinic
        """,
        "anywhere/zhao TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "Of what kind nobody knows may be of the one that was refused",
        """
        rule   | what       | kind of institution
        -------+------------+--------------------
        permit | laboratory |
        deny   | laboratory | pharmacy
        """,
        "anywhere/zhao TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "A permission for anyone is for anyone",
        """
        rule   | what       | who
        -------+------------+----
        permit | laboratory |
        """,
        "anywhere/zhao TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "glucose",
    ),
    (
        "Refusing one person leaves the colleagues",
        """
        rule   | what       | who
        -------+------------+--------------
        permit | laboratory | hospital
        deny   | laboratory | hospital/wang
        """,
        "hospital/zhao TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "glucose",
    ),
    (
        "Refusing one person refuses the institution's systems, where that person may be reading",
        """
        rule   | what       | who
        -------+------------+--------------
        permit | laboratory | hospital
        deny   | laboratory | hospital/wang
        """,
        "hospital TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "A permission for one person is none for the institution's systems",
        """
        rule   | what       | who
        -------+------------+--------------
        permit | laboratory | hospital/wang
        """,
        "hospital TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "A permission for one step of care is for that step",
        """
        rule   | what       | who      | scenes
        -------+------------+----------+-----------
        permit | laboratory | hospital | dispensing
        """,
        "hospital/wang TREAT 2026-03-01 scene:dispensing",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "glucose",
    ),
    (
        "A permission for one step of care is for no other step",
        """
        rule   | what       | who      | scenes
        -------+------------+----------+-----------
        permit | laboratory | hospital | dispensing
        """,
        "hospital/wang TREAT 2026-03-01 scene:registration",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "A step of care that is not named is none that was allowed",
        """
        rule   | what       | who      | scenes
        -------+------------+----------+-----------
        permit | laboratory | hospital | dispensing
        """,
        "hospital/wang TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "A step of care that is not named may be the one that was refused",
        """
        rule   | what       | who      | scenes
        -------+------------+----------+-------------
        permit | laboratory | hospital |
        deny   | laboratory | hospital | registration
        """,
        "hospital/wang TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "To look is not to keep",
        """
        rule   | what       | who      | manner
        -------+------------+----------+-------
        permit | laboratory | hospital | view
        """,
        "hospital/wang TREAT 2026-03-01 keep",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "Who may keep may look",
        """
        rule   | what       | who      | manner
        -------+------------+----------+-------
        permit | laboratory | hospital | keep
        """,
        "hospital/wang TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "glucose",
    ),
    (
        "Refusing to let it be kept still lets it be seen",
        """
        rule   | what       | who      | manner
        -------+------------+----------+-------
        permit | laboratory | hospital | keep
        deny   | laboratory | hospital | keep
        """,
        "hospital/wang TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "glucose",
    ),
    (
        "Refusing to let it be kept outweighs a permission to keep",
        """
        rule   | what       | who      | manner
        -------+------------+----------+-------
        permit | laboratory | hospital | keep
        deny   | laboratory | hospital | keep
        """,
        "hospital/wang TREAT 2026-03-01 keep",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "Refusing to let it be seen also refuses to let it be kept",
        """
        rule   | what       | who      | manner
        -------+------------+----------+-------
        permit | laboratory | hospital | keep
        deny   | laboratory | hospital | view
        """,
        "hospital/wang TREAT 2026-03-01 keep",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "A reason nobody names opens nothing",
        """
        rule   | what       | who
        -------+------------+---------
        permit | laboratory | hospital
        """,
        "hospital/wang ? 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "Somebody of nowhere sees nothing that was allowed to somebody",
        """
        rule   | what       | who
        -------+------------+---------
        permit | laboratory | hospital
        """,
        "? TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "Closing one door does not close another",
        """
        rule   | what       | who
        -------+------------+--------------
        permit | laboratory | hospital/wang
        permit | laboratory | clinic
        deny   | laboratory | clinic
        """,
        "hospital/wang TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "glucose",
    ),
    (
        "A permission that has ended opens nothing",
        """
        rule   | what       | who      | until
        -------+------------+----------+-----------
        permit | laboratory | hospital | 2026-03-01
        """,
        "hospital/wang TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "A permission that has not begun opens nothing",
        """
        rule   | what       | who      | from
        -------+------------+----------+-----------
        permit | laboratory | hospital | 2026-03-02
        """,
        "hospital/wang TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "",
    ),
    (
        "A refusal that has ended closes nothing",
        """
        rule   | what       | who      | until
        -------+------------+----------+-----------
        permit | laboratory | hospital |
        deny   | laboratory | hospital | 2026-03-01
        """,
        "hospital/wang TREAT 2026-03-01",
        """
        entry   | what       | day
        --------+------------+-----------
        glucose | laboratory | 2026-02-01
        """,
        "glucose",
    ),
]


@pytest.mark.parametrize(
    ("said", "asks", "record", "sees"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_who_is_meant(said: str, asks: str, record: str, sees: str):
    decision = decide(tables.request(asks), Provisions(tables.provisions(said)))
    shown = {name for name, facts in tables.entries(record).items() if shows(decision, facts)}
    assert shown == set(sees.split())

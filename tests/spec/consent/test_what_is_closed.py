"""What a resident closes ahead, whatever was allowed.

This file is also a page of the manual (``docs/manual/consent.md`` is made from it).
"""

from __future__ import annotations

from datetime import UTC, datetime
from textwrap import dedent

import pytest

from openhealthcode.consent import (
    Refusal,
    Rule,
    decide,
    provisions_of_a_refusal,
    shows,
)
from openhealthcode.registry import InstitutionKind
from openhealthcode.standards import RecordCategory, SensitiveCategory
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId
from spec import tables

title = "What a resident closes ahead"
title_zh = "居民事先关闭的内容"

ALLOWED = """
        rule   | what                      | closed kinds  | why    | who
        -------+---------------------------+---------------+--------+-----
        permit | laboratory family-history | mental-health | TREAT  |
        permit | laboratory family-history | mental-health | ETREAT |
        permit | laboratory family-history | mental-health | HPAYMT |
        """
RECORD = """
        entry   | what           | closed kinds  | day
        --------+----------------+---------------+-----------
        glucose | laboratory     |               | 2026-02-01
        mother  | family-history |               | 2026-02-01
        mood    | laboratory     | mental-health | 2026-02-01
        """
CASES = [
    (
        "A kind closed to everybody is closed to everybody",
        """
        what           | who | in emergencies
        ---------------+-----+---------------
        family-history |     | closed
        """,
        "hospital/wang  TREAT  2026-03-01",
        "glucose mood",
    ),
    (
        "It is closed in an emergency as well",
        """
        what           | who | in emergencies
        ---------------+-----+---------------
        family-history |     | closed
        """,
        "hospital/zhao  ETREAT  2026-03-01",
        "glucose mood",
    ),
    (
        "Unless the resident chose otherwise when closing it",
        """
        what           | who | in emergencies
        ---------------+-----+---------------
        family-history |     | open
        """,
        "hospital/zhao  ETREAT  2026-03-01",
        "glucose mother mood",
    ),
    (
        "It is closed for every other purpose too",
        """
        what           | who | in emergencies
        ---------------+-----+---------------
        family-history |     | open
        """,
        "hospital/zhao  HPAYMT  2026-03-01",
        "glucose mood",
    ),
    (
        "What is closed to one hospital is open to another",
        """
        what                      | who      | in emergencies
        --------------------------+----------+---------------
        laboratory family-history | hospital | closed
        """,
        "clinic/chen  TREAT  2026-03-01",
        "glucose mother mood",
    ),
    (
        "And closed to everybody in the one",
        """
        what                      | who      | in emergencies
        --------------------------+----------+---------------
        laboratory family-history | hospital | closed
        """,
        "hospital/wang  TREAT  2026-03-01",
        "",
    ),
    (
        "One person alone can be shut out",
        """
        what                      | who           | in emergencies
        --------------------------+---------------+---------------
        laboratory family-history | hospital/wang | closed
        """,
        "hospital/zhao  TREAT  2026-03-01",
        "glucose mother mood",
    ),
    (
        "So can a department",
        """
        what                      | who      | department | in emergencies
        --------------------------+----------+------------+---------------
        laboratory family-history | hospital | surgery    | closed
        """,
        "hospital/wang  TREAT  2026-03-01  department:surgery",
        "",
    ),
    (
        "And every institution of a kind",
        """
        what                      | who | kind of institution | in emergencies
        --------------------------+-----+---------------------+---------------
        laboratory family-history |     | pharmacy            | closed
        """,
        "shop/li  TREAT  2026-03-01  kind:pharmacy",
        "",
    ),
    (
        "And no institution of another kind",
        """
        what                      | who | kind of institution | in emergencies
        --------------------------+-----+---------------------+---------------
        laboratory family-history |     | pharmacy            | closed
        """,
        "hospital/wang  TREAT  2026-03-01  kind:tertiary-hospital",
        "glucose mother mood",
    ),
    (
        "No other department of the hospital",
        """
        what                      | who      | department | in emergencies
        --------------------------+----------+------------+---------------
        laboratory family-history | hospital | surgery    | closed
        """,
        "hospital/wang  TREAT  2026-03-01  department:cardiology",
        "glucose mother mood",
    ),
    (
        "A sensitive matter that is closed stays closed to whoever was allowed it apart",
        """
        what | closed kinds  | who | in emergencies
        -----+---------------+-----+---------------
             | mental-health |     | closed
        """,
        "hospital/wang  TREAT  2026-03-01",
        "glucose mother",
    ),
]


def as_told(place: int, sentence: str, closed: str, asks: str, sees: str) -> str:
    """A case as the manual tells it."""
    seen = ", ".join(f"`{name}`" for name in sees.split()) or "nothing"
    return (
        f"### {place}. {sentence}\n\n"
        f"The resident has closed:\n\n```text\n{dedent(closed).strip()}\n```\n\n"
        f"`{' '.join(asks.split())}`, who was allowed all of this record,\n\n"
        f"```text\n{dedent(RECORD).strip()}\n```\n\n"
        f"sees: {seen}.\n"
    )


def refusals(text: str) -> list[Refusal]:
    """Refusals from a table."""
    made = []
    for row in tables.rows(text):
        institution, _, practitioner = row["who"].partition("/")
        kind = row.get("kind of institution", "")
        made.append(
            Refusal(
                categories=frozenset(map(RecordCategory, row["what"].split())),
                sensitive=frozenset(map(SensitiveCategory, row.get("closed kinds", "").split())),
                institution_id=InstitutionId(tables.named(institution)) if institution else None,
                practitioner_id=PractitionerId(tables.named(practitioner))
                if practitioner
                else None,
                department=row.get("department") or None,
                institution_kind=InstitutionKind(kind) if kind else None,
                in_emergencies=row["in emergencies"] == "closed",
            )
        )
    return made


@pytest.mark.parametrize(
    ("closed", "asks", "sees"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_what_is_closed(closed: str, asks: str, sees: str):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    denials = [
        denial
        for refusal in refusals(closed)
        for denial in provisions_of_a_refusal(
            refusal, consent_id=ConsentId(tables.named("refusal")), at=at
        )
    ]
    assert all(denial.rule is Rule.DENY for denial in denials)
    decision = decide(tables.request(asks), [*tables.provisions(ALLOWED), *denials])
    seen = {name for name, entry in tables.entries(RECORD).items() if shows(decision, entry)}
    assert seen == set(sees.split())

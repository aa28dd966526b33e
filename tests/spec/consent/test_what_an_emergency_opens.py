"""What an override opens, for each thing a resident may have chosen in advance.

In every case Wang of the hospital broke the glass on 2026-03-01 at 08:00. This file is also part of
a page of the manual.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from openhealthcode.consent import (
    AdvanceChoice,
    EmergencyScope,
    decide,
    provisions_of_an_override,
    shows,
)
from openhealthcode.standards import SensitiveCategory
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId
from spec import tables

title = "What an emergency opens"
title_zh = "紧急调阅能看到什么"

BROKEN_AT = datetime(2026, 3, 1, 8, tzinfo=UTC)

RECORD = """
entry       | what                 | closed kinds | day
------------+----------------------+--------------+-----------
person      | demographics         |              |
penicillin  | allergies            |              | 1998-05-06
group-a     | blood-type           |              | 2001-02-03
hypertension| conditions           |              | 2014-03-02
depression  | conditions           | mental-health| 2018-06-01
pacemaker   | devices              |              | 2020-01-02
amlodipine  | medication           |              | 2026-01-10
old-drug    | medication           |              | 2025-08-01
glucose     | laboratory           |              | 2025-10-01
old-glucose | laboratory           |              | 2025-08-01
herbs       | traditional-medicine |              | 2026-01-15
old-herbs   | traditional-medicine |              | 2025-11-15
mother      | family-history       |              | 2020-01-02
chest-film  | imaging              |              | 2026-02-20
"""

MINIMUM = "person penicillin group-a hypertension pacemaker amlodipine glucose herbs"
ASKED = "hospital/wang  ETREAT  2026-03-01T08:05"

CASES = [
    (
        "Who chose nothing in advance is treated under the emergency set and its windows",
        "",
        ASKED,
        RECORD,
        MINIMUM,
    ),
    (
        "The same holds for who chose the emergency set",
        "in an emergency: emergency-set",
        ASKED,
        RECORD,
        MINIMUM,
    ),
    (
        "Who chose everything opens every category of every day, and no closed kind",
        "in an emergency: all",
        ASKED,
        RECORD,
        MINIMUM + " old-drug old-glucose old-herbs mother chest-film",
    ),
    (
        "Only blood type and allergies; who the person is and whom to call is always told",
        "in an emergency: blood-type-and-allergies",
        ASKED,
        RECORD,
        "person penicillin group-a",
    ),
    (
        "Nothing of the record; who the person is and whom to call is always told",
        "in an emergency: nothing",
        ASKED,
        RECORD,
        "person",
    ),
    (
        "A closed kind opens only when the resident opened it for emergencies",
        "in an emergency: emergency-set mental-health",
        ASKED,
        RECORD,
        MINIMUM + " depression",
    ),
    (
        "A closed kind that was opened widens no category",
        "in an emergency: blood-type-and-allergies mental-health",
        ASKED,
        RECORD,
        "person penicillin group-a",
    ),
    (
        "What was hidden stays hidden in an emergency, even when everything was chosen",
        """
        in an emergency: all
        rule | what       | why
        -----+------------+-------
        deny | laboratory | TREAT
        deny | laboratory | ETREAT
        """,
        ASKED,
        RECORD,
        MINIMUM.replace("glucose ", "") + " old-drug old-herbs mother chest-film",
    ),
    (
        "Unless the resident, when hiding, left it open to emergencies",
        """
        in an emergency: emergency-set
        rule | what       | why
        -----+------------+------
        deny | laboratory | TREAT
        """,
        ASKED,
        RECORD,
        MINIMUM,
    ),
    (
        "Hiding a closed kind outweighs having opened it for emergencies",
        """
        in an emergency: emergency-set mental-health
        rule | what | closed kinds  | why
        -----+------+---------------+-------
        deny |      | mental-health | ETREAT
        """,
        ASKED,
        RECORD,
        MINIMUM,
    ),
    (
        "The last moment of the twelve hours",
        "",
        "hospital/wang  ETREAT  2026-03-01T19:59:59",
        RECORD,
        MINIMUM,
    ),
    (
        "After twelve hours it is over",
        "in an emergency: all",
        "hospital/wang  ETREAT  2026-03-01T20:00",
        RECORD,
        "",
    ),
    (
        "Before the glass was broken there was nothing",
        "in an emergency: all",
        "hospital/wang  ETREAT  2026-03-01T07:59:59",
        RECORD,
        "",
    ),
    (
        "An override is no consent for treatment",
        "in an emergency: all",
        "hospital/wang  TREAT  2026-03-01T08:05",
        RECORD,
        "",
    ),
    (
        "A colleague breaks the glass themselves",
        "in an emergency: all",
        "hospital/zhao  ETREAT  2026-03-01T08:05",
        RECORD,
        "",
    ),
    (
        "Elsewhere the same doctor sees nothing under it",
        "in an emergency: all",
        "clinic/wang  ETREAT  2026-03-01T08:05",
        RECORD,
        "",
    ),
    (
        "The windows are counted from the day the glass was broken: 183 and 92 days, both included",
        "",
        ASKED,
        """
        entry  | what                 | day
        -------+----------------------+-----------
        inside | medication           | 2025-08-30
        before | medication           | 2025-08-29
        herb   | traditional-medicine | 2025-11-29
        weed   | traditional-medicine | 2025-11-28
        undated| laboratory           |
        """,
        "inside herb",
    ),
]


@pytest.mark.parametrize(
    ("said", "asks", "record", "sees"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_what_an_emergency_opens(said: str, asks: str, record: str, sees: str):
    override = provisions_of_an_override(
        choice_in(said),
        consent_id=ConsentId(tables.named("override")),
        institution_id=InstitutionId(tables.named("hospital")),
        practitioner_id=PractitionerId(tables.named("wang")),
        at=BROKEN_AT,
        today=BROKEN_AT.date(),
    )
    decision = decide(tables.request(asks), [*tables.provisions(table_in(said)), *override])
    shown = {name for name, facts in tables.entries(record).items() if shows(decision, facts)}
    assert shown == set(sees.split())


def choice_in(said: str) -> AdvanceChoice:
    """The choice told in the line that begins with ``in an emergency``."""
    lines = [line for line in said.splitlines() if "in an emergency:" in line]
    if not lines:
        return AdvanceChoice()
    scope, *opened = lines[0].split(":")[1].split()
    return AdvanceChoice(
        scope=EmergencyScope(scope), opened=frozenset(map(SensitiveCategory, opened))
    )


def table_in(said: str) -> str:
    return "\n".join(line for line in said.splitlines() if "in an emergency:" not in line)

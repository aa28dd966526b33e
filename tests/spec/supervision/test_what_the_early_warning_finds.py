"""What the early warning finds in a series of accesses, rule by rule.

This file is also a page of the manual (docs/manual/supervision.md is made from it).
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from openhealthcode.audit import Action
from openhealthcode.registry import PractitionerRole
from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.standards.ids import InstitutionId, PractitionerId
from openhealthcode.supervision.warning import (
    Access,
    AccountState,
    Evidence,
    Relation,
    Trouble,
    Watch,
    shipped,
)
from openhealthcode.supervision.warning.edition import THRESHOLDS
from spec.tables import named, rows

title = "What the early warning finds"
title_zh = "预警发现什么"

CHINA = timezone(timedelta(hours=8))

# when: day of the month and time; who: person, department after a slash, house after an @;
# how: action (nothing: reads) and step of care; because: what explains it; is: what connects
# them, or is special; times: so many, a minute apart, each another resident if `whom` ends in *.
CASES = (
    (
        "What explains itself is no finding",
        """
        when     | who    | whom | how          | because | is         | times | found
        ---------+--------+------+--------------+---------+------------+-------+------
        2 09:00  | Li/med | a    | consultation | code    |            |       |
        2 09:10  | Li/med | b    | consultation | visit   | co-worker  |       |
        2 09:20  | Li/med | c    | consultation | order   | neighbour  |       |
        2 09:30  | Li/med | d    | consultation | task    | vip        |       |
        """,
    ),
    (
        "Nor is it if a colleague of the department has an explanation, for six hours",
        """
        when     | who     | whom | how       | because | is         | times | found
        ---------+---------+------+-----------+---------+------------+-------+-----------
        2 09:00  | Li/med  | a    | inpatient | visit   |            |       |
        2 14:59  | Wu/med  | a    | inpatient |         | co-worker  |       |
        2 15:01  | Xu/med  | a    | inpatient |         | co-worker  |       | co-worker
        2 14:00  | Qi/lab  | a    |           |         | family     |       | family
        """,
    ),
    (
        "Whom somebody knows, with nothing to explain the look",
        """
        when     | who    | whom | how          | because      | is           | times | found
        ---------+--------+------+--------------+--------------+--------------+-------+-------------
        2 09:00  | Li/med | a    | consultation |              | family       |       | family
        2 09:10  | Li/med | b    | consultation |              | same-address |       | same-address
        2 09:20  | Wu/med | c    | consultation |              | co-worker    |       | co-worker
        2 09:30  | Xu/med | d    | consultation |              | neighbour    |       | neighbour
        2 09:40  | Qi/med | e    | consultation |              | vip          |       | vip
        2 09:50  | Qi/med | f    | consultation |              | deceased     |       | deceased
        2 10:00  | Qi/med | g    | consultation | wide-consent | family       |       | family
        """,
    ),
    (
        "One's own record is not for the staff's door, whatever explains it",
        """
        when     | who    | whom | how          | because | is   | times | found
        ---------+--------+------+--------------+---------+------+-------+------
        2 09:00  | Li/med | a    | consultation | visit   | self |       | self
        """,
    ),
    (
        "A village doctor's patients are neighbours",
        """
        when     | who     | whom | how          | because | is        | times | found
        ---------+---------+------+--------------+---------+-----------+-------+------
        2 09:00  | Bai/vil | p*   | consultation | code    | neighbour | 40    |
        2 11:00  | Bai/vil | q    | consultation |         | neighbour |       |
        2 11:10  | Bai/vil | r    | consultation |         | family    |       | family
        """,
    ),
    (
        "Gates: what must never happen",
        """
        when     | who    | whom | how           | because | is              | times | found
        ---------+--------+------+---------------+---------+-----------------+-------+-----------------
        2 09:00  | Li/med | a    |               | code    | suspended       |       | account-disabled
        2 09:01  | Wu/med | b    |               | code    | left            |       | account-disabled
        2 09:02  | Xu/med | c    | identify      |         | canary          |       | canary
        2 09:03  | Qi/med | d    | refused       |         | budget          |       | budget
        2 09:04  | Qi/med | e    | refused       |         | spliced-code    |       | code-misused
        2 09:05  | An/med | f    | refused       |         | withdrawn       | 2     |
        2 09:10  | An/med | f    | refused       |         | withdrawn       |       | withdrawn
        2 09:20  | Du/med | g    | refused       |         | replayed-code   | 2     |
        2 09:30  | Du/med | g    | refused       |         | replayed-code   |       | code-misused
        2 10:00  | He/med | h*   | refused       |         | unknown-person  | 7     |
        2 10:08  | He/med | i    | refused       |         | unknown-person  |       | enumeration
        """,
    ),
    (
        "The same refused person is not a trying of numbers",
        """
        when     | who    | whom | how     | because | is                | times | found
        ---------+--------+------+---------+---------+-------------------+-------+------
        2 10:00  | He/med | h    | refused |         | nothing-in-force  | 20    |
        """,
    ),
    (
        "How many, how fast",
        """
        when     | who    | whom | how          | because | is | times | found
        ---------+--------+------+--------------+---------+----+-------+-------------
        2 09:00  | Li/med | a*   | consultation | code    |    | 60    |
        2 10:30  | Li/med | b*   | consultation |         |    | 5     |
        2 10:36  | Wu/med | c*   | consultation |         |    | 5     |
        2 10:41  | Wu/med | d    | consultation |         |    |       | spree
        2 12:10  | Wu/med | e    | consultation |         |    |       | volume
        """,
    ),
    (
        "A few a day, for many days",
        """
        when     | who    | whom | how          | because | is | times | found
        ---------+--------+------+--------------+---------+----+-------+-------------
        2 09:00  | Li/med | a*   | consultation |         |    | 3     |
        3 09:00  | Li/med | b*   | consultation |         |    | 3     |
        4 09:00  | Li/med | c*   | consultation |         |    | 3     |
        5 09:00  | Li/med | d*   | consultation |         |    | 2     |
        6 09:00  | Li/med | e    | consultation |         |    |       | low-and-slow
        """,
    ),
    (
        "The same person again and again, unless a ward does",
        """
        when     | who    | whom | how          | because | is | times | found
        ---------+--------+------+--------------+---------+----+-------+--------------
        2 09:00  | Li/med | a    | consultation |         |    |       |
        4 09:00  | Li/med | a    | consultation |         |    |       |
        6 09:00  | Li/med | a    | consultation |         |    |       | repeated-look
        2 09:00  | Wu/sur | b    | inpatient    |         |    |       |
        3 09:00  | Wu/sur | b    | inpatient    |         |    |       |
        4 08:00  | Xu/sur | b    | inpatient    |         |    |       |
        4 09:00  | Wu/sur | b    | inpatient    |         |    |       |
        """,
    ),
    (
        "What is not this person's habit",
        """
        when     | who        | whom | how                      | because | is | times | found
        ---------+------------+------+--------------------------+---------+----+-------+-----------------
        2 09:00  | Li/med     | a*   | consultation             | code    |    | 60    |
        2 23:00  | Li/med     | b    | consultation             |         |    |       | after-hours
        3 10:00  | Li/med     | c    | PUBHLTH consultation     |         |    |       | unusual-purpose
        3 10:10  | Li/med     | d    | terminal-9 consultation  |         |    |       | strange-terminal
        3 10:20  | Li/med     | e    | break-glass emergency    |         |    |       | override
        3 10:25  | Li/med@far | f    | consultation             | code    |    |       | two-places
        3 10:30  | Ma/reg     | g    | registrar inpatient      |         |    |       | role-mismatch
        """,
    ),
    (
        "Whoever is on duty at night works at night",
        """
        when     | who    | whom | how       | because | is | times | found
        ---------+--------+------+-----------+---------+----+-------+------
        2 09:00  | Li/med | a*   | inpatient | visit   |    | 60    |
        2 22:30  | Li/med | b    | inpatient | visit   |    |       |
        2 23:00  | Li/med | c    | inpatient |         |    |       |
        """,
    ),
    (
        "Copies, and a department that harvests together",
        """
        when     | who    | whom | how               | because | is | times | found
        ---------+--------+------+-------------------+---------+----+-------+-------
        2 09:00  | Li/med | a    | copy consultation |         |    |       |
        2 15:00  | Li/med | b    | copy consultation |         |    |       | copies
        2 08:00  | Wu/sur | z*   | consultation      | visit   |    | 100   |
        3 09:00  | Wu/sur | c*   | consultation      |         |    | 4     |
        3 10:00  | Xu/sur | d*   | consultation      |         |    | 4     |
        3 11:00  | Qi/sur | e*   | consultation      |         |    | 3     |
        3 13:00  | An/sur | f*   | consultation      |         |    | 3     |
        3 14:00  | An/sur | g    | consultation      |         |    |       | group
        """,
    ),
    (
        "Many look at one",
        """
        when     | who   | whom | how          | because | is | times | found
        ---------+-------+------+--------------+---------+----+-------+------
        2 09:00  | L1/a  | x    | consultation |         |    |       |
        2 09:10  | L2/b  | x    | consultation |         |    |       |
        2 09:20  | L3/c  | x    | consultation |         |    |       |
        2 09:30  | L4/d  | x    | consultation |         |    |       |
        2 09:40  | L5/e  | x    | consultation |         |    |       |
        2 09:50  | L6/f  | x    | consultation |         |    |       |
        2 10:00  | L7/g  | x    | consultation |         |    |       |
        2 10:10  | L8/h  | x    | consultation |         |    |       | burst
        """,
    ),
)

_STEPS = {scene.value: scene for scene in Scene}
_ACTIONS = {
    "copy": Action.RECORD_COPY,
    "break-glass": Action.BREAK_GLASS,
    "identify": Action.RESIDENT_IDENTIFY,
}
_STATES = {state.value: state for state in AccountState}
_TROUBLES = {trouble.value: trouble for trouble in Trouble if trouble}
_RELATIONS = {relation.value: relation for relation in Relation}


def as_told(place: int, sentence: str, table: str) -> str:
    lines = "\n".join(line.strip() for line in table.strip().splitlines())
    return f"### {place}. {sentence}\n\n```text\n{lines}\n```\n"


def accesses_of(row: dict[str, str]) -> list[Access]:
    """The accesses of one line, without their leaves."""
    person, _, where = row["who"].partition("/")
    department, _, house = where.partition("@")
    day, _, time = row["when"].partition(" ")
    hour, minute = map(int, time.split(":"))
    at = datetime(2026, 3, int(day), hour, minute, tzinfo=CHINA)
    words, special = row["how"].split(), row["is"].split()
    terminal = next((word for word in words if word.startswith("terminal")), "terminal-1")
    count = int(row["times"] or 1)
    return [
        Access(
            leaf=0,
            at=at + timedelta(minutes=turn),
            practitioner=PractitionerId(named(person)),
            institution=InstitutionId(named("house")),
            department=department,
            role=PractitionerRole.REGISTRAR if "registrar" in words else PractitionerRole.DOCTOR,
            resident_mark=_mark(row["whom"], turn),
            action=next(
                (_ACTIONS[word] for word in words if word in _ACTIONS), Action.RECORD_DISCLOSE
            ),
            purpose=PurposeOfUse.PUBLIC_HEALTH if "PUBHLTH" in words else PurposeOfUse.TREATMENT,
            scene=next((_STEPS[word] for word in words if word in _STEPS), None),
            is_refused="refused" in words,
            trouble=next((_TROUBLES[word] for word in special if word in _TROUBLES), Trouble.NONE),
            evidence=frozenset(map(Evidence, row["because"].split())),
            relations=frozenset(_RELATIONS[word] for word in special if word in _RELATIONS),
            terminal=named(terminal),
            place=house or "house",
            account=next((_STATES[w] for w in special if w in _STATES), AccountState.ACTIVE),
        )
        for turn in range(count)
    ]


def _mark(whom: str, turn: int) -> bytes:
    return f"{whom}{turn if whom.endswith('*') else ''}".encode()


def found_in(table: str) -> list[tuple[str, str]]:
    """What each line was to find, and what its last access did."""
    watch, told, leaf = Watch(shipped()), [], 0
    for row in rows(table):
        last: set[str] = set()
        for access in accesses_of(row):
            judgement = watch.judge(access._replace(leaf=leaf))
            last = {finding.rule for finding in judgement.findings}
            leaf += 1
        told.append((row["found"], " ".join(sorted(last))))
    return told


@pytest.mark.parametrize(("sentence", "table"), CASES, ids=lambda text: text.strip()[:40])
def test_what_is_found(sentence, table):
    assert sentence
    for expected, found in found_in(table):
        assert set(expected.split()) == set(found.split())


def test_each_rule_is_in_the_table():
    told = {rule for _, table in CASES for row in rows(table) for rule in row["found"].split()}
    assert told == set(THRESHOLDS)

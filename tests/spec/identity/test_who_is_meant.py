"""Who a registration is about, given whom it was compared with: the rules D1 to N1.

The bits are given here; how they come about is a matter of the model. This file is also part of a
page of the manual.
"""

from __future__ import annotations

from textwrap import dedent

import pytest

from openhealthcode.identity.matching import (
    Candidate,
    Decision,
    Doubt,
    Evidence,
    Field,
    Level,
    Link,
    MatchGrade,
    Rule,
    Score,
    Variant,
    decide,
    grade,
    judge,
)
from openhealthcode.identity.matching.names import is_newborn_name, parted
from openhealthcode.standards.ids import ResidentId
from spec.tables import named, rows

title = "Who is meant"
title_zh = "登记的是谁"

NUMBERS = {"": "", "1": "11010519491231002X", "2": "440524188001010014"}

CASES = [
    # sentence; who is registered: name and number; whom it is compared with; what is decided
    (
        "D1: the same number and a name of the same sound",
        "张伟 1",
        """
        who   | name | number | bits | birth | contact | sex
        ------+------+--------+------+-------+---------+----
        first | 章玮 | 1      | 5    |       |         |
        """,
        "link first by D1",
    ),
    (
        "whatever the score says of somebody else",
        "张伟 1",
        """
        who    | name | number | bits | birth | contact | sex
        -------+------+--------+------+-------+---------+----
        first  | 张伟 | 1      | -3   |       |         |
        second | 张伟 |        | 40   | equal | address |
        """,
        "link first by D1",
    ),
    (
        "D2: the same number with another name is borrowed, or was issued twice",
        "张伟 1",
        """
        who   | name | number | bits | birth | contact | sex
        ------+------+--------+------+-------+---------+----
        first | 李明 | 1      | 20   |       |         |
        """,
        "doubt first by D2",
    ),
    (
        "Of two with the same number, who has the name",
        "张伟 1",
        """
        who    | name | number | bits | birth | contact | sex
        -------+------+--------+------+-------+---------+----
        first  | 李明 | 1      | 20   |       |         |
        second | 张伟 | 1      | 20   |       |         |
        """,
        "link second by D1",
    ),
    (
        "and nobody, if both have",
        "张伟 1",
        """
        who    | name | number | bits | birth | contact | sex
        -------+------+--------+------+-------+---------+----
        first  | 张伟 | 1      | 20   |       |         |
        second | 张伟 | 1      | 21   |       |         |
        """,
        "doubt second first by D2",
    ),
    (
        "D3: two valid numbers are never joined, whatever else agrees",
        "张伟 1",
        """
        who   | name | number | bits | birth | contact           | sex
        ------+------+--------+------+-------+-------------------+------
        first | 张伟 | 2      | 30   | equal | phone and address | equal
        """,
        "doubt first by D3",
    ),
    (
        "and two who differ in more are not even asked about",
        "张伟 1",
        """
        who   | name | number | bits | birth | contact | sex
        ------+------+--------+------+-------+---------+----
        first | 张卫 | 2      | -1   | equal | phone   |
        """,
        "nobody",
    ),
    (
        "P1: no number, but name, birth date and telephone",
        "张伟",
        """
        who   | name | number | bits | birth | contact | sex
        ------+------+--------+------+-------+---------+----
        first | 张伟 | 1      | 10   | equal | phone   |
        """,
        "link first by P1",
    ),
    (
        "With a contact that does not agree more bits are needed",
        "张伟",
        """
        who   | name | number | bits | birth | contact | sex
        ------+------+--------+------+-------+---------+----
        first | 张伟 | 1      | 11.9 | equal | town    |
        """,
        "doubt first by score",
    ),
    (
        "as a rare name brings them",
        "张伟",
        """
        who   | name | number | bits | birth | contact | sex
        ------+------+--------+------+-------+---------+----
        first | 张伟 | 1      | 12   | equal | town    |
        """,
        "link first by P1",
    ),
    (
        "A name that only sounds alike is for a person to decide",
        "张伟",
        """
        who   | name | number | bits | birth | contact           | sex
        ------+------+--------+------+-------+-------------------+----
        first | 章玮 | 1      | 25   | equal | phone and address |
        """,
        "doubt first by score",
    ),
    (
        "So is another birth date",
        "张伟",
        """
        who   | name | number | bits | birth           | contact | sex
        ------+------+--------+------+-----------------+---------+----
        first | 张伟 | 1      | 25   | two parts equal | phone   |
        """,
        "doubt first by score",
    ),
    (
        "or another sex",
        "张伟",
        """
        who   | name | number | bits | birth | contact | sex
        ------+------+--------+------+-------+---------+----------
        first | 张伟 | 1      | 25   | equal | phone   | different
        """,
        "doubt first by score",
    ),
    (
        "The next must be five bits behind",
        "张伟",
        """
        who    | name | number | bits | birth | contact | sex
        -------+------+--------+------+-------+---------+----
        first  | 张伟 | 1      | 20   | equal | phone   |
        second | 张伟 | 2      | 15.1 | equal |         |
        """,
        "doubt first second by score",
    ),
    (
        "then the first is meant",
        "张伟",
        """
        who    | name | number | bits | birth | contact | sex
        -------+------+--------+------+-------+---------+----
        first  | 张伟 | 1      | 20   | equal | phone   |
        second | 张伟 | 2      | 15   | equal |         |
        """,
        "link first by P1",
    ),
    (
        "Several registrations of one resident are no competition",
        "张伟",
        """
        who   | name | number | bits | birth | contact | sex
        ------+------+--------+------+-------+---------+----
        first | 张伟 |        | 20   | equal | phone   |
        first | 张伟 |        | 19   | equal | address |
        """,
        "link first by P1",
    ),
    (
        "and one who has a number is compared by it",
        "张伟 1",
        """
        who   | name | number | bits | birth | contact | sex
        ------+------+--------+------+-------+---------+----
        first | 张伟 |        | 30   | equal | phone   |
        first | 张伟 | 2      | 12   | equal | phone   |
        """,
        "doubt first by D3",
    ),
    (
        "N1: a name that a ward gave joins nobody, however much agrees",
        "张伟之子",
        """
        who   | name     | number | bits | birth | contact           | sex
        ------+----------+--------+------+-------+-------------------+------
        first | 张伟之子 |        | 40   | equal | phone and address | equal
        """,
        "doubt first by N1",
    ),
    (
        "and nobody is joined with it",
        "张伟",
        """
        who   | name     | number | bits | birth | contact           | sex
        ------+----------+--------+------+-------+-------------------+------
        first | 张伟之子 |        | 40   | equal | phone and address | equal
        """,
        "doubt first by N1",
    ),
    (
        "One to one is asked about",
        "张伟",
        """
        who   | name | number | bits | birth | contact | sex
        ------+------+--------+------+-------+---------+----
        first | 张伟 |        | 0    |       |         |
        """,
        "doubt first by score",
    ),
    (
        "What speaks for two people is not",
        "张伟",
        """
        who   | name | number | bits | birth | contact | sex
        ------+------+--------+------+-------+---------+----
        first | 张伟 |        | -0.1 | equal |         |
        """,
        "nobody",
    ),
]


def variant(name: str, number: str) -> Variant:
    family, given = parted(name)
    return Variant(family, given, number=NUMBERS[number], is_newborn=is_newborn_name(name))


def candidate(subject: Variant, row: dict[str, str]) -> Candidate:
    other = variant(row["name"], row["number"])
    levels = {
        Field.FAMILY: Level.EQUAL if subject.family == other.family else Level.SAME_SOUND,
        Field.GIVEN: Level.EQUAL if subject.given == other.given else Level.SAME_SOUND,
        **{
            field: Level(row[field])
            for field in (Field.BIRTH, Field.CONTACT, Field.SEX)
            if row[field]
        },
    }
    evidence = tuple(Evidence(field, level, 0.0) for field, level in levels.items())
    score = Score(float(row["bits"]), evidence)
    return Candidate(ResidentId(named(row["who"])), other, score)


def said(decision: Decision, names: dict[ResidentId, str]) -> str:
    match decision:
        case Link(resident_id, rule, _):
            return f"link {names[resident_id]} by {rule}"
        case Doubt(rule, candidates):
            return f"doubt {' '.join(names[c.resident_id] for c in candidates)} by {rule}"
    return "nobody"


@pytest.mark.parametrize(("sentence", "registration", "known", "expected"), CASES)
def test_who_is_meant(sentence, registration, known, expected):
    name, _, number = registration.partition(" ")
    subject = variant(name, number)
    table = rows(dedent(known))
    names = {ResidentId(named(row["who"])): row["who"] for row in table}
    candidates = [candidate(subject, row) for row in table]
    assert said(decide(subject, candidates), names) == expected, sentence
    assert said(decide(subject, reversed(candidates)), names) == expected


def test_nobody_is_meant_where_nobody_is_known():
    assert judge(variant("张伟", "1"), []) == []


def test_a_certificate_that_is_no_id_number_counts_as_one_for_a_look_up():
    row = {
        "who": "first",
        "name": "张伟",
        "number": "",
        "bits": "-9",
        "birth": "",
        "contact": "",
        "sex": "",
    }
    subject = variant("张伟", "")
    known = candidate(subject, row)
    named_so = Candidate(known.resident_id, known.variant, known.score, shares_certificate=True)
    ((_, rule),) = judge(subject, [named_so])
    assert rule is Rule.D1
    ((_, rule),) = judge(variant("李明", ""), [named_so, known])
    assert rule is Rule.D2


@pytest.mark.parametrize(
    ("rule", "bits", "expected"),
    [
        (Rule.D1, -5, MatchGrade.CERTAIN),
        (Rule.D2, -5, MatchGrade.POSSIBLE),
        (Rule.P1, 12, MatchGrade.PROBABLE),
        (Rule.D3, 30, MatchGrade.POSSIBLE),
        (Rule.N1, 0, MatchGrade.POSSIBLE),
        (Rule.SCORE, 0, MatchGrade.POSSIBLE),
        (Rule.SCORE, -0.1, MatchGrade.CERTAINLY_NOT),
        (Rule.D3, -0.1, MatchGrade.CERTAINLY_NOT),
    ],
)
def test_a_match_is_called_as_sure_as_its_rule(rule, bits, expected):
    assert grade(rule, Score(bits, ())) is expected


def as_told(place: int, sentence: str, registration: str, known: str, expected: str) -> str:
    return (
        f"### {place}. {sentence}\n\nRegistered is `{registration}`; compared with:\n\n"
        f"```text\n{dedent(known).strip()}\n```\n\n{expected.capitalize()}.\n"
    )

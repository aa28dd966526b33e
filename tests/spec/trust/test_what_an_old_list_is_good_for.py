"""What a desk may do by a trust list of some age, and by a list of revoked codes of some age."""

from __future__ import annotations

from datetime import timedelta

import pytest

from openhealthcode.trust import CodeAim, Reliance, reliance
from signing import NOW, Issuing
from spec.tables import rows

title = "What an old list is good for"
title_zh = "旧信任列表还能做什么"

CASES = (
    (
        "The list of issuers, by its age",
        """
        age            | identify | settle | pay
        ---------------+----------+--------+-----
        -6 minutes     | none     | none   | none
        -5 minutes     | full     | full   | full
        0 minutes      | full     | full   | full
        7 days         | full     | full   | full
        10081 minutes  | marked   | none   | none
        10 days        | marked   | none   | none
        14401 minutes  | none     | none   | none
        365 days       | none     | none   | none
        """,
    ),
)


def as_told(place: int, sentence: str, table: str) -> str:
    lines = "\n".join(line.strip() for line in table.strip().splitlines())
    return f"### {place}. {sentence}\n\n```text\n{lines}\n```\n"


def age_of(text: str) -> timedelta:
    number, unit = text.split()
    return timedelta(**{unit: int(number)})


LINES = [row for _, table in CASES for row in rows(table)]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["age"])
def test_the_table_of_the_list(line):
    listed = Issuing.made().trusted(at=NOW - age_of(line["age"]))
    found = {aim: reliance(listed.freshness(NOW), aim) for aim in CodeAim}
    assert found == {aim: Reliance(line[aim]) for aim in CodeAim}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["age"])
def test_a_list_of_revoked_codes_ages_as_the_list_of_issuers_does(line):
    made = Issuing.made()
    listed = made.trusted()
    issuer = made.on_the_list()
    listed.as_of[issuer.key_id] = NOW - age_of(line["age"])
    found = {aim: reliance(listed.freshness(NOW, issuer), aim) for aim in CodeAim}
    assert found == {aim: Reliance(line[aim]) for aim in CodeAim}


def test_nothing_is_ever_paid_or_settled_by_an_old_list():
    full = [line for line in LINES if line["pay"] != "none" or line["settle"] != "none"]
    assert all(line["identify"] == "full" for line in full)

"""What a delivery lacks, scene by scene: refused where the rule says so, else reported.

This file is also a section of the manual (``docs/manual/collection.md`` is made from it).
"""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from openhealthcode.collection import RULES
from openhealthcode.collection.complete import missing
from spec import tables

title = "What is missing"
title_zh = "缺少什么"

CASES = [
    (
        "Registration needs to know who somebody is",
        "registration",
        """
        resource | holds                            | lacks
        ---------+----------------------------------+--------------------------------
        Patient  | name gender birthDate identifier |
        Patient  | name gender                      | birth-date certificate: refused
        """,
    ),
    (
        "A visit without the card is still a visit: it is reported, and filed",
        "outpatient",
        """
        resource | holds                 | lacks
        ---------+-----------------------+----------------------
        Patient  | name gender birthDate | certificate: reported
        """,
    ),
    (
        "A vaccination goes by age, and a pharmacy by name",
        "vaccination",
        """
        resource | holds                  | lacks
        ---------+------------------------+---------------------
        Patient  | name gender identifier | birth-date: refused
        """,
    ),
    (
        "An element inside a resource is missing only where such a resource is delivered",
        "outpatient",
        """
        resource    | holds                             | lacks
        ------------+-----------------------------------+---------------------------
        Observation |                                   |
        Encounter   | reasonCode serviceType identifier |
        Encounter   | reasonCode identifier             | department: reported
        """,
    ),
    (
        "A rule that may take a diagnosis does not need one at every visit",
        "outpatient",
        """
        resource  | holds                             | lacks
        ----------+-----------------------------------+------
        Encounter | reasonCode serviceType identifier |
        """,
    ),
]


@pytest.mark.parametrize(("sentence", "scene", "delivered"), CASES, ids=[c[0] for c in CASES])
def test_what_is_missing(sentence, scene, delivered):
    del sentence
    rule = RULES.of(scene)
    for row in tables.rows(delivered):
        names, _, fate = row["lacks"].partition(":")
        lacking = missing(rule, [resource(row)])
        assert set(lacking) == set(names.split())
        is_refused = bool(rule.refused_without & set(lacking))
        assert is_refused is (fate.strip() == "refused")


def test_what_another_resource_of_the_delivery_holds_is_not_missing():
    first = {"resourceType": "Encounter", "reasonCode": "x", "identifier": "x"}
    second = {"resourceType": "Encounter", "serviceType": "x"}
    assert missing(RULES.of("outpatient"), [first, second]) == ()


def as_told(place: int, sentence: str, scene: str, delivered: str) -> str:
    """The case as a section of the manual."""
    return (
        f"### {place}. {sentence}\n\nA delivery for *{scene}*:\n\n"
        f"```text\n{dedent(delivered).strip()}\n```\n"
    )


def resource(row: dict[str, str]) -> dict[str, Any]:
    """A resource that holds what a row says."""
    return {"resourceType": row["resource"], **dict.fromkeys(row["holds"].split(), "x")}

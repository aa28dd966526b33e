"""What may come in, scene by scene: what a delivery holds, and what becomes of each part.

This file is also a page of the manual (``docs/manual/collection.md`` is made from it).
"""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from openhealthcode.collection import RULES
from openhealthcode.collection.rules import judge
from spec import tables

title = "What comes in"
title_zh = "什么可以采集"

CASES = [
    (
        "Who somebody is comes in everywhere",
        "",
        "laboratory",
        """
        resource | holds                              | becomes
        ---------+------------------------------------+----------------------------------
        Patient  | name gender birthDate identifier   | name sex birth-date certificate: permitted
        """,
    ),
    (
        "Marriage, photograph, nationality and ethnic group are asked by no scene",
        "",
        "registration",
        """
        resource | holds                     | becomes
        ---------+---------------------------+--------------------------
        Patient  | maritalStatus             | marital-status: beyond-rule
        Patient  | photo                     | photo: beyond-rule
        Patient  | +patient-nationality      | nationality: beyond-rule
        Patient  | +us-core-race             | ethnic-group: beyond-rule
        """,
    ),
    (
        "What no rule knows is beyond every rule",
        "",
        "registration",
        """
        resource    | holds               | becomes
        ------------+---------------------+------------------------------
        Patient     | generalPractitioner | Patient.generalPractitioner: beyond-rule
        Patient     | text                | Patient.text: beyond-rule
        Patient     | +favourite-colour   | extension: beyond-rule
        Communication |                   | Communication: beyond-rule
        """,
    ),
    (
        "Registration takes nothing of health",
        "",
        "registration",
        """
        resource    | holds           | becomes
        ------------+-----------------+-------------------------
        Condition   |                 | diagnosis: beyond-rule
        Observation | #laboratory     | laboratory-result: beyond-rule
        Observation | loinc:882-1     | blood-type: beyond-rule
        """,
    ),
    (
        "A laboratory result comes in from a visit, a smoking status does not",
        "",
        "outpatient",
        """
        resource    | holds                       | becomes
        ------------+-----------------------------+--------------------------------
        Observation | loinc:2345-7 #laboratory    | laboratory-result: permitted
        Observation | loinc:72166-2 #survey       | smoking: beyond-rule
        Observation | loinc:72166-2 #laboratory   | smoking: beyond-rule
        Observation | loinc:1-8 #social-history   | social-history: beyond-rule
        """,
    ),
    (
        "Follow-up of chronic disease may ask about smoking, drinking and diet, and says why",
        "",
        "follow-up",
        """
        resource    | holds                         | becomes
        ------------+-------------------------------+--------------------
        Observation | loinc:72166-2 #social-history | smoking: permitted
        Observation | loinc:11331-6                 | drinking: permitted
        Observation | loinc:93832-4                 | sleep: beyond-rule
        Observation | loinc:11341-5                 | occupation: beyond-rule
        """,
    ),
    (
        "The resident may refuse each optional element, but not what the purpose needs",
        "refuses smoking phone name",
        "follow-up",
        """
        resource    | holds         | becomes
        ------------+---------------+-------------------------------
        Observation | loinc:72166-2 | smoking: refused-by-resident
        Patient     | telecom name  | phone: refused-by-resident; name: permitted
        Observation | loinc:11331-6 | drinking: permitted
        """,
    ),
    (
        "Blood type and family history wait for a consent of their own",
        "",
        "outpatient",
        """
        resource            | holds                   | becomes
        --------------------+-------------------------+--------------------------------------
        Observation         | loinc:882-1 #laboratory | blood-type: needs-separate-consent
        FamilyMemberHistory |                         | family-history: needs-separate-consent
        """,
    ),
    (
        "and come in with it",
        "agrees to blood-type",
        "outpatient",
        """
        resource            | holds                   | becomes
        --------------------+-------------------------+--------------------------------------
        Observation         | loinc:882-1 #laboratory | blood-type: permitted
        FamilyMemberHistory |                         | family-history: needs-separate-consent
        """,
    ),
    (
        "Family history names relations and diseases, never relatives",
        "agrees to family-history",
        "outpatient",
        """
        resource            | holds | becomes
        --------------------+-------+-----------------------------------------------------------
        FamilyMemberHistory |       | family-history: permitted
        FamilyMemberHistory | name  | family-history: permitted; relative-name: beyond-rule
        """,
    ),
    (
        "Another name for it does not help",
        "",
        "outpatient",
        """
        resource    | holds                     | becomes
        ------------+---------------------------+----------------------------
        Observation | "婚姻状况" #laboratory    | marital-status: beyond-rule
        Observation | "Level of education" #laboratory | education: beyond-rule
        Observation | "Bracelet trace" #laboratory | laboratory-result: permitted
        """,
    ),
]


@pytest.mark.parametrize(
    ("sentence", "said", "scene", "delivered"), CASES, ids=[case[0] for case in CASES]
)
def test_what_comes_in(sentence, said, scene, delivered):
    del sentence
    rule = RULES.of(scene)
    for row in tables.rows(delivered):
        found = judge(rule, resource(row), choices(said))
        assert {(each.element, each.verdict.value) for each in found} == expected(row["becomes"])


def as_told(place: int, sentence: str, said: str, scene: str, delivered: str) -> str:
    """The case as a section of the manual."""
    resident = f"The resident {said}. " if said else ""
    return (
        f"### {place}. {sentence}\n\n{resident}A delivery for *{scene}*:\n\n"
        f"```text\n{dedent(delivered).strip()}\n```\n"
    )


def choices(said: str) -> dict[str, bool]:
    """``refuses a b`` or ``agrees to a b``."""
    verb, *elements = said.split() or [""]
    return dict.fromkeys(elements, verb == "agrees")


def expected(text: str) -> set[tuple[str, str]]:
    pairs = set()
    for part in text.split(";"):
        elements, verdict = part.split(":")
        pairs |= {(element, verdict.strip()) for element in elements.split()}
    return pairs


def resource(row: dict[str, str]) -> dict[str, Any]:
    """A resource that holds what a row says, whatever its values.

    ``loinc:`` a code, ``#`` a category, ``+`` an extension, quotes what it calls itself.
    """
    made: dict[str, Any] = {"resourceType": row["resource"]}
    rest, _, quoted = row["holds"].partition('"')
    if quoted:
        named, _, rest = quoted.partition('"')
        made["code"] = {"text": named}
    for word in rest.split():
        if word.startswith("loinc:"):
            coding = {"system": "http://loinc.org", "code": word.removeprefix("loinc:")}
            made["code"] = {"coding": [coding]}
        elif word.startswith("#"):
            made["category"] = [{"coding": [{"code": word[1:]}]}]
        elif word.startswith("+"):
            made["extension"] = [{"url": _address(word[1:]), "valueString": "x"}]
        else:
            made[word] = "x"
    return made


def _address(name: str) -> str:
    for element in RULES.catalogue.values():
        for selector in element.fhir:
            if selector.value.endswith(f"/{name}"):
                return selector.value
    return f"http://example.org/{name}"

"""A form made from a rule, and what was typed into it made into FHIR.

What the rule does not name has no field, and an answer to no field is not looked at: a form cannot
ask more than its rule. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from openhealthcode.collection.elements import Input
from openhealthcode.collection.model import Resource
from openhealthcode.collection.rules import CollectionRule, Demand, RuledElement
from openhealthcode.standards import NationalId, Phone, Sex
from openhealthcode.standards.errors import HealthCodeError

LANGUAGES: Final[Mapping[str, str]] = {
    "zh-CN": "普通话",
    "bo": "བོད་ཡིག",
    "ii": "ꆈꌠꉙ",
    "kk": "Қазақша",
    "ko": "한국어",
    "mn": "Монгол",
    "ug": "ئۇيغۇرچە",
    "za": "Vahcuengh",
    "en": "English",
}
"""Languages to talk in, each named in itself."""

_LONGEST_TEXT: Final = 120
_NUMBER_AT_THE_END: Final = re.compile(r"(?P<name>.*?)[\s,，:：]*(?P<phone>\+?\d[\d\s-]{5,18}\d)?")


class Problem(StrEnum):
    """What is wrong with one answer."""

    MISSING = "missing"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it came back.

    Args:
        patient: what was answered, as FHIR; holds the elements of the rule and nothing else.
        refused: the optional elements the resident does not want to give.
        problems: by element; while there are any, nothing is to be filed.
    """

    patient: Resource = field(repr=False)
    refused: frozenset[str]
    problems: Mapping[str, Problem]


def fields(rule: CollectionRule) -> tuple[RuledElement, ...]:
    """What a form of this rule asks, the needed first.

    Raises:
        LookupError: the rule needs an element that no form can ask.
    """
    asked = (*rule.of_demand(Demand.REQUIRED), *rule.of_demand(Demand.OPTIONAL))
    for ruled in asked:
        if ruled.element.id not in _AS_FHIR or ruled.element.input is None:
            raise LookupError(f"no form asks for {ruled.element.id}")
    return asked


def fill(rule: CollectionRule, answers: Mapping[str, str], refused: Collection[str]) -> Filled:
    """Read the answers to the form of a rule; what the rule does not ask is not looked at."""
    patient: Resource = {"resourceType": "Patient"}
    declined, problems = set(), {}
    for ruled in fields(rule):
        id_ = ruled.element.id
        is_optional = ruled.demand is Demand.OPTIONAL
        if is_optional and id_ in refused:
            declined.add(id_)
            continue
        answer = answers.get(id_, "").strip()
        if not answer:
            if not is_optional:
                problems[id_] = Problem.MISSING
            continue
        try:
            patient |= _AS_FHIR[id_](_checked(answer, ruled.element.input))
        except (HealthCodeError, ValueError):
            problems[id_] = Problem.MALFORMED
    return Filled(patient, frozenset(declined), problems)


def _checked(answer: str, asked: Input | None) -> str:
    """The answer in its stored form.

    Raises:
        HealthCodeError, ValueError: it is not of the kind that was asked.
    """
    match asked:
        case Input.CERTIFICATE:
            return NationalId.parse(answer).number
        case Input.DATE:
            return date.fromisoformat(answer).isoformat()
        case Input.SEX:
            return Sex(answer).value
        case Input.PHONE:
            return Phone.parse(answer).number
        case Input.LANGUAGE if answer not in LANGUAGES:
            raise ValueError("not one of the languages")
        case _ if len(answer) > _LONGEST_TEXT:
            raise ValueError("too long")
    return answer


def _contact(text: str) -> Resource:
    found = _NUMBER_AT_THE_END.fullmatch(text)
    if found is None or not found["name"]:
        raise ValueError("a contact has a name")
    contact: Resource = {"name": {"text": found["name"]}}
    if found["phone"]:
        contact["telecom"] = [{"system": "phone", "value": Phone.parse(found["phone"]).number}]
    return {"contact": [contact]}


_AS_FHIR: Final[Mapping[str, Callable[[str], Resource]]] = {
    "name": lambda text: {"name": [{"use": "official", "text": text}]},
    "sex": lambda text: {"gender": text},
    "birth-date": lambda text: {"birthDate": text},
    "certificate": lambda text: {
        "identifier": [{"system": "urn:oid:2.16.156.10011.1.3", "value": text}]
    },
    "phone": lambda text: {"telecom": [{"system": "phone", "value": text}]},
    "address": lambda text: {"address": [{"text": text}]},
    "contact-person": _contact,
    "language": lambda text: {
        "communication": [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": text}]}}]
    },
}

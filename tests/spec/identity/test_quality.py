"""What the quality gate finds doubtful about a registration, and what comes of it.

This file is also a section of the manual (docs/manual/identity.md is made from it).
"""

from __future__ import annotations

from datetime import date

import pytest

from openhealthcode.identity import Registration
from openhealthcode.identity.quality import in_force
from openhealthcode.identity.quality.model import Occasion
from openhealthcode.identity.quality.rules import examine, is_set_aside
from openhealthcode.standards import Certificate, CertificateKind, Phone, Sex

title = "What is doubtful about a registration"
title_zh = "登记信息的质量"

TODAY = date(2026, 11, 22)
_SOUND = {
    "certificate": "90 A-1001",
    "name": "李秀英",
    "sex": "female",
    "born": "1962-04-06",
    "phone": "13912345678",
    "address": "演示县幸福路1号",
}

# Sentence, what is registered where it differs from a sound registration, what the gate says.
CASES = [
    ("A sound registration passes", "", ""),
    (
        "A name that stands for none is told, and not matched by",
        "name=无名氏",
        "name-placeholder: warn",
    ),
    ("So is one that repeats a character", "name=啊啊啊", "name-of-one-character: warn"),
    ("A number as the name is set aside", "name=13912345678", "name-holds-number: set-aside"),
    (
        "Name and address in each other's place are set aside",
        "name=演示县幸福路1号 address=李秀英",
        "name-address-swapped: set-aside",
    ),
    ("The longest names are no addresses", "name=买买提·艾力·阿不都热西提", ""),
    ("A given name before the surname is told", "name=秀英李", "name-surname-last: warn"),
    ("A surname of two characters is one", "name=欧阳江", ""),
    (
        "The name again as the address is told",
        "address=李秀英",
        "address-is-name: warn",
    ),
    ("An address that stands for none is counted", "address=不详", "address-placeholder: count"),
    ("A birth date to come is set aside", "born=2027-01-01", "birth-date-in-future: set-aside"),
    ("Tomorrow is today further east", "born=2026-11-23", ""),
    ("Nobody is a hundred and thirty", "born=1896-05-01", "birth-date-too-early: warn"),
    ("A date that systems put in is told", "born=1970-01-01", "birth-date-default: warn"),
    (
        "unless the ID number bears it out",
        "certificate=01 880101197001010014 born=1970-01-01 sex=male",
        "",
    ),
    (
        "Born today, with a driving licence",
        "certificate=05 D-70001 born=2026-11-22",
        "birth-date-of-registration: warn",
    ),
    ("Born today, with the number the ward gave", "born=2026-11-22 name=张三之子", ""),
    (
        "A newborn's temporary name is outgrown in a year",
        "born=2020-11-22 name=张三之子",
        "name-of-newborn-outgrown: warn",
    ),
    (
        "A county that was on no list is told, and no reason to refuse",
        "certificate=01 010105194912310026 born=1949-12-31",
        "division-unknown: warn",
    ),
    (
        "A county that was abolished before the birth, too",
        "certificate=01 11010320150501002X born=2015-05-01",
        "division-abolished: warn",
    ),
    (
        "A county that was abolished later is on the cards of all who were born there",
        "certificate=01 110103190205010027 born=1902-05-01",
        "",
    ),
    ("A telephone that stands for none is told", "phone=13800000000", "phone-placeholder: warn"),
    ("A household shares a telephone", "sharing=8", ""),
    ("More than a household do not", "sharing=9", "phone-shared: warn"),
    (
        "What is not said is counted, not told",
        "sex=unknown born= phone= address=",
        "sex-missing: count, birth-date-missing: count, phone-missing: count, address-missing: count",
    ),
    (
        "The ID number says sex and birth date",
        "certificate=01 11010519491231002X sex=unknown born=",
        "",
    ),
]


def as_told(place: int, sentence: str, said: str, found: str) -> str:
    registered = f"`{said}`" if said else "nothing unusual"
    told = f"`{found}`" if found else "nothing"
    return f"{place}. {sentence}: registered {registered}, found {told}.\n"


@pytest.mark.parametrize(
    ("sentence", "said", "found"), CASES, ids=[sentence for sentence, *_ in CASES]
)
def test_what_is_doubtful(sentence, said, found):
    rules = examine(*registered(said), in_force())
    assert ", ".join(f"{rule.code}: {rule.effect}" for rule in rules) == found, sentence
    assert is_set_aside(rules) == ("set-aside" in found)


def registered(said: str) -> tuple[Registration, Occasion]:
    """A sound registration with what a case says instead, and its occasion."""
    told = dict(_SOUND)
    last = ""
    for word in said.split():
        name, is_pair, value = word.partition("=")
        if is_pair:
            told[name], last = value, name
        else:  # a value with a space in it
            told[last] += f" {word}"
    kind, number = told["certificate"].split()
    return (
        Registration(
            (Certificate.parse(CertificateKind(kind), number, "hospital-a"),),
            told["name"],
            Sex(told["sex"]),
            date.fromisoformat(told["born"]) if told["born"] else None,
            Phone.parse(told["phone"]) if told["phone"] else None,
            told["address"],
        ),
        Occasion(TODAY, int(told.get("sharing", "0"))),
    )

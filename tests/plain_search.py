"""A record as plain facts, and a search over it written apart from the one in the program.

A fact knows nothing of FHIR's JSON: what a search should find is worked out from the fact alone, day
by day, value by value; ``rendered`` makes the resource the program sees.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from typing import Any

OFFICIAL = timezone(timedelta(hours=8))
LOINC = "http://loinc.org"
OURS = "urn:codes"
STATUS = "http://hl7.org/fhir/observation-status"
TEXTS = ("血糖", "Glücose", "glucose", "血压", "")
CODES = ((LOINC, "1-1"), (LOINC, "2-2"), (OURS, "1-1"), ("", "3-3"))
STATUSES = ("final", "amended", "preliminary")
NUMBERS = ("5", "5.0", "5.4", "5.5", "60", "100.25")
UNITS = ("mg", "mmol/L")
WORDS = ("未见异常", "未见", "Élevé", "normal")
CLASSES = ("AMB", "IMP")
LENGTHS = ("", "date", "month", "moment", "early", "period", "open")


@dataclass(frozen=True)
class Visit:
    """An encounter: its class, and whether it is over."""

    number: int
    class_: str
    status: str


@dataclass(frozen=True)
class Finding:
    """An observation."""

    number: int
    code: tuple[str, str]
    text: str
    status: str
    first: date
    """The first day, and of a period the day it begins."""
    length: str
    quantity: tuple[str, str] | None
    words: str | None
    visit: Visit | None


def facts(random: Random, many: int) -> list[Finding]:
    """So many findings with a few visits among them."""
    visits = [
        Visit(n, random.choice(CLASSES), random.choice(("finished", "planned"))) for n in range(4)
    ]
    made = []
    for number in range(many):
        kind = random.choice(("quantity", "words", "none"))
        made.append(
            Finding(
                number,
                random.choice(CODES),
                random.choice(TEXTS),
                random.choice(STATUSES),
                date(2025, 12, 1) + timedelta(days=random.randrange(100)),
                random.choice(LENGTHS),
                (random.choice(NUMBERS), random.choice(UNITS)) if kind == "quantity" else None,
                random.choice(WORDS) if kind == "words" else None,
                random.choice((*visits, None)),
            )
        )
    return made


def rendered(one: Finding, visit_reference: str) -> dict[str, Any]:
    """The Observation that says the same."""
    system, code = one.code
    coding = {"system": system, "code": code} if system else {"code": code}
    resource: dict[str, Any] = {
        "resourceType": "Observation",
        "id": f"o{one.number}",
        "status": one.status,
        "code": {"coding": [coding], **({"text": one.text} if one.text else {})},
        **_when(one),
    }
    if one.quantity:
        value, unit = one.quantity
        resource["valueQuantity"] = {
            "value": float(value), "unit": unit, "system": "urn:units", "code": unit,
        }  # fmt: skip
    if one.words:
        resource["valueString"] = one.words
    if one.visit:
        resource["encounter"] = {"reference": visit_reference}
    return resource


def rendered_visit(one: Visit) -> dict[str, Any]:
    """The Encounter that says the same."""
    return {
        "resourceType": "Encounter",
        "id": f"e{one.number}",
        "status": one.status,
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": one.class_},
    }


def _when(one: Finding) -> dict[str, Any]:
    day = one.first.isoformat()
    return {
        "": {},
        "date": {"effectiveDateTime": day},
        "month": {"effectiveDateTime": day[:7]},
        "moment": {"effectiveDateTime": f"{day}T23:30:00+08:00"},
        "early": {"effectiveDateTime": f"{day}T00:30:00+08:00"},
        "period": {"effectivePeriod": {"start": day, "end": str(_later(one.first))}},
        "open": {"effectivePeriod": {"start": day}},
    }[one.length]


def _later(day: date) -> date:
    return day + timedelta(days=9)


def seconds_of(one: Finding) -> tuple[datetime, datetime] | None:
    """First and last second of a finding, both included."""
    start = datetime(one.first.year, one.first.month, one.first.day, tzinfo=OFFICIAL)
    day = timedelta(days=1) - timedelta(seconds=1)
    if one.length == "month":
        month = start.replace(day=1)
        return month, (month + timedelta(days=32)).replace(day=1) - timedelta(seconds=1)
    if one.length in ("moment", "early"):
        moment = start.replace(hour=23 if one.length == "moment" else 0, minute=30)
        return moment, moment
    if one.length == "period":
        return start, start + timedelta(days=9) + day
    if one.length == "open":
        return start, datetime(9999, 1, 1, tzinfo=OFFICIAL)
    return (start, start + day) if one.length == "date" else None


@dataclass(frozen=True)
class Asked:
    """One parameter: as it is sent, and what a finding has to be."""

    name: str
    value: str
    holds: Any


def asked(random: Random) -> Asked:
    """Some condition on findings."""
    makers = (_by_code, _by_status, _by_text, _by_date, _by_number, _by_words, _by_visit, _missing)
    return random.choice(makers)(random)


def _by_code(random: Random) -> Asked:
    system, code = random.choice(CODES)
    form = random.choice(("code", "system|code", "|code", "system|"))
    name = random.choice(("code", "code:not", "combo-code"))

    def has(one: Finding) -> bool:
        return {
            "code": one.code[1] == code,
            "system|code": one.code == (system, code),
            "|code": one.code == ("", code),
            "system|": one.code[0] == system,
        }[form]

    value = {"code": code, "system|code": f"{system}|{code}", "|code": f"|{code}"}.get(
        form, f"{system}|"
    )
    if value == "|":
        return _by_status(random)
    return Asked(name, value, (lambda one: not has(one)) if name == "code:not" else has)


def _by_status(random: Random) -> Asked:
    wanted = random.sample(STATUSES, 2)
    text = random.choice((",".join(wanted), ",".join(f"{STATUS}|{each}" for each in wanted)))
    return Asked("status", text, lambda one: one.status in wanted)


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFD", text)
    return "".join(c for c in apart if unicodedata.category(c) != "Mn").lower()


def _by_text(random: Random) -> Asked:
    begins = random.choice(("GLU", "glü", "血", "血糖", "x"))
    return Asked("code:text", begins, lambda one: _plain(one.text).startswith(_plain(begins)))


def _by_words(random: Random) -> Asked:
    words = random.choice(("未见", "见", "ELE", "élevé", "normal", "未见异常"))
    name = random.choice(("value-string", "value-string:contains", "value-string:exact"))

    def has(one: Finding) -> bool:
        if name == "value-string:exact":
            return one.words == words
        said, sought = _plain(one.words or ""), _plain(words)
        found = said.find(sought)
        # A text beside a code is among a finding's words only where the value is a concept.
        return bool(one.words) and (found == 0 if name == "value-string" else found >= 0)

    return Asked(name, words, has)


def _by_date(random: Random) -> Asked:
    day = date(2025, 12, 1) + timedelta(days=random.randrange(110))
    text = random.choice((day.isoformat(), day.isoformat()[:7], str(day.year)))
    start = datetime(day.year, 1, 1, tzinfo=OFFICIAL)
    second = timedelta(seconds=1)
    if len(text) == 4:
        end = start.replace(year=day.year + 1) - second
    elif len(text) == 7:
        start = start.replace(month=day.month)
        end = (start + timedelta(days=32)).replace(day=1) - second
    else:
        start = start.replace(month=day.month, day=day.day)
        end = start + timedelta(days=1) - second
    prefix = random.choice(("", "eq", "ne", "gt", "ge", "lt", "le", "sa", "eb"))

    def holds(one: Finding) -> bool:
        there = seconds_of(one)
        if there is None:
            return False
        first, last = there
        inside = start <= first and last <= end
        return {
            "": inside,
            "eq": inside,
            "ne": not inside,
            "gt": last > end,
            "ge": last > end or inside,
            "lt": first < start,
            "le": first < start or inside,
            "sa": first > end,
            "eb": last < start,
        }[prefix]

    return Asked("date", prefix + text, holds)


def _by_number(random: Random) -> Asked:
    text = random.choice(("5", "5.0", "5.4", "60", "6e1", "100", "100.25"))
    prefix = random.choice(("", "ne", "gt", "ge", "lt", "le", "sa", "eb", "ap"))
    unit = random.choice(("", "||mg", "|urn:units|mg", "|urn:other|mg"))
    number = Decimal(text)
    half = {"5": "0.5", "5.0": "0.05", "5.4": "0.05", "60": "0.5", "6e1": "5", "100": "0.5"}
    around = Decimal(half.get(text, "0.005"))

    def holds(one: Finding) -> bool:
        if one.quantity is None:
            return False
        value = Decimal(one.quantity[0])
        if unit and (one.quantity[1] != "mg" or "other" in unit):
            return False
        rounds_to_it = number - around <= value < number + around
        return {
            "": rounds_to_it,
            "ne": not rounds_to_it,
            "gt": value > number,
            "sa": value > number,
            "ge": value >= number,
            "lt": value < number,
            "eb": value < number,
            "le": value <= number,
            "ap": abs(value - number) <= number / 10,
        }[prefix]

    return Asked("value-quantity", f"{prefix}{text}{unit}", holds)


def _by_visit(random: Random) -> Asked:
    class_ = random.choice(CLASSES)
    name, value = random.choice(
        (("encounter.class", class_), ("encounter:Encounter.class", f"x,{class_}"))
    )
    return Asked(name, value, lambda one: one.visit is not None and one.visit.class_ == class_)


def _missing(random: Random) -> Asked:
    is_missing = random.choice((True, False))
    name, is_there = random.choice(
        (
            ("value-quantity", lambda one: one.quantity is not None),
            ("value-string", lambda one: one.words is not None),
            ("encounter", lambda one: one.visit is not None),
            ("date", lambda one: one.length != ""),
        )
    )
    return Asked(
        f"{name}:missing", str(is_missing).lower(), lambda o: is_there(o) is not is_missing
    )

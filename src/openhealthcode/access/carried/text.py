"""What an emergency summary says: few lines, the most urgent first, that fit one QR code.

Pure: values in, lines out. It is written once and read by people who know nothing of us; it never
says that there is nothing, only that nothing is recorded here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from openhealthcode.identity import EmergencyContact, Relation
from openhealthcode.record.plain import Language
from openhealthcode.record.summary import Allergy, Medicine, Problem, Result, Summary
from openhealthcode.standards import Phone

VALID_DAYS: Final = 90
"""Medication changes; whoever carries a summary for longer makes a new one."""
LARGEST_BYTES: Final = 1200
"""Of the text in UTF-8: with its signature a QR code of about 130 modules, read by any telephone."""
_LONGEST_ITEM: Final = 60
_UNNAMED: Final = "?"
"""What is recorded without a name that can be written; it does not vanish."""

_WORDS: Final = {
    "zh-CN": {
        "colon": "：",
        "between": "；",
        "within": "，",
        "open": "（",
        "close": "）",
        "born": "{day}出生",
        "male": "男",
        "female": "女",
        "allergies": "过敏",
        "blood": "血型",
        "medication": "用药",
        "problems": "疾病",
        "implants": "植入物",
        "results": "检验",
        "contacts": "联系人",
        "not-recorded": "未见记录，不等于没有",
        "denied": "登记为无已知过敏",
        "high": "高危",
        "more": "另有 {count} 项未列",
        "foot": "本人选择携带。可能不完整，请以询问和检查为准。",
        Relation.SPOUSE: "配偶",
        Relation.CHILD: "子女",
        Relation.PARENT: "父母",
        Relation.SIBLING: "兄弟姐妹",
        Relation.OTHER_RELATIVE: "亲属",
        Relation.FRIEND: "朋友",
    },
    "en": {
        "colon": ": ",
        "between": "; ",
        "within": ", ",
        "open": " (",
        "close": ")",
        "born": "born {day}",
        "male": "male",
        "female": "female",
        "allergies": "Allergies",
        "blood": "Blood type",
        "medication": "Medication",
        "problems": "Conditions",
        "implants": "Implants",
        "results": "Results",
        "contacts": "To call",
        "not-recorded": "none recorded, which is not none",
        "denied": "recorded as none known",
        "high": "high risk",
        "more": "{count} more not listed",
        "foot": "Carried by choice. May be incomplete: ask and examine.",
        Relation.SPOUSE: "spouse",
        Relation.CHILD: "child",
        Relation.PARENT: "parent",
        Relation.SIBLING: "sibling",
        Relation.OTHER_RELATIVE: "relative",
        Relation.FRIEND: "friend",
    },
}
_READ_IN: Final = (
    "allergies", "blood", "medication", "problems", "implants", "results", "contacts",
)  # fmt: skip
_KEPT_IN: Final = (
    "allergies", "blood", "contacts", "implants", "medication", "problems", "results",
)  # fmt: skip
"""The order in which the space is given out: a result goes before a drug, a drug before a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whose summary it is, as far as it is told: no certificate, no address."""

    name: str = field(repr=False)
    sex: str
    birth_date: date | None


def lines_of(
    person: Person,
    summary: Summary,
    contacts: Sequence[EmergencyContact],
    language: Language,
) -> list[str]:
    """Everything the summary says, in the order it is read, within ``LARGEST_BYTES``.

    Allergies and blood type always have a line. What finds no room is counted in the last line but
    one, so that nobody takes a cut list for a whole one.
    """
    words = _WORDS[language]
    items = _items(summary, contacts, words)
    kept: dict[str, list[str]] = {section: [] for section in _READ_IN}
    room = LARGEST_BYTES - _size([_head(person, words), words["foot"], words["more"]]) - 120
    left_out = 0
    for section in _KEPT_IN:
        for place, item in enumerate(items[section]):
            cost = len(item.encode()) + len(words["between"].encode())
            if cost > room:
                left_out += len(items[section]) - place
                break
            kept[section].append(item)
            room -= cost
    lines = [_head(person, words)]
    lines += [
        f"{words[section]}{words['colon']}{words['between'].join(kept[section])}"
        for section in _READ_IN
        if kept[section]
    ]
    if left_out:
        lines.append(words["more"].format(count=left_out))
    return [*lines, words["foot"]]


def _items(
    summary: Summary, contacts: Sequence[EmergencyContact], words: dict[str, str]
) -> dict[str, list[str]]:
    nothing = words["not-recorded"]
    denied = words["denied"] if summary.no_known_allergy else nothing
    return {
        "allergies": [_allergy(one, words) for one in summary.allergies] or [denied],
        "blood": [_plain(summary.blood_type) or nothing],
        "medication": [_medicine(one) for one in summary.medication],
        "problems": [_problem(one, words) for one in summary.problems],
        "implants": [_dated(one.name, one.when, words) for one in summary.implants],
        "results": [_result(one, words) for one in summary.results],
        "contacts": [f"{words[one.relation]} {_dialled(one.phone)}" for one in contacts],
    }


def _head(person: Person, words: dict[str, str]) -> str:
    born = "" if person.birth_date is None else words["born"].format(day=person.birth_date)
    told = [_plain(person.name) or _UNNAMED, words.get(person.sex, ""), born]
    return words["within"].join(part for part in told if part)


def _allergy(one: Allergy, words: dict[str, str]) -> str:
    danger = words["high"] if one.criticality == "high" else ""
    return _with(one.name, [danger, one.reaction], words)


def _medicine(one: Medicine) -> str:
    """A medicine as it is taken, in one breath."""
    told = map(_plain, (one.name or _UNNAMED, one.dose, one.frequency))
    return " ".join(part for part in told if part) or _UNNAMED


def _problem(one: Problem, words: dict[str, str]) -> str:
    return _with(one.name, [one.since[:4], one.note], words)


def _result(one: Result, words: dict[str, str]) -> str:
    return _with(f"{one.name} {one.value}", [one.when], words)


def _dated(name: str, when: str, words: dict[str, str]) -> str:
    return _with(name, [when], words)


def _dialled(phone: Phone) -> str:
    """As it is dialled in the country."""
    return phone.number.removeprefix("+86")


def _with(name: str, more: Sequence[str], words: dict[str, str]) -> str:
    """A name with what belongs to it in brackets."""
    told = [part for part in map(_plain, more) if part]
    inside = words["within"].join(told)
    return (_plain(name) or _UNNAMED) + (f"{words['open']}{inside}{words['close']}" if told else "")


def _plain(text: str) -> str:
    """One line of bounded length that cannot pass for another line or turn its neighbours around.

    Source: Unicode UAX #9 (bidirectional formatting characters, category Cf), general category Cc.
    """
    kept = (
        one
        for one in " ".join(text.split())
        if unicodedata.category(one) not in {"Cc", "Cf", "Cs", "Co"}
    )
    return "".join(kept)[:_LONGEST_ITEM].strip()


def _size(lines: Sequence[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)

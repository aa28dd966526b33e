"""Two entries side by side for a page: what agrees, what differs, and where; pure.

Numbers stay masked where they agree: to see that two differ, nobody needs the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import floor, log10
from typing import Final
from uuid import UUID

from openhealthcode.access.duplicates import ComparedCase, ComparedEntry
from openhealthcode.identity import Registration, Verification, matching, quality
from openhealthcode.identity.matching import Explanation, Field, Level
from openhealthcode.identity.review import ReviewKind
from openhealthcode.portal.layout import Language
from openhealthcode.standards import Certificate, CertificateKind

_MASK: Final = "•"
_MOST_ODDS: Final = 1_000_000.0


class Says(StrEnum):
    """What a row says at a glance."""

    SAME = "same"
    NEAR = "near"
    DIFFERENT = "different"
    MISSING = "missing"
    """One side does not say."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a value: whether the other side has another one in its place."""

    text: str = field(repr=False)
    differs: bool = False


Value = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing compared.

    Args:
        cells: the values of each column, the latest first; none: not said.
        because: what the matching engine makes of it, in words.
    """

    name: str
    cells: tuple[tuple[Value, ...], ...]
    says: Says
    because: tuple[Explanation, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """From whom and when a registration came, and what stood behind it."""

    at: datetime
    institution_id: UUID | None
    verification: Verification


@dataclass(frozen=True, slots=True)
class Column:
    """One side.

    Args:
        letter: by which the page calls it.
        resident_id: empty for a delivery that was set aside.
    """

    letter: str
    resident_id: str
    origins: tuple[Origin, ...]
    phones: tuple[str, ...]
    is_closed: bool


@dataclass(frozen=True, slots=True)
class CaseView:
    """The whole comparison.

    Args:
        odds: how many to one, rounded to what the score can tell; none where a rule outranks it.
        speaks_for: whether that is for one person.
        survivor: the entry that is there longest, which a merge keeps unless told otherwise.
        has_two_numbers: each side has a valid ID number of its own.
        doubts: what the quality rules find in the delivery, in words.
    """

    public_id: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    odds: int | None
    speaks_for: bool
    survivor: str
    has_two_numbers: bool
    doubts: tuple[str, ...]


def case_view(case: ComparedCase, language: Language) -> CaseView:
    """The page of a case."""
    columns = tuple(_column(place, entry) for place, entry in enumerate(case.entries))
    evidence = {
        one.field: matching.explain(one, language.value)
        for one in case.score.evidence
        if one.level is not Level.NOT_SAID
    }
    levels = {one.field: one.level for one in case.score.evidence}
    rows = tuple(_row(name, case.entries, evidence, levels) for name in _VALUES)
    residents = [column for column in columns if column.resident_id and column.origins]
    eldest = min(residents, key=lambda column: column.origins[-1].at, default=None)
    return CaseView(
        case.public_id,
        columns,
        tuple(row for row in rows if any(row.cells)),
        _odds(case),
        case.score.bits >= 0,
        eldest.resident_id if eldest else "",
        levels.get(Field.NUMBER) is Level.DIFFERENT and case.is_of_two_residents,
        _doubts(case.entries[-1], language),
    )


def _odds(case: ComparedCase) -> int | None:
    """One figure and zeros; a contradiction of certificates is no matter of odds."""
    if case.item.kind is ReviewKind.SET_ASIDE:
        return None
    odds = min(2.0 ** abs(case.score.bits), _MOST_ODDS)
    return int(round(odds, -floor(log10(odds))))


def _doubts(entry: ComparedEntry, language: Language) -> tuple[str, ...]:
    """What is doubtful in a delivery; an entry of the index was taken in as it is."""
    if entry.resident_id is not None:
        return ()
    return tuple(
        rule.zh if language is Language.CHINESE else rule.en
        for one in entry.received
        for rule in quality.examine(one.registration, one.at)
    )


def _column(place: int, entry: ComparedEntry) -> Column:
    return Column(
        "ABCDEFGH"[place] if entry.resident_id else "",
        str(entry.resident_id or ""),
        tuple(
            Origin(one.at, one.source.institution_id, one.source.verification)
            for one in entry.received
        ),
        entry.phones,
        entry.is_closed,
    )


def _row(
    name: str,
    entries: Sequence[ComparedEntry],
    evidence: dict[Field, Explanation],
    levels: dict[Field, Level],
) -> Row:
    said = [_distinct(_VALUES[name], entry) for entry in entries]
    left, right = said[0], said[1] if len(said) > 1 else []
    if len(left) == len(right) == 1:
        marked = _MARKS.get(name, _plainly)
        cells: list[tuple[Value, ...]] = [
            (marked(left[0], right[0]),),
            (marked(right[0], left[0]),),
        ]
        cells += [tuple(_plainly(_shown(name, text), "") for text in more) for more in said[2:]]
    else:
        cells = [tuple(_plainly(_shown(name, text), "") for text in one) for one in said]
    fields = _FIELDS.get(name, ())
    because = tuple(evidence[each] for each in fields if each in evidence)
    return Row(
        name, tuple(cells), _says(left, right, [levels.get(each) for each in fields]), because
    )


def _distinct(value: Callable[[Registration], Iterable[str]], entry: ComparedEntry) -> list[str]:
    found = (text for one in entry.received for text in value(one.registration))
    return list(dict.fromkeys(text for text in found if text))


def _says(left: list[str], right: list[str], levels: Sequence[Level | None]) -> Says:
    if not left or not right:
        return Says.MISSING
    if set(left) & set(right):
        return Says.SAME
    known = {level for level in levels if level not in {None, Level.NOT_SAID}}
    return Says.DIFFERENT if not known or Level.DIFFERENT in known else Says.NEAR


def _plainly(text: str, _other: str) -> Value:
    return (Segment(text),)


def _by_character(text: str, other: str) -> Value:
    """Each character that the other has another in place of, marked; else the whole."""
    if len(text) != len(other):
        return (Segment(text, differs=True),)
    return _joined(Segment(a, a != b) for a, b in zip(text, other, strict=True))


def _number(text: str, other: str) -> Value:
    """Masked but where the other has another character."""
    if text == other or len(text) != len(other):
        return (Segment(_masked_number(text)),)
    return _joined(
        Segment(a if a != b else _MASK, a != b) for a, b in zip(text, other, strict=True)
    )


def _masked_number(text: str) -> str:
    return Certificate(CertificateKind.NATIONAL_ID, text).masked


def _shown(name: str, text: str) -> str:
    return _masked_number(text) if name == "number" else text


def _joined(segments: Iterable[Segment]) -> Value:
    """Neighbours that both differ, or both agree, as one piece."""
    joined: list[Segment] = []
    for one in segments:
        if joined and joined[-1].differs == one.differs:
            joined[-1] = Segment(joined[-1].text + one.text, one.differs)
        else:
            joined.append(one)
    return tuple(joined)


def _numbers(registration: Registration) -> list[str]:
    national = CertificateKind.NATIONAL_ID
    return [each.number for each in registration.certificates if each.kind is national]


def _others(registration: Registration) -> list[str]:
    national = CertificateKind.NATIONAL_ID
    return [
        f"{each.kind}|{each.masked}"
        for each in registration.certificates
        if each.kind is not national
    ]


def _birth(registration: Registration) -> list[str]:
    return [registration.birth_date.isoformat()] if registration.birth_date else []


_VALUES: Final[dict[str, Callable[[Registration], Iterable[str]]]] = {
    "name": lambda registration: [registration.name],
    "sex": lambda registration: [registration.sex.value],
    "birth": _birth,
    "number": _numbers,
    "certificate": _others,
    "phone": lambda registration: [registration.phone.masked] if registration.phone else [],
    "address": lambda registration: [registration.address],
}
_MARKS: Final[dict[str, Callable[[str, str], Value]]] = {
    "name": _by_character,
    "birth": _by_character,
    "number": _number,
}
_FIELDS: Final[dict[str, tuple[Field, ...]]] = {
    "name": (Field.FAMILY, Field.GIVEN),
    "sex": (Field.SEX,),
    "birth": (Field.BIRTH,),
    "number": (Field.NUMBER,),
    "phone": (Field.CONTACT,),
}

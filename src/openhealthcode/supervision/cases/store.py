"""Reads and writes cases; each row is sealed whole, so that one put in or altered does not open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

import msgspec
from asyncpg import Record

from openhealthcode.audit import REGION
from openhealthcode.database import Connection, load_queries
from openhealthcode.standards.ids import InstitutionId, PractitionerId
from openhealthcode.supervision.cases.model import (
    About,
    Case,
    CaseAltered,
    CaseKind,
    CaseStep,
    LookSaid,
    Office,
    Said,
    Sanction,
    StepKind,
    Verdict,
)
from openhealthcode.trust import KeyClass, Keys, UnreadableSeal, identity_aad

_QUERIES: Final = load_queries("openhealthcode.supervision.cases")
MOST_READ: Final = 2000

_Row = TypeVar("_Row", bound=msgspec.Struct)

Found = tuple[Case, tuple[CaseStep, ...], datetime]
"""A case, its steps in order, and the database's time."""


class _Sealed(msgspec.Struct):
    """What a case's row says, as it is sealed."""

    columns: list[str]
    department: str
    reference: str
    rule: str
    leaves: list[int]
    look: LookSaid | None = None
    others: list[UUID] = []


class _SealedStep(msgspec.Struct):
    columns: list[str]
    office: Office
    words: str
    sanction: Sanction
    until: datetime | None


def _file_columns(row: Sequence[object]) -> list[str]:
    return [value.hex() if isinstance(value, bytes) else str(value) for value in row]


async def open_case(connection: Connection, keys: Keys, case: Case) -> None:
    """Add a case; the transaction is that of ``supervision``."""
    columns = (
        case.case_id,
        case.kind.value,
        case.accused,
        case.institution_id,
        case.about.alert_id,
        case.about.resident_mark,
        case.opened_at,
        case.due_at,
    )
    sealed = _seal(
        keys,
        _file_place(case.case_id),
        _Sealed(
            _file_columns(columns),
            case.department,
            case.about.resident_reference,
            case.about.rule,
            list(case.about.leaves),
            case.about.look,
            list(case.about.others),
        ),
    )
    await connection.execute(_QUERIES["open_case"], *columns, sealed)


async def add_step(connection: Connection, keys: Keys, case_id: UUID, step: CaseStep) -> None:
    """Add what was done; the caller holds the region's log and has seen that it may be done."""
    columns = (
        case_id,
        step.number,
        step.kind.value,
        step.by,
        step.said.verdict.value if step.said.verdict else None,
        step.at,
    )
    sealed = _seal(
        keys,
        _step_place(case_id, step.number),
        _SealedStep(
            _file_columns(columns), step.office, step.said.words, step.said.sanction, step.until
        ),
    )
    await connection.execute(_QUERIES["add_step"], *columns, sealed)


async def case(connection: Connection, keys: Keys, case_id: UUID) -> Found | None:
    """One case with its steps.

    Raises:
        CaseAltered: it is not what was written.
    """
    found = await _with_steps(
        connection, keys, await connection.fetch(_QUERIES["case_file"], case_id)
    )
    return found[0] if found else None


async def cases(
    connection: Connection,
    keys: Keys,
    since: datetime,
    *,
    institution_id: InstitutionId | None = None,
    accused: PractitionerId | None = None,
) -> list[Found]:
    """Cases opened since a moment: of one institution, about one person, or all."""
    rows = await connection.fetch(_QUERIES["case_files"], since, institution_id, accused, MOST_READ)
    return await _with_steps(connection, keys, rows)


async def cases_of_mark(connection: Connection, keys: Keys, mark: bytes) -> list[Found]:
    """What the resident of this mark reported, the first first."""
    rows = await connection.fetch(_QUERIES["case_files_of_mark"], mark)
    return await _with_steps(connection, keys, rows)


async def _with_steps(connection: Connection, keys: Keys, rows: Sequence[Record]) -> list[Found]:
    steps: dict[UUID, list[CaseStep]] = {row["case_id"]: [] for row in rows}
    for row in await connection.fetch(_QUERIES["steps"], list(steps)) if steps else ():
        steps[row["case_id"]].append(_step(keys, row))
    found = []
    for row in rows:
        ordered = tuple(steps[row["case_id"]])
        if [step.number for step in ordered] != list(range(1, len(ordered) + 1)):
            raise CaseAltered
        found.append((_case(keys, row), ordered, row["now"]))
    return found


def _case(keys: Keys, row: Record) -> Case:
    sealed = _open(keys, _file_place(row["case_id"]), row["sealed"], _Sealed)
    if sealed.columns != _file_columns(list(row.values())[:8]):
        raise CaseAltered
    return Case(
        case_id=row["case_id"],
        kind=CaseKind(row["kind"]),
        accused=PractitionerId(row["accused"]),
        institution_id=InstitutionId(row["institution_id"]),
        department=sealed.department,
        about=About(
            rule=sealed.rule,
            leaves=tuple(sealed.leaves),
            alert_id=row["alert_id"],
            resident_mark=row["resident_mark"],
            resident_reference=sealed.reference,
            look=sealed.look,
            others=tuple(map(PractitionerId, sealed.others)),
        ),
        opened_at=row["opened_at"],
        due_at=row["due_at"],
    )


def _step(keys: Keys, row: Record) -> CaseStep:
    sealed = _open(keys, _step_place(row["case_id"], row["number"]), row["sealed"], _SealedStep)
    if sealed.columns != _file_columns(list(row.values())[:6]):
        raise CaseAltered
    return CaseStep(
        number=row["number"],
        kind=StepKind(row["kind"]),
        office=sealed.office,
        by=row["taken_by"],
        at=row["taken_at"],
        said=Said(
            sealed.words, Verdict(row["verdict"]) if row["verdict"] else None, sealed.sanction
        ),
        until=sealed.until,
    )


def _seal(keys: Keys, place: bytes, value: msgspec.Struct) -> bytes:
    return keys.of(REGION, create=True).seal(KeyClass.LOG, place, msgspec.json.encode(value))


def _open(keys: Keys, place: bytes, sealed: bytes, of: type[_Row]) -> _Row:
    try:
        plain = keys.of(REGION).open(KeyClass.LOG, place, sealed)
        return msgspec.json.decode(plain, type=of)
    except (UnreadableSeal, msgspec.DecodeError):
        raise CaseAltered from None


def _file_place(case_id: UUID) -> bytes:
    return identity_aad(REGION, f"case|{case_id}")


def _step_place(case_id: UUID, number: int) -> bytes:
    return identity_aad(REGION, f"case|{case_id}|{number}")
